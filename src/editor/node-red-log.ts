import type {Log} from "../log.ts";

/** A message of Node-RED's log (its levels: fatal 10, error 20, warn 30, info 40, debug 50, trace 60, audit 98). */
export interface NodeRedMessage {
  readonly level: number;
  readonly msg?: unknown;
  readonly type?: string;
  readonly name?: string;
  readonly id?: string;
  readonly event?: string;
  readonly user?: {readonly username?: string};
}

const TEXT_MAX = 1000;
// Who came in and who changed what. The rest of the audit events is every click in the editor.
const TOLD_EVENTS: ReadonlySet<string> = new Set([
  "auth.login",
  "auth.login.revoke",
  "flows.set",
  "flow.update",
  "permission.fail",
]);

// Said at every start until the first password is kept in a flow.
const EXPECTED = "Encrypted credentials not found";

/** Takes Node-RED's log over into ours. Its `info` is chatter at the start, so it is our `debug`; what nodes say keeps its level. */
export function forwardTo(log: Log): (message: NodeRedMessage) => void {
  return (message) => {
    if (message.level === 98) {
      if (TOLD_EVENTS.has(message.event ?? "")) {
        log.info({event: message.event, user: message.user?.username ?? null}, "editor event");
      }
      return;
    }
    const facts = {
      text: textOf(message.msg),
      ...(message.type === undefined ? {} : {node: `${message.type}:${message.name || message.id}`}),
    };
    if (message.level <= 20) log.error(facts, "node-red");
    else if (message.level === 30 && message.msg !== EXPECTED) log.warn(facts, "node-red");
    else if (message.level === 40 && message.type !== undefined) log.info(facts, "node-red");
    else log.debug(facts, "node-red");
  };
}

function textOf(value: unknown): string {
  const error = value as {message?: unknown} | null | undefined;
  const text = typeof error?.message === "string" ? error.message : String(value);
  return text.slice(0, TEXT_MAX);
}
