import {sentenceOf} from "../../errors.ts";
import type {Log} from "../../log.ts";
import type {Metrics} from "../../metrics.ts";
import type {EdgeNode} from "../edge-node.ts";
import type {NodeEvent} from "../node-events.ts";
import {messagesOf, type TopicMessage} from "./topics.ts";

/** Events, and bytes of blocks in them, that wait to be published; more are dropped, as a broker does with QoS 0. */
const QUEUE_LIMITS = {events: 20_000, bytes: 33_554_432};
/** Messages between two turns of the event loop. */
const BURST = 50;

/** Publishes a node's TIP-28 messages through `publish` until it is ended, giving way to other work. Returns what ends it. */
export function publishEvents(
  node: EdgeNode,
  publish: (message: TopicMessage) => void,
  deps: {log: Log; metrics: Metrics; limits?: typeof QUEUE_LIMITS},
): () => void {
  const limits = deps.limits ?? QUEUE_LIMITS;
  const queue: NodeEvent[] = [];
  const dropped = deps.metrics.counter(
    "tanglegate_edge_node_events_dropped_total",
    "Node events that were not published because too many waited",
  );
  let waitingBytes = 0;
  let isEnded = false;
  let isRunning = false;

  const turn = () => new Promise((resolve) => setImmediate(resolve));
  const run = async () => {
    // Events come in bursts, a group of blocks at a time; none is published in the node's own turn.
    await turn();
    let sent = 0;
    for (let event = queue.shift(); event !== undefined; event = queue.shift()) {
      waitingBytes -= sizeOf(event);
      for (const message of messagesOf(node, event)) {
        if (isEnded) return;
        publish(message);
        if (++sent % BURST === 0) await turn();
      }
    }
    isRunning = false;
  };
  const take = (event: NodeEvent) => {
    if (queue.length >= limits.events || waitingBytes + sizeOf(event) > limits.bytes) return dropped.inc();
    waitingBytes += sizeOf(event);
    queue.push(event);
    if (isRunning) return;
    isRunning = true;
    run().catch((error: unknown) => deps.log.error({reason: sentenceOf(error)}, "events are not published any more"));
  };
  const offs = [node.events.on("block", take), node.events.on("milestone", take)];
  return () => {
    isEnded = true;
    for (const off of offs) off();
  };
}

function sizeOf(event: NodeEvent): number {
  return event.kind === "block" ? event.bytes.length : 0;
}
