import {request} from "node:http";
import type {AddressInfo} from "node:net";
import {afterEach, beforeEach, describe, expect, test} from "@jest/globals";
import fastify, {type FastifyInstance} from "fastify";
import {addExportRoute} from "../../../src/audit/export/route.ts";
import type {AuditExport, Exporter} from "../../../src/audit/index.ts";
import type {AuditExportQuery} from "../../../src/client/index.ts";
import {GatewayError} from "../../../src/errors.ts";
import {errorBody, httpStatusOf, type RouteGuards} from "../../../src/http.ts";
import {factsOf} from "./support.ts";

const authorize: RouteGuards["authorize"] = (scope) => async (asked) => {
  const scopes = new Set(String(asked.headers["x-scopes"] ?? "audit:export").split(","));
  asked.identity = {actor: "user:anna", role: "reviewer", scopes};
  if (!scopes.has(scope)) throw new GatewayError("auth/refused", `The scope ${scope} is needed.`);
};

let app: FastifyInstance;
let asked: {query: AuditExportQuery; actor: string; signal: AbortSignal}[];
let bytes: () => AuditExport["bytes"];
beforeEach(() => {
  asked = [];
  bytes = async function* () {
    yield "one,";
    yield "two\r\n";
  };
  const exporter: Exporter = {
    begin: async (query, by) => {
      asked.push({query, ...by});
      return {facts: factsOf({count: 2}), fileName: "audit.csv", mediaType: "text/csv", bytes: bytes()};
    },
  };
  app = fastify();
  app.decorateRequest("identity", null);
  app.setErrorHandler((error, _, reply) =>
    reply.status(httpStatusOf(error)).send(errorBody(httpStatusOf(error), (error as Error).message)),
  );
  addExportRoute(app, exporter, {authorize, authorizeUnlessLoopback: authorize} as unknown as RouteGuards);
});
afterEach(() => app.close());

test("an export is answered as a file, with its count and the entry that tells of it", async () => {
  const answer = await app.inject("/export?format=csv");
  expect(answer.statusCode).toBe(200);
  expect(answer.body).toBe("one,two\r\n");
  expect(answer.headers).toMatchObject({
    "content-type": "text/csv",
    "content-disposition": 'attachment; filename="audit.csv"',
    "x-tanglegate-entries": "2",
    "x-tanglegate-recorded": "gateway/7",
  });
});

test("lists are joined by commas, times become UTC, what is not given is left out", async () => {
  await app.inject(
    `/export?format=zip&language=de&machine=press-7,saw&type=alarm&kind=critical,batch&from=${encodeURIComponent("2026-06-01T02:00:00+02:00")}&text=%C3%BC&state=waiting&review=open`,
  );
  expect(asked[0]).toMatchObject({actor: "user:anna", role: "reviewer"});
  expect(asked[0]!.query).toEqual({
    format: "zip",
    language: "de",
    machines: ["press-7", "saw"],
    types: ["alarm"],
    kinds: ["critical", "batch"],
    from: "2026-06-01T00:00:00.000Z",
    text: "ü",
    state: "waiting",
    review: "open",
  });
});

test.each([
  ["", "format"],
  ["format=xls", "format"],
  ["format=csv&language=fr", "language"],
  ["format=csv&from=yesterday", "from"],
  ["format=csv&kind=loud", "kind"],
  ["format=csv&machine=", "machine"],
  ["format=csv&text=", "text"],
  ["format=csv&limit=5", "the query"],
])("the query %j is refused naming %s", async (query, field) => {
  const answer = await app.inject(`/export?${query}`);
  expect(answer.statusCode).toBe(400);
  expect(answer.json().error.message).toContain(field);
  expect(asked).toEqual([]);
});

test("a HEAD exports nothing", async () => {
  expect((await app.inject({method: "HEAD", url: "/export?format=csv"})).statusCode).toBe(404);
  expect(asked).toEqual([]);
});

test("reading alone does not give the right to export", async () => {
  const answer = await app.inject({url: "/export?format=csv", headers: {"x-scopes": "audit:read"}});
  expect(answer.statusCode).toBe(403);
});

describe("a reader who leaves in the middle", () => {
  test("ends the export: its generator is returned and the signal aborted", async () => {
    let isReturned = false;
    const returned = new Promise<void>((resolve) => {
      bytes = async function* () {
        try {
          for (;;) yield "x".repeat(65_536);
        } finally {
          isReturned = true;
          resolve();
        }
      };
    });
    await app.listen({port: 0, host: "127.0.0.1"});
    const {port} = app.server.address() as AddressInfo;
    const call = request({port, path: "/export?format=csv"}, (answer) => answer.once("data", () => call.destroy()));
    call.on("error", () => undefined);
    call.end();
    await returned;
    expect(isReturned).toBe(true);
    if (!asked[0]!.signal.aborted)
      await new Promise((resolve) => asked[0]!.signal.addEventListener("abort", resolve, {once: true}));
    expect(asked[0]!.signal.aborted).toBe(true);
  });
});
