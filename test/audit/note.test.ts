import {describe, expect, test} from "@jest/globals";
import fc from "fast-check";
import {formatCheckpoint, originOf, parseCheckpoint} from "../../src/audit/checkpoint.ts";
import {
  cosignatureTime,
  formatVerifierKey,
  parseNote,
  parseVerifierKey,
  signNote,
  verifierKeyOf,
  verifyNote,
} from "../../src/audit/note.ts";
import {formatTlogProof, parseTlogProof} from "../../src/audit/tlog-proof.ts";
import {fromBase64, toBase64, toHex} from "../../src/bytes.ts";
import {publicKeyOf, signEd25519} from "../../src/ed25519.ts";
import {describeVectors} from "../support/vectors.ts";

const seed = new Uint8Array(32).fill(9);
const key = verifierKeyOf("gateway.example/machine/press-7", publicKeyOf(seed));
const sign = (message: Uint8Array) => signEd25519(seed, message);

// The example of C2SP signed-note.md.
const EXAMPLE =
  "This is an example message.\n\n\u2014 example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";
const EXAMPLE_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";

describe("a signed note", () => {
  test("of C2SP's example holds under its key alone", () => {
    const note = parseNote(EXAMPLE);
    expect(verifyNote(note, [parseVerifierKey(EXAMPLE_KEY)])).toHaveLength(1);
    expect(() => verifyNote(note, [key])).toThrow(expect.objectContaining({code: "note/unknown-signer"}));
    expect(() =>
      verifyNote({...note, text: note.text.replace("example", "Example")}, [parseVerifierKey(EXAMPLE_KEY)]),
    ).toThrow(expect.objectContaining({code: "note/bad-signature"}));
  });

  test("that we sign holds under our key, whatever its text", () => {
    const line = fc.stringMatching(/^[\x20-\x7e\u00a1-\u024f]{0,40}$/);
    fc.assert(
      fc.property(fc.array(line, {minLength: 1, maxLength: 4}), (lines) => {
        const signed = signNote(`${lines.join("\n")}\n`, key, sign);
        const note = parseNote(signed);
        expect(note.text).toBe(`${lines.join("\n")}\n`);
        expect(verifyNote(note, [key])).toEqual([key]);
      }),
      {numRuns: 30},
    );
  });

  test.each([
    ["no signature", "text\n"],
    ["no line feed at its end", EXAMPLE.slice(0, -1)],
    ["a control character", EXAMPLE.replace("example message", "example\tmessage")],
    ["a carriage return", EXAMPLE.replace("message.\n", "message.\r\n")],
    ["a lone surrogate", EXAMPLE.replace("example", "\ud800")],
    ["an empty signature line", `${EXAMPLE}\n`],
    ["a hyphen for the dash", EXAMPLE.replace("\u2014", "-")],
    ["a key name with a plus", EXAMPLE.replace("example.com/foo", "example.com+foo")],
    ["a third part in a line", EXAMPLE.replace("yaQM=", "yaQM= x")],
    ["a signature that is not base64", EXAMPLE.replace("yaQM=", "yaQM")],
    ["a signature of a key id alone", EXAMPLE.replace(/Uw2Q.*\n$/, "Uw2QOg==\n")],
    ["too many signatures", EXAMPLE + "\u2014 a Uw2QOkn8srV1\n".repeat(100)],
  ])("with %s is malformed", (_, note) => {
    expect(() => parseNote(note)).toThrow(expect.objectContaining({code: "note/malformed"}));
  });
});

describe("a verifier key", () => {
  test("is read and written the same", () => {
    for (const text of [EXAMPLE_KEY, formatVerifierKey(key)])
      expect(formatVerifierKey(parseVerifierKey(text))).toBe(text);
  });

  test.each([
    ["an id of another key", EXAMPLE_KEY.replace("530d903a", "530d903b")],
    ["another name", EXAMPLE_KEY.replace("/foo", "/bar")],
    ["an unknown algorithm", "rekor.sigstore.dev+12345678+AwEB"],
    ["a space in its name", EXAMPLE_KEY.replace("/foo", "/ foo")],
    ["two parts", "bananas.sigstore.dev+12344556"],
    ["a key that is not base64", "rekor.sigstore.dev+12345678+THIS_IS_NOT_BASE64!"],
  ])("with %s is refused", (_, text) => {
    expect(() => parseVerifierKey(text)).toThrow(expect.objectContaining({code: "note/invalid-key"}));
  });
});

describe("a checkpoint", () => {
  const root = Uint8Array.from({length: 32}, (_, i) => i);
  const text = formatCheckpoint({origin: originOf("g", "m", 1), size: 5, root});

  test("is three lines, read back the same", () => {
    expect(text).toBe(`g/machine/m\n5\n${toBase64(root)}\n`);
    expect(parseCheckpoint(text)).toEqual({origin: "g/machine/m", size: 5, root});
    expect(originOf("g", "m", 2)).toBe("g/machine/m/segment/2");
  });

  test.each([
    ["no origin", text.replace("g/machine/m", "")],
    ["a size with a leading zero", text.replace("\n5\n", "\n05\n")],
    ["a negative size", text.replace("\n5\n", "\n-5\n")],
    ["a size past 2^53", text.replace("\n5\n", "\n9999999999999999\n")],
    ["a short root", text.replace(toBase64(root), "AAAA")],
    ["a root that is not base64", text.replace(toBase64(root), "!")],
    ["two lines", "g\n5\n"],
    ["no line feed at its end", text.slice(0, -1)],
    ["an empty extension line", `${text}\nx\n`],
  ])("with %s is malformed", (_, bad) => {
    expect(() => parseCheckpoint(bad)).toThrow(expect.objectContaining({code: "checkpoint/malformed"}));
  });
});

test("a tlog-proof is read back as it was written", () => {
  const hash = fc.uint8Array({minLength: 32, maxLength: 32});
  const proofs = fc.record(
    {
      index: fc.maxSafeNat(),
      path: fc.array(hash, {maxLength: 5}),
      checkpoint: fc.constant(EXAMPLE),
      extra: fc.uint8Array(),
    },
    {requiredKeys: ["index", "path", "checkpoint"]},
  );
  fc.assert(
    fc.property(proofs, (proof) => {
      expect(JSON.stringify(parseTlogProof(formatTlogProof(proof)))).toBe(
        JSON.stringify({
          index: proof.index,
          path: proof.path,
          checkpoint: proof.checkpoint,
          ...(proof.extra && {extra: proof.extra}),
        }),
      );
    }),
  );
});

interface NoteVectors {
  readonly notes: readonly {
    id: string;
    note: string;
    vkeys: string[];
    expect: string;
    verified?: number;
    origin?: string;
    size?: number;
    rootBase64?: string;
  }[];
  readonly vkeys: readonly {vkey: string; expect: string; type?: number}[];
  readonly cosignatureTimestamps: readonly {sigBase64: string; timestamp?: number; expect?: string}[];
  readonly tlogProofs: readonly {id: string; proof: string; expect: string; index?: number; hashes?: string[]}[];
}

describeVectors<NoteVectors>("audit-c2sp-notes-proofs", ({notes, vkeys, cosignatureTimestamps, tlogProofs}) => {
  test.each(notes)("the note $id is judged $expect", (vector) => {
    const verify = () => verifyNote(parseNote(vector.note), vector.vkeys.map(parseVerifierKey));
    if (vector.expect !== "ok")
      return expect(verify).toThrow(expect.objectContaining({code: expect.stringMatching(/^note\//)}));
    expect(verify()).toHaveLength(vector.verified!);
    if (vector.origin === undefined) return;
    const {origin, size, root} = parseCheckpoint(parseNote(vector.note).text);
    expect([origin, size, toBase64(root)]).toEqual([vector.origin, vector.size, vector.rootBase64]);
  });

  // The one marked "parse-only" has a key id that does not follow from its key; a strict reader refuses it.
  test.each(vkeys)("the verifier key $vkey is judged $expect", ({vkey, expect: verdict, type}) => {
    if (verdict === "ok") expect(parseVerifierKey(vkey).algorithm).toBe(type ?? 1);
    else expect(() => parseVerifierKey(vkey)).toThrow(expect.objectContaining({code: "note/invalid-key"}));
  });

  test.each(cosignatureTimestamps)("the time of the cosignature is $timestamp", ({sigBase64, timestamp}) => {
    const signature = fromBase64(sigBase64).subarray(4);
    if (timestamp !== undefined) expect(cosignatureTime(signature)).toBe(BigInt(timestamp));
    else expect(() => cosignatureTime(signature)).toThrow(expect.objectContaining({code: "note/malformed"}));
  });

  test.each(tlogProofs)("the proof $id is judged $expect", (vector) => {
    if (vector.expect !== "ok")
      return expect(() => parseTlogProof(vector.proof)).toThrow(expect.objectContaining({code: "proof/malformed"}));
    const proof = parseTlogProof(vector.proof);
    expect([proof.index, proof.path.map(toBase64)]).toEqual([vector.index, vector.hashes]);
    expect(formatTlogProof(proof)).toBe(vector.proof);
  });
});

test("a key id is the first four bytes of SHA-256 over name, line feed, algorithm and key", () => {
  expect(toHex(parseVerifierKey(EXAMPLE_KEY).keyId)).toBe("0x530d903a");
});
