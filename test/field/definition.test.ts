import {describe, expect, test} from "@jest/globals";
import {checkDefinition, withoutSecret} from "../../src/field/definition.ts";
import {BUILT_IN_PROFILES, readProfiles} from "../../src/fieldbus/index.ts";

const {profiles} = await readProfiles(BUILT_IN_PROFILES);
const check = (value: unknown) => checkDefinition(value, (name) => profiles.find((one) => one.name === name) ?? null);

const tcp = {protocol: "modbus-tcp", host: "10.0.0.7", port: 502, unitId: 1};
const opcUa = {
  protocol: "opc-ua",
  endpoint: "opc.tcp://10.0.0.8:4840",
  securityMode: "SignAndEncrypt",
  securityPolicy: "Basic256Sha256",
};
const meter = (changes: object = {}) => ({id: "meter", connection: tcp, profile: "eastron-sdm630", ...changes});
const machine = (changes: object = {}) => ({
  id: "machine",
  connection: opcUa,
  profile: null,
  points: [{name: "Speed", source: "opc-ua", nodeId: "ns=2;s=Speed"}],
  ...changes,
});
const register = {name: "power", source: "modbus", table: "holding", address: 0, type: "int16"};

describe("a definition is taken", () => {
  test.each([
    ["Modbus TCP with a profile", meter()],
    ["RTU frames over TCP", meter({connection: {...tcp, framing: "rtu"}})],
    [
      "Modbus RTU",
      meter({connection: {protocol: "modbus-rtu", path: "/dev/ttyUSB0", baudRate: 9600, parity: "none", unitId: 1}}),
    ],
    ["points without a profile", meter({profile: null, points: [register]})],
    ["OPC UA", machine()],
    ["OPC UA with a login", machine({connection: {...opcUa, user: "operator", password: "secret"}})],
  ])("%s", (_, value) => {
    expect(check(value).map.points.length).toBeGreaterThan(0);
  });
});

describe("a definition is refused, and the field is named", () => {
  test.each<[string, unknown, string, RegExp]>([
    ["no object", "meter", "the definition", /./],
    ["an unknown setting", meter({periodms: 5}), "periodms", /no such setting/],
    [
      "an unknown setting of the connection",
      meter({connection: {...tcp, baud: 9600}}),
      "connection.baud",
      /no such setting/,
    ],
    ["an id with a slash", meter({id: "a/b"}), "id", /1 to 64/],
    ["an id that is too long", meter({id: "a".repeat(65)}), "id", /1 to 64/],
    ["no connection", meter({connection: undefined}), "connection", /./],
    ["an unknown protocol", meter({connection: {...tcp, protocol: "profibus"}}), "connection.protocol", /./],
    ["a port as text", meter({connection: {...tcp, port: "502"}}), "connection.port", /number/],
    ["port 0", meter({connection: {...tcp, port: 0}}), "connection.port", /./],
    ["unit 256", meter({connection: {...tcp, unitId: 256}}), "connection.unitId", /./],
    ["a host with a path", meter({connection: {...tcp, host: "http://x/"}}), "connection.host", /host name/],
    [
      "a parity that is none",
      meter({connection: {protocol: "modbus-rtu", path: "/dev/x", baudRate: 9600, parity: "mark", unitId: 1}}),
      "connection.parity",
      /./,
    ],
    [
      "an endpoint that is no OPC UA address",
      machine({connection: {...opcUa, endpoint: "http://x"}}),
      "connection.endpoint",
      /opc\.tcp/,
    ],
    [
      "security None with a policy",
      machine({connection: {...opcUa, securityMode: "None"}}),
      "connection.securityPolicy",
      /None/,
    ],
    ["a password without a user", machine({connection: {...opcUa, password: "x"}}), "connection.user", /needs a user/],
    ["a profile that is not there", meter({profile: "acme"}), "profile", /no profile "acme"/],
    ["a profile of another protocol", machine({profile: "eastron-sdm630"}), "profile", /not a profile for opc-ua/],
    ["neither profile nor points", meter({profile: null}), "points", /at least one/],
    [
      "a point of another protocol",
      meter({points: [{name: "a", source: "opc-ua", nodeId: "i=1"}]}),
      "points.0.source",
      /modbus points/,
    ],
    ["a point twice", meter({points: [register, register]}), "points.1.name", /twice/],
    [
      "a register type that is none",
      meter({points: [{...register, type: "float"}]}),
      "points",
      /power: type: one of int16/,
    ],
    ["a point name with a slash", meter({points: [{...register, name: "a/b"}]}), "points.0.name", /a letter/],
    [
      "a node id that is none",
      machine({points: [{name: "a", source: "opc-ua", nodeId: "Speed"}]}),
      "points.0.nodeId",
      /ns=2/,
    ],
    ["a period of 10 ms", meter({periodMs: 10}), "periodMs", /100/],
  ])("%s", (_, value, field, reason) => {
    let thrown: unknown;
    try {
      check(value);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({code: "field/invalid", facts: {field}});
    expect((thrown as Error).message).toMatch(reason);
  });
});

test("a definition is shown without its password", () => {
  const {definition} = check(machine({connection: {...opcUa, user: "operator", password: "secret"}}));
  expect(JSON.stringify(withoutSecret(definition))).not.toContain("secret");
  expect(withoutSecret(definition).connection).toMatchObject({user: "operator"});
});
