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
