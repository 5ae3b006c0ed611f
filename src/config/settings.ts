import {z} from "zod";
import {configSchema} from "./schema.ts";

/** One setting, as the README table and the environment see it. */
export interface Setting {
  /** "rest.port" */
  readonly name: string;
  readonly section: string;
  readonly key: string;
  /** "TANGLEGATE_REST_PORT" */
  readonly variable: string;
  readonly kind: "text" | "number" | "switch" | "list";
  readonly preset: unknown;
  /** Limits in words; empty when there are none. */
  readonly limits: string;
  readonly description: string;
}

interface JsonSchema {
  readonly type?: string;
  readonly default?: unknown;
  readonly description?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly enum?: readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
}

/** Every setting in the order of the schema. */
export function listSettings(): readonly Setting[] {
  settings ??= Object.entries(sections()).flatMap(([section, schema]) =>
    Object.entries(schema.properties ?? {}).map(([key, property]) => ({
      name: `${section}.${key}`,
      section,
      key,
      variable: `TANGLEGATE_${section}_${key}`.toUpperCase(),
      kind: kindOf(property),
      preset: property.default,
      limits: limitsOf(property),
      description: property.description ?? "",
    })),
  );
  return settings;
}

/** The settings as a Markdown table, for the root README. */
export function settingsTable(): string {
  const rows = listSettings().map((setting) => {
    const limits = setting.limits === "" ? "" : ` (${setting.limits})`;
    return `| \`${setting.name}\` | \`${JSON.stringify(setting.preset)}\` | ${setting.description}${limits} |`;
  });
  return ["| setting | default | what it does |", "|---|---|---|", ...rows].join("\n");
}

let settings: readonly Setting[] | null = null;

function sections(): Readonly<Record<string, JsonSchema>> {
  return (z.toJSONSchema(configSchema, {io: "input"}) as JsonSchema).properties ?? {};
}

function kindOf(property: JsonSchema): Setting["kind"] {
  if (property.type === "boolean") return "switch";
  if (property.type === "integer" || property.type === "number") return "number";
  return property.type === "array" ? "list" : "text";
}

function limitsOf(property: JsonSchema): string {
  if (property.enum !== undefined) return property.enum.join(", ");
  if (property.minimum === undefined || property.maximum === undefined) return "";
  return `${property.minimum} to ${property.maximum}`;
}
