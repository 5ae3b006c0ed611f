import {execFile} from "node:child_process";
import {accessSync, constants} from "node:fs";
import path from "node:path";
import {test} from "@jest/globals";

/** Whether a third-party program is installed. */
export function isInstalled(program: string): boolean {
  return (process.env.PATH ?? "").split(path.delimiter).some((folder) => {
    try {
      accessSync(path.join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** A test that needs a program: counted as skipped where it is not installed. */
export function testWith(program: string): typeof test | typeof test.skip {
  return isInstalled(program) ? test : test.skip;
}

/** Runs a program and gives what it printed; rejects with its error output when it fails. */
export function runProgram(program: string, ...words: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, words, {timeout: 15_000}, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${program} ${words.join(" ")}: ${stderr || stdout || error.message}`));
    });
  });
}
