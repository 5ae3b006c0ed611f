// What an authority may vouch for, as its certificate says it (RFC 5280 section 4.2.1.10). A person who trusts our authority on a phone
// trusts it for this machine and for private networks, never for a bank: even its stolen key cannot make a certificate for one.
//
// NameConstraints ::= SEQUENCE { [0] SEQUENCE OF SEQUENCE { base } }, base a dNSName [2] or an iPAddress [7] of address and mask.

import {isIPv6} from "node:net";

/** OID 2.5.29.30. */
export const NAME_CONSTRAINTS = "2.5.29.30";
const NAME_CONSTRAINTS_DER = Buffer.from([0x06, 0x03, 0x55, 0x1d, 0x1e]);

const SEQUENCE = 0x30;
const OCTETS = 0x04;
const BOOLEAN = 0x01;
const PERMITTED = 0xa0;
const DNS_NAME = 0x82;
const IP_ADDRESS = 0x87;

/** Addresses that no public certificate is given for: RFC 1918, 3927, 4193 and loopback. */
const PRIVATE_RANGES: readonly (readonly [address: string, prefix: number])[] = [
  ["127.0.0.0", 8],
  ["10.0.0.0", 8],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
  ["169.254.0.0", 16],
  ["::1", 128],
  ["fc00::", 7],
];
/** `local` stands for all names under it. */
const PRIVATE_NAMES = ["localhost", "local"];

/** The extension's value: private ranges and names, and these besides. */
export function encodeConstraints(also: {
  readonly names: readonly string[];
  readonly addresses: readonly string[];
}): Uint8Array {
  const names = [...new Set([...PRIVATE_NAMES, ...also.names])].map((name) =>
    der(DNS_NAME, Buffer.from(name, "ascii")),
  );
  const ranges = [
    ...PRIVATE_RANGES,
    ...also.addresses.map((address) => [address, isIPv6(address) ? 128 : 32] as const),
  ].map(([address, prefix]) => der(IP_ADDRESS, Buffer.concat([bytesOf(address), maskOf(address, prefix)])));
  return der(SEQUENCE, der(PERMITTED, ...[...names, ...ranges].map((base) => der(SEQUENCE, base))));
}

/** Whether the authority of this certificate (DER) may vouch for a name or an address. One without the extension may for all. */
export function permits(certificate: Uint8Array, nameOrAddress: string): boolean {
  const bases = basesIn(Buffer.from(certificate));
  if (bases === null) return true;
  const isAddress = /^[0-9.]+$/.test(nameOrAddress) || nameOrAddress.includes(":");
  if (!isAddress) {
    const names = bases.filter(({tag}) => tag === DNS_NAME).map(({value}) => value.toString("ascii"));
    return names.some((name) => nameOrAddress === name || nameOrAddress.endsWith(`.${name}`));
  }
  const wanted = bytesOf(nameOrAddress);
  return bases.some(({tag, value}) => {
    if (tag !== IP_ADDRESS || value.length !== 2 * wanted.length) return false;
    return wanted.every((byte, index) => (byte & value[wanted.length + index]!) === value[index]);
  });
}

interface Tlv {
  readonly tag: number;
  readonly value: Buffer;
}

function basesIn(certificate: Buffer): readonly Tlv[] | null {
  const at = certificate.indexOf(NAME_CONSTRAINTS_DER);
  if (at < 0) return null;
  const rest = certificate.subarray(at + NAME_CONSTRAINTS_DER.length);
  const [first, second] = readAll(rest, 2);
  const octets = first?.tag === BOOLEAN ? second : first;
  if (octets?.tag !== OCTETS) return null;
  const permitted = readAll(readAll(octets.value)[0]?.value ?? Buffer.alloc(0)).find(({tag}) => tag === PERMITTED);
  return readAll(permitted?.value ?? Buffer.alloc(0)).flatMap(({value}) => readAll(value, 1));
}

function readAll(bytes: Buffer, max = Number.POSITIVE_INFINITY): Tlv[] {
  const found: Tlv[] = [];
  for (let at = 0; at + 2 <= bytes.length && found.length < max; ) {
    const short = bytes[at + 1]!;
    const more = short < 0x80 ? 0 : short & 0x7f;
    const length = more === 0 ? short : bytes.readUIntBE(at + 2, more);
    const start = at + 2 + more;
    found.push({tag: bytes[at]!, value: bytes.subarray(start, start + length)});
    at = start + length;
  }
  return found;
}

function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const value = Buffer.concat(parts);
  const {length} = value;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), value]);
}

function maskOf(address: string, prefix: number): Buffer {
  return Buffer.from(
    Array.from({length: isIPv6(address) ? 16 : 4}, (_, index) => {
      const bits = Math.max(0, Math.min(8, prefix - 8 * index));
      return (0xff << (8 - bits)) & 0xff;
    }),
  );
}

function bytesOf(address: string): Buffer {
  if (!isIPv6(address)) return Buffer.from(address.split(".").map(Number));
  const [head = "", tail = ""] = address.toLowerCase().split("%")[0]!.split("::");
  const groups = (text: string) =>
    text === ""
      ? []
      : text.split(":").flatMap((group) => (group.includes(".") ? fromDotted(group) : [Number.parseInt(group, 16)]));
  const [before, after] = [groups(head), groups(tail)];
  const all = address.includes("::")
    ? [...before, ...Array(8 - before.length - after.length).fill(0), ...after]
    : before;
  return Buffer.from(all.flatMap((group: number) => [group >> 8, group & 0xff]));
}

function fromDotted(text: string): number[] {
  const [a = 0, b = 0, c = 0, d = 0] = text.split(".").map(Number);
  return [(a << 8) | b, (c << 8) | d];
}
