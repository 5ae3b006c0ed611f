// Third-party programs against the whole demo: what they read must be what the gateway reads.

import {readFileSync, rmSync} from "node:fs";
import path from "node:path";
import {afterAll, beforeAll, expect, test} from "@jest/globals";
import {createGatewayClient, type GatewayClient} from "../../src/client/index.ts";
import {type GatewayPlace, type GatewayProcess, newPlace, startGateway} from "../support/gateway-process.ts";
import {runProgram, testWith} from "../support/program.ts";

const MINUTE_MS = 60_000;

let place: GatewayPlace;
let gateway: GatewayProcess;
let client: GatewayClient;

beforeAll(async () => {
  place = await newPlace();
  gateway = startGateway(place);
  await gateway.until("all processes ready", () => gateway.printed().includes("Stop with Ctrl-C"), 2 * MINUTE_MS);
  const token = readFileSync(path.join(place.home, "gateway", "cli-token"), "utf8");
  client = createGatewayClient({url: gateway.url, token});
}, 3 * MINUTE_MS);
afterAll(async () => {
  await gateway.stop();
  rmSync(place.home, {recursive: true, force: true});
}, MINUTE_MS);

const port = (name: string) => place.environment[`TANGLEGATE_${name}`]!;
const firstNumber = (text: string) => Number(/\[\d+\]:\s+(-?[\d.]+)/.exec(text)?.[1]);

test("the lane runs what is installed", () => {
  expect(gateway.pid).toBeGreaterThan(0);
});

testWith("mbpoll")("mbpoll reads the meter's voltage as the gateway does", async () => {
  const words = ["-0", "-1", "-a", "1", "-t", "3:float", "-B", "-r", "0", "-c", "1", "-p", port("PLANT_MODBUS_PORT")];
  const voltage = firstNumber(await runProgram("mbpoll", ...words, "127.0.0.1"));
  const [reading] = await client.field.read("main-meter", ["voltageL1"]);
  // Two reads of a live value: the mains moves by a volt or two between them.
  expect(Math.abs(voltage - Number(reading!.value))).toBeLessThan(5);
  expect(voltage).toBeGreaterThan(200);
});

testWith("mbpoll")("mbpoll finds the SunSpec marker of the inverter", async () => {
  const words = ["-0", "-1", "-a", "2", "-t", "4:hex", "-r", "40000", "-c", "2", "-p", port("PLANT_MODBUS_PORT")];
  const text = await runProgram("mbpoll", ...words, "127.0.0.1");
  expect(text).toMatch(/0x5375/i);
  expect(text).toMatch(/0x6E53/i);
});

testWith("mbpoll")("mbpoll is told of an address that is not there", async () => {
  const words = ["-0", "-1", "-a", "2", "-t", "4", "-r", "30000", "-c", "1", "-p", port("PLANT_MODBUS_PORT")];
  await expect(runProgram("mbpoll", ...words, "127.0.0.1")).rejects.toThrow(/Illegal data address/i);
});

testWith("mosquitto_sub")("mosquitto_sub gets the confirmed milestone without a login", async () => {
  const words = ["-p", port("EVENTS_PORT"), "-t", "milestone-info/confirmed", "-C", "1", "-W", "10"];
  const milestone = JSON.parse(await runProgram("mosquitto_sub", ...words));
  expect(milestone).toMatchObject({index: expect.any(Number), milestoneId: expect.stringMatching(/^0x/)});
});

testWith("mosquitto_sub")(
  "mosquitto_sub gets readings with a token, and none without",
  async () => {
    const {token} = await client.tokens.create({name: "reader", scopes: ["field:read"], days: 1});
    const words = ["-p", port("EVENTS_PORT"), "-t", "tanglegate/field/readings/main-meter/#", "-C", "1", "-W", "15"];
    const event = JSON.parse(await runProgram("mosquitto_sub", ...words, "-u", "reader", "-P", token));
    expect(event).toMatchObject({specversion: "1.0", data: {device: "main-meter", quality: "good"}});
    // It says that the subscription was denied, and ends with nothing.
    expect(await runProgram("mosquitto_sub", ...words.slice(0, -1), "3")).toBe("");
  },
  MINUTE_MS,
);
