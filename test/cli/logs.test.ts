import {
  appendFileSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import {tmpdir} from "node:os";
import path from "node:path";
import {describe, expect, test} from "@jest/globals";
import {lastErrorOf, PARTS_KEPT, shortenLogs} from "../../src/cli/start/logs.ts";

const BYTES_MAX = 100;

function newLogs(): {home: string; folder: string; file: string} {
  const home = mkdtempSync(path.join(tmpdir(), "tanglegate logs "));
  const folder = path.join(home, "logs");
  mkdirSync(folder);
  return {home, folder, file: path.join(folder, "gateway.log")};
}

describe("the logs of the processes", () => {
  test("stay as they are while they are short", () => {
    const {folder, file} = newLogs();
    writeFileSync(file, "a".repeat(BYTES_MAX));
    shortenLogs(folder, BYTES_MAX);
    expect(readdirSync(folder)).toEqual(["gateway.log"]);
    expect(statSync(file).size).toBe(BYTES_MAX);
  });

  test("are cut while a process appends: it goes on at the new end, and what was there is in part 1", () => {
    const {folder, file} = newLogs();
    const handle = openSync(file, "a");
    writeSync(handle, "a".repeat(BYTES_MAX + 1));
    shortenLogs(folder, BYTES_MAX);
    writeSync(handle, "after");
    closeSync(handle);
    expect(readFileSync(file, "utf8")).toBe("after");
    expect(readFileSync(`${file}.1`, "utf8")).toBe("a".repeat(BYTES_MAX));
    expect(statSync(`${file}.1`).mode & 0o777).toBe(0o600);
  });

  test("never take more than their bound, however long and however fast", () => {
    const {folder, file} = newLogs();
    for (let round = 0; round < 10; round++) {
      appendFileSync(file, String(round).repeat(BYTES_MAX * 10));
      shortenLogs(folder, BYTES_MAX);
    }
    const sizes = readdirSync(folder).map((name) => statSync(path.join(folder, name)).size);
    expect(sizes).toHaveLength(PARTS_KEPT + 1);
    expect(sizes.reduce((sum, size) => sum + size)).toBe(PARTS_KEPT * BYTES_MAX);
    expect(readFileSync(`${file}.2`, "utf8")).toBe("8".repeat(BYTES_MAX));
  });

  test("are cut even when no part can be written", () => {
    const {folder, file} = newLogs();
    writeFileSync(file, "a".repeat(BYTES_MAX + 1));
    mkdirSync(`${file}.new`);
    mkdirSync(`${file}.1`);
    // A folder in the place of the copy stands for a disk that takes none.
    expect(() => shortenLogs(folder, BYTES_MAX)).not.toThrow();
    expect(statSync(file).size).toBe(0);
  });

  test("a folder that is gone is nothing to shorten", () => {
    expect(() => shortenLogs(path.join(newLogs().folder, "gone"))).not.toThrow();
  });
});

describe("the last error of a process", () => {
  const line = (level: string, error: string) => `${JSON.stringify({level, msg: "cannot start", error})}\n`;

  test("is its own sentence", () => {
    const {home, file} = newLogs();
    writeFileSync(file, line("error", "The first.") + line("error", "The port is taken.") + line("info", "no"));
    expect(lastErrorOf(home, "gateway")).toContain("The port is taken.");
  });

  test("is in the part before when the log was just cut", () => {
    const {home, folder, file} = newLogs();
    writeFileSync(file, line("error", "The port is taken."));
    shortenLogs(folder, 1000);
    writeFileSync(`${file}.1`, line("error", "The disk is full."));
    writeFileSync(file, "");
    expect(lastErrorOf(home, "gateway")).toContain("The disk is full.");
  });

  test("is a line of the engine when nothing else is there", () => {
    const {home, file} = newLogs();
    writeFileSync(file, "at x\nSyntaxError: Unexpected token\n    at y\n");
    expect(lastErrorOf(home, "gateway")).toContain("SyntaxError: Unexpected token");
    expect(lastErrorOf(home, "field")).toContain("wrote nothing");
  });
});
