import {describe, expect, test} from "@jest/globals";
import {type DeviceForm, definitionOf} from "../../nodes/device/definition.ts";
import {addOrderTrials, splitOrderTrials, WORD_ORDERS} from "../../nodes/device/word-orders.ts";
import type {DeviceDefinition} from "../../src/client/index.ts";
import {readPaletteNodes} from "../support/palette.ts";

// Node-RED puts the variable's value in its place before a node sees it.
const ENVIRONMENT = ["$", "{MY_GATEWAY}"].join("");
const OTHER = {id: "other", type: "tanglegate-device", device: "taken", mode: "define"};
const nodes = new Map(readPaletteNodes([OTHER]).map((node) => [node.type, node.definition]));

function isValid(type: string, name: string, form: object): boolean {
  const definition = nodes.get(type)!;
  const defaults = Object.fromEntries(Object.entries(definition.defaults).map(([key, {value}]) => [key, value]));
  const node = {...defaults, _: definition._, ...form} as Record<string, unknown>;
  return definition.defaults[name]!.validate!.call(node, node[name]) === true;
}

const TCP = {mode: "define", protocol: "modbus-tcp"};
const RTU = {mode: "define", protocol: "modbus-rtu"};
const UA = {mode: "define", protocol: "opc-ua"};
const row = (over: object) => [{name: "speed", table: "holding", address: "5", type: "uint16", ...over}];

describe("a dialog accepts and refuses", () => {
  test.each<[string, string, object, boolean]>([
    ["tanglegate-gateway", "url", {url: ""}, true],
    ["tanglegate-gateway", "url", {url: "http://192.168.1.9:14265"}, true],
    ["tanglegate-gateway", "url", {url: "https://plant.example/gateway"}, true],
    ["tanglegate-gateway", "url", {url: ENVIRONMENT}, true],
    ["tanglegate-gateway", "url", {url: "192.168.1.9"}, false],
    ["tanglegate-gateway", "url", {url: "http://user:pass@host"}, false],
    ["tanglegate-gateway", "url", {url: "ftp://host"}, false],
    ["tanglegate-device", "device", {device: "press-1"}, true],
    ["tanglegate-device", "device", {device: ""}, false],
    ["tanglegate-device", "device", {device: "press 1"}, false],
    ["tanglegate-device", "device", {device: "x".repeat(65)}, false],
    ["tanglegate-device", "device", {id: "me", device: "taken"}, false],
    ["tanglegate-device", "device", {id: "me", device: "taken", mode: "existing"}, true],
    ["tanglegate-device", "device", {id: "other", device: "taken"}, true],
    ["tanglegate-device", "host", {...TCP, host: "192.168.1.20"}, true],
    ["tanglegate-device", "host", {...TCP, host: "meter.local"}, true],
    ["tanglegate-device", "host", {...TCP, host: "::1"}, true],
    ["tanglegate-device", "host", {...TCP, host: ""}, false],
    ["tanglegate-device", "host", {...TCP, host: "tcp://host"}, false],
    ["tanglegate-device", "host", {...UA, host: ""}, true],
    ["tanglegate-device", "host", {...TCP, mode: "existing", host: ""}, true],
    ["tanglegate-device", "port", {...TCP, port: "502"}, true],
    ["tanglegate-device", "port", {...TCP, port: 0}, false],
    ["tanglegate-device", "port", {...TCP, port: "65536"}, false],
    ["tanglegate-device", "port", {...TCP, port: "5o2"}, false],
    ["tanglegate-device", "unitId", {...TCP, unitId: "255"}, true],
    ["tanglegate-device", "unitId", {...TCP, unitId: "256"}, false],
    ["tanglegate-device", "unitId", {...RTU, unitId: "247"}, true],
    ["tanglegate-device", "unitId", {...RTU, unitId: "0"}, false],
    ["tanglegate-device", "unitId", {...RTU, unitId: "248"}, false],
    ["tanglegate-device", "path", {...RTU, path: "/dev/ttyUSB0"}, true],
    ["tanglegate-device", "path", {...RTU, path: " "}, false],
    ["tanglegate-device", "baudRate", {...RTU, baudRate: "19200"}, true],
    ["tanglegate-device", "baudRate", {...RTU, baudRate: "1"}, false],
    ["tanglegate-device", "timeoutMs", {timeoutMs: ""}, true],
    ["tanglegate-device", "timeoutMs", {timeoutMs: "49"}, false],
    ["tanglegate-device", "endpoint", {...UA, endpoint: "opc.tcp://127.0.0.1:48400"}, true],
    ["tanglegate-device", "endpoint", {...UA, endpoint: "opc.tcp://host:4840/UA/Server"}, true],
    ["tanglegate-device", "endpoint", {...UA, endpoint: "http://host"}, false],
    ["tanglegate-device", "profile", {profile: "eastron-sdm630", points: []}, true],
    ["tanglegate-device", "profile", {profile: "", points: []}, false],
    ["tanglegate-device", "profile", {profile: "", points: row({})}, true],
    ["tanglegate-device", "points", {...TCP, points: row({})}, true],
    ["tanglegate-device", "points", {...TCP, points: row({address: "70000"})}, false],
    ["tanglegate-device", "points", {...TCP, points: row({name: ""})}, false],
    ["tanglegate-device", "points", {...TCP, points: row({name: "line speed"})}, false],
    ["tanglegate-device", "points", {...TCP, points: row({factor: "0.1"})}, true],
    ["tanglegate-device", "points", {...TCP, points: row({factor: "a tenth"})}, false],
    ["tanglegate-device", "points", {...UA, points: [{name: "speed", nodeId: "ns=2;s=Speed"}]}, true],
    ["tanglegate-device", "points", {...UA, points: [{name: "speed"}]}, false],
    ["tanglegate-device", "periodMs", {periodMs: "100"}, true],
    ["tanglegate-device", "periodMs", {periodMs: "99"}, false],
    ["tanglegate-device-write", "point", {action: "write", point: ""}, false],
    ["tanglegate-device-write", "point", {action: "write", point: "limit"}, true],
    ["tanglegate-device-write", "point", {action: "call", point: ""}, true],
    ["tanglegate-device-write", "method", {action: "call", method: ""}, false],
    ["tanglegate-device-write", "method", {action: "call", method: "Start"}, true],
    ["tanglegate-device-watch", "deadband", {deadband: ""}, true],
    ["tanglegate-device-watch", "deadband", {deadband: "0.5"}, true],
    ["tanglegate-device-watch", "deadband", {deadband: "-1"}, false],
    ["tanglegate-audit-append", "machine", {machineType: "str", machine: "press-1"}, true],
    ["tanglegate-audit-append", "machine", {machineType: "str", machine: ""}, false],
    ["tanglegate-audit-append", "machine", {machineType: "str", machine: "press 1"}, false],
    ["tanglegate-audit-append", "machine", {machineType: "msg", machine: "topic"}, true],
    ["tanglegate-audit-append", "entryType", {entryTypeType: "str", entryType: "alarm"}, true],
    ["tanglegate-audit-append", "entryType", {entryTypeType: "str", entryType: "Alarm"}, false],
    ["tanglegate-block-submit", "tag", {tagType: "str", tag: "temperature"}, true],
    ["tanglegate-block-submit", "tag", {tagType: "str", tag: ""}, false],
    ["tanglegate-block-submit", "tag", {tagType: "str", tag: "ü".repeat(33)}, false],
    ["tanglegate-block-submit", "tag", {tagType: "str", tag: `0x${"ab".repeat(64)}`}, true],
    ["tanglegate-block-submit", "tag", {tagType: "str", tag: `0x${"ab".repeat(65)}`}, false],
    ["tanglegate-block-watch", "tag", {what: "tag", tag: ""}, false],
    ["tanglegate-block-watch", "tag", {what: "milestones", tag: ""}, true],
  ])("%s: %s of %j", (type, name, form, expected) => {
    expect(isValid(type, name, form)).toBe(expected);
  });
});

describe("word orders", () => {
  const modbus = (name: string, type: string) =>
    ({source: "modbus", name, table: "holding", address: 0, type}) as const;
  const definition: DeviceDefinition = {
    id: "a",
    connection: {protocol: "modbus-tcp", host: "h", port: 502, unitId: 1},
    profile: null,
    points: [modbus("speed", "uint16"), modbus("power", "float32"), modbus("energy", "int64")],
  };
  const reading = (point: string, value: number) =>
    ({device: "a", point, value, unit: null, quality: "good", reason: null, sourceTime: ""}) as const;

  test("values of several registers are tried in all of them, others as they are", () => {
    const names = addOrderTrials(definition).points!.map(({name}) => name);
    expect(names.slice(0, 3)).toEqual(["speed", "power", "energy"]);
    expect(names.slice(3)).toEqual(
      [0, 1].flatMap((index) => WORD_ORDERS.map((order) => `word-order-trial.${index}.${order}`)),
    );
    const orders = addOrderTrials(definition).points!.map((point) => "wordOrder" in point && point.wordOrder);
    expect(orders.slice(3, 7)).toEqual(["big", "little", "big-swapped", "little-swapped"]);
  });

  test("a definition without such values stays as it is", () => {
    const plain = {...definition, points: [modbus("speed", "uint16")]};
    expect(addOrderTrials(plain)).toBe(plain);
  });

  test("the readings of the trials are taken out of the answer again", () => {
    const readings = [
      reading("speed", 1),
      reading("power", 2),
      reading("word-order-trial.0.big", 2),
      reading("word-order-trial.0.little", 9e-33),
    ];
    const test = {isReachable: true, tookMs: 1, reason: null, remedy: null, readings};
    expect(splitOrderTrials(definition, test)).toMatchObject({
      readings: [{point: "speed"}, {point: "power"}],
      orders: [
        {
          point: "power",
          readings: [
            {order: "big", value: 2},
            {order: "little", value: 9e-33},
          ],
        },
      ],
    });
  });
});

describe("what the device dialog accepts becomes a definition", () => {
  const base = {device: "press-1", profile: "eastron-sdm630"};

  test.each<[DeviceForm, object]>([
    [
      {
        ...base,
        protocol: "modbus-tcp",
        host: "h",
        port: "502",
        unitId: "1",
        framing: "rtu",
        timeoutMs: "500",
        periodMs: "2000",
      },
      {
        connection: {protocol: "modbus-tcp", host: "h", port: 502, unitId: 1, timeoutMs: 500, framing: "rtu"},
        periodMs: 2000,
      },
    ],
    [
      {...base, protocol: "modbus-rtu", path: "/dev/a", baudRate: "19200", parity: "even", stopBits: "1", unitId: 5},
      {connection: {protocol: "modbus-rtu", path: "/dev/a", baudRate: 19_200, parity: "even", stopBits: 1, unitId: 5}},
    ],
    [
      {...base, protocol: "opc-ua", endpoint: "opc.tcp://h:4840", security: "None"},
      {
        connection: {
          protocol: "opc-ua",
          endpoint: "opc.tcp://h:4840",
          securityMode: "None",
          securityPolicy: "None",
          trustOnFirstUse: false,
        },
      },
    ],
    [
      {
        device: "press-1",
        profile: "",
        protocol: "modbus-tcp",
        host: "h",
        port: 502,
        unitId: 1,
        points: [
          {
            name: "speed",
            table: "input",
            address: "10",
            type: "float32",
            wordOrder: "little",
            factor: "0.1",
            unit: "1/min",
            writable: true,
          },
        ],
      },
      {
        profile: null,
        points: [
          {
            source: "modbus",
            name: "speed",
            table: "input",
            address: 10,
            type: "float32",
            wordOrder: "little",
            factor: 0.1,
            unit: "1/min",
            writable: true,
          },
        ],
      },
    ],
  ])("%j", (form, expected) => {
    expect(definitionOf(form, "secret")).toMatchObject(expected);
  });

  test.each<[string, DeviceForm]>([
    ["device", {...base, device: "a b"}],
    ["protocol", {...base, protocol: "profinet"}],
    ["profile", {device: "a", protocol: "modbus-tcp"}],
    ["port", {...base, protocol: "modbus-tcp", host: "h", port: "x", unitId: 1}],
    ["unitId", {...base, protocol: "modbus-tcp", host: "h", port: 502, unitId: 300}],
    ["parity", {...base, protocol: "modbus-rtu", path: "p", baudRate: 9600, parity: "mark"}],
    ["security", {...base, protocol: "opc-ua", endpoint: "opc.tcp://h", security: "Basic128Rsa15"}],
    ["periodMs", {...base, protocol: "modbus-tcp", periodMs: 1}],
    ["points[0].address", {...base, protocol: "modbus-tcp", points: [{name: "a", table: "holding", type: "int16"}]}],
    ["points[0].name", {...base, protocol: "opc-ua", points: [{name: "a b", nodeId: "ns=2;s=A"}]}],
    ["points[0].nodeId", {...base, protocol: "opc-ua", points: [{name: "a"}]}],
  ])("a wrong %s is named", (field, form) => {
    expect(() => definitionOf(form, undefined)).toThrow(
      expect.objectContaining({code: "nodes/invalid", facts: {field}}),
    );
  });
});
