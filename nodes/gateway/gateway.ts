import type {Node, NodeAPI, NodeDef} from "node-red";
import {createGatewayClient, type GatewayClient} from "../../src/client/index.ts";
import {sentenceOf} from "../../src/errors.ts";
import {makeNode} from "../input-runner.ts";
import {wrong} from "../typed-value.ts";
import {accessOf} from "./access.ts";
import {createEventFeed, type EventFeed} from "./event-feed.ts";

interface GatewayDef extends NodeDef {
  readonly url?: string;
}

/** Configuration node of one gateway: its REST client, and one connection for the events that all its nodes share. */
export interface GatewayNode extends Node<{token?: string}> {
  client: GatewayClient;
  feed: EventFeed;
}

function gateway(RED: NodeAPI): void {
  function create(this: GatewayNode, def: GatewayDef): void {
    RED.nodes.createNode(this, def);
    makeNode(RED, this, () => {
      const access = accessOf({url: def.url, token: this.credentials?.token}, process.env);
      this.client = createGatewayClient(access);
      this.feed = createEventFeed(access, (error) => this.error(`An event could not be taken: ${sentenceOf(error)}`));
      this.on("close", (done: () => void) => {
        this.feed.stop().then(done, done);
      });
    });
  }
  RED.nodes.registerType<GatewayNode, GatewayDef, object, {token?: string}>("tanglegate-gateway", create, {
    credentials: {token: {type: "password"}},
  });
}

/** The gateway node that a field of a form names. Errors: `nodes/invalid`. */
export function gatewayOf(RED: Pick<NodeAPI, "nodes">, id: string | undefined): GatewayNode {
  const node = RED.nodes.getNode(id ?? "") as GatewayNode | null;
  if (node?.client !== undefined) return node;
  throw wrong("gateway", "names no usable gateway. Choose one in the dialog and deploy");
}

export {gateway as default, gateway as "module.exports"};
