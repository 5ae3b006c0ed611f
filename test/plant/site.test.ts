import {describe, expect, test} from "@jest/globals";
import fc from "fast-check";
import {energyOf} from "../../src/plant/energy.ts";
import {RATED_W} from "../../src/plant/inverter.ts";
import {type MachineCommand, OVER_TEMPERATURE_C, SEAL_RANGE, SPEED_RANGE} from "../../src/plant/machine.ts";
import {
  commandsOf,
  PACKML_COMMANDS,
  PACKML_STATE_COMPLETE,
  type PackmlState,
  stateAfter,
} from "../../src/plant/packml.ts";
import {meterValue, totalPowerW} from "../../src/plant/sdm630.ts";
import {advanceSite, commandSite, createSite, DEFAULT_START_MS, type Site, STEP_MS} from "../../src/plant/site.ts";

const HOUR_STEPS = 3_600_000 / STEP_MS;
const seeds = fc.nat(0xffffffff);
const commands: fc.Arbitrary<MachineCommand> = fc.oneof(
  fc.constantFrom(...PACKML_COMMANDS).map((command) => ({kind: "packml", command}) as const),
  fc.integer({min: 0, max: 150}).map((value) => ({kind: "set-speed", value}) as const),
  fc.integer({min: 100, max: 200}).map((value) => ({kind: "set-seal-temperature", value}) as const),
  fc.constantFrom("jam", "stuck-heater", "starve").map((what) => ({kind: "disturb", what}) as const),
);
/** Commands with the steps that pass before each. */
const scripts = fc.array(fc.tuple(fc.nat(600), commands), {maxLength: 30});
const starts = fc.integer({min: 0, max: 365 * 24}).map((hour) => DEFAULT_START_MS + hour * 3_600_000);

function walk(site: Site, steps: number, visit: (before: Site, after: Site) => void = () => undefined): Site {
  let now = site;
  for (let step = 0; step < steps; step++) {
    const next = advanceSite(now);
    visit(now, next);
    now = next;
  }
  return now;
}

function play(
  site: Site,
  script: readonly (readonly [number, MachineCommand])[],
  visit: (before: Site, after: Site) => void = () => undefined,
): Site {
  let now = site;
  for (const [steps, command] of script) {
    now = walk(now, steps, visit);
    const outcome = commandSite(now, command);
    if (outcome.kind === "done") now = outcome.site;
  }
  return walk(now, 100, visit);
}

function run(site: Site, state: PackmlState, hoursMax = 1): Site {
  let now = site;
  for (let step = 0; step < hoursMax * HOUR_STEPS && now.machine.state !== state; step++) now = advanceSite(now);
  expect(now.machine.state).toBe(state);
  return now;
}

function command(site: Site, wish: MachineCommand): Site {
  const outcome = commandSite(site, wish);
  if (outcome.kind === "refused") throw new Error(outcome.sentence);
  return outcome.site;
}

const executing = run(createSite({seed: 1}), "Execute");

describe("laws of the site", () => {
  test("the same seed, start and commands give the same site", () => {
    fc.assert(
      fc.property(seeds, starts, scripts, (seed, startMs, script) => {
        expect(play(createSite({seed, startMs}), script)).toEqual(play(createSite({seed, startMs}), script));
      }),
      {numRuns: 15},
    );
  });

  test("another seed gives another day", () => {
    const first = walk(createSite({seed: 1}), HOUR_STEPS);
    const second = walk(createSite({seed: 2}), HOUR_STEPS);
    expect(second.meter.counters).not.toEqual(first.meter.counters);
    expect(second.sky.cloudCover).not.toBe(first.sky.cloudCover);
  });

  test("energy counters grow by exactly the power times the time, import apart from export", () => {
    fc.assert(
      fc.property(seeds, starts, scripts, (seed, startMs, script) => {
        play(createSite({seed, startMs}), script, (before, after) => {
          after.meter.counters.forEach((counter, phase) => {
            const was = before.meter.counters[phase]!;
            const reading = after.meter.phases[phase]!;
            const net = counter.importUj - was.importUj - (counter.exportUj - was.exportUj);
            if (net !== energyOf(reading.activeMw, STEP_MS)) throw new Error("active energy is not power times time");
            const isOneWay = counter.importUj === was.importUj || counter.exportUj === was.exportUj;
            const isGrowing = counter.importUj >= was.importUj && counter.exportUj >= was.exportUj;
            if (!isOneWay || !isGrowing) throw new Error("a counter went back, or both ran at once");
            const reactive = counter.reactiveImportUvars - was.reactiveImportUvars;
            if (reactive < 0n || counter.reactiveExportUvars < was.reactiveExportUvars)
              throw new Error("reactive went back");
          });
          const fed = after.inverter.acUj - before.inverter.acUj;
          if (fed !== energyOf(3 * after.inverter.phaseMw, STEP_MS))
            throw new Error("PV energy is not power times time");
        });
      }),
      {numRuns: 10},
    );
  });

  test("only transitions of the state model happen, whatever is commanded", () => {
    const isAllowed = (from: PackmlState, to: PackmlState) =>
      PACKML_STATE_COMPLETE[from] === to || commandsOf(from).some((name) => stateAfter(from, name) === to);
    fc.assert(
      fc.property(seeds, scripts, (seed, script) => {
        play({...executing, seed}, script, (before, after) => {
          const [from, to] = [before.machine.state, after.machine.state];
          if (from !== to && !isAllowed(from, to)) throw new Error(`${from} became ${to}`);
        });
      }),
      {numRuns: 25},
    );
  });

  test("counters of packs never go back, and bad ones are among those made", () => {
    fc.assert(
      fc.property(seeds, scripts, (seed, script) => {
        play({...executing, seed}, script, ({machine: before}, {machine: after}) => {
          const isGrowing = after.produced >= before.produced && after.defective >= before.defective;
          const isPart = after.defective - before.defective <= after.produced - before.produced;
          if (!isGrowing || !isPart) throw new Error("a pack was lost");
          if (after.produced > before.produced && after.speed === 0) throw new Error("a pack came out of nothing");
        });
      }),
      {numRuns: 15},
    );
  });

  test("values stay within what the devices can show", () => {
    fc.assert(
      fc.property(seeds, starts, scripts, (seed, startMs, script) => {
        play(createSite({seed, startMs}), script, (_before, {machine, meter, inverter, sky}) => {
          const isSane =
            machine.sealC > 10 &&
            machine.sealC < OVER_TEMPERATURE_C + 3 &&
            machine.speed >= 0 &&
            machine.speed <= SPEED_RANGE.high &&
            machine.heaterW >= 0 &&
            machine.heaterW <= 3200 &&
            meter.frequencyHz > 49.9 &&
            meter.frequencyHz < 50.1 &&
            meter.phases.every(
              ({voltageV, powerFactor}) => voltageV > 220 && voltageV < 242 && Math.abs(powerFactor) <= 1,
            ) &&
            inverter.phaseMw >= 0 &&
            3 * inverter.phaseMw <= RATED_W * 1000 &&
            (sky.elevationDeg > 0 || inverter.phaseMw === 0);
          if (!isSane) throw new Error(JSON.stringify({machine, phases: meter.phases, sky}));
        });
      }),
      {numRuns: 10},
    );
  });
});

describe("the meter", () => {
  test("totals are the sums of the phases", () => {
    const {meter} = walk(executing, 1000);
    for (const quantity of [
      "activePower",
      "reactivePower",
      "apparentPower",
      "energyImport",
      "energyExport",
      "energySum",
    ]) {
      const phases = ["L1", "L2", "L3"].map((phase) => meterValue(meter, quantity + phase)!);
      expect(meterValue(meter, `${quantity}Total`)).toBeCloseTo(phases[0]! + phases[1]! + phases[2]!, 6);
    }
  });

  test("apparent power, current and power factor fit together on each phase", () => {
    for (const {voltageV, currentA, activeMw, reactiveMvar, apparentVa, powerFactor} of walk(executing, 1000).meter
      .phases) {
      expect(currentA * voltageV).toBeCloseTo(apparentVa, 6);
      expect(Math.hypot(activeMw, reactiveMvar) / 1000).toBeCloseTo(apparentVa, 6);
      expect(powerFactor * apparentVa).toBeCloseTo(activeMw / 1000, 6);
    }
  });

  test("grid import is positive at night, and the sun turns it to export", () => {
    expect(totalPowerW(createSite({seed: 1, startMs: Date.UTC(2026, 5, 15, 23)}).meter)).toBeGreaterThan(1000);
    // Sunday noon: nobody works.
    const sunday = createSite({seed: 1, startMs: Date.UTC(2026, 5, 21, 11)});
    expect(sunday.inverter.phaseMw).toBeGreaterThan(0);
    expect(totalPowerW(sunday.meter)).toBeLessThan(0);
  });

  test("the heater loads L1 alone", () => {
    const warming = run(createSite({seed: 1}), "Resetting");
    const load = (site: Site, phase: number) => (site.meter.phases[phase]!.activeMw + site.inverter.phaseMw) / 1000;
    const next = walk(warming, 2);
    expect(next.machine.heaterW).toBeGreaterThan(1000);
    expect(load(next, 0) - load(warming, 0)).toBeGreaterThan(1000);
    expect(Math.abs(load(next, 1) - load(warming, 1))).toBeLessThan(50);
  });
});

describe("a day", () => {
  // 15 June by the site's clock, two hours ahead of UTC.
  const at = (hour: number) => Date.UTC(2026, 5, 14, 22) + hour * 3_600_000;

  test("has a sun curve with its top about noon, and dark hours without a watt", () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const hourly = Array.from({length: 24}, (_, hour) => createSite({seed, startMs: at(hour)}).inverter);
      const dark = hourly.filter((_, hour) => hour <= 4 || hour >= 22);
      expect(dark.map(({state, phaseMw}) => ({state, phaseMw}))).toEqual(
        dark.map(() => ({state: "sleeping", phaseMw: 0})),
      );
      const best = hourly.indexOf(hourly.reduce((top, entry) => (entry.phaseMw > top.phaseMw ? entry : top)));
      expect(best).toBeGreaterThan(8);
      expect(best).toBeLessThan(19);
      const wh = hourly.reduce((sum, {phaseMw}) => sum + (3 * phaseMw) / 1000, 0);
      expect(wh).toBeGreaterThan(15_000);
      expect(wh).toBeLessThan(95_000);
    }
  });

  test("work begins and ends with the shifts", () => {
    const early = createSite({seed: 3, startMs: at(5.5)});
    expect(walk(early, HOUR_STEPS / 4).machine).toMatchObject({state: "Stopped", produced: 0});
    const morning = walk(early, 2 * HOUR_STEPS);
    // An hour and a half at 60 packs a minute, less warming up, jams and missing product.
    expect(morning.machine.produced).toBeGreaterThan(2500);
    expect(morning.machine.produced).toBeLessThan(5400);
    const evening = walk({...morning, startMs: at(21.9), step: 0}, HOUR_STEPS / 4);
    expect(evening.machine).toMatchObject({state: "Stopped", stopReason: "end of shift", isTakenOver: false});
  });
});

describe("the machine", () => {
  test("warms up, starts and produces at its set-point", () => {
    const site = walk(command(executing, {kind: "set-speed", value: 90}), 60);
    expect(site.machine.speed).toBe(90);
    const later = walk(site, 120);
    expect(later.machine.produced - site.machine.produced).toBe(90);
  });

  test("temperature has inertia: a new set-point takes minutes", () => {
    const site = command(executing, {kind: "set-seal-temperature", value: 180});
    expect(walk(site, 20).machine.sealC).toBeLessThan(170);
    expect(walk(site, HOUR_STEPS / 6).machine.sealC).toBeGreaterThan(177);
  });

  test("the wrong seal temperature makes bad packs", () => {
    const defects = (value: number) => {
      const warm = walk(command(executing, {kind: "set-seal-temperature", value}), HOUR_STEPS / 6);
      const later = walk(warm, HOUR_STEPS / 6);
      return (later.machine.defective - warm.machine.defective) / (later.machine.produced - warm.machine.produced);
    };
    expect(defects(160)).toBeLessThan(0.03);
    expect(defects(185)).toBeGreaterThan(0.2);
  });

  test("a jam holds it with an alarm until the operator has removed the pack", () => {
    const jammed = command(executing, {kind: "disturb", what: "jam"});
    expect(jammed.machine).toMatchObject({state: "Holding", isJammed: true, stopReason: "jam"});
    const held = run(jammed, "Held");
    expect(held.machine.isJammed).toBe(true);
    const again = run(held, "Execute");
    expect(again.machine.isJammed).toBe(false);
  });

  test("a stuck heater aborts it, and Clear waits until the jaws have cooled", () => {
    const aborted = run(command(executing, {kind: "disturb", what: "stuck-heater"}), "Aborted");
    expect(aborted.machine).toMatchObject({isOverheated: true, stopReason: "over-temperature", heaterW: 0});
    expect(commandSite(aborted, {kind: "packml", command: "Clear"})).toMatchObject({
      kind: "refused",
      because: "unsafe",
    });
    const again = run(aborted, "Execute", 2);
    expect(again.machine).toMatchObject({isOverheated: false, isHeaterStuck: false});
  });

  test("missing product suspends it for a while", () => {
    const starved = command(executing, {kind: "disturb", what: "starve"});
    expect(starved.machine.state).toBe("Suspending");
    const again = run(run(starved, "Suspended"), "Execute");
    expect(again.step - starved.step).toBeGreaterThan(60_000 / STEP_MS);
  });

  test("whoever stops it keeps it stopped; the next shift starts it again", () => {
    const stopped = run(command(executing, {kind: "packml", command: "Stop"}), "Stopped");
    const later = walk(stopped, HOUR_STEPS);
    expect(later.machine).toMatchObject({state: "Stopped", stopReason: "operator", isTakenOver: true});
    const night = walk({...later, startMs: Date.UTC(2026, 5, 16, 3, 55), step: 0}, 100);
    expect(night.machine).toMatchObject({state: "Stopped", isTakenOver: true, isShift: false});
    expect(run(night, "Execute").machine.isTakenOver).toBe(false);
  });

  test.each<readonly [string, MachineCommand, "state" | "range"]>([
    ["Start in Execute", {kind: "packml", command: "Start"}, "state"],
    ["a speed below the range", {kind: "set-speed", value: SPEED_RANGE.low - 1}, "range"],
    ["a speed that is no number", {kind: "set-speed", value: Number.NaN}, "range"],
    ["a temperature above the range", {kind: "set-seal-temperature", value: SEAL_RANGE.high + 1}, "range"],
  ])("%s is refused and changes nothing", (_name, wish, because) => {
    expect(commandSite(executing, wish)).toMatchObject({kind: "refused", because});
  });
});
