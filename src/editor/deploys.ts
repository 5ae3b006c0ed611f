import type {NodeRedMessage} from "./node-red-log.ts";

/** A change of the flows by a person. */
export interface Deploy {
  readonly user: string;
  /** What Node-RED calls the kind of deploy: `full`, `nodes`, `flows` or `reload`. */
  readonly deployment: string;
  /** Node-RED's SHA-256 of the flows that run since. */
  readonly revision: string;
}

/**
 * Puts a deploy together: Node-RED tells first who asks for it (its audit log), then, once the flows run, their revision. It works on
 * one deploy at a time. Start-up tells a revision, too, but nobody has asked for that one.
 */
export function createDeployWatch(tell: (deploy: Deploy) => void): {
  onLog(message: NodeRedMessage): void;
  onRuntimeEvent(event: {readonly id?: string; readonly payload?: {readonly revision?: string}}): void;
} {
  let asked: {readonly user: string; readonly deployment: string} | null = null;
  return {
    onLog: ({level, event, type, user}) => {
      if (level === 98 && event === "flows.set")
        asked = {user: user?.username ?? "unknown", deployment: type ?? "full"};
    },
    onRuntimeEvent: ({id, payload}) => {
      if (id !== "runtime-deploy" || asked === null) return;
      tell({...asked, revision: payload?.revision ?? ""});
      asked = null;
    },
  };
}
