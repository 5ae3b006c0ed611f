// From the demo to a site of one's own, so that a power cut at any moment leaves one of the two, whole.
//
// The whole change is written down first, in setup-plan.json: what is set aside, and the text of every new file. Up to the moment that
// this file is there, the home is the demo; from then on it is the new site, because whoever starts next carries the plan out before
// anything else. Every step may be repeated: what was set aside is not set aside again, and files are written whole. The last step
// removes the plan. Nothing of the demo is deleted.

import {existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync} from "node:fs";
import path from "node:path";
import {z} from "zod";
import {GatewayError} from "../errors.ts";
import {syncFolder, writeWhole} from "../files.ts";
import {demoSiteName} from "./demo.ts";
import {siteName} from "./schema.ts";

const PLAN_FILE = "setup-plan.json";
/** What a home holds of one site. `pm2` and the lock belong to whoever runs it. */
const PARTS = ["gateway", "field", "node-red", "plant", "logs", "network.json", "credentials.txt"];
const FILE_BYTES_MAX = 1 << 20;
const SET_ASIDE_MAX = 100;

/** What the new site may bring along: who may log in, and the first password. */
const carriedPath = z.enum(["credentials.txt", "gateway/users.json", "gateway/admin-password"]);

const planSchema = z.strictObject({
  version: z.literal(1),
  siteName,
  /** Folder in the home that takes what was there; null when there was nothing. */
  setAside: z
    .string()
    .regex(/^demo-[0-9-]+$/)
    .nullable(),
  parts: z.array(z.enum(PARTS as [string, ...string[]])),
  files: z.array(
    z.strictObject({
      path: z.union([carriedPath, z.literal("gateway.yaml")]),
      text: z.string().max(FILE_BYTES_MAX),
    }),
  ),
});

export type SetupPlan = z.infer<typeof planSchema>;

/** A file that the new site is to have from the start. */
export interface PlannedFile {
  readonly path: z.infer<typeof carriedPath>;
  readonly text: string;
}

/** How a site may be named, for whoever asks for a name. */
export const SITE_NAME_RULE = {
  pattern: "^[a-z0-9][a-z0-9.-]{0,62}$",
  maxLength: 63,
  sentence:
    "1 to 63 of a-z, 0-9, dot and hyphen, as in a host name, such as press-shop.example.org. It is part of every log and cannot change later.",
} as const;

/**
 * Writes down that this home becomes the site of this name; from here on it is. `day`: YYYY-MM-DD.
 * Errors: `setup/invalid` for the name, `setup/conflict` when the home is a site already.
 */
export function planSetup(
  home: string,
  {name, files, day}: {readonly name: string; readonly files: readonly PlannedFile[]; readonly day: string},
): SetupPlan {
  if (readSetupPlan(home) !== null || existsSync(path.join(home, "gateway.yaml"))) {
    throw new GatewayError(
      "setup/conflict",
      `${home} is a site of its own already. Another site begins in another folder: name it with TANGLEGATE_HOME or --home.`,
      {home},
    );
  }
  const named = siteName.safeParse(name);
  if (!named.success) {
    throw new GatewayError("setup/invalid", `A site's name is ${SITE_NAME_RULE.sentence}`, {name: name.slice(0, 100)});
  }
  if (name === demoSiteName) {
    throw new GatewayError("setup/invalid", `${name} is the demo's name. Choose one that says where this gateway is.`, {
      name,
    });
  }
  const parts = PARTS.filter((part) => hasContents(path.join(home, part)));
  const plan: SetupPlan = {
    version: 1,
    siteName: name,
    setAside: parts.length === 0 ? null : freeName(home, day),
    parts,
    files: [...files, {path: "gateway.yaml", text: `site:\n  name: ${name}\n`}],
  };
  writeWhole(path.join(home, PLAN_FILE), `${JSON.stringify(plan, null, 2)}\n`);
  return plan;
}

/** The plan that waits to be carried out; null when there is none. Errors: `setup/broken`. */
export function readSetupPlan(home: string): SetupPlan | null {
  const file = path.join(home, PLAN_FILE);
  if (!existsSync(file)) return null;
  const parsed = planSchema.safeParse(parseOrNull(readFileSync(file, "utf8")));
  if (parsed.success) return parsed.data;
  throw new GatewayError(
    "setup/broken",
    `${file} does not have the form it should have; it was not written by this version. Start with the version that wrote it.`,
    {file},
  );
}

/** Carries out the plan that waits, if one does; returns it. Call it while nothing runs on this home. Errors: `setup/broken`. */
export function carryOutSetup(home: string): SetupPlan | null {
  const plan = readSetupPlan(home);
  if (plan === null) return null;
  for (const _ of setupSteps(home, plan)) {
    // Nothing to do between two steps; a power cut may come there.
  }
  return plan;
}

/** The steps of a plan, each on disk when it is yielded. Names what it did. */
export function* setupSteps(home: string, {setAside, parts, files}: SetupPlan): Generator<string> {
  if (setAside !== null) {
    const aside = path.join(home, setAside);
    mkdirSync(aside, {recursive: true, mode: 0o700});
    syncFolder(home);
    yield `made ${setAside}`;
    for (const part of parts) {
      const [from, to] = [path.join(home, part), path.join(aside, part)];
      // What stands in its place now, after it was set aside, is the new site's.
      if (existsSync(to) || !existsSync(from)) continue;
      renameSync(from, to);
      syncFolder(aside);
      syncFolder(home);
      yield `set aside ${part}`;
    }
  }
  for (const file of files) {
    const target = path.join(home, file.path);
    mkdirSync(path.dirname(target), {recursive: true, mode: 0o700});
    writeWhole(target, file.text);
    yield `wrote ${file.path}`;
  }
  syncFolder(home);
  rmSync(path.join(home, PLAN_FILE));
  syncFolder(home);
  yield "done";
}

function hasContents(part: string): boolean {
  if (!existsSync(part)) return false;
  try {
    return readdirSync(part).length > 0;
  } catch {
    // A file, not a folder.
    return true;
  }
}

function freeName(home: string, day: string): string {
  for (let count = 1; count <= SET_ASIDE_MAX; count++) {
    const name = count === 1 ? `demo-${day}` : `demo-${day}-${count}`;
    if (!existsSync(path.join(home, name))) return name;
  }
  throw new GatewayError("setup/conflict", `${home} holds too many folders named demo-${day}. Move some away.`, {home});
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
