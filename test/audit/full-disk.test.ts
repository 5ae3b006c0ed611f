import path from "node:path";
import {afterEach, beforeAll, beforeEach, describe, expect, jest, test} from "@jest/globals";
import type {Audit, AuditGap} from "../../src/audit/index.ts";
import {installNativeCrypto} from "../../src/native-crypto.ts";
import {type Disk, systemDisk} from "../../src/storage/index.ts";
import {createSurroundings, type Surroundings} from "./support.ts";

jest.setTimeout(60_000);
beforeAll(() => installNativeCrypto());

const full = () => Object.assign(new Error("ENOSPC: no space left on device, write"), {code: "ENOSPC"});

/** A step of the disk that waits until it is let go. */
interface Gate {
  readonly isReached: boolean;
  open(): void;
}

/** The disk of this machine, which is full when told, and slow when told. */
function createFakeDisk(now: () => number) {
  const roomCheckedAtMs: number[] = [];
  let gates: Record<string, Promise<void> | undefined> = {};
  const reached = new Set<string>();
  const pass = async (step: string) => {
    reached.add(step);
    await gates[step];
  };
  const fake = {
    isFull: false,
    /** Whether the folder of the journal cannot be listed. */
    isUnlistable: false,
    /** Whether files stay where they are. */
    isUnremovable: false,
    roomCheckedAtMs,
    gate: (step: "list" | "read"): Gate => {
      let open: () => void = () => undefined;
      reached.delete(step);
      gates = {...gates, [step]: new Promise<void>((resolve) => (open = resolve))};
      return {
        get isReached() {
          return reached.has(step);
        },
        open,
      };
    },
  };
  const disk: Disk = {
    ...systemDisk,
    list: async (folder) => {
      await pass("list");
      if (fake.isUnlistable) throw full();
      return await systemDisk.list(folder);
    },
    remove: async (name) => {
      if (fake.isUnremovable) throw full();
      await systemDisk.remove(name);
    },
    open: async (name) => {
      if (path.basename(name) === "room") roomCheckedAtMs.push(now());
      const file = await systemDisk.open(name);
      return Object.defineProperties({} as typeof file, {
        ...Object.getOwnPropertyDescriptors(file),
        write: {
          value: (bytes: Uint8Array, position: number) => {
            if (!fake.isFull) return file.write(bytes, position);
            void file.write(bytes.subarray(0, 10), position);
            throw full();
          },
        },
        read: {
          value: async (position: number, length: number) => {
            await pass("read");
            return await file.read(position, length);
          },
        },
      });
    },
  };
  return Object.assign(fake, {disk});
}

let around: Surroundings;
let disk: ReturnType<typeof createFakeDisk>;
let audit: Audit;
let startMs: number;
beforeEach(async () => {
  around = await createSurroundings();
  disk = createFakeDisk(() => around.clock.monotonicMs() - startMs);
  audit = around.create({disk: disk.disk});
  await audit.start();
  await append(1);
  await append(2);
  await append(3);
});
afterEach(async () => {
  await audit.stop();
  await around.remove();
});

const append = (value: number) =>
  audit.append([{machine: "press-7", type: "parameter-change", body: {value}}], {actor: "user:anna"});
const fillDisk = async () => {
  startMs = around.clock.monotonicMs();
  disk.isFull = true;
  await expect(append(4)).rejects.toMatchObject({code: "audit/disk-full"});
};
const pass = async (ms: number) => {
  const end = around.clock.monotonicMs() + ms;
  await around.until(() => around.clock.monotonicMs() >= end, 1_000);
};
const tryAgainAt = (time: string) => ({isAccepting: false, because: expect.stringContaining(`again at ${time}`)});

describe("a full disk", () => {
  test("stops the trail, keeps what was acknowledged readable, and goes on after it is opened anew", async () => {
    const head = audit.checkpoint("press-7");
    await fillDisk();
    expect(audit.state()).toMatchObject({isAccepting: false, because: expect.stringContaining("full")});
    disk.isFull = false;
    await expect(append(4)).rejects.toMatchObject({code: "audit/disk-full"});
    expect((await audit.entry("press-7", 2))?.body).toEqual({value: 3});
    expect(audit.checkpoint("press-7")).toBe(head);
    await audit.reopen();
    expect(await append(4)).toMatchObject([{seq: 3, checkpointSize: 4}]);
    expect(audit.state()).toEqual({isAccepting: true});
  });

  test("is looked at again by the trail itself, which says when, and goes on once there is room", async () => {
    const gaps: AuditGap[] = [];
    audit.onResumed((gap) => gaps.push(gap));
    await fillDisk();
    expect(audit.state()).toEqual(tryAgainAt("2026-06-01T00:00:10.000Z"));
    await expect(append(4)).rejects.toThrow(/full.*tries again at 2026-06-01T00:00:10\.000Z/);
    await pass(11_000);
    await around.until(() => disk.roomCheckedAtMs.length === 1 && JSON.stringify(audit.state()).includes("again"));
    expect((await audit.entry("press-7", 2))?.body).toEqual({value: 3});
    expect(gaps).toEqual([]);
    disk.isFull = false;
    await around.until(() => audit.state().isAccepting, 1_000);
    expect(gaps).toEqual([{from: "2026-06-01T00:00:00.000Z", because: expect.stringContaining("full")}]);
    expect(await append(4)).toMatchObject([{seq: 3}]);
    const looks = disk.roomCheckedAtMs.length;
    await pass(400_000);
    expect(disk.roomCheckedAtMs).toHaveLength(looks);
  });

  test("is looked at less and less often, but every five minutes", async () => {
    await fillDisk();
    for (let tries = 1; tries <= 8; tries++) {
      const said = /again at (.*)\.$/.exec((audit.state() as {because: string}).because)?.[1];
      await around.clock.advance(Date.parse(said!) - around.clock.now());
      // A look takes no time here: the clock stands until the trail waits again.
      await around.until(
        () => disk.roomCheckedAtMs.length === tries && JSON.stringify(audit.state()).includes("again"),
      );
    }
    expect(disk.roomCheckedAtMs.map((ms) => ms / 1000)).toEqual([10, 30, 70, 150, 310, 610, 910, 1210]);
  });

  test("is not looked at while something is read", async () => {
    await audit.stop();
    await audit.start();
    const gate = disk.gate("read");
    await fillDisk();
    disk.isFull = false;
    const entry = audit.entry("press-7", 1);
    await around.until(() => gate.isReached);
    await expect(audit.reopen()).rejects.toMatchObject({code: "audit/busy"});
    await pass(35_000);
    expect(disk.roomCheckedAtMs).toEqual([]);
    gate.open();
    expect((await entry)?.body).toEqual({value: 2});
    await around.until(() => audit.state().isAccepting, 1_000);
    expect(disk.roomCheckedAtMs).toEqual([40_000]);
  });
});

describe("who looks through the trail", () => {
  const rita = {actor: "user:rita", role: "reviewer"};
  const why = {reason: "asked", legalBasis: "GDPR Art. 17"};

  test("neither reviews nor erases on a full disk, searches all the same, and hears of it in an alarm", async () => {
    await fillDisk();
    const refused = {code: "audit/disk-full"};
    await expect(audit.review("press-7", {kind: "reviewed", entries: [[0, 1]]}, rita)).rejects.toMatchObject(refused);
    await expect(audit.planReviews("press-7", {everyDays: 7}, rita)).rejects.toMatchObject(refused);
    await expect(audit.erase("press-7", 0, why, rita)).rejects.toMatchObject(refused);
    expect((await audit.search()).items.map(({seq}) => seq)).toEqual([2, 1, 0]);
    expect(await audit.conditions()).toMatchObject([{id: "audit/not-accepting", severity: "alarm"}]);
    disk.isFull = false;
    await audit.reopen();
    expect(await audit.conditions()).toEqual([]);
    await audit.review("press-7", {kind: "reviewed", entries: [[0, 1]]}, rita);
    expect((await audit.search({review: "reviewed"})).items.map(({seq}) => seq)).toEqual([1, 0]);
  });

  test("hears of a trail that could not be opened anew, and of what was wrong before", async () => {
    await audit.planReviews("press-7", {everyDays: 1}, rita);
    around.clock.jump(2 * 86_400_000);
    const ids = async () => (await audit.conditions()).map(({id}) => id);
    expect(await ids()).toEqual(["audit/review-overdue/press-7"]);
    disk.isUnlistable = true;
    await expect(audit.reopen()).rejects.toMatchObject({code: "storage/disk-full"});
    expect(await ids()).toEqual(["audit/not-accepting", "audit/review-overdue/press-7"]);
    disk.isUnlistable = false;
    await audit.reopen();
    expect(await ids()).toEqual(["audit/review-overdue/press-7"]);
  });

  test("has an erasure that the disk cut short ended when the trail is opened anew", async () => {
    disk.isUnremovable = true;
    await expect(audit.erase("press-7", 0, why, rita)).rejects.toMatchObject({code: "audit/disk-full"});
    expect(audit.state()).toMatchObject({isAccepting: false, because: expect.stringContaining("full")});
    expect((await audit.conditions()).map(({id}) => id)).toContain("audit/erasure-unfinished");
    disk.isUnremovable = false;
    await around.until(() => audit.state().isAccepting, 1_000);
    expect(await audit.entry("press-7", 0)).toMatchObject({body: null, erased: {by: "user:rita", ...why}});
    expect((await audit.entry("press-7", 1))?.body).toEqual({value: 2});
    expect(await audit.conditions()).toEqual([]);
    expect((await audit.check()).machines).toMatchObject([{broken: null, entries: 4}]);
  });
});

describe("opening the trail anew", () => {
  test("after a try that failed works at the next one; until then verdicts stay known", async () => {
    const verdicts = audit.machines();
    await fillDisk();
    disk.isFull = false;
    disk.isUnlistable = true;
    await expect(audit.reopen()).rejects.toMatchObject({code: "storage/disk-full"});
    await expect(append(4)).rejects.toMatchObject({code: "audit/disk-full"});
    await expect(audit.entry("press-7", 2)).rejects.toMatchObject({code: "audit/disk-full"});
    expect(audit.machines()).toEqual(verdicts);
    await expect(audit.reopen()).rejects.toMatchObject({code: "storage/disk-full"});
    disk.isUnlistable = false;
    await audit.reopen();
    expect((await audit.entry("press-7", 2))?.body).toEqual({value: 3});
    expect(await append(4)).toMatchObject([{seq: 3}]);
  });

  test("after a try that failed is tried again by the trail itself, even when the disk was not full before", async () => {
    const gaps: AuditGap[] = [];
    audit.onResumed((gap) => gaps.push(gap));
    disk.isUnlistable = true;
    await expect(audit.reopen()).rejects.toMatchObject({code: "storage/disk-full"});
    disk.isUnlistable = false;
    await around.until(() => audit.state().isAccepting, 1_000);
    expect(await append(4)).toMatchObject([{seq: 3}]);
    expect(gaps).toHaveLength(1);
  });

  test("takes no entry meanwhile and says so; a second call waits for the first", async () => {
    await fillDisk();
    disk.isFull = false;
    const gate = disk.gate("list");
    const first = audit.reopen();
    const second = audit.reopen();
    await around.until(() => gate.isReached);
    await expect(append(4)).rejects.toMatchObject({
      code: "audit/unavailable",
      message: expect.stringContaining("being opened anew; try again in a moment"),
    });
    expect(audit.state()).toMatchObject({isAccepting: false, because: expect.stringContaining("being opened anew")});
    expect(audit.machines()).toMatchObject([{machine: "press-7", entries: 3}]);
    gate.open();
    await Promise.all([first, second]);
    expect(await append(4)).toMatchObject([{seq: 3}]);
  });

  test("goes on when one who is told of it fails", async () => {
    const heard: AuditGap[] = [];
    audit.onResumed(() => {
      throw new Error("broken listener");
    });
    const end = audit.onResumed((gap) => heard.push(gap));
    await fillDisk();
    disk.isFull = false;
    await audit.reopen();
    expect(heard).toHaveLength(1);
    end();
    await fillDisk();
    disk.isFull = false;
    await audit.reopen();
    expect(heard).toHaveLength(1);
  });

  test("is not possible before the start", async () => {
    await audit.stop();
    await expect(audit.reopen()).rejects.toMatchObject({code: "audit/unavailable"});
  });
});

describe("a stop", () => {
  test("while the trail waits for its next try ends the waiting", async () => {
    await fillDisk();
    await audit.stop();
    disk.isFull = false;
    await around.clock.advance(60_000);
    expect(disk.roomCheckedAtMs).toEqual([]);
    await audit.start();
    expect(await append(4)).toMatchObject([{seq: 3}]);
  });

  test("during a try waits for it, and leaves a folder that can be opened", async () => {
    await fillDisk();
    disk.isFull = false;
    const gate = disk.gate("list");
    await around.until(() => gate.isReached, 1_000);
    const stopped = audit.stop();
    gate.open();
    await stopped;
    expect(audit.state()).toEqual({isAccepting: false, because: "The audit trail is not started."});
    await expect(append(4)).rejects.toThrow(/not started/);
    await audit.start();
    expect(await append(4)).toMatchObject([{seq: 3}]);
  });
});
