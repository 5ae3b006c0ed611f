import {lstatSync, readFileSync} from "node:fs";
import path from "node:path";
import {parse, YAMLParseError} from "yaml";
import type {z} from "zod";
import {GatewayError, sentenceOf} from "../errors.ts";
import {demoSettings} from "./demo.ts";
import {type Config, configSchema} from "./schema.ts";
import {listSettings, type Setting} from "./settings.ts";

/** The settings of one home, and where they came from. */
export interface LoadedConfig {
  readonly config: Config;
  /** Absolute path of the data folder. */
  readonly home: string;
  /** No gateway.yaml: the demo network with the simulated site. */
  readonly isDemo: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;
type Settings = Record<string, unknown>;

/** The data folder: `TANGLEGATE_HOME`, else `data` in the working folder. */
export function homeOf(environment: Environment): string {
  return path.resolve(environment.TANGLEGATE_HOME || "data");
}

/**
 * Settings of a home: defaults, then `gateway.yaml` (or the demo's when there is none), then the environment.
 * Errors: `config/invalid` names the setting, what is wrong and the way out; `config/unreadable`.
 */
export function loadConfig(home: string, environment: Environment = process.env): LoadedConfig {
  const file = path.join(home, "gateway.yaml");
  const text = readIfThere(file);
  const fromEnvironment = readEnvironment(environment);
  const fromFile = text === null ? readDemo(fromEnvironment) : parseSections(text, file);
  return {config: check(mergeSections(fromFile, fromEnvironment), fromEnvironment), home, isDemo: text === null};
}

/** Settings of a text in the form of gateway.yaml alone; `file` is for the message. Errors: `config/invalid`. */
export function loadConfigText(text: string, file: string): Config {
  return check(parseSections(text, file), {});
}

function check(settings: Settings, fromEnvironment: Settings): Config {
  const parsed = configSchema.safeParse(settings);
  if (!parsed.success) throw invalid(parsed.error.issues[0]!, fromEnvironment);
  return parsed.data;
}

function readIfThere(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const isThere = lstatSync(file, {throwIfNoEntry: false}) !== undefined;
    // A link that leads nowhere is a real site whose settings are missing, and no demo.
    if ((error as NodeJS.ErrnoException).code === "ENOENT" && !isThere) return null;
    throw new GatewayError("config/unreadable", `${file} cannot be read: ${sentenceOf(error)}.`, {file});
  }
}

function parseYaml(text: string, place: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    const line = error instanceof YAMLParseError ? (error.linePos?.[0].line ?? null) : null;
    const where = line === null ? place : `${place}, line ${line}`;
    throw new GatewayError("config/invalid", `${where} is not YAML: ${sentenceOf(error).split("\n")[0]}`, {
      place,
      line,
    });
  }
}

function parseSections(text: string, file: string): Settings {
  const value = parseYaml(text, file);
  if (value === null || value === undefined) return {};
  if (typeof value !== "object" || Array.isArray(value)) {
    throw new GatewayError("config/invalid", `${file} must hold sections such as "rest:", each with its settings.`, {
      file,
    });
  }
  // A section whose settings are all commented out is null in YAML.
  return Object.fromEntries(Object.entries(value).filter(([, section]) => section !== null));
}

function readDemo(fromEnvironment: Settings): Settings {
  // The demo's devices must find the plant where the environment has put it. What is wrong there the whole schema names.
  const placed = configSchema.shape.plant.safeParse(fromEnvironment.plant);
  const {host, modbus_port, opcua_port} = placed.data ?? configSchema.shape.plant.parse({});
  return demoSettings({host, modbusPort: modbus_port, opcuaPort: opcua_port});
}

// Variables that look like settings and are secrets, which are never settings.
const SECRET_VARIABLE = /_(TOKEN|PASSWORD|PASSPHRASE|USER)$/;

function readEnvironment(environment: Environment): Settings {
  const settings: Record<string, Settings> = {};
  refuseUnknownVariables(environment);
  for (const setting of listSettings()) {
    // Files of variables bring spaces and carriage returns along.
    const text = environment[setting.variable]?.trim();
    if (text === undefined || text === "") continue;
    settings[setting.section] ??= {};
    settings[setting.section]![setting.key] = readValue(text, setting);
  }
  return settings;
}

function refuseUnknownVariables(environment: Environment): void {
  const known = listSettings().map((setting) => setting.variable);
  const sections = [...new Set(listSettings().map(({section}) => `TANGLEGATE_${section.toUpperCase()}_`))];
  for (const [name, value] of Object.entries(environment)) {
    const isMeant = sections.some((prefix) => name.startsWith(prefix)) && !SECRET_VARIABLE.test(name) && value !== "";
    if (!isMeant || known.includes(name)) continue;
    const near = nearest(name, known);
    const hint = near === null ? "The README lists all settings." : `Did you mean ${near}?`;
    throw new GatewayError("config/invalid", `No setting belongs to the environment variable ${name}. ${hint}`, {
      variable: name,
    });
  }
}

function readValue(text: string, setting: Setting): unknown {
  switch (setting.kind) {
    case "text":
      return text;
    case "number":
      return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
    case "switch":
      return text === "true" ? true : text === "false" ? false : text;
    case "list":
      return parseYaml(text, setting.variable);
  }
}

function mergeSections(base: Settings, over: Settings): Settings {
  const merged: Settings = {...base};
  for (const [section, values] of Object.entries(over)) {
    const below = base[section] ?? {};
    // What is no section stays for the schema to refuse.
    if (typeof below === "object") merged[section] = {...below, ...(values as Settings)};
  }
  return merged;
}

function invalid(issue: z.core.$ZodIssue, fromEnvironment: Settings): GatewayError {
  if (issue.code === "unrecognized_keys") {
    const place = [...issue.path, issue.keys[0]!].join(".");
    const known = listSettings().map((setting) => setting.name);
    const near = nearest(
      place,
      issue.path.length === 0 ? [...new Set(known.map((name) => name.split(".")[0]!))] : known,
    );
    const hint = near === null ? "The README lists all settings." : `Did you mean ${near}?`;
    return new GatewayError("config/invalid", `There is no setting ${place}. ${hint}`, {setting: place});
  }
  const name = issue.path.slice(0, 2).join(".");
  const rest = issue.path.slice(2).join(".");
  const [section, key] = issue.path.map(String);
  const isFromEnvironment = (fromEnvironment[section ?? ""] as Settings | undefined)?.[key ?? ""] !== undefined;
  const setting = listSettings().find((candidate) => candidate.name === name);
  const where = isFromEnvironment && setting ? ` (from the environment variable ${setting.variable})` : "";
  const place = rest === "" ? name : `${name}.${rest}`;
  return new GatewayError("config/invalid", `Setting ${place}${where}: ${issue.message}.`, {setting: name});
}

// The known name with the smallest edit distance, when it is near enough to be a slip.
function nearest(name: string, known: readonly string[]): string | null {
  const ranked = known
    .map((candidate) => ({candidate, distance: editDistance(name, candidate)}))
    .sort((a, b) => a.distance - b.distance)[0];
  return ranked !== undefined && ranked.distance <= 3 ? ranked.candidate : null;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({length: b.length + 1}, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row.at(-1)!;
}
