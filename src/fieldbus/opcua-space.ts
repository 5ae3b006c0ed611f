// The address space of an OPC UA server, built from a description without the library's types.

import {
  coerceLocalizedText,
  DataType,
  DataValue,
  type MethodFunctor,
  makeEUInformation,
  type Namespace,
  type OPCUAServer,
  type StatusCode,
  StatusCodes,
  type UAObject,
  type UAVariable,
  Variant,
} from "node-opcua";
import type {Clock} from "../clock.ts";
import {assert} from "../errors.ts";

export type OpcUaType = "Boolean" | "Int32" | "UInt32" | "Double" | "String";
export type OpcUaValue = boolean | number | string;

/** Why a write or a call was not done; the name of the OPC UA status code. */
export type OpcUaRefusal = "BadOutOfRange" | "BadInvalidState" | "BadInvalidArgument" | "BadNotWritable";

export interface OpcUaUnit {
  /** UNECE Recommendation 20 code: "CEL", "V", "A". The unit id on the wire is made from it (OPC 10000-8, section 5.6.3). */
  readonly code: string;
  /** "°C" */
  readonly symbol: string;
  /** "degree Celsius" */
  readonly name: string;
}

export interface OpcUaVariable {
  readonly kind: "variable";
  readonly name: string;
  readonly type: OpcUaType;
  readonly description: string;
  readonly initial: OpcUaValue;
  /** A variable with a unit is an analog item and needs its range. */
  readonly unit?: OpcUaUnit;
  readonly range?: {readonly low: number; readonly high: number};
  /** Words for the numbers of an enumeration (UInt32): makes a multi-state item. */
  readonly states?: Readonly<Record<string, number>>;
  /** Makes it writable; null = taken. The new value shows at once. */
  write?(value: OpcUaValue): OpcUaRefusal | null;
}

export interface OpcUaArgument {
  readonly name: string;
  readonly type: OpcUaType;
  readonly description: string;
}

export interface OpcUaMethod {
  readonly kind: "method";
  readonly name: string;
  readonly description: string;
  readonly inputs?: readonly OpcUaArgument[];
  readonly outputs?: readonly OpcUaArgument[];
  /** Runs with arguments of the declared types; gives outputs, or why it refuses. */
  call(inputs: readonly OpcUaValue[]): readonly OpcUaValue[] | OpcUaRefusal;
}

/**
 * A condition of OPC 10000-9 that is active while the Boolean variable `source` is true. A client may acknowledge it while it is active;
 * what nobody acknowledged before it ended counts as acknowledged, so that no branches pile up.
 */
export interface OpcUaAlarm {
  readonly kind: "alarm";
  readonly name: string;
  /** Path of a Boolean variable under the same object. */
  readonly source: string;
  /** 1..1000 */
  readonly severity: number;
  readonly message: string;
}

export interface OpcUaObject {
  readonly kind: "object";
  readonly name: string;
  readonly description: string;
  readonly children: readonly (OpcUaObject | OpcUaVariable | OpcUaMethod | OpcUaAlarm)[];
}

/** The built space, as the server's owner moves it. */
export interface PublishedSpace {
  publish(values: Readonly<Record<string, OpcUaValue>>, at: Date): void;
  /** Every variable has the status BadDeviceFailure and no method runs. */
  setFailing(isFailing: boolean): void;
}

interface Item {
  readonly variable: UAVariable;
  readonly description: OpcUaVariable;
  value: OpcUaValue;
  at: Date;
}

interface Alarm {
  readonly source: string;
  update(isActive: boolean): void;
}

interface Building {
  readonly namespace: Namespace;
  readonly items: Map<string, Item>;
  readonly alarms: Alarm[];
  readonly clock: Clock;
  isFailing: boolean;
}

/** Builds `objects` below the Objects folder of an initialised server. */
export function buildAddressSpace(
  server: OPCUAServer,
  description: {readonly namespaceUri: string; readonly objects: readonly OpcUaObject[]},
  clock: Clock,
): PublishedSpace {
  const {addressSpace} = server.engine;
  assert(addressSpace !== null, "the server is initialised before its space is built");
  addressSpace.installAlarmsAndConditionsService();
  const building: Building = {
    namespace: addressSpace.registerNamespace(description.namespaceUri),
    items: new Map(),
    alarms: [],
    clock,
    isFailing: false,
  };
  for (const object of description.objects) {
    const {objects} = addressSpace.rootFolder;
    // Events of the object and of all below it reach whoever subscribes to the server.
    addObject(building, object, object.name, {organizedBy: objects, eventSourceOf: objects.server});
  }
  return {
    publish: (values, at) => publish(building, values, at),
    setFailing: (isFailing) => {
      building.isFailing = isFailing;
      for (const item of building.items.values()) show(building, item);
    },
  };
}

function publish(building: Building, values: Readonly<Record<string, OpcUaValue>>, at: Date): void {
  for (const [name, value] of Object.entries(values)) {
    const item = building.items.get(name);
    assert(item !== undefined, `${name} is a variable of this server`);
    item.value = value;
    item.at = at;
    show(building, item);
  }
  for (const alarm of building.alarms) {
    const source = building.items.get(alarm.source);
    assert(source !== undefined, `${alarm.source} is a variable of this server`);
    if (!building.isFailing) alarm.update(source.value === true);
  }
}

function show(building: Building, item: Item): void {
  const status = building.isFailing ? StatusCodes.BadDeviceFailure : StatusCodes.Good;
  item.variable.setValueFromSource(variantOf(item.description.type, item.value), status, item.at);
}

function addObject(
  building: Building,
  object: OpcUaObject,
  name: string,
  place: {readonly eventSourceOf: UAObject} & ({readonly organizedBy: UAObject} | {readonly componentOf: UAObject}),
): UAObject {
  const node = building.namespace.addObject({
    ...place,
    browseName: object.name,
    description: object.description,
    nodeId: `s=${name}`,
    eventNotifier: 1,
  });
  for (const child of object.children) {
    const childName = `${name}.${child.name}`;
    switch (child.kind) {
      case "object":
        addObject(building, child, childName, {componentOf: node, eventSourceOf: node});
        break;
      case "variable":
        addVariable(building, child, childName, node);
        break;
      case "method":
        addMethod(building, child, childName, node);
        break;
      case "alarm":
        addAlarm(building, child, name, node);
        break;
    }
  }
  return node;
}

function addVariable(building: Building, description: OpcUaVariable, name: string, parent: UAObject): void {
  const {type, initial, unit, range, states, write} = description;
  const isWritable = write !== undefined;
  const options = {
    componentOf: parent,
    browseName: description.name,
    description: description.description,
    nodeId: `s=${name}`,
    dataType: DataType[type],
    accessLevel: isWritable ? "CurrentRead | CurrentWrite" : "CurrentRead",
    userAccessLevel: isWritable ? "CurrentRead | CurrentWrite" : "CurrentRead",
    minimumSamplingInterval: 100,
  };
  let variable: UAVariable;
  if (states !== undefined) {
    variable = building.namespace.addMultiStateValueDiscrete({...options, enumValues: states, value: Number(initial)});
  } else if (unit !== undefined) {
    assert(range !== undefined, `the analog item ${name} has a range`);
    variable = building.namespace.addAnalogDataItem({
      ...options,
      engineeringUnits: makeEUInformation(unit.code, unit.symbol, unit.name),
      engineeringUnitsRange: range,
    });
  } else {
    variable = building.namespace.addVariable(options);
  }
  const item: Item = {variable, description, value: initial, at: new Date(building.clock.now())};
  building.items.set(name, item);
  if (isWritable) bindWrite(building, item);
  show(building, item);
}

function bindWrite(building: Building, item: Item): void {
  item.variable.bindVariable(
    {
      timestamped_get: () =>
        new DataValue({
          value: variantOf(item.description.type, item.value),
          statusCode: building.isFailing ? StatusCodes.BadDeviceFailure : StatusCodes.Good,
          sourceTimestamp: item.at,
        }),
      timestamped_set: async (written: DataValue): Promise<StatusCode> => {
        if (building.isFailing) return StatusCodes.BadDeviceFailure;
        const value = plainValue(written.value);
        if (value === null) return StatusCodes.BadTypeMismatch;
        const refusal = item.description.write!(value);
        if (refusal !== null) return StatusCodes[refusal];
        item.value = value;
        item.at = new Date(building.clock.now());
        return StatusCodes.Good;
      },
    },
    true,
  );
}

function addMethod(building: Building, method: OpcUaMethod, name: string, parent: UAObject): void {
  const argumentsOf = (list: readonly OpcUaArgument[] = []) =>
    list.map((argument) => ({
      name: argument.name,
      dataType: DataType[argument.type],
      description: argument.description,
    }));
  const node = building.namespace.addMethod(parent, {
    browseName: method.name,
    description: method.description,
    nodeId: `s=${name}`,
    inputArguments: argumentsOf(method.inputs),
    outputArguments: argumentsOf(method.outputs),
  });
  const run: MethodFunctor = (inputs, _context, callback) => {
    if (building.isFailing) return callback(null, {statusCode: StatusCodes.BadDeviceFailure});
    const values = inputs.map(plainValue);
    if (values.some((value) => value === null)) return callback(null, {statusCode: StatusCodes.BadInvalidArgument});
    const outcome = method.call(values as OpcUaValue[]);
    if (typeof outcome === "string") return callback(null, {statusCode: StatusCodes[outcome]});
    const outputArguments = outcome.map((value, index) => variantOf(method.outputs![index]!.type, value));
    callback(null, {statusCode: StatusCodes.Good, outputArguments});
  };
  node.bindMethod(run);
}

function addAlarm(building: Building, alarm: OpcUaAlarm, objectName: string, parent: UAObject): void {
  const source = `${objectName}.${alarm.source}`;
  const item = building.items.get(source);
  assert(item !== undefined, `the alarm ${alarm.name} comes after its variable ${source}`);
  const node = building.namespace.instantiateAlarmCondition("AlarmConditionType", {
    componentOf: parent,
    browseName: alarm.name,
    nodeId: `s=${objectName}.${alarm.name}`,
    conditionName: alarm.name,
    conditionSource: parent,
    conditionOf: parent,
    inputNode: item.variable,
    optionals: ["ConfirmedState"],
  } as Parameters<Namespace["instantiateAlarmCondition"]>[1]);
  let isActive = false;
  building.alarms.push({
    source,
    update: (next) => {
      if (next === isActive) return;
      isActive = next;
      const branch = node.currentBranch();
      branch.setActiveState(isActive);
      branch.setAckedState(!isActive);
      node.raiseNewCondition({
        message: coerceLocalizedText(isActive ? alarm.message : `${alarm.message}: over`)!,
        severity: alarm.severity,
        quality: StatusCodes.Good,
        retain: isActive,
      });
    },
  });
}

function variantOf(type: OpcUaType, value: OpcUaValue): Variant {
  return new Variant({dataType: DataType[type], value});
}

/** null = a type that no variable here has. */
function plainValue(variant: Variant): OpcUaValue | null {
  const value: unknown = variant.value;
  return typeof value === "boolean" || typeof value === "number" || typeof value === "string" ? value : null;
}
