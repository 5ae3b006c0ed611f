import {createServer, request as httpRequest, type Server} from "node:http";
import type {AddressInfo} from "node:net";
import {afterAll, beforeAll, describe, expect, test} from "@jest/globals";
import {type FastifyInstance, fastify} from "fastify";
import {ROLES, type Role} from "../../src/gateway/auth/roles.ts";
import {
  accessTable,
  type DeclaredRoute,
  rolesOf,
  rolesTable,
  scopesTable,
  watchRoutes,
} from "../../src/gateway/auth/route-table.ts";
import {partOfReadme} from "../support/readme.ts";
import {until} from "../support/until.ts";
import {
  createTestGateway,
  HOST,
  NAMES,
  openAccess,
  PASSWORD,
  startServices,
  type TestGateway,
  type TestServices,
} from "./support.ts";

const EVENTS = "/api/gateway/v1/events";
const SAFE = new Set(["GET", "HEAD"]);

let services: TestServices;
let gateway: TestGateway;
beforeAll(async () => {
  services = await startServices();
  gateway = await createTestGateway(services);
});
afterAll(async () => {
  await gateway.close();
  await services.stop();
});

type Headers = Record<string, string>;
const nameOf = ({method, path: url}: DeclaredRoute) => `${method} ${url}`;

/** Asks a route, its parameters filled with something that does not exist. */
function ask(app: FastifyInstance, route: DeclaredRoute, headers: Headers) {
  const url = route.path.replace(/:[A-Za-z]+/g, "nothing-here").replace("*", "nothing-here");
  return app.inject({method: route.method as "GET", url, headers: {host: HOST, ...headers}});
}

async function answers(routes: readonly DeclaredRoute[], headers: () => Headers, app = gateway.app) {
  const result: [string, number][] = [];
  // Each with a login of its own: some of the routes end sessions.
  for (const route of routes) result.push([nameOf(route), (await ask(app, route, headers())).statusCode]);
  return result;
}

describe("every route", () => {
  test("is reached by a role that may use it", async () => {
    for (const role of ROLES) {
      const allowed = gateway.routes().filter((route) => rolesOf(route.access).includes(role) && route.path !== EVENTS);
      const got = await answers(allowed, () => ({authorization: `Bearer ${gateway.tokenOf(NAMES[role])}`}));
      expect([role, got.filter(([, status]) => status === 401 || status === 403)]).toEqual([role, []]);
    }
  }, 60_000);

  test("is closed with 403 to every other role", async () => {
    for (const role of ROLES) {
      const closed = gateway.routes().filter(({access}) => access.kind === "scope" && !rolesOf(access).includes(role));
      const got = await answers(closed, () => ({authorization: `Bearer ${gateway.tokenOf(NAMES[role])}`}));
      expect([role, got.filter(([, status]) => status !== 403)]).toEqual([role, []]);
    }
  }, 60_000);

  test("asks for a login with 401, unless it says that it is open", async () => {
    const {open, closed} = Object.groupBy(gateway.routes(), ({access}) =>
      access.kind === "open" || access.kind === "loopback" ? "open" : "closed",
    );
    expect((await answers(closed!, () => ({}))).filter(([, status]) => status !== 401)).toEqual([]);
    const got = await answers(open!, () => ({}));
    expect(got.filter(([, status]) => status === 401 || status === 403)).toEqual([]);
  });

  test("that is open on loopback asks for a login anywhere else", async () => {
    const outside = await createTestGateway(services, {host: "192.0.2.1"});
    const routes = outside.routes().filter(({access}) => access.kind === "loopback");
    expect(routes.map(nameOf)).toContain("POST /api/core/v2/blocks");
    const got = await answers(routes, () => ({}), outside.app);
    expect(got.filter(([, status]) => status !== 401)).toEqual([]);
    await outside.close();
  });

  test("that changes something refuses a cookie without the value of its session", async () => {
    const writes = gateway
      .routes()
      .filter(({method, access}) => !SAFE.has(method) && access.kind !== "open" && access.kind !== "loopback");
    expect(writes.length).toBeGreaterThan(15);
    for (const headers of [{}, {"x-csrf-token": "guess"}]) {
      const cookie = () => ({cookie: `tanglegate_session=${gateway.tokenOf("admin")}`, ...headers});
      expect((await answers(writes, cookie)).filter(([, status]) => status !== 403)).toEqual([]);
    }
  });

  test.each([
    ["a foreign Host", {host: "evil.example"}],
    ["a foreign Origin", {origin: "http://evil.example"}],
  ])("refuses %s, whoever asks", async (_, headers) => {
    const got = await answers(gateway.routes(), () => ({
      ...(headers as Headers),
      authorization: `Bearer ${gateway.tokenOf("admin")}`,
    }));
    expect(got.filter(([, status]) => status !== 403)).toEqual([]);
  });

  test("asks who it is before it reads a body", async () => {
    const response = await gateway.app.inject({
      method: "POST",
      url: "/api/audit/v1/entries",
      payload: "x".repeat(5 << 20),
      headers: {host: HOST, "content-type": "application/json"},
    });
    expect(response.statusCode).toBe(401);
  });
});

// Written by hand: what a declaration said wrongly, the tests above would take over.
describe("a role", () => {
  const may = (role: Role, call: string) => {
    const route = gateway.routes().find((other) => nameOf(other) === call);
    expect([call, route !== undefined]).toEqual([call, true]);
    return rolesOf(route!.access).includes(role);
  };

  test("household sees nothing of the site", () => {
    for (const call of [
      "GET /api/audit/v1/machines",
      "GET /api/audit/v1/machines/:machine/entries",
      "GET /api/audit/v1/machines/:machine/export",
      "GET /api/field/v1/*",
      "GET /api/gateway/v1/tokens",
      "GET /api/gateway/v1/users",
      "GET /api/gateway/v1/status",
      "GET /api/gateway/v1/events",
      "GET /api/gateway/v1/plant/state",
      "POST /api/audit/v1/entries",
    ])
      expect([call, may("household", call)]).toEqual([call, false]);
  });

  test("viewer changes nothing", () => {
    const writes = gateway.routes().filter(({method, access}) => method !== "GET" && access.kind === "scope");
    const open = writes.filter(({access}) => rolesOf(access).includes("viewer")).map(nameOf);
    // A read of a device now is a POST, and no change.
    expect(open).toEqual(["POST /api/field/v1/devices/:id/read"]);
  });

  test.each<[string, readonly Role[]]>([
    ["POST /api/field/v1/devices/:id/write", ["operator", "admin"]],
    ["PUT /api/field/v1/devices/:id", ["maintainer", "admin"]],
    ["POST /api/core/v2/control/clock/confirm", ["maintainer", "admin"]],
    ["GET /api/audit/v1/export", ["reviewer", "maintainer", "operator", "admin"]],
    ["POST /api/audit/v1/check", ["reviewer", "maintainer", "operator", "admin"]],
    ["POST /api/audit/v1/machines/:machine/reviews", ["reviewer", "maintainer", "operator", "admin"]],
    ["POST /api/audit/v1/machines/:machine/entries/:seq/erase", ["admin"]],
    ["POST /api/gateway/v1/alarms/:id/acknowledge", ["reviewer", "maintainer", "operator", "admin"]],
    ["POST /api/audit/v1/entries", ["maintainer", "operator", "admin"]],
    ["PATCH /api/gateway/v1/users/:name", ["admin"]],
    ["POST /api/gateway/v1/tokens", ["admin"]],
  ])("for %s is one of %j", (call, roles) => {
    expect(ROLES.filter((role) => may(role, call))).toEqual(roles);
  });
});

test("a route that does not say who may use it keeps the gateway from starting", async () => {
  const app = fastify();
  watchRoutes(app, {isLoopback: true});
  app.register(async (plugin) => {
    plugin.get("/forgotten", async () => "anything");
  });
  await expect(app.ready()).rejects.toThrow("the route GET /forgotten must say who may use it");
});

test("a HEAD is guarded as its GET", async () => {
  const response = await gateway.app.inject({method: "HEAD", url: "/api/gateway/v1/users", headers: {host: HOST}});
  expect(response.statusCode).toBe(401);
});

test("pages get only the events that their reader may see, and end with the token", async () => {
  const {access, stream, app} = gateway;
  const before = gateway.pagesOpened();
  access.endings.listen(stream.end);
  const open = (name: string, scopes: readonly string[]) => {
    const {token, secret} = access.tokens.create({name, scopes, days: 1}, "user:admin");
    const headers = {host: HOST, authorization: `Bearer ${secret}`};
    return {id: token.id, page: app.inject({url: EVENTS, headers}).then(({body}) => body)};
  };
  const pages = [
    open("node", ["gateway:read"]),
    open("field", ["gateway:read", "field:read"]),
    open("audit", ["gateway:read", "audit:read"]),
  ];
  await until(() => gateway.pagesOpened() === before + pages.length);
  for (const event of ["milestone", "readings", "device", "audit-entry"]) stream.send(event, {});
  for (const {id} of pages) access.tokens.revoke(id);
  const seen = (await Promise.all(pages.map(({page}) => page))).map((body) => [...body.matchAll(/event: (\S+)/g)]);
  expect(seen.map((events) => events.map(([, event]) => event))).toEqual([
    ["milestone"],
    ["milestone", "readings", "device"],
    ["milestone", "audit-entry"],
  ]);
});

test("a page whose session has expired gets nothing more", async () => {
  const {clock, stream, app} = gateway;
  const before = gateway.pagesOpened();
  const headers = {host: HOST, authorization: `Bearer ${gateway.tokenOf("vera")}`};
  const page = app.inject({url: EVENTS, headers});
  await until(() => gateway.pagesOpened() === before + 1);
  clock.jump(12 * 3_600_000 + 1000);
  stream.send("reading", {});
  expect((await page).body).toBe("retry: 2000\n\n");
  clock.jump(-12 * 3_600_000 - 1000);
});

describe("the description", () => {
  interface Description {
    paths: Record<string, Record<string, {security?: object[]}>>;
    components: {securitySchemes: object};
  }
  const read = async () =>
    (await gateway.app.inject({url: "/api/openapi.json", headers: {host: HOST}})).json() as Description;

  test("says of each operation what it needs, as the routes have it", async () => {
    const {paths, components} = await read();
    expect(Object.keys(components.securitySchemes)).toEqual(["bearer", "session"]);
    expect(paths["/api/gateway/v1/users/{name}"]!.patch!.security).toEqual([{bearer: ["admin"]}, {session: ["admin"]}]);
    expect(paths["/api/gateway/v1/me"]!.get!.security).toEqual([{bearer: []}, {session: []}]);
    expect(paths["/api/core/v2/info"]!.get!.security).toEqual([]);
    expect(paths["/api/core/v2/blocks"]!.post!.security).toEqual([
      {},
      {bearer: ["blocks:post"]},
      {session: ["blocks:post"]},
    ]);
    const silent = Object.entries(paths).flatMap(([url, operations]) =>
      Object.entries(operations).flatMap(([verb, {security}]) => (security === undefined ? [`${verb} ${url}`] : [])),
    );
    expect(silent).toEqual([]);
  });
});

test.each([
  ["roles", () => rolesTable()],
  ["scopes", () => scopesTable()],
  ["routes", () => accessTable(gateway.routes())],
])("the README has the table of %s as the code has it (WRITE_README=1 writes it)", (name, table) => {
  expect(partOfReadme(name, table())).toBe(table());
});

describe("over TLS", () => {
  let server: Server;
  beforeAll(async () => {
    const {app} = gateway;
    server = createServer((request, response) => app.routing(request, response));
    // What TLS is known by; the bytes on loopback need no certificate.
    server.on("connection", (socket) => Object.assign(socket, {encrypted: true}));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  afterAll(() => {
    server.close();
  });

  const call = (method: string, url: string, headers: Headers, body = "") =>
    new Promise<{status: number; cookies: readonly string[]}>((resolve, reject) => {
      const {port} = server.address() as AddressInfo;
      const sent = httpRequest({host: "127.0.0.1", port, method, path: url, headers}, (answer) => {
        answer.resume().on("end", () => {
          resolve({status: answer.statusCode!, cookies: answer.headers["set-cookie"] ?? []});
        });
      });
      sent.on("error", reject).end(body);
    });

  test("the cookie is Secure, under the __Host- name, and the plain name is worth nothing", async () => {
    const form = JSON.stringify({user: "vera", password: PASSWORD});
    const {status, cookies} = await call("POST", "/api/gateway/v1/login", {"content-type": "application/json"}, form);
    expect(status).toBe(200);
    expect(cookies).toHaveLength(1);
    const [pair, ...flags] = cookies[0]!.split("; ");
    expect(pair).toMatch(/^__Host-tanglegate_session=/);
    expect(flags.sort()).toEqual(["HttpOnly", "Max-Age=43200", "Path=/", "SameSite=Strict", "Secure"]);
    const me = (cookie: string) => call("GET", "/api/gateway/v1/me", {cookie});
    expect((await me(pair!)).status).toBe(200);
    expect((await me(pair!.replace("__Host-", ""))).status).toBe(401);
  });
});

test("a restart keeps sessions, and last uses of sessions and tokens", async () => {
  const {access, clock, folder} = openAccess();
  await access.users.add({name: "anna", role: "viewer", password: PASSWORD});
  const session = access.sessions.open(access.users.get("anna"), {address: "127.0.0.1", userAgent: "curl/8"});
  const {secret} = access.tokens.create({name: "line-7", scopes: ["audit:read"], days: 1}, "user:anna");
  await access.start();
  await clock.advance(60_000);
  await access.identify(session.token);
  await access.identify(secret);
  await access.stop();
  const {access: again} = openAccess(folder, clock);
  expect(await again.identify(session.token)).toMatchObject({actor: "user:anna", role: "viewer"});
  expect(again.tokens.list()[0]!.lastUsedAt).toBe(new Date(clock.now()).toISOString());
  expect(again.sessions.list()[0]).toMatchObject({lastUsedMs: clock.now(), browser: "curl/8"});
});
