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
      fail(done, msg, new GatewayError("nodes/busy", `${WAITING_MAX} messages wait already; slow the flow down.`));
      return;
    }
    waiting += 1;
    last = last.then(async () => {
      try {
        closing.signal.throwIfAborted();
        // A flow that tries again sends the message of the last failure.
        delete msg.errorCode;
        const {output, status} = await work(msg, closing.signal);
        if (status !== null) node.status(status);
        if (output !== null) send(output);
        done();
      } catch (error) {
        if (closing.signal.aborted) return done();
        node.status(statusOfError(RED, error));
        // Where a fault of ours comes from is for the log; a person gets the sentence.
        if (!(error instanceof GatewayError)) node.debug((error as {stack?: unknown} | null)?.stack ?? error);
        fail(done, msg, error);
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

/**
 * Ends a message with the sentence of an error. Given the error itself, the debug side bar would show an object with a stack. The code
 * that flows decide by goes with the message, as `msg.errorCode`, to the catch node.
 */
export function fail(done: (error?: Error) => void, msg: object, error: unknown): void {
  if (error instanceof GatewayError) Object.assign(msg, {errorCode: error.code});
  // Node-RED takes a text, too; its types do not say so.
  done(sentenceOf(error) as unknown as Error);
}

/**
 * Makes a node. What its form lacks is said at the node, which stays and closes like any other: a constructor that throws leaves none,
 * and an object in the debug side bar.
 */
export function makeNode(RED: Pick<NodeAPI, "_">, node: Node, make: () => void): void {
  try {
    make();
  } catch (error) {
    node.status(statusOfError(RED, error));
    node.error(sentenceOf(error));
  }
}

// Node-RED asks for 20 characters; the beginning of a sentence needs a few more.
const TEXT_MAX = 40;

/** Red, and a ring when the gateway is not reached; the text says in few words why. The whole sentence goes to `done`. */
export function statusOfError(RED: Pick<NodeAPI, "_">, error: unknown): NodeStatus {
  const code = error instanceof GatewayError ? error.code : "";
  if (/^client\/(unreachable|timeout)$/.test(code)) {
    return {fill: "red", shape: "ring", text: RED._("status.unreachable")};
  }
  return {fill: "red", shape: "dot", text: shorten(reasonOf(RED, error, code))};
}

function reasonOf(RED: Pick<NodeAPI, "_">, error: unknown, code: string): string {
  if (/\/(unauthorised|refused)$/.test(code)) return RED._("status.refused");
  const field = error instanceof GatewayError ? error.facts.field : undefined;
  if (code === "nodes/invalid") return `${RED._("status.input")}: ${field}`;
  return sentenceOf(error).trim() || RED._("status.failed");
}

/** The beginning of a text, up to the end of a word, in at most 40 characters. */
export function shorten(text: string): string {
  const line = text.replace(/\s+/g, " ");
  if (line.length <= TEXT_MAX) return line.replace(/\.$/, "");
  const whole = line.slice(0, TEXT_MAX).replace(/\s+\S*$/, "");
  return `${whole.slice(0, TEXT_MAX - 1).replace(/[.,;:]$/, "")}…`;
}
