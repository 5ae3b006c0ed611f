import {describe, expect, test} from "@jest/globals";
import {checkSite, DEMO_NETWORK_NAME, type NetworkFile, parseNetworkFile} from "../../src/client/index.ts";

const networkOf = (networkName: string, member: string): NetworkFile => ({
  format: "tanglegate-network/v1",
  protocol: {
    version: 2,
    networkName,
    bech32Hrp: "tgd",
    minPowScore: 1,
    belowMaxDepth: 15,
    rentStructure: {vByteCost: 100, vByteFactorData: 1, vByteFactorKey: 10},
    tokenSupply: "1000",
  },
  coordinator: {threshold: 1, keys: [{publicKey: `0x${"11".repeat(32)}`, start: 0, end: 0}]},
  members: [{name: member, auditKey: `0x${"22".repeat(32)}`}],
});

test("a network file reads back as it was written", () => {
  const network = networkOf("n", "a.example");
  expect(parseNetworkFile(JSON.stringify(network))).toEqual(network);
});

describe("a file that is none is named, with the field", () => {
  const network = networkOf("n", "a.example");
  const cases: readonly (readonly [string, string, RegExp])[] = [
    ["text", "hello", /^trust\.json is not a network file: it is not JSON/],
    ["another format", JSON.stringify({...network, format: "x"}), /^trust\.json .*format/],
    ["an unknown field", JSON.stringify({...network, extra: 1}), /extra/],
    [
      "a key that is none",
      JSON.stringify({...network, members: [{name: "a", auditKey: "0x12"}]}),
      /members\.0\.auditKey/,
    ],
  ];
  test.each(cases)("%s", (_, text, message) => {
    expect(() => parseNetworkFile(text, "trust.json")).toThrow(message);
  });
});

describe("a home and its network belong together:", () => {
  const demo = networkOf(DEMO_NETWORK_NAME, "demo.gateway.local");
  const site = networkOf("tanglegate-a.example", "a.example");

  test("the demo on the demo's home, a site on its own", () => {
    expect(() => checkSite(demo, {name: "demo.gateway.local", isDemo: true})).not.toThrow();
    expect(() => checkSite(site, {name: "a.example", isDemo: false})).not.toThrow();
  });
  test("no site on the demo's home", () => {
    expect(() => checkSite(demo, {name: "demo.gateway.local", isDemo: false})).toThrow(
      /holds the demo.*TANGLEGATE_HOME/,
    );
  });
  test("no demo on a site's home whose gateway.yaml is gone", () => {
    expect(() => checkSite(site, {name: "demo.gateway.local", isDemo: true})).toThrow(/gateway\.yaml is gone/);
  });
  test("no other name on a site's home", () => {
    expect(() => checkSite(site, {name: "b.example", isDemo: false})).toThrow(/site\.name is b\.example.*a\.example/);
  });
});
