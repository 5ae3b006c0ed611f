// Modbus RTU frames on any stream of bytes: a serial port, or a TCP connection to a serial server. modbus-serial takes it as its port.
//
// Its own ports were not used. `connectTcpRTUBuffered` sends Modbus TCP headers, not RTU frames; the others keep bytes that came while
// nothing was asked, so that the late answer to one request can pass as the answer to the next one of the same length. Here the buffer
// starts empty with every request, bytes that nobody waits for are dropped, and a frame counts only when its CRC is right.
// Source: Modbus over Serial Line 1.02, section 2.5.

import {EventEmitter} from "node:events";

/** Address, function, exception code, two bytes of CRC. */
const EXCEPTION_LENGTH = 5;
const WRITE_ANSWER_LENGTH = 8;
/** Longest RTU frame. */
const FRAME_MAX = 256;
/** Line noise beyond this before an answer is given up. */
const BUFFER_MAX = 4 * FRAME_MAX;

/** A stream of bytes that is open already. */
export interface ByteStream {
  on(event: "data", listener: (chunk: Buffer) => void): unknown;
  write(bytes: Buffer): unknown;
}

/** Port for modbus-serial's client. `isOpen` is asked before each request. */
export class RtuPort extends EventEmitter {
  // modbus-serial keeps its transactions by these two; RTU has one at a time.
  _transactionIdRead = 1;
  _transactionIdWrite = 1;
  readonly #stream: ByteStream;
  readonly #isOpen: () => boolean;
  #received: Buffer = Buffer.alloc(0);
  #expected: {readonly unitId: number; readonly code: number; readonly length: number} | null = null;

  constructor(stream: ByteStream, isOpen: () => boolean) {
    super();
    this.#stream = stream;
    this.#isOpen = isOpen;
    stream.on("data", (chunk) => this.#take(chunk));
  }

  get isOpen(): boolean {
    return this.#isOpen();
  }

  open(done: (error?: Error) => void): void {
    done();
  }

  /** The connection is closed by whoever opened it. */
  close(done?: () => void): void {
    this.forget();
    done?.();
  }

  write(frame: Buffer): void {
    this.#received = Buffer.alloc(0);
    this.#expected = {unitId: frame[0]!, code: frame[1]!, length: answerLength(frame)};
    this.#stream.write(frame);
  }

  /** Nobody waits any more: what comes until the next request is dropped. */
  forget(): void {
    this.#expected = null;
    this.#received = Buffer.alloc(0);
  }

  #take(chunk: Buffer): void {
    const expected = this.#expected;
    if (expected === null) return;
    this.#received = Buffer.concat([this.#received, chunk]).subarray(-BUFFER_MAX);
    for (let start = 0; start + EXCEPTION_LENGTH <= this.#received.length; start++) {
      if (this.#received[start] !== expected.unitId) continue;
      const code = this.#received[start + 1]!;
      const length =
        code === expected.code ? expected.length : code === (expected.code | 0x80) ? EXCEPTION_LENGTH : null;
      if (length === null || start + length > this.#received.length) continue;
      const frame = this.#received.subarray(start, start + length);
      if (crc16(frame.subarray(0, -2)) !== frame.readUInt16LE(length - 2)) continue;
      this.forget();
      this.emit("data", frame);
      return;
    }
  }
}

/** Bytes of the answer to a request, CRC included. */
function answerLength(request: Buffer): number {
  const code = request[1]!;
  if (code === 1 || code === 2) return 5 + Math.ceil(request.readUInt16BE(4) / 8);
  if (code === 3 || code === 4) return 5 + 2 * request.readUInt16BE(4);
  return WRITE_ANSWER_LENGTH;
}

/** CRC-16 of Modbus: polynomial 0xA001 reflected, start 0xFFFF. Modbus over Serial Line 1.02, appendix B. */
function crc16(bytes: Uint8Array): number {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ 0xa001 : crc >> 1;
  }
  return crc;
}
