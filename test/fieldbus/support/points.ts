import type {RegisterPoint} from "../../../src/fieldbus/index.ts";

/** A holding register point with what the test says and nothing special besides. */
export function point(fields: Partial<RegisterPoint> = {}): RegisterPoint {
  return {
    name: "p",
    table: "holding",
    address: 0,
    type: "uint16",
    count: 1,
    wordOrder: "big",
    factor: 1,
    scaleFactor: null,
    block: null,
    unit: null,
    access: "read-write",
    description: null,
    notAvailable: [],
    values: null,
    ...fields,
  };
}
