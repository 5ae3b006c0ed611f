import {afterAll, beforeAll, describe, expect, test} from "@jest/globals";
import * as fc from "fast-check";
import {type FastifyInstance, fastify} from "fastify";
import {utf8} from "../../src/bytes.ts";
import type {EdgeNode} from "../../src/edge-node/index.ts";
import {createNodeRoutes} from "../../src/edge-node/index.ts";
import {GatewayError} from "../../src/errors.ts";
import type {RouteGuards} from "../../src/http.ts";
import {type BlockId, blockToJson, parseBlock, parseMilestonePayload} from "../../src/stardust/index.ts";
import {countingMiner, networkOf, serialized, startNode, type TestNode, taggedBlock} from "./support.ts";

const BYTES = "application/vnd.iota.serializer-v1";
const NOTHING: BlockId = `0x${"cd".repeat(32)}`;
const OPEN: RouteGuards = {
  open: async () => undefined,
  session: async () => undefined,
  authorize: () => async () => undefined,
  authorizeUnlessLoopback: () => async () => undefined,
};
const CLOSED: RouteGuards = {
  open: async () => undefined,
  session: refuse,
  authorize: () => refuse,
  authorizeUnlessLoopback: () => refuse,
};

async function refuse(): Promise<void> {
  throw new GatewayError("rest/unauthorised", "Log in first.");
}

async function serve(node: EdgeNode, guards = OPEN): Promise<FastifyInstance> {
  const app = fastify();
  await app.register(createNodeRoutes(node, {version: "0.1.0", otherRoutes: ["mqtt/v1"]})(guards));
  return app;
}

let running: TestNode;
let node: EdgeNode;
let app: FastifyInstance;
/** Three blocks of one tag under milestone 2, and one that waits. */
let referenced: BlockId[];
let waiting: BlockId;

beforeAll(async () => {
  running = await startNode();
  node = running.node;
  app = await serve(node);
  referenced = [];
  for (const text of ["one", "two", "three"])
    referenced.push(await node.client.submitTaggedData({tag: utf8("meter"), data: utf8(text)}));
  await running.advance(2_000);
  waiting = await node.client.submitTaggedData({tag: utf8("meter"), data: utf8("four")});
});

afterAll(async () => {
  await app.close();
  await running.stop();
});

const get = (url: string, accept = "*/*") => app.inject({method: "GET", url, headers: {accept}});
const post = (payload: Buffer | string | object, contentType?: string, target = app) =>
  target.inject({
    method: "POST",
    url: "/api/core/v2/blocks",
    payload,
    ...(contentType === undefined ? {} : {headers: {"content-type": contentType}}),
  });

describe("the node", () => {
  test("a lone healthy node answers /health with 200 and no body", async () => {
    const answer = await get("/health");
    expect([answer.statusCode, answer.body]).toEqual([200, ""]);
  });

  test("one without a milestone answers 503", async () => {
    const follower = await startNode({isCoordinator: false});
    const other = await serve(follower.node);
    expect((await other.inject("/health")).statusCode).toBe(503);
    expect((await other.inject("/api/core/v2/tips")).json()).toEqual({
      error: {code: "503", message: expect.stringContaining("not synced")},
    });
    expect((await other.inject(`/api/core/v2/blocks/${NOTHING}/metadata`)).statusCode).toBe(503);
    const info = (await other.inject("/api/core/v2/info")).json();
    expect(info.status).toMatchObject({isHealthy: false, latestMilestone: {index: 0}, confirmedMilestone: {index: 0}});
    await other.close();
    await follower.stop();
  });

  test("/api/routes lists what is there", async () => {
    expect((await get("/api/routes")).json()).toEqual({routes: ["core/v2", "mqtt/v1", "poi/v1", "tags/v1"]});
  });

  test("/info has every field that official clients demand, in their types", async () => {
    const info = (await get("/api/core/v2/info")).json();
    const head = {index: 2, timestamp: expect.any(Number), milestoneId: node.milestone(2)!.milestoneId};
    expect(info).toEqual({
      name: "Tanglegate",
      version: "0.1.0",
      status: {isHealthy: true, latestMilestone: head, confirmedMilestone: head, pruningIndex: 0},
      supportedProtocolVersions: [2],
      protocol: networkOf().protocol,
      pendingProtocolParameters: [],
      baseToken: {
        name: expect.any(String),
        tickerSymbol: expect.any(String),
        unit: expect.any(String),
        decimals: expect.any(Number),
        useMetricPrefix: false,
      },
      metrics: {
        blocksPerSecond: expect.any(Number),
        referencedBlocksPerSecond: expect.any(Number),
        referencedRate: expect.any(Number),
      },
      features: ["pow"],
    });
    expect(typeof info.protocol.tokenSupply).toBe("string");
  });

  test("/tips gives one to eight ids, sorted", async () => {
    const {tips} = (await get("/api/core/v2/tips?allowSemiLazy=true")).json();
    expect(tips).toContain(waiting);
    expect(tips).toEqual([...new Set(tips)].sort());
    expect(tips.length).toBeLessThanOrEqual(8);
  });
});

describe("confirming the clock", () => {
  const confirm = (target: FastifyInstance) =>
    target.inject({method: "POST", url: "/api/core/v2/control/clock/confirm"});

  test("is 204 where milestones are issued, and 400 elsewhere", async () => {
    expect((await confirm(app)).statusCode).toBe(204);
    const follower = await startNode({isCoordinator: false});
    const other = await serve(follower.node);
    expect((await confirm(other)).statusCode).toBe(400);
    await other.close();
    await follower.stop();
  });

  test("needs a token, on loopback too", async () => {
    const guarded = await serve(node, CLOSED);
    expect((await confirm(guarded)).statusCode).toBe(401);
    await guarded.close();
  });
});

describe("a block", () => {
  test("comes as JSON", async () => {
    const answer = await get(`/api/core/v2/blocks/${waiting}`);
    expect(answer.json()).toEqual(blockToJson(parseBlock(node.block(waiting)!, {version: 2})));
    expect(answer.json().payload).toEqual({type: 5, tag: "0x6d65746572", data: "0x666f7572"});
  });

  test("comes as bytes when they are asked for, whatever the case of the id", async () => {
    const upper = waiting.toUpperCase().replace("0X", "0x");
    const answer = await get(`/api/core/v2/blocks/${upper}`, BYTES);
    expect(answer.headers["content-type"]).toBe(BYTES);
    expect(new Uint8Array(answer.rawPayload)).toEqual(node.block(waiting));
  });

  test("an unknown Accept means JSON", async () => {
    expect((await get(`/api/core/v2/blocks/${waiting}`, "text/csv")).json()).toHaveProperty("parents");
  });

  test("has metadata while it waits", async () => {
    expect((await get(`/api/core/v2/blocks/${waiting}/metadata`)).json()).toEqual({
      blockId: waiting,
      parents: expect.any(Array),
      isSolid: true,
      shouldPromote: false,
      shouldReattach: false,
    });
  });

  test("has metadata when a milestone references it", async () => {
    expect((await get(`/api/core/v2/blocks/${referenced[0]}/metadata`)).json()).toEqual({
      blockId: referenced[0],
      parents: expect.any(Array),
      isSolid: true,
      referencedByMilestoneIndex: 2,
      ledgerInclusionState: "noTransaction",
      whiteFlagIndex: expect.any(Number),
    });
  });

  test.each(["", "/metadata"])("that is not known is 404%s", async (suffix) => {
    const answer = await get(`/api/core/v2/blocks/${NOTHING}${suffix}`);
    expect([answer.statusCode, answer.json().error.code]).toEqual([404, "404"]);
  });

  test.each(["0x12", "abc", NOTHING.slice(2), `${NOTHING}00`])("with the id %s is 400", async (id) => {
    expect((await get(`/api/core/v2/blocks/${id}`)).statusCode).toBe(400);
    expect((await get(`/api/core/v2/blocks/${id}/metadata`)).json().error.message).toContain("blockId");
  });
});

describe("posting a block", () => {
  test("as bytes with nonce 0 gives 201, its place and its id", async () => {
    const {bytes} = serialized(taggedBlock(node.tips(), "raw"));
    const answer = await post(Buffer.from(bytes), BYTES);
    const {blockId} = answer.json();
    expect([answer.statusCode, answer.headers.location]).toEqual([201, blockId]);
    expect(node.block(blockId)).toEqual(bytes);
  });

  test("as JSON without parents and nonce lets the node fill them in", async () => {
    const payload = {type: 5, tag: "0x01", data: "0x02"};
    const answer = await post({protocolVersion: 2, payload}, "application/json; charset=utf-8");
    expect(answer.statusCode).toBe(201);
    const block = parseBlock(node.block(answer.json().blockId)!, {version: 2});
    expect(block.parents.length).toBeGreaterThan(0);
  });

  test("as JSON with parents and nonce as the wallet sends it", async () => {
    const json = blockToJson(taggedBlock(node.tips(), "wallet"));
    expect((await post(json, "application/json")).statusCode).toBe(201);
  });

  test("is mined here when the network asks for proof of work", async () => {
    const other = await startNode({network: networkOf({minPowScore: 2}), miner: countingMiner()});
    const otherApp = await serve(other.node);
    const answer = await post({protocolVersion: 2, payload: null}, "application/json", otherApp);
    expect(answer.statusCode).toBe(201);
    await otherApp.close();
    await other.stop();
  });

  test("gets 503 in the words clients look for where nobody mines", async () => {
    const other = await startNode({network: networkOf({minPowScore: 1_000_000}), miner: null});
    const otherApp = await serve(other.node);
    const answer = await post({protocolVersion: 2}, "application/json", otherApp);
    expect(answer.statusCode).toBe(503);
    expect(answer.json().error.message).toContain("proof of work is not available on this node");
    expect((await otherApp.inject("/api/core/v2/info")).json().features).toEqual([]);
    await otherApp.close();
    await other.stop();
  });

  const cases: readonly {name: string; payload: () => Buffer | object; type?: string; status: number; says: string}[] =
    [
      {name: "no content type", payload: () => Buffer.from("{}"), status: 415, says: "application/json"},
      {
        name: "a foreign content type",
        payload: () => Buffer.from("{}"),
        type: "text/plain",
        status: 415,
        says: "text/plain",
      },
      {
        name: "an older content type",
        payload: () => Buffer.alloc(46),
        type: "application/vnd.iota.serializer-v2",
        status: 415,
        says: "serializer-v1",
      },
      {
        name: "bytes over the block's limit",
        payload: () => Buffer.alloc(32_769),
        type: BYTES,
        status: 413,
        says: "too large",
      },
      {
        name: "JSON over its limit",
        payload: () => Buffer.from(`{"a":"${"x".repeat(90_000)}"}`),
        type: "application/json",
        status: 413,
        says: "too large",
      },
      {
        name: "what is not JSON",
        payload: () => Buffer.from("{"),
        type: "application/json",
        status: 400,
        says: "not JSON",
      },
      {name: "no body", payload: () => Buffer.alloc(0), type: "application/json", status: 400, says: "not JSON"},
      {
        name: "bytes that end too early",
        payload: () => Buffer.alloc(20, 2),
        type: BYTES,
        status: 400,
        says: "inside the parent",
      },
      {
        name: "a missing field",
        payload: () => ({parents: []}),
        type: "application/json",
        status: 400,
        says: "protocolVersion",
      },
      {
        name: "a nonce that is no number",
        payload: () => ({protocolVersion: 2, nonce: "x"}),
        type: "application/json",
        status: 400,
        says: "nonce",
      },
      {
        name: "a nonce without parents",
        payload: () => ({protocolVersion: 2, nonce: "5"}),
        type: "application/json",
        status: 400,
        says: "parents",
      },
      {
        name: "a wrong protocol version",
        payload: () => ({protocolVersion: 3}),
        type: "application/json",
        status: 400,
        says: "protocol version 3",
      },
      {
        name: "an unknown parent",
        payload: () => ({protocolVersion: 2, parents: [NOTHING]}),
        type: "application/json",
        status: 400,
        says: NOTHING,
      },
      {
        name: "parents out of order",
        payload: () => ({protocolVersion: 2, parents: [NOTHING, `0x${"00".repeat(32)}`]}),
        type: "application/json",
        status: 400,
        says: "sorted",
      },
      {
        name: "nine parents",
        payload: () => ({protocolVersion: 2, parents: Array.from({length: 9}, (_, i) => `0x${`0${i}`.repeat(32)}`)}),
        type: "application/json",
        status: 400,
        says: "1 to 8",
      },
      {
        name: "a transaction",
        payload: () => ({protocolVersion: 2, payload: {type: 6}}),
        type: "application/json",
        status: 400,
        says: "transaction",
      },
      {
        name: "a payload of unknown type",
        payload: () => ({protocolVersion: 2, payload: {type: 4}}),
        type: "application/json",
        status: 400,
        says: "type",
      },
      {
        name: "a tag over 64 bytes",
        payload: () => ({protocolVersion: 2, payload: {type: 5, tag: `0x${"00".repeat(65)}`}}),
        type: "application/json",
        status: 400,
        says: "tag",
      },
    ];

  test.each(cases)("with $name gets $status", async ({payload, type, status, says}) => {
    const body = payload();
    const answer = await post(body, type);
    expect(answer.statusCode).toBe(status);
    expect(answer.json()).toEqual({error: {code: String(status), message: expect.stringContaining(says)}});
  });

  test("needs a token where the listener is not on loopback alone; reading does not", async () => {
    const guarded = await serve(node, CLOSED);
    expect((await post({protocolVersion: 2}, "application/json", guarded)).statusCode).toBe(401);
    expect((await guarded.inject(`/api/core/v2/blocks/${waiting}`)).statusCode).toBe(200);
    await guarded.close();
  });
});

describe("whatever is posted gets an answer and is never the node's fault", () => {
  const refused = async (payload: Buffer, type: string) => {
    const {statusCode} = await post(payload, type);
    expect([201, 400, 413, 415]).toContain(statusCode);
  };

  test("any bytes", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({maxLength: 400}), (bytes) => refused(Buffer.from(bytes), BYTES)),
      {numRuns: 200},
    );
  });

  test("a block with any byte changed", async () => {
    const {bytes} = serialized(taggedBlock(node.tips(), "whole"));
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({min: 1, max: 255}), (at, change) => {
        const changed = Buffer.from(bytes);
        changed[at]! ^= change;
        return refused(changed, BYTES);
      }),
      {numRuns: 200},
    );
  });

  test("any JSON", async () => {
    await fc.assert(
      fc.asyncProperty(fc.json(), (json) => refused(Buffer.from(json), "application/json")),
      {numRuns: 200},
    );
  });

  test("any JSON as a block's payload, parents or nonce", async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom("payload", "parents", "nonce"), fc.jsonValue(), (field, value) =>
        refused(Buffer.from(JSON.stringify({protocolVersion: 2, [field]: value})), "application/json"),
      ),
      {numRuns: 200},
    );
  });

  test("any JSON as a proof", async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (value) => {
        const payload = JSON.stringify({milestone: value, block: value, proof: value});
        const headers = {"content-type": "application/json"};
        const {statusCode} = await app.inject({method: "POST", url: "/api/poi/v1/validate", payload, headers});
        expect([200, 400]).toContain(statusCode);
      }),
      {numRuns: 100},
    );
  });
});

describe("a milestone", () => {
  test("comes by index and by id, as JSON and as bytes", async () => {
    const row = node.milestone(2)!;
    const byIndex = await get("/api/core/v2/milestones/by-index/2");
    expect(byIndex.json()).toMatchObject({type: 7, index: 2, previousMilestoneId: node.milestone(1)!.milestoneId});
    const bytes = await get(`/api/core/v2/milestones/${row.milestoneId}`, BYTES);
    expect(parseMilestonePayload(new Uint8Array(bytes.rawPayload)).index).toBe(2);
    const byId = await get(`/api/core/v2/milestones/${row.milestoneId}`);
    expect(byId.json()).toEqual(byIndex.json());
  });

  test.each([
    ["/api/core/v2/milestones/by-index/999", 404],
    ["/api/core/v2/milestones/by-index/0", 404],
    ["/api/core/v2/milestones/by-index/4294967296", 400],
    ["/api/core/v2/milestones/by-index/-1", 400],
    ["/api/core/v2/milestones/by-index/x", 400],
    [`/api/core/v2/milestones/${NOTHING}`, 404],
    ["/api/core/v2/milestones/0x12", 400],
  ])("%s is %i", async (url, status) => {
    expect((await get(url)).statusCode).toBe(status);
  });
});

describe("tagged blocks", () => {
  const read = async (query: string) => (await get(`/api/tags/v1/blocks?${query}`)).json();

  test("come in confirmed order, by the tag as text or as hex, and no waiting one among them", async () => {
    const {items, cursor} = await read("tag=meter");
    expect(items.map(({blockId}: {blockId: string}) => blockId).sort()).toEqual([...referenced].sort());
    const places = items.map(({whiteFlagIndex}: {whiteFlagIndex: number}) => whiteFlagIndex);
    expect(places).toEqual(places.toSorted((a: number, b: number) => a - b));
    expect(items[0]).toMatchObject({
      milestoneIndex: 2,
      milestoneTimestamp: node.milestone(2)!.timestamp,
      tag: "0x6d65746572",
    });
    expect(cursor).toBeUndefined();
    expect(await read("tag=0x6d65746572")).toEqual({items});
  });

  test("come in pages that join without a gap", async () => {
    const all = (await read("tag=meter")).items;
    const pages = [];
    let page = await read("tag=meter&pageSize=1");
    for (; page.cursor !== undefined; page = await read(`tag=meter&pageSize=1&cursor=${page.cursor}`))
      pages.push(...page.items);
    pages.push(...page.items);
    expect(pages).toEqual(all);
  });

  test("come from a milestone on", async () => {
    expect((await read("tag=meter&from=2")).items).toHaveLength(3);
    expect((await read("tag=meter&from=3")).items).toHaveLength(0);
  });

  test.each([
    ["", "tag"],
    ["tag=a&pageSize=0", "pageSize"],
    ["tag=a&pageSize=1001", "pageSize"],
    ["tag=a&pageSize=ten", "pageSize"],
    ["tag=a&from=-1", "from"],
    ["tag=a&cursor=x", "cursor"],
    ["tag=a&tga=b", "tga"],
    [`tag=${"a".repeat(65)}`, "tag"],
    ["tag=a&tag=b", "tag"],
  ])('with the query "%s" are 400 and name %s', async (query, name) => {
    const answer = await get(`/api/tags/v1/blocks?${query}`);
    expect(answer.statusCode).toBe(400);
    expect(answer.json().error.message).toContain(name);
  });
});

describe("a proof of inclusion", () => {
  const validate = (payload: object) => app.inject({method: "POST", url: "/api/poi/v1/validate", payload});

  test("is made for every referenced block and holds", async () => {
    for (const blockId of [...referenced, node.milestone(1)!.blockId]) {
      const answer = await get(`/api/poi/v1/create/${blockId}`);
      expect(answer.json()).toMatchObject({milestone: {index: 2}, block: {protocolVersion: 2}});
      expect((await validate(answer.json())).json()).toEqual({valid: true});
    }
  });

  test("does not hold for another block, another root or a foreign signature", async () => {
    const [first, second] = (await Promise.all(referenced.map((id) => get(`/api/poi/v1/create/${id}`)))).map((answer) =>
      answer.json(),
    );
    expect((await validate({...first, block: second.block})).json()).toEqual({valid: false});
    expect((await validate({...first, proof: second.proof})).json()).toEqual({valid: false});
    const root = {...first.milestone, inclusionMerkleRoot: NOTHING};
    expect((await validate({...first, milestone: root})).json()).toEqual({valid: false});
    const later = {...first.milestone, timestamp: first.milestone.timestamp + 1};
    expect((await validate({...first, milestone: later})).json()).toEqual({valid: false});
  });

  test("is 404 for a block that waits or is not known, and 400 for what is no proof", async () => {
    expect((await get(`/api/poi/v1/create/${waiting}`)).statusCode).toBe(404);
    expect((await get(`/api/poi/v1/create/${NOTHING}`)).statusCode).toBe(404);
    expect((await get("/api/poi/v1/create/0x1")).statusCode).toBe(400);
    expect((await validate({})).statusCode).toBe(400);
    expect((await validate({milestone: 1, block: 2, proof: 3})).statusCode).toBe(400);
  });

  test("is 413 when it is too large to be one", async () => {
    expect((await validate({proof: "x".repeat(200_000)})).statusCode).toBe(413);
  });
});

test.each(["/api/core/v2/peers", "/api/core/v2/outputs/0x00", "/api/core/v2/treasury"])(
  "%s is not there",
  async (url) => {
    expect((await get(url)).statusCode).toBe(404);
  },
);

test("a query parameter that is no boolean is named", async () => {
  const answer = await get("/api/core/v2/tips?allowSemiLazy=maybe");
  expect([answer.statusCode, answer.json().error.message]).toEqual([400, "allowSemiLazy must be true or false."]);
});
