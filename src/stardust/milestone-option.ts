import type {Hex} from "../bytes.ts";
import {GatewayError} from "../errors.ts";
import type {Tokens} from "../units.ts";
import type {Reader, Writer} from "./codec.ts";
import {ID_SIZE, METADATA_SIZE_MAX} from "./limits.ts";

/** Funds moved from the older network (TIP-34, obsolete): read and written, booked by no network of ours. */
export interface ReceiptOption {
  readonly kind: "receipt";
  /** Milestone index of the older network. */
  readonly migratedAt: number;
  /** Whether it is the last receipt of that index. */
  readonly isFinal: boolean;
  /** 1..127, ascending by transaction hash, each once. */
  readonly funds: readonly MigratedFunds[];
  readonly treasury: {readonly milestoneId: Hex; readonly amount: Tokens};
}

export interface MigratedFunds {
  /** 49 bytes, t5b1. */
  readonly tailTransactionHash: Hex;
  /** Ed25519 address: hash of the public key, 32 bytes. */
  readonly pubKeyHash: Hex;
  readonly deposit: Tokens;
}

/** Announces new protocol parameters (TIP-29). `params`: 0..8,192 bytes, see `parseProtocolParameters`. */
export interface ProtocolParametersOption {
  readonly kind: "protocol-parameters";
  readonly targetMilestoneIndex: number;
  readonly protocolVersion: number;
  readonly params: Uint8Array;
}

export type MilestoneOption = ReceiptOption | ProtocolParametersOption;

export const RECEIPT_TYPE = 0;
export const PROTOCOL_PARAMETERS_TYPE = 1;
export const TREASURY_TRANSACTION_TYPE = 4;
export const TREASURY_INPUT_TYPE = 1;
export const TREASURY_OUTPUT_TYPE = 2;
export const ED25519_ADDRESS_TYPE = 0;
// 4 + input (1 + 32) + output (1 + 8).
const TREASURY_TRANSACTION_SIZE = 46;
const TAIL_HASH_SIZE = 49;
// TIP-34 allows 128 (Max Inputs Count); the nodes that carried it out allow one less.
const FUNDS_MAX = 127;
const PARAMS_BOUNDS = {max: METADATA_SIZE_MAX};

/** Reads the options of a milestone. Errors: `block/option-type`, `block/option-order`, `block/receipt-...`. */
export function readOptions(reader: Reader): MilestoneOption[] {
  const count = reader.u8("options count");
  const options: MilestoneOption[] = [];
  for (let i = 0; i < count; i++) {
    options.push(readOption(reader));
    checkOrder(options);
  }
  return options;
}

/** Writes the options of a milestone, by the same rules. */
export function writeOptions(writer: Writer, options: readonly MilestoneOption[]): void {
  checkOrder(options);
  writer.u8("options count", options.length);
  for (const option of options) writeOption(writer, option);
}

/** Reads one option, type first. */
export function readOption(reader: Reader): MilestoneOption {
  const type = reader.u8("option type");
  if (type === RECEIPT_TYPE) return readReceipt(reader);
  if (type === PROTOCOL_PARAMETERS_TYPE) {
    return {
      kind: "protocol-parameters",
      targetMilestoneIndex: reader.u32("target milestone index"),
      protocolVersion: reader.u8("target protocol version"),
      // TIP-29: the parameters have at most Max Metadata Length bytes.
      params: reader.sized("protocol parameters", "u16", PARAMS_BOUNDS),
    };
  }
  // TIP-29: the type is one of the listed.
  throw new GatewayError("block/option-type", `A milestone option has type ${type}; 0 and 1 are known.`, {type});
}

/** Writes one option, type first. */
export function writeOption(writer: Writer, option: MilestoneOption): void {
  if (option.kind === "receipt") {
    writeReceipt(writer, option);
    return;
  }
  writer
    .u8("option type", PROTOCOL_PARAMETERS_TYPE)
    .u32("target milestone index", option.targetMilestoneIndex)
    .u8("target protocol version", option.protocolVersion)
    .sized("protocol parameters", "u16", option.params, PARAMS_BOUNDS);
}

function readReceipt(reader: Reader): ReceiptOption {
  const migratedAt = reader.u32("receipt migrated at");
  const final = reader.u8("receipt final");
  // TIP-34: final is 0 or 1.
  if (final > 1)
    throw new GatewayError("block/receipt-final", `The receipt's final is ${final}; it is 0 or 1.`, {final});
  const count = reader.u16("receipt funds count");
  checkFundsCount(count);
  const funds = Array.from({length: count}, () => {
    const tailTransactionHash = reader.hex("receipt transaction hash", TAIL_HASH_SIZE);
    expectType(reader.u8("receipt address type"), ED25519_ADDRESS_TYPE, "address");
    return {
      tailTransactionHash,
      pubKeyHash: reader.hex("receipt address", ID_SIZE),
      deposit: reader.u64("receipt deposit"),
    };
  });
  checkFundsOrder(funds);
  expectType(reader.u32("treasury transaction length"), TREASURY_TRANSACTION_SIZE, "treasury transaction length");
  expectType(reader.u32("treasury transaction type"), TREASURY_TRANSACTION_TYPE, "treasury transaction");
  expectType(reader.u8("treasury input type"), TREASURY_INPUT_TYPE, "treasury input");
  const milestoneId = reader.hex("treasury input", ID_SIZE);
  expectType(reader.u8("treasury output type"), TREASURY_OUTPUT_TYPE, "treasury output");
  const amount = reader.u64("treasury amount");
  return {kind: "receipt", migratedAt, isFinal: final === 1, funds, treasury: {milestoneId, amount}};
}

function writeReceipt(writer: Writer, receipt: ReceiptOption): void {
  checkFundsCount(receipt.funds.length);
  checkFundsOrder(receipt.funds);
  writer
    .u8("option type", RECEIPT_TYPE)
    .u32("receipt migrated at", receipt.migratedAt)
    .u8("receipt final", receipt.isFinal ? 1 : 0)
    .u16("receipt funds count", receipt.funds.length);
  for (const {tailTransactionHash, pubKeyHash, deposit} of receipt.funds) {
    writer
      .hex("receipt transaction hash", tailTransactionHash, TAIL_HASH_SIZE)
      .u8("receipt address type", ED25519_ADDRESS_TYPE)
      .hex("receipt address", pubKeyHash, ID_SIZE)
      .u64("receipt deposit", deposit);
  }
  writer
    .u32("treasury transaction length", TREASURY_TRANSACTION_SIZE)
    .u32("treasury transaction type", TREASURY_TRANSACTION_TYPE)
    .u8("treasury input type", TREASURY_INPUT_TYPE)
    .hex("treasury input", receipt.treasury.milestoneId, ID_SIZE)
    .u8("treasury output type", TREASURY_OUTPUT_TYPE)
    .u64("treasury amount", receipt.treasury.amount);
}

function checkOrder(options: readonly MilestoneOption[]): void {
  // TIP-29: options ascend by type, at most one of each. There are two types, so only a parameters option may follow.
  const isOrdered =
    options.length < 2 ||
    (options.length === 2 && options[0]!.kind === "receipt" && options[1]!.kind === "protocol-parameters");
  if (!isOrdered) {
    throw new GatewayError("block/option-order", "Milestone options must ascend by type, with at most one of each.");
  }
}

function checkFundsCount(count: number): void {
  if (count >= 1 && count <= FUNDS_MAX) return;
  throw new GatewayError("block/receipt-funds-count", `A receipt has 1 to ${FUNDS_MAX} funds; this one has ${count}.`, {
    count,
  });
}

function checkFundsOrder(funds: readonly MigratedFunds[]): void {
  // TIP-34: funds are sorted by their transaction hash, each hash once.
  const isOrdered = funds.every(
    ({tailTransactionHash}, i) => i === 0 || funds[i - 1]!.tailTransactionHash < tailTransactionHash,
  );
  if (!isOrdered) {
    throw new GatewayError("block/receipt-funds-order", "A receipt's funds must be sorted by hash, each hash once.");
  }
}

function expectType(got: number, expected: number, what: string): void {
  if (got === expected) return;
  throw new GatewayError("block/receipt-treasury", `The receipt's ${what} is ${got}; it must be ${expected}.`, {
    what,
    got,
  });
}
