import {concatBytes, utf8} from "../bytes.ts";
import {assert} from "../errors.ts";
import type {KeyPurpose} from "./signer.ts";

/**
 * The bytes that a signature of our own formats covers: `tanglegate/<purpose>/v1`, a zero byte, the network id as 8 bytes little-endian
 * (as TIP-20 writes it), then the message. So a signature of one purpose or network is worth nothing for another.
 * Formats of others (milestones, signed notes, JWT) fix their own bytes and do not use this.
 */
export function domainSeparated(purpose: KeyPurpose, networkId: bigint, message: Uint8Array): Uint8Array {
  assert(networkId >= 0n && networkId < 2n ** 64n, "a network id has 64 bits");
  const network = new Uint8Array(8);
  new DataView(network.buffer).setBigUint64(0, networkId, true);
  return concatBytes(utf8(`tanglegate/${purpose}/v1\0`), network, message);
}
