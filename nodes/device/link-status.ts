import type {Node, NodeAPI, NodeStatus} from "node-red";
import type {DeviceNode} from "./device.ts";
import type {LinkState} from "./device-link.ts";

// Ring = not connected, dot = connected; green only while the last good value is fresh.
const LOOKS: Readonly<Record<LinkState["kind"], NodeStatus>> = {
  connected: {fill: "green", shape: "dot"},
  stale: {fill: "yellow", shape: "dot"},
  connecting: {fill: "yellow", shape: "ring"},
  starting: {fill: "grey", shape: "ring"},
  fault: {fill: "red", shape: "ring"},
  unknown: {fill: "red", shape: "ring"},
  invalid: {fill: "red", shape: "ring"},
  refused: {fill: "red", shape: "ring"},
  unreachable: {fill: "red", shape: "ring"},
};

/** Status of a node that uses a device: as fresh as the device's link. */
export function statusOfLink(RED: Pick<NodeAPI, "_">, {kind}: LinkState): NodeStatus {
  return {...LOOKS[kind], text: RED._(`link.${kind}`)};
}

/** Shows the link's state at a node until it closes; `null` = the form names no usable device. */
export function showLink(RED: Pick<NodeAPI, "_">, node: Node, device: DeviceNode | null): void {
  if (device?.link === undefined) {
    node.status({fill: "red", shape: "ring", text: RED._("link.unknown")});
    return;
  }
  const end = device.link.onState((state) => node.status(statusOfLink(RED, state)));
  node.on("close", end);
}
