import type {Node, NodeAPI, NodeMessage, NodeMessageInFlow, NodeStatus} from "node-red";
import {GatewayError, sentenceOf} from "../src/errors.ts";

/** Most messages that wait in one node; further ones are refused, so that a stuck gateway cannot fill the memory. */
export const WAITING_MAX = 1000;

/** What a message came to: what is sent on (null = nothing), and the status that is then true. */
export interface Outcome {
  readonly output: NodeMessage | Array<NodeMessage | NodeMessage[] | null> | null;
  readonly status: NodeStatus | null;
}

export type Work = (msg: NodeMessageInFlow, signal: AbortSignal) => Promise<Outcome>;

/**
 * The one place where a node hears messages and errors are caught. Messages are worked on one after the other, so that entries and
 * writes keep their order; each ends in exactly one `done`. Closing aborts what runs and waits for it.
 */
export function runOnInput(RED: Pick<NodeAPI, "_">, node: Node, work: Work): void {
  const closing = new AbortController();
  let waiting = 0;
  let last: Promise<void> = Promise.resolve();

  node.on("input", (msg, send, done) => {
    if (waiting >= WAITING_MAX) {
      done(new GatewayError("nodes/busy", `${WAITING_MAX} messages wait already; slow the flow down.`));
      return;
    }
    waiting += 1;
    last = last.then(async () => {
      try {
        closing.signal.throwIfAborted();
        const {output, status} = await work(msg, closing.signal);
        if (status !== null) node.status(status);
        if (output !== null) send(output);
        done();
      } catch (error) {
        if (closing.signal.aborted) return done();
        node.status(statusOfError(RED, error));
        done(asShown(error));
      } finally {
        waiting -= 1;
      }
    });
  });

  node.on("close", (done: () => void) => {
    closing.abort(new Error("The node is closing."));
    last.then(done, done);
  });
}

// Catch nodes and the debug side bar show what an error's toString gives: the sentence alone, without the name of its class.
function asShown(error: unknown): Error {
  const shown = error instanceof Error ? error : new Error(sentenceOf(error));
  return Object.assign(shown, {toString: () => shown.message});
}

/** Red, and a ring when the gateway is not reached. The sentence goes to `done`; a status has 20 characters. */
export function statusOfError(RED: Pick<NodeAPI, "_">, error: unknown): NodeStatus {
  const code = error instanceof GatewayError ? error.code : "";
  if (/^client\/(unreachable|timeout)$/.test(code)) {
    return {fill: "red", shape: "ring", text: RED._("status.unreachable")};
  }
  if (/\/(unauthorised|refused)$/.test(code)) return {fill: "red", shape: "dot", text: RED._("status.refused")};
  if (code === "nodes/invalid") return {fill: "red", shape: "dot", text: RED._("status.input")};
  return {fill: "red", shape: "dot", text: RED._("status.failed")};
}
