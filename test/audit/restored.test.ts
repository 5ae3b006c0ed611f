import {cp, rm} from "node:fs/promises";
import path from "node:path";
import {afterEach, beforeAll, beforeEach, describe, expect, jest, test} from "@jest/globals";
import {
  ANCHOR_TAG,
  type Audit,
  decodeAnchor,
  originHashOf,
  parseCheckpoint,
  parseNote,
  verifyProofFile,
} from "../../src/audit/index.ts";
import {openLostLogs} from "../../src/audit/lost-logs.ts";
import {fromHex, toHex} from "../../src/bytes.ts";
import {installNativeCrypto} from "../../src/native-crypto.ts";
import {createSeededRandom} from "../../src/random.ts";
import {createMemoryStore} from "../../src/storage/index.ts";
import {createSurroundings, GATEWAY, type Surroundings} from "./support.ts";

jest.setTimeout(60_000);
beforeAll(() => installNativeCrypto());

let around: Surroundings;
let audit: Audit;
beforeEach(async () => {
  around = await createSurroundings();
  await begin();
});
afterEach(async () => {
  await audit.stop();
  await around.remove();
});

const anna = {actor: "user:anna"};
const press = (value: number, machine = "press-7") => ({
  machine,
  type: "parameter-change",
  subject: "pressure",
  body: {old: value - 1, new: value},
});
const fill = (count: number, machine = "press-7", from = 0) =>
  audit.append(
    Array.from({length: count}, (_, i) => press(from + i, machine)),
    anna,
  );
const begin = async () => {
  audit = around.create();
  await audit.start();
};
const restart = async () => {
  await audit.stop();
  await begin();
};
const folder = (name: string) => path.join(around.folder, name);
const takeBackup = async (name = "backup") => {
  await audit.stop();
  await cp(folder("audit"), folder(name), {recursive: true});
  await begin();
};
const restoreBackup = async (name = "backup") => {
  await audit.stop();
  await rm(folder("audit"), {recursive: true});
  await cp(folder(name), folder("audit"), {recursive: true});
  await begin();
};
const headOf = (machine = "press-7") => parseCheckpoint(parseNote(audit.checkpoint(machine)).text);
const originOf = (machine: string, segment: number) =>
  `${GATEWAY}/machine/${machine}${segment === 1 ? "" : `/segment/${segment}`}`;

describe("a restored backup", () => {
  test("is noticed by the anchors on the Tangle: the log goes on in a new segment that says so", async () => {
    await fill(2);
    await fill(1, "saw");
    await takeBackup();
    await fill(3, "press-7", 2);
    await around.anchor(audit);
    await restoreBackup();

    const [receipt] = await audit.append([press(9)], anna);
    expect(receipt).toMatchObject({seq: 6, checkpointSize: 2});
    expect(parseCheckpoint(parseNote(audit.checkpoint("press-7")).text)).toMatchObject({
      origin: `${GATEWAY}/machine/press-7/segment/2`,
      size: 2,
    });
    expect(await audit.entry("press-7", 5)).toMatchObject({
      type: "restored",
      actor: "process:audit",
      body: {kind: "behind", entries: 2, signedEntries: 5, origin: `${GATEWAY}/machine/press-7`},
    });
    expect(await audit.entry("press-7", 1)).toMatchObject({seq: 1});
    expect(await audit.entry("press-7", 3)).toBeNull();
    expect((await audit.entries("press-7", {})).items.map(({seq}) => seq)).toEqual([6, 5, 1, 0]);
    expect(parseCheckpoint(parseNote(audit.checkpoint("saw")).text).origin).toBe(`${GATEWAY}/machine/saw`);
    await expect(audit.exportProof("press-7", {from: 1, to: 6})).rejects.toThrow(/began anew/);

    await around.anchor(audit);
    const file = await audit.exportProof("press-7", {from: 5, to: 6});
    expect(verifyProofFile(file, around.networkFile)).toMatchObject({state: "verified"});
    await restart();
    expect(await audit.append([press(10)], anna)).toMatchObject([{seq: 7}]);
  });

  test("never lets one size be signed with two roots", async () => {
    await fill(2);
    await takeBackup();
    await fill(1, "press-7", 2);
    await around.anchor(audit);
    const roots = new Map<string, string>();
    const remember = () => {
      const {origin, size, root} = parseCheckpoint(parseNote(audit.checkpoint("press-7")).text);
      const known = roots.get(`${origin} ${size}`);
      expect(known === undefined || known === toHex(root)).toBe(true);
      roots.set(`${origin} ${size}`, toHex(root));
    };
    remember();
    await restoreBackup();
    remember();
    await audit.append([press(77)], anna);
    remember();
    // Three of the first log; one and two of the segment that follows it.
    expect(roots.size).toBe(3);
  });

  test("that the Tangle tells of only after the start is noticed then", async () => {
    await fill(2);
    await takeBackup();
    await fill(3, "press-7", 2);
    await around.anchor(audit);
    around.network.isDown = true;
    await restoreBackup();
    await audit.append([press(50)], anna);
    expect(parseCheckpoint(parseNote(audit.checkpoint("press-7")).text).size).toBe(3);
    around.network.isDown = false;
    around.network.confirm();
    await around.until(() => audit.checkpoint("press-7").includes("/segment/2"));
    expect(await audit.entry("press-7", 5)).toMatchObject({type: "restored", body: {kind: "behind", signedEntries: 5}});
    expect(await audit.entry("press-7", 2)).toMatchObject({body: {new: 50}});
    expect(await audit.append([press(51)], anna)).toMatchObject([{seq: 6}]);
  });

  describe("older than a machine", () => {
    beforeEach(async () => {
      await fill(2);
      await takeBackup();
      await fill(3, "saw");
      await around.anchor(audit);
    });

    test("does not let its log begin again under the origin that was anchored", async () => {
      await restoreBackup();
      expect(await fill(2, "saw")).toMatchObject([
        {seq: 1_000_000_001, checkpointSize: 3},
        {seq: 1_000_000_002, checkpointSize: 3},
      ]);
      expect(headOf("saw")).toMatchObject({origin: originOf("saw", 2), size: 3});
      expect(await audit.entry("saw", 1_000_000_000)).toMatchObject({
        type: "restored",
        actor: "process:audit",
        body: {kind: "missing", lostSegments: {from: 1, to: 1, entries: 3}},
      });
      expect(await audit.entry("saw", 0)).toBeNull();
      await around.anchor(audit);
      const file = await audit.exportProof("saw", {from: 1_000_000_000, to: 1_000_000_002});
      expect(verifyProofFile(file, around.networkFile)).toMatchObject({state: "verified"});
      await restart();
      expect(await fill(1, "saw")).toMatchObject([{seq: 1_000_000_003}]);
    });

    test("is remembered when the machine comes back long after the start", async () => {
      await restoreBackup();
      await restart();
      around.network.isDown = true;
      await restart();
      await fill(1, "saw");
      expect(headOf("saw").origin).toBe(originOf("saw", 2));
    });

    test("lets the first entry after it correct an entry that is lost, and none to come", async () => {
      await restoreBackup();
      await expect(audit.append([{...press(1, "saw"), corrects: 1_000_000_001}], anna)).rejects.toMatchObject({
        code: "audit/invalid",
      });
      await audit.append([{...press(1, "saw"), corrects: 2}], anna);
    });

    test("that the Tangle tells of only after the log began again ends that log", async () => {
      around.network.isDown = true;
      await restoreBackup();
      await fill(1, "saw");
      expect(headOf("saw")).toMatchObject({origin: originOf("saw", 1), size: 1});
      around.network.isDown = false;
      around.network.confirm();
      await around.until(() => headOf("saw").origin === originOf("saw", 2));
      expect(await audit.entry("saw", 3)).toMatchObject({
        type: "restored",
        body: {kind: "behind", entries: 1, signedEntries: 3},
      });
      expect(await fill(1, "saw")).toMatchObject([{seq: 4}]);
    });
  });

  test("that is put back twice passes over the segment that followed it the first time", async () => {
    await fill(2);
    await takeBackup();
    await fill(3, "press-7", 2);
    await around.anchor(audit);
    await restoreBackup();
    await fill(4, "press-7", 70);
    await around.anchor(audit);
    await restoreBackup();

    expect(headOf()).toMatchObject({origin: originOf("press-7", 3), size: 1});
    expect(await fill(1, "press-7", 80)).toMatchObject([{seq: 2_000_000_001}]);
    expect(await audit.entry("press-7", 2_000_000_000)).toMatchObject({
      type: "restored",
      body: {kind: "behind", signedEntries: 5, lostSegments: {from: 2, to: 2, entries: 5}},
    });
    await around.anchor(audit);
    await restoreBackup();
    expect(headOf()).toMatchObject({origin: originOf("press-7", 4), size: 1});
  });

  test("whose log is whole, but whose next segment is lost, ends that log as well", async () => {
    await fill(2);
    await takeBackup("older");
    await fill(3, "press-7", 2);
    await around.anchor(audit);
    await takeBackup("newer");
    await restoreBackup("older");
    await fill(4, "press-7", 70);
    await around.anchor(audit);
    await restoreBackup("newer");
    expect(headOf()).toMatchObject({origin: originOf("press-7", 3), size: 1});
    expect(await audit.entry("press-7", 2_000_000_000)).toMatchObject({
      body: {kind: "continued", entries: 5, lostSegments: {from: 2, to: 2, entries: 5}},
    });
  });

  test("more of which is anchored than was known when its log ended does not have a number used twice", async () => {
    await fill(2);
    await takeBackup();
    await fill(3, "press-7", 2);
    await around.anchor(audit);
    await fill(7, "press-7", 5);
    const before = around.network.submitted.length;
    await around.until(() => around.network.submitted.length > before, 1_000);
    await restoreBackup();
    expect(await fill(1, "press-7", 70)).toMatchObject([{seq: 6}]);
    around.network.confirm();
    await around.until(() => headOf().origin === originOf("press-7", 3));
    expect(await audit.entry("press-7", 12)).toMatchObject({
      type: "restored",
      body: {kind: "behind", origin: originOf("press-7", 1), signedEntries: 12},
    });
    expect(await fill(1, "press-7", 71)).toMatchObject([{seq: 13}]);
  });

  test("with other entries than were anchored is never anchored, but its root is carried by the next segment", async () => {
    await fill(2);
    await takeBackup("older");
    await fill(3, "press-7", 2);
    await takeBackup("forked");
    const {root} = headOf();
    await audit.stop();
    around.network.lose();
    await restoreBackup("older");
    await fill(3, "press-7", 70);
    await around.anchor(audit);
    await restoreBackup("forked");
    expect(await audit.entry("press-7", 5)).toMatchObject({body: {kind: "fork", entries: 5, root: toHex(root)}});
    for (let i = 0; i < 2; i++) {
      await passAnchors(400);
      await restart();
    }
    const heads = (await anchoredHeads()).filter(({origin}) => origin === "press-7 1");
    expect(heads.some((head) => head.root === toHex(root))).toBe(false);
    expect((await anchoredHeads()).some(({origin}) => origin === "press-7 2")).toBe(true);
  });

  describe("of the journal alone", () => {
    const journal = () => path.join(folder("audit"), "journal");
    const restoreJournal = async () => {
      await audit.stop();
      await rm(journal(), {recursive: true});
      await cp(folder("journal"), journal(), {recursive: true});
      around.network.isDown = true;
      await begin();
    };
    beforeEach(async () => {
      await fill(2);
      await audit.stop();
      await cp(journal(), folder("journal"), {recursive: true});
      await begin();
      await fill(2, "press-7", 2);
      await fill(1, "saw");
    });

    test("is noticed by the heads beside it, with no Tangle to ask", async () => {
      await restoreJournal();
      expect(await audit.entry("press-7", 4)).toMatchObject({
        type: "restored",
        body: {kind: "behind", signedEntries: 4},
      });
    });

    test("is noticed each time it is put back, and for machines that it does not have", async () => {
      await restoreJournal();
      await fill(2, "press-7", 70);
      await restoreJournal();
      expect(headOf().origin).toBe(originOf("press-7", 3));
      await fill(1, "saw");
      expect(headOf("saw").origin).toBe(originOf("saw", 2));
    });
  });
});

/** Lets so many anchor intervals pass, confirms what was submitted, and waits until it is settled. */
const passAnchors = async (intervals = 1) => {
  const end = around.clock.monotonicMs() + intervals * 10_000 + 2_000;
  await around.until(() => around.clock.monotonicMs() >= end, 1_000);
  around.network.confirm();
};

/** Heads in all confirmed anchors of all lives, named by machine and segment. */
const anchoredHeads = async () => {
  const {blocks} = await around.network.feed.read({
    tag: toHex(ANCHOR_TAG),
    after: {milestoneIndex: 0, whiteFlagIndex: 0},
    limit: 1_000,
  });
  return blocks
    .flatMap(({data}) => decodeAnchor(fromHex(data)).heads)
    .map(({originHash, size, root}) => ({origin: nameOf(originHash), size, root: toHex(root)}));
};

const MACHINES = ["press-7", "saw", "m0", "m1"];
const SEGMENTS = Array.from({length: 64}, (_, i) => i + 1);
const NAMES = new Map(
  MACHINES.flatMap((machine) =>
    SEGMENTS.map((segment) => [toHex(originHashOf(originOf(machine, segment))), `${machine} ${segment}`] as const),
  ),
);
const nameOf = (originHash: Uint8Array) => NAMES.get(toHex(originHash)) ?? "unknown";

describe("whatever backups are put back, in whatever order, each of them twice", () => {
  // What is under a milestone in the trail as it is now: by machine and number, the segment and the entry's hash.
  const anchoredEntries = async () => {
    const found = new Map<string, string>();
    for (const {machine} of audit.machines()) {
      for (const {seq, state, leafHash} of (await audit.entries(machine, {pageSize: 1_000})).items) {
        if (state !== "verified") continue;
        const {origin} = await audit.exportProof(machine, {from: seq, to: seq});
        found.set(`${machine} ${seq} ${leafHash}`, origin);
      }
    }
    return found;
  };

  test.each([1, 2, 14, 20])(
    "no size of a log is anchored with two roots, and no number is used in two segments (seed %i)",
    async (seed) => {
      const random = createSeededRandom(seed);
      const originsByNumber = new Map<string, Set<string>>();
      const backups: string[] = [];
      let value = 0;
      const live = async () => {
        for (let step = 0; step < 2 + random.below(4); step++) {
          await fill(1 + random.below(4), `m${random.below(2)}`, (value += 10));
          if (random.below(2) === 0) await passAnchors();
          if (random.below(3) === 0) {
            backups.push(`backup-${backups.length}`);
            await takeBackup(backups.at(-1)!);
          }
        }
        if (random.below(2) === 0) {
          // What was appended last, the Tangle never hears of.
          await audit.stop();
          around.network.lose();
          return;
        }
        await passAnchors();
        await restart();
        for (const [entry, origin] of await anchoredEntries()) {
          const number = entry.slice(0, entry.lastIndexOf(" "));
          originsByNumber.set(number, (originsByNumber.get(number) ?? new Set()).add(origin));
        }
      };

      await takeBackup("empty");
      backups.push("empty");
      await live();
      for (let round = 0; round < 5; round++) {
        const backup = backups[random.below(backups.length)]!;
        for (let time = 0; time < 2; time++) {
          await restoreBackup(backup);
          await live();
        }
      }

      const roots = new Map<string, Set<string>>();
      const heads = await anchoredHeads();
      for (const {origin, size, root} of heads)
        roots.set(`${origin} ${size}`, (roots.get(`${origin} ${size}`) ?? new Set()).add(root));
      expect(heads.length).toBeGreaterThan(20);
      expect(heads.some(({origin}) => /^m\d [3-9]$/.test(origin))).toBe(true);
      expect([...roots].filter(([, seen]) => seen.size > 1)).toEqual([]);
      expect([...originsByNumber].filter(([, origins]) => origins.size > 1)).toEqual([]);
    },
  );
});

describe("what is known of lost logs", () => {
  const hash = (fill: number) => new Uint8Array(32).fill(fill);

  test("is the largest size of each origin, and is on disk once it is kept", async () => {
    const store = await createMemoryStore();
    const lost = await openLostLogs(store);
    lost.note({originHash: hash(1), size: 7}, "anchor");
    lost.note({originHash: hash(1), size: 5}, "anchor");
    lost.note({originHash: hash(2), size: 3}, "kept-head");
    expect([lost.sizeOf(hash(1)), lost.sizeOf(hash(2)), lost.sizeOf(hash(3)), lost.count]).toEqual([7, 3, null, 2]);
    expect((await openLostLogs(store)).count).toBe(0);
    await lost.keep();
    const again = await openLostLogs(store);
    expect([again.sizeOf(hash(1)), again.count]).toEqual([7, 1]);
  });

  test("is not more than its maximum: beyond it nothing may be signed", async () => {
    const lost = await openLostLogs(await createMemoryStore(), 2);
    lost.note({originHash: hash(1), size: 1}, "anchor");
    lost.note({originHash: hash(2), size: 1}, "anchor");
    lost.note({originHash: hash(2), size: 2}, "anchor");
    expect(() => lost.note({originHash: hash(3), size: 1}, "anchor")).toThrow(
      expect.objectContaining({code: "audit/too-many"}),
    );
  });
});
