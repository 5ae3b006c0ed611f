import {describe, expect, test} from "@jest/globals";
import type {ScanFinding} from "../../src/client/index.ts";
import {connectionOf, draftOf, EMPTY_DRAFT} from "../../src/console/pages/devices/draft.ts";
import {pointLabel} from "../../src/console/parts/point-label.ts";

const finding = (connection: ScanFinding["connection"], profile: string | null): ScanFinding => ({
  ...{connection, profile, confidence: "likely", why: "", answered: [], device: null},
});

describe("what a scan found", () => {
  const connections: readonly ScanFinding["connection"][] = [
    {protocol: "modbus-tcp", host: "10.0.0.5", port: 1502, unitId: 7},
    {
      protocol: "opc-ua",
      endpoint: "opc.tcp://10.0.0.6:4840",
      securityMode: "SignAndEncrypt",
      securityPolicy: "Basic256Sha256",
    },
  ];
  test.each(connections.map((connection) => [connection] as const))(
    "goes through the form and comes out as it was: %j",
    (connection) => {
      expect(connectionOf(draftOf(finding(connection, null)))).toEqual(connection);
    },
  );
  test("brings its profile along", () => {
    const found = finding({protocol: "modbus-tcp", host: "h", port: 502, unitId: 1}, "eastron-sdm630");
    expect(draftOf(found).profile).toBe("eastron-sdm630");
  });
});

test("user, password and trust are left out of a connection that has none", () => {
  const opc = {...EMPTY_DRAFT, protocol: "opc-ua", endpoint: " opc.tcp://h:1 "} as const;
  expect(connectionOf(opc)).not.toHaveProperty("user");
  expect(connectionOf({...opc, user: "u", password: "p", isTrusting: true})).toMatchObject({
    ...{endpoint: "opc.tcp://h:1", user: "u", password: "p", trustOnFirstUse: true},
  });
});

describe("a point is called", () => {
  test.each([
    ["activePowerL1", null, "active power L1"],
    ["energy_sum.total", null, "energy sum total"],
    ["W", "AC power.", "AC power"],
    ["x", "a".repeat(60), "x"],
  ])("%s", (name, description, label) => expect(pointLabel({name, description})).toBe(label));
});
