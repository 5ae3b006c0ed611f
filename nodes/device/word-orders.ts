// Which of two registers holds the high word is told by no device and by few manuals. So a trial reads each value of several registers in
// all word orders, side by side, and a person picks the sane one.

import type {DeviceDefinition, DeviceTest, PointDefinition, Reading, WordOrder} from "../../src/client/index.ts";

export const WORD_ORDERS = ["big", "little", "big-swapped", "little-swapped"] as const satisfies readonly WordOrder[];

/** Most points that are tried in all orders at once. */
const TRIED_MAX = 8;
const SEVERAL_REGISTERS = /^(?:u?int|float|acc)(?:32|64)$|^bitfield32$/;

/** One point read in every word order. */
export interface OrderTrial {
  readonly point: string;
  readonly readings: readonly {
    readonly order: WordOrder;
    readonly value: Reading["value"];
    readonly reason: string | null;
  }[];
}

/** The definition with, for each of its own points of several registers, one more point a word order. */
export function addOrderTrials(definition: DeviceDefinition): DeviceDefinition {
  const trials = triedPoints(definition).flatMap((point, index) =>
    WORD_ORDERS.map((wordOrder) => ({...point, name: trialName(index, wordOrder), wordOrder})),
  );
  return trials.length === 0 ? definition : {...definition, points: [...(definition.points ?? []), ...trials]};
}

/** Takes the trials' readings out of a test's answer again. */
export function splitOrderTrials(
  definition: DeviceDefinition,
  test: DeviceTest,
): DeviceTest & {readonly orders: readonly OrderTrial[]} {
  const byName = new Map(test.readings.map((reading) => [reading.point, reading]));
  const orders = triedPoints(definition).flatMap(({name}, index) => {
    const readings = WORD_ORDERS.flatMap((order) => {
      const reading = byName.get(trialName(index, order));
      byName.delete(trialName(index, order));
      return reading === undefined ? [] : [{order, value: reading.value, reason: reading.reason}];
    });
    return readings.length === 0 ? [] : [{point: name, readings}];
  });
  return {...test, readings: [...byName.values()], orders};
}

function triedPoints({points = []}: DeviceDefinition): readonly Extract<PointDefinition, {source: "modbus"}>[] {
  return points
    .filter((point) => point.source === "modbus")
    .filter(({type}) => SEVERAL_REGISTERS.test(type))
    .slice(0, TRIED_MAX);
}

function trialName(index: number, order: WordOrder): string {
  return `word-order-trial.${index}.${order}`;
}
