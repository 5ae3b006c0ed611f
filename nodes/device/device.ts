import type {Node, NodeAPI, NodeDef} from "node-red";
import type {GatewayClient} from "../../src/client/index.ts";
import {createSystemClock} from "../../src/clock.ts";
import {sentenceOf} from "../../src/errors.ts";
import {type GatewayNode, gatewayOf} from "../gateway/gateway.ts";
import {makeNode} from "../input-runner.ts";
import {wrong} from "../typed-value.ts";
import {type DeviceForm, definitionOf, deviceIdOf} from "./definition.ts";
import {serveDeviceDialogs} from "./device-dialogs.ts";
import {createDeviceLink, type DeviceLink} from "./device-link.ts";

export interface DeviceDef extends NodeDef, Omit<DeviceForm, "name"> {
  readonly gateway?: string;
  /** `define`: this node carries the definition. `existing`: the gateway has it already, from elsewhere. */
  readonly mode?: "define" | "existing";
}

/** Configuration node of one device. */
export interface DeviceNode extends Node<{password?: string}> {
  device: string;
  gateway: GatewayNode;
  client: GatewayClient;
  link: DeviceLink;
}

// Removing must not hold up a deploy when the gateway is away.
const REMOVE_TIMEOUT_MS = 3000;

function device(RED: NodeAPI): void {
  // Device that each node defined last, so that a new id does not leave the old device behind.
  const defined = new Map<string, string>();

  function create(this: DeviceNode, def: DeviceDef): void {
    RED.nodes.createNode(this, def);
    makeNode(RED, this, () => define(this, def));
  }

  function define(node: DeviceNode, def: DeviceDef): void {
    node.device = deviceIdOf(def);
    node.gateway = gatewayOf(RED, def.gateway);
    node.client = node.gateway.client;
    const definition = def.mode === "existing" ? null : definitionOf(def, node.credentials?.password);
    node.link = createDeviceLink(
      {device: node.device, definition},
      {client: node.client, feed: node.gateway.feed, clock: createSystemClock()},
    );
    const remove = (id: string) =>
      node.client.field
        .removeDevice(id, {timeoutMs: REMOVE_TIMEOUT_MS})
        .catch((error: unknown) => node.warn(`Device "${id}" was not removed: ${sentenceOf(error)}`));

    const before = defined.get(node.id);
    if (before !== undefined && before !== node.device && definition !== null) void remove(before);
    if (definition === null) defined.delete(node.id);
    else defined.set(node.id, node.device);

    node.link.onState(({kind, reason}) => {
      // Faults of the link itself are told in the log of the field process; here they are in every status.
      if (kind === "invalid" || kind === "unknown" || kind === "refused") node.error(reason ?? kind);
      else if (reason !== null) node.debug(reason);
    });
    void node.link.start();
    node.on("close", (removed: boolean, done: () => void) => {
      const close = async () => {
        await node.link.stop();
        if (removed && defined.delete(node.id)) await remove(node.device);
      };
      close().then(done, done);
    });
  }
  RED.nodes.registerType<DeviceNode, DeviceDef, object, {password?: string}>("tanglegate-device", create, {
    credentials: {password: {type: "password"}},
  });
  serveDeviceDialogs(RED);
}

/** The device node that a field of a form names. Errors: `nodes/invalid`. */
export function deviceOf(RED: Pick<NodeAPI, "nodes">, id: string | undefined): DeviceNode {
  const node = RED.nodes.getNode(id ?? "") as DeviceNode | null;
  if (node?.link !== undefined) return node;
  throw wrong("device", "names no usable device. Choose one in the dialog and deploy");
}

export {device as default, device as "module.exports"};
