import {chmod, mkdtemp, readdir, readFile, rm, stat, writeFile} from "node:fs/promises";
import {tmpdir} from "node:os";
import path from "node:path";
import {afterEach, beforeEach, describe, expect, test} from "@jest/globals";
import {fromHex, toHex, utf8} from "../../src/bytes.ts";
import {verifyEd25519} from "../../src/ed25519.ts";
import {type KeyPurpose, openKeyStore, type Unlock} from "../../src/identity/index.ts";
import {createSeededRandom} from "../../src/random.ts";

let folder: string;
let keysFile: string;
beforeEach(async () => {
  folder = path.join(await mkdtemp(path.join(tmpdir(), "keys-")), "gateway");
  keysFile = path.join(folder, "keys.json");
});
afterEach(() => rm(path.dirname(folder), {recursive: true}));

const byFile: Unlock = {kind: "file"};
const byPassphrase = (passphrase: string): Unlock => ({
  kind: "environment",
  variables: {TANGLEGATE_KEY_PASSPHRASE: passphrase},
});
const random = createSeededRandom(1);
const open = (unlock: Unlock = byFile) => openKeyStore({folder, unlock}, {random});

async function change(
  edit: (contents: {keys: Record<string, Record<string, string>>} & Record<string, unknown>) => void,
) {
  const contents = JSON.parse(await readFile(keysFile, "utf8"));
  edit(contents);
  await writeFile(keysFile, JSON.stringify(contents));
}

describe("a key store", () => {
  test("makes one key for each purpose and keeps it", async () => {
    const first = await open();
    const meter = await first.signer("meter");
    const audit = await first.signer("audit-log");
    expect(toHex(meter.publicKey)).not.toBe(toHex(audit.publicKey));
    expect(meter.purpose).toBe("meter");

    const second = await open();
    expect(second.publicKeys()).toEqual({meter: toHex(meter.publicKey), "audit-log": toHex(audit.publicKey)});
    const again = await second.signer("meter");
    const message = utf8("42 kWh");
    expect(verifyEd25519(meter.publicKey, message, again.sign(message))).toBe(true);
  });

  test("makes one key when two ask at once", async () => {
    const store = await open();
    const [a, b] = await Promise.all([store.signer("peer"), store.signer("peer")]);
    expect(toHex(a.publicKey)).toBe(toHex(b.publicKey));
  });

  test("takes over a key that another store of the folder made meanwhile", async () => {
    const [one, other] = [await open(), await open()];
    const made = await one.signer("wallet");
    const found = await other.signer("wallet");
    expect(toHex(found.publicKey)).toBe(toHex(made.publicKey));
    expect(toHex((await other.signer("token")).publicKey)).not.toBe(toHex(made.publicKey));
    expect(Object.keys((await open()).publicKeys()).sort()).toEqual(["token", "wallet"]);
  });

  test("never shows a seed in its file", async () => {
    const seeds: string[] = [];
    const watched = createSeededRandom(2);
    const store = await openKeyStore(
      {folder, unlock: byFile},
      {
        random: {
          below: watched.below,
          bytes: (count) => {
            const drawn = watched.bytes(count);
            if (count === 32) seeds.push(toHex(drawn).slice(2));
            return drawn;
          },
        },
      },
    );
    await store.signer("wallet");
    const text = await readFile(keysFile, "utf8");
    // Drawn in this order: unlock secret, salt (which is public), seed.
    expect(seeds).toHaveLength(3);
    expect(text).toContain(seeds[1]!);
    expect(text).not.toContain(seeds[0]!);
    expect(text).not.toContain(seeds[2]!);
  });

  test("leaves no temporary file, and files only the owner reads", async () => {
    await (await open()).signer("meter");
    expect((await readdir(folder)).sort()).toEqual(["keys.json", "keys.unlock"]);
    for (const name of ["keys.json", "keys.unlock"])
      expect((await stat(path.join(folder, name))).mode & 0o777).toBe(0o600);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
  });
});

describe("unlocking", () => {
  test("by passphrase opens with the same passphrase in another composition of accents", async () => {
    const made = await (await open(byPassphrase("Gru\u0308\u00dfe aus Ulm"))).signer("token");
    const again = await (await open(byPassphrase("Gr\u00fc\u00dfe aus Ulm"))).signer("token");
    expect(toHex(again.publicKey)).toBe(toHex(made.publicKey));
  });

  test("by prompt asks the function", async () => {
    const ask = async () => "correct horse battery";
    await (await open({kind: "prompt", ask})).signer("token");
    await open(byPassphrase("correct horse battery"));
  });

  test("by another passphrase is refused, even while there is no key", async () => {
    await open(byPassphrase("first passphrase"));
    await expect(open(byPassphrase("second passphrase"))).rejects.toMatchObject({code: "identity/wrong-passphrase"});
  });

  test("by another unlock file is refused", async () => {
    await open();
    await writeFile(path.join(folder, "keys.unlock"), "00".repeat(32));
    await expect(open()).rejects.toMatchObject({code: "identity/wrong-passphrase"});
  });

  test.each([undefined, "", "short"])("by the passphrase %p asks for a longer one", async (passphrase) => {
    const unlock: Unlock = {kind: "environment", variables: {TANGLEGATE_KEY_PASSPHRASE: passphrase}};
    await expect(open(unlock)).rejects.toMatchObject({code: "identity/passphrase-missing"});
  });

  test("without the unlock file of an existing store never makes a new one", async () => {
    await open();
    await rm(path.join(folder, "keys.unlock"));
    await expect(open()).rejects.toMatchObject({code: "identity/unlock-missing"});
    expect(await readdir(folder)).toEqual(["keys.json"]);
  });

  test.each(["keys.json", "keys.unlock"])("refuses a %s that others may read", async (name) => {
    await open();
    await chmod(path.join(folder, name), 0o640);
    await expect(open()).rejects.toMatchObject({code: "identity/permissions"});
  });
});

describe("a damaged file", () => {
  beforeEach(async () => {
    const store = await open();
    await store.signer("meter");
    await store.signer("peer");
  });

  test("that is not JSON is named", async () => {
    await writeFile(keysFile, "{");
    await expect(open()).rejects.toMatchObject({code: "identity/damaged", facts: {file: keysFile}});
  });

  test("with a field missing names the field", async () => {
    await change((contents) => delete contents.check);
    await expect(open()).rejects.toThrow(/check/);
  });

  test("of a newer version asks for that version", async () => {
    await change((contents) => {
      contents.format = "tanglegate-keys/v2";
    });
    await expect(open()).rejects.toMatchObject({code: "identity/newer"});
  });

  test("that asks for more memory than a gateway has is refused", async () => {
    await change((contents) => {
      contents.kdf = {...(contents.kdf as object), n: 2 ** 24};
    });
    await expect(open()).rejects.toMatchObject({code: "identity/damaged"});
  });

  test.each<[string, (keys: Record<string, Record<string, string>>) => void]>([
    ["keys that changed places", (keys) => ([keys.meter, keys.peer] = [keys.peer!, keys.meter!])],
    [
      "a changed byte",
      (keys) => {
        const sealed = fromHex(keys.meter!.sealedSeed!);
        sealed[20]! ^= 1;
        keys.meter!.sealedSeed = toHex(sealed);
      },
    ],
    ["a cut value", (keys) => (keys.meter!.sealedSeed = "0x00")],
    ["another public key", (keys) => (keys.meter!.publicKey = keys.peer!.publicKey!)],
  ])("with %s does not sign", async (_, edit) => {
    await change((contents) => edit(contents.keys));
    const store = await open();
    await expect(store.signer("meter" as KeyPurpose)).rejects.toMatchObject({code: "identity/damaged"});
  });
});
