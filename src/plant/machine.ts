// A packaging machine: fills film with a product, seals it with heated jaws, counts good and defective packs. The film seals best at
// 160 °C, so the set-points matter: too hot, too cold or too fast makes bad packs. Jams hold it, a heater whose relay sticks
// aborts it, missing product suspends it, and an operator of the shift puts it right, unless a person has taken over.

import type {ThreePhases} from "./meter.ts";
import {curve, draw} from "./noise.ts";
import {commandsOf, PACKML_STATE_COMPLETE, type PackmlCommand, type PackmlState, stateAfter} from "./packml.ts";

export const SPEED_RANGE = {low: 20, high: 120} as const;
export const SEAL_RANGE = {low: 120, high: 190} as const;
/** Jaws this hot abort the machine. */
export const OVER_TEMPERATURE_C = 210;
const SAFE_TEMPERATURE_C = SEAL_RANGE.high;
const BEST_SEAL_C = 160;
/** Resetting waits until the jaws are this near to their set-point. */
const WARM_WITHIN_C = 3;

const HEATER_MAX_W = 3200;
const HEAT_LOSS_W_PER_K = 9;
const HEAT_CAPACITY_J_PER_K = 9000;
const HEAT_PER_PACK_J = 350;

/** Why the machine left production last: a PackML StopReason, numbers of our own. */
export const STOP_REASONS = {
  none: 0,
  operator: 1,
  jam: 2,
  "over-temperature": 3,
  starved: 4,
  "end of shift": 5,
} as const;
export type StopReason = keyof typeof STOP_REASONS;

export interface Machine {
  readonly state: PackmlState;
  readonly inStateMs: number;
  /** Packs a minute. */
  readonly speedSetpoint: number;
  readonly speed: number;
  readonly sealSetpointC: number;
  readonly sealC: number;
  readonly heaterW: number;
  readonly isHeaterStuck: boolean;
  /** Parts of a pack already made, 0 <= share < 1. */
  readonly packShare: number;
  readonly produced: number;
  readonly defective: number;
  readonly isJammed: boolean;
  readonly isOverheated: boolean;
  /** How long the product is still missing; 0 = there is some. */
  readonly starvedMs: number;
  /** A person has commanded it; the shift's operator keeps off. */
  readonly isTakenOver: boolean;
  readonly isShift: boolean;
  readonly executeMs: number;
  readonly stopReason: StopReason;
}

/** What the surroundings are in one step. */
export interface MachineStep {
  readonly seed: number;
  /** Number of the step since the beginning; the source of chance. */
  readonly step: number;
  readonly stepMs: number;
  readonly ambientC: number;
  /** The shift's operator is there. */
  readonly isShift: boolean;
}

export type MachineCommand =
  | {readonly kind: "packml"; readonly command: PackmlCommand}
  | {readonly kind: "set-speed"; readonly value: number}
  | {readonly kind: "set-seal-temperature"; readonly value: number}
  | {readonly kind: "disturb"; readonly what: "jam" | "stuck-heater" | "starve"};

export type MachineOutcome =
  | {readonly kind: "done"; readonly machine: Machine}
  | {readonly kind: "refused"; readonly because: "state" | "range" | "unsafe"; readonly sentence: string};

const ACTING_MS: Readonly<Partial<Record<PackmlState, number>>> = {
  Clearing: 3000,
  Starting: 4000,
  Stopping: 3000,
  Aborting: 1000,
  Holding: 2000,
  Unholding: 3000,
  Suspending: 2000,
  Unsuspending: 3000,
  Resetting: 3000,
  Completing: 3000,
};

const COLD_STATES: readonly PackmlState[] = ["Stopped", "Stopping", "Aborting", "Aborted", "Clearing"];
const TAKES_OVER: readonly PackmlCommand[] = ["Stop", "Hold", "Suspend", "ToComplete", "Abort"];
const GIVES_BACK: readonly PackmlCommand[] = ["Start", "Unhold", "Unsuspend"];

const STREAM_JAM = 20;
const STREAM_DEFECT = 21;
const STREAM_STUCK = 22;
const STREAM_STARVED = 23;
const STREAM_PATIENCE = 24;
const STREAM_FILM = 25;

const PACKS_PER_JAM = 9000;
const STUCK_EVERY_MS = 20 * 3_600_000;
const STARVED_EVERY_MS = 50 * 60_000;

/** A machine at the beginning of a shift: stopped, its jaws still warm. */
export function createMachine(): Machine {
  return {
    state: "Stopped",
    inStateMs: 0,
    speedSetpoint: 60,
    speed: 0,
    sealSetpointC: BEST_SEAL_C,
    sealC: 148,
    heaterW: 0,
    isHeaterStuck: false,
    packShare: 0,
    produced: 0,
    defective: 0,
    isJammed: false,
    isOverheated: false,
    starvedMs: 0,
    isTakenOver: false,
    isShift: false,
    executeMs: 0,
    stopReason: "none",
  };
}

/** What a person or a program asks of the machine, at once. */
export function commandMachine(machine: Machine, command: MachineCommand): MachineOutcome {
  switch (command.kind) {
    case "packml":
      return commandState(machine, command.command);
    case "set-speed":
      return withinRange(command.value, SPEED_RANGE, "speed", () => ({...machine, speedSetpoint: command.value}));
    case "set-seal-temperature":
      return withinRange(command.value, SEAL_RANGE, "seal temperature", () => ({
        ...machine,
        sealSetpointC: command.value,
      }));
    case "disturb":
      return disturb(machine, command.what);
  }
}

/** The machine one step later. */
export function stepMachine(machine: Machine, step: MachineStep): Machine {
  const begun = machine.isShift !== step.isShift && step.isShift;
  let next: Machine = {
    ...machine,
    inStateMs: machine.inStateMs + step.stepMs,
    isShift: step.isShift,
    isTakenOver: machine.isTakenOver && !begun,
    starvedMs: Math.max(0, machine.starvedMs - step.stepMs),
  };
  next = stepHeat(next, step);
  next = stepSpeed(next, step);
  next = stepPacks(next, step);
  next = stepTrouble(next, step);
  next = stepState(next);
  return stepOperator(next, step);
}

/** Electrical load per phase, W and var. The heater is on L1, the control on L2, the drives on all three. */
export function loadOf(machine: Machine): {
  readonly activeW: ThreePhases<number>;
  readonly reactiveVar: ThreePhases<number>;
} {
  const drivesW = machine.speed > 0 ? 350 + 14 * machine.speed : 0;
  const isPowered = machine.state !== "Aborted";
  // Drives at a power factor of 0.82.
  const reactive = (drivesW / 3) * Math.tan(Math.acos(0.82));
  return {
    activeW: [drivesW / 3 + machine.heaterW, drivesW / 3 + (isPowered ? 180 : 60), drivesW / 3],
    reactiveVar: [reactive, reactive + (isPowered ? 55 : 20), reactive],
  };
}

function commandState(machine: Machine, command: PackmlCommand): MachineOutcome {
  const state = stateAfter(machine.state, command);
  if (state === null) {
    const allowed = commandsOf(machine.state).join(", ");
    const sentence = `${command} is not possible in state ${machine.state}; possible: ${allowed || "nothing until it is done"}.`;
    return {kind: "refused", because: "state", sentence};
  }
  if (command === "Clear" && machine.sealC >= SAFE_TEMPERATURE_C) {
    const sentence = `Clear waits until the jaws are below ${SAFE_TEMPERATURE_C} °C; they are at ${machine.sealC.toFixed(1)} °C.`;
    return {kind: "refused", because: "unsafe", sentence};
  }
  const isTakenOver = TAKES_OVER.includes(command) || (machine.isTakenOver && !GIVES_BACK.includes(command));
  const stopReason = TAKES_OVER.includes(command) ? "operator" : machine.stopReason;
  return {kind: "done", machine: {...enter(machine, state), isTakenOver, stopReason}};
}

function withinRange(
  value: number,
  range: {readonly low: number; readonly high: number},
  name: string,
  change: () => Machine,
): MachineOutcome {
  if (value >= range.low && value <= range.high) return {kind: "done", machine: change()};
  const sentence = `The ${name} must lie between ${range.low} and ${range.high}.`;
  return {kind: "refused", because: "range", sentence};
}

function disturb(machine: Machine, what: "jam" | "stuck-heater" | "starve"): MachineOutcome {
  if (machine.state !== "Execute") {
    return {kind: "refused", because: "state", sentence: "A disturbance needs a machine in state Execute."};
  }
  if (what === "stuck-heater") return {kind: "done", machine: {...machine, isHeaterStuck: true}};
  return {kind: "done", machine: what === "jam" ? jam(machine) : starve(machine, 60_000)};
}

/** Enters a state, with what belongs to it: the cause of the trouble is gone when the machine leaves Held or Aborted. */
function enter(machine: Machine, state: PackmlState): Machine {
  const isJammed = machine.isJammed && state !== "Unholding" && state !== "Resetting" && state !== "Clearing";
  const isRepaired = state === "Clearing";
  return {
    ...machine,
    state,
    inStateMs: 0,
    isJammed,
    isOverheated: machine.isOverheated && !isRepaired,
    isHeaterStuck: machine.isHeaterStuck && !isRepaired,
  };
}

function stepHeat(machine: Machine, step: MachineStep): Machine {
  const isOn = !COLD_STATES.includes(machine.state);
  const lossW = HEAT_LOSS_W_PER_K * (machine.sealC - step.ambientC);
  const wantedW = lossW + 400 * (machine.sealSetpointC - machine.sealC);
  // A stuck relay heats until the main contactor opens, which Aborting does.
  const isStuckOn = machine.isHeaterStuck && machine.state !== "Aborting" && machine.state !== "Aborted";
  const heaterW = isStuckOn ? HEATER_MAX_W : isOn ? Math.max(0, Math.min(HEATER_MAX_W, wantedW)) : 0;
  // The film takes more heat from the jaws or less as its thickness and the draught vary.
  const film = 0.4 + 1.2 * curve(step.seed, STREAM_FILM, (step.step * step.stepMs) / 20_000);
  const packsW = HEAT_PER_PACK_J * film * (machine.speed / 60);
  const sealC = machine.sealC + ((heaterW - lossW - packsW) * step.stepMs) / 1000 / HEAT_CAPACITY_J_PER_K;
  return {...machine, heaterW, sealC};
}

function stepSpeed(machine: Machine, step: MachineStep): Machine {
  const wanted = machine.state === "Execute" ? machine.speedSetpoint : 0;
  const change = ((wanted > machine.speed ? 10 : -40) * step.stepMs) / 1000;
  const speed = change > 0 ? Math.min(wanted, machine.speed + change) : Math.max(wanted, machine.speed + change);
  return {...machine, speed};
}

function stepPacks(machine: Machine, step: MachineStep): Machine {
  if (machine.state !== "Execute") return machine;
  const share = machine.packShare + (machine.speed / 60_000) * step.stepMs;
  const whole = Math.floor(share);
  const chance = defectChance(machine);
  let defective = machine.defective;
  let isJam = false;
  for (let pack = machine.produced; pack < machine.produced + whole; pack++) {
    if (draw(step.seed, STREAM_DEFECT, pack) < chance) defective++;
    if (draw(step.seed, STREAM_JAM, pack) < jamChance(machine.speed)) isJam = true;
  }
  const next = {
    ...machine,
    packShare: share - whole,
    produced: machine.produced + whole,
    defective,
    executeMs: machine.executeMs + step.stepMs,
  };
  return isJam ? jam(next) : next;
}

function defectChance(machine: Machine): number {
  const tooFast = 0.0008 * Math.max(0, machine.speed - 90);
  const badSeal = 0.3 * ((machine.sealC - BEST_SEAL_C) / 15) ** 2;
  return 0.004 + tooFast + Math.min(0.6, badSeal);
}

function jamChance(speed: number): number {
  return (1 + (Math.max(0, speed - 80) / 20) ** 2) / PACKS_PER_JAM;
}

function stepTrouble(machine: Machine, step: MachineStep): Machine {
  if (machine.sealC >= OVER_TEMPERATURE_C && !machine.isOverheated) {
    const state = stateAfter(machine.state, "Abort");
    const overheated: Machine = {...machine, isOverheated: true, stopReason: "over-temperature"};
    return state === null ? overheated : enter(overheated, state);
  }
  if (machine.state !== "Execute") return machine;
  if (draw(step.seed, STREAM_STUCK, step.step) < step.stepMs / STUCK_EVERY_MS) return {...machine, isHeaterStuck: true};
  const chance = draw(step.seed, STREAM_STARVED, step.step);
  const often = step.stepMs / STARVED_EVERY_MS;
  return chance < often ? starve(machine, 40_000 + (80_000 * chance) / often) : machine;
}

function jam(machine: Machine): Machine {
  return {...enter(machine, "Holding"), isJammed: true, stopReason: "jam"};
}

function starve(machine: Machine, starvedMs: number): Machine {
  return {...enter(machine, "Suspending"), starvedMs, stopReason: "starved"};
}

function stepState(machine: Machine): Machine {
  const following = PACKML_STATE_COMPLETE[machine.state];
  if (following !== undefined) {
    const isDue = machine.inStateMs >= (ACTING_MS[machine.state] ?? 0);
    const isCold = machine.state === "Resetting" && Math.abs(machine.sealC - machine.sealSetpointC) > WARM_WITHIN_C;
    return isDue && !isCold ? enter(machine, following) : machine;
  }
  const isFedAgain = machine.state === "Suspended" && machine.starvedMs === 0 && !machine.isTakenOver;
  return isFedAgain ? enter(machine, "Unsuspending") : machine;
}

function stepOperator(machine: Machine, step: MachineStep): Machine {
  if (machine.isTakenOver) return machine;
  const wish = operatorWish(machine, step);
  if (wish === null || machine.inStateMs < wish.afterMs) return machine;
  const state = stateAfter(machine.state, wish.command);
  if (state === null) return machine;
  const stopReason = wish.command === "Stop" ? "end of shift" : machine.stopReason;
  return {...enter(machine, state), stopReason};
}

function operatorWish(machine: Machine, step: MachineStep): {command: PackmlCommand; afterMs: number} | null {
  if (!step.isShift) return {command: "Stop", afterMs: 5000};
  const patience = draw(step.seed, STREAM_PATIENCE, machine.produced);
  switch (machine.state) {
    case "Stopped":
    case "Complete":
      return {command: "Reset", afterMs: 20_000};
    case "Idle":
      return {command: "Start", afterMs: 15_000};
    case "Held":
      return {command: "Unhold", afterMs: 60_000 + 120_000 * patience};
    case "Aborted":
      return machine.sealC < SAFE_TEMPERATURE_C - 10 ? {command: "Clear", afterMs: 120_000 + 180_000 * patience} : null;
    default:
      return null;
  }
}
