import {afterEach, expect, test} from "@jest/globals";
import type {ScanJob} from "../../../src/client/index.ts";
import {createSystemClock} from "../../../src/clock.ts";
import {createScans, type Scans} from "../../../src/field/scan/scans.ts";
import {BUILT_IN_PROFILES, createModbusServer, type ModbusServer, readProfiles} from "../../../src/fieldbus/index.ts";
import {silentLog} from "../../../src/log.ts";

const clock = createSystemClock();
const {profiles} = await readProfiles(BUILT_IN_PROFILES);
let scans: Scans;
let server: ModbusServer | null = null;
afterEach(async () => {
  await scans.stop();
  await server?.stop();
  server = null;
});

async function open(fault = false) {
  const bank = {readHolding: () => ({exception: 2}) as const};
  server = createModbusServer({host: "127.0.0.1", port: 0, units: new Map([[3, bank]])}, {log: silentLog});
  await server.start();
  if (fault) for (let unit = 0; unit < 256; unit++) server.setFault(unit, {kind: "hang"});
  scans = createScans({
    clock,
    log: silentLog,
    opcUa: {
      findServer: async () => {
        throw new Error("not asked here");
      },
    },
    profiles: () => profiles,
    devices: () => [
      {
        id: "known",
        connection: {protocol: "modbus-tcp", host: "127.0.0.1", port: server!.port, unitId: 3},
        profile: null,
      },
    ],
  });
  await scans.start();
  return {target: "127.0.0.1", protocols: ["modbus-tcp"], port: server.port, unitIds: [1, 3, 3]} as const;
}
async function ended(job: ScanJob): Promise<ScanJob> {
  for (;;) {
    const now = scans.find(job.id)!;
    if (now.state !== "running") return now;
    await clock.sleep(20);
  }
}

test("a scan is begun, asked after and ends; a device that is known is named", async () => {
  const job = begin(await open());
  expect(job).toMatchObject({state: "running", total: 1, found: []});
  expect(await ended(job)).toMatchObject({
    state: "done",
    done: 1,
    reason: null,
    found: [
      {
        connection: {protocol: "modbus-tcp", host: "127.0.0.1", unitId: 3},
        profile: null,
        confidence: "unknown",
        device: "known",
      },
    ],
  });
});
test("only one runs at a time, and one that is ended leaves nothing open", async () => {
  const request = await open(true);
  const job = begin(request);
  expect(() => begin(request)).toThrow(expect.objectContaining({code: "field/conflict"}));
  expect(await scans.cancel(job.id)).toBe(true);
  expect(scans.find(job.id)).toMatchObject({state: "cancelled"});
  while (server!.connections > 0) await clock.sleep(10);
  expect(await scans.cancel("none")).toBe(false);
  expect(scans.find("none")).toBeNull();
});
test("old ones are forgotten", async () => {
  const request = await open();
  const first = begin(request);
  await ended(first);
  for (let count = 0; count < 8; count++) await ended(begin(request));
  expect(scans.find(first.id)).toBeNull();
}, 20_000);
test("a target that is refused begins nothing", async () => {
  await open();
  expect(() => scans.begin({target: "10.0.0.0/8"})).toThrow(expect.objectContaining({code: "field/invalid"}));
});

function begin(request: Parameters<Scans["begin"]>[0]): ScanJob {
  return scans.begin(request);
}
