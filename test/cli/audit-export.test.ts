import {existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from "node:fs";
import {tmpdir} from "node:os";
import path from "node:path";
import {afterEach, beforeEach, describe, expect, test} from "@jest/globals";
import {auditExportCommand, queryOf} from "../../src/cli/commands/audit-export.ts";
import type {Context} from "../../src/cli/context.ts";
import {GatewayError} from "../../src/errors.ts";

describe("the filter of an export", () => {
  test("is what the options say, and nothing else", () => {
    expect(queryOf("zip", undefined, {})).toEqual({format: "zip"});
    expect(
      queryOf("csv", "press-7", {
        machine: "saw, oven",
        type: "alarm",
        fromTime: "2026-06-01T02:00:00+02:00",
        text: "bar",
      }),
    ).toEqual({
      format: "csv",
      machines: ["press-7", "saw", "oven"],
      types: ["alarm"],
      from: "2026-06-01T00:00:00.000Z",
      text: "bar",
    });
  });

  test("takes times, not numbers of entries", () => {
    expect(() => queryOf("csv", undefined, {from: "0", to: "5"})).toThrow(/--from-time/);
    expect(() => queryOf("csv", undefined, {fromTime: "yesterday"})).toThrow(/--from-time/);
  });
});

describe("the file of an export", () => {
  let folder: string;
  let pieces: () => AsyncGenerator<Uint8Array, void, undefined>;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "audit-export-"));
    pieces = async function* () {
      yield Buffer.from("one");
      yield Buffer.from("two");
    };
  });
  afterEach(() => rmSync(folder, {recursive: true}));

  /** Runs the command against a gateway that answers with `pieces`. */
  const run = async (...words: string[]) => {
    const lines: string[] = [];
    let code: number | null = null;
    const context = {
      output: {isJson: false, line: (text: string) => lines.push(text), json: () => undefined},
      gateway: {
        audit: {export: async () => ({fileName: "x.csv", count: 2, recordedAs: "gateway/9", bytes: pieces()})},
      },
    } as unknown as Context;
    const command = auditExportCommand((action) => async (...given) => {
      code = await action(context, ...(given.slice(0, -1) as never));
    });
    await command.exitOverride().parseAsync(words, {from: "user"});
    return {code, lines};
  };

  test("is written as it comes, and the entry that records it is told", async () => {
    const file = path.join(folder, "out.csv");
    const {code, lines} = await run("--format", "csv", "--out", file);
    expect(code).toBe(0);
    expect(readFileSync(file, "utf8")).toBe("onetwo");
    expect(lines[0]).toContain("2 entries (6 bytes). That it was exported is entry gateway/9.");
  });

  test("is never written over", async () => {
    const file = path.join(folder, "out.csv");
    writeFileSync(file, "mine");
    await expect(run("--format", "csv", "--out", file)).rejects.toThrow(/is there already/);
    expect(readFileSync(file, "utf8")).toBe("mine");
  });

  test("is not left behind in part", async () => {
    pieces = async function* () {
      yield Buffer.from("half");
      throw new GatewayError("client/cut", "The answer ended.");
    };
    const file = path.join(folder, "out.csv");
    await expect(run("--format", "csv", "--out", file)).rejects.toMatchObject({code: "client/cut"});
    expect(existsSync(file)).toBe(false);
  });

  test("needs either a range or a format", async () => {
    await expect(run()).rejects.toMatchObject({code: "cli/export"});
    await expect(run("press-7", "--from", "0")).rejects.toMatchObject({code: "cli/export"});
  });
});
