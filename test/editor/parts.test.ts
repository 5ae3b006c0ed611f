import {describe, expect, test} from "@jest/globals";
import type {Role} from "../../src/client/index.ts";
import {createManualClock} from "../../src/clock.ts";
import {isLoopback} from "../../src/config/index.ts";
import {createDeployWatch, type Deploy} from "../../src/editor/deploys.ts";
import {createEditorLogin} from "../../src/editor/login.ts";
import {forwardTo} from "../../src/editor/node-red-log.ts";
import {type EditorOptions, settingsOf} from "../../src/editor/settings.ts";
import {GatewayError} from "../../src/errors.ts";
import {scopesOf} from "../../src/gateway/auth/roles.ts";
import {type Log, silentLog} from "../../src/log.ts";

describe("a login", () => {
  const clock = createManualClock();
  const refused = () => Promise.reject(new GatewayError("gateway/unauthorised", "The session has ended."));
  const unreachable = () => Promise.reject(new GatewayError("client/unreachable", "Nothing answers."));

  /** A gateway where everybody has the scopes that `now` holds. */
  function loginWith(scopes: readonly string[], {mustChangePassword = false, role = "admin" as Role} = {}) {
    const ended: string[] = [];
    const lines: object[] = [];
    let logins = 0;
    const gateway = {scopes, me: null as null | (() => Promise<never>), asked: 0};
    const login = createEditorLogin({
      login: async (user) => ({
        token: `jwt-${++logins}`,
        expiresAt: new Date(clock.now() + 3_600_000).toISOString(),
        identity: {actor: `user:${user}`, role, scopes: gateway.scopes},
        csrf: "c",
        mustChangePassword,
      }),
      me: async () => {
        gateway.asked++;
        return gateway.me === null ? {role, scopes: gateway.scopes, mustChangePassword: false} : await gateway.me();
      },
      logout: async (token) => void ended.push(token),
      clock,
      log: {...silentLog, warn: (facts) => lines.push(facts)},
    });
    return {login, gateway, ended, lines};
  }

  test.each<[Role, "*" | "read" | undefined]>([
    ["viewer", "read"],
    ["reviewer", "read"],
    ["maintainer", "read"],
    ["operator", "read"],
    ["admin", "*"],
    ["household", undefined],
  ])("as %s may do %s", async (role, permissions) => {
    const {login} = loginWith([...scopesOf(role)], {role});
    expect((await login.authenticate("anna", "x"))?.permissions).toBe(permissions);
    expect((await login.user("anna"))?.permissions).toBe(permissions);
    expect(login.roleOf("anna")).toBe(permissions === undefined ? null : role);
  });

  test("is refused while a password has to be chosen, and leaves no session at the gateway", async () => {
    const {login, ended, lines} = loginWith(["admin"], {mustChangePassword: true});
    expect(await login.authenticate("anna", "x")).toBeNull();
    expect(ended).toEqual(["jwt-1"]);
    expect(lines).toEqual([{user: "anna", why: "a password must be chosen at the gateway first"}]);
  });

  test("ends when the gateway's token does", async () => {
    const {login} = loginWith(["admin"]);
    await login.authenticate("anna", "x");
    clock.jump(3_599_999);
    expect(await login.user("anna")).not.toBeNull();
    clock.jump(1);
    expect(await login.user("anna")).toBeNull();
  });

  test("is looked at again after ten seconds, once for all who ask, and gets another role", async () => {
    const {login, gateway} = loginWith(["admin"]);
    await login.authenticate("anna", "x");
    gateway.scopes = ["node-red:read"];
    await clock.advance(9_999);
    expect((await login.user("anna"))?.permissions).toBe("*");
    await clock.advance(1);
    const users = await Promise.all([login.user("anna"), login.user("anna")]);
    expect(users.map((user) => user?.permissions)).toEqual(["read", "read"]);
    expect(gateway.asked).toBe(1);
  });

  test("ends when the session at the gateway was ended", async () => {
    const {login, gateway} = loginWith(["admin"]);
    await login.authenticate("anna", "x");
    gateway.me = refused;
    await clock.advance(10_000);
    expect(await login.user("anna")).toBeNull();
    gateway.me = null;
    expect(await login.user("anna")).toBeNull();
  });

  test("outlasts a gateway that does not answer for less than a minute, and comes back with it", async () => {
    const {login, gateway} = loginWith(["admin"]);
    await login.authenticate("anna", "x");
    gateway.me = unreachable;
    await clock.advance(59_999);
    expect(await login.user("anna")).not.toBeNull();
    await clock.advance(1);
    expect(await login.user("anna")).toBeNull();
    gateway.me = null;
    expect(await login.user("anna")).not.toBeNull();
  });

  test("anew ends the session before at the gateway", async () => {
    const {login, ended} = loginWith(["admin"]);
    await login.authenticate("anna", "x");
    await login.authenticate("anna", "x");
    expect(ended).toEqual(["jwt-1"]);
  });

  test("of somebody whom this process does not know is none", async () => {
    expect(await loginWith(["admin"]).login.user("anna")).toBeNull();
  });

  test("that the gateway cannot check is refused, and the reason is logged", async () => {
    const lines: object[] = [];
    const log: Log = {...silentLog, warn: (facts) => lines.push(facts)};
    const login = createEditorLogin({login: unreachable, me: unreachable, logout: unreachable, clock, log});
    expect(await login.authenticate("anna", "secret-word")).toBeNull();
    expect(lines).toEqual([{reason: "Nothing answers."}]);
  });
});

describe("settings", () => {
  const options: EditorOptions = {
    host: "127.0.0.1",
    port: 1880,
    folder: "/home/node-red",
    palette: "/package",
    examples: "/package/flows",
    isDemo: false,
    unsafeNodes: false,
  };
  const of = (over: Partial<EditorOptions> = {}) =>
    settingsOf(
      {...options, ...over},
      {
        login: {authenticate: async () => null, user: async () => null, roleOf: () => null},
        credentialSecret: "s",
        log: silentLog,
        onLog: () => undefined,
      },
    );

  test("are closed by default", () => {
    expect(of()).toMatchObject({
      credentialSecret: "s",
      functionExternalModules: false,
      telemetry: {enabled: false, updateNotification: false},
      externalModules: {autoInstall: false, palette: {allowInstall: false, allowUpload: false}},
      nodesExcludes: ["90-exec.js", "10-file.js", "23-watch.js"],
    });
  });

  test("offer the unsafe nodes only when they are asked for", () => {
    expect(of({unsafeNodes: true})).toMatchObject({nodesExcludes: [], tlsConfigDisableLocalFiles: false});
  });

  test("serve HTTP endpoints of flows on loopback only", () => {
    expect(of()).toMatchObject({httpNodeRoot: "/http"});
    expect(of({host: "0.0.0.0"})).toMatchObject({httpNodeRoot: false});
  });
});

test.each([
  ["127.0.0.1", true],
  ["127.1.2.3", true],
  ["localhost", true],
  ["::1", true],
  ["0.0.0.0", false],
  ["192.168.1.2", false],
  ["localhost.evil.example", false],
  ["", false],
])("%s is loopback: %s", (host, expected) => {
  expect(isLoopback(host)).toBe(expected);
});

describe("a deploy", () => {
  const asked = {level: 98, event: "flows.set", type: "nodes", user: {username: "anna"}};
  const running = {id: "runtime-deploy", payload: {revision: "ab"}};
  const watch = () => {
    const told: Deploy[] = [];
    return {...createDeployWatch((deploy) => told.push(deploy)), told};
  };

  test("is told with its user once its flows run", () => {
    const {onLog, onRuntimeEvent, told} = watch();
    onLog(asked);
    expect(told).toEqual([]);
    onRuntimeEvent(running);
    onRuntimeEvent(running);
    expect(told).toEqual([{user: "anna", deployment: "nodes", revision: "ab"}]);
  });

  test("is not what happens at the start, nor another event", () => {
    const {onLog, onRuntimeEvent, told} = watch();
    onRuntimeEvent(running);
    onLog({...asked, event: "library.get"});
    onLog({...asked, level: 40});
    onRuntimeEvent(running);
    onLog(asked);
    onRuntimeEvent({id: "runtime-state"});
    expect(told).toEqual([]);
  });
});

describe("Node-RED's log", () => {
  const lines: [string, object][] = [];
  const to = (level: string) => (facts: object) => {
    lines.push([level, facts]);
  };
  const log: Log = {debug: to("debug"), info: to("info"), warn: to("warn"), error: to("error"), child: () => log};

  test.each([
    ["its chatter at the start is debug", {level: 40, msg: "Welcome"}, "debug"],
    ["what a node tells is info", {level: 40, msg: "hello", type: "function", id: "n1"}, "info"],
    ["a node's warning is a warning", {level: 30, msg: "hm", type: "function", name: "limit"}, "warn"],
    ["an error is an error", {level: 20, msg: new Error("broken")}, "error"],
    ["a fatal one, too", {level: 10, msg: "gone"}, "error"],
    ["a change of the flows is told with its user", {level: 98, event: "flows.set", user: {username: "anna"}}, "info"],
  ])("%s", (_rule, message, level) => {
    lines.length = 0;
    forwardTo(log)(message);
    expect(lines.map(([seen]) => seen)).toEqual([level]);
  });

  test("a click in the editor is not told", () => {
    lines.length = 0;
    forwardTo(log)({level: 98, event: "library.get"});
    expect(lines).toEqual([]);
  });

  test("an error's sentence is kept, cut to its limit", () => {
    lines.length = 0;
    forwardTo(log)({level: 20, msg: new Error("x".repeat(5000)), type: "function", id: "n1"});
    expect(lines[0]![1]).toEqual({text: "x".repeat(1000), node: "function:n1"});
  });
});
