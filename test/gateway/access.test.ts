import {rmSync, writeFileSync} from "node:fs";
import {afterAll, afterEach, beforeAll, beforeEach, describe, expect, test} from "@jest/globals";
import type {InjectOptions} from "fastify";
import {GatewayError} from "../../src/errors.ts";
import {createListener} from "../../src/gateway/listener.ts";
import {silentLog} from "../../src/log.ts";
import {
  createTestGateway,
  HOST,
  PASSWORD,
  PROCESS_TOKEN,
  startServices,
  type TestGateway,
  type TestServices,
} from "./support.ts";

let services: TestServices;
let gateway: TestGateway;
beforeAll(async () => {
  services = await startServices();
});
afterAll(() => services.stop());
beforeEach(async () => {
  gateway = await createTestGateway(services);
});
afterEach(() => gateway.close());

type Headers = Record<string, string>;
const ask = (method: "GET" | "POST" | "PATCH" | "DELETE", url: string, headers: Headers = {}, payload?: object) => {
  const options: InjectOptions = {method, url: `/api/gateway/v1${url}`, headers: {host: HOST, ...headers}};
  return gateway.app.inject(payload === undefined ? options : {...options, payload});
};
const post = (url: string, payload: object, headers: Headers = {}) => ask("POST", url, headers, payload);
const get = (url: string, headers: Headers = {}) => ask("GET", url, headers);
const bearer = (token: string) => ({authorization: `Bearer ${token}`});
const as = (name: string) => bearer(gateway.tokenOf(name));
const login = (user: string, password = PASSWORD, headers: Headers = {}) => post("/login", {user, password}, headers);
const recordedOf = (type: string) => gateway.recorded.filter((event) => event.type === type);

describe("a login", () => {
  test("gives a token that names its person, and is recorded with the role", async () => {
    const session = (
      await login("vera", PASSWORD, {"user-agent": "Mozilla/5.0 (Windows NT 10.0) Firefox/140.0"})
    ).json();
    expect(session.identity).toMatchObject({actor: "user:vera", role: "viewer"});
    const me = (await get("/me", bearer(session.token))).json();
    expect(me).toMatchObject({actor: "user:vera", role: "viewer", displayName: null, mustChangePassword: false});
    expect(recordedOf("login")).toEqual([
      {
        type: "login",
        actor: "user:vera",
        role: "viewer",
        body: {user: "vera", session: me.session.id, address: "127.0.0.1", browser: "Firefox on Windows"},
      },
    ]);
    expect((await get("/users", as("admin"))).json().items).toContainEqual(
      expect.objectContaining({name: "vera", lastLoginAt: expect.any(String)}),
    );
  });

  test("works when nothing can be recorded: somebody has to look", async () => {
    gateway.isTrailFull = true;
    expect((await login("vera")).statusCode).toBe(200);
  });

  test("of a disabled user fails like a wrong password", async () => {
    gateway.access.users.change("vera", {isDisabled: true});
    expect((await login("vera")).json().error.message).toBe((await login("admin", "wrong")).json().error.message);
  });

  test("that failed five times waits, and says how long", async () => {
    for (let i = 0; i < 5; i++) expect((await login("vera", "wrong")).statusCode).toBe(401);
    const response = await login("vera");
    expect(response.statusCode).toBe(429);
    expect(response.headers["retry-after"]).toBe("30");
  });
});

test.each([
  ["no token", {}, 401],
  ["a header that is no bearer", {authorization: "Basic abc"}, 401],
  ["an unknown token", {authorization: "Bearer guess"}, 401],
])("%s on a guarded route", async (_, headers, status) => {
  const response = await get("/me", headers as Headers);
  expect(response.statusCode).toBe(status);
  expect(response.json().error).toMatchObject({code: String(status), message: expect.any(String)});
});

test("a role without the right gets 403 with the scope it lacks", async () => {
  const response = await get("/tokens", as("vera"));
  expect(response.statusCode).toBe(403);
  expect(response.json().error.message).toContain("admin");
});

describe("a browser's cookie", () => {
  const cookieOf = async () => {
    const response = await login("admin");
    const header = String(response.headers["set-cookie"]);
    return {header, cookie: header.split(";")[0]!, csrf: response.json().csrf as string};
  };

  test("is out of reach of scripts and other sites, for twelve hours", async () => {
    const {header} = await cookieOf();
    expect(header).toMatch(/^tanglegate_session=/);
    expect(header.split("; ").slice(1).sort()).toEqual(["HttpOnly", "Max-Age=43200", "Path=/", "SameSite=Strict"]);
  });

  test("reads alone, and writes only with the value of its session", async () => {
    const {cookie, csrf} = await cookieOf();
    const other = await cookieOf();
    expect((await get("/tokens", {cookie})).statusCode).toBe(200);
    const form = {name: "a", scopes: ["audit:read"]};
    for (const headers of [{}, {"x-csrf-token": "guess"}, {"x-csrf-token": other.csrf}]) {
      expect((await post("/tokens", form, {cookie, ...headers} as Headers)).statusCode).toBe(403);
    }
    expect((await post("/tokens", form, {cookie, "x-csrf-token": csrf})).statusCode).toBe(201);
  });

  test("holds no machine's token", async () => {
    expect((await get("/me", {cookie: `tanglegate_session=${PROCESS_TOKEN}`})).statusCode).toBe(401);
  });

  test("is worth nothing after the logout", async () => {
    const {cookie, csrf} = await cookieOf();
    const response = await post("/logout", {}, {cookie, "x-csrf-token": csrf});
    expect(response.statusCode).toBe(204);
    expect(String(response.headers["set-cookie"])).toMatch(/^tanglegate_session=;.*Path=\//);
    expect((await get("/me", {cookie})).statusCode).toBe(401);
    expect(recordedOf("logout")).toMatchObject([{actor: "user:admin", body: {user: "admin"}}]);
  });
});

describe("who has to choose a password", () => {
  beforeEach(() => gateway.access.users.setPassword("admin", PASSWORD, {mustChange: true}));

  test("can do nothing else", async () => {
    const headers = as("admin");
    for (const url of ["/users", "/tokens", "/sessions", "/roles", "/scopes", "/status", "/events"]) {
      const response = await get(url, headers);
      expect([url, response.statusCode]).toEqual([url, 403]);
      expect(response.json().error.message).toContain("Choose a password of your own first");
    }
    expect((await get("/me", headers)).json().mustChangePassword).toBe(true);
    expect((await post("/logout", {}, headers)).statusCode).toBe(204);
  });

  test("goes on in the same session once it is done", async () => {
    const headers = as("admin");
    expect((await post("/password", {current: PASSWORD, next: "another horse"}, headers)).statusCode).toBe(204);
    expect((await get("/users", headers)).statusCode).toBe(200);
    expect(gateway.passwordsGone).toEqual(["admin"]);
  });
});

describe("a password", () => {
  test("changes only with the present one, and ends the other sessions", async () => {
    const [here, there] = [as("vera"), as("vera")];
    const change = (current: string, next: string) => post("/password", {current, next}, here);
    expect((await change("wrong", "another horse")).statusCode).toBe(403);
    expect((await change(PASSWORD, "another horse")).statusCode).toBe(204);
    expect((await get("/me", here)).statusCode).toBe(200);
    expect((await get("/me", there)).statusCode).toBe(401);
    expect((await login("vera", "another horse")).statusCode).toBe(200);
    expect(recordedOf("password-changed")).toEqual([
      {type: "password-changed", actor: "user:vera", role: "viewer", body: {user: "vera", address: "127.0.0.1"}},
    ]);
  });

  test.each([
    ["too short", "short"],
    ["of one character", "aaaaaaaaaaaa"],
    ["the present one", PASSWORD],
  ])("%s is not taken", async (_, next) => {
    expect((await post("/password", {current: PASSWORD, next}, as("vera"))).statusCode).toBe(400);
  });

  test("guessed in a stolen session waits like a login", async () => {
    const headers = as("vera");
    const guess = () => post("/password", {current: "wrong", next: "another horse"}, headers);
    for (let i = 0; i < 5; i++) expect((await guess()).statusCode).toBe(403);
    expect((await guess()).statusCode).toBe(429);
  });

  test("that cannot be recorded does not change", async () => {
    gateway.isTrailFull = true;
    const response = await post("/password", {current: PASSWORD, next: "another horse"}, as("vera"));
    expect(response.statusCode).toBe(500);
    expect(await gateway.access.users.verify("vera", PASSWORD)).not.toBeNull();
  });
});

describe("a user", () => {
  test("is added with a first password that is shown once and must be changed", async () => {
    const form = {name: "otto", role: "operator", displayName: "Otto Ohm", reason: "new in shift B"};
    const response = await post("/users", form, as("admin"));
    expect(response.statusCode).toBe(201);
    expect(response.headers["cache-control"]).toBe("no-store");
    const {user, password} = response.json();
    expect(user).toMatchObject({name: "otto", role: "operator", displayName: "Otto Ohm", mustChangePassword: true});
    expect((await login("otto", password)).json().mustChangePassword).toBe(true);
    expect((await get("/users", as("admin"))).body).not.toContain(password);
    expect(recordedOf("user-added")).toEqual([
      {
        type: "user-added",
        actor: "user:admin",
        role: "admin",
        body: {
          user: "otto",
          old: null,
          new: {displayName: "Otto Ohm", role: "operator", household: null},
          address: "127.0.0.1",
          reason: "new in shift B",
        },
      },
    ]);
    expect(JSON.stringify(gateway.recorded)).not.toContain(password);
  });

  test("has the new role at once in sessions that are open, and the entry has both", async () => {
    const vera = as("vera");
    const response = await ask("PATCH", "/users/vera", as("admin"), {role: "admin", reason: "stands in"});
    expect(response.json()).toMatchObject({name: "vera", role: "admin", sessions: 1});
    expect((await get("/users", vera)).statusCode).toBe(200);
    expect(recordedOf("role-changed")).toMatchObject([
      {body: {user: "vera", old: {role: "viewer"}, new: {role: "admin"}, reason: "stands in"}},
    ]);
    await ask("PATCH", "/users/vera", as("admin"), {role: "viewer"});
    expect((await get("/users", vera)).statusCode).toBe(403);
  });

  test("of a household needs the household, and loses it with the role", async () => {
    const change = async (payload: object) => ask("PATCH", "/users/vera", as("admin"), payload);
    expect((await change({role: "household"})).statusCode).toBe(400);
    expect((await change({household: "home-3"})).statusCode).toBe(400);
    expect((await change({role: "household", household: "home-3"})).json().household).toBe("home-3");
    expect((await change({role: "viewer"})).json().household).toBeNull();
  });

  test("is out at once when disabled, and back in when enabled", async () => {
    const vera = as("vera");
    const set = async (isDisabled: boolean) => ask("PATCH", "/users/vera", as("admin"), {isDisabled});
    expect((await set(true)).json()).toMatchObject({isDisabled: true, sessions: 0});
    expect((await get("/me", vera)).statusCode).toBe(401);
    expect((await set(false)).json().isDisabled).toBe(false);
    expect((await get("/me", vera)).statusCode).toBe(401);
    expect((await login("vera")).statusCode).toBe(200);
    expect(gateway.recorded.map(({type}) => type)).toEqual(["user-disabled", "session-ended", "user-enabled", "login"]);
  });

  test("whose password was reset is out, and comes in with the new one to change it", async () => {
    const vera = as("vera");
    const {password, user} = (await post("/users/vera/password", {reason: "forgotten"}, as("admin"))).json();
    expect(user.mustChangePassword).toBe(true);
    expect((await get("/me", vera)).statusCode).toBe(401);
    expect((await login("vera")).statusCode).toBe(401);
    expect((await login("vera", password)).statusCode).toBe(200);
    expect(recordedOf("password-reset")).toMatchObject([
      {actor: "user:admin", body: {user: "vera", reason: "forgotten"}},
    ]);
  });

  test("does not reset the own password: the present one would not be asked", async () => {
    expect((await post("/users/admin/password", {}, as("admin"))).statusCode).toBe(403);
  });

  test("is gone after the removal, with the sessions", async () => {
    const vera = as("vera");
    expect((await ask("DELETE", "/users/vera?reason=left", as("admin"))).statusCode).toBe(204);
    expect((await get("/me", vera)).statusCode).toBe(401);
    expect((await ask("DELETE", "/users/vera", as("admin"))).statusCode).toBe(404);
    expect(recordedOf("user-removed")).toMatchObject([
      {body: {user: "vera", old: {role: "viewer"}, new: null, reason: "left"}},
    ]);
  });

  test.each([
    ["disabled", () => ask("PATCH", "/users/admin", as("admin"), {isDisabled: true})],
    ["given another role", () => ask("PATCH", "/users/admin", as("admin"), {role: "viewer"})],
    ["removed", () => ask("DELETE", "/users/admin", as("admin"))],
  ])("who is the last enabled admin is not %s", async (_, change) => {
    await gateway.access.users.add({name: "asleep", role: "admin", password: PASSWORD});
    gateway.access.users.change("asleep", {isDisabled: true});
    const response = await change();
    expect(response.statusCode).toBe(409);
    expect(response.json().error.message).toContain("without an enabled admin");
    expect(gateway.access.users.get("admin")).toMatchObject({role: "admin", isDisabled: false});
  });

  test("and another admin who demote each other at once do not both succeed", async () => {
    gateway.access.users.change("olga", {role: "admin"});
    const answers = await Promise.all([
      ask("PATCH", "/users/olga", as("admin"), {role: "viewer"}),
      ask("PATCH", "/users/admin", as("olga"), {role: "viewer"}),
    ]);
    expect(answers.map(({statusCode}) => statusCode).sort()).not.toEqual([200, 200]);
    expect(gateway.access.users.list().some(({role}) => role === "admin")).toBe(true);
  });

  test("who lost the right while waiting for the turn does not use it any more", async () => {
    gateway.access.users.change("olga", {role: "admin"});
    gateway.access.users.change("max", {role: "admin"});
    const [first, second] = await Promise.all([
      ask("PATCH", "/users/olga", as("admin"), {role: "viewer"}),
      ask("PATCH", "/users/admin", as("olga"), {role: "viewer"}),
    ]);
    expect([first.statusCode, second.statusCode].sort()).toEqual([200, 403]);
  });

  test("whose change was recorded and then failed has that in the trail, too", async () => {
    const {users, administration, sessions} = gateway.access;
    const by = (await sessions.identify(gateway.tokenOf("admin")))!;
    rmSync(gateway.folder, {recursive: true});
    writeFileSync(gateway.folder, "a file where the folder was");
    const change = administration.changeUser("vera", {role: "operator"}, {by, address: "::1"});
    await expect(change).rejects.toThrow();
    expect(users.get("vera").role).toBe("viewer");
    expect(gateway.recorded).toMatchObject([
      {type: "role-changed"},
      {type: "change-failed", body: {change: "role-changed", user: "vera", because: expect.any(String)}},
    ]);
  });

  test("gets nothing more when that cannot be recorded, but is disabled even then", async () => {
    gateway.isTrailFull = true;
    expect((await ask("PATCH", "/users/vera", as("admin"), {role: "admin"})).statusCode).toBe(500);
    expect(gateway.access.users.get("vera").role).toBe("viewer");
    expect((await post("/users", {name: "otto", role: "viewer"}, as("admin"))).statusCode).toBe(500);
    expect(gateway.access.users.find("otto")).toBeNull();
    expect((await ask("PATCH", "/users/vera", as("admin"), {isDisabled: true})).statusCode).toBe(200);
  });
});

describe("sessions", () => {
  test("are listed with address and browser, the current one marked", async () => {
    const session = (await login("vera", PASSWORD, {"user-agent": "curl/8.5.0"})).json();
    gateway.tokenOf("vera");
    const {items} = (await get("/sessions", bearer(session.token))).json();
    expect(items).toHaveLength(2);
    expect(items).toContainEqual(
      expect.objectContaining({user: "vera", address: "127.0.0.1", browser: "curl/8.5.0", isCurrent: true}),
    );
    expect(items).toContainEqual(expect.objectContaining({address: "192.168.1.20", browser: null, isCurrent: false}));
  });

  test("of others are shown to admins only", async () => {
    const vera = as("vera");
    expect((await get("/sessions?all=true", vera)).statusCode).toBe(403);
    const {items} = (await get("/sessions?all=true", as("admin"))).json();
    expect(items.map(({user}: {user: string}) => user).sort()).toEqual(["admin", "vera"]);
  });

  test("are ended one by one: one's own, or anybody's by an admin", async () => {
    const [vera, admin] = [as("vera"), as("admin")];
    const idOf = async (headers: Headers) => (await get("/me", headers)).json().session.id as string;
    const [ofVera, ofAdmin] = [await idOf(vera), await idOf(admin)];
    expect((await ask("DELETE", `/sessions/${ofAdmin}`, vera)).statusCode).toBe(404);
    expect((await ask("DELETE", `/sessions/${ofVera}`, admin)).statusCode).toBe(204);
    expect((await get("/me", vera)).statusCode).toBe(401);
    expect(recordedOf("session-ended")).toMatchObject([
      {actor: "user:admin", body: {user: "vera", session: ofVera, new: null}},
    ]);
  });

  test("other than the current one are ended together", async () => {
    const [here, there] = [as("vera"), as("vera")];
    const admin = as("admin");
    expect((await post("/sessions/end-others", {}, here)).json()).toEqual({ended: 1});
    expect((await get("/me", here)).statusCode).toBe(200);
    expect((await get("/me", there)).statusCode).toBe(401);
    expect((await get("/me", admin)).statusCode).toBe(200);
  });
});

describe("tokens", () => {
  test("are made, used, revoked, and each change is recorded", async () => {
    const headers = bearer(PROCESS_TOKEN);
    const made = (await post("/tokens", {name: "line-7", scopes: ["gateway:read"], days: 10}, headers)).json();
    expect((await get("/me", bearer(made.token))).json()).toMatchObject({actor: "token:line-7", role: "token"});
    expect((await get("/tokens?state=expiring", headers)).json().items).toMatchObject([
      {id: made.id, createdBy: "process:cli", state: "expiring", lastUsedAt: expect.any(String)},
    ]);
    expect((await get("/tokens?state=valid", headers)).json().items).toEqual([]);
    expect((await ask("DELETE", `/tokens/${made.id}`, headers)).statusCode).toBe(204);
    expect((await ask("DELETE", `/tokens/${made.id}`, headers)).statusCode).toBe(404);
    expect((await get("/me", bearer(made.token))).statusCode).toBe(401);
    expect(gateway.recorded).toMatchObject([
      {
        type: "token-created",
        actor: "process:cli",
        body: {token: "line-7", old: null, new: {scopes: ["gateway:read"]}},
      },
      {type: "token-revoked", actor: "process:cli", role: "process", body: {token: "line-7", new: null}},
    ]);
    expect(JSON.stringify(gateway.recorded)).not.toContain(made.token);
  });

  test("have no password and no sessions", async () => {
    const headers = bearer(PROCESS_TOKEN);
    expect((await post("/password", {current: "a", next: "b"}, headers)).statusCode).toBe(403);
    expect((await get("/sessions", headers)).json()).toEqual({items: []});
  });
});

test("scopes and roles are told in words", async () => {
  const {items} = (await get("/scopes", as("vera"))).json();
  expect(items).toContainEqual({
    scope: "field:write",
    meaning: expect.stringMatching(/^Write set-points .*\.$/),
    isForTokens: true,
    roles: ["operator", "admin"],
  });
  const table = (await get("/roles", as("vera"))).json();
  expect(table.roles).toContainEqual({role: "household", meaning: expect.any(String), scopes: []});
  expect(table.routes).toContainEqual({
    method: "DELETE",
    path: "/api/gateway/v1/users/:name",
    access: "scope",
    scope: "admin",
    roles: ["admin"],
  });
});

describe("the listener refuses", () => {
  test("a host name that is not ours", async () => {
    expect((await get("/me", {host: "evil.example"})).statusCode).toBe(403);
  });
  test("a page of another origin", async () => {
    expect((await get("/me", {origin: "http://evil.example"})).statusCode).toBe(403);
  });
  test("a body over the limit with 413", async () => {
    expect((await login("a", "x".repeat(1 << 20))).statusCode).toBe(413);
  });
  test("a body that is not JSON with 400", async () => {
    const response = await gateway.app.inject({
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
  const app = createListener({host: "127.0.0.1", onUpgrade: (_request, socket) => socket.destroy()}, silentLog);
  app.get("/ours", async () => {
    throw new GatewayError("thing/disk-full", "The disk is full.");
  });
  app.get("/failing", async () => {
    throw new Error("secret detail");
  });
  const open = (url: string) => app.inject({url, headers: {host: HOST}});
  const ours = await open("/ours");
  expect([ours.statusCode, ours.json().error.message]).toEqual([503, "The disk is full."]);
  const other = await open("/failing");
  expect(other.statusCode).toBe(500);
  expect(other.body).not.toContain("secret detail");
  await app.close();
});
