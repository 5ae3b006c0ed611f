// The forms of /api/gateway/v1, besides access (access-api.ts).

/** `GET /status`. Times are RFC 3339 UTC. */
export interface GatewayStatus {
  readonly version: string;
  readonly site: string;
  /** The demo network with the simulated site. */
  readonly isDemo: boolean;
  readonly startedAt: string;
  readonly now: string;
  readonly clock: {
    readonly isSynchronised: boolean;
    readonly source: string;
    readonly uncertaintyMs: number | null;
  };
  readonly node: {
    readonly networkName: string;
    readonly isHealthy: boolean;
    /** What to do when it is not; null when it is. */
    readonly because: string | null;
    readonly milestone: {readonly index: number; readonly time: string} | null;
    readonly tips: number;
    readonly unreferencedBlocks: number;
  };
  readonly audit: {
    readonly machines: number;
    readonly entries: number;
    readonly waiting: number;
    readonly broken: number;
    /** Why no entries are accepted, and what to do; null when they are. */
    readonly because: string | null;
  };
  readonly field: {
    /** `unreachable`: the field process does not answer. */
    readonly state: "running" | "unreachable";
    readonly devices: number;
    readonly faults: number;
  };
  readonly nodeRedUrl: string | null;
  readonly rssMb: number;
}

/** `GET /setup`: whether this is the demo, and what a setup would do. */
export interface SetupState {
  readonly isDemo: boolean;
  readonly siteName: string;
  readonly canSetUp: boolean;
  /** Why not; null when it can. */
  readonly because: string | null;
  /** What a setup does, in sentences. */
  readonly willHappen: readonly string[];
  readonly nameRule: {
    /** Regular expression, for the form. */
    readonly pattern: string;
    readonly maxLength: number;
    readonly sentence: string;
  };
}

/**
 * `POST /setup {siteName, keepUsers?}`: 202, and the gateway ends and starts again as the new site. It answers `/health` again when that is
 * done. `keepUsers`: everybody of the demo may log in, not the admins alone.
 */
export interface SetupAnswer {
  readonly siteName: string;
  /** Folder in the home where the demo is kept; null when there was nothing to keep. */
  readonly setAside: string | null;
  /** What logging in needs then, in a sentence. */
  readonly login: string;
}
