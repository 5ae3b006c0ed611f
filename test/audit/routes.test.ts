import {afterEach, beforeAll, beforeEach, describe, expect, test} from "@jest/globals";
import fastify, {type FastifyInstance, type InjectOptions} from "fastify";
import {type Audit, createAuditRoutes, verifyProofFile} from "../../src/audit/index.ts";
import {GatewayError} from "../../src/errors.ts";
import {errorBody, httpStatusOf, type RouteGuards} from "../../src/http.ts";
import {installNativeCrypto} from "../../src/native-crypto.ts";
import {createSurroundings, type Surroundings} from "./support.ts";

beforeAll(() => installNativeCrypto());

// The gateway's own guards are tested there; these give each test the scopes it names in a header.
const authorize: RouteGuards["authorize"] = (scope) => async (request) => {
  const scopes = request.headers["x-scopes"];
  if (scopes === undefined) throw new GatewayError("auth/unauthorised", "A token is needed.");
  request.identity = {actor: "token:line-7", role: "token", scopes: new Set(String(scopes).split(","))};
  if (!request.identity.scopes.has(scope)) throw new GatewayError("auth/refused", `The scope ${scope} is needed.`);
};

let around: Surroundings;
let audit: Audit;
let app: FastifyInstance;
beforeEach(async () => {
  around = await createSurroundings();
  audit = around.create();
  await audit.start();
  app = fastify();
  app.decorateRequest("identity", null);
  app.setErrorHandler((error, _, reply) =>
    reply.status(httpStatusOf(error)).send(errorBody(httpStatusOf(error), String((error as Error).message))),
  );
  await app.register(
    createAuditRoutes(
      audit,
      around.exporter(audit),
    )({
      authorize,
      authorizeUnlessLoopback: authorize,
      open: async () => undefined,
      session: authorize("audit:read"),
    }),
    {
      prefix: "/api/audit/v1",
    },
  );
});
afterEach(async () => {
  await app.close();
  await audit.stop();
  await around.remove();
});

const call = (method: "GET" | "POST" | "PUT" | "DELETE", url: string, scopes: string | null, payload?: unknown) => {
  const options: InjectOptions = {
    method,
    url: `/api/audit/v1${url}`,
    headers: scopes === null ? {} : {"x-scopes": scopes},
  };
  return app.inject(payload === undefined ? options : {...options, payload: payload as object});
};
const entry = (part: number, changes: object = {}) => ({
  machine: "press-7",
  type: "batch-end",
  body: {part},
  ...changes,
});
const post = (payload: unknown, scopes = "audit:append") => call("POST", "/entries", scopes, payload);

test("one entry is answered with one receipt, a list with a list", async () => {
  const one = await post(entry(1));
  expect(one.statusCode).toBe(201);
  expect(one.json()).toMatchObject({
    machine: "press-7",
    seq: 0,
    checkpointSize: 1,
    leafHash: expect.stringMatching(/^0x[0-9a-f]{64}$/),
  });
  expect((await post([entry(2), entry(3)])).json()).toMatchObject([{seq: 1}, {seq: 2}]);
  expect(await audit.entry("press-7", 0)).toMatchObject({actor: "token:line-7", body: {part: 1}});
});

describe("an append is refused", () => {
  test.each<{name: string; payload: unknown; scopes?: string; status: number; message: RegExp}>([
    {name: "without the scope", payload: entry(1), scopes: "audit:read", status: 403, message: /audit:append/},
    {name: "with a bad field", payload: entry(1, {type: "Batch End"}), status: 400, message: /^type: /},
    {name: "with an unknown field", payload: entry(1, {colour: "red"}), status: 400, message: /colour/},
    {
      name: "with a bad field within a list",
      payload: [entry(1), entry(2, {machine: ""})],
      status: 400,
      message: /^entries\[1\]\.machine/,
    },
    {name: "with an empty list", payload: [], status: 400, message: /1 to/},
    {
      name: "with a list too long",
      payload: Array.from({length: 1_001}, (_, i) => entry(i)),
      status: 413,
      message: /1000/,
    },
    {name: "with a body too large", payload: entry(1, {body: {a: "x".repeat(70_000)}}), status: 413, message: /65536/},
    {name: "in another's name", payload: entry(1, {actor: "user:anna"}), status: 403, message: /audit:impersonate/},
    {
      name: "into the gateway's own log",
      payload: entry(1, {machine: "gateway"}),
      status: 403,
      message: /^machine: only the gateway itself writes to the log gateway/,
    },
    {
      name: "into the gateway's own log, within a list",
      payload: [entry(1), entry(2, {machine: "gateway"})],
      status: 403,
      message: /only the gateway itself/,
    },
    {
      name: "into the gateway's own log by an admin",
      payload: entry(1, {machine: "gateway"}),
      scopes: "audit:append,audit:impersonate,admin",
      status: 403,
      message: /only the gateway itself/,
    },
    {name: "with something that is no entry", payload: [null], status: 400, message: /must be an object/},
  ])("$name", async ({payload, scopes, status, message}) => {
    const answer = await post(payload, scopes);
    expect(answer.statusCode).toBe(status);
    expect(answer.json()).toMatchObject({error: {code: String(status), message: expect.stringMatching(message)}});
    expect(audit.machines()).toEqual([]);
  });
});

test("naming another needs the scope for it; naming oneself does not", async () => {
  expect((await post(entry(1, {actor: "user:anna"}), "audit:append,audit:impersonate")).statusCode).toBe(201);
  expect((await post(entry(2, {actor: "token:line-7"}))).statusCode).toBe(201);
  expect(await audit.entry("press-7", 0)).toMatchObject({actor: "user:anna", actorRole: null});
  expect(await audit.entry("press-7", 1)).toMatchObject({actor: "token:line-7", actorRole: "token"});
  await post(entry(3, {actor: "user:anna", actorRole: "operator"}), "audit:append,audit:impersonate");
  expect((await audit.entry("press-7", 2))?.actorRole).toBe("operator");
});

test("only the scope for it appends to the gateway's own log", async () => {
  const scopes = "audit:append,audit:append-gateway,audit:impersonate";
  expect((await post(entry(1, {machine: "gateway", actor: "user:anna"}), scopes)).statusCode).toBe(201);
  expect((await audit.entry("gateway", 0))?.actor).toBe("user:anna");
});

describe("reading", () => {
  const get = (url: string, scopes: string | null = "audit:read") => call("GET", url, scopes);
  beforeEach(async () => {
    await post([entry(1), entry(2), entry(3), entry(4, {machine: "saw"})]);
    await around.anchor(audit);
  });

  test("gives verdicts in pages", async () => {
    const first = (await get("/machines?pageSize=1")).json();
    expect(first).toMatchObject({items: [{machine: "press-7", state: "verified", entries: 3}], cursor: "press-7"});
    const second = (await get("/machines?pageSize=1&cursor=press-7")).json();
    expect(second).toEqual({items: [expect.objectContaining({machine: "saw"})]});
    expect((await get("/machines/saw")).json()).toMatchObject({machine: "saw", anchoredEntries: 1});
  });

  test("gives entries newest first, in pages, by filter, and one by one", async () => {
    const first = (await get("/machines/press-7/entries?pageSize=2")).json();
    expect(first).toMatchObject({items: [{seq: 2}, {seq: 1}], cursor: "1"});
    expect((await get("/machines/press-7/entries?pageSize=2&cursor=1")).json()).toEqual({
      items: [expect.objectContaining({seq: 0})],
    });
    expect((await get("/machines/press-7/entries?text=%22part%22:2")).json().items).toHaveLength(1);
    expect((await get("/machines/press-7/entries/1")).json()).toMatchObject({
      seq: 1,
      body: {part: 2},
      state: "verified",
    });
  });

  test("gives checkpoint and tiles as C2SP has them", async () => {
    const checkpoint = await get("/machines/press-7/checkpoint");
    expect(checkpoint.headers["content-type"]).toMatch(/^text\/plain/);
    expect(checkpoint.body).toBe(audit.checkpoint("press-7"));
    const tile = await get("/machines/press-7/tile/0/000.p/3");
    expect(tile.headers).toMatchObject({
      "content-type": "application/octet-stream",
      "cache-control": "no-cache",
    });
    expect(tile.rawPayload).toHaveLength(96);
    expect((await get("/machines/press-7/tile/entries/000.p/3")).rawPayload.length).toBeGreaterThan(600);
  });

  test("gives a proof file that is verified as it came", async () => {
    const answer = await get("/machines/press-7/export?from=0&to=2");
    expect(answer.headers["content-disposition"]).toContain("press-7-0-2.audit.json");
    expect(verifyProofFile(JSON.parse(answer.body), around.networkFile)).toMatchObject({state: "verified"});
  });

  test.each([
    ["/machines", null, 401],
    ["/machines", "audit:append", 403],
    ["/machines/nobody", "audit:read", 404],
    ["/machines/nobody/entries", "audit:read", 404],
    ["/machines/nobody/checkpoint", "audit:read", 404],
    ["/machines/press-7/entries/3", "audit:read", 404],
    ["/machines/press-7/entries/x", "audit:read", 400],
    ["/machines/press-7/entries/-1", "audit:read", 400],
    ["/machines/press-7/entries?pageSize=0", "audit:read", 400],
    ["/machines/press-7/entries?colour=red", "audit:read", 400],
    ["/machines/press-7/entries?from=never", "audit:read", 400],
    ["/machines/press-7/tile/0/001", "audit:read", 404],
    ["/machines/press-7/tile/0/000.p/4", "audit:read", 404],
    ["/machines/press-7/tile/../../../store/CURRENT", "audit:read", 404],
    ["/machines/press-7/export?from=0", "audit:read", 400],
    ["/machines/press-7/export?from=0&to=3", "audit:read", 404],
  ])("of %s with %s is answered %i", async (url, scopes, status) => {
    const answer = await get(url, scopes);
    expect([answer.statusCode, answer.json().error?.code ?? "404"]).toEqual([status, String(status)]);
  });

  test("a check needs its own scope and gives a report", async () => {
    expect((await call("POST", "/check", "audit:read", {})).statusCode).toBe(403);
    const report = await call("POST", "/check", "audit:check", {});
    expect(report.json()).toMatchObject({
      entriesChecked: 4,
      bodiesChecked: 4,
      machines: [{broken: null}, {broken: null}],
    });
  });
});

describe("looking through the trail", () => {
  const review = (url: string, payload: unknown, scopes = "audit:review", method: "POST" | "PUT" = "POST") =>
    call(method, url, scopes, payload);
  const get = (url: string, scopes: string | null = "audit:read") => call("GET", url, scopes);
  beforeEach(async () => {
    await post([
      entry(1, {type: "parameter-change", body: {old: 1, new: 2, unit: "bar"}}),
      entry(2),
      entry(3, {machine: "saw", subject: "blade"}),
    ]);
  });

  test("one search goes over all machines, with lists joined by commas", async () => {
    const found = (await get("/entries?machine=press-7,saw&kind=critical,batch&pageSize=2")).json();
    expect(found.items).toHaveLength(2);
    const rest = (
      await get(`/entries?machine=press-7,saw&kind=critical,batch&pageSize=2&cursor=${found.cursor}`)
    ).json();
    expect(
      [...found.items, ...rest.items]
        .map(({machine, seq}: {machine: string; seq: number}) => `${machine} ${seq}`)
        .sort(),
    ).toEqual(["press-7 0", "press-7 1", "saw 0"]);
    expect((await get("/entries?value=2&type=parameter-change")).json().items).toMatchObject([
      {kind: "critical", change: {old: 1, new: 2, unit: "bar"}, review: {state: "open"}, erased: null},
    ]);
  });

  test("count, density and facets take the same filter", async () => {
    expect((await get("/entries/count?kind=batch")).json()).toEqual({count: 2, isComplete: true});
    expect((await get("/entries/density?buckets=3")).json()).toMatchObject({buckets: [{}, {}, {}], isExact: true});
    expect((await get("/entries/facets?machine=saw")).json()).toMatchObject({machines: [{name: "saw", count: 1}]});
  });

  test.each([
    ["/entries?colour=red"],
    ["/entries?kind=nice"],
    ["/entries?pageSize=0"],
    ["/entries?state=good"],
    ["/entries/density?buckets=1001"],
  ])("%s is refused", async (url) => {
    expect((await get(url)).statusCode).toBe(400);
  });

  test.each<[string, "GET" | "POST" | "PUT" | "DELETE", string, string]>([
    ["searching", "GET", "/entries", "audit:read"],
    ["counting", "GET", "/entries/count", "audit:read"],
    ["a review", "POST", "/machines/press-7/reviews", "audit:review"],
    ["what waits for review", "GET", "/machines/press-7/review", "audit:read"],
    ["a plan", "PUT", "/machines/press-7/review-plan", "audit:review"],
    ["erasing", "POST", "/machines/press-7/entries/0/erase", "audit:erase"],
    ["storage", "GET", "/storage", "audit:read"],
    ["filters", "GET", "/filters", "audit:read"],
    ["saving a filter", "PUT", "/filters/mine", "audit:review"],
    ["removing a filter", "DELETE", "/filters/mine", "audit:review"],
  ])("%s needs its own scope", async (_, method, url, scope) => {
    const others = ["audit:read", "audit:append", "audit:check", "audit:review", "audit:erase"].filter(
      (other) => other !== scope,
    );
    const answer = await app.inject({method, url: `/api/audit/v1${url}`, headers: {"x-scopes": others.join(",")}});
    expect(answer.statusCode).toBe(403);
    expect(answer.json().error.message).toContain(scope);
  });

  test("a review of one's own entries is refused with the entry in the sentence, another's is appended", async () => {
    const own = await review("/machines/press-7/reviews", {kind: "reviewed", entries: [[0, 1]]});
    expect(own.statusCode).toBe(403);
    expect(own.json().error.message).toMatch(/^Entry 0 of press-7 was made by token:line-7/);
    await post([entry(4, {actor: "user:anna"})], "audit:append,audit:impersonate");
    expect((await review("/machines/press-7/reviews", {kind: "reviewed", entries: [[2, 2]]})).statusCode).toBe(201);
    expect((await get("/machines/press-7/review")).json()).toMatchObject({
      openCritical: 1,
      lastReview: {by: "token:line-7"},
    });
    expect((await review("/machines/press-7/review-plan", {everyDays: 7}, "audit:review", "PUT")).statusCode).toBe(200);
    expect((await review("/machines/press-7/review-plan", {everyDays: -1}, "audit:review", "PUT")).statusCode).toBe(
      400,
    );
  });

  test("a body is erased with reason and legal basis, and not without", async () => {
    const url = "/machines/press-7/entries/1/erase";
    expect((await review(url, {reason: "asked"}, "audit:erase")).statusCode).toBe(400);
    expect((await review(url, {reason: "asked", legalBasis: "GDPR Art. 17"}, "audit:erase")).statusCode).toBe(201);
    expect((await review(url, {reason: "asked", legalBasis: "GDPR Art. 17"}, "audit:erase")).statusCode).toBe(409);
    expect((await get("/machines/press-7/entries/1")).json()).toMatchObject({
      body: null,
      erased: {by: "token:line-7", reason: "asked", legalBasis: "GDPR Art. 17"},
    });
  });

  test("filters are saved for everybody, replaced by who saved them, and removed", async () => {
    const put = (name: string, filter: unknown, scopes = "audit:review") =>
      call("PUT", `/filters/${encodeURIComponent(name)}`, scopes, filter);
    const filter = {kinds: ["critical"], machines: ["press-7"], text: "bar"};
    expect((await put("My shift ✓", filter)).json()).toMatchObject({
      name: "My shift ✓",
      filter,
      savedBy: "token:line-7",
    });
    expect((await get("/filters")).json()).toMatchObject({items: [{name: "My shift ✓"}]});
    expect((await get(`/filters/${encodeURIComponent("My shift ✓")}`)).json()).toMatchObject({filter});
    expect((await put("mine", {kinds: ["nice"]})).statusCode).toBe(400);
    await audit.filters().save("hers", {}, {actor: "user:anna", mayReplace: false});
    expect((await put("hers", filter)).statusCode).toBe(409);
    expect((await put("hers", filter, "audit:review,admin")).statusCode).toBe(200);
    expect((await call("DELETE", "/filters/hers", "audit:review")).statusCode).toBe(204);
    expect((await call("DELETE", "/filters/hers", "audit:review")).statusCode).toBe(404);
    expect((await get("/filters/hers")).statusCode).toBe(404);
  });
});
