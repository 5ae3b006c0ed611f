// The one place where it is decided who may do what: scopes and their meaning, roles and the scopes they hold. Routes and topics ask for a
// scope; nothing asks for a role. README, `GET /roles`, `GET /scopes` and the OpenAPI description are made from here.

import type {Role} from "../../client/index.ts";
import type {Scope} from "../../http.ts";

export type {Role} from "../../client/index.ts";

interface ScopeWords {
  /** One sentence: what its holder may do. */
  readonly meaning: string;
  /** Whether a machine's token may have it. */
  readonly isForTokens: boolean;
}

export const SCOPES = {
  "gateway:read": {meaning: "See how the gateway and its Tangle node do.", isForTokens: true},
  "gateway:acknowledge": {meaning: "Take note of alarms, by name.", isForTokens: false},
  "field:read": {meaning: "See devices and their readings, and read a device now.", isForTokens: true},
  "field:write": {meaning: "Write set-points and call methods of devices.", isForTokens: true},
  "field:configure": {meaning: "Add, change, try and remove devices.", isForTokens: true},
  "audit:read": {meaning: "Read the audit logs, their verdicts and proofs.", isForTokens: true},
  "audit:append": {meaning: "Write entries to the audit logs of machines, in one's own name.", isForTokens: true},
  "audit:check": {meaning: "Have everything in the audit logs hashed again.", isForTokens: true},
  "audit:export": {
    meaning: "Take what a filter finds in the audit logs out as a file; each time is recorded.",
    isForTokens: true,
  },
  "audit:review": {
    meaning: "Say of audit entries that they are reviewed, questioned or handed over; plan reviews; save filters.",
    isForTokens: false,
  },
  "audit:erase": {meaning: "Erase the bodies of audit entries; each time is recorded.", isForTokens: false},
  "audit:impersonate": {meaning: "Write audit entries in the name of somebody else.", isForTokens: true},
  "blocks:post": {meaning: "Post blocks to the Tangle, with this gateway's proof of work.", isForTokens: true},
  "node:control": {meaning: "Confirm the node's clock, so that milestones are issued again.", isForTokens: true},
  "plant:control": {meaning: "Give the simulated site faults and another speed.", isForTokens: true},
  "node-red:read": {meaning: "Look at the flows in Node-RED.", isForTokens: false},
  "field:publish": {meaning: "Publish readings and states of devices: the field process alone.", isForTokens: false},
  admin: {
    meaning: "Do everything that people may, change flows, and decide who may do what.",
    isForTokens: false,
  },
} as const satisfies Readonly<Record<string, ScopeWords>>;

/** What a person is in the gateway. */
export const ROLES = ["viewer", "reviewer", "maintainer", "operator", "admin", "household"] as const;

const VIEWER: readonly Scope[] = ["gateway:read", "field:read", "audit:read", "node-red:read"];
const REVIEWER: readonly Scope[] = [...VIEWER, "audit:check", "audit:export", "audit:review", "gateway:acknowledge"];

// Who sets up devices does not run them, and the other way round; only `admin` does both.
export const ROLE_WORDS: Readonly<Record<Role, {readonly meaning: string; readonly scopes: readonly Scope[]}>> = {
  viewer: {meaning: "Looks at everything, changes nothing.", scopes: VIEWER},
  reviewer: {
    meaning: "Looks at everything, takes note of alarms, and checks, reviews and exports the audit trail.",
    scopes: REVIEWER,
  },
  maintainer: {
    meaning: "Sets up devices and keeps the gateway going.",
    scopes: [...REVIEWER, "audit:append", "field:configure", "node:control"],
  },
  operator: {
    meaning: "Runs machines: writes set-points.",
    scopes: [...REVIEWER, "audit:append", "field:write", "blocks:post", "plant:control"],
  },
  admin: {
    meaning: "Does everything, and decides who may do what.",
    scopes: (Object.keys(SCOPES) as Scope[]).filter(
      (scope) => scope !== "audit:impersonate" && scope !== "field:publish",
    ),
  },
  household: {
    meaning: "Belongs to one household; has an account here, and sees nothing of the site.",
    scopes: [],
  },
};

/** What a machine's token may be given. */
export const TOKEN_SCOPES: readonly Scope[] = (Object.keys(SCOPES) as (keyof typeof SCOPES)[]).filter(
  (scope) => SCOPES[scope].isForTokens,
);

/** Scopes of flows: what our nodes do, and no more. */
export const NODE_RED_SCOPES: readonly Scope[] = [
  "gateway:read",
  "audit:read",
  "audit:append",
  "audit:check",
  "audit:impersonate",
  "blocks:post",
  "field:read",
  "field:write",
  "field:configure",
];

/** Scopes of the Node-RED process itself, which flows do not have: it records who changed the flows in the gateway's own log. */
export const EDITOR_SCOPES: readonly Scope[] = ["audit:append", "audit:append-gateway", "audit:impersonate"];

export function scopesOf(role: Role): ReadonlySet<string> {
  return new Set(ROLE_WORDS[role].scopes);
}

/** Whether the holder of `scopes` may do what `scope` guards. `admin` may do everything. */
export function holds(scopes: ReadonlySet<string>, scope: Scope): boolean {
  return scopes.has(scope) || scopes.has("admin");
}
