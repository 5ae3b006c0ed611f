import {randomBytes} from "node:crypto";
import path from "node:path";
import type {Config, LoadedConfig} from "../../config/index.ts";
import {writeWhole} from "../../files.ts";

export type ProcessName = "gateway" | "field" | "node-red" | "plant";

/** The processes that a configuration asks for, in the order they start. */
export function processesOf(config: Config): readonly ProcessName[] {
  return [
    ...(config.plant.enabled ? (["plant"] as const) : []),
    "gateway",
    "field",
    ...(config.node_red.enabled ? (["node-red"] as const) : []),
  ];
}

/** What the started processes find in their environment: the home, and the secrets they know each other by, new at every start. */
export function environmentOf({home, config}: LoadedConfig): Record<string, string> {
  const keepOrMake = (name: string) => process.env[name] || randomBytes(32).toString("base64url");
  return {
    TANGLEGATE_HOME: home,
    TANGLEGATE_PROCESSES: processesOf(config).join(","),
    TANGLEGATE_NODE: process.execPath,
    TANGLEGATE_FIELD_TOKEN: keepOrMake("TANGLEGATE_FIELD_TOKEN"),
    TANGLEGATE_NODE_RED_TOKEN: keepOrMake("TANGLEGATE_NODE_RED_TOKEN"),
    TANGLEGATE_EDITOR_TOKEN: keepOrMake("TANGLEGATE_EDITOR_TOKEN"),
    TANGLEGATE_PLANT_TOKEN: keepOrMake("TANGLEGATE_PLANT_TOKEN"),
    TANGLEGATE_CLI_TOKEN: keepOrMake("TANGLEGATE_CLI_TOKEN"),
  };
}

/** File with the token of the local command line; whoever can read it is an admin of this gateway. Mode 0600. */
export function cliTokenFile(home: string): string {
  return path.join(home, "gateway", "cli-token");
}

export function writeCliToken(home: string, token: string): void {
  writeWhole(cliTokenFile(home), token);
}
