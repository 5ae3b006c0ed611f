import {spawnSync} from "node:child_process";
import {existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from "node:fs";
import {tmpdir} from "node:os";
import path from "node:path";
import {afterEach, beforeEach, describe, expect, test} from "@jest/globals";
import type {FastifyInstance} from "fastify";
import {createManualClock} from "../../src/clock.ts";
import {carryOutSetup, loadConfig, planSetup, readSetupPlan} from "../../src/config/index.ts";
import type {AccessEvent, Actor} from "../../src/gateway/auth/record.ts";
import {ensureFirstUser, isFirstPassword, takeGivenPassword} from "../../src/gateway/credentials.ts";
import {createListener} from "../../src/gateway/listener.ts";
import {setupRoutes} from "../../src/gateway/routes/setup.ts";
import type {Scope} from "../../src/http.ts";
import {silentLog} from "../../src/log.ts";
import {START_ANEW} from "../../src/run-process.ts";
import {openAccess} from "./support.ts";

const CLOCK = createManualClock(Date.parse("2026-11-20T08:00:00Z"));
const USERS = {
  version: 1,
  users: [
    {name: "admin", role: "admin", hash: "a"},
    {name: "vera", role: "viewer", hash: "b"},
    {name: "otto", role: "admin", hash: "c"},
  ],
};

let home: string;
let app: FastifyInstance | undefined;
let asked: Scope[];
let starts: number;
let recorded: (readonly [type: string, actor: string, body: object])[];
let isTrailFull: boolean;

beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), "tanglegate-setup-routes-"));
  mkdirSync(path.join(home, "gateway"));
  writeFileSync(path.join(home, "gateway", "users.json"), JSON.stringify(USERS));
  writeFileSync(path.join(home, "credentials.txt"), "user: admin\npassword: first\n");
  starts = 0;
  recorded = [];
  isTrailFull = false;
  asked = [];
});
afterEach(() => app?.close());

async function serve({isSupervised = true} = {}): Promise<void> {
  app = createListener({host: "127.0.0.1", onUpgrade: (_request, socket) => socket.destroy()}, silentLog);
  const guards = {
    authorize: (scope: Scope) => async (request: {identity: unknown}) => {
      asked.push(scope);
      request.identity = {actor: "user:otto", role: "admin", scopes: new Set(["admin"])};
    },
  };
  const deps = {
    clock: CLOCK,
    record: async (events: readonly AccessEvent[], by: Actor) => {
      if (isTrailFull) throw new Error("No audit entry is accepted.");
      recorded.push(...events.map(({type, body}) => [type, by.actor, body] as const));
    },
    log: silentLog,
    startAnew: isSupervised ? () => void starts++ : null,
  };
  app.register(setupRoutes(loadConfig(home, {}), deps)(guards as never));
  await app.listen({host: "127.0.0.1", port: 0});
}

const call = async (method: "GET" | "POST", url: string, body?: object) => {
  const {port} = app!.server.address() as {port: number};
  const response = await fetch(`http://127.0.0.1:${port}${url}`, {
    method,
    ...(body === undefined ? {} : {body: JSON.stringify(body), headers: {"content-type": "application/json"}}),
  });
  return {
    status: response.status,
    body: (await response.json()) as Record<string, unknown> & {error?: {message: string}},
  };
};

const carriedUsers = () =>
  (JSON.parse(readFileSync(path.join(home, "gateway", "users.json"), "utf8")) as typeof USERS).users.map(
    ({name}) => name,
  );

test("the state says that this is the demo, what will happen, and how a site may be named; all of it for admins alone", async () => {
  await serve();
  const {body} = await call("GET", "/setup");
  expect(body).toMatchObject({isDemo: true, canSetUp: true, because: null, siteName: "demo.gateway.local"});
  expect(body.willHappen).toHaveLength(4);
  expect(body.nameRule).toMatchObject({maxLength: 63});
  await call("POST", "/setup", {siteName: "Not a name"});
  await call("POST", "/restart", {});
  expect(asked).toEqual(["admin", "admin", "admin"]);
});

describe("a setup", () => {
  test("is on disk before it is answered, then the gateway ends to be started anew, once", async () => {
    await serve();
    const {status, body} = await call("POST", "/setup", {siteName: "press-shop.example.org"});
    expect(status).toBe(202);
    expect(body).toMatchObject({siteName: "press-shop.example.org", setAside: "demo-2026-11-20"});
    expect(body.login).toMatch(/same user and password/);
    expect(readSetupPlan(home)?.siteName).toBe("press-shop.example.org");
    expect(starts).toBe(1);
    const entry = {site: "press-shop.example.org", setAside: "demo-2026-11-20", address: "127.0.0.1"};
    expect(recorded).toEqual([["site-set-up", "user:otto", entry]]);
    expect((await call("POST", "/setup", {siteName: "other.example.org"})).status).toBe(409);
    expect(starts).toBe(1);
  });

  test("keeps admins with their passwords, and the first password while it was not changed", async () => {
    await serve();
    await call("POST", "/setup", {siteName: "press-shop.example.org"});
    carryOutSetup(home);
    expect(carriedUsers()).toEqual(["admin", "otto"]);
    expect(readFileSync(path.join(home, "credentials.txt"), "utf8")).toContain("first");
  });

  test("keeps everybody on request", async () => {
    await serve();
    await call("POST", "/setup", {siteName: "press-shop.example.org", keepUsers: true});
    carryOutSetup(home);
    expect(carriedUsers()).toEqual(["admin", "vera", "otto"]);
  });

  test("with a wrong name changes nothing and says the rule", async () => {
    await serve();
    const {status, body} = await call("POST", "/setup", {siteName: "Press Shop"});
    expect(status).toBe(400);
    expect(body.error?.message).toMatch(/1 to 63 of a-z/);
    expect(readSetupPlan(home)).toBeNull();
    expect(starts).toBe(0);
  });

  test("of a site that is none of the demo is refused", async () => {
    writeFileSync(path.join(home, "gateway.yaml"), "site: {name: a.b}");
    await serve();
    expect((await call("GET", "/setup")).body).toMatchObject({isDemo: false, canSetUp: false, willHappen: []});
    expect((await call("POST", "/setup", {siteName: "c.d"})).status).toBe(409);
  });

  test("is refused when nobody would start the gateway again", async () => {
    await serve({isSupervised: false});
    const {status, body} = await call("POST", "/setup", {siteName: "c.d"});
    expect(status).toBe(409);
    expect(body.error?.message).toMatch(/tanglegate setup/);
    expect(readSetupPlan(home)).toBeNull();
    expect((await call("POST", "/restart", {})).status).toBe(409);
  });
});

test("a restart is recorded, answered, and then done", async () => {
  await serve();
  expect((await call("POST", "/restart", {})).status).toBe(202);
  expect(starts).toBe(1);
  expect(recorded).toEqual([["gateway-restart-asked", "user:otto", {address: "127.0.0.1"}]]);
});

test("a full disk refuses neither a setup nor a restart", async () => {
  await serve();
  isTrailFull = true;
  expect((await call("POST", "/restart", {})).status).toBe(202);
  expect((await call("POST", "/setup", {siteName: "press-shop.example.org"})).status).toBe(202);
  expect(starts).toBe(2);
});

describe("a gateway that finds a plan at its start", () => {
  const main = path.join(import.meta.dirname, "..", "..", "src", "gateway", "main.ts");
  const startOnPlan = (environment: Record<string, string>) => {
    planSetup(home, {name: "press-shop.example.org", files: [], day: "2026-11-20"});
    const {TANGLEGATE_PROCESSES: _, ...env} = process.env;
    const options = {env: {...env, ...environment, TANGLEGATE_HOME: home}, encoding: "utf8"} as const;
    return spawnSync(process.execPath, ["--disable-warning=ExperimentalWarning", main], options);
  };

  test("ends at once to have it carried out, and touches nothing", () => {
    expect(startOnPlan({TANGLEGATE_PROCESSES: "gateway"}).status).toBe(START_ANEW);
    expect(existsSync(path.join(home, "network.json"))).toBe(false);
    expect(readSetupPlan(home)).not.toBeNull();
  });

  test("says what to do when nobody would carry it out", () => {
    const {status, stdout} = startOnPlan({});
    expect(status).toBe(1);
    expect(stdout).toContain("tanglegate start");
  });
});

describe("a password that the command line left", () => {
  const GIVEN = "battery staple horse";
  const FROM = {address: "192.168.1.20", userAgent: undefined};
  const open = () => openAccess(path.join(home, "gateway")).access;
  const leave = (password: string) => writeFileSync(path.join(home, "gateway", "admin-password"), password);
  beforeEach(() => {
    rmSync(path.join(home, "gateway", "users.json"));
    rmSync(path.join(home, "credentials.txt"));
  });

  test("is that of a new admin, who has none to choose, and it stays on no disk", async () => {
    leave(`${GIVEN}\n`);
    const access = open();
    expect(await takeGivenPassword(home, access)).toEqual([
      {type: "password-reset", body: {user: "admin", because: "left by the command line"}},
    ]);
    expect(await access.users.verify("admin", GIVEN)).toMatchObject({role: "admin", mustChangePassword: false});
    expect(existsSync(path.join(home, "gateway", "admin-password"))).toBe(false);
    expect(await takeGivenPassword(home, access)).toEqual([]);
  });

  test("replaces the first one of an admin who is there, and ends the sessions that it opened", async () => {
    const access = open();
    await ensureFirstUser(home, access.users);
    expect(isFirstPassword(home, access.users)).toBe(true);
    access.sessions.open(access.users.get("admin"), FROM);
    leave(GIVEN);
    await takeGivenPassword(home, access);
    expect(await access.users.verify("admin", GIVEN)).not.toBeNull();
    expect(access.sessions.list()).toEqual([]);
    expect(existsSync(path.join(home, "credentials.txt"))).toBe(false);
    expect(isFirstPassword(home, access.users)).toBe(false);
  });

  test("that is too weak is refused with the rule", async () => {
    leave("short");
    await expect(takeGivenPassword(home, open())).rejects.toThrow(/10 to 256/);
  });
});

test("a password that an admin gave later is not the first one: nothing lies in a file", async () => {
  rmSync(path.join(home, "gateway", "users.json"));
  const {access} = openAccess(path.join(home, "gateway"));
  await ensureFirstUser(home, access.users);
  await access.users.setPassword("admin", "battery staple horse", {mustChange: true});
  rmSync(path.join(home, "credentials.txt"));
  expect(isFirstPassword(home, access.users)).toBe(false);
});
