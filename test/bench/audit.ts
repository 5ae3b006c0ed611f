// npm run bench -- audit [--entries N] [--only groups|singles|proofs|confirming|check|search|export]: durable entries a second in groups and one by one, how soon an entry has a proof under a signed
// checkpoint, and the re-check of a million entries. Everything is on disk with bodies and index; a group counts when its bundles are
// written, too. The device's own rate of write and fdatasync, appended and into zeros, is measured in turn with the single entries: absolute
// figures of a shared machine move, the ratio does not.

import {spawnSync} from "node:child_process";
import {closeSync, fdatasync, fdatasyncSync, openSync, writeSync} from "node:fs";
import {mkdtemp, rm} from "node:fs/promises";
import {tmpdir} from "node:os";
import path from "node:path";
import {promisify} from "node:util";
import {setFlagsFromString} from "node:v8";
import {runInNewContext} from "node:vm";
import {type Audit, createAudit, createExporter, type Exporter} from "../../src/audit/index.ts";
import type {AuditEntryInput, AuditExportFormat, NetworkFile} from "../../src/client/index.ts";
import {createSystemClock} from "../../src/clock.ts";
import {publicKeyOf, signEd25519} from "../../src/ed25519.ts";
import {GatewayError} from "../../src/errors.ts";
import {silentLog} from "../../src/log.ts";
import {createMetrics} from "../../src/metrics.ts";
import {installNativeCrypto} from "../../src/native-crypto.ts";
import {createSeededRandom, createSystemRandom} from "../../src/random.ts";
import {ingest, makeBlocks, untilConfirmed, withNode} from "../support/bench-node.ts";

const MACHINES = 8;
const PER_CALL = 500;
const CALLS_AT_ONCE = 4;
const GROUPED = 200_000;
const ROUNDS = 20;
const ROUND_MS = 250;
const PACE_PER_S = 1_000;
const PACED_MS = 10_000;
const CONFIRMATIONS = 5;
const CONFIRMED_BLOCKS = 10_000;
const caller = {actor: "token:line-7"};

const PRESSES = Array.from({length: MACHINES}, (_, i) => `press-${i}`);
const PIECES_A_SAMPLE = 500;
/** Entries of an export of a tenth of the measured one: the heap has its working size after it. */
const WARM_UP = 100_000;
const NETWORK: NetworkFile = {
  format: "tanglegate-network/v1",
  protocol: {
    version: 2,
    networkName: "bench",
    bech32Hrp: "tst",
    minPowScore: 0,
    belowMaxDepth: 15,
    rentStructure: {vByteCost: 100, vByteFactorData: 1, vByteFactorKey: 10},
    tokenSupply: "0",
  },
  coordinator: {threshold: 1, keys: [{publicKey: `0x${"00".repeat(32)}`, start: 0, end: 0}]},
  members: [],
};

const option = process.argv.indexOf("--entries");
const entriesToCheck = option < 0 ? 1_000_000 : Number(process.argv[option + 1]);
const progress = (text: string) => process.stderr.write(`${text}\n`);
const report = (metric: string, value: number, unit: string, more: object = {}) =>
  console.log(JSON.stringify({bench: "audit", metric, value: Math.round(value * 100) / 100, unit, ...more}));

const clock = createSystemClock(() => ({isSynchronised: true, source: "ntp", uncertaintyMs: 5}));
const seed = new Uint8Array(32).fill(5);

// Anchors are not measured here; a node that is down is what the writer must not mind.
const down = async (): Promise<never> => {
  throw new GatewayError("node/unavailable", "No node in this benchmark.");
};

function create(folder: string): Audit {
  return createAudit(
    {folder, name: "bench.local", networkName: "bench", anchorIntervalMs: 10_000, idleAnchorIntervalMs: 3_600_000},
    {
      clock,
      random: createSystemRandom(),
      log: silentLog,
      metrics: createMetrics(),
      signer: {purpose: "audit-log", publicKey: publicKeyOf(seed), sign: (message) => signEd25519(seed, message)},
      node: {
        info: down,
        tips: down,
        submitTaggedData: down,
        submitBlock: down,
        block: down,
        blockMetadata: down,
        milestone: down,
      },
      feed: {read: down, onMilestone: () => () => undefined},
    },
  );
}

/** An entry whose leaf has 263 bytes or a few more, by the length of its numbers. */
function input(i: number): AuditEntryInput {
  return {
    machine: `press-${i % MACHINES}`,
    type: "parameter-change",
    subject: "pressure",
    body: {parameter: "set-point", old: i % 97, new: (i % 97) + 0.5, unit: "bar", zone: i % 5},
  };
}

async function appendMany(audit: Audit, count: number, make: (i: number) => AuditEntryInput = input): Promise<void> {
  let next = 0;
  const work = async () => {
    while (next < count) {
      const from = next;
      next += PER_CALL;
      await audit.append(
        Array.from({length: Math.min(PER_CALL, count - from)}, (_, i) => make(from + i)),
        caller,
      );
    }
  };
  await Promise.all(Array.from({length: CALLS_AT_ONCE}, work));
}

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
}

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), "bench-audit-"));
  try {
    await work(folder);
  } finally {
    await rm(folder, {recursive: true});
  }
}

async function measureGroups(): Promise<void> {
  const rates: number[] = [];
  for (let round = 0; round < 3; round++) {
    await inFolder(async (folder) => {
      const audit = create(folder);
      await audit.start();
      const cpu = process.cpuUsage();
      const start = performance.now();
      await appendMany(audit, GROUPED);
      const acknowledged = performance.now() - start;
      // Stopping waits for the bundles and their index.
      await audit.stop();
      const seconds = (performance.now() - start) / 1_000;
      const {user, system} = process.cpuUsage(cpu);
      rates.push(GROUPED / seconds);
      progress(
        `groups: ${Math.round(GROUPED / seconds)}/s, acknowledged at ${Math.round((GROUPED * 1_000) / acknowledged)}/s, ` +
          `${((user + system) / GROUPED).toFixed(1)} us of CPU an entry`,
      );
    });
  }
  report("entries_per_s", percentile(rates, 0.5), "1/s", {
    rounds: rates.length,
    per_call: PER_CALL,
    machines: MACHINES,
  });
}

// What the bare device does with as many bytes as a record has: `appended`, so that every sync changes the file's size, or `prepared`, into
// zeros that are on the device already, as the journal writes.
const RECORD_BYTES = 450;
const PREPARED_BYTES = 4 * 2 ** 20;
type Pattern = "appended" | "prepared";

/** Writes and syncs for a while; the sync holds the thread or, `pooled`, is given to Node's threads, as a program does that must not stand still. */
async function syncsPerSecond(
  file: string,
  {pattern, isPooled}: {pattern: Pattern; isPooled: boolean},
): Promise<number> {
  const sync = promisify(fdatasync);
  const bytes = new Uint8Array(RECORD_BYTES).fill(7);
  const fd = openSync(file, "w");
  if (pattern === "prepared") writeSync(fd, new Uint8Array(PREPARED_BYTES));
  fdatasyncSync(fd);
  const end = performance.now() + ROUND_MS;
  let count = 0;
  let position = 0;
  while (performance.now() < end) {
    writeSync(fd, bytes, 0, bytes.length, position);
    if (isPooled) await sync(fd);
    else fdatasyncSync(fd);
    count++;
    position += bytes.length;
    // A fast device comes around; it overwrites what it wrote, which is the same to it.
    if (pattern === "prepared" && position + bytes.length > PREPARED_BYTES) position = 0;
  }
  closeSync(fd);
  return (count * 1_000) / ROUND_MS;
}

const BARE = [
  {name: "fdatasync", versus: "fdatasync", pattern: "appended", isPooled: false},
  {name: "fdatasync_pooled", versus: "fdatasync without standing still", pattern: "appended", isPooled: true},
  {name: "fdatasync_prepared", versus: "fdatasync into zeros", pattern: "prepared", isPooled: false},
  {
    name: "fdatasync_prepared_pooled",
    versus: "fdatasync into zeros without standing still",
    pattern: "prepared",
    isPooled: true,
  },
] as const;

async function measureSingles(): Promise<void> {
  await inFolder(async (folder) => {
    const audit = create(path.join(folder, "audit"));
    await audit.start();
    const rounds: {bare: readonly number[]; own: number}[] = [];
    let i = 0;
    for (let round = 0; round <= ROUNDS; round++) {
      const bare: number[] = [];
      for (const how of BARE) bare.push(await syncsPerSecond(path.join(folder, "raw"), how));
      const end = performance.now() + ROUND_MS;
      let count = 0;
      while (performance.now() < end) {
        await audit.append([input(i++)], caller);
        count++;
      }
      // The first round warms up.
      if (round > 0) rounds.push({bare, own: (count * 1_000) / ROUND_MS});
      const device = BARE.map(({name}, at) => `${name} ${Math.round(bare[at]!)}/s`).join(", ");
      progress(`single: ${(count * 1_000) / ROUND_MS}/s, ${device}`);
    }
    await audit.stop();
    const median = (of: (round: (typeof rounds)[number]) => number) => percentile(rounds.map(of), 0.5);
    const own = median((round) => round.own);
    for (const [at, {name, versus}] of BARE.entries()) {
      const ratio = Math.round(median((round) => round.own / round.bare[at]!) * 100) / 100;
      report("single_entries_per_s", own, "1/s", {ratio, versus, rounds: ROUNDS});
      report(
        `device_${name}_per_s`,
        median(({bare}) => bare[at]!),
        "1/s",
        {rounds: ROUNDS},
      );
    }
  });
}

/** When an entry was handed in, and how long it took until it was durable and its proof in hand, ms. */
interface Timed {
  readonly begin: number;
  readonly duration: number;
}

/** Hands in entries at a steady pace while `isOver` is false. */
async function appendPaced(audit: Audit, isOver: () => boolean): Promise<readonly Timed[]> {
  const timed: Timed[] = [];
  const running: Promise<void>[] = [];
  const one = async (i: number) => {
    const begin = performance.now();
    const entry = input(i);
    const [receipt] = await audit.append([entry], caller);
    const {entries} = await audit.exportProof(entry.machine, {from: receipt!.seq, to: receipt!.seq});
    if (entries.length !== 1) throw new Error("no proof");
    timed.push({begin, duration: performance.now() - begin});
  };
  const start = performance.now();
  for (let sent = 0; !isOver(); ) {
    for (const due = Math.floor(((performance.now() - start) * PACE_PER_S) / 1_000); sent < due; sent++)
      running.push(one(sent));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(running);
  return timed;
}

function reportProofs(timed: readonly Timed[], more: object): void {
  const durations = timed.map(({duration}) => duration);
  const facts = {per_s: PACE_PER_S, entries: durations.length, ...more};
  report("durable_proof_p50_ms", percentile(durations, 0.5), "ms", facts);
  report("durable_proof_p99_ms", percentile(durations, 0.99), "ms", facts);
}

async function measureProofs(): Promise<void> {
  await inFolder(async (folder) => {
    const audit = create(folder);
    await audit.start();
    await appendMany(audit, 20_000);
    const end = performance.now() + PACED_MS;
    reportProofs(await appendPaced(audit, () => performance.now() > end), {});
    await audit.stop();
  });
}

/** The same in one process with a node that confirms milestones of 10,000 blocks; only entries that overlap a confirmation count. */
async function measureConfirming(): Promise<void> {
  await inFolder(async (folder) => {
    const audit = create(folder);
    await audit.start();
    await appendMany(audit, 20_000);
    await withNode(async (node, nodeClock) => {
      // Made before anything is timed: hashing ten thousand blocks would hold the event loop by itself.
      const root = node.status().confirmedMilestone!.blockId;
      const rounds = Array.from({length: CONFIRMATIONS}, (_, round) => makeBlocks(root, CONFIRMED_BLOCKS, round + 2));
      const windows: {from: number; to: number}[] = [];
      let isOver = false;
      const appending = appendPaced(audit, () => isOver);
      for (const blocks of rounds) {
        const before = node.status().confirmedMilestone!;
        await ingest(node, blocks);
        const from = performance.now();
        nodeClock.advance(2_000).catch(console.error);
        await untilConfirmed(node, before.index + 1);
        windows.push({from, to: performance.now()});
        progress(`confirmed ${node.status().confirmedMilestone!.referencedBlocks} blocks`);
      }
      isOver = true;
      const overlaps = ({begin, duration}: Timed) =>
        windows.some(({from, to}) => begin < to && begin + duration > from);
      reportProofs((await appending).filter(overlaps), {while: `${CONFIRMED_BLOCKS} blocks are confirmed`});
    });
    await audit.stop();
  });
}

async function measureCheck(): Promise<void> {
  await inFolder(async (folder) => {
    const audit = create(folder);
    await audit.start();
    for (let done = 0; done < entriesToCheck; done += 100_000) {
      await appendMany(audit, Math.min(100_000, entriesToCheck - done));
      progress(`check: ${Math.min(done + 100_000, entriesToCheck)} entries written`);
    }
    await audit.stop();
    const again = create(folder);
    const start = performance.now();
    await again.start();
    const startMs = performance.now() - start;
    // The first check waits for bundles that are written again after a start.
    const seconds: number[] = [];
    for (let round = 0; round < 3; round++) {
      const {entriesChecked, bodiesChecked, tookMs, machines} = await again.check();
      if (
        entriesChecked !== entriesToCheck ||
        bodiesChecked !== entriesToCheck ||
        machines.some(({broken}) => broken !== null)
      )
        throw new Error("The check did not see every entry whole.");
      seconds.push(tookMs / 1_000);
      progress(`check: ${tookMs} ms`);
    }
    const searches: number[] = [];
    for (let i = 0; i < 20; i++) {
      const begin = performance.now();
      const page = await again.entries(`press-${i % MACHINES}`, {type: "alarm", from: "2020-01-01T00:00:00Z"});
      if (page.items.length > 0) throw new Error("There are no alarms.");
      searches.push(performance.now() - begin);
    }
    const exporting = performance.now();
    await again.exportProof("press-0", {from: 0, to: Math.min(10_000, entriesToCheck / MACHINES) - 1});
    const exportMs = performance.now() - exporting;
    await again.stop();
    report("search_ms", percentile(searches, 0.5), "ms", {entries: entriesToCheck / MACHINES});
    report("export_10000_ms", exportMs, "ms");
    report("recheck_1m_s", percentile(seconds, 0.5) * (1_000_000 / entriesToCheck), "s", {
      entries: entriesToCheck,
      workers: 2,
      rounds: seconds.length,
    });
    report("restart_ms", startMs, "ms", {entries: entriesToCheck});
  });
}

/** Exports everything in a format: how long it takes, and how far the process grows above what it was after a small export. */
async function exportAll(exporter: Exporter, format: AuditExportFormat): Promise<void> {
  // What a first export loads and warms up is not what a longer one needs more.
  await drain((await exporter.begin({format, machines: ["warm-up"]}, going())).bytes);
  const before = process.memoryUsage.rss();
  let highest = before;
  const start = performance.now();
  const {bytes, facts} = await exporter.begin({format, machines: PRESSES}, going());
  const counted = performance.now();
  const written = await drain(bytes, () => {
    highest = Math.max(highest, process.memoryUsage.rss());
  });
  const seconds = (performance.now() - start) / 1_000;
  if (facts.count !== entriesToCheck) throw new Error("The export did not find every entry.");
  const growth = (highest - before) / 1e6;
  progress(
    `${format}: counted in ${Math.round(counted - start)} ms, ${Math.round(facts.count / seconds)} entries/s, ` +
      `${Math.round(written / 1e6)} MB, RSS ${Math.round(before / 1e6)} MB and ${Math.round(growth)} MB more`,
  );
  const more = {format, entries: entriesToCheck, mb: Math.round(written / 1e6), rss_mb: Math.round(highest / 1e6)};
  report("export_1m_s", seconds * (1_000_000 / entriesToCheck), "s", more);
  report("export_rss_growth_mb", growth, "MB", more);
  report("export_live_growth_mb", await liveGrowth(exporter, format), "MB", more);
}

/** How far what is in use grows from the beginning of an export to its end: RSS counts what is free to be collected, too. */
async function liveGrowth(exporter: Exporter, format: AuditExportFormat): Promise<number> {
  setFlagsFromString("--expose-gc");
  const collectGarbage = runInNewContext("gc") as () => void;
  const used: number[] = [];
  let pieces = 0;
  const {bytes} = await exporter.begin({format, machines: PRESSES}, going());
  await drain(bytes, () => {
    if (++pieces % PIECES_A_SAMPLE !== 1) return;
    collectGarbage();
    const {heapUsed, arrayBuffers} = process.memoryUsage();
    used.push(heapUsed + arrayBuffers);
  });
  return (Math.max(...used) - used[0]!) / 1e6;
}

async function measureExport(): Promise<void> {
  await inFolder(async (folder) => {
    const writing = create(folder);
    await writing.start();
    for (let done = 0; done < entriesToCheck; done += 100_000) {
      await appendMany(writing, Math.min(100_000, entriesToCheck - done));
      progress(`export: ${Math.min(done + 100_000, entriesToCheck)} entries written`);
    }
    for (let i = 0; i < WARM_UP; i += PER_CALL)
      await writing.append(
        Array.from({length: PER_CALL}, (_, j) => ({...input(i + j), machine: "warm-up"})),
        caller,
      );
    await writing.stop();
    // A process of its own: what writing took must not hide what exporting takes.
    const words = ["--disable-warning=ExperimentalWarning", import.meta.filename, "--exports-of", folder];
    const {status} = spawnSync(process.execPath, [...words, ...process.argv.slice(2)], {stdio: "inherit"});
    if (status !== 0) throw new Error("The exports failed.");
  });
}

async function measureExportsOf(folder: string): Promise<void> {
  const audit = create(folder);
  await audit.start();
  const exporter = createExporter(
    {site: "bench.local", network: NETWORK, verifyPage: async () => new Uint8Array(200_000)},
    {clock, freeze: audit.freeze, append: audit.append},
  );
  const formats = process.argv.indexOf("--formats");
  const wanted = formats < 0 ? ["csv", "json", "zip"] : process.argv[formats + 1]!.split(",");
  for (const format of wanted) await exportAll(exporter, format as AuditExportFormat);
  await audit.stop();
}

const going = () => ({...caller, signal: new AbortController().signal});

async function drain(
  bytes: AsyncIterable<string | Uint8Array>,
  onPiece: () => void = () => undefined,
): Promise<number> {
  let written = 0;
  for await (const piece of bytes) {
    written += typeof piece === "string" ? Buffer.byteLength(piece) : piece.length;
    onPiece();
  }
  return written;
}

const SEARCHES = 200;

/**
 * First pages over `entriesToCheck` entries of eight machines by machine, time and type, as a person asks: a random stretch of the whole
 * time, one machine, and a type that is common, rare (one in a thousand) or absent there.
 */
async function measureSearch(): Promise<void> {
  await inFolder(async (folder) => {
    const audit = create(folder);
    await audit.start();
    const began = Date.now();
    for (let done = 0; done < entriesToCheck; done += 100_000) {
      await appendMany(audit, Math.min(100_000, entriesToCheck - done), (i) =>
        (done + i) % 1_000 < MACHINES ? {...input(i), type: "alarm"} : input(i),
      );
      progress(`search: ${Math.min(done + 100_000, entriesToCheck)} entries written`);
    }
    const ended = Date.now();
    await audit.stop();
    const again = create(folder);
    await again.start();
    // What a start leaves to be done in the background is not part of a search.
    await again.check();
    const rssBefore = process.memoryUsage.rss();
    const times: Record<string, number[]> = {};
    const measure = async (name: string, work: () => Promise<unknown>) => {
      const start = performance.now();
      await work();
      const list = (times[name] ??= []);
      list.push(performance.now() - start);
    };
    const random = createSeededRandom(1);
    const cpu = process.cpuUsage();
    for (let i = 0; i < SEARCHES; i++) {
      const from = began + random.below(ended - began);
      const range = {
        machines: [`press-${i % MACHINES}`],
        from: new Date(from).toISOString(),
        to: new Date(from + random.below(ended - from + 1)).toISOString(),
      };
      for (const type of ["parameter-change", "alarm", "batch-end"])
        await measure(`machine, time, ${type}`, () => again.search({...range, types: [type]}));
    }
    const {user, system} = process.cpuUsage(cpu);
    for (let i = 0; i < SEARCHES / 10; i++) {
      await measure("newest of all", () => again.search());
      await measure("oldest of all", () => again.search({order: "oldest"}));
      await measure("kind alarm", () => again.search({kinds: ["alarm"]}));
      await measure("text that is nowhere", () => again.search({text: "nowhere"}));
      await measure("count of all critical", () => again.count({kinds: ["critical"]}));
      await measure("density", () => again.density({}));
      await measure("facets", () => again.facets({}));
    }
    for (const [name, list] of Object.entries(times))
      progress(
        `search: ${name}: p50 ${percentile(list, 0.5).toFixed(1)}, p99 ${percentile(list, 0.99).toFixed(1)}, first ${list[0]!.toFixed(1)} ms`,
      );
    progress(`search: ${Math.round((process.memoryUsage.rss() - rssBefore) / 2 ** 20)} MiB more than before`);
    await again.stop();
    const all = Object.entries(times).flatMap(([name, list]) => (name.startsWith("machine, time") ? list : []));
    report("search_1m_p99_ms", percentile(all, 0.99), "ms", {
      p50: Math.round(percentile(all, 0.5) * 100) / 100,
      entries: entriesToCheck,
      searches: all.length,
      cpu: Math.round((user + system) / all.length / 10) / 100,
    });
  });
}

const parts: Readonly<Record<string, () => Promise<void>>> = {
  groups: measureGroups,
  singles: measureSingles,
  proofs: measureProofs,
  confirming: measureConfirming,
  check: measureCheck,
  export: measureExport,
  search: measureSearch,
};
const only = process.argv.indexOf("--only");

await installNativeCrypto();
const exportsOf = process.argv.indexOf("--exports-of");
if (exportsOf > 0) await measureExportsOf(process.argv[exportsOf + 1]!);
else
  for (const [name, measure] of Object.entries(parts)) if (only < 0 || process.argv[only + 1] === name) await measure();
