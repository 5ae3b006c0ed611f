// What other machines may reach: refused unencrypted, set up by one command, undone by another.

import {existsSync, readFileSync, rmSync, writeFileSync} from "node:fs";
import {request} from "node:https";
import path from "node:path";
import {connect} from "node:tls";
import {afterAll, beforeAll, describe, expect, test} from "@jest/globals";
import {createGatewayClient} from "../../src/client/index.ts";
import {
  type GatewayPlace,
  type GatewayProcess,
  newPlace,
  runCommand,
  startGateway,
} from "../support/gateway-process.ts";

const MINUTE_MS = 60_000;
const PASSWORD = "correct horse battery";

let place: GatewayPlace;
const run = (...words: string[]) => runCommand(words, {...process.env, ...place.environment});
const file = (...names: string[]) => path.join(place.home, ...names);

beforeAll(async () => {
  place = await newPlace();
  writeFileSync(file("password"), `${PASSWORD}\n`, {mode: 0o600});
});
afterAll(() => rmSync(place.home, {recursive: true, force: true}));

test("the demo is not exposed: it is made a site first", async () => {
  const result = await run("expose", "--password-file", file("password"));
  expect(result.code).toBe(2);
  expect(result.stderr).toContain("tanglegate setup");
  expect(existsSync(file("gateway", "admin-password"))).toBe(false);
});

describe("a start is refused with one sentence:", () => {
  test.each([
    ["unencrypted", "rest: {host: 0.0.0.0}", /rest\.host.*tanglegate expose/],
    ["with the first password", "rest: {host: 0.0.0.0, tls: self-signed}", /first password.*tanglegate expose/],
    ["Node-RED unencrypted", "node_red: {host: 0.0.0.0}", /node_red\.host/],
    [
      "with a certificate that is not there",
      "rest: {tls: files, tls_cert: a.crt, tls_key: a.key}",
      /a\.crt .*rest\.tls_cert/,
    ],
  ])("%s", async (_, yaml, sentence) => {
    const other = await newPlace();
    writeFileSync(path.join(other.home, "gateway.yaml"), yaml);
    const {code, stderr} = await runCommand(["start"], {...process.env, ...other.environment});
    expect(code).not.toBe(0);
    expect(stderr.trim().split("\n")).toEqual([expect.stringMatching(sentence)]);
    rmSync(other.home, {recursive: true, force: true});
  });
});

describe("a site that runs", () => {
  let gateway: GatewayProcess;
  const readyTimes = () => gateway.printed().split("Stop with Ctrl-C").length - 1;
  const port = () => Number(new URL(gateway.url).port);
  const authority = () => readFileSync(file("gateway", "tls", "ca.crt"), "utf8");

  beforeAll(async () => {
    expect((await run("setup", "--site", "press-shop.example.org", "--yes")).code).toBe(0);
    gateway = startGateway(place);
    await gateway.until("all processes ready", () => readyTimes() === 1, 2 * MINUTE_MS);
  }, 3 * MINUTE_MS);
  afterAll(async () => void (await gateway.stop()), MINUTE_MS);

  const healthOverTls = (options: object): Promise<number> =>
    new Promise((resolve, reject) => {
      request({host: "127.0.0.1", port: port(), path: "/health", ...options}, (response) => {
        response.resume();
        resolve(response.statusCode!);
      })
        .on("error", reject)
        .end();
    });

  test("is not exposed with the first password", async () => {
    const result = await run("expose");
    expect(result.code).toBe(2);
    expect(result.stderr).toContain("--password-file");
  });

  test(
    "is exposed by one command: encrypted, with a new password, and this machine goes on as before",
    async () => {
      const words = ["expose", "--events", "--node-red", "--password-file", file("password"), "--json"];
      const {code, stdout, stderr} = await run(...words);
      expect([code, stderr]).toEqual([0, ""]);
      expect(JSON.parse(stdout)).toMatchObject({
        isExposed: true,
        isRunning: true,
        console: expect.stringMatching(/^https:/),
      });
      await gateway.until("ready again", () => readyTimes() === 2, 2 * MINUTE_MS);

      expect(await healthOverTls({ca: authority()})).toBe(200);
      await expect(healthOverTls({})).rejects.toThrow();
      const plain = createGatewayClient({url: gateway.url});
      expect((await plain.login("admin", PASSWORD)).mustChangePassword).toBe(false);
      expect((await run("status")).code).toBe(0);
      const download = await fetch(`${gateway.url}/api/gateway/v1/ca.crt`);
      expect(await download.text()).toBe(authority());

      const open = (to: number) =>
        new Promise<boolean>((resolve, reject) => {
          const socket = connect({host: "127.0.0.1", port: to, ca: authority()}, () => {
            resolve(socket.authorized);
            socket.destroy();
          });
          socket.on("error", reject);
        });
      expect(await open(Number(place.environment.TANGLEGATE_EVENTS_PORT))).toBe(true);
      expect(await open(Number(place.environment.TANGLEGATE_NODE_RED_PORT))).toBe(true);
    },
    4 * MINUTE_MS,
  );

  test(
    "is this machine's alone again with --off",
    async () => {
      expect((await run("expose", "--off")).code).toBe(0);
      await gateway.until("ready once more", () => readyTimes() === 3, 2 * MINUTE_MS);
      expect(readFileSync(file("gateway.yaml"), "utf8")).toBe("site:\n  name: press-shop.example.org\n");
      await expect(healthOverTls({ca: authority()})).rejects.toThrow();
      expect((await fetch(`${gateway.url}/health`)).status).toBe(200);
    },
    4 * MINUTE_MS,
  );
});
