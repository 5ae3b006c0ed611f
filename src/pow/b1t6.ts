import {GatewayError} from "../errors.ts";

/** Trits of one byte. */
export const TRITS_PER_BYTE = 6;

/** Binary to ternary (TIP-5): each byte, read as signed, gives six balanced trits (-1, 0, 1), the least significant first. */
export function encodeB1t6(bytes: Uint8Array): Int8Array {
  const trits = new Int8Array(bytes.length * TRITS_PER_BYTE);
  for (let i = 0; i < bytes.length; i++) {
    let rest = (bytes[i]! << 24) >> 24;
    for (let t = 0; t < TRITS_PER_BYTE; t++) {
      // The remainder nearest to zero, so that the quotient is exact.
      const trit = ((((rest + 1) % 3) + 3) % 3) - 1;
      trits[i * TRITS_PER_BYTE + t] = trit;
      rest = (rest - trit) / 3;
    }
  }
  return trits;
}

/**
 * Ternary to binary. Six trits can say more than a byte; groups outside -128..127 are refused, so that no two texts give the same
 * bytes. Errors: `b1t6/length`, `b1t6/not-canonical`, `b1t6/not-trits`.
 */
export function decodeB1t6(trits: Int8Array): Uint8Array {
  if (trits.length % TRITS_PER_BYTE !== 0) {
    throw new GatewayError("b1t6/length", `${trits.length} trits are no whole number of groups of six.`);
  }
  const bytes = new Uint8Array(trits.length / TRITS_PER_BYTE);
  for (let i = 0; i < bytes.length; i++) {
    let value = 0;
    for (let t = TRITS_PER_BYTE - 1; t >= 0; t--) {
      const trit = trits[i * TRITS_PER_BYTE + t]!;
      if (trit < -1 || trit > 1) throw new GatewayError("b1t6/not-trits", `${trit} is no trit; trits are -1, 0 and 1.`);
      value = value * 3 + trit;
    }
    if (value < -128 || value > 127) {
      throw new GatewayError("b1t6/not-canonical", `Group ${i} is ${value}; a byte is from -128 to 127.`, {value});
    }
    bytes[i] = value & 0xff;
  }
  return bytes;
}
