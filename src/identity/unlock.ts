import path from "node:path";
import {toHex} from "../bytes.ts";
import {GatewayError} from "../errors.ts";
import type {Random} from "../random.ts";
import {readPrivateFile, writePrivateFile} from "./private-file.ts";

/**
 * Where the secret that opens the key store comes from.
 * `file`: random bytes in a file of mode 0600 beside the store (or at `path`, such as a mounted secret). It keeps keys out of backups
 * and copies that leave this file out; it does not protect them from whoever can read this folder as the gateway's user or as root.
 * `environment`: a passphrase in a variable. `prompt`: a passphrase that a person gives at start; nothing on disk opens the store.
 */
export type Unlock =
  | {readonly kind: "file"; readonly path?: string}
  | {readonly kind: "environment"; readonly variables?: Readonly<Record<string, string | undefined>>}
  | {readonly kind: "prompt"; readonly ask: () => Promise<string>};

/** The secret, and whether it was drawn at random (256 bits) or chosen by a person, who deserves slow stretching. */
export interface UnlockSecret {
  readonly secret: string;
  readonly isRandom: boolean;
}

const VARIABLE = "TANGLEGATE_KEY_PASSPHRASE";
const UNLOCK_FILE = "keys.unlock";
const PASSPHRASE_MIN = 8;
const PASSPHRASE_MAX = 1024;

/**
 * Gets the secret. `isNew`: there is no key store yet, so an unlock file may be made. Errors: `identity/unlock-missing` when the file is
 * gone but the store is not, `identity/passphrase-missing`, `identity/permissions`.
 */
export async function obtainSecret(
  unlock: Unlock,
  context: {folder: string; isNew: boolean; random: Random},
): Promise<UnlockSecret> {
  switch (unlock.kind) {
    case "file":
      return {
        secret: await readUnlockFile(unlock.path ?? path.join(context.folder, UNLOCK_FILE), context),
        isRandom: true,
      };
    case "environment":
      return {secret: checkPassphrase((unlock.variables ?? process.env)[VARIABLE], VARIABLE), isRandom: false};
    case "prompt":
      return {secret: checkPassphrase(await unlock.ask(), "The passphrase"), isRandom: false};
  }
}

async function readUnlockFile(file: string, context: {isNew: boolean; random: Random}): Promise<string> {
  const known = (await readPrivateFile(file))?.trim();
  if (known) return known;
  if (!context.isNew) {
    throw new GatewayError(
      "identity/unlock-missing",
      `${file} is missing or empty, and the key store cannot be opened without it; put the file back from where it is kept.`,
      {file},
    );
  }
  const secret = toHex(context.random.bytes(32)).slice(2);
  await writePrivateFile(file, `${secret}\n`);
  return secret;
}

function checkPassphrase(given: string | undefined, name: string): string {
  if (given === undefined || given.length < PASSPHRASE_MIN || given.length > PASSPHRASE_MAX) {
    throw new GatewayError(
      "identity/passphrase-missing",
      `${name} must be a passphrase of ${PASSPHRASE_MIN} to ${PASSPHRASE_MAX} characters.`,
    );
  }
  // Keyboards differ in how they compose accents; one form makes them the same passphrase (NIST SP 800-63B 5.1.1.2).
  return given.normalize("NFKC");
}
