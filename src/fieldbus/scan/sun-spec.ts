// What a SunSpec map says of itself. Source: SunSpec Device Information Model Specification, sections 3 and 4; models of
// github.com/sunspec/models.

import {printable} from "./mbap-link.ts";

/** Where a map may begin; 40000 is by far the most common. */
export const SUNSPEC_BASES = [40_000, 50_000, 0] as const;
/** "SunS". */
export const SUNSPEC_MARK = [0x5375, 0x6e53] as const;
export const SUNSPEC_END = 0xffff;
/** Models that are followed; a longer chain is cut. */
export const SUNSPEC_MODELS_MAX = 30;
/** Registers of model 1 with maker, model, options, version and serial number. */
export const COMMON_REGISTERS = 64;

export interface SunSpecMap {
  readonly base: number;
  readonly models: readonly {readonly id: number; readonly length: number}[];
  /** Of model 1; null when it could not be read. */
  readonly common: SunSpecCommon | null;
}

export interface SunSpecCommon {
  readonly manufacturer: string;
  readonly model: string;
  readonly version: string;
  readonly serialNumber: string;
}

const NAMES: Readonly<Record<number, string>> = {
  1: "common",
  101: "single-phase inverter",
  102: "split-phase inverter",
  103: "three-phase inverter",
  111: "single-phase inverter, float",
  112: "split-phase inverter, float",
  113: "three-phase inverter, float",
  120: "nameplate",
  121: "basic settings",
  122: "measurements and status",
  123: "immediate controls",
  124: "storage",
  160: "DC inputs",
  201: "single-phase meter",
  202: "split-phase meter",
  203: "three-phase meter (wye)",
  204: "three-phase meter (delta)",
  211: "single-phase meter, float",
  212: "split-phase meter, float",
  213: "three-phase meter (wye), float",
  214: "three-phase meter (delta), float",
  802: "battery",
  803: "lithium-ion battery bank",
};

/** "103 (three-phase inverter)". */
export function sunSpecName(id: number): string {
  return NAMES[id] === undefined ? String(id) : `${id} (${NAMES[id]})`;
}

/** Fields of model 1 from its registers behind id and length. */
export function readCommon(registers: readonly number[]): SunSpecCommon {
  const text = (from: number, count: number) =>
    printable(Uint8Array.from(registers.slice(from, from + count).flatMap((word) => [word >> 8, word & 0xff])));
  return {manufacturer: text(0, 16), model: text(16, 16), version: text(40, 8), serialNumber: text(48, 16)};
}
