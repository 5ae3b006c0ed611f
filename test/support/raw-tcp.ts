import {connect, type Socket} from "node:net";

/** A TCP client that sends bytes and collects what comes back, for looking at a protocol from outside. */
export interface RawTcp {
  send(bytes: Uint8Array): void;
  /** The next `count` bytes, or what there is when the other side closes. */
  receive(count: number): Promise<Buffer>;
  /** Resolves when the other side has closed. */
  closed: Promise<void>;
  /** Bytes received and not taken yet. */
  pending(): Buffer;
  close(): Promise<void>;
}

export async function openRawTcp(port: number, host = "127.0.0.1"): Promise<RawTcp> {
  const socket: Socket = connect({port, host});
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("error", reject);
  });
  let buffer = Buffer.alloc(0);
  let wake = () => {};
  let isClosed = false;
  const closed = new Promise<void>((resolve) => {
    socket.once("close", () => {
      isClosed = true;
      wake();
      resolve();
    });
  });
  socket.on("error", () => undefined);
  socket.on("data", (chunk) => {
    buffer = Buffer.concat([buffer, chunk]);
    wake();
  });
  return {
    send: (bytes) => void socket.write(bytes),
    receive: async (count) => {
      while (buffer.length < count && !isClosed) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      const taken = buffer.subarray(0, count);
      buffer = buffer.subarray(taken.length);
      return taken;
    },
    closed,
    pending: () => buffer,
    close: async () => {
      socket.destroy();
      await closed;
    },
  };
}
