// The shell around the site: moves it with the clock, shows it through its devices, keeps it over restarts.

import path from "node:path";
import type {Clock} from "../clock.ts";
import {sentenceOf} from "../errors.ts";
import type {Log} from "../log.ts";
import {createService, type Service} from "../service.ts";
import {createDevices, type Devices} from "./devices.ts";
import {toKwh} from "./energy.ts";
import {createFaults, type Faults} from "./faults.ts";
import {loadOf, type MachineCommand, type MachineOutcome} from "./machine.ts";
import {machineValues} from "./machine-nodes.ts";
import {sumPhases} from "./meter.ts";
import {createPlantRest, type PlantRest, type PlantState} from "./rest.ts";
import {totalPowerW} from "./sdm630.ts";
import {advanceSite, commandSite, createSite, DEFAULT_START_MS, type Site, STEP_MS, timeOf} from "./site.ts";
import {loadSite, saveIntervalMs, saveSite, stepsToMakeUp} from "./state-file.ts";

export interface PlantOptions {
  readonly host: string;
  /** 0 = any free port, for all three. */
  readonly modbusPort: number;
  readonly opcuaPort: number;
  readonly restPort: number;
  /** Bearer token of the plant's REST. */
  readonly token: string;
  /** Own folder: state and the OPC UA server's certificate. */
  readonly folder: string;
  /** A saved site of another seed is left behind: another seed is another site. */
  readonly seed: number;
  /** Simulated time per real time, 1..3600. Values move faster, time stamps stay real. */
  readonly speed: number;
  /** Of the machine's OPC UA login. */
  readonly user: string;
  readonly password: string;
  /** Simulated time of a new site, ms since 1970 UTC. */
  readonly startMs?: number;
}

export interface Plant extends Service {
  readonly modbusPort: number;
  readonly opcuaPort: number;
  readonly opcuaEndpoint: string;
  readonly restPort: number;
  state(): PlantState;
}

const TICK_MS = STEP_MS;
/** After a longer pause (a suspended laptop) the site goes on from where it was. */
const CATCH_UP_MAX_MS = 5000;
/** Steps made up in one go before others may run. */
const STEPS_PER_TURN = 2000;

/** The simulated site. `start` fails with `plant/...` or `fieldbus/...` and one sentence; ports are 0 until then. */
export function createPlant(options: PlantOptions, deps: {readonly clock: Clock; readonly log: Log}): Plant {
  const {clock, log} = deps;
  let site = createSite({seed: options.seed, startMs: options.startMs ?? DEFAULT_START_MS});
  let speed = options.speed;
  let devices: Devices | null = null;
  let faults: Faults | null = null;
  let rest: PlantRest | null = null;
  let abort = new AbortController();
  let running: Promise<void> = Promise.resolve();
  let savedAtMs = 0;
  let saving: Promise<void> | null = null;
  let wanted: {readonly isClosed: boolean} | null = null;

  // At most one write at a time and one waiting: commands in quick succession share it.
  const save = (isClosed: boolean): Promise<void> => {
    savedAtMs = clock.monotonicMs();
    wanted = {isClosed};
    saving ??= write().finally(() => {
      saving = null;
    });
    return saving;
  };

  const write = async () => {
    while (wanted !== null) {
      const next = wanted;
      wanted = null;
      await saveSite(options.folder, {site, speed, ...next}).catch((error) =>
        log.warn({reason: sentenceOf(error)}, "the simulated site was not saved"),
      );
    }
  };

  const publish = () => {
    if (devices !== null && devices.opcua.port !== 0) devices.opcua.publish(machineValues(site.machine), clock.now());
  };

  const command = (wish: MachineCommand): MachineOutcome => {
    const outcome = commandSite(site, wish);
    if (outcome.kind === "refused") return outcome;
    site = outcome.site;
    // Saved at once, so that the steps made up after a crash know of it.
    void save(false);
    publish();
    return {kind: "done", machine: site.machine};
  };

  const run = async (signal: AbortSignal) => {
    let last = clock.monotonicMs();
    let due = 0;
    for (;;) {
      try {
        await clock.sleep(TICK_MS, signal);
      } catch {
        return;
      }
      const now = clock.monotonicMs();
      due += (Math.min(now - last, CATCH_UP_MAX_MS) * speed) / STEP_MS;
      last = now;
      await advance(Math.floor(due), signal);
      due -= Math.floor(due);
      publish();
      if (now - savedAtMs >= saveIntervalMs(speed)) await save(false);
    }
  };

  const advance = async (steps: number, signal?: AbortSignal) => {
    for (let step = 1; step <= steps; step++) {
      site = advanceSite(site);
      if (step % STEPS_PER_TURN === 0) {
        await new Promise((resolve) => setImmediate(resolve));
        if (signal?.aborted) return;
      }
    }
  };

  const resume = async () => {
    const saved = await loadSite(options.folder);
    if (saved === null) return;
    if (saved.site.seed !== options.seed) {
      log.info({seed: options.seed, before: saved.site.seed}, "another seed: a new simulated site begins");
      return;
    }
    site = saved.site;
    const steps = stepsToMakeUp(saved);
    if (steps > 0)
      log.info({steps}, "the simulated site was not closed; it is run forward so that no counter goes back");
    await advance(steps);
  };

  const start = async () => {
    abort = new AbortController();
    await resume();
    const world = {site: () => site, command};
    const folder = path.join(options.folder, "pki");
    devices = await createDevices({...options, pkiFolder: folder}, world, deps);
    faults = createFaults(devices, deps);
    rest = createPlantRest(
      {host: options.host, port: options.restPort, token: options.token},
      {
        state,
        setFault: (device, fault, seconds) => faults!.set(device, fault, seconds),
        setSpeed: async (next) => {
          speed = next;
          await save(false);
        },
        command: async (wish) => command(wish),
      },
      deps,
    );
    try {
      await devices.modbus.start();
      await devices.opcua.start();
      await rest.start();
    } catch (error) {
      await close();
      throw error;
    }
    publish();
    await save(false);
    running = run(abort.signal);
  };

  const close = async () => {
    abort.abort();
    await running;
    await rest?.stop();
    await faults?.stop();
    await devices?.opcua.stop();
    await devices?.modbus.stop();
  };

  const stop = async () => {
    await close();
    await save(true);
  };

  const state = (): PlantState => ({
    simulatedTime: new Date(timeOf(site)).toISOString(),
    speed,
    faults: (faults?.active() ?? []).map(({device, fault, untilMs}) => ({
      device,
      fault,
      until: new Date(untilMs).toISOString(),
    })),
    ...describe(site),
  });

  return {
    ...createService({start, stop}),
    get modbusPort() {
      return devices?.modbus.port ?? 0;
    },
    get opcuaPort() {
      return devices?.opcua.port ?? 0;
    },
    get opcuaEndpoint() {
      return devices?.opcua.endpoint ?? "";
    },
    get restPort() {
      return rest?.port ?? 0;
    },
    state,
  };
}

function describe(site: Site): Pick<PlantState, "sun" | "power" | "energy" | "machine"> {
  const {machine, meter, inverter, sky} = site;
  const kwh = (of: "importUj" | "exportUj") => toKwh(meter.counters.reduce((sum, counter) => sum + counter[of], 0n));
  return {
    sun: {elevationDeg: sky.elevationDeg, cloudCover: sky.cloudCover, ambientC: sky.ambientC},
    power: {
      gridW: totalPowerW(meter),
      machineW: sumPhases(loadOf(machine).activeW),
      solarW: (3 * inverter.phaseMw) / 1000,
    },
    energy: {importKwh: kwh("importUj"), exportKwh: kwh("exportUj"), solarKwh: toKwh(inverter.acUj)},
    machine: {
      state: machine.state,
      stopReason: machine.stopReason,
      speed: machine.speed,
      sealC: machine.sealC,
      produced: machine.produced,
      defective: machine.defective,
      isTakenOver: machine.isTakenOver,
    },
  };
}
