import {type ChildProcess, fork} from "node:child_process";
import {mkdtemp, readFile, rm, stat} from "node:fs/promises";
import {request as httpRequest} from "node:http";
import {createServer} from "node:net";
import {tmpdir} from "node:os";
import path from "node:path";
import {afterAll, beforeAll, describe, expect, test} from "@jest/globals";
import {WebSocket} from "ws";
import {type FakeGateway, reading, startFakeGateway, TOKEN} from "../support/fake-gateway.ts";

import {PALETTE, ROOT} from "../support/palette.ts";
import {until} from "../support/until.ts";

// Node-RED runs in a process of its own, as it does in the product; the gateway is the test's.
let gateway: FakeGateway;
let folder: string;
let child: ChildProcess;
let output = "";
let url: string;
let rssMb: number;

async function startEditor(): Promise<void> {
  child = fork(path.join(import.meta.dirname, "start-editor.ts"), [folder, gateway.url], {
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    env: {...process.env, TANGLEGATE_NODE_RED_TOKEN: TOKEN, NODE_OPTIONS: ""},
    execArgv: ["--max-semi-space-size=2", "--max-old-space-size=128", "--disable-warning=ExperimentalWarning"],
  });
  child.stdout!.on("data", (text) => (output += text));
  child.stderr!.on("data", (text) => (output += text));
  const told = await new Promise<{port: number; rssMb: number}>((resolve, reject) => {
    child.once("message", (message) => resolve(message as {port: number; rssMb: number}));
    child.once("exit", (code) => reject(new Error(`The editor ended with ${code}:\n${output}`)));
  });
  url = `http://127.0.0.1:${told.port}`;
  rssMb = told.rssMb;
}

beforeAll(async () => {
  gateway = await startFakeGateway();
  gateway.users.set("anna", {password: "right", scopes: ["admin"]});
  gateway.users.set("vera", {password: "right", scopes: ["node-red:read", "audit:read"]});
  gateway.users.set("hans", {password: "right", scopes: ["audit:read"]});
  addDemoDevices(gateway);
  folder = await mkdtemp(path.join(tmpdir(), "tanglegate-editor-"));
  await startEditor();
}, 20_000);
afterAll(async () => {
  if (child.exitCode === null) child.kill("SIGKILL");
  await gateway.stop();
  await rm(folder, {recursive: true, force: true});
});

function addDemoDevices({devices, points, readings}: FakeGateway): void {
  for (const id of ["main-meter", "solar-inverter", "packaging-1"]) {
    devices.set(id, {id, connection: {protocol: "modbus-tcp", host: "h", port: 502, unitId: 1}, profile: "p"});
  }
  points.push({
    name: "state",
    unit: null,
    writable: false,
    type: "uint32",
    description: null,
    values: {"6": "Execute", "11": "Held"},
  });
  const known = [
    ["packaging-1", "state", 6, null],
    ["packaging-1", "speedSetpoint", 60, "1/min"],
    ["packaging-1", "sealTemperatureSetpoint", 160, "°C"],
    ["packaging-1", "jamAlarm", false, null],
    ["packaging-1", "overTemperatureAlarm", false, null],
  ] as const;
  for (const [device, point, value, unit] of known)
    readings.set(`${device}/${point}`, reading(point, value, {device, unit}));
}

async function login(username: string, password = "right"): Promise<string | null> {
  const body = new URLSearchParams({
    client_id: "node-red-editor",
    grant_type: "password",
    scope: "",
    username,
    password,
  });
  const answer = await fetch(`${url}/auth/token`, {method: "POST", body});
  return answer.ok ? ((await answer.json()) as {access_token: string}).access_token : null;
}

async function get(route: string, token: string | null = null, headers: Record<string, string> = {}) {
  const authorization: Record<string, string> = token === null ? {} : {authorization: `Bearer ${token}`};
  return fetch(`${url}${route}`, {headers: {accept: "application/json", ...authorization, ...headers}});
}

async function post(route: string, token: string | null): Promise<number> {
  const headers = {authorization: `Bearer ${token}`, "content-type": "application/json"};
  return (await fetch(`${url}${route}`, {method: "POST", headers, body: "{}"})).status;
}

describe("login", () => {
  // Node-RED's routes of administration, as its editor-api has them, and ours.
  const READS =
    "/flows /flows/state /flow/global /nodes /nodes/messages?lng=de /nodes/node-red /nodes/node-red/inject /context/global " +
    "/context/global/a /context/node/a /context/flow/a/b /settings /settings/user /plugins /plugins/messages?lng=de /diagnostics " +
    "/icons /library/local/flows/ /credentials/mqtt-broker/a /tanglegate/gateways/own/devices";
  const WRITES =
    "POST /flows,POST /flow,PUT /flow/a,DELETE /flow/a,PUT /nodes/a,PUT /nodes/a/b,DELETE /nodes/a,DELETE /context/global/a," +
    "DELETE /context/node/a/b,POST /library/local/flows/a,POST /settings/user,POST /inject/a,POST /debug/a/enable," +
    "POST /tanglegate/gateways/own/test";
  const reads = READS.split(" ").map((route) => ["GET", route] as [string, string]);
  const writes = WRITES.split(",").map((call) => call.split(" ") as [string, string]);
  const answersTo = async (calls: readonly [string, string][], token: string | null) => {
    const authorization: Record<string, string> = token === null ? {} : {authorization: `Bearer ${token}`};
    const headers = {"content-type": "application/json", ...authorization};
    const answers: [string, number][] = [];
    for (const [method, route] of calls) {
      const body = method === "GET" ? {} : {body: "{}"};
      answers.push([`${method} ${route}`, (await fetch(`${url}${route}`, {method, headers, ...body})).status]);
    }
    return answers;
  };

  test.each([
    ["one", null],
    ["a known token", "guess"],
  ])("the whole administration is closed without %s", async (_, token) => {
    const answers = await answersTo([...reads, ...writes], token);
    expect(answers.filter(([, status]) => status !== 401)).toEqual([]);
  });

  test("a viewer reads, and changes nothing", async () => {
    const token = await login("vera");
    const read = await answersTo(reads, token);
    expect(read.filter(([, status]) => status === 401 || status === 403)).toEqual([]);
    const written = await answersTo(writes, token);
    expect(written.filter(([, status]) => status !== 401 && status !== 403)).toEqual([]);
  });

  test("an administrator of the gateway may change flows", async () => {
    const token = await login("anna");
    expect((await get("/flows", token)).status).toBe(200);
    expect(await post("/tanglegate/gateways/own/test", token)).toBe(400);
  });

  test("who may only look, looks only", async () => {
    const token = await login("vera");
    expect((await get("/flows", token)).status).toBe(200);
    for (const route of ["/flows", "/tanglegate/gateways/own/test"]) {
      expect([route, await post(route, token)]).toEqual([route, 401]);
    }
  });

  test.each([
    ["a wrong password", "anna", "wrong"],
    ["an unknown user", "nobody", "right"],
    ["a user without the right to the editor", "hans", "right"],
  ])("%s does not come in", async (_what, user, password) => {
    expect(await login(user, password)).toBeNull();
  });

  test("passwords are in no line of the log", () => {
    expect(output).not.toContain('"right"');
    expect(output).not.toContain(TOKEN);
  });
});

describe("the palette", () => {
  test("all nodes load, and the nodes that reach the machine are not offered", async () => {
    const sets = (await (await get("/nodes", await login("anna"))).json()) as {
      types: string[];
      module: string;
      err?: string;
    }[];
    const ours = sets.filter(({module}) => module === "@tanglegate/gateway");
    expect(ours.flatMap(({err}) => err ?? [])).toEqual([]);
    expect(ours.flatMap(({types}) => types).sort()).toEqual(Object.keys(PALETTE.nodes).sort());
    const all = sets.flatMap(({types}) => types);
    expect(all).toContain("inject");
    for (const type of ["exec", "file", "file in", "watch"]) expect(all).not.toContain(type);
  });

  test.each(["en-US", "de"])("catalogs reach the editor in %s", async (language) => {
    const answer = await get(`/nodes/messages?lng=${language}`, await login("anna"));
    const catalogs = (await answer.json()) as Record<string, {label?: {name?: string}}>;
    for (const type of Object.keys(PALETTE.nodes))
      expect(catalogs[`@tanglegate/gateway/${type}`]?.label?.name).toBe("Name");
  });

  test("help is in the language of the reader", async () => {
    const token = await login("anna");
    const page = async (language: string) =>
      (await get("/nodes", token, {accept: "text/html", "accept-language": language})).text();
    expect(await page("de")).toContain("Urteil über das Audit-Log");
    expect(await page("en-US")).toContain("verdict over a machine's audit log");
  });

  test("icons are served", async () => {
    for (const name of ["device", "audit", "block"]) {
      const answer = await get(`/icons/@tanglegate/gateway/tanglegate-${name}.svg`, await login("anna"));
      expect([name, answer.status, answer.headers.get("content-type")]).toEqual([name, 200, "image/svg+xml"]);
    }
  });

  test("the examples are offered for import", async () => {
    const answer = await get("/library/examples/flows/tanglegate/", await login("anna"));
    const list = (await answer.json()) as {fn?: string}[];
    expect(list.map(({fn}) => fn)).toContain("01 - Read a meter");
  });

  test("nothing can be installed, and nobody is asked for updates", async () => {
    const settings = (await (await get("/settings", await login("anna"))).json()) as Record<string, unknown>;
    expect(settings).toMatchObject({
      externalModules: {palette: {allowInstall: false, allowUpload: false}},
      editorTheme: {palette: {catalogues: []}, tours: false},
    });
    expect(settings.telemetryEnabled ?? false).toBe(false);
    expect(await (await get("/theme")).json()).toMatchObject({page: {title: "Tanglegate"}});
  });
});

describe("the folder", () => {
  test("holds the demo's flow after the first start", async () => {
    const placed = await readFile(path.join(folder, "node-red", "flows.json"), "utf8");
    expect(placed).toBe(await readFile(path.join(ROOT, "flows", "demo.json"), "utf8"));
  });

  test("holds the key of the credentials for its owner alone", async () => {
    const file = path.join(folder, "node-red", "credential-secret");
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readFile(file, "utf8")).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe("the demo's flow", () => {
  const entriesOf = (machine: string, type: string) =>
    gateway.entries.filter((entry) => entry.machine === machine && entry.type === type);
  const topic = "tanglegate/field/readings/packaging-1/+";
  const tell = (point: string, value: number | boolean) =>
    gateway.publish(topic.replace("+", point), {
      specversion: "1.0",
      data: reading(point, value, {device: "packaging-1", unit: null}),
    });

  test("records what it finds, then every change of state, set-point and alarm, in words", async () => {
    await gateway.subscribed(topic);
    await until(() => entriesOf("packaging-1", "parameter-observed").length === 2);
    await until(() => entriesOf("packaging-1", "state-observed").length === 1);
    expect(entriesOf("packaging-1", "state-observed")[0]!.body).toEqual({old: null, new: "Execute"});
    await tell("state", 11);
    await tell("speedSetpoint", 80);
    await tell("jamAlarm", true);
    await tell("jamAlarm", false);
    await until(() => entriesOf("packaging-1", "alarm-cleared").length === 1);
    await until(() => entriesOf("packaging-1", "state-change").length === 1);
    await until(() => entriesOf("packaging-1", "parameter-change").length === 1);
    expect(entriesOf("packaging-1", "state-change")[0]).toMatchObject({
      subject: "state",
      time: "2026-11-20T12:00:00.000Z",
      body: {old: "Execute", new: "Held"},
    });
    expect(entriesOf("packaging-1", "parameter-change")[0]).toMatchObject({
      subject: "speedSetpoint",
      body: {old: 60, new: 80},
    });
    expect(entriesOf("packaging-1", "alarm")).toMatchObject([{subject: "jamAlarm", body: {isActive: true}}]);
  });

  test("tries an entry again that found no gateway, until it is taken", async () => {
    gateway.refuse("POST /api/audit/v1/entries", 503, "The gateway is starting.");
    const asked = gateway.requests.length;
    await tell("state", 6);
    await until(() => gateway.requests.slice(asked).some(({path: route}) => route === "/api/audit/v1/entries"));
    expect(entriesOf("packaging-1", "state-change")).toHaveLength(1);
    gateway.accept("POST /api/audit/v1/entries");
    await until(() => entriesOf("packaging-1", "state-change").length === 2);
    expect(entriesOf("packaging-1", "state-change")[1]!.body).toEqual({old: "Held", new: "Execute"});
  }, 15_000);

  test("records nothing anew when the flows are deployed again", async () => {
    const token = await login("anna");
    const flows = await (await get("/flows", token)).text();
    const before = gateway.entries.length;
    const made = gateway.subscriptions().filter((filter) => filter === topic).length;
    const headers = {
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
      "node-red-deployment-type": "full",
    };
    const told = new Promise((resolve) => child.once("message", resolve));
    expect((await fetch(`${url}/flows`, {method: "POST", headers, body: flows})).status).toBe(204);
    const revision = expect.stringMatching(/^[0-9a-f]{64}$/);
    expect(await told).toEqual({deploy: {user: "anna", deployment: "full", revision}});
    await gateway.subscribed(topic, made + 1);
    await tell("speedSetpoint", 90);
    await until(() => entriesOf("packaging-1", "parameter-change").length === 2);
    expect(gateway.entries.slice(before).map(({type}) => type)).toEqual(["parameter-change"]);
  });

  test("starts without a warning", () => {
    const faults = output.split("\n").filter((line) => /"level":"(error|warn)"/.test(line) && !line.includes("login"));
    expect(faults).toEqual([]);
  });
});

describe("requests", () => {
  test("under a foreign host name are refused", async () => {
    const status = await new Promise<number>((resolve, reject) => {
      httpRequest(`${url}/`, {headers: {host: "evil.example"}}, (answer) => {
        answer.resume();
        resolve(answer.statusCode!);
      })
        .on("error", reject)
        .end();
    });
    expect(status).toBe(403);
    expect((await get("/")).status).toBe(200);
  });

  test.each([
    ["a page elsewhere", "http://evil.example", 403],
    ["a page without an address", "null", 403],
    ["a page of this machine", "http://localhost:14265", 404],
  ])("of %s to an endpoint of a flow", async (_what, origin, status) => {
    const answer = await fetch(`${url}/http/start-machine`, {method: "POST", headers: {origin}});
    await answer.text();
    expect(answer.status).toBe(status);
  });

  test("for a WebSocket by a page elsewhere are cut off", async () => {
    const open = (origin: string) =>
      new Promise<boolean>((resolve) => {
        const socket = new WebSocket(`${url.replace("http", "ws")}/comms`, {origin});
        socket.on("open", () => resolve(true)).on("error", () => resolve(false));
        socket.on("open", () => socket.terminate());
      });
    expect([await open("http://evil.example"), await open(url)]).toEqual([false, true]);
  });

  test("for HTTP endpoints of flows stand apart from the editor's", async () => {
    expect((await get("/http/nothing-here")).status).toBe(404);
  });
});

test("the process takes at most 180 MB when it is up", () => {
  expect(rssMb).toBeGreaterThan(50);
  expect(rssMb).toBeLessThan(180);
});

test("SIGTERM ends it with 0, and the next start takes up its flows", async () => {
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  expect(await ended).toBe(0);
  await rm(path.join(folder, "palette"), {recursive: true});
  await startEditor();
  expect((await get("/flows", await login("anna"))).status).toBe(200);
}, 20_000);

test("a taken port ends main.ts with 1 and a sentence that names the setting", async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const {port} = other.address() as {port: number};
  const home = await mkdtemp(path.join(tmpdir(), "tanglegate-home-"));
  const main = fork(path.join(ROOT, "src/editor/main.ts"), [], {
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    env: {...process.env, TANGLEGATE_HOME: home, TANGLEGATE_NODE_RED_PORT: String(port), NODE_OPTIONS: ""},
  });
  let said = "";
  main.stdout!.on("data", (text) => (said += text));
  const code = await new Promise((resolve) => main.once("exit", resolve));
  other.close();
  await rm(home, {recursive: true});
  expect(code).toBe(1);
  expect(said).toContain(`Port ${port} on 127.0.0.1 (setting node_red.port) is taken by another program.`);
}, 20_000);
