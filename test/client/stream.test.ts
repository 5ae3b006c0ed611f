import {Readable} from "node:stream";
import {afterAll, beforeAll, describe, expect, test} from "@jest/globals";
import fastify, {type FastifyInstance} from "fastify";
import {createHttp} from "../../src/client/http.ts";
import {createGatewayClient} from "../../src/client/index.ts";
import {createManualClock} from "../../src/clock.ts";

let server: FastifyInstance;
let url: string;
let isLeft: Promise<void>;

beforeAll(async () => {
  let leave: () => void;
  isLeft = new Promise((resolve) => {
    leave = resolve;
  });
  server = fastify({forceCloseConnections: true});
  server.get("/long", async (_, reply) =>
    reply.header("x-name", "long").send(
      Readable.from(
        (async function* () {
          for (let i = 0; i < 1_000; i++) yield Buffer.alloc(40_000, i);
        })(),
      ),
    ),
  );
  server.get("/endless", async (_, reply) => {
    reply.raw.once("close", () => leave());
    return reply.send(
      Readable.from(
        (async function* () {
          for (;;) yield Buffer.alloc(65_536);
        })(),
      ),
    );
  });
  server.get("/breaks", async (_, reply) =>
    reply.send(
      Readable.from(
        (async function* () {
          yield Buffer.from("half");
          throw new Error("the disk is gone");
        })(),
      ),
    ),
  );
  server.get("/stalls", (_, reply) => {
    reply.hijack();
    reply.raw.write("half");
  });
  server.get("/refuses", async (_, reply) => reply.code(429).send({error: {code: "429", message: "Two run already."}}));
  server.get("/api/audit/v1/export", async (request, reply) =>
    reply
      .header("content-disposition", 'attachment; filename="audit-here.csv"')
      .header("x-tanglegate-entries", 3)
      .header("x-tanglegate-recorded", "gateway/9")
      .send(JSON.stringify(request.query)),
  );
  url = await server.listen({port: 0, host: "127.0.0.1"});
});
afterAll(() => server.close());

const open = (path: string, options = {}) => createHttp("audit", {url, ...options}).stream({path});
const lengthOf = async (bytes: AsyncIterable<Uint8Array>) => {
  let length = 0;
  for await (const piece of bytes) length += piece.length;
  return length;
};

describe("a stream", () => {
  test("brings an answer that is longer than any other may be", async () => {
    const {header, bytes} = await open("/long");
    expect(header("x-name")).toBe("long");
    expect(await lengthOf(bytes)).toBe(40_000_000);
  });

  test("that is left ends the call", async () => {
    const {bytes} = await open("/endless");
    await bytes.next();
    await bytes.return();
    await isLeft;
  });

  test("that breaks off is an error, never a short answer", async () => {
    const {bytes} = await open("/breaks");
    await expect(lengthOf(bytes)).rejects.toMatchObject({code: "client/cut"});
  });

  test("that stands still for as long as a call may take is given up", async () => {
    const clock = createManualClock(0);
    const {bytes} = await open("/stalls", {clock, timeoutMs: 1_000});
    await bytes.next();
    const next = expect(bytes.next()).rejects.toMatchObject({code: "client/timeout"});
    await clock.advance(1_000);
    await next;
  });

  test("that is refused is an error with the server's sentence", async () => {
    await expect(open("/refuses")).rejects.toMatchObject({code: "audit/too-many", message: "Two run already."});
  });
});

test("an export asks with its filter, and tells name, count and the entry that records it", async () => {
  const {bytes, ...rest} = await createGatewayClient({url}).audit.export({
    format: "csv",
    machines: ["press-7", "saw"],
    kinds: ["critical"],
    from: "2026-06-01T00:00:00.000Z",
  });
  expect(rest).toEqual({fileName: "audit-here.csv", count: 3, recordedAs: "gateway/9"});
  const parts: Uint8Array[] = [];
  for await (const part of bytes) parts.push(part);
  expect(JSON.parse(Buffer.concat(parts).toString())).toEqual({
    format: "csv",
    machine: "press-7,saw",
    kind: "critical",
    from: "2026-06-01T00:00:00.000Z",
  });
});
