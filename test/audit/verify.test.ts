import {afterAll, beforeAll, describe, expect, test} from "@jest/globals";
import fc from "fast-check";
import {
  decodeAnchor,
  encodeAnchor,
  explainProof,
  headOf,
  PROOF_STEPS,
  type Verification,
  verifyProofFile,
} from "../../src/audit/index.ts";
import {formatVerifierKey, parseVerifierKey, signNote, verifierKeyOf} from "../../src/audit/note.ts";
import {fromHex, fromUtf8, toBase64, toHex, utf8} from "../../src/bytes.ts";
import type {AuditProofFile} from "../../src/client/index.ts";
import {installNativeCrypto} from "../../src/native-crypto.ts";
import {networkIdOf} from "../../src/stardust/index.ts";
import {
  auditSigner,
  createSurroundings,
  createTestNetwork,
  NETWORK_NAME,
  networkFileOf,
  type Surroundings,
} from "./support.ts";

let around: Surroundings;
/** Five entries of press-7 under a milestone. */
let file: AuditProofFile;
/** One of them. */
let small: AuditProofFile;
/** Entries of another machine under the same milestone. */
let other: AuditProofFile;
/** Entries after the anchor. */
let waiting: AuditProofFile;
/** The same entries as `file`, by a gateway of the same name with another key on another network. */
let forged: AuditProofFile;

const trusted = networkFileOf();

beforeAll(async () => {
  await installNativeCrypto();
  around = await createSurroundings();
  const audit = around.create();
  await audit.start();
  const entries = Array.from({length: 5}, (_, i) => ({machine: "press-7", type: "batch-end", body: {part: `€${i}`}}));
  await audit.append(entries, {actor: "user:anna"});
  await audit.append([{machine: "saw", type: "batch-end", body: {}}], {actor: "user:anna"});
  await around.anchor(audit);
  file = await audit.exportProof("press-7", {from: 0, to: 4});
  small = await audit.exportProof("press-7", {from: 3, to: 3});
  other = await audit.exportProof("saw", {from: 0, to: 0});
  await audit.append([{machine: "press-7", type: "batch-end", body: {}}], {actor: "user:anna"});
  waiting = await audit.exportProof("press-7", {from: 4, to: 5});
  await audit.stop();

  const network = createTestNetwork(around.clock, "another coordinator");
  const forger = around.create({folder: `${around.folder}/forged`}, {network, signer: auditSigner("another key")});
  await forger.start();
  await forger.append(entries, {actor: "user:anna"});
  await around.until(() => network.submitted.length === 1, 1_000);
  network.confirm();
  await around.until(() => forger.machines()[0]?.state === "verified");
  forged = await forger.exportProof("press-7", {from: 0, to: 4});
  await forger.stop();
});
afterAll(() => around.remove());

const copyOf = (source: AuditProofFile) =>
  structuredClone(source) as {-readonly [Field in keyof AuditProofFile]: AuditProofFile[Field]};
const verdictOnText = (bytes: Uint8Array): Verification | "unreadable" => {
  let value: unknown;
  try {
    value = JSON.parse(fromUtf8(bytes));
  } catch {
    return "unreadable";
  }
  return verifyProofFile(value, trusted);
};

describe("a proof file", () => {
  test("of anchored entries is verified up to the coordinator's keys", () => {
    expect(verifyProofFile(file, trusted)).toMatchObject({
      state: "verified",
      machine: "press-7",
      size: 5,
      signer: trusted.members[0]!.auditKey,
      anchor: {milestoneIndex: 1, time: expect.stringMatching(/^2026-06-01T00:00:\d\d\.000Z$/)},
      rewritableBy: "nobody without both the coordinator keys and the log key",
    });
  });

  test("without trusted keys is consistent and no more", () => {
    expect(verifyProofFile(file, null)).toMatchObject({state: "consistent", anchor: {milestoneIndex: 1}});
    expect(verifyProofFile(forged, null)).toMatchObject({state: "consistent"});
  });

  test("that waits for its anchor could be rewritten by the holder of the log key, and says so", () => {
    expect(verifyProofFile(waiting, trusted)).toMatchObject({
      state: "waiting",
      anchor: null,
      rewritableBy: "the holder of the log key, until the log is anchored",
    });
  });

  test("without its anchor is never taken for an anchored one", () => {
    expect(verifyProofFile({...file, anchor: null}, trusted)).toMatchObject({state: "waiting"});
  });

  test("of a whole range has no gaps", () => {
    expect(verifyProofFile(file, trusted)).toMatchObject({gaps: []});
  });

  test("with an erased body still proves its entry", () => {
    const erased = copyOf(file);
    erased.entries = erased.entries.map((entry) => ({...entry, body: null, salt: null}));
    expect(verifyProofFile(erased, trusted)).toMatchObject({state: "verified"});
  });
});

const chosenOf = (source: AuditProofFile, ...places: readonly number[]): AuditProofFile => ({
  ...source,
  format: "tanglegate-audit-proof/v2",
  entries: places.map((place) => source.entries[place]!),
});

describe("a proof file of chosen entries", () => {
  test("is verified, and names the numbers that it does not hold", () => {
    const verdict = verifyProofFile(chosenOf(file, 0, 2, 4), trusted);
    expect(verdict).toMatchObject({
      state: "verified",
      gaps: [
        {from: 1, to: 1},
        {from: 3, to: 3},
      ],
    });
    expect(verdict.state !== "invalid" && verdict.entries.map(({seq}) => seq)).toEqual([0, 2, 4]);
  });

  test("names a longer gap by its ends", () => {
    expect(verifyProofFile(chosenOf(file, 0, 4), trusted)).toMatchObject({gaps: [{from: 1, to: 3}]});
  });

  test("without trusted keys is consistent and no more", () => {
    expect(verifyProofFile(chosenOf(file, 1, 3), null)).toMatchObject({state: "consistent"});
  });

  test("in the form of a whole range is refused", () => {
    const chosen = {...chosenOf(file, 0, 2), format: "tanglegate-audit-proof/v1"};
    expect(verifyProofFile(chosen, trusted)).toMatchObject({state: "invalid", fault: "leaf", seq: 2});
  });

  test.each([
    ["that changed places", [2, 0], 0],
    ["that is there twice", [0, 2, 2], 2],
  ])("with an entry %s is refused", (_, places, seq) => {
    expect(verifyProofFile(chosenOf(file, ...places), trusted)).toMatchObject({state: "invalid", fault: "leaf", seq});
  });

  test("with an entry under the number of a gap is refused", () => {
    const [first, third] = chosenOf(file, 0, 2).entries;
    const moved = {...chosenOf(file, 0, 2), entries: [first!, {...third!, seq: 1}]};
    expect(verifyProofFile(moved, trusted)).toMatchObject({state: "invalid", fault: "leaf", seq: 1});
  });

  test("with the body of an entry that was not chosen is refused", () => {
    const chosen = chosenOf(file, 0, 2);
    const {body, salt} = file.entries[1]!;
    const filled = {...chosen, entries: [chosen.entries[0]!, {...chosen.entries[1]!, body, salt}]};
    expect(verifyProofFile(filled, trusted)).toMatchObject({state: "invalid", fault: "body", seq: 2});
  });

  test("with the path of a neighbour is refused", () => {
    const chosen = chosenOf(file, 0, 2);
    const moved = {...chosen, entries: [chosen.entries[0]!, {...chosen.entries[1]!, path: file.entries[3]!.path}]};
    expect(verifyProofFile(moved, trusted)).toMatchObject({state: "invalid", fault: "path", seq: 2});
  });
});

describe("the steps of a proof", () => {
  const statesOf = (given: unknown, network: typeof trusted | null) =>
    Object.fromEntries(explainProof(given, network).steps.map(({name, state}) => [name, state]));
  const allHold = Object.fromEntries(PROOF_STEPS.map((name) => [name, "holds"]));

  test("all hold when it is verified", () => {
    expect(statesOf(file, trusted)).toEqual(allHold);
    expect(explainProof(file, trusted).verdict).toEqual(verifyProofFile(file, trusted));
  });

  test("wait for the anchor of what is not anchored", () => {
    expect(statesOf(waiting, trusted)).toEqual({...allHold, milestone: "waiting", anchor: "waiting"});
  });

  test("leave unknown whose keys they are when no network is given", () => {
    expect(statesOf(file, null)).toEqual({...allHold, "untrusted-key": "unknown", milestone: "unknown"});
    expect(statesOf(waiting, null)).toMatchObject({"untrusted-key": "unknown", milestone: "waiting"});
  });

  test("end at the one that fails, with the entry", () => {
    const bad = {...small, entries: [{...small.entries[0]!, body: '{"part":"€4"}'}]};
    const {steps} = explainProof(bad, trusted);
    expect(steps.map(({state}) => state)).toEqual([
      "holds",
      "holds",
      "holds",
      "fails",
      "open",
      "open",
      "open",
      "open",
      "open",
    ]);
    expect(steps[3]).toMatchObject({name: "body", facts: {seq: 3}});
  });

  test("tell that keys are not the trusted ones", () => {
    expect(statesOf(forged, trusted)).toMatchObject({signature: "holds", "untrusted-key": "fails", milestone: "open"});
    expect(statesOf(forged, networkFileOf("coordinator", "another key"))).toMatchObject({milestone: "fails"});
  });

  test("all are open but the form of what is no proof", () => {
    expect(statesOf(null, trusted)).toMatchObject({form: "fails", checkpoint: "open", anchor: "open"});
  });
});

describe("tampering is found:", () => {
  test.each([
    [
      "half of a surrogate pair, which UTF-8 turns into another character",
      '{"part":"\\ud800"}'.replace("\\ud800", "\ud800"),
    ],
    ["more than a body may have", JSON.stringify({part: "x".repeat(70_000)})],
    ["more bytes than a body may have", JSON.stringify({part: "€".repeat(30_000)})],
  ])("a body of %s is refused for its form", (_, body) => {
    const changed = {...small, entries: [{...small.entries[0]!, body}]};
    expect(verifyProofFile(changed, trusted)).toMatchObject({state: "invalid", fault: "form"});
  });

  test("every single bit of a proof", () => {
    const bytes = utf8(JSON.stringify(small));
    const unnoticed: number[] = [];
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      const verdict = verdictOnText(bytes);
      if (verdict !== "unreadable" && verdict.state !== "invalid") unnoticed.push(bit);
      bytes[bit >> 3]! ^= 1 << (bit & 7);
    }
    expect(unnoticed).toEqual([]);
    expect(verdictOnText(bytes)).toMatchObject({state: "verified"});
  }, 120_000);

  test("any bit of a longer proof that was written with line breaks", () => {
    const bytes = utf8(JSON.stringify(file, null, 2));
    fc.assert(
      fc.property(fc.integer({min: 0, max: bytes.length * 8 - 1}), (bit) => {
        const changed = bytes.slice();
        changed[bit >> 3]! ^= 1 << (bit & 7);
        const verdict = verdictOnText(changed);
        expect(verdict === "unreadable" || verdict.state === "invalid").toBe(true);
      }),
      {numRuns: 300},
    );
  });

  test("a cut at any byte", () => {
    const bytes = utf8(JSON.stringify(small));
    for (let length = 0; length < bytes.length; length++)
      expect(verdictOnText(bytes.subarray(0, length))).toBe("unreadable");
  });

  test.each<{name: string; make: () => unknown; fault: string; seq?: number}>([
    {
      name: "an entry left out",
      make: () => ({...file, entries: file.entries.filter((_, i) => i !== 2)}),
      fault: "leaf",
      seq: 3,
    },
    {
      name: "two entries that changed places",
      make: () => ({...file, entries: file.entries.with(1, file.entries[2]!).with(2, file.entries[1]!)}),
      fault: "leaf",
      seq: 2,
    },
    {
      name: "one entry twice",
      make: () => ({...file, entries: file.entries.toSpliced(1, 0, file.entries[0]!)}),
      fault: "leaf",
      seq: 0,
    },
    {
      name: "an entry of another machine's log",
      make: () => ({...small, entries: other.entries}),
      fault: "leaf",
      seq: 0,
    },
    {
      name: "an entry under another number",
      make: () => ({...small, entries: [{...small.entries[0]!, seq: 2}]}),
      fault: "leaf",
      seq: 2,
    },
    {
      name: "a leaf of one's own",
      make: () => changeLeaf(small, (leaf) => leaf.replace("batch-end", "batch-fin")),
      fault: "path",
      seq: 3,
    },
    {
      name: "another spelling of the leaf",
      make: () => changeLeaf(small, (leaf) => leaf.replace('"v":1', '"v": 1')),
      fault: "leaf",
      seq: 3,
    },
    {
      name: "another body",
      make: () => ({...small, entries: [{...small.entries[0]!, body: '{"part":"€4"}'}]}),
      fault: "body",
      seq: 3,
    },
    {
      name: "the body of another entry with its salt",
      make: () => ({
        ...small,
        entries: [{...small.entries[0]!, body: file.entries[0]!.body, salt: file.entries[0]!.salt}],
      }),
      fault: "body",
      seq: 3,
    },
    {
      name: "a body without its salt",
      make: () => ({...small, entries: [{...small.entries[0]!, salt: null}]}),
      fault: "body",
      seq: 3,
    },
    {
      name: "the path of another entry",
      make: () => ({...small, entries: [{...small.entries[0]!, path: file.entries[0]!.path}]}),
      fault: "path",
      seq: 3,
    },
    {
      name: "a path that is too long",
      make: () => ({
        ...small,
        entries: [{...small.entries[0]!, path: [...small.entries[0]!.path, toBase64(new Uint8Array(32))]}],
      }),
      fault: "path",
      seq: 3,
    },
    {name: "another first number", make: () => ({...small, firstSeq: 1}), fault: "path", seq: 3},
    {
      name: "the checkpoint of another log",
      make: () => ({...small, checkpoint: other.checkpoint}),
      fault: "checkpoint",
    },
    {name: "a later checkpoint", make: () => ({...small, checkpoint: waiting.checkpoint}), fault: "path", seq: 3},
    {name: "another machine's name", make: () => ({...small, machine: "saw"}), fault: "checkpoint"},
    {name: "another signer's key", make: () => ({...small, signer: forged.signer}), fault: "signature"},
    {
      name: "no signature",
      make: () => ({...small, checkpoint: small.checkpoint.split("\n\n")[0]}),
      fault: "checkpoint",
    },
    {name: "the anchor of another network", make: () => ({...small, anchor: forged.anchor}), fault: "milestone"},
    {name: "an anchor that is none", make: () => ({...small, anchor: {}}), fault: "milestone"},
    {name: "a field more", make: () => ({...small, note: ""}), fault: "form"},
    {name: "a field less", make: () => ({...small, firstSeq: undefined}), fault: "form"},
    {name: "no entries", make: () => ({...small, entries: []}), fault: "form"},
    {name: "another format", make: () => ({...small, format: "tanglegate-audit-proof/v3"}), fault: "form"},
    {
      name: "upper-case hex",
      make: () => ({...small, entries: [{...small.entries[0]!, salt: small.entries[0]!.salt!.toUpperCase()}]}),
      fault: "form",
    },
    {name: "nothing at all", make: () => null, fault: "form"},
    {name: "a list", make: () => [file], fault: "form"},
  ])("$name", ({make, fault, seq}) => {
    expect(verifyProofFile(make(), trusted)).toMatchObject({state: "invalid", fault, seq: seq ?? null});
  });

  test("a whole history of one's own, signed and anchored with other keys", () => {
    expect(verifyProofFile(forged, trusted)).toMatchObject({state: "invalid", fault: "untrusted-key"});
  });

  test("the same with the log key but without the coordinator's", () => {
    const withLogKey = networkFileOf("coordinator", "another key");
    expect(verifyProofFile(forged, withLogKey)).toMatchObject({state: "invalid", fault: "milestone"});
  });

  test("a checkpoint signed anew with another key", () => {
    const text = `${small.checkpoint.split("\n\n")[0]}\n`;
    const signer = auditSigner("another key");
    const key = verifierKeyOf(small.origin, signer.publicKey);
    const signed = {...small, signer: formatVerifierKey(key), checkpoint: signNote(text, key, signer.sign)};
    expect(verifyProofFile(signed, trusted)).toMatchObject({state: "invalid", fault: "untrusted-key"});
    expect(verifyProofFile(signed, null)).toMatchObject({state: "invalid", fault: "anchor"});
  });

  test("a second head of the same size, signed with the log key but not anchored", () => {
    const [origin, size] = small.checkpoint.split("\n");
    const signer = auditSigner();
    const head = `${origin}\n${size}\n${toBase64(new Uint8Array(32).fill(1))}\n`;
    const signed = {...small, checkpoint: signNote(head, parseVerifierKey(small.signer), signer.sign)};
    expect(verifyProofFile(signed, trusted)).toMatchObject({state: "invalid", fault: "path", seq: 3});
  });

  test("a log of a gateway that the network does not know", () => {
    const foreign = {...trusted, members: []};
    expect(verifyProofFile(file, foreign)).toMatchObject({state: "invalid", fault: "untrusted-key"});
  });

  test("an anchor made for another network by the same keys", () => {
    const renamed = {...trusted, protocol: {...trusted.protocol, networkName: "another"}};
    expect(verifyProofFile(file, renamed)).toMatchObject({state: "invalid", fault: "anchor"});
  });
});

function changeLeaf(source: AuditProofFile, edit: (leaf: string) => string): AuditProofFile {
  const [entry] = source.entries;
  return {...source, entries: [{...entry!, leaf: edit(entry!.leaf)}]};
}

describe("an anchor's data", () => {
  const signer = auditSigner();
  const networkId = networkIdOf(NETWORK_NAME);
  const heads = [1, 2].map((size) => ({
    origin: `gateway.example/machine/m${size}`,
    size,
    root: new Uint8Array(32).fill(size),
  }));
  const data = encodeAnchor(networkId, heads, signer);

  test("gives back the heads it was made of, without their names", () => {
    const anchor = decodeAnchor(data);
    expect(anchor).toMatchObject({networkId, publicKey: signer.publicKey});
    expect(headOf(anchor, heads[1]!.origin)).toMatchObject({size: 2, root: heads[1]!.root});
    expect(headOf(anchor, "gateway.example/machine/m3")).toBeNull();
    expect(Buffer.from(data).includes("gateway")).toBe(false);
    expect(data).toHaveLength(1 + 8 + 32 + 2 + 2 * 72 + 64);
  });

  test("with any bit changed, cut or longer is refused", () => {
    for (let bit = 0; bit < data.length * 8; bit += 5) {
      const changed = data.slice();
      changed[bit >> 3]! ^= 1 << (bit & 7);
      expect(() => decodeAnchor(changed)).toThrow(expect.objectContaining({code: expect.stringMatching(/^anchor\//)}));
    }
    for (const bad of [data.subarray(0, -1), data.subarray(0, 50), new Uint8Array(0), new Uint8Array([...data, 0])])
      expect(() => decodeAnchor(bad)).toThrow(expect.objectContaining({code: "anchor/malformed"}));
  }, 60_000);

  test("is never larger than a block of 32,768 bytes holds", () => {
    const many = Array.from({length: 400}, (_, i) => ({...heads[0]!, origin: `${i}`}));
    expect(encodeAnchor(networkId, many, signer).length).toBeLessThan(32_768 - 400);
    expect(() => encodeAnchor(networkId, [...many, heads[1]!], signer)).toThrow(/1 to 400/);
    expect(() => encodeAnchor(networkId, [], signer)).toThrow(/1 to 400/);
  });

  test("is the same bytes for the same heads", () => {
    expect(toHex(encodeAnchor(networkId, heads, signer))).toBe(toHex(data));
    expect(fromHex(toHex(data))).toEqual(data);
  });
});
