// Scans that a person asked for: one at a time, bounded in hosts, requests and time, and ended by a word. Each host has one connection and
// one request at a time; several hosts are looked at side by side.

import type {DeviceDefinition, ScanFinding, ScanJob, ScanRequest} from "../../client/index.ts";
import type {Clock} from "../../clock.ts";
import {GatewayError, sentenceOf} from "../../errors.ts";
import {type DeviceProfile, isListening, type OpcUaClient, scanModbusHost} from "../../fieldbus/index.ts";
import type {Log} from "../../log.ts";
import {createService, type Service} from "../../service.ts";
import {modbusFinding, opcUaFinding} from "./finding.ts";
import {hostsOf} from "./target.ts";

/** Requests of one scan, connects included. */
export const REQUESTS_MAX = 20_000;
/** A scan ends after this, whatever is left. */
export const SCAN_MS = 600_000;
/** Suggestions of one scan. */
const FOUND_MAX = 1_000;
/** Hosts looked at side by side. */
const HOSTS_AT_ONCE = 16;
/** Scans that can still be asked for. */
const JOBS_MAX = 8;
const DEFAULT_UNITS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 247, 255, 0];

export interface Scans extends Service {
  /** Begins a scan. Errors: `field/invalid` for the target, `field/conflict` while another one runs. */
  begin(request: ScanRequest): ScanJob;
  /** Null when there is no such scan any more. */
  find(id: string): ScanJob | null;
  /** Ends a scan; resolves when its connections are closed. False when there is no such scan. */
  cancel(id: string): Promise<boolean>;
}

export interface ScansDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly opcUa: Pick<OpcUaClient, "findServer">;
  profiles(): readonly DeviceProfile[];
  devices(): readonly DeviceDefinition[];
}

interface Job {
  readonly id: string;
  readonly target: string;
  readonly total: number;
  readonly ending: AbortController;
  readonly found: {readonly order: number; readonly finding: ScanFinding}[];
  state: ScanJob["state"];
  reason: string | null;
  done: number;
  requests: number;
  work: Promise<void>;
}

type Step = (job: Job, order: number) => Promise<void>;

export function createScans(deps: ScansDeps): Scans {
  const {clock, log, opcUa} = deps;
  let jobs: readonly Job[] = [];
  let numbered = 0;

  const noteRequest = (job: Job) => {
    job.requests += 1;
    if (job.requests > REQUESTS_MAX) throw tooMuch(`${REQUESTS_MAX} requests were sent; scan fewer hosts or units.`);
  };

  const add = (job: Job, order: number, finding: ScanFinding) => {
    if (job.found.length >= FOUND_MAX) throw tooMuch(`${FOUND_MAX} devices were found; scan the rest in parts.`);
    job.found.push({order, finding});
  };

  const modbusStep =
    (host: string, {port = 502, unitIds = DEFAULT_UNITS}: ScanRequest): Step =>
    async (job, order) => {
      noteRequest(job);
      await scanModbusHost(
        {host, port, unitIds: [...new Set(unitIds)], profiles: deps.profiles()},
        {
          clock,
          signal: job.ending.signal,
          onRequest: () => noteRequest(job),
          onFound: (unit) => add(job, order, modbusFinding({host, port}, unit, deps.devices())),
        },
      );
    };

  const opcUaStep =
    (host: string, {opcUaPort = 4840}: ScanRequest): Step =>
    async (job, order) => {
      const {signal} = job.ending;
      const endpoint = `opc.tcp://${host.includes(":") ? `[${host}]` : host}:${opcUaPort}`;
      noteRequest(job);
      if (!(await isListening({host, port: opcUaPort}, {clock, signal}))) return;
      noteRequest(job);
      const server = await opcUa.findServer(endpoint, signal);
      add(job, order, opcUaFinding(endpoint, server, {profiles: deps.profiles(), devices: deps.devices()}));
    };

  const run = async (job: Job, steps: readonly Step[]) => {
    const {signal} = job.ending;
    const late = new AbortController();
    clock.sleep(SCAN_MS, late.signal).then(
      () => job.ending.abort(tooMuch(`It took longer than ${SCAN_MS / 60_000} minutes; scan fewer hosts.`)),
      () => undefined,
    );
    let next = 0;
    const worker = async () => {
      while (!signal.aborted && next < steps.length) {
        const order = next++;
        try {
          await steps[order]!(job, order);
        } catch (error) {
          if (!(error instanceof GatewayError)) throw error;
          // One host that misbehaves is no reason to end; a bound of ours is.
          if (error.code === "field/scan-bound") job.ending.abort(error);
          else log.debug({reason: error.message}, "a host of the scan answered nothing usable");
        }
        job.done += 1;
      }
    };
    try {
      await Promise.all(Array.from({length: Math.min(HOSTS_AT_ONCE, steps.length)}, worker));
      if (job.state === "running") job.state = signal.aborted ? "failed" : "done";
      if (job.state === "failed") job.reason = sentenceOf(signal.reason);
    } catch (error) {
      job.state = "failed";
      job.reason = "Something failed inside the field process. Its log says what.";
      log.error({reason: sentenceOf(error)}, "a scan failed");
    } finally {
      late.abort();
    }
  };

  const find = (id: string) => jobs.find((job) => job.id === id) ?? null;

  const cancel = async (job: Job) => {
    if (job.state === "running") {
      job.state = "cancelled";
      job.ending.abort(new GatewayError("field/unavailable", "The scan was ended."));
    }
    await job.work;
  };

  return {
    ...createService({
      start: async () => undefined,
      stop: async () => {
        await Promise.all(jobs.map(cancel));
      },
    }),
    begin: (request) => {
      const running = jobs.find((job) => job.state === "running");
      if (running !== undefined) {
        const sentence = `A scan of ${running.target} is running; wait for it or end it.`;
        throw new GatewayError("field/conflict", sentence, {scan: running.id});
      }
      const protocols = request.protocols ?? ["modbus-tcp", "opc-ua"];
      const steps = hostsOf(request.target).flatMap((host) =>
        protocols.map((protocol) => (protocol === "opc-ua" ? opcUaStep(host, request) : modbusStep(host, request))),
      );
      numbered += 1;
      const job: Job = {
        id: String(numbered),
        target: request.target,
        total: steps.length,
        ending: new AbortController(),
        found: [],
        state: "running",
        reason: null,
        done: 0,
        requests: 0,
        work: Promise.resolve(),
      };
      jobs = [...jobs, job].slice(-JOBS_MAX);
      log.info({target: request.target, steps: steps.length}, "a scan begins");
      job.work = run(job, steps);
      return shown(job);
    },
    find: (id) => {
      const job = find(id);
      return job === null ? null : shown(job);
    },
    cancel: async (id) => {
      const job = find(id);
      if (job !== null) await cancel(job);
      return job !== null;
    },
  };
}

function shown({id, target, state, reason, done, total, requests, found}: Job): ScanJob {
  const sorted = found.toSorted((a, b) => a.order - b.order).map(({finding}) => finding);
  return {id, target, state, reason, done, total, requests, found: sorted};
}

function tooMuch(sentence: string): GatewayError {
  return new GatewayError("field/scan-bound", sentence);
}
