import {mkdir, readdir, readFile, rm, stat, writeFile} from "node:fs/promises";
import path from "node:path";
import {afterEach, beforeAll, beforeEach, describe, expect, jest, test} from "@jest/globals";
import {
  type Audit,
  parseCheckpoint,
  parseNote,
  verifierKeyOf,
  verifyNote,
  verifyProofFile,
} from "../../src/audit/index.ts";
import {decodeBundle, decodeTile} from "../../src/audit/tiles.ts";
import {toHex} from "../../src/bytes.ts";
import type {AuditEntryInput} from "../../src/client/index.ts";
import {hashLeaf, rootOfLeafHashes} from "../../src/merkle.ts";
import {installNativeCrypto} from "../../src/native-crypto.ts";
import {sha256} from "../../src/sha256.ts";
import {auditSigner, createSurroundings, createTestNetwork, GATEWAY, type Surroundings} from "./support.ts";

jest.setTimeout(60_000);
beforeAll(() => installNativeCrypto());

let around: Surroundings;
let audit: Audit;
beforeEach(async () => {
  around = await createSurroundings();
  audit = around.create();
  await audit.start();
});
afterEach(async () => {
  await audit.stop();
  await around.remove();
});

const anna = {actor: "user:anna"};
const press = (value: number, changes: Partial<AuditEntryInput> = {}): AuditEntryInput => ({
  machine: "press-7",
  type: "parameter-change",
  subject: "pressure",
  body: {old: value - 1, new: value},
  ...changes,
});
const fill = async (count: number, machine = "press-7", from = 0) => {
  for (let at = from; at < from + count; at += 200)
    await audit.append(
      Array.from({length: Math.min(200, from + count - at)}, (_, i) => press(at + i, {machine})),
      anna,
    );
};
const restart = async (options = {}) => {
  await audit.stop();
  audit = around.create(options);
  await audit.start();
};

describe("an append", () => {
  test("gives number, leaf hash and the size of a signed checkpoint that covers it", async () => {
    const receipts = await audit.append([press(1), press(2), press(1, {machine: "saw"})], anna);
    expect(receipts.map(({machine, seq, checkpointSize}) => [machine, seq, checkpointSize])).toEqual([
      ["press-7", 0, 2],
      ["press-7", 1, 2],
      ["saw", 0, 1],
    ]);
    const note = parseNote(audit.checkpoint("press-7"));
    const origin = `${GATEWAY}/machine/press-7`;
    expect(verifyNote(note, [verifierKeyOf(origin, auditSigner().publicKey)])).toHaveLength(1);
    expect(parseCheckpoint(note.text)).toMatchObject({origin, size: 2});
  });

  test("keeps what was given, with who, when and how sure the clock was", async () => {
    around.clock.setState({isSynchronised: false, source: "rtc", uncertaintyMs: 250});
    await audit.append([press(3, {reasonCode: "R1", actor: "user:bert"})], anna);
    expect(await audit.entry("press-7", 0)).toMatchObject({
      machine: "press-7",
      seq: 0,
      type: "parameter-change",
      subject: "pressure",
      actor: "user:bert",
      reasonCode: "R1",
      corrects: null,
      body: {old: 2, new: 3},
      time: {utc: "2026-06-01T00:00:00.000Z", source: "rtc", uncertaintyMs: 250, synced: false},
      state: "waiting",
    });
  });

  test("with a time of the source keeps the gateway's own beside it", async () => {
    await audit.append([press(1, {time: "2026-05-31T23:59:59.5+02:00"})], anna);
    expect((await audit.entry("press-7", 0))?.time).toMatchObject({
      utc: "2026-05-31T21:59:59.500Z",
      recorded: "2026-06-01T00:00:00.000Z",
    });
  });

  test("goes on when the clock is set back", async () => {
    await audit.append([press(1)], anna);
    around.clock.jump(-3_600_000);
    await audit.append([press(2)], anna);
    expect((await audit.entry("press-7", 1))?.time.utc).toBe("2026-05-31T23:00:00.000Z");
  });

  test("of many callers at once numbers each machine without gaps", async () => {
    const receipts = await Promise.all(
      Array.from({length: 300}, (_, i) => audit.append([press(i, {machine: `m${i % 3}`})], anna)),
    );
    for (const machine of ["m0", "m1", "m2"]) {
      const own = receipts.flat().filter((receipt) => receipt.machine === machine);
      expect(own.map(({seq}) => seq)).toEqual(Array.from({length: 100}, (_, i) => i));
      expect(own.every(({seq, checkpointSize}) => checkpointSize > seq)).toBe(true);
    }
  });

  test("corrects an earlier entry only", async () => {
    await audit.append([press(1)], anna);
    await audit.append([press(1, {corrects: 0})], anna);
    expect((await audit.entry("press-7", 1))?.corrects).toBe(0);
    await expect(audit.append([press(1), press(1, {corrects: 3})], anna)).rejects.toMatchObject({
      code: "audit/invalid",
    });
    expect(audit.machine("press-7")?.entries).toBe(2);
  });

  test("that is refused adds nothing, not even the good entries beside it", async () => {
    await expect(audit.append([press(1), press(2, {type: "Bad Type"})], anna)).rejects.toThrow(/entries\[1\]\.type/);
    expect(audit.machines()).toEqual([]);
    await audit.append([press(1)], anna);
    expect((await audit.entry("press-7", 0))?.body).toEqual({old: 0, new: 1});
  });

  test("is told to listeners in order, after it is durable", async () => {
    const heard: number[] = [];
    const stop = audit.onEntry(({seq}) => heard.push(seq));
    await audit.append([press(1), press(2)], anna);
    await audit.append([press(3)], anna);
    stop();
    await audit.append([press(4)], anna);
    expect(heard).toEqual([0, 1, 2]);
  });

  test("goes on when a listener fails", async () => {
    const heard: number[] = [];
    audit.onEntry(() => {
      throw new Error("broken listener");
    });
    audit.onEntry(({seq}) => heard.push(seq));
    await audit.append([press(1)], anna);
    await audit.append([press(2)], anna);
    expect(heard).toEqual([0, 1]);
  });

  test("before start and after stop says that the trail is not running", async () => {
    const other = around.create({folder: path.join(around.folder, "other")});
    await expect(other.append([press(1)], anna)).rejects.toMatchObject({code: "audit/unavailable"});
    await audit.stop();
    await expect(audit.append([press(1)], anna)).rejects.toMatchObject({code: "audit/unavailable"});
    expect(audit.state()).toMatchObject({isAccepting: false});
  });
});

describe("the tree in tiles", () => {
  test.each([1, 255, 256, 257, 700])("of %i entries gives the root that the checkpoint signs", async (size) => {
    await fill(size);
    const leafHashes: Uint8Array[] = [];
    for (let bundle = 0; bundle * 256 < size; bundle++) {
      const width = Math.min(256, size - bundle * 256);
      const name = `${bundle}`.padStart(3, "0") + (width === 256 ? "" : `.p/${width}`);
      const leaves = decodeBundle((await audit.tile("press-7", `tile/entries/${name}`))!);
      const hashes = decodeTile((await audit.tile("press-7", `tile/0/${name}`))!);
      expect(leaves.map((leaf) => toHex(hashLeaf(sha256, leaf)))).toEqual(hashes.map(toHex));
      leafHashes.push(...hashes);
    }
    const {root} = parseCheckpoint(parseNote(audit.checkpoint("press-7")).text);
    expect(toHex(rootOfLeafHashes(sha256, leafHashes))).toBe(toHex(root));
  });

  test("does not exist past the signed size or under another spelling", async () => {
    await fill(300);
    for (const name of [
      "tile/0/001.p/45",
      "tile/0/001",
      "tile/0/002.p/1",
      "tile/1/000.p/2",
      "tile/0/0",
      "tile/0/../000",
    ])
      expect(await audit.tile("press-7", name)).toBeNull();
    expect(await audit.tile("press-7", "tile/1/000.p/1")).toHaveLength(32);
  });

  test("of an unknown machine is not found", async () => {
    await expect(audit.tile("nobody", "tile/0/000")).rejects.toMatchObject({code: "audit/not-found"});
  });
});

describe("after a restart", () => {
  test("every entry, number and head is as it was", async () => {
    await fill(600);
    await audit.append([press(1, {machine: "saw"})], anna);
    const heads = [audit.checkpoint("press-7"), audit.checkpoint("saw")];
    await restart();
    expect([audit.checkpoint("press-7"), audit.checkpoint("saw")]).toEqual(heads);
    expect((await audit.entry("press-7", 599))?.body).toEqual({old: 598, new: 599});
    expect(await audit.append([press(600)], anna)).toMatchObject([{seq: 600, checkpointSize: 601}]);
    expect((await audit.check()).machines.map(({state}) => state)).toEqual(["waiting", "waiting"]);
  });

  test("with the journal cut many times nothing is missing", async () => {
    await restart({journalBytesMax: 40_000});
    for (let i = 0; i < 12; i++) {
      await fill(100, "press-7", i * 100);
      await fill(3, `slow-${i}`);
    }
    const heads = audit.machines().map(({machine}) => audit.checkpoint(machine));
    await restart({journalBytesMax: 40_000});
    expect(audit.machines().map(({machine}) => audit.checkpoint(machine))).toEqual(heads);
    for (const {machine, entries} of audit.machines())
      for (let seq = 0; seq < entries; seq += 7) expect((await audit.entry(machine, seq))?.seq).toBe(seq);
    const report = await audit.check();
    expect(report.machines.every(({broken}) => broken === null)).toBe(true);
    expect(report.entriesChecked).toBe(1236);
    expect(report.bodiesChecked).toBe(1236);
  });
});

describe("anchors", () => {
  test("put all changed heads under one milestone, and the proof is kept", async () => {
    await fill(3);
    await fill(2, "saw");
    expect(audit.machine("press-7")).toMatchObject({state: "waiting", anchoredEntries: 0, lastAnchor: null});
    await around.anchor(audit);
    expect(around.network.submitted).toHaveLength(1);
    expect(audit.machines()).toMatchObject([
      {machine: "press-7", state: "verified", entries: 3, anchoredEntries: 3, lastAnchor: {milestoneIndex: 1}},
      {machine: "saw", state: "verified"},
    ]);
    expect((await audit.entry("press-7", 0))?.state).toBe("verified");
    const file = await audit.exportProof("press-7", {from: 0, to: 2});
    expect(verifyProofFile(file, around.networkFile)).toMatchObject({
      state: "verified",
      anchor: {milestoneIndex: 1},
      rewritableBy: "nobody without both the coordinator keys and the log key",
    });
  });

  test("of old entries stay with the first milestone after them", async () => {
    await fill(2);
    await around.anchor(audit);
    await fill(300, "press-7", 2);
    await around.anchor(audit);
    const first = verifyProofFile(await audit.exportProof("press-7", {from: 0, to: 1}), around.networkFile);
    const both = verifyProofFile(await audit.exportProof("press-7", {from: 0, to: 301}), around.networkFile);
    expect(first).toMatchObject({state: "verified", size: 2, anchor: {milestoneIndex: 1}});
    expect(both).toMatchObject({state: "verified", size: 302, anchor: {milestoneIndex: 2}});
  });

  test("are known after a restart", async () => {
    await fill(2);
    await around.anchor(audit);
    await restart();
    expect(audit.machine("press-7")).toMatchObject({state: "verified", anchoredEntries: 2});
    const file = await audit.exportProof("press-7", {from: 1, to: 1});
    expect(verifyProofFile(file, around.networkFile)).toMatchObject({state: "verified"});
  });

  test("are submitted again when the network lost the block", async () => {
    await fill(1);
    await around.until(() => around.network.submitted.length === 1, 1_000);
    around.network.lose();
    await around.until(() => around.network.submitted.length === 2, 1_000);
    around.network.confirm();
    await around.until(() => audit.machine("press-7")?.state === "verified");
  });

  test("wait for a node that is down, and entries go on", async () => {
    around.network.isDown = true;
    await fill(1);
    await around.clock.advance(60_000);
    expect(around.network.submitted).toHaveLength(0);
    await fill(1, "press-7", 1);
    around.network.isDown = false;
    await around.anchor(audit);
    expect(audit.machine("press-7")?.anchoredEntries).toBe(2);
  });

  test("come once an hour when nothing changes, and not at all without entries", async () => {
    const steps = async (count: number) => {
      const end = around.clock.monotonicMs() + count * 10_000;
      await around.until(() => around.clock.monotonicMs() >= end, 10_000);
    };
    await steps(400);
    expect(around.network.submitted).toHaveLength(0);
    await fill(1);
    await around.anchor(audit);
    await steps(355);
    expect(around.network.submitted).toHaveLength(1);
    await steps(10);
    expect(around.network.submitted).toHaveLength(2);
  });
});

describe("the check of everything on disk", () => {
  const logFolder = () => path.join(around.folder, "audit", "logs", "press-7", "1");
  const damage = async (name: string, edit: (bytes: Buffer) => Buffer | undefined) => {
    const file = path.join(logFolder(), name);
    const bytes = await readFile(file);
    await writeFile(file, edit(bytes) ?? bytes);
  };
  beforeEach(async () => {
    await fill(600);
    // A check first waits for the bundles that are being written.
    await audit.check();
  });

  test("finds nothing in a whole log", async () => {
    const report = await audit.check();
    expect(report).toMatchObject({entriesChecked: 600, bodiesChecked: 600, machines: [{broken: null}]});
    expect(audit.machine("press-7")?.checkedAt).not.toBeNull();
    await expect(stat(path.join(logFolder(), "tile/entries/001"))).resolves.toBeDefined();
  });

  test.each<{
    name: string;
    file: string;
    edit: (bytes: Buffer) => Buffer | undefined;
    seq: number;
    because: RegExp;
    differs?: string;
  }>([
    {
      name: "a changed leaf",
      file: "tile/entries/001",
      edit: (bytes) => {
        const at = bytes.indexOf('"seq":300');
        bytes.write("press-8", bytes.lastIndexOf("press-7", at), "latin1");
        return bytes;
      },
      seq: 300,
      because: /bytes were changed/,
    },
    {
      name: "a changed body",
      file: "body/000",
      edit: (bytes) => {
        const at = bytes.indexOf('{"new":17,');
        bytes.write('{"new":18,', at, "latin1");
        return bytes;
      },
      seq: 17,
      because: /body of entry 17 was changed/,
    },
    {
      name: "a changed hash",
      file: "tile/0/001",
      edit: (bytes) => {
        bytes[32 * 4]! ^= 1;
        return bytes;
      },
      seq: 260,
      because: /bytes were changed/,
    },
    {
      name: "a cut bundle",
      file: "tile/entries/000",
      edit: (bytes) => bytes.subarray(0, -5),
      seq: 0,
      because: /cannot be read/,
      differs: "cut",
    },
    {
      name: "a cut file of bodies",
      file: "body/001",
      edit: (bytes) => bytes.subarray(0, -5),
      seq: 256,
      because: /cannot be read/,
      differs: "cut",
    },
  ])("finds $name and names the entry", async ({file, edit, seq, because, differs = "changed"}) => {
    await damage(file, edit);
    const report = await audit.check();
    expect(report.machines[0]).toMatchObject({state: "broken", broken: {seq, differs}});
    expect(report.machines[0]?.broken?.because).toMatch(because);
    expect(audit.machine("press-7")?.state).toBe("broken");
  });

  test("finds bundles that changed places", async () => {
    for (const kind of ["tile/entries", "tile/0", "body"]) {
      const [first, second] = [path.join(logFolder(), kind, "000"), path.join(logFolder(), kind, "001")];
      const bytes = await readFile(first);
      await writeFile(first, await readFile(second));
      await writeFile(second, bytes);
    }
    expect((await audit.check()).machines[0]).toMatchObject({state: "broken", broken: {seq: 0, differs: "reordered"}});
  });

  test("finds a missing file", async () => {
    await rm(path.join(logFolder(), "body/000"));
    expect((await audit.check()).machines[0]).toMatchObject({broken: {seq: 0, differs: "missing"}});
  });

  test("calls a log without its last files cut", async () => {
    await rm(path.join(logFolder(), "tile/entries/001"));
    expect((await audit.check()).machines[0]).toMatchObject({broken: {seq: 256, differs: "cut"}});
  });

  test("says up to which anchor a broken log is proven, and what to do", async () => {
    await around.anchor(audit);
    await fill(300, "press-7", 600);
    await audit.check();
    await damage("body/002", (bytes) => bytes.subarray(0, -5));
    const [verdict] = (await audit.check()).machines;
    // The anchor at 600 entries is past the fault at 512; none before it is known.
    expect(verdict?.broken).toMatchObject({seq: 512, lastGoodAnchor: null, remedy: expect.stringMatching(/backup/)});
    await damage("body/002", () => Buffer.alloc(0));
  });

  test("names the last anchor before the fault", async () => {
    await around.anchor(audit);
    await fill(300, "press-7", 600);
    await audit.check();
    await damage("tile/entries/002", (bytes) => {
      bytes.write("press-8", bytes.lastIndexOf("press-7"), "latin1");
      return bytes;
    });
    expect((await audit.check()).machines[0]?.broken).toMatchObject({
      seq: 767,
      differs: "changed",
      lastGoodAnchor: {seq: 599, milestoneIndex: 1},
    });
  });

  test("does not take what cannot be read for tampering, and says so", async () => {
    await rm(path.join(logFolder(), "body/001"));
    // Reading a folder as a file is EISDIR, as EIO is an answer of the system that says nothing of the bytes.
    await mkdir(path.join(logFolder(), "body/001"));
    const [verdict] = (await audit.check()).machines;
    expect(verdict).toMatchObject({state: "waiting", broken: null});
    expect(verdict?.unchecked).toMatchObject({because: expect.stringMatching(/could not be read.*EISDIR/)});
  });

  test("a broken log is still broken after a restart", async () => {
    await damage("body/001", (bytes) => bytes.subarray(0, -5));
    await audit.check();
    await restart();
    expect(audit.machine("press-7")).toMatchObject({state: "broken", broken: {seq: 256, differs: "cut"}});
  });

  test("finds a body that is missing although nobody erased it", async () => {
    await damage("body/000", (bytes) => {
      const length = bytes.readUInt32BE(0);
      return Buffer.concat([Buffer.from([255, 255, 255, 255]), bytes.subarray(4 + length)]);
    });
    expect((await audit.check()).machines[0]).toMatchObject({
      broken: {seq: 0, differs: "missing", because: expect.stringMatching(/nobody erased it/)},
    });
  });

  test("finds a log that was made anew with the same key but other entries", async () => {
    const forged = around.create(
      {folder: path.join(around.folder, "forged")},
      {network: createTestNetwork(around.clock)},
    );
    await forged.start();
    for (let i = 0; i < 3; i++)
      await forged.append(
        Array.from({length: 200}, (_, n) => press(n, {body: {forged: true}})),
        anna,
      );
    await forged.stop();
    for (const kind of ["tile/entries", "tile/0", "body"]) {
      for (const name of await readdir(path.join(logFolder(), kind)))
        await writeFile(
          path.join(logFolder(), kind, name),
          await readFile(path.join(around.folder, "forged/logs/press-7/1", kind, name)),
        );
    }
    const report = await audit.check();
    expect(report.machines[0]).toMatchObject({state: "broken", broken: {seq: 0}});
    expect(report.machines[0]?.broken?.because).toMatch(/whose head was signed/);
  });

  test("runs one at a time", async () => {
    const first = audit.check();
    await expect(audit.check()).rejects.toMatchObject({code: "audit/busy"});
    await first;
  });
});

describe("queries", () => {
  beforeEach(async () => {
    for (let i = 0; i < 700; i += 100) {
      await audit.append(
        Array.from({length: 100}, (_, n) =>
          press(i + n, {
            type: (i + n) % 70 === 0 ? "alarm" : "parameter-change",
            actor: (i + n) % 2 === 0 ? "user:anna" : "user:bert",
            time: new Date(Date.UTC(2026, 5, 1) + (i + n) * 60_000).toISOString(),
          }),
        ),
        anna,
      );
    }
  });
  const seqs = async (query: object) => {
    const found: number[] = [];
    let cursor: string | undefined;
    do {
      const page = await audit.entries("press-7", {...query, ...(cursor === undefined ? {} : {cursor})});
      found.push(...page.items.map(({seq}) => seq));
      cursor = page.cursor;
    } while (cursor !== undefined);
    return found;
  };

  test("without a filter give all entries, newest first, page by page", async () => {
    expect(await seqs({pageSize: 33})).toEqual(Array.from({length: 700}, (_, i) => 699 - i));
  });

  test.each<{query: object; hits: (seq: number) => boolean}>([
    {query: {type: "alarm"}, hits: (seq) => seq % 70 === 0},
    {query: {actor: "user:bert"}, hits: (seq) => seq % 2 === 1},
    {query: {type: "alarm", actor: "user:anna"}, hits: (seq) => seq % 70 === 0},
    {query: {from: "2026-06-01T02:00:00Z", to: "2026-06-01T03:00:00Z"}, hits: (seq) => seq >= 120 && seq <= 180},
    {query: {text: '"NEW":65'}, hits: (seq) => seq === 65 || (seq >= 650 && seq < 660)},
    {query: {type: "nothing"}, hits: () => false},
  ])("by $query give exactly the hits", async ({query, hits}) => {
    const expected = Array.from({length: 700}, (_, i) => 699 - i).filter(hits);
    expect(await seqs({...query, pageSize: 7})).toEqual(expected);
    await restart();
    expect(await seqs(query)).toEqual(expected);
  });

  test("with a time or cursor that is none are refused", async () => {
    await expect(audit.entries("press-7", {from: "yesterday"})).rejects.toMatchObject({code: "audit/invalid"});
    await expect(audit.entries("press-7", {cursor: "x"})).rejects.toMatchObject({code: "audit/invalid"});
    await expect(audit.entries("nobody", {})).rejects.toMatchObject({code: "audit/not-found"});
  });
});

describe("an export", () => {
  test.each([
    {range: {from: 0, to: 3}, code: "audit/not-found"},
    {range: {from: 2, to: 1}, code: "audit/invalid"},
    {range: {from: 0, to: 20_000}, code: "audit/too-large"},
  ])("of $range is refused with $code", async ({range, code}) => {
    await fill(3);
    await expect(audit.exportProof("press-7", range)).rejects.toMatchObject({code});
  });
});

describe("a folder", () => {
  test("of a newer version is refused", async () => {
    await audit.stop();
    const {openStore} = await import("../../src/storage/index.ts");
    const store = await openStore(path.join(around.folder, "audit", "store"));
    await store.write([{kind: "put", key: Uint8Array.of(1), value: Uint8Array.of(2)}], {isSynced: true});
    await store.close();
    await expect(around.create().start()).rejects.toMatchObject({code: "audit/newer"});
  });

  test("that is a file is refused with its name", async () => {
    const file = path.join(around.folder, "file");
    await mkdir(path.dirname(file), {recursive: true});
    await writeFile(file, "");
    await expect(around.create({folder: file}).start()).rejects.toMatchObject({code: "storage/failed"});
  });
});
