import {spawn} from "node:child_process";
import {once} from "node:events";
import {copyFileSync, mkdirSync, mkdtempSync, writeFileSync} from "node:fs";
import {tmpdir} from "node:os";
import path from "node:path";
import {describe, expect, test} from "@jest/globals";
import {oneLine} from "../../src/cli/output.ts";
import {commandIn} from "../../src/cli/words.ts";
import {ROOT} from "../support/palette.ts";

test.each([
  ["a\u001b[2Jb", "a\\x1b[2Jb"],
  ["a\nVERIFIED", "a\\nVERIFIED"],
  ["a\rb\u0007\u009b", "a\\x0db\\x07\\x9b"],
  ["Zähler 1", "Zähler 1"],
])("text of others is shown, not obeyed: %j", (text, shown) => {
  expect(oneLine(text)).toBe(shown);
});

test.each([
  ["status --home run", "status"],
  ["--home run status", "status"],
  ["--url run --json audit list", "audit"],
  ["constructor", undefined],
  ["--help", undefined],
])("the command of %j is %p", (words, command) => {
  expect(commandIn(words.split(" "), ["run", "status", "audit"])).toBe(command);
});

describe("the program of package.json", () => {
  // What is started is the main file of a package made here; the script is the real one.
  const start = (main: string) => {
    const root = mkdtempSync(path.join(tmpdir(), "tanglegate bin "));
    for (const folder of ["scripts", "dist/src/cli"]) mkdirSync(path.join(root, folder), {recursive: true});
    writeFileSync(path.join(root, "package.json"), '{"type": "module"}');
    copyFileSync(path.join(ROOT, "scripts/tanglegate.cjs"), path.join(root, "scripts/tanglegate.cjs"));
    writeFileSync(path.join(root, "dist/src/cli/main.js"), main);
    return spawn(process.execPath, [path.join(root, "scripts/tanglegate.cjs"), "word"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
  };

  test("hands on a signal and the exit code", async () => {
    const child = start(
      'process.on("SIGTERM", () => process.exit(7)); setInterval(() => 0, 1000); console.log(process.argv[2]);',
    );
    const [text] = (await once(child.stdout!, "data")) as [Buffer];
    expect(text.toString()).toBe("word\n");
    child.kill("SIGTERM");
    expect((await once(child, "exit"))[0]).toBe(7);
  });
});
