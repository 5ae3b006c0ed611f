import {sentenceOf} from "../../errors.ts";
import type {Log} from "../../log.ts";
import type {Metrics} from "../../metrics.ts";
import type {EdgeNode} from "../edge-node.ts";
import type {NodeEvent} from "../node-events.ts";
import {messagesOf, type TopicMessage} from "./topics.ts";

/** Events that wait to be published; more are dropped, as a broker does with QoS 0. */
const QUEUE_MAX = 20_000;
/** Messages between two turns of the event loop. */
const BURST = 50;

/** Publishes a node's TIP-28 messages through `publish` until it is ended, giving way to other work. Returns what ends it. */
export function publishEvents(
  node: EdgeNode,
  publish: (message: TopicMessage) => void,
  deps: {log: Log; metrics: Metrics},
): () => void {
  const queue: NodeEvent[] = [];
  const dropped = deps.metrics.counter(
    "tanglegate_edge_node_events_dropped_total",
    "Node events that were not published because too many waited",
  );
  let isEnded = false;
  let isRunning = false;

  const run = async () => {
    let sent = 0;
    for (let event = queue.shift(); event !== undefined; event = queue.shift()) {
      for (const message of messagesOf(node, event)) {
        if (isEnded) return;
        publish(message);
        if (++sent % BURST === 0) await new Promise((resolve) => setImmediate(resolve));
      }
    }
    isRunning = false;
  };
  const take = (event: NodeEvent) => {
    if (queue.length >= QUEUE_MAX) return dropped.inc();
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
