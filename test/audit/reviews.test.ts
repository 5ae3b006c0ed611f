import {afterEach, beforeAll, beforeEach, describe, expect, jest, test} from "@jest/globals";
import type {Audit} from "../../src/audit/index.ts";
import {
  applyReview,
  checkReview,
  joinRanges,
  type ReviewEvent,
  type ReviewMark,
  stateOf,
} from "../../src/audit/review-rules.ts";
import {dueOf} from "../../src/audit/reviews.ts";
import type {ReviewInput, SeqRange} from "../../src/client/index.ts";
import {installNativeCrypto} from "../../src/native-crypto.ts";
import {createSurroundings, type Surroundings} from "./support.ts";

jest.setTimeout(60_000);
beforeAll(() => installNativeCrypto());

describe("the state of an entry follows from its reviews in their order", () => {
  test.each<[string, ReviewInput["kind"][], string]>([
    ["nothing", [], "open"],
    ["a review", ["reviewed"], "reviewed"],
    ["a question", ["question"], "question"],
    ["a question that is answered", ["question", "answer"], "open"],
    ["a question after a review", ["reviewed", "question"], "question"],
    ["a question after a review, answered", ["reviewed", "question", "answer"], "reviewed"],
    ["a review that ends a question", ["question", "reviewed"], "reviewed"],
    ["a handover", ["handover"], "handed-over"],
    ["a question after a handover", ["handover", "question"], "question"],
    ["a handover, its question answered", ["handover", "question", "answer"], "handed-over"],
    ["a review that ends a handover", ["handover", "reviewed"], "reviewed"],
    ["an answer to nothing", ["answer"], "open"],
  ])("%s", (_, kinds, state) => {
    const events = kinds.map(
      (kind, seq): ReviewEvent => ({
        seq,
        kind,
        by: "user:rita",
        at: "",
        entries: [[0, 0]],
        to: kind === "handover" ? "user:ben" : null,
      }),
    );
    const mark = events.reduce<ReviewMark | null>((before, event) => applyReview(before, event), null);
    expect(stateOf(mark)).toBe(state);
  });
});

test("ranges are put in order, and joined where they touch", () => {
  expect(
    joinRanges([
      [7, 9],
      [0, 2],
      [3, 3],
      [8, 12],
      [20, 20],
    ]),
  ).toEqual([
    [0, 3],
    [7, 12],
    [20, 20],
  ]);
});

describe("a review is refused", () => {
  const good = {kind: "reviewed", entries: [[0, 1]]};
  test.each<{name: string; input: unknown; message: RegExp; code?: string}>([
    {name: "that is no object", input: null, message: /object/},
    {name: "of an unknown kind", input: {...good, kind: "seen"}, message: /^kind: /},
    {name: "of no entries", input: {...good, entries: []}, message: /^entries: /},
    {name: "of a range that ends before it begins", input: {...good, entries: [[2, 1]]}, message: /^entries: /},
    {name: "of a range of half an entry", input: {...good, entries: [[0, 0.5]]}, message: /^entries: /},
    {
      name: "of too many runs",
      input: {...good, entries: Array.from({length: 257}, (_, i) => [2 * i, 2 * i])},
      message: /at most 256 runs/,
      code: "audit/too-large",
    },
    {
      name: "of too many entries",
      input: {...good, entries: [[0, 100_000]]},
      message: /at most 100000 entries/,
      code: "audit/too-large",
    },
    {name: "that asks without words", input: {...good, kind: "question"}, message: /^comment: a question says/},
    {name: "that answers without words", input: {...good, kind: "answer", comment: " "}, message: /^comment: /},
    {name: "that hands over without words", input: {...good, kind: "handover", to: "user:ben"}, message: /^comment: /},
    {
      name: "that hands over to nobody",
      input: {...good, kind: "handover", comment: "Shift ends."},
      message: /^to: a handover names/,
    },
    {
      name: "that names somebody without handing over",
      input: {...good, to: "user:ben"},
      message: /^to: only a handover/,
    },
    {name: "with a comment too long", input: {...good, comment: "x".repeat(2_001)}, message: /^comment: /},
  ])("$name", ({input, message, code = "audit/invalid"}) => {
    expect(() => checkReview(input)).toThrow(expect.objectContaining({code, message: expect.stringMatching(message)}));
  });
});

test("the next review is due so many days after the last one, or after the plan was made", () => {
  const plan = {everyDays: 7, at: "2026-01-10T00:00:00.000Z"};
  const reviewed = (at: string) => ({at}) as ReviewEvent;
  expect(dueOf({plan: null, lastReview: reviewed("2026-01-01T00:00:00.000Z")})).toBeNull();
  expect(dueOf({plan, lastReview: null})).toBe("2026-01-17T00:00:00.000Z");
  expect(dueOf({plan, lastReview: reviewed("2026-01-01T00:00:00.000Z")})).toBe("2026-01-17T00:00:00.000Z");
  expect(dueOf({plan, lastReview: reviewed("2026-01-12T00:00:00.000Z")})).toBe("2026-01-19T00:00:00.000Z");
});

describe("in a log", () => {
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
  const rita = {actor: "user:rita", role: "reviewer"};
  const fill = async (count: number, actor = "user:anna") => {
    for (let at = 0; at < count; at += 200)
      await audit.append(
        Array.from({length: Math.min(200, count - at)}, (_, i) => ({
          machine: "press-7",
          type: "parameter-change",
          body: {old: at + i, new: at + i + 1},
        })),
        {actor},
      );
  };
  const review = (kind: ReviewInput["kind"], entries: readonly SeqRange[], more: object = {}, by = rita) =>
    audit.review("press-7", {kind, entries, ...(kind === "reviewed" ? {} : {comment: "Look at this."}), ...more}, by);

  test("a review is an entry of the log itself, and what it says is seen at once", async () => {
    await fill(3);
    expect(await review("reviewed", [[0, 1]])).toMatchObject({machine: "press-7", seq: 3});
    expect(await audit.entry("press-7", 3)).toMatchObject({
      type: "review",
      actor: "user:rita",
      actorRole: "reviewer",
      body: {kind: "reviewed", entries: [[0, 1]]},
    });
    expect((await audit.entry("press-7", 1))?.review).toMatchObject({state: "reviewed", by: "user:rita", seq: 3});
    expect((await audit.entry("press-7", 2))?.review).toEqual({state: "open"});
  });

  test("nobody reviews what they did themselves, however far back, and the sentence names the entry", async () => {
    await fill(520);
    await fill(1, "user:rita");
    await fill(80);
    await audit.check();
    await expect(review("reviewed", [[0, 600]])).rejects.toMatchObject({
      code: "audit/refused",
      message: expect.stringMatching(/^Entry 520 of press-7 was made by user:rita/),
    });
    await expect(
      review("reviewed", [
        [0, 519],
        [521, 600],
      ]),
    ).resolves.toBeDefined();
  });

  test("the one who did it may ask, answer and hand over", async () => {
    await fill(2);
    const anna = {actor: "user:anna", role: "operator"};
    await review("question", [[0, 0]], {}, anna);
    await review("answer", [[0, 0]], {}, anna);
    await review("handover", [[0, 0]], {to: "user:rita"}, anna);
    expect((await audit.entry("press-7", 0))?.review).toMatchObject({
      state: "handed-over",
      by: "user:anna",
      to: "user:rita",
    });
  });

  test("an entry that is not there cannot be reviewed, nor a machine without a log", async () => {
    await fill(2);
    await expect(review("reviewed", [[1, 2]])).rejects.toMatchObject({
      code: "audit/not-found",
      message: expect.stringMatching(/no entry 2/),
    });
    await expect(audit.review("ghost", {kind: "reviewed", entries: [[0, 0]]}, rita)).rejects.toMatchObject({
      code: "audit/not-found",
    });
  });

  test("an answer needs a question", async () => {
    await fill(2);
    await expect(review("answer", [[0, 1]])).rejects.toMatchObject({code: "audit/conflict"});
  });

  test.each(["review", "redaction", "review-plan", "restored"])("a caller cannot append a %s by hand", async (type) => {
    await expect(audit.append([{machine: "press-7", type, body: {}}], rita)).rejects.toMatchObject({
      code: "audit/invalid",
      message: expect.stringMatching(/^type: /),
    });
  });

  test("what waits for review: open critical entries, questions and the date", async () => {
    await fill(300);
    await review("reviewed", [[0, 99]]);
    await review("question", [[150, 160]]);
    await review("answer", [[150, 154]], {}, {actor: "user:anna", role: "operator"});
    await audit.planReviews("press-7", {everyDays: 7}, rita);
    const state = await audit.reviewOf("press-7");
    expect(state).toMatchObject({
      openCritical: 300 - 100 - 6,
      isCountComplete: true,
      questions: [{by: "user:rita", entries: [[155, 160]]}],
      lastReview: {by: "user:rita", seq: 300},
      plan: {everyDays: 7},
      isOverdue: false,
    });
    around.clock.jump(8 * 86_400_000);
    expect((await audit.reviewOf("press-7")).isOverdue).toBe(true);
    expect(await audit.conditions()).toContainEqual(
      expect.objectContaining({id: "audit/review-overdue/press-7", severity: "warning"}),
    );
    await audit.planReviews("press-7", {everyDays: 0}, rita);
    expect(await audit.reviewOf("press-7")).toMatchObject({plan: null, nextDue: null, isOverdue: false});
  });

  test("reviews are known again after a restart, from bundles and from what is in none", async () => {
    await fill(100);
    await review("reviewed", [[0, 49]]);
    await fill(300);
    await audit.check();
    await review("question", [[60, 60]]);
    await audit.planReviews("press-7", {everyDays: 3}, rita);
    const before = await audit.reviewOf("press-7");
    await audit.stop();
    audit = around.create();
    await audit.start();
    expect(await audit.reviewOf("press-7")).toEqual(before);
    expect((await audit.entry("press-7", 10))?.review).toMatchObject({state: "reviewed"});
    expect((await audit.entry("press-7", 60))?.review).toMatchObject({state: "question"});
  });
});
