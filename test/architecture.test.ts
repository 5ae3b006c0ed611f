// The import table of src/README.md as a test: doors only, no cycle, heavy packages in their owner folder, pure files pure.

import {readdirSync, readFileSync} from "node:fs";
import path from "node:path";
import {describe, expect, test} from "@jest/globals";

const ROOT = path.join(import.meta.dirname, "..");

interface SourceFile {
  /** Path from the root, with slashes: "src/audit/log.ts". */
  readonly file: string;
  readonly text: string;
}

interface Rules {
  readonly imports: ReadonlyMap<string, readonly string[]>;
  readonly owners: ReadonlyMap<string, string>;
  readonly pure: readonly string[];
}

function readRules(readme: string): Rules {
  const rows = (heading: string) => {
    const after = readme.slice(readme.indexOf(heading));
    const lines = after.split("\n");
    const end = lines.findIndex((line, index) => index > 1 && !line.startsWith("|"));
    return lines.slice(2, end).map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  };
  return {
    imports: new Map(
      rows("| module | may import |").map(([module, list]) => [module!, list!.split(",").map((name) => name.trim())]),
    ),
    owners: new Map(rows("| package | owner |").map(([name, owner]) => [name!, owner!])),
    pure: rows("| pure |").map(([name]) => name!),
  };
}

function readSources(folder: string): SourceFile[] {
  return readdirSync(path.join(ROOT, folder), {recursive: true, withFileTypes: true})
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .map((full) => ({file: path.relative(ROOT, full).replaceAll("\\", "/"), text: readFileSync(full, "utf8")}));
}

/** Module of a file: "audit", "nodes", or "" for the ground floor. */
function moduleOf(file: string): string {
  const parts = file.split("/");
  if (parts[0] === "nodes") return "nodes";
  return parts.length > 2 ? parts[1]! : "";
}

function importsOf(source: SourceFile): {specifier: string; isType: boolean}[] {
  const pattern = /^\s*(?:import|export)\s+(type\s)?(?:[^"';]*?\sfrom\s+)?"([^"]+)"/gm;
  const dynamic = /\bimport\(\s*"([^"]+)"\s*\)|\brequire\(\s*"([^"]+)"\s*\)/g;
  return [
    ...[...source.text.matchAll(pattern)].map((match) => ({specifier: match[2]!, isType: match[1] !== undefined})),
    ...[...source.text.matchAll(dynamic)].map((match) => ({specifier: (match[1] ?? match[2])!, isType: false})),
  ];
}

function faultsOf(sources: readonly SourceFile[], rules: Rules): string[] {
  const faults: string[] = [];
  const edges = new Map<string, string[]>();
  for (const source of sources) {
    const from = moduleOf(source.file);
    const targets: string[] = [];
    for (const {specifier, isType} of importsOf(source)) {
      if (!specifier.startsWith(".")) {
        const name = specifier.startsWith("@") ? specifier.split("/").slice(0, 2).join("/") : specifier.split("/")[0]!;
        const owner = rules.owners.get(name);
        const isNodeTypes = name === "node-red" && from === "nodes" && isType;
        if (owner !== undefined && owner !== from && !isNodeTypes)
          faults.push(`${source.file} imports ${name}, which belongs to ${owner}`);
        continue;
      }
      const target = path.posix.join(path.posix.dirname(source.file), specifier);
      const to = moduleOf(target);
      if (!isType) targets.push(target);
      if (to === from) {
        if (from !== "" && /^src\/[^/]+\/index\.ts$/.test(target))
          faults.push(`${source.file} imports its own index.ts`);
      } else if (to !== "") {
        const isDoor = /^src\/[^/]+\/(index|pure)\.ts$/.test(target);
        const isPureDoor = target.endsWith("/pure.ts");
        const allowed = rules.imports.get(from) ?? [];
        if (!isDoor) faults.push(`${source.file} imports ${target}, which is not a door`);
        const isAllowed =
          allowed.includes("*") || allowed.includes(to) || (isPureDoor && allowed.includes(`${to}/pure`));
        if (!isAllowed)
          faults.push(`${source.file} imports ${to}, which the row of ${from || "the ground floor"} does not list`);
      }
    }
    edges.set(source.file, targets);
    const isPure = rules.pure.some((name) => source.file.startsWith(`src/${name}/`) || source.file === `src/${name}`);
    const code = source.text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
    if (
      isPure &&
      /\bawait\b|Date\.now|Math\.random|performance\.now|from "node:|getRandomValues|setTimeout/.test(code)
    ) {
      faults.push(`${source.file} is pure, and uses a clock, randomness, input or output, or await`);
    }
  }
  return [...faults, ...cyclesOf(edges)];
}

function cyclesOf(edges: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>();
  const faults: string[] = [];
  const walk = (file: string, trail: readonly string[]): void => {
    const start = trail.indexOf(file);
    if (start >= 0) {
      faults.push(`import cycle: ${[...trail.slice(start), file].join(" -> ")}`);
      return;
    }
    if (done.has(file)) return;
    for (const next of edges.get(file) ?? []) walk(next, [...trail, file]);
    done.add(file);
  };
  for (const file of edges.keys()) walk(file, []);
  return faults;
}

const rules = readRules(readFileSync(path.join(ROOT, "src/README.md"), "utf8"));

test("the sources keep to the import table", () => {
  const sources = [...readSources("src"), ...readSources("nodes")];
  expect(sources.length).toBeGreaterThan(10);
  expect(faultsOf(sources, rules)).toEqual([]);
});

test("every module has a row in the table", () => {
  const modules = new Set([...readSources("src"), ...readSources("nodes")].map((source) => moduleOf(source.file)));
  modules.delete("");
  expect([...modules].filter((name) => !rules.imports.has(name))).toEqual([]);
});

describe("the check finds", () => {
  const check = (file: string, text: string, others: readonly SourceFile[] = []) =>
    faultsOf([{file, text}, ...others], rules);

  test("an import that the table does not list", () => {
    expect(check("src/pow/a.ts", 'import {x} from "../storage/index.ts";')).toHaveLength(1);
  });
  test("an import past the door of another module", () => {
    expect(check("src/audit/a.ts", 'import {x} from "../storage/level.ts";')).toHaveLength(1);
  });
  test("an import of the own door", () => {
    expect(check("src/audit/a.ts", 'import {x} from "./index.ts";')).toHaveLength(1);
  });
  test("a heavy package outside its owner", () => {
    expect(check("src/audit/a.ts", 'import {Level} from "level";')).toHaveLength(1);
  });
  test("a ground-floor file that imports a folder", () => {
    expect(check("src/clock.ts", 'import {x} from "./storage/index.ts";')).toHaveLength(1);
  });
  test("a pure file with a clock", () => {
    expect(check("src/tangle/a.ts", "const now = Date.now();")).toHaveLength(1);
  });
  test("a pure file that awaits", () => {
    expect(check("src/stardust/a.ts", "await x();")).toHaveLength(1);
  });
  test("an import cycle", () => {
    const other = {file: "src/pow/b.ts", text: 'import {a} from "./a.ts";'};
    expect(check("src/pow/a.ts", 'import {b} from "./b.ts";', [other])).toHaveLength(1);
  });
});
