import type {Node, NodeAPI, NodeStatus} from "node-red";
import type {EventFeed, FeedState} from "../gateway/event-feed.ts";

const LOOKS: Readonly<Record<FeedState, NodeStatus>> = {
  idle: {fill: "grey", shape: "ring"},
  connecting: {fill: "yellow", shape: "ring"},
  connected: {fill: "green", shape: "dot"},
  refused: {fill: "red", shape: "ring"},
  closed: {fill: "grey", shape: "ring"},
};

/** Shows at a node, until it closes, whether the gateway's events arrive. */
export function showFeed(RED: Pick<NodeAPI, "_">, node: Node, feed: EventFeed): void {
  const show = (state: FeedState) => node.status({...LOOKS[state], text: RED._(`feed.${state}`)});
  show(feed.state());
  node.on("close", feed.onState(show));
}
