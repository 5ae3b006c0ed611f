import path from "node:path";
import type {Clock} from "../clock.ts";
import type {Signer} from "../identity/index.ts";
import type {Log} from "../log.ts";
import {createService, type Service} from "../service.ts";
import {type Administration, createAdministration} from "./auth/administration.ts";
import {createEndings, type Endings} from "./auth/endings.ts";
import {createFailureRecord} from "./auth/failure-record.ts";
import {createIdentify, type Identify} from "./auth/guards.ts";
import {createLoginDoor, type LoginDoor} from "./auth/login.ts";
import {createLoginLimit} from "./auth/login-limit.ts";
import {type RecordAccess, recordOrLog} from "./auth/record.ts";
import {EDITOR_SCOPES, NODE_RED_SCOPES} from "./auth/roles.ts";
import {openSessions, type Sessions} from "./auth/sessions.ts";
import {openTokens, type Tokens} from "./auth/tokens.ts";
import {openUsers, type Users} from "./auth/users.ts";
import {FIELD_PUBLISH_SCOPE} from "./topics.ts";

/** Who may do what: people, tokens, sessions, and how they change. Its stop writes down what is in memory alone. */
export interface Access extends Service {
  readonly users: Users;
  readonly tokens: Tokens;
  readonly sessions: Sessions;
  readonly door: LoginDoor;
  readonly administration: Administration;
  readonly identify: Identify;
  readonly endings: Endings;
}

type Environment = Readonly<Record<string, string | undefined>>;

interface Dependencies {
  readonly signer: Signer;
  readonly record: RecordAccess;
  readonly onPasswordGone: (user: string) => void;
  readonly clock: Clock;
  readonly log: Log;
}

/** `folder`: the gateway's own. The secrets between our processes come by environment, new at every start. */
export function createAccess(folder: string, environment: Environment, deps: Dependencies): Access {
  const {record, clock, log} = deps;
  const endings = createEndings();
  const users = openUsers(path.join(folder, "users.json"), clock);
  const tokens = openTokens(path.join(folder, "tokens.json"), {clock, log, endings});
  const sessions = openSessions(path.join(folder, "sessions.json"), {...deps, users, endings});
  const ofProcesses = [
    {secret: environment.TANGLEGATE_FIELD_TOKEN, name: "field", scopes: [FIELD_PUBLISH_SCOPE]},
    {secret: environment.TANGLEGATE_NODE_RED_TOKEN, name: "node-red", scopes: NODE_RED_SCOPES},
    {secret: environment.TANGLEGATE_EDITOR_TOKEN, name: "editor", scopes: EDITOR_SCOPES},
    {secret: environment.TANGLEGATE_CLI_TOKEN, name: "cli", scopes: ["admin"] as const},
  ];
  for (const {secret, name, scopes} of ofProcesses) {
    if (secret) tokens.addProcessToken(secret, name, scopes);
  }
  const recordAnyway = recordOrLog(record, log);
  const failures = createFailureRecord(recordAnyway, clock, log);
  const limit = createLoginLimit(clock, sessions.list());
  const service = createService({
    start: async () => {
      await failures.start();
      warnOfExpiry(tokens, log);
    },
    stop: async () => {
      await failures.stop();
      sessions.save();
      tokens.save();
    },
  });
  return {
    ...service,
    users,
    tokens,
    sessions,
    door: createLoginDoor({users, sessions, limit, failures, record: recordAnyway}),
    administration: createAdministration({...deps, users, sessions, tokens}),
    identify: createIdentify(tokens, sessions),
    endings,
  };
}

// Whoever reads the log should hear of it before a machine is silent.
function warnOfExpiry(tokens: Tokens, log: Log): void {
  for (const {name, expiresAt, state} of tokens.list()) {
    if (state === "expiring") log.warn({name, expiresAt}, "a token expires within 14 days");
  }
}
