import {mkdtempSync} from "node:fs";
import {tmpdir} from "node:os";
import path from "node:path";
import {afterEach, beforeEach, describe, expect, test} from "@jest/globals";
import type {FastifyInstance} from "fastify";
import {createManualClock} from "../../src/clock.ts";
import {publicKeyOf, signEd25519} from "../../src/ed25519.ts";
import {GatewayError} from "../../src/errors.ts";
import {createGuards} from "../../src/gateway/auth/guards.ts";
import {createLoginLimit} from "../../src/gateway/auth/login-limit.ts";
import {createSessions} from "../../src/gateway/auth/sessions.ts";
import {openTokens} from "../../src/gateway/auth/tokens.ts";
import {openUsers} from "../../src/gateway/auth/users.ts";
import {createListener} from "../../src/gateway/listener.ts";
import {accessRoutes} from "../../src/gateway/routes/access.ts";
import {silentLog} from "../../src/log.ts";

const SEED = new Uint8Array(32).fill(7);
const signer = {purpose: "token", publicKey: publicKeyOf(SEED), sign: (m: Uint8Array) => signEd25519(SEED, m)} as const;
const PASSWORD = "correct horse";

let app: FastifyInstance;
let recorded: {type: string; actor: string}[];
let adminToken: string;

beforeEach(async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "tanglegate-access-"));
  const clock = createManualClock(Date.now());
  const users = openUsers(path.join(folder, "users.json"), clock);
  await users.add({name: "admin", role: "admin", password: PASSWORD, mustChangePassword: true});
  await users.add({name: "vera", role: "viewer", password: PASSWORD, mustChangePassword: false});
  const tokens = openTokens(path.join(folder, "tokens.json"), clock);
  adminToken = "process-token";
  tokens.addProcessToken(adminToken, "cli", ["admin"]);
  const sessions = createSessions(signer, users, clock);
  const guards = createGuards({isLoopback: true}, tokens, sessions);
  recorded = [];
  app = createListener({host: "127.0.0.1", onUpgrade: (_request, socket) => socket.destroy()}, silentLog);
  const deps = {
    users,
    tokens,
    sessions,
    limit: createLoginLimit(clock),
    record: async (event: {type: string; actor: string}) => {
      recorded.push({type: event.type, actor: event.actor});
    },
    onPasswordChanged: () => undefined,
    log: silentLog,
  };
  app.register(accessRoutes(deps, guards), {prefix: "/api/gateway/v1"});
  app.get("/open", async () => {
    throw new GatewayError("thing/disk-full", "The disk is full.");
  });
  app.get("/failing", async () => {
    throw new Error("secret detail");
  });
  await app.ready();
});
afterEach(() => app.close());

const post = (url: string, payload: object, headers: Record<string, string> = {}) =>
  app.inject({method: "POST", url: `/api/gateway/v1${url}`, payload, headers: {host: "127.0.0.1:1", ...headers}});
const get = (url: string, headers: Record<string, string> = {}) =>
  app.inject({method: "GET", url, headers: {host: "127.0.0.1:1", ...headers}});
const bearer = (token: string) => ({authorization: `Bearer ${token}`});
const login = async (user: string) => (await post("/login", {user, password: PASSWORD})).json();

test("a login gives a token that names its person", async () => {
  const session = await login("vera");
  const me = (await get("/api/gateway/v1/me", bearer(session.token))).json();
  expect(me.actor).toBe("user:vera");
});

test.each([
  ["no token", {}, 401],
  ["a header that is no bearer", {authorization: "Basic abc"}, 401],
  ["an unknown token", {authorization: "Bearer guess"}, 401],
])("%s on a guarded route", async (_, headers, status) => {
  const response = await get("/api/gateway/v1/me", headers as Record<string, string>);
  expect(response.statusCode).toBe(status);
  expect(response.json().error).toMatchObject({code: String(status), message: expect.any(String)});
});

test("a role without the right gets 403 with the scope it lacks", async () => {
  const {token} = await login("vera");
  const response = await get("/api/gateway/v1/tokens", bearer(token));
  expect(response.statusCode).toBe(403);
  expect(response.json().error.message).toContain("admin");
});

describe("a browser's cookie", () => {
  const cookieOf = async () => {
    const response = await post("/login", {user: "admin", password: PASSWORD});
    const header = String(response.headers["set-cookie"]);
    return {header, cookie: header.split(";")[0]!, csrf: response.json().csrf as string};
  };

  test("is out of reach of scripts and other sites", async () => {
    const {header} = await cookieOf();
    expect(header).toMatch(/HttpOnly/);
    expect(header).toMatch(/SameSite=Strict/);
  });

  test("reads alone, and writes only with the value of its session", async () => {
    const {cookie, csrf} = await cookieOf();
    expect((await get("/api/gateway/v1/tokens", {cookie})).statusCode).toBe(200);
    const form = {name: "a", scopes: ["audit:read"]};
    expect((await post("/tokens", form, {cookie})).statusCode).toBe(403);
    expect((await post("/tokens", form, {cookie, "x-csrf-token": "guess"})).statusCode).toBe(403);
    expect((await post("/tokens", form, {cookie, "x-csrf-token": csrf})).statusCode).toBe(201);
  });
});

test("the sixth wrong login waits, and says how long", async () => {
  for (let i = 0; i < 5; i++) expect((await post("/login", {user: "vera", password: "wrong"})).statusCode).toBe(401);
  const response = await post("/login", {user: "vera", password: PASSWORD});
  expect(response.statusCode).toBe(429);
  expect(response.headers["retry-after"]).toBe("60");
});

test("tokens are made, used, revoked, and each change is recorded", async () => {
  const made = (await post("/tokens", {name: "line-7", scopes: ["gateway:read"]}, bearer(adminToken))).json();
  expect((await get("/api/gateway/v1/me", bearer(made.token))).json().actor).toBe("token:line-7");
  const url = `/api/gateway/v1/tokens/${made.id}`;
  const headers = {host: "127.0.0.1:1", ...bearer(adminToken)};
  expect((await app.inject({method: "DELETE", url, headers})).statusCode).toBe(204);
  expect((await app.inject({method: "DELETE", url, headers})).statusCode).toBe(404);
  expect((await get("/api/gateway/v1/me", bearer(made.token))).statusCode).toBe(401);
  expect(recorded).toEqual([
    {type: "token-created", actor: "process:cli"},
    {type: "token-revoked", actor: "process:cli"},
  ]);
});

test("a password changes only with the present one", async () => {
  const {token} = await login("vera");
  expect((await post("/password", {current: "wrong", next: "another horse"}, bearer(token))).statusCode).toBe(403);
  expect((await post("/password", {current: PASSWORD, next: "another horse"}, bearer(token))).statusCode).toBe(204);
  expect((await post("/login", {user: "vera", password: "another horse"})).statusCode).toBe(200);
});

describe("the listener refuses", () => {
  test("a host name that is not ours", async () => {
    expect((await get("/open", {host: "evil.example"})).statusCode).toBe(403);
  });
  test("a page of another origin", async () => {
    expect((await get("/open", {origin: "http://evil.example"})).statusCode).toBe(403);
  });
  test("a body over the limit with 413", async () => {
    expect((await post("/login", {user: "a", password: "x".repeat(1 << 20)})).statusCode).toBe(413);
  });
  test("a body that is not JSON with 400", async () => {
    const response = await app.inject({
      method: "POST",
      url: "/api/gateway/v1/login",
      payload: "{",
      headers: {host: "127.0.0.1", "content-type": "application/json"},
    });
    expect(response.statusCode).toBe(400);
  });
  test("an unknown field, by its name", async () => {
    const response = await post("/login", {user: "a", password: "b", remember: true});
    expect(response.statusCode).toBe(400);
    expect(response.json().error.message).toContain("remember");
  });
});

test("an error of ours shows its sentence, any other only that something failed", async () => {
  const ours = await get("/open");
  expect([ours.statusCode, ours.json().error.message]).toEqual([503, "The disk is full."]);
  const other = await get("/failing");
  expect(other.statusCode).toBe(500);
  expect(other.body).not.toContain("secret detail");
});
