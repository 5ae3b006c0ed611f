import type {FastifyInstance} from "fastify";
import {z} from "zod";
import {fromHex, isHex, toHex, utf8} from "../../bytes.ts";
import type {FeedCursor} from "../../client/index.ts";
import type {RouteGuards} from "../../http.ts";
import {TAG_SIZE_MAX} from "../../stardust/index.ts";
import type {EdgeNode} from "../edge-node.ts";
import {described, numberParameter, readParameters} from "./errors.ts";

const PAGE_DEFAULT = 100;
const PAGE_MAX = 1000;
const CURSOR = /^([0-9]{1,10})\.([0-9]{1,10})$/;

const query = z.strictObject({
  tag: z
    .string("must be given: the tag as 0x-hex or as text")
    .transform(tagBytes)
    .refine((tag) => tag.length <= TAG_SIZE_MAX, `must have at most ${TAG_SIZE_MAX} bytes`),
  from: numberParameter.optional(),
  cursor: z.string().regex(CURSOR, "must be a cursor that this route gave").optional(),
  pageSize: numberParameter
    .pipe(z.number().min(1, "must be from 1 to 1000").max(PAGE_MAX, "must be from 1 to 1000"))
    .default(PAGE_DEFAULT),
});

export function addTagRoutes(app: FastifyInstance, node: EdgeNode, guards: RouteGuards): void {
  app.get(
    "/api/tags/v1/blocks",
    {
      preHandler: guards.open,
      schema: {
        summary: "Tagged blocks in confirmed order, from a milestone index or after a cursor",
        tags: ["tags"],
        querystring: described({
          tag: "The tag: text, or 0x-hex",
          from: "First milestone index",
          cursor: "Where the page before ended",
          pageSize: "1 to 1000, default 100",
        }),
      },
    },
    async (request) => {
      const {tag, from, cursor, pageSize} = readParameters(query, request.query);
      const after = cursor === undefined ? startOf(from ?? 0) : parseCursor(cursor);
      const {blocks, next} = await node.feed.read({tag: toHex(tag), after, limit: pageSize});
      return {
        items: blocks.map((block) => ({
          blockId: block.blockId,
          milestoneIndex: block.cursor.milestoneIndex,
          whiteFlagIndex: block.cursor.whiteFlagIndex,
          milestoneTimestamp: block.milestoneTimestamp,
          tag: block.tag,
          data: block.data,
        })),
        ...(next === null ? {} : {cursor: `${next.milestoneIndex}.${next.whiteFlagIndex}`}),
      };
    },
  );
}

function tagBytes(text: string): Uint8Array {
  const lower = text.toLowerCase();
  return isHex(lower) ? fromHex(lower) : utf8(text);
}

// A cursor stands after a block, so a milestone begins after the last place of the one before it.
function startOf(milestoneIndex: number): FeedCursor {
  return milestoneIndex === 0
    ? {milestoneIndex: 0, whiteFlagIndex: 0}
    : {milestoneIndex: milestoneIndex - 1, whiteFlagIndex: 0xffff_ffff};
}

function parseCursor(text: string): FeedCursor {
  const [, milestoneIndex, whiteFlagIndex] = CURSOR.exec(text)!;
  return {
    milestoneIndex: Math.min(Number(milestoneIndex), 0xffff_ffff),
    whiteFlagIndex: Math.min(Number(whiteFlagIndex), 0xffff_ffff),
  };
}
