// npm run bench -- fieldbus: values read from Modbus TCP devices a second, what the read planner saves on a link with a round trip, and how
// long a device takes to be seen again after it came back.
//
// Client and servers share one process and one processor core, so that `values_per_s` is a lower bound. `cpu` is the share of that core.
// The round trip of the planner's run is 20 ms, as on a serial line: asking register by register pays it for every value.

import {createSystemClock} from "../../src/clock.ts";
import {
  BUILT_IN_PROFILES,
  createModbusClient,
  createModbusDevice,
  createModbusServer,
  createProfileBank,
  type ModbusDevice,
  type ModbusProfile,
  type ModbusServer,
  type RegisterBank,
  readProfiles,
  registerMap,
} from "../../src/fieldbus/index.ts";
import {silentLog} from "../../src/log.ts";
import {createSystemRandom} from "../../src/random.ts";

const DEVICES = 50;
const RUN_MS = 5_000;
const ROUND_TRIP_MS = 20;
const RECOVERIES = 5;
const PERIOD_MS = 1_000;
const OUTAGE_MS = 6_000;

const clock = createSystemClock();
const deps = {clock, random: createSystemRandom(), log: silentLog};

function print(metric: string, value: number, unit: string, more: object = {}): void {
  console.log(JSON.stringify({bench: "fieldbus", metric, value: Math.round(value * 100) / 100, unit, ...more}));
}

async function sdm630(): Promise<ModbusProfile> {
  const {profiles} = await readProfiles(BUILT_IN_PROFILES);
  return profiles.find(({name}) => name === "eastron-sdm630") as ModbusProfile;
}

/** Servers that are one meter each, devices on them, and what stops all of it. */
async function openMeters(count: number, profile: ModbusProfile) {
  const map = registerMap(profile, []);
  const bank: RegisterBank = createProfileBank({map, valueOf: () => 230.5, holes: "zero"});
  const modbus = createModbusClient(deps);
  const servers: ModbusServer[] = [];
  const devices: ModbusDevice[] = [];
  for (let index = 0; index < count; index++) {
    const server = createModbusServer({host: "127.0.0.1", port: 0, units: new Map([[1, bank]])}, {log: silentLog});
    await server.start();
    servers.push(server);
    const address = {kind: "tcp", host: "127.0.0.1", port: server.port, framing: "mbap"} as const;
    devices.push(createModbusDevice(modbus.openUnit({address, unitId: 1, timeoutMs: 1_000}), map, clock));
  }
  const close = async () => {
    await modbus.close();
    for (const server of servers) await server.stop();
  };
  return {servers, devices, close, points: map.points.length};
}

async function measureThroughput(profile: ModbusProfile): Promise<void> {
  console.error(`${DEVICES} meters, as fast as they answer, ${RUN_MS / 1_000} s`);
  const {devices, close, points} = await openMeters(DEVICES, profile);
  await Promise.all(devices.map((device) => device.read(null)));
  const until = clock.monotonicMs() + RUN_MS;
  const cpu = process.cpuUsage();
  let values = 0;
  await Promise.all(
    devices.map(async (device) => {
      while (clock.monotonicMs() < until) {
        const {samples, error} = await device.read(null);
        if (error !== null || samples.length !== points) throw error ?? new Error("a value is missing");
        values += samples.length;
      }
    }),
  );
  const used = process.cpuUsage(cpu);
  print("values_per_s", values / (RUN_MS / 1_000), "1/s", {cpu: (used.user + used.system) / 1_000 / RUN_MS});
  await close();
}

async function measurePlanner(profile: ModbusProfile): Promise<void> {
  console.error(`one meter over a round trip of ${ROUND_TRIP_MS} ms, planned and register by register`);
  const {servers, close} = await openMeters(1, profile);
  const modbus = createModbusClient(deps);
  const timeOf = async (map: ReturnType<typeof registerMap>) => {
    const address = {kind: "tcp", host: "127.0.0.1", port: servers[0]!.port, framing: "mbap"} as const;
    // The pause before each request stands for the line.
    const unit = modbus.openUnit({address, unitId: 1, timeoutMs: 1_000, requestDelayMs: ROUND_TRIP_MS});
    const device = createModbusDevice(unit, map, clock);
    await device.read(null);
    const startedAt = clock.monotonicMs();
    for (let round = 0; round < 3; round++) await device.read(null);
    const tookMs = (clock.monotonicMs() - startedAt) / 3;
    await unit.close();
    return {tookMs, requests: unit.requests / 4};
  };
  const map = registerMap(profile, []);
  const planned = await timeOf(map);
  const single = await timeOf({...map, constraints: {...map.constraints, maxRegisters: 2, maxGap: 0}});
  print("planner_speedup", single.tookMs / planned.tookMs, "x", {
    versus: "one request a value",
    requests: planned.requests,
    versusRequests: single.requests,
  });
  await modbus.close();
  await close();
}

/** Time from the moment a device is back to its first good value, polled each second; the worst of all. */
async function measureRecovery(profile: ModbusProfile): Promise<void> {
  console.error(`${RECOVERIES} outages of ${OUTAGE_MS / 1_000} s: connections dropped, and a device that is silent`);
  const {servers, devices, close} = await openMeters(1, profile);
  let worstMs = 0;
  for (let round = 0; round < RECOVERIES; round++) {
    servers[0]!.setFault(1, {kind: round % 2 === 0 ? "drop" : "hang"});
    const backAt = clock.monotonicMs() + OUTAGE_MS;
    for (let isBack = false; ; ) {
      if (!isBack && clock.monotonicMs() >= backAt) {
        servers[0]!.setFault(1, null);
        isBack = true;
      }
      const {error} = await devices[0]!.read(null);
      if (error === null && isBack) break;
      await clock.sleep(isBack ? PERIOD_MS : Math.min(PERIOD_MS, Math.max(1, backAt - clock.monotonicMs())));
    }
    worstMs = Math.max(worstMs, clock.monotonicMs() - backAt);
  }
  print("recover_s", worstMs / 1_000, "s", {rounds: RECOVERIES});
  await close();
}

const profile = await sdm630();
await measureThroughput(profile);
await measurePlanner(profile);
await measureRecovery(profile);
