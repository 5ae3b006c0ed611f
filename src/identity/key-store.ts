import path from "node:path";
import {z} from "zod";
import {type Hex, isHex, toHex} from "../bytes.ts";
import {publicKeyOf, signEd25519} from "../ed25519.ts";
import {GatewayError} from "../errors.ts";
import {createSystemRandom, type Random} from "../random.ts";
import {readPrivateFile, writePrivateFile} from "./private-file.ts";
import {deriveKey, newParameters, seal, unseal} from "./sealing.ts";
import type {KeyPurpose, Signer} from "./signer.ts";
import {obtainSecret, type Unlock} from "./unlock.ts";

/** The keys of one process, one for each purpose. */
export interface KeyStore {
  /** The key of a purpose; made at the first call, never replaced. Errors: `identity/damaged`, `identity/disk-full`. */
  signer(purpose: KeyPurpose): Promise<Signer>;
  /** Public keys (32 bytes, 0x-hex) of the purposes that have one. */
  publicKeys(): Readonly<Partial<Record<KeyPurpose, Hex>>>;
}

export interface KeyStoreOptions {
  /** Folder of the process; holds `keys.json`, and `keys.unlock` for the unlock kind `file`. */
  readonly folder: string;
  readonly unlock: Unlock;
}

const KEYS_FILE = "keys.json";
const CHECK = "tanglegate-keys/v1 check";

const hex = z.custom<Hex>((value) => isHex(value), "0x-hex");
const purpose = z.enum(["coordinator", "audit-log", "meter", "token", "wallet", "peer"]);
const keysFile = z.strictObject({
  format: z.literal("tanglegate-keys/v1"),
  kdf: z.strictObject({
    name: z.literal("scrypt"),
    // Bounds of what a file may make us spend: 128 * n * r bytes stay below 256 MiB.
    n: z
      .int()
      .min(2)
      .max(2 ** 17),
    r: z.int().min(1).max(8),
    p: z.int().min(1).max(16),
    salt: hex,
  }),
  /** Nothing, sealed: tells a wrong passphrase from a damaged key, before there is any key. */
  check: hex,
  keys: z.partialRecord(purpose, z.strictObject({publicKey: hex, sealedSeed: hex})),
});
type KeysFile = z.infer<typeof keysFile>;

/**
 * Opens the key store of a folder, or makes an empty one. Errors: `identity/wrong-passphrase`, `identity/passphrase-missing`,
 * `identity/unlock-missing`, `identity/permissions`, `identity/damaged`, `identity/newer`.
 */
export async function openKeyStore(options: KeyStoreOptions, deps: {random?: Random} = {}): Promise<KeyStore> {
  const random = deps.random ?? createSystemRandom();
  const file = path.join(options.folder, KEYS_FILE);
  const found = await readKeysFile(file);
  const secret = await obtainSecret(options.unlock, {folder: options.folder, isNew: found === null, random});
  const kdf = found?.kdf ?? ({name: "scrypt", ...newParameters(secret, random)} as const);
  const key = await deriveKey(secret.secret, kdf);
  let contents: KeysFile = found ?? {
    format: "tanglegate-keys/v1",
    kdf,
    check: seal(key, new Uint8Array(), CHECK, random),
    keys: {},
  };
  if (found === null) await writePrivateFile(file, serialize(contents));
  else if (unseal(key, found.check, CHECK) === null)
    throw new GatewayError("identity/wrong-passphrase", `The passphrase or unlock file does not open ${file}.`, {file});

  const signers = new Map<KeyPurpose, Signer>();
  const provide = async (wanted: KeyPurpose): Promise<Signer> => {
    const known = signers.get(wanted);
    if (known !== undefined) return known;
    if (contents.keys[wanted] === undefined) {
      // What is on disk now counts, not what was read at start: a key must never be written over.
      const current = (await readKeysFile(file)) ?? contents;
      const added = current.keys[wanted] ?? newKey(wanted, key, random);
      contents = {...current, keys: {...current.keys, [wanted]: added}};
      if (current.keys[wanted] === undefined) await writePrivateFile(file, serialize(contents));
    }
    const signer = openSigner(wanted, contents, key, file);
    signers.set(wanted, signer);
    return signer;
  };

  let last: Promise<unknown> = Promise.resolve();
  return {
    // One at a time, so that two calls for a new purpose make one key.
    signer: (wanted) => {
      const next = last.then(
        () => provide(wanted),
        () => provide(wanted),
      );
      last = next;
      return next;
    },
    publicKeys: () => Object.fromEntries(Object.entries(contents.keys).map(([name, {publicKey}]) => [name, publicKey])),
  };
}

async function readKeysFile(file: string): Promise<KeysFile | null> {
  const text = await readPrivateFile(file);
  if (text === null) return null;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw damaged(file, "it is not JSON");
  }
  const format = (value as {format?: unknown} | null)?.format;
  if (typeof format === "string" && /^tanglegate-keys\/v(?!1$)\d+$/.test(format))
    throw new GatewayError("identity/newer", `${file} was written by a newer version (${format}); use that version.`, {
      file,
    });
  const parsed = keysFile.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw damaged(file, `${issue.path.join(".") || "the file"}: ${issue.message}`);
}

function newKey(wanted: KeyPurpose, key: Uint8Array, random: Random): {publicKey: Hex; sealedSeed: Hex} {
  const seed = random.bytes(32);
  const publicKey = toHex(publicKeyOf(seed));
  return {publicKey, sealedSeed: seal(key, seed, nameOf(wanted, publicKey), random)};
}

function openSigner(wanted: KeyPurpose, contents: KeysFile, key: Uint8Array, file: string): Signer {
  const stored = contents.keys[wanted]!;
  const seed = unseal(key, stored.sealedSeed, nameOf(wanted, stored.publicKey));
  if (seed === null) throw damaged(file, `the key "${wanted}" was changed`);
  return {purpose: wanted, publicKey: publicKeyOf(seed), sign: (message) => signEd25519(seed, message)};
}

function nameOf(wanted: KeyPurpose, publicKey: Hex): string {
  return `tanglegate-keys/v1 ${wanted} ${publicKey}`;
}

function serialize(contents: KeysFile): string {
  return `${JSON.stringify(contents, null, 2)}\n`;
}

function damaged(file: string, why: string): GatewayError {
  return new GatewayError("identity/damaged", `${file} is damaged: ${why}. Restore it from a backup.`, {file});
}
