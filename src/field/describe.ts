import type {PointDescription} from "../client/index.ts";
import type {NodePoint, RegisterPoint} from "../fieldbus/index.ts";

/** Scale factors are read with the values they belong to, and are nothing to look at. */
export function isShown(point: RegisterPoint): boolean {
  return point.type !== "sunssf";
}

export function describeRegisterPoint(point: RegisterPoint): PointDescription {
  return describe(point, point.type);
}

/** The server itself knows the type of a node. */
export function describeNodePoint(point: NodePoint): PointDescription {
  return describe(point, "opc-ua");
}

function describe(point: RegisterPoint | NodePoint, type: string): PointDescription {
  return {
    name: point.name,
    unit: point.unit,
    writable: point.access !== "read",
    type,
    description: point.description,
    ...(point.values === null ? {} : {values: point.values}),
  };
}
