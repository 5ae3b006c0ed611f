// TIP-28: which topics a node's events are published under, and in which form. Blocks and milestones are raw bytes; the rest is JSON.
//
// Metadata follows inx-mqtt, which the official clients were made against: it names the parents `parentBlockIds`, where TIP-25's REST
// says `parents`. A tag in a topic is 0x-hex in lower case; a block without a tag has no topic of its own beside `blocks/tagged-data`.

import {type Hex, isHex, toHex, utf8} from "../../bytes.ts";
import type {BlockMetadata} from "../../client/index.ts";
import type {EdgeNode} from "../edge-node.ts";
import type {NodeEvent} from "../node-events.ts";

/** One message for the broker. */
export interface TopicMessage {
  readonly topic: string;
  readonly payload: Uint8Array;
}

type Source = Pick<EdgeNode, "metadata" | "status">;

const BLOCK_METADATA = /^block-metadata\/(0x[0-9a-fA-F]{64})$/;

/** Messages of one event, made one at a time: a milestone may reference tens of thousands of blocks. */
export function* messagesOf(node: Source, event: NodeEvent): Iterable<TopicMessage> {
  switch (event.kind) {
    case "block": {
      yield {topic: "blocks", payload: event.bytes};
      const {payload} = event.block;
      if (payload?.kind === "tagged-data") {
        yield {topic: "blocks/tagged-data", payload: event.bytes};
        if (payload.tag.length > 0) yield {topic: `blocks/tagged-data/${toHex(payload.tag)}`, payload: event.bytes};
      }
      yield* metadataMessages(node, event.blockId, []);
      return;
    }
    case "milestone": {
      yield milestoneMessage("milestone-info/latest", event.milestone);
      yield milestoneMessage("milestone-info/confirmed", event.milestone);
      yield {topic: "milestones", payload: event.payload};
      for (const blockId of event.referenced) yield* metadataMessages(node, blockId, ["block-metadata/referenced"]);
      return;
    }
    case "halted":
      return;
  }
}

/** What a new subscriber of `topic` gets at once: the present state, where the topic has one. */
export function presentMessages(node: Source, topic: string): readonly TopicMessage[] {
  const {latestMilestone, confirmedMilestone} = node.status();
  if (topic === "milestone-info/latest" && latestMilestone !== null) return [milestoneMessage(topic, latestMilestone)];
  if (topic === "milestone-info/confirmed" && confirmedMilestone !== null)
    return [milestoneMessage(topic, confirmedMilestone)];
  const blockId = BLOCK_METADATA.exec(topic)?.[1]?.toLowerCase();
  return isHex(blockId, 32) ? [...metadataMessages(node, blockId, [])] : [];
}

function milestoneMessage(
  topic: string,
  {index, timestamp, milestoneId}: {index: number; timestamp: number; milestoneId: Hex},
): TopicMessage {
  return {topic, payload: utf8(JSON.stringify({index, timestamp, milestoneId}))};
}

function* metadataMessages(node: Source, blockId: Hex, more: readonly string[]): Iterable<TopicMessage> {
  const metadata = node.metadata(blockId);
  if (metadata === null) return;
  const payload = utf8(JSON.stringify(metadataJson(metadata)));
  for (const topic of [`block-metadata/${blockId}`, ...more]) yield {topic, payload};
}

function metadataJson({blockId, parents, ...rest}: BlockMetadata) {
  return {blockId, parentBlockIds: parents, ...rest};
}
