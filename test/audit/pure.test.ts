// The pure door is what browsers load: nothing behind it may need Node.

import {readFileSync} from "node:fs";
import path from "node:path";
import {expect, test} from "@jest/globals";

const SOURCES = path.join(import.meta.dirname, "../../src");

function filesBehind(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const [, isType, target] of readFileSync(file, "utf8").matchAll(
    /^(?:import|export)\s+(type\s)?[^;]*?from "(\.[^"]+)";/gm,
  ))
    if (isType === undefined) filesBehind(path.join(path.dirname(file), target!), seen);
  return seen;
}

test.each(["audit", "identity"])("the pure door of %s leads to no built-in of Node", (module) => {
  const files = filesBehind(path.join(SOURCES, module, "pure.ts"));
  expect(files.size).toBeGreaterThan(1);
  const faults = [...files].filter((file) => {
    const code = readFileSync(file, "utf8").replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
    return /from "node:|\bBuffer\b|\bprocess\.|\bawait\b|setImmediate/.test(code);
  });
  expect(faults.map((file) => path.relative(SOURCES, file))).toEqual([]);
});
