import {spawn} from "node:child_process";
import path from "node:path";
import {afterEach, beforeEach, expect, test} from "@jest/globals";
import {type FastifyInstance, fastify} from "fastify";
import type {ScanJob} from "../../src/client/index.ts";

const MAIN = path.join(import.meta.dirname, "../../src/cli/main.ts");
let gateway: FastifyInstance;
let url: string;
let job: ScanJob;
let asked: unknown;

beforeEach(async () => {
  job = {id: "1", target: "10.0.0.0/30", state: "running", reason: null, done: 0, total: 4, requests: 0, found: []};
  gateway = fastify();
  gateway.post("/api/field/v1/scan", async (request) => {
    asked = request.body;
    return job;
  });
  gateway.get("/api/field/v1/scan/:id", async () => {
    job = {
      ...job,
      state: "done",
      done: 4,
      found: [
        {
          connection: {protocol: "modbus-tcp", host: "10.0.0.1", port: 502, unitId: 3},
          profile: "eastron-sdm630",
          confidence: "likely",
          why: "Its values fit.",
          answered: ["a mains frequency"],
          device: null,
        },
      ],
    };
    return job;
  });
  url = await gateway.listen({host: "127.0.0.1", port: 0});
});
afterEach(() => gateway.close());

async function run(...words: readonly string[]) {
  const child = spawn(process.execPath, [MAIN, ...words, "--url", url], {
    env: {PATH: process.env.PATH, TANGLEGATE_TOKEN: "t"},
  });
  let out = "";
  let errors = "";
  child.stdout.on("data", (text) => {
    out += text;
  });
  child.stderr.on("data", (text) => {
    errors += text;
  });
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return {code, out, errors};
}

test("a scan is followed to its end and told in words; progress is for terminals only", async () => {
  const {code, out, errors} = await run("device", "scan", "10.0.0.0/30", "--port", "1502", "--units", "1,3");
  expect(asked).toEqual({target: "10.0.0.0/30", port: 1502, unitIds: [1, 3]});
  expect(out).toMatch(/10\.0\.0\.1:502 unit 3 +eastron-sdm630 +likely/);
  expect(out).toMatch(/unit 3: Its values fit\./);
  expect([code, errors]).toEqual([0, ""]);
}, 20_000);

test("with --json it is the job as one document", async () => {
  const {code, out} = await run("device", "scan", "10.0.0.0/30", "--json");
  expect(JSON.parse(out)).toMatchObject({state: "done", found: [{profile: "eastron-sdm630"}]});
  expect(code).toBe(0);
}, 20_000);

test("a wrong port is wrong use", async () => {
  const {code, errors} = await run("device", "scan", "10.0.0.1", "--port", "x");
  expect(code).toBe(2);
  expect(errors).toMatch(/--port must be a whole number/);
}, 20_000);
