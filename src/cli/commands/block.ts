import {Command} from "commander";
import {fromHex, isHex, utf8} from "../../bytes.ts";
import type {BlockMetadata, BlockState} from "../../client/index.ts";
import {GatewayError} from "../../errors.ts";
import {blockToJson, parseBlock} from "../../stardust/pure.ts";
import {EXIT} from "../context.ts";
import type {Run} from "../run.ts";

const PROTOCOL_VERSION = 2;
const POLL_MS = 200;
const WAIT_MS = 120_000;

export function blockCommand(run: Run): Command {
  const command = new Command("block").description("blocks of the Tangle");
  command
    .command("submit")
    .description("send data in a tagged-data block; the node selects tips and does the proof of work")
    .requiredOption("--tag <tag>", "text, or 0x-hex, up to 64 bytes")
    .option("--data <data>", "text, or 0x-hex", "")
    .option("--wait", "wait until a milestone confirms it")
    .action(
      run(async ({gateway, output}, options: {tag: string; data: string; wait?: true}) => {
        const blockId = await gateway.node.submitTaggedData({tag: bytesOf(options.tag), data: bytesOf(options.data)});
        output.line(blockId);
        if (!options.wait) {
          output.json({blockId});
          return EXIT.done;
        }
        const metadata = await waitForMilestone(() => gateway.node.blockMetadata(blockId));
        output.json(metadata);
        output.line(`${output.state(stateOf(metadata))} by milestone ${metadata.referencedByMilestoneIndex}`);
        return EXIT.done;
      }),
    );
  command
    .command("show")
    .description("a block and what became of it")
    .argument("<id>", "block id, 0x-hex")
    .action(
      run(async ({gateway, output}, id: string) => {
        if (!isHex(id, 32)) throw new GatewayError("cli/block-id", "A block id is 0x and 64 hex digits.");
        const [bytes, metadata] = await Promise.all([gateway.node.block(id), gateway.node.blockMetadata(id)]);
        if (bytes === null || metadata === null) {
          output.json(null);
          output.line("The node does not know this block.");
          return EXIT.no;
        }
        const block = blockToJson(parseBlock(bytes, {version: PROTOCOL_VERSION}));
        output.json({metadata, block});
        output.line(output.state(stateOf(metadata)));
        output.line(JSON.stringify(block, null, 2));
        return EXIT.done;
      }),
    );
  return command;
}

function stateOf(metadata: BlockMetadata): BlockState {
  if (metadata.ledgerInclusionState === undefined) return "pending";
  return metadata.ledgerInclusionState === "conflicting" ? "conflicting" : "confirmed";
}

async function waitForMilestone(read: () => Promise<BlockMetadata | null>): Promise<BlockMetadata> {
  const end = performance.now() + WAIT_MS;
  while (performance.now() < end) {
    const metadata = await read();
    if (metadata?.ledgerInclusionState !== undefined) return metadata;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new GatewayError(
    "block/timeout",
    `No milestone has confirmed the block within ${WAIT_MS / 1000} s. See \`tanglegate status\`.`,
  );
}

function bytesOf(text: string): Uint8Array {
  if (!text.startsWith("0x")) return utf8(text);
  if (isHex(text.toLowerCase())) return fromHex(text);
  throw new GatewayError("cli/hex", `"${text}" begins with 0x but is not hex with two digits a byte.`);
}
