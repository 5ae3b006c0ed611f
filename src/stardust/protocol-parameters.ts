import {blake2b256} from "../blake2b.ts";
import {utf8} from "../bytes.ts";
import type {Tokens} from "../units.ts";
import {Reader, Writer} from "./codec.ts";

/** What all nodes of a network have in common (TIP-22). */
export interface ProtocolParameters {
  readonly version: number;
  readonly networkName: string;
  /** Human-readable part of bech32 addresses (TIP-31). */
  readonly bech32Hrp: string;
  /** Least PoW score of a block (TIP-12); 0 = none. */
  readonly minPowScore: number;
  /** Milestones between a block's oldest cone root and the confirmed one after which it is below max depth (TIP-3). */
  readonly belowMaxDepth: number;
  /** Storage deposit (TIP-19). */
  readonly rentStructure: RentStructure;
  readonly tokenSupply: Tokens;
}

/** Price of storage in base tokens: cost of a virtual byte, and the weights of data and key bytes. TIP-19. */
export interface RentStructure {
  readonly vByteCost: number;
  readonly vByteFactorData: number;
  readonly vByteFactorKey: number;
}

const SUBJECT = "parameters";
const NAME_BOUNDS = {max: 255};

/** Network id: the first 8 bytes of BLAKE2b-256 of the network's name, little endian. TIP-20, TIP-22. */
export function networkIdOf(networkName: string): bigint {
  const digest = blake2b256(utf8(networkName));
  return new DataView(digest.buffer, digest.byteOffset).getBigUint64(0, true);
}

/** Bytes of protocol parameters as snapshots and milestone options carry them (TIP-35). Errors: `parameters/range`, `parameters/length`. */
export function serializeProtocolParameters(parameters: ProtocolParameters): Uint8Array {
  return new Writer(SUBJECT)
    .u8("version", parameters.version)
    .text("networkName", "u8", parameters.networkName, NAME_BOUNDS)
    .text("bech32Hrp", "u8", parameters.bech32Hrp, NAME_BOUNDS)
    .u32("minPowScore", parameters.minPowScore)
    .u8("belowMaxDepth", parameters.belowMaxDepth)
    .u32("vByteCost", parameters.rentStructure.vByteCost)
    .u8("vByteFactorData", parameters.rentStructure.vByteFactorData)
    .u8("vByteFactorKey", parameters.rentStructure.vByteFactorKey)
    .u64("tokenSupply", parameters.tokenSupply)
    .finish();
}

/** Reads protocol parameters, all of the bytes. Errors: `parameters/truncated`, `/length`, `/not-text`, `/trailing-bytes`. */
export function parseProtocolParameters(bytes: Uint8Array): ProtocolParameters {
  const reader = new Reader(bytes, SUBJECT);
  const parameters = {
    version: reader.u8("version"),
    networkName: reader.text("networkName", "u8", NAME_BOUNDS),
    bech32Hrp: reader.text("bech32Hrp", "u8", NAME_BOUNDS),
    minPowScore: reader.u32("minPowScore"),
    belowMaxDepth: reader.u8("belowMaxDepth"),
    rentStructure: {
      vByteCost: reader.u32("vByteCost"),
      vByteFactorData: reader.u8("vByteFactorData"),
      vByteFactorKey: reader.u8("vByteFactorKey"),
    },
    tokenSupply: reader.u64("tokenSupply"),
  };
  reader.end();
  return parameters;
}
