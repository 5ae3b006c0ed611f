import {invalid} from "../definition.ts";

/** Hosts of one scan. */
export const HOSTS_MAX = 256;

const PREFIX_MIN = 24;
/** Private and local ranges (RFC 1918, 3927, 6598, loopback): a scan of other people's networks is nothing that a gateway does. */
const LOCAL_RANGES: readonly (readonly [number, number])[] = [
  [numberOf([10, 0, 0, 0]), 8],
  [numberOf([172, 16, 0, 0]), 12],
  [numberOf([192, 168, 0, 0]), 16],
  [numberOf([127, 0, 0, 0]), 8],
  [numberOf([169, 254, 0, 0]), 16],
  [numberOf([100, 64, 0, 0]), 10],
];

/**
 * Hosts that a target names: one host, or the addresses of a private range of at most 256 without network and broadcast.
 * Errors: `field/invalid`.
 */
export function hostsOf(target: string): readonly string[] {
  if (!target.includes("/")) {
    if (/^[^\s/@]{1,255}$/.test(target)) return [target];
    throw invalid("target", "a host name, an address, or a range such as 192.168.1.0/24");
  }
  const [, text, prefixText] = /^([0-9.]+)\/([0-9]{1,2})$/.exec(target) ?? [];
  const bytes = text?.split(".").map(Number) ?? [];
  const prefix = Number(prefixText);
  const isAddress = bytes.length === 4 && bytes.every((byte) => byte <= 255) && !text!.split(".").includes("");
  if (!isAddress || prefix > 32) throw invalid("target", "a range such as 192.168.1.0/24");
  if (prefix < PREFIX_MIN)
    throw invalid("target", `a range of at most ${HOSTS_MAX} addresses (/24); scan a larger one in parts`);
  const size = 2 ** (32 - prefix);
  const first = numberOf(bytes) - (numberOf(bytes) % size);
  if (!LOCAL_RANGES.some(([start, bits]) => isWithin(first, start, bits))) {
    throw invalid("target", "a range of private addresses; name a public host alone");
  }
  const all = Array.from({length: size}, (_, index) => textOf(first + index));
  return size > 2 ? all.slice(1, -1) : all;
}

function numberOf(bytes: readonly number[]): number {
  return bytes.reduce((sum, byte) => sum * 256 + byte, 0);
}

function textOf(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");
}

function isWithin(address: number, start: number, bits: number): boolean {
  const size = 2 ** (32 - bits);
  return Math.floor(address / size) === Math.floor(start / size);
}
