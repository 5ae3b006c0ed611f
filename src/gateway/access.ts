import path from "node:path";
import type {Clock} from "../clock.ts";
import type {Signer} from "../identity/index.ts";
import {createIdentify, type Identify} from "./auth/guards.ts";
import {EDITOR_SCOPES, NODE_RED_SCOPES} from "./auth/roles.ts";
import {createSessions, type Sessions} from "./auth/sessions.ts";
import {openTokens, type Tokens} from "./auth/tokens.ts";
import {openUsers, type Users} from "./auth/users.ts";
import {FIELD_PUBLISH_SCOPE} from "./topics.ts";

/** Who may do what: people, tokens, sessions. */
export interface Access {
  readonly users: Users;
  readonly tokens: Tokens;
  readonly sessions: Sessions;
  readonly identify: Identify;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** `folder`: the gateway's own. The secrets between our processes come by environment, new at every start. */
export function createAccess(folder: string, environment: Environment, signer: Signer, clock: Clock): Access {
  const users = openUsers(path.join(folder, "users.json"), clock);
  const tokens = openTokens(path.join(folder, "tokens.json"), clock);
  const sessions = createSessions(signer, users, clock);
  const ofProcesses = [
    {secret: environment.TANGLEGATE_FIELD_TOKEN, name: "field", scopes: [FIELD_PUBLISH_SCOPE]},
    {secret: environment.TANGLEGATE_NODE_RED_TOKEN, name: "node-red", scopes: NODE_RED_SCOPES},
    {secret: environment.TANGLEGATE_EDITOR_TOKEN, name: "editor", scopes: EDITOR_SCOPES},
    {secret: environment.TANGLEGATE_CLI_TOKEN, name: "cli", scopes: ["admin"] as const},
  ];
  for (const {secret, name, scopes} of ofProcesses) {
    if (secret) tokens.addProcessToken(secret, name, scopes);
  }
  return {users, tokens, sessions, identify: createIdentify(tokens, sessions)};
}
