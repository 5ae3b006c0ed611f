// The way of a new user: start, first proof, stop, start again with nothing lost; and every wrong start says one sentence.

import {readFileSync, rmSync, writeFileSync} from "node:fs";
import {createServer} from "node:net";
import path from "node:path";
import {afterAll, beforeAll, describe, expect, test} from "@jest/globals";
import {verifyProofFile} from "../../src/audit/pure.ts";
import {type AuditProofFile, type MachineVerdict, parseNetworkFile} from "../../src/client/index.ts";
import {listZip} from "../../src/console/verify/unzip.ts";
import {
  type GatewayPlace,
  type GatewayProcess,
  newPlace,
  runCommand,
  startGateway,
} from "../support/gateway-process.ts";

const MINUTE_MS = 60_000;

describe("a fresh home", () => {
  let place: GatewayPlace;
  let gateway: GatewayProcess;
  let proofFile: string;

  const verdicts = async (): Promise<readonly MachineVerdict[]> => {
    const {code, stdout} = await gateway.command("audit", "list", "--json");
    return code === 0 ? JSON.parse(stdout) : [];
  };

  beforeAll(async () => {
    place = await newPlace();
    gateway = startGateway(place);
    await gateway.until("all processes ready", () => gateway.printed().includes("Stop with Ctrl-C"), 2 * MINUTE_MS);
  }, 3 * MINUTE_MS);
  afterAll(async () => {
    await gateway.stop();
    rmSync(place.home, {recursive: true, force: true});
  }, MINUTE_MS);

  test("says that it is the demo, where the console is and where the first password lies", () => {
    expect(gateway.printed()).toContain("demo network");
    expect(gateway.printed()).toContain(gateway.url);
    expect(gateway.printed()).toContain("credentials.txt");
    expect(gateway.printed().split("\n").length).toBeLessThan(25);
  });

  test(
    "comes to a verified entry by itself, and its proof holds with no network",
    async () => {
      const isProven = async () =>
        (await verdicts()).some(({state, anchoredEntries}) => state === "verified" && anchoredEntries > 0);
      await gateway.until("a verified entry", isProven, 2 * MINUTE_MS);
      const machine = (await verdicts()).find(({anchoredEntries}) => anchoredEntries > 0)!.machine;
      proofFile = path.join(place.home, "proof.json");
      const network = path.join(place.home, "network.json");
      expect(
        (await gateway.command("audit", "export", machine, "--from", "0", "--to", "0", "--out", proofFile)).code,
      ).toBe(0);
      expect((await gateway.command("audit", "verify", proofFile, "--trust", network)).code).toBe(0);
      expect((await gateway.command("audit", "verify", proofFile)).code).toBe(1);
    },
    3 * MINUTE_MS,
  );

  test(
    "exports what a filter finds with its proofs, and that it did so is an entry",
    async () => {
      const file = path.join(place.home, "export.zip");
      const result = await gateway.command(
        "audit",
        "export",
        "--format",
        "zip",
        "--machine",
        "gateway",
        "--out",
        file,
        "--json",
      );
      expect(result.code).toBe(0);
      const {recordedAs} = JSON.parse(result.stdout) as {recordedAs: string};
      const zip = await listZip(new Blob([readFileSync(file)]));
      expect(zip.map(({name}) => name)).toEqual(
        expect.arrayContaining([
          "README.txt",
          "verify.html",
          "network.json",
          "entries.csv",
          "entries.json",
          "report.pdf",
        ]),
      );
      const proofs = zip.filter(({name}) => name.startsWith("proofs/gateway-0-"));
      const network = parseNetworkFile(readFileSync(path.join(place.home, "network.json"), "utf8"));
      const {state} = verifyProofFile(JSON.parse(await proofs[0]!.text()), network);
      expect(["verified", "waiting"]).toContain(state);
      const shown = await gateway.command("audit", "show", "gateway", "--type", "export", "--json");
      expect(JSON.parse(shown.stdout)).toMatchObject([{seq: Number(recordedAs.split("/")[1]), body: {format: "zip"}}]);
    },
    MINUTE_MS,
  );

  test("a changed proof is refused and the change named", async () => {
    const file = JSON.parse(readFileSync(proofFile, "utf8")) as AuditProofFile;
    const [entry, ...rest] = file.entries;
    const changed = {...file, entries: [{...entry!, leaf: entry!.leaf.replace(/"type":"./, '"type":"x')}, ...rest]};
    const forged = path.join(place.home, "forged.json");
    writeFileSync(forged, JSON.stringify(changed));
    const result = await gateway.command("audit", "verify", forged, "--trust", path.join(place.home, "network.json"));
    expect(result.code).toBe(1);
    expect(result.stdout).toMatch(/entry 0/i);
  });

  test(
    "answers status, doctor and a block from the command line",
    async () => {
      expect((await gateway.command("status")).code).toBe(0);
      expect((await gateway.command("doctor")).stdout).toContain("gateway");
      const block = await gateway.command("block", "submit", "--tag", "hello", "--data", "world", "--wait", "--json");
      expect(JSON.parse(block.stdout)).toMatchObject({ledgerInclusionState: "noTransaction"});
    },
    MINUTE_MS,
  );

  test("serves the page, and nothing behind it without a login", async () => {
    expect((await fetch(gateway.url)).status).toBe(200);
    expect((await fetch(`${gateway.url}/api/audit/v1/machines`)).status).toBe(401);
    expect((await fetch(`${gateway.url}/api/field/v1/devices`)).status).toBe(401);
    expect((await fetch(`${gateway.url}/health`)).status).toBe(200);
  });

  test("lets no second start onto the same home", async () => {
    const second = await runCommand(["start"], {...process.env, ...place.environment});
    expect(second.code).not.toBe(0);
    expect(second.stderr).toContain("already runs");
  });

  test(
    "stops cleanly on SIGTERM and resumes with nothing lost",
    async () => {
      const before = await verdicts();
      expect(await gateway.stop("SIGTERM")).toBe(0);
      gateway = startGateway(place);
      await gateway.until(
        "all processes ready again",
        () => gateway.printed().includes("Stop with Ctrl-C"),
        2 * MINUTE_MS,
      );
      const after = new Map((await verdicts()).map((verdict) => [verdict.machine, verdict]));
      for (const {machine, entries} of before) expect(after.get(machine)?.entries).toBeGreaterThanOrEqual(entries);
      expect([...after.values()].every(({broken}) => broken === null)).toBe(true);
    },
    4 * MINUTE_MS,
  );
});

test(
  "a start that was killed leaves nothing that the next start cannot clear",
  async () => {
    const place = await newPlace({TANGLEGATE_NODE_RED_ENABLED: "false", TANGLEGATE_PLANT_ENABLED: "false"});
    const killed = startGateway(place);
    await killed.until("ready", () => killed.printed().includes("Stop with Ctrl-C"), 2 * MINUTE_MS);
    await killed.stop("SIGKILL");
    const next = startGateway(place);
    await next.until("ready again", () => next.printed().includes("Stop with Ctrl-C"), 2 * MINUTE_MS);
    expect(next.printed()).toContain("earlier start that was killed");
    expect(await next.stop()).toBe(0);
    rmSync(place.home, {recursive: true, force: true});
  },
  5 * MINUTE_MS,
);

describe("a wrong start ends at once with one sentence:", () => {
  const startOnce = async (
    settings: Record<string, string>,
    prepare: (place: GatewayPlace) => void = () => undefined,
  ) => {
    const place = await newPlace(settings);
    prepare(place);
    return runCommand(["start"], {...process.env, ...place.environment});
  };
  const sentence = ({stderr}: {stderr: string}) => stderr.trim().split("\n");

  test("a taken port, by its setting", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const {port} = server.address() as {port: number};
    const result = await startOnce({TANGLEGATE_EVENTS_PORT: String(port)});
    server.close();
    expect(result.code).not.toBe(0);
    expect(sentence(result)).toEqual([expect.stringContaining("events.port")]);
  });

  test("a bad setting, by its name", async () => {
    const result = await startOnce({}, ({home}) =>
      writeFileSync(path.join(home, "gateway.yaml"), "rest:\n  prot: 5\n"),
    );
    expect(result.code).toBe(2);
    expect(sentence(result)).toEqual([expect.stringContaining("rest.prot")]);
  });

  test("a bad device, by its place", async () => {
    const device =
      "field: {devices: [{id: m1, profile: eastron-sdm630, connection: {protocol: modbus-tcp, host: h, port: 99999, unitId: 1}}]}";
    const result = await startOnce({}, ({home}) => writeFileSync(path.join(home, "gateway.yaml"), device));
    expect(result.code).toBe(2);
    expect(sentence(result)).toEqual([expect.stringMatching(/field\.devices\.0.*port/)]);
  });

  test("a data folder that cannot be written", async () => {
    const place = await newPlace();
    const file = path.join(place.home, "file");
    writeFileSync(file, "");
    const result = await runCommand(["start"], {...process.env, ...place.environment, TANGLEGATE_HOME: file});
    expect(result.code).not.toBe(0);
    expect(sentence(result)).toEqual([expect.stringContaining("TANGLEGATE_HOME")]);
  });
});
