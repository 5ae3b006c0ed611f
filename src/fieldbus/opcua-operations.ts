// What is done on a live session: read, write with read-back, call. Plain functions; the link belongs to opcua-client.ts.

import type {DataType, Variant} from "node-opcua";
import type {Clock} from "../clock.ts";
import {GatewayError} from "../errors.ts";
import type {WriteOutcome} from "./modbus-device.ts";
import type {OpcUaLibrary} from "./opcua-library.ts";
import {nodeIdOrReason, type OpcUaSession} from "./opcua-session.ts";
import {decodeDataValue, encodeValue, expectedAfterWrite, sourceTimeOf} from "./opcua-value.ts";
import type {NodeMethod, NodePoint} from "./point.ts";
import {bad, type Sample, sampleOf, type Value} from "./reading.ts";

/** A live session and what is needed to work on it. */
export interface Live {
  readonly session: OpcUaSession;
  readonly library: OpcUaLibrary;
  readonly clock: Clock;
}

export interface CallOutcome {
  /** Name of the status code. */
  readonly statusCode: string;
  readonly outputs: readonly (Value | null)[];
}

/** Many servers take no more in one call. */
const NODES_PER_READ = 200;
// Some servers take a moment before a node shows what was written to it.
const READ_BACK_AFTER_MS = [0, 100, 400] as const;

/** Samples of the points, in their order; one that cannot be read is bad with the reason. */
export async function readPoints(on: Live, wanted: readonly NodePoint[]): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (let from = 0; from < wanted.length; from += NODES_PER_READ) {
    samples.push(...(await readSome(on, wanted.slice(from, from + NODES_PER_READ))));
  }
  return samples;
}

async function readSome({session, library, clock}: Live, points: readonly NodePoint[]): Promise<Sample[]> {
  const nodeIds = points.map((point) => nodeIdOrReason(session.nodeIdOf, point));
  const nodes = nodeIds.flatMap((nodeId) =>
    typeof nodeId === "string" ? [] : [{nodeId, attributeId: library.AttributeIds.Value}],
  );
  const values = nodes.length === 0 ? [] : await session.session.read(nodes);
  return points.map((point, index) => {
    const nodeId = nodeIds[index]!;
    if (typeof nodeId === "string") return sampleOf(point.name, bad(nodeId), clock.now());
    const value = values.shift();
    if (value === undefined) return sampleOf(point.name, bad("the server sent no answer for it"), clock.now());
    return sampleOf(point.name, decodeDataValue(value), sourceTimeOf(value) ?? clock.now());
  });
}

/** Writes and reads back. Errors: `fieldbus/value-...`, `fieldbus/refused` (no right to), `fieldbus/node-id`. */
export async function writePoint(
  on: Live,
  point: NodePoint,
  write: {readonly value: Value; readonly signal: AbortSignal | undefined},
): Promise<WriteOutcome> {
  const {session, library, clock} = on;
  const nodeId = session.nodeIdOf(point.nodeId);
  const [previous] = await readPoints(on, [point]);
  const dataType = await session.session.getBuiltInDataType(nodeId);
  const status = await session.session.write({
    nodeId,
    attributeId: library.AttributeIds.Value,
    value: new library.DataValue({value: scalarOf(library, dataType, encodeValue(point.name, dataType, write.value))}),
  });
  if (!status.isGoodish()) throw refusedError(point.name, status.name);
  const expected = expectedAfterWrite(dataType, write.value);
  let [sample] = await readPoints(on, [point]);
  for (const waitMs of READ_BACK_AFTER_MS) {
    if (sample?.value === expected) break;
    await clock.sleep(waitMs, write.signal);
    [sample] = await readPoints(on, [point]);
  }
  return {isVerified: sample?.value === expected, previous: previous!, sample: sample!};
}

/** Calls a method; inputs take the types that the server itself declares. Errors: `fieldbus/arguments`, `fieldbus/value-...`. */
export async function callMethod(
  {session, library}: Live,
  method: Pick<NodeMethod, "name" | "objectId" | "methodId">,
  inputs: readonly unknown[],
): Promise<CallOutcome> {
  const objectId = session.nodeIdOf(method.objectId);
  const methodId = session.nodeIdOf(method.methodId);
  const {inputArguments} = await session.session.getArgumentDefinition(methodId);
  if (inputArguments.length !== inputs.length) throw argumentsError(method.name, inputArguments, inputs.length);
  const variants: Variant[] = [];
  for (const [index, argument] of inputArguments.entries()) {
    const dataType: DataType = await library.findBasicDataType(session.session, argument.dataType);
    const label = `Input ${argument.name ?? index} of ${method.name}`;
    variants.push(scalarOf(library, dataType, encodeValue(label, dataType, inputs[index])));
  }
  const result = await session.session.call({objectId, methodId, inputArguments: variants});
  const outputs = (result.outputArguments ?? []).map((value) => decodeDataValue(new library.DataValue({value})).value);
  return {statusCode: result.statusCode.name, outputs};
}

// Without its form told, a 64-bit integer, which is a pair of words, would pass for an array.
function scalarOf(library: OpcUaLibrary, dataType: DataType, value: unknown): Variant {
  return new library.Variant({dataType, arrayType: library.VariantArrayType.Scalar, value});
}

function refusedError(name: string, status: string): GatewayError {
  const isRight = /^Bad(?:UserAccessDenied|NotWritable|WriteNotSupported)$/.test(status);
  const code = isRight ? "fieldbus/refused" : "fieldbus/value-refused";
  return new GatewayError(code, `The server refuses the value of ${name}: ${status}.`, {status});
}

function argumentsError(name: string, wanted: readonly {readonly name?: string | null}[], given: number): GatewayError {
  const list = wanted.map((argument) => argument.name ?? "?").join(", ") || "none";
  return new GatewayError("fieldbus/arguments", `${name} takes ${wanted.length} inputs (${list}), not ${given}.`, {
    method: name,
  });
}
