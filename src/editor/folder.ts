import {constants} from "node:fs";
import {copyFile, mkdir, readFile, writeFile} from "node:fs/promises";
import path from "node:path";
import {toHex} from "../bytes.ts";
import {GatewayError, sentenceOf} from "../errors.ts";
import type {Random} from "../random.ts";

const SECRET_BYTES = 32;

/** Makes the process's folder, for its owner alone. Errors: `editor/unwritable`. */
export async function prepareFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, {recursive: true, mode: 0o700});
  } catch (error) {
    throw unwritable(folder, error);
  }
}

/** The key that encrypts credentials in flows: made at the first start, mode 0600. Without it, they cannot be read any more. */
export async function readCredentialSecret(folder: string, random: Random): Promise<string> {
  const file = path.join(folder, "credential-secret");
  const fresh = toHex(random.bytes(SECRET_BYTES)).slice(2);
  try {
    await writeFile(file, fresh, {mode: 0o600, flag: "wx"});
    return fresh;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw unwritable(file, error);
  }
  const secret = (await readFile(file, "utf8")).trim();
  if (secret !== "") return secret;
  throw new GatewayError(
    "editor/secret-empty",
    `${file} is empty; put it back from a backup, or remove it together with flows_cred.json.`,
  );
}

/** Copies the first flow to where Node-RED reads it; a flow that is there already stays. True when it was copied. */
export async function placeFirstFlow(folder: string, flow: string): Promise<boolean> {
  const target = path.join(folder, "flows.json");
  try {
    await copyFile(flow, target, constants.COPYFILE_EXCL);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw unwritable(target, error);
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
