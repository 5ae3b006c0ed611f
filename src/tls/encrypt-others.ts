// One port for everybody: other machines must speak TLS, this machine may speak plainly. Which one a connection speaks is seen by its
// first byte: a TLS record begins with 22 (RFC 8446 section 5.1), neither a method of HTTP nor MQTT's CONNECT (16) does.
//
// So our own processes, the command line and a browser on this machine go on without certificates, and nothing breaks when one is renewed.
// It is as safe as a port on loopback: a connection whose both ends are this machine leaves no wire to listen at.

import {createServer as createHttpServer, type IncomingMessage, type ServerResponse} from "node:http";
import type {Server, Socket} from "node:net";
import {createServer as createTlsServer} from "node:tls";
import {errorBody} from "../http.ts";
import type {Certificates} from "./certificates.ts";

/** First byte of a TLS handshake record. */
const HANDSHAKE = 22;
const FIRST_BYTE_MS = 10_000;
const HANDSHAKE_MS = 10_000;
/** Connections that have not said yet what they speak. */
const UNDECIDED_MAX = 256;

/** What to do with a plain connection from another machine. */
export type Refuse = (socket: Socket) => void;

/**
 * Puts TLS before a server of HTTP or of anything else; call it before it listens. What is behind gets encrypted connections, and plain
 * ones from this machine. Returns what ends connections that are undecided, for when the server closes.
 */
export function encryptOthers(server: Server, certificates: Certificates, refuse: Refuse): () => void {
  const behind = server.listeners("connection") as ((socket: Socket) => void)[];
  const accept = (socket: Socket) => {
    for (const listener of behind) listener.call(server, socket);
  };
  const context = () => {
    const {certificate, key} = certificates.current();
    return {cert: certificate, key, minVersion: "TLSv1.2"} as const;
  };
  const tls = createTlsServer({...context(), ALPNProtocols: ["http/1.1"], handshakeTimeout: HANDSHAKE_MS});
  tls.on("secureConnection", accept);
  tls.on("tlsClientError", (_error, socket) => socket.destroy());
  certificates.onChange(() => tls.setSecureContext(context()));

  const undecided = new Set<Socket>();
  const decide = (socket: Socket) => {
    const first = socket.read(1) as Buffer | null;
    // Its end, which is readable, too.
    if (first === null) return;
    socket.unshift(first);
    settle(socket);
    if (first[0] === HANDSHAKE) {
      // Servers of HTTP let clients close their half first. In the middle of a handshake that would never end.
      socket.allowHalfOpen = false;
      tls.emit("connection", socket);
    } else if (isFromHere(socket)) accept(socket);
    else refuse(socket);
  };
  const settle = (socket: Socket) => {
    undecided.delete(socket);
    socket.removeAllListeners("readable").removeAllListeners("timeout").removeListener("error", ignore).setTimeout(0);
  };
  server.removeAllListeners("connection");
  server.on("connection", (socket: Socket) => {
    if (undecided.size >= UNDECIDED_MAX) {
      socket.destroy();
      return;
    }
    undecided.add(socket);
    socket
      .setTimeout(FIRST_BYTE_MS, () => socket.destroy())
      .on("error", ignore)
      .once("close", () => undecided.delete(socket))
      .on("readable", () => decide(socket));
  });
  return () => {
    for (const socket of undecided) socket.destroy();
  };
}

/** Sends browsers of other machines on to https, and refuses everything else. */
export function refusePlainHttp(): Refuse {
  const server = createHttpServer((request: IncomingMessage, reply: ServerResponse) => {
    const {host = ""} = request.headers;
    const isRead = request.method === "GET" || request.method === "HEAD";
    reply.setHeader("connection", "close");
    if (isRead && /^[\w.:[\]-]{1,255}$/.test(host)) {
      reply.writeHead(308, {location: `https://${host}${request.url ?? "/"}`}).end();
      return;
    }
    const message = "This gateway answers other machines over https alone. Use https:// in the address.";
    reply.writeHead(403, {"content-type": "application/json"}).end(JSON.stringify(errorBody(403, message)));
  });
  return (socket) => void server.emit("connection", socket);
}

// Both ends on this machine: loopback, or an address of its own that it has called itself by. No packet from outside has one of them.
function isFromHere({remoteAddress = "", localAddress}: Socket): boolean {
  const address = remoteAddress.replace(/^::ffff:/i, "");
  return address.startsWith("127.") || address === "::1" || (remoteAddress !== "" && remoteAddress === localAddress);
}

function ignore(): void {
  // A client that goes before it said anything.
}
