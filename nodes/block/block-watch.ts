import type {Node, NodeAPI, NodeDef, NodeMessage, NodeMessageInFlow} from "node-red";
import {fromUtf8, isHex, toHex} from "../../src/bytes.ts";
import {type BlockMetadata, readTaggedBlock} from "../../src/client/index.ts";
import {sentenceOf} from "../../src/errors.ts";
import {type GatewayNode, gatewayOf} from "../gateway/gateway.ts";
import {fail, makeNode} from "../input-runner.ts";
import {wrong} from "../typed-value.ts";
import {tagBytes} from "./block-submit.ts";
import {createConfirmationWatch} from "./confirmation-watch.ts";
import {showFeed} from "./feed-status.ts";

interface BlockWatchDef extends NodeDef {
  readonly gateway?: string;
  /** `tag`: blocks with a tag. `milestones`: confirmed milestones. `blocks`: what becomes of blocks whose ids come in. */
  readonly what?: "tag" | "milestones" | "blocks";
  readonly tag?: string;
  /** How the data is sent on. */
  readonly form?: "json" | "text" | "buffer";
}

function blockWatch(RED: NodeAPI): void {
  function create(this: Node, def: BlockWatchDef): void {
    RED.nodes.createNode(this, def);
    makeNode(RED, this, () => {
      const gateway = gatewayOf(RED, def.gateway);
      showFeed(RED, this, gateway.feed);
      if (def.what === "milestones") watchMilestones(this, gateway);
      else if (def.what === "blocks") watchBlocks(this, gateway);
      else watchTag(this, gateway, def);
    });
  }
  RED.nodes.registerType("tanglegate-block-watch", create);
}

function watchTag(node: Node, gateway: GatewayNode, def: BlockWatchDef): void {
  const tag = toHex(tagBytes("tag", def.tag));
  watchTopic(node, gateway, `blocks/tagged-data/${tag}`, (payload) => {
    const block = readTaggedBlock(payload);
    return block && {topic: tag, payload: dataAs(def.form, block.data), blockId: block.blockId};
  });
}

function watchMilestones(node: Node, gateway: GatewayNode): void {
  const topic = "milestone-info/confirmed";
  watchTopic(node, gateway, topic, (payload) => ({topic, payload: JSON.parse(fromUtf8(payload))}));
}

// What cannot be read becomes an error at this node, with the bytes in the message, and does not stop the host.
function watchTopic(
  node: Node,
  {feed}: GatewayNode,
  filter: string,
  messageOf: (payload: Uint8Array) => NodeMessage | null,
): void {
  const end = feed.subscribe(filter, (topic, payload) => {
    try {
      const message = messageOf(payload);
      if (message !== null) node.send(message);
    } catch (error) {
      node.error(sentenceOf(error), {topic, payload: Buffer.from(payload)});
    }
  });
  node.on("close", end);
}

// A message waits until its block is referenced; then it goes on with what the node knows of it.
function watchBlocks(node: Node, {client, feed}: GatewayNode): void {
  const watch = createConfirmationWatch({client, feed});
  node.on("input", (msg: NodeMessageInFlow, send, done) => {
    const blockId = msg.blockId ?? msg.payload;
    if (!isHex(blockId, 32)) {
      fail(done, msg, wrong("blockId", "must be a block id: 0x and 64 hex digits, as block submit gives it"));
      return;
    }
    const pass = (metadata: BlockMetadata) => {
      send({...msg, blockId, payload: metadata});
      done();
    };
    watch.waitFor(blockId).then(
      (metadata) => (metadata === null ? done() : pass(metadata)),
      (error: unknown) => fail(done, msg, error),
    );
  });
  node.on("close", () => watch.stop());
}

function dataAs(form: BlockWatchDef["form"], data: Uint8Array): unknown {
  if (form === "buffer") return Buffer.from(data);
  const text = fromUtf8(data);
  return form === "text" ? text : JSON.parse(text);
}

export {blockWatch as default, blockWatch as "module.exports"};
