import type {Node, NodeAPI, NodeDef} from "node-red";
import {fromHex} from "../../src/bytes.ts";
import {gatewayOf} from "../gateway/gateway.ts";
import {runOnInput} from "../input-runner.ts";
import {bytesOf, evaluateField, wrong} from "../typed-value.ts";

interface BlockSubmitDef extends NodeDef {
  readonly gateway?: string;
  readonly tag?: string;
  readonly tagType?: string;
  readonly data?: string;
  readonly dataType?: string;
}

/** TIP-23. */
const TAG_BYTES_MAX = 64;

function blockSubmit(RED: NodeAPI): void {
  function create(this: Node, def: BlockSubmitDef): void {
    RED.nodes.createNode(this, def);
    runOnInput(RED, this, async (msg, signal) => {
      const {client} = gatewayOf(RED, def.gateway);
      const tagField = {name: "tag", value: def.tag, type: def.tagType};
      const tag = tagBytes("tag", await evaluateField(RED, this, msg, tagField));
      const dataField = {name: "data", value: def.data, type: def.dataType};
      const data = bytesOf("data", await evaluateField(RED, this, msg, dataField));
      const blockId = await client.node.submitTaggedData({tag, data}, {signal});
      msg.blockId = blockId;
      return {output: msg, status: {fill: "green", shape: "dot", text: `${blockId.slice(0, 12)}…`}};
    });
  }
  RED.nodes.registerType("tanglegate-block-submit", create);
}

/** A tag as people write it: hex with 0x in front, any other text as UTF-8, or bytes. 1..64 bytes. Errors: `nodes/invalid`. */
export function tagBytes(name: string, value: unknown): Uint8Array {
  const isHexText = typeof value === "string" && /^0x(?:[0-9a-f]{2})+$/i.test(value);
  const bytes = isHexText ? fromHex(value) : bytesOf(name, value);
  if (bytes.length >= 1 && bytes.length <= TAG_BYTES_MAX) return bytes;
  throw wrong(name, `must be 1 to ${TAG_BYTES_MAX} bytes; it has ${bytes.length}`);
}

export {blockSubmit as default, blockSubmit as "module.exports"};
