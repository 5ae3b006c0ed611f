import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import {tmpdir} from "node:os";
import path from "node:path";
import {describe, expect, test} from "@jest/globals";
import {makeFolder, writeWhole} from "../src/files.ts";

const newFolder = () => mkdtempSync(path.join(tmpdir(), "tanglegate files "));

describe("a folder", () => {
  test("is made with those above it, for its owner alone, and may be there already", () => {
    const folder = path.join(newFolder(), "a", "b");
    makeFolder(folder);
    makeFolder(folder);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(path.dirname(folder)).mode & 0o777).toBe(0o700);
  });

  test("that a link leads to is taken", () => {
    const home = newFolder();
    makeFolder(path.join(home, "there"));
    symlinkSync(path.join(home, "there"), path.join(home, "link"));
    makeFolder(path.join(home, "link", "inside"));
    expect(existsSync(path.join(home, "there", "inside"))).toBe(true);
  });

  const onLinux = process.platform === "linux" ? test : test.skip;
  onLinux.each(["/proc/x", "/proc/x/y", "/proc/self/x"])(
    "that the system does not make is an error at once: %s",
    (folder) => {
      expect(() => makeFolder(folder)).toThrow(/ENOENT|EACCES|EPERM/);
    },
  );

  test("in the place of a file is an error", () => {
    const file = path.join(newFolder(), "file");
    writeFileSync(file, "");
    expect(() => makeFolder(file)).toThrow(/EEXIST/);
    expect(() => makeFolder(path.join(file, "inside"))).toThrow(/ENOTDIR/);
  });

  test("under a link that leads nowhere is an error", () => {
    const home = newFolder();
    symlinkSync(path.join(home, "nowhere"), path.join(home, "link"));
    expect(() => makeFolder(path.join(home, "link", "inside"))).toThrow(/EEXIST|ENOENT/);
  });
});

describe("a file that is written whole", () => {
  test("is closed to others even when it was open before, and nothing lies beside it", () => {
    const folder = newFolder();
    const file = path.join(folder, "secret");
    writeFileSync(file, "old");
    chmodSync(file, 0o644);
    writeFileSync(`${file}.new`, "left by a power cut");
    writeWhole(file, "new");
    expect(readFileSync(file, "utf8")).toBe("new");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(["secret"]);
  });
});
