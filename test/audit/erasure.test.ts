// Erasing bodies: gone from every file, under an entry that says so, and finished after a crash at any moment.

import {cp, readdir, readFile} from "node:fs/promises";
import path from "node:path";
import {afterEach, beforeAll, beforeEach, describe, expect, jest, test} from "@jest/globals";
import {type Audit, type AuditOptions, verifyProofFile} from "../../src/audit/index.ts";
import {installNativeCrypto} from "../../src/native-crypto.ts";
import {type Disk, systemDisk} from "../../src/storage/index.ts";
import {createSurroundings, type Surroundings} from "./support.ts";

jest.setTimeout(120_000);
beforeAll(() => installNativeCrypto());

let around: Surroundings;
let audit: Audit;
let isStopped = false;
beforeEach(async () => {
  around = await createSurroundings();
  audit = around.create();
  await audit.start();
  isStopped = false;
});
afterEach(async () => {
  if (!isStopped) await audit.stop();
  await around.remove();
});

const admin = {actor: "user:dora", role: "admin"};
const why = {reason: "asked for by the person", legalBasis: "GDPR Art. 17(1)(b)"};
// Text that no compression makes shorter, so that it can be looked for in every file.
const secretOf = (seq: number) => `Q7xK${seq}zP2vW9mLf4Rt8`;
const fill = async (count: number, from = 0) => {
  for (let at = from; at < from + count; at += 100)
    await audit.append(
      Array.from({length: Math.min(100, from + count - at)}, (_, i) => ({
        machine: "press-7",
        type: "login",
        body: {person: secretOf(at + i)},
      })),
      {actor: "process:door"},
    );
};

/** Files below a folder that hold a text. */
async function filesWith(folder: string, text: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(folder, {recursive: true, withFileTypes: true})) {
    if (!entry.isFile()) continue;
    const file = path.join(entry.parentPath, entry.name);
    if ((await readFile(file)).includes(text)) found.push(path.relative(folder, file));
  }
  return found;
}
const trail = () => path.join(around.folder, "audit");

describe("an erased body", () => {
  test.each([
    {where: "in a bundle", entries: 600, seq: 300, restart: false},
    {where: "in the journal alone", entries: 10, seq: 3, restart: false},
    {where: "in the journal, behind a full bundle", entries: 300, seq: 280, restart: false},
    {where: "in the journal, after a restart", entries: 300, seq: 280, restart: true},
  ])("$where is on this disk no more, and all its neighbours are", async ({entries, seq, restart}) => {
    await fill(entries);
    await audit.check();
    if (restart) {
      await audit.stop();
      audit = around.create();
      await audit.start();
    }
    expect(await filesWith(trail(), secretOf(seq))).not.toEqual([]);
    const receipt = await audit.erase("press-7", seq, why, admin);
    expect(await filesWith(trail(), secretOf(seq))).toEqual([]);
    expect(await audit.entry("press-7", seq)).toMatchObject({
      body: null,
      erased: {by: "user:dora", ...why, seq: receipt.seq, at: expect.any(String)},
    });
    for (const other of [seq - 1, seq + 1, 0])
      expect((await audit.entry("press-7", other))?.body).toEqual({person: secretOf(other)});
    expect((await audit.check()).machines).toMatchObject([{broken: null, unchecked: null}]);
    await audit.stop();
    audit = around.create();
    await audit.start();
    expect(await filesWith(trail(), secretOf(seq))).toEqual([]);
    expect((await audit.entry("press-7", seq))?.body).toBeNull();
    expect((await audit.check()).machines).toMatchObject([{broken: null, entries: entries + 1}]);
  });

  test("that lay in the store's tail is gone, too", async () => {
    // So small a journal is cut after every bundle, and what is in none lies in the store.
    await audit.stop();
    audit = around.create({journalBytesMax: 1_000});
    await audit.start();
    await fill(300);
    await audit.check();
    await fill(300, 300);
    await audit.check();
    expect(audit.machines()[0]!.entries).toBe(600);
    await audit.erase("press-7", 550, why, admin);
    expect(await filesWith(trail(), secretOf(550))).toEqual([]);
    expect((await audit.entry("press-7", 551))?.body).toEqual({person: secretOf(551)});
    expect((await audit.check()).machines).toMatchObject([{broken: null}]);
  });

  test("leaves proofs from before and after it standing", async () => {
    await fill(300);
    await around.anchor(audit);
    const before = await audit.exportProof("press-7", {from: 298, to: 299});
    await audit.erase("press-7", 298, why, admin);
    const after = await audit.exportProof("press-7", {from: 298, to: 299});
    expect(after.entries[0]).toMatchObject({body: null, salt: null});
    expect(after.entries[1]?.body).not.toBeNull();
    for (const file of [before, after])
      expect(verifyProofFile(file, around.networkFile)).toMatchObject({state: "verified"});
  });

  test("is told by an entry that names who, why, by what right and which", async () => {
    await fill(5);
    const {seq} = await audit.erase("press-7", 2, why, admin);
    expect(await audit.entry("press-7", seq)).toMatchObject({
      type: "redaction",
      kind: "critical",
      actor: "user:dora",
      actorRole: "admin",
      body: {entries: [[2, 2]], ...why},
    });
  });

  test("does not stop what is appended meanwhile", async () => {
    await fill(300);
    const writing = (async () => {
      for (let i = 0; i < 20; i++) await fill(20, 1_000 + 20 * i);
    })();
    for (const seq of [5, 250, 290]) await audit.erase("press-7", seq, why, admin);
    await writing;
    const {machines} = await audit.check();
    expect(machines).toMatchObject([{entries: 300 + 400 + 3, broken: null}]);
    await audit.stop();
    audit = around.create();
    await audit.start();
    expect((await audit.check()).machines).toMatchObject([{entries: 703, broken: null}]);
    for (const seq of [5, 250, 290]) expect(await filesWith(trail(), secretOf(seq))).toEqual([]);
  });
});

describe("an erasure is refused", () => {
  test("of an entry that is not there", async () => {
    await fill(2);
    await expect(audit.erase("press-7", 2, why, admin)).rejects.toMatchObject({code: "audit/not-found"});
    await expect(audit.erase("ghost", 0, why, admin)).rejects.toMatchObject({code: "audit/not-found"});
  });

  test("of a body that is gone already, with the entry that says so", async () => {
    await fill(2);
    await audit.erase("press-7", 1, why, admin);
    await expect(audit.erase("press-7", 1, why, admin)).rejects.toMatchObject({
      code: "audit/conflict",
      message: expect.stringMatching(/by user:dora already, in entry 2/),
    });
  });

  test.each(["redaction", "review", "review-plan"])("of a %s: what it says must stay", async (type) => {
    await fill(2);
    if (type === "redaction") await audit.erase("press-7", 0, why, admin);
    if (type === "review") await audit.review("press-7", {kind: "reviewed", entries: [[0, 0]]}, admin);
    if (type === "review-plan") await audit.planReviews("press-7", {everyDays: 7}, admin);
    await expect(audit.erase("press-7", 2, why, admin)).rejects.toMatchObject({
      code: "audit/conflict",
      message: expect.stringMatching(new RegExp(`is a ${type}:`)),
    });
  });
});

describe("a crash", () => {
  /** A disk that makes a copy of the trail at each step of an erasure on the journal, as a crash would leave it. */
  const copyingDisk = (copies: string[]): Disk & {isArmed: boolean} => {
    const copy = async (step: string) => {
      if (!disk.isArmed) return;
      const folder = path.join(around.folder, `crash-${copies.length}-${step}`);
      copies.push(folder);
      await cp(trail(), folder, {recursive: true});
    };
    const disk: Disk & {isArmed: boolean} = {
      ...systemDisk,
      isArmed: false,
      open: async (file) => {
        await copy("before-a-new-file");
        return await systemDisk.open(file);
      },
      remove: async (file) => {
        await copy("before-a-file-goes");
        await systemDisk.remove(file);
        await copy("after-a-file-went");
      },
    };
    return disk;
  };

  test.each([
    {where: "in a bundle", entries: 300, seq: 17},
    {where: "in no bundle", entries: 300, seq: 290},
  ])(
    "between the redaction and the end of a removal is made good at the next start, for a body $where",
    async ({entries, seq}) => {
      await audit.stop();
      const copies: string[] = [];
      const disk = copyingDisk(copies);
      audit = around.create({disk} as Partial<AuditOptions>);
      await audit.start();
      await fill(entries);
      await audit.check();
      disk.isArmed = true;
      await audit.erase("press-7", seq, why, admin);
      disk.isArmed = false;
      await audit.stop();
      isStopped = true;
      expect(copies.length).toBeGreaterThanOrEqual(3);
      // The first copy has the redaction, and the body still everywhere; a file of bodies may be written anew or not.
      const [first, second] = copies as [string, string];
      expect(await filesWith(first, secretOf(seq))).not.toEqual([]);
      const mixed = path.join(around.folder, "crash-mixed");
      await cp(first, mixed, {recursive: true});
      await cp(path.join(second, "logs"), path.join(mixed, "logs"), {recursive: true});
      for (const folder of [...copies, mixed]) {
        const again = around.create({folder});
        await again.start();
        expect([folder, await filesWith(folder, secretOf(seq))]).toEqual([folder, []]);
        expect(await again.entry("press-7", seq)).toMatchObject({body: null, erased: {by: "user:dora"}});
        expect((await again.entry("press-7", seq - 1))?.body).toEqual({person: secretOf(seq - 1)});
        expect((await again.check()).machines).toMatchObject([{entries: entries + 1, broken: null}]);
        expect(await again.conditions()).not.toContainEqual(expect.objectContaining({id: "audit/erasure-unfinished"}));
        await again.stop();
      }
    },
  );
});

describe("retention", () => {
  const DAY_MS = 86_400_000;
  const restart = async (options: Partial<AuditOptions>) => {
    await audit.stop();
    audit = around.create(options);
    await audit.start();
  };

  test("erases bodies older than its days, and nothing younger, under redactions of the gateway", async () => {
    await fill(600);
    await audit.review("press-7", {kind: "reviewed", entries: [[0, 9]]}, admin);
    around.clock.jump(40 * DAY_MS);
    await fill(10, 1_000);
    await audit.check();
    await restart({retentionDays: 30});
    await around.until(() => audit.machines()[0]!.entries === 612, 60_000);
    await audit.stop();
    audit = around.create({retentionDays: 30});
    await audit.start();
    for (const seq of [0, 255, 256, 599]) {
      expect(await audit.entry("press-7", seq)).toMatchObject({
        body: null,
        erased: {by: "process:audit", reason: "retention", legalBasis: "setting audit.retention_days = 30"},
      });
      expect(await filesWith(trail(), secretOf(seq))).toEqual([]);
    }
    // The review's own body stays, and so does what is younger.
    expect((await audit.entry("press-7", 600))?.body).toMatchObject({kind: "reviewed"});
    expect(await audit.entry("press-7", 611)).toMatchObject({type: "redaction", actorRole: "process"});
    expect((await audit.entry("press-7", 601))?.body).toEqual({person: secretOf(1_000)});
    expect((await audit.check()).machines).toMatchObject([{broken: null}]);
    const {machines, retention} = await audit.storage();
    expect(machines).toMatchObject([{machine: "press-7", entries: 612, erased: 600}]);
    expect(retention).toMatchObject({days: 30});
  });

  test("keeps everything for ever when no days are set", async () => {
    await fill(20);
    around.clock.jump(4_000 * DAY_MS);
    await restart({});
    await around.clock.advance(3_600_000);
    expect((await audit.entry("press-7", 0))?.body).not.toBeNull();
  });
});

test("storage counts what bodies take, less what was erased", async () => {
  await fill(600);
  await audit.check();
  const before = await audit.storage();
  const [machine] = before.machines;
  const bodies = path.join(trail(), "logs", "press-7", "1", "body");
  let onDisk = 0;
  for (const name of await readdir(bodies)) onDisk += (await readFile(path.join(bodies, name))).length;
  // 88 of the 600 are in no bundle yet.
  expect(machine!.bodyBytes).toBeGreaterThan(onDisk);
  expect(machine!.bodyBytes).toBeLessThan(onDisk * 1.3);
  expect(before).toMatchObject({
    growthBytesPerDay: null,
    measuredDays: 0,
    disk: {freeBytes: expect.any(Number), fullOn: null},
  });
  await audit.erase("press-7", 100, why, admin);
  const after = await audit.storage();
  expect(after.machines[0]).toMatchObject({entries: 601, erased: 1});
  const body = Buffer.byteLength(JSON.stringify({person: secretOf(100)})) + 32;
  const redaction = Buffer.byteLength(JSON.stringify({entries: [[100, 100]], ...why})) + 32 + 4;
  expect(after.machines[0]!.bodyBytes).toBe(machine!.bodyBytes - body + redaction);
});
