import {existsSync, readFileSync} from "node:fs";
import path from "node:path";
import {toHex} from "../bytes.ts";
import {GatewayError, sentenceOf} from "../errors.ts";
import {makeFolder, writeWhole} from "../files.ts";
import type {Random} from "../random.ts";

const SECRET_BYTES = 32;

/** Makes the process's folder, for its owner alone. Errors: `editor/unwritable`. */
export function prepareFolder(folder: string): void {
  try {
    makeFolder(folder);
  } catch (error) {
    throw unwritable(folder, error);
  }
}

/** The key that encrypts credentials in flows: made at the first start, mode 0600. Without it, they cannot be read any more. */
export function readCredentialSecret(folder: string, random: Random): string {
  const file = path.join(folder, "credential-secret");
  if (existsSync(file)) {
    const secret = readFileSync(file, "utf8").trim();
    if (secret !== "") return secret;
    throw new GatewayError(
      "editor/secret-empty",
      `${file} is empty; put it back from a backup, or remove it together with flows_cred.json.`,
    );
  }
  const fresh = toHex(random.bytes(SECRET_BYTES)).slice(2);
  write(file, fresh);
  return fresh;
}

/** Copies the first flow to where Node-RED reads it; a flow that is there already stays. True when it was copied. */
export function placeFirstFlow(folder: string, flow: string): boolean {
  const target = path.join(folder, "flows.json");
  if (existsSync(target)) return false;
  write(target, readFileSync(flow, "utf8"));
  return true;
}

// Whole, because what a power cut leaves half written would be taken for the owner's own at the next start.
function write(file: string, text: string): void {
  try {
    writeWhole(file, text);
  } catch (error) {
    throw unwritable(file, error);
  }
}

function unwritable(file: string, error: unknown): GatewayError {
  return new GatewayError(
    "editor/unwritable",
    `${file} cannot be written: ${sentenceOf(error)}. Check the data folder.`,
    {
      file,
    },
  );
}
