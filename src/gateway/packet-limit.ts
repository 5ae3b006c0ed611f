// MQTT lets a packet announce up to 256 MiB, and the parser of the broker gathers all of it, before any login. Here the fixed header is
// read along, and a connection that announces more than is allowed ends at once.

import type {Duplex} from "node:stream";

/**
 * Reads the fixed headers of one direction of an MQTT connection (3.1.1, section 2.2). The function it gives is handed all bytes in
 * order, cut anywhere; false = a packet is longer than `bytesMax`, or its length has no end.
 */
export function createPacketMeter(bytesMax: number): (bytes: Uint8Array) => boolean {
  let left = 0;
  let length = 0;
  // Digits of the length that were read; null = the packet's first byte comes next.
  let digits: number | null = null;
  return (bytes) => {
    for (let at = 0; at < bytes.length; ) {
      if (left > 0) {
        const skipped = Math.min(left, bytes.length - at);
        left -= skipped;
        at += skipped;
        continue;
      }
      const byte = bytes[at]!;
      at += 1;
      if (digits === null) {
        digits = 0;
        length = 0;
        continue;
      }
      length += (byte & 0x7f) * 128 ** digits;
      digits += 1;
      if (length > bytesMax || digits > 4) return false;
      if (byte >= 0x80) continue;
      left = length;
      digits = null;
    }
    return true;
  };
}

/** Ends a connection when a packet that comes in is too long. The broker reads with `read` alone. */
export function limitPackets(connection: Duplex, bytesMax: number, onTooLong: () => void): void {
  const read = connection.read.bind(connection);
  const isWithin = createPacketMeter(bytesMax);
  connection.read = (size?: number): unknown => {
    const bytes: Uint8Array | null = read(size);
    if (bytes === null || isWithin(bytes)) return bytes;
    onTooLong();
    connection.destroy();
    return null;
  };
}
