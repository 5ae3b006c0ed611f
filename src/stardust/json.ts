// TIP-25: the JSON of blocks. Bytes are 0x-hex (written in lower case, read in either), 64-bit integers are decimal strings.
// Empty optional fields (payload, tag, data, metadata, options) are left out when written, as the network's other nodes do.

import {z} from "zod";
import {fromHex, type Hex, toHex} from "../bytes.ts";
import {GatewayError} from "../errors.ts";
import type {Block, Payload} from "./block.ts";
import {MILESTONE_TYPE, type MilestonePayload} from "./milestone.ts";
import {
  ED25519_ADDRESS_TYPE,
  type MilestoneOption,
  PROTOCOL_PARAMETERS_TYPE,
  RECEIPT_TYPE,
  TREASURY_INPUT_TYPE,
  TREASURY_OUTPUT_TYPE,
  TREASURY_TRANSACTION_TYPE,
} from "./milestone-option.ts";
import {TAGGED_DATA_TYPE, type TaggedData} from "./tagged-data.ts";

export interface TaggedDataJson {
  readonly type: 5;
  readonly tag?: Hex;
  readonly data?: Hex;
}

export interface MilestoneJson {
  readonly type: 7;
  readonly index: number;
  readonly timestamp: number;
  readonly protocolVersion: number;
  readonly previousMilestoneId: Hex;
  readonly parents: readonly Hex[];
  readonly inclusionMerkleRoot: Hex;
  readonly appliedMerkleRoot: Hex;
  readonly metadata?: Hex;
  readonly options?: readonly OptionJson[];
  readonly signatures: readonly {readonly type: 0; readonly publicKey: Hex; readonly signature: Hex}[];
}

/** TIP-25 JSON of a block. `nonce` is a decimal string. */
export interface BlockJson {
  readonly protocolVersion: number;
  readonly parents: readonly Hex[];
  readonly payload?: TaggedDataJson | MilestoneJson;
  readonly nonce: string;
}

const TRANSACTION_TYPE = 6;
const U64_MAX = 0xffff_ffff_ffff_ffffn;

const uint = (max: number) => z.int().min(0).max(max);
const u8 = uint(0xff);
const u32 = uint(0xffff_ffff);
const u64 = z
  .string()
  .regex(/^[0-9]{1,20}$/, "a decimal string of an unsigned 64-bit integer is expected")
  .transform(BigInt)
  .refine((value) => value <= U64_MAX, "the integer does not fit 64 bits");
const hex = (size?: number) =>
  z
    .string()
    .regex(
      size === undefined ? /^0x(?:[0-9a-fA-F]{2})*$/ : new RegExp(`^0x[0-9a-fA-F]{${2 * size}}$`),
      size === undefined ? "0x-hex is expected" : `0x-hex of ${size} bytes is expected`,
    )
    .transform((text) => text.toLowerCase() as Hex);
const bytes = hex().transform((text) => fromHex(text));
const id = hex(32);

const receipt = z.object({
  type: z.literal(RECEIPT_TYPE),
  migratedAt: u32,
  final: z.boolean(),
  funds: z.array(
    z.object({
      tailTransactionHash: hex(49),
      address: z.object({type: z.literal(ED25519_ADDRESS_TYPE), pubKeyHash: id}),
      deposit: u64,
    }),
  ),
  transaction: z.object({
    type: z.literal(TREASURY_TRANSACTION_TYPE),
    input: z.object({type: z.literal(TREASURY_INPUT_TYPE), milestoneId: id}),
    output: z.object({type: z.literal(TREASURY_OUTPUT_TYPE), amount: u64}),
  }),
});

const parametersOption = z.object({
  type: z.literal(PROTOCOL_PARAMETERS_TYPE),
  targetMilestoneIndex: u32,
  protocolVersion: u8,
  params: bytes,
});

const milestone = z.object({
  type: z.literal(MILESTONE_TYPE),
  index: u32,
  timestamp: u32,
  protocolVersion: u8,
  previousMilestoneId: id,
  parents: z.array(id),
  inclusionMerkleRoot: id,
  appliedMerkleRoot: id,
  metadata: bytes.optional(),
  options: z.array(z.discriminatedUnion("type", [receipt, parametersOption])).optional(),
  signatures: z.array(
    z.object({type: z.literal(0), publicKey: id, signature: hex(64).transform((text) => fromHex(text))}),
  ),
});

const taggedData = z.object({
  type: z.literal(TAGGED_DATA_TYPE),
  tag: bytes.optional(),
  data: bytes.optional(),
});

const block = z.object({
  protocolVersion: u8,
  parents: z.array(id).nullish(),
  payload: z.unknown().optional(),
  nonce: u64.optional(),
});

/** TIP-25 JSON of a block. */
export function blockToJson(value: Block): BlockJson {
  return {
    protocolVersion: value.protocolVersion,
    parents: value.parents,
    ...(value.payload === null ? {} : {payload: payloadToJson(value.payload)}),
    nonce: value.nonce.toString(),
  };
}

/**
 * A block of TIP-25 JSON. Clients may leave out `parents` and `nonce` for the node to fill in: they come back as no parents and 0.
 * Only the form is checked here; `serializeBlock` checks the rules. Errors: `block/json` with the field, `block/payload-type`,
 * `block/payload-not-supported`.
 */
export function blockFromJson(json: unknown): Block {
  const {protocolVersion, parents, payload, nonce} = read(block, json, "");
  return {
    protocolVersion,
    parents: parents ?? [],
    payload: payload === undefined || payload === null ? null : payloadFromJson(payload),
    nonce: nonce ?? 0n,
  };
}

/** TIP-25 JSON of a milestone's payload. */
export function milestoneToJson(value: MilestonePayload): MilestoneJson {
  return {
    type: MILESTONE_TYPE,
    index: value.index,
    timestamp: value.timestamp,
    protocolVersion: value.protocolVersion,
    previousMilestoneId: value.previousMilestoneId,
    parents: value.parents,
    inclusionMerkleRoot: value.inclusionMerkleRoot,
    appliedMerkleRoot: value.appliedMerkleRoot,
    ...(value.options.length === 0 ? {} : {options: value.options.map(optionToJson)}),
    ...(value.metadata.length === 0 ? {} : {metadata: toHex(value.metadata)}),
    signatures: value.signatures.map(({publicKey, signature}) => ({type: 0, publicKey, signature: toHex(signature)})),
  };
}

/** A milestone's payload of TIP-25 JSON. Errors: `block/json` with the field. */
export function milestoneFromJson(json: unknown): MilestonePayload {
  return toMilestone(read(milestone, json, ""));
}

function payloadToJson(payload: Payload): TaggedDataJson | MilestoneJson {
  return payload.kind === "milestone" ? milestoneToJson(payload) : taggedDataToJson(payload);
}

function taggedDataToJson(payload: TaggedData): TaggedDataJson {
  return {
    type: TAGGED_DATA_TYPE,
    ...(payload.tag.length === 0 ? {} : {tag: toHex(payload.tag)}),
    ...(payload.data.length === 0 ? {} : {data: toHex(payload.data)}),
  };
}

function payloadFromJson(json: unknown): Payload {
  const type = (json as {type?: unknown}).type;
  switch (type) {
    case TAGGED_DATA_TYPE: {
      const {tag, data} = read(taggedData, json, "payload");
      return {kind: "tagged-data", tag: tag ?? new Uint8Array(0), data: data ?? new Uint8Array(0)};
    }
    case MILESTONE_TYPE:
      return toMilestone(read(milestone, json, "payload"));
    case TRANSACTION_TYPE:
      throw new GatewayError(
        "block/payload-not-supported",
        "The block carries a transaction; this gateway does not take part in the ledger of tokens.",
        {type},
      );
    default:
      throw new GatewayError("block/payload-type", `The payload's type is ${JSON.stringify(type)}; 5 and 7 are known.`);
  }
}

type OptionJson = ReturnType<typeof optionToJson>;

function optionToJson(option: MilestoneOption) {
  if (option.kind === "protocol-parameters") {
    return {
      type: PROTOCOL_PARAMETERS_TYPE,
      targetMilestoneIndex: option.targetMilestoneIndex,
      protocolVersion: option.protocolVersion,
      params: toHex(option.params),
    } as const;
  }
  return {
    type: RECEIPT_TYPE,
    migratedAt: option.migratedAt,
    final: option.isFinal,
    funds: option.funds.map(({tailTransactionHash, pubKeyHash, deposit}) => ({
      tailTransactionHash,
      address: {type: ED25519_ADDRESS_TYPE, pubKeyHash},
      deposit: deposit.toString(),
    })),
    transaction: {
      type: TREASURY_TRANSACTION_TYPE,
      input: {type: TREASURY_INPUT_TYPE, milestoneId: option.treasury.milestoneId},
      output: {type: TREASURY_OUTPUT_TYPE, amount: option.treasury.amount.toString()},
    },
  } as const;
}

function toMilestone(json: z.output<typeof milestone>): MilestonePayload {
  const {type: _, metadata, options, signatures, ...rest} = json;
  return {
    kind: "milestone",
    ...rest,
    metadata: metadata ?? new Uint8Array(0),
    options: (options ?? []).map(toOption),
    signatures: signatures.map(({publicKey, signature}) => ({publicKey, signature})),
  };
}

function toOption(json: z.output<typeof receipt> | z.output<typeof parametersOption>): MilestoneOption {
  if (json.type === PROTOCOL_PARAMETERS_TYPE) {
    const {targetMilestoneIndex, protocolVersion, params} = json;
    return {kind: "protocol-parameters", targetMilestoneIndex, protocolVersion, params};
  }
  return {
    kind: "receipt",
    migratedAt: json.migratedAt,
    isFinal: json.final,
    funds: json.funds.map(({tailTransactionHash, address, deposit}) => ({
      tailTransactionHash,
      pubKeyHash: address.pubKeyHash,
      deposit,
    })),
    treasury: {milestoneId: json.transaction.input.milestoneId, amount: json.transaction.output.amount},
  };
}

function read<Schema extends z.ZodType>(schema: Schema, json: unknown, at: string): z.output<Schema> {
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  const field = [at, ...issue.path].filter((part) => part !== "").join(".") || "the block";
  throw new GatewayError("block/json", `In the JSON, ${field}: ${issue.message}.`, {field});
}
