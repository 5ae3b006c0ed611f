// From the demo to a site while it runs, as the console does it: nothing is lost, and whoever asked can log in again.

import {readFileSync, rmSync} from "node:fs";
import path from "node:path";
import {afterAll, beforeAll, expect, test} from "@jest/globals";
import {createGatewayClient} from "../../src/client/index.ts";
import {type GatewayPlace, type GatewayProcess, newPlace, startGateway} from "../support/gateway-process.ts";

const MINUTE_MS = 60_000;
const PASSWORD = "correct horse battery";
const SITE = "press-shop.example.org";

let place: GatewayPlace;
let gateway: GatewayProcess;

const passwordOf = (folder: string) =>
  /password: (\S+)/.exec(readFileSync(path.join(folder, "credentials.txt"), "utf8"))![1]!;
const readyTimes = () => gateway.printed().split("Stop with Ctrl-C").length - 1;

beforeAll(async () => {
  place = await newPlace({TANGLEGATE_NODE_RED_ENABLED: "false", TANGLEGATE_PLANT_ENABLED: "false"});
  gateway = startGateway(place);
  await gateway.until("all processes ready", () => readyTimes() === 1, 2 * MINUTE_MS);
}, 3 * MINUTE_MS);
afterAll(async () => {
  await gateway.stop();
  rmSync(place.home, {recursive: true, force: true});
}, MINUTE_MS);

test(
  "the demo becomes a site: the same process starts it, the same password opens it, and its first entries are proven",
  async () => {
    const demoNetwork = readFileSync(path.join(place.home, "network.json"), "utf8");
    const open = createGatewayClient({url: gateway.url});
    const first = passwordOf(place.home);
    const admin = createGatewayClient({url: gateway.url, token: (await open.login("admin", first)).token});
    await admin.changePassword({current: first, next: PASSWORD});
    expect(await admin.setup.state()).toMatchObject({isDemo: true, canSetUp: true});

    const answer = await admin.setup.begin({siteName: SITE});
    await gateway.until("all processes ready again", () => readyTimes() === 2, 2 * MINUTE_MS);

    await expect(admin.status()).rejects.toThrow(/session|login|token/i);
    const after = createGatewayClient({url: gateway.url, token: (await open.login("admin", PASSWORD)).token});
    expect(await after.status()).toMatchObject({isDemo: false, site: SITE});
    const aside = path.join(place.home, answer.setAside!);
    expect(readFileSync(path.join(aside, "network.json"), "utf8")).toBe(demoNetwork);
    expect(readFileSync(path.join(place.home, "network.json"), "utf8")).toContain(`tanglegate-${SITE}`);
    expect(readFileSync(path.join(place.home, "gateway", "keys.json"), "utf8")).not.toBe(
      readFileSync(path.join(aside, "gateway", "keys.json"), "utf8"),
    );
    const isProven = async () => (await after.audit.machines()).items.every(({state}) => state === "verified");
    await gateway.until("the first entries are verified", isProven, MINUTE_MS);
    expect((await after.setup.state()).canSetUp).toBe(false);
  },
  4 * MINUTE_MS,
);

test("the command line refuses to set up a site twice, with the way out", async () => {
  const result = await gateway.command("setup", "--site", "another.example.org", "--yes");
  expect(result.code).toBe(2);
  expect(result.stderr).toMatch(/another data folder/);
});
