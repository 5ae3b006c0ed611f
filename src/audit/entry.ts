// An entry is a leaf of its machine's log: RFC 8785 JSON, so that there is one spelling and one hash. The body is not in the leaf but
// committed to by an HMAC under a random salt. Body and salt lie beside the log and can be erased; the leaf, the tree and every proof
// stay as they are, and without the salt nobody can tell from the hash what the body was.

import canonicalize from "canonicalize";
import {fromUtf8, isHex, toHex, utf8} from "../bytes.ts";
import type {AuditEntryInput} from "../client/index.ts";
import type {ClockState} from "../clock.ts";
import {GatewayError, sentenceOf} from "../errors.ts";
import type {UnixMs} from "../units.ts";
import {hmacSha256} from "./hashing.ts";

/** When an entry was made. `source`, `uncertaintyMs` and `synced` are the gateway's clock as it wrote the entry. */
export interface LeafTime {
  /** RFC 3339 in UTC with milliseconds: the caller's time when one was given, else the gateway's. */
  readonly utc: string;
  readonly source: string;
  readonly uncertaintyMs: number | null;
  readonly synced: boolean;
  /** The gateway's own time, only when `utc` is the caller's. */
  readonly recorded?: string;
}

/** What is hashed into the log. */
export interface Leaf {
  readonly v: 1;
  readonly machine: string;
  readonly seq: number;
  readonly type: string;
  readonly time: LeafTime;
  readonly actorRef: string;
  /** The role in which the actor acted; left out when it is not known. */
  readonly actorRole?: string;
  readonly subject: string | null;
  /** HMAC-SHA-256(salt, RFC 8785 bytes of the body), 0x-hex. */
  readonly bodyHash: string;
  readonly corrects?: number;
  readonly reasonCode?: string;
}

/** An input that was found good, with its body in its canonical spelling. */
export interface CheckedInput {
  readonly machine: string;
  readonly type: string;
  readonly subject: string | null;
  readonly actor: string;
  readonly actorRole: string | null;
  /** The caller's time; null when the gateway's counts. */
  readonly time: string | null;
  readonly reasonCode: string | null;
  readonly corrects: number | null;
  /** RFC 8785 text. */
  readonly body: string;
}

export const SALT_LENGTH = 32;
/** Longest body in canonical bytes. */
export const BODY_BYTES_MAX = 65_536;
const SUBJECT_MAX = 256;
const ACTOR_MAX = 128;
const ROLE_MAX = 64;

// A leading dot or hyphen would make a strange file name of the machine's folder.
const MACHINE = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$/;
const TYPE = /^[a-z0-9._-]{1,64}$/;
const REASON = /^[A-Za-z0-9._-]{1,64}$/;
const RFC3339 = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:[Zz]|[+-]\d{2}:\d{2})$/;
const UTC_MS = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;
const FIELDS = new Set(["machine", "type", "subject", "body", "actor", "actorRole", "time", "reasonCode", "corrects"]);

/** Whether a text can name a machine. */
export function isMachineName(value: unknown): value is string {
  return typeof value === "string" && MACHINE.test(value);
}

/** Who is asking, as an entry names them. `role`: the role's name, or `token` or `process`; left out when it is not known. */
export interface Caller {
  readonly actor: string;
  readonly role?: string;
}

/** Checks an input. `where` names it in errors, such as `entries[3]`. Errors: `audit/invalid`, `audit/too-large`. */
export function checkInput(input: unknown, {where, caller}: {where: string; caller: Caller}): CheckedInput {
  const fail = (field: string, rule: string) =>
    new GatewayError("audit/invalid", `${where === "" ? "" : `${where}.`}${field}: ${rule}.`, {field});
  if (typeof input !== "object" || input === null || Array.isArray(input))
    throw new GatewayError("audit/invalid", `${where || "The entry"} must be an object.`);
  const given = input as Partial<Record<keyof AuditEntryInput, unknown>>;
  for (const field of Object.keys(given)) if (!FIELDS.has(field)) throw fail(field, "is not a field of an entry");
  const {machine, type, subject, actor = caller.actor, actorRole, time, reasonCode, corrects} = given;
  const isOther = actor !== caller.actor;
  if (!isMachineName(machine))
    throw fail("machine", "1 to 64 of letters, digits, dot, underscore and hyphen, not beginning with a dot or hyphen");
  if (typeof type !== "string" || !TYPE.test(type))
    throw fail("type", "1 to 64 of lower-case letters, digits, dot, underscore and hyphen");
  if (subject !== undefined && !isText(subject, SUBJECT_MAX))
    throw fail("subject", `a text of 1 to ${SUBJECT_MAX} characters`);
  if (!isText(actor, ACTOR_MAX)) throw fail("actor", `a text of 1 to ${ACTOR_MAX} characters`);
  if (actorRole !== undefined && !isText(actorRole, ROLE_MAX))
    throw fail("actorRole", `a text of 1 to ${ROLE_MAX} characters`);
  // One's own role is what the gateway knows; to claim another one would be worth nothing.
  if (actorRole !== undefined && !isOther && actorRole !== caller.role)
    throw fail("actorRole", "goes with an actor other than the caller, whose role the gateway knows");
  if (time !== undefined && !isTime(time)) throw fail("time", "an RFC 3339 time such as 2026-01-31T12:00:00.000Z");
  if (reasonCode !== undefined && (typeof reasonCode !== "string" || !REASON.test(reasonCode)))
    throw fail("reasonCode", "1 to 64 of letters, digits, dot, underscore and hyphen");
  if (corrects !== undefined && !isSeq(corrects)) throw fail("corrects", "the sequence number of an earlier entry");
  return {
    machine,
    type,
    subject: subject ?? null,
    actor,
    actorRole: (isOther ? actorRole : caller.role) ?? null,
    time: time === undefined ? null : new Date(time).toISOString(),
    reasonCode: reasonCode ?? null,
    corrects: corrects ?? null,
    body: canonicalBody(given.body, (rule) => fail("body", rule)),
  };
}

function isText(value: unknown, max: number): value is string {
  return typeof value === "string" && value.length > 0 && value.length <= max && value.isWellFormed();
}

function isSeq(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isTime(value: unknown): value is string {
  return typeof value === "string" && RFC3339.test(value) && !Number.isNaN(Date.parse(value));
}

function canonicalBody(body: unknown, fail: (rule: string) => GatewayError): string {
  if (typeof body !== "object" || body === null || Array.isArray(body)) throw fail("a JSON object");
  let text: string | undefined;
  try {
    text = canonicalize(body);
  } catch (error) {
    throw fail(`cannot be written as JSON (${sentenceOf(error)})`);
  }
  if (text === undefined || !text.startsWith("{")) throw fail("a JSON object");
  // A character has at most three bytes, so most bodies need not be counted.
  const bytes = text.length * 3 <= BODY_BYTES_MAX ? 0 : utf8(text).length;
  if (bytes > BODY_BYTES_MAX)
    throw new GatewayError("audit/too-large", `The body has ${bytes} bytes; at most ${BODY_BYTES_MAX} are kept.`, {
      bytes,
    });
  return text;
}

/** The leaf of a checked input at its place in the log. `corrects` is known to be below `seq`. */
export function leafOf(
  input: CheckedInput,
  context: {seq: number; now: UnixMs; clock: ClockState; bodyHash: string},
): Leaf {
  const recorded = utcOf(context.now);
  return {
    v: 1,
    machine: input.machine,
    seq: context.seq,
    type: input.type,
    time: {
      utc: input.time ?? recorded,
      source: context.clock.source,
      uncertaintyMs: context.clock.uncertaintyMs,
      synced: context.clock.isSynchronised,
      ...(input.time === null ? {} : {recorded}),
    },
    actorRef: input.actor,
    ...(input.actorRole === null ? {} : {actorRole: input.actorRole}),
    subject: input.subject,
    bodyHash: context.bodyHash,
    ...(input.corrects === null ? {} : {corrects: input.corrects}),
    ...(input.reasonCode === null ? {} : {reasonCode: input.reasonCode}),
  };
}

// Many entries share a millisecond, and formatting one costs as much as hashing a leaf.
let lastMs = Number.NaN;
let lastUtc = "";
function utcOf(ms: UnixMs): string {
  if (ms !== lastMs) {
    lastUtc = new Date(ms).toISOString();
    lastMs = ms;
  }
  return lastUtc;
}

/** RFC 8785 text of a leaf: the same as `canonicalize` gives, written out because the fields and their order never change. */
export function serializeLeaf(leaf: Leaf): string {
  const {time} = leaf;
  const role = leaf.actorRole === undefined ? "" : `"actorRole":${JSON.stringify(leaf.actorRole)},`;
  const corrects = leaf.corrects === undefined ? "" : `"corrects":${leaf.corrects},`;
  const reason = leaf.reasonCode === undefined ? "" : `"reasonCode":${JSON.stringify(leaf.reasonCode)},`;
  const recorded = time.recorded === undefined ? "" : `"recorded":"${time.recorded}",`;
  return (
    `{"actorRef":${JSON.stringify(leaf.actorRef)},${role}"bodyHash":"${leaf.bodyHash}",${corrects}` +
    `"machine":"${leaf.machine}",${reason}"seq":${leaf.seq},"subject":${JSON.stringify(leaf.subject)},` +
    `"time":{${recorded}"source":${JSON.stringify(time.source)},"synced":${time.synced},` +
    `"uncertaintyMs":${JSON.stringify(time.uncertaintyMs)},"utc":"${time.utc}"},"type":"${leaf.type}","v":1}`
  );
}

/** Reads a leaf's text. Throws `audit/invalid` when it is not a leaf or not in its canonical spelling. */
export function parseLeaf(text: string): Leaf {
  let leaf: unknown;
  try {
    leaf = JSON.parse(text);
  } catch {
    throw new GatewayError("audit/invalid", "The leaf is not JSON.");
  }
  if (!isLeaf(leaf)) throw new GatewayError("audit/invalid", "The leaf does not have the fields of an entry.");
  if (serializeLeaf(leaf) !== text || !text.isWellFormed())
    throw new GatewayError("audit/invalid", "The leaf is not in its canonical spelling.");
  return leaf;
}

function isLeaf(value: unknown): value is Leaf {
  if (typeof value !== "object" || value === null) return false;
  const leaf = value as {readonly [Field in keyof Leaf]?: unknown};
  return (
    leaf.v === 1 &&
    isMachineName(leaf.machine) &&
    isSeq(leaf.seq) &&
    typeof leaf.type === "string" &&
    TYPE.test(leaf.type) &&
    isLeafTime(leaf.time) &&
    isText(leaf.actorRef, ACTOR_MAX) &&
    (leaf.actorRole === undefined || isText(leaf.actorRole, ROLE_MAX)) &&
    (leaf.subject === null || isText(leaf.subject, SUBJECT_MAX)) &&
    isHex(leaf.bodyHash, 32) &&
    (leaf.corrects === undefined || isSeq(leaf.corrects)) &&
    (leaf.reasonCode === undefined || (typeof leaf.reasonCode === "string" && REASON.test(leaf.reasonCode)))
  );
}

function isLeafTime(value: unknown): value is LeafTime {
  if (typeof value !== "object" || value === null) return false;
  const time = value as {readonly [Field in keyof LeafTime]?: unknown};
  return (
    typeof time.utc === "string" &&
    UTC_MS.test(time.utc) &&
    typeof time.source === "string" &&
    time.source.isWellFormed() &&
    (time.uncertaintyMs === null || (typeof time.uncertaintyMs === "number" && time.uncertaintyMs >= 0)) &&
    typeof time.synced === "boolean" &&
    (time.recorded === undefined || (typeof time.recorded === "string" && UTC_MS.test(time.recorded)))
  );
}

/** Hash of a body under its salt, 0x-hex. `salt`: 32 bytes; `body`: its RFC 8785 bytes. */
export function bodyHashOf(salt: Uint8Array, body: Uint8Array): string {
  return toHex(hmacSha256(salt, body));
}

/** A body's bytes as the object they are. Throws when they are not JSON. */
export function parseBody(body: Uint8Array): Readonly<Record<string, unknown>> {
  return JSON.parse(fromUtf8(body)) as Readonly<Record<string, unknown>>;
}
