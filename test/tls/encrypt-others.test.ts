// Real handshakes on loopback. A connection of another machine is one whose address was changed as the server takes it.

import {createServer, type Server as HttpServer, request as plainRequest} from "node:http";
import {request as tlsRequest} from "node:https";
import {type AddressInfo, connect, createServer as createTcpServer, type Server, type Socket} from "node:net";
import {type TLSSocket, connect as tlsConnect} from "node:tls";
import {afterEach, beforeAll, beforeEach, describe, expect, test} from "@jest/globals";
import {createSeededRandom} from "../../src/random.ts";
import {issueLeaf, type KeyedCertificate, makeAuthority} from "../../src/tls/authority.ts";
import type {Certificates} from "../../src/tls/certificates.ts";
import {encryptOthers, refusePlainHttp} from "../../src/tls/encrypt-others.ts";

const OWN = {names: ["localhost"], addresses: ["127.0.0.1", "::1"]};
const random = createSeededRandom(3);

let authority: KeyedCertificate;
let leaf: KeyedCertificate;
let server: HttpServer;
let changed: (() => void) | null;
let endUndecided: () => void;

beforeAll(async () => {
  authority = await makeAuthority({site: "hall", own: OWN, nowMs: Date.now()}, random);
});
beforeEach(async () => {
  leaf = await issueLeaf(authority, {own: OWN, nowMs: Date.now()}, random);
  changed = null;
  server = createServer((request, reply) => {
    const {encrypted} = request.socket as TLSSocket;
    let size = 0;
    request.on("data", (chunk: Buffer) => (size += chunk.length));
    request.on("end", () => reply.end(JSON.stringify({encrypted: encrypted === true, url: request.url, size})));
  });
  endUndecided = encryptOthers(server, certificates(), refusePlainHttp());
  await listen(server);
});
afterEach(async () => {
  endUndecided();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function certificates(): Certificates {
  return {
    start: async () => undefined,
    stop: async () => undefined,
    current: () => ({...leaf, endsMs: 0, authority: authority.certificate}),
    covers: () => false,
    onChange: (listener) => {
      changed = listener;
    },
  };
}

async function listen(target: Server): Promise<number> {
  await new Promise<void>((resolve) => target.listen(0, "127.0.0.1", resolve));
  return portOf(target);
}
const portOf = (target: Server) => (target.address() as AddressInfo).port;

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly location: string | undefined;
}

function ask(send: typeof plainRequest, options: object, body = ""): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = send({host: "127.0.0.1", port: portOf(server), path: "/a", ...options}, (response) => {
      let text = "";
      response.on("data", (chunk: Buffer) => (text += chunk.toString()));
      response.on("end", () =>
        resolve({status: response.statusCode!, body: text, location: response.headers.location}),
      );
    });
    request.on("error", reject);
    request.end(body);
  });
}
const overTls = (options: object = {}, body = "") =>
  ask(tlsRequest as typeof plainRequest, {ca: authority.certificate, ...options}, body);

/** Makes the server's next connection look as if it came from elsewhere. */
function fromElsewhere(): void {
  server.prependOnceListener("connection", (socket: Socket) => {
    Object.defineProperty(socket, "remoteAddress", {value: "192.0.2.9"});
  });
}

describe("one port", () => {
  test("speaks TLS to whoever trusts the authority, and what is behind sees that it is encrypted", async () => {
    const {status, body} = await overTls();
    expect(status).toBe(200);
    expect(JSON.parse(body)).toEqual({encrypted: true, url: "/a", size: 0});
  });

  test("is no secret to who does not trust the authority: the connection fails", async () => {
    await expect(overTls({ca: undefined})).rejects.toThrow(/self-signed|verify/);
  });

  test("speaks plainly to this machine, with bodies of any size", async () => {
    for (const size of [0, 1, 500_000]) {
      const {body} = await ask(plainRequest, {method: "POST"}, "x".repeat(size));
      expect(JSON.parse(body)).toEqual({encrypted: false, url: "/a", size});
    }
  });

  test("takes large bodies over TLS, and several requests on one connection", async () => {
    expect(JSON.parse((await overTls({method: "POST"}, "x".repeat(500_000))).body)).toMatchObject({size: 500_000});
    const {Agent} = await import("node:https");
    const agent = new Agent({keepAlive: true, maxSockets: 1, ca: authority.certificate});
    for (let count = 0; count < 3; count++) expect((await overTls({agent})).status).toBe(200);
    agent.destroy();
  });

  test("takes a first byte that comes alone", async () => {
    const taken = new Promise<Socket>((resolve) => server.prependOnceListener("connection", resolve));
    const socket = connect(portOf(server), "127.0.0.1");
    socket.write("G");
    while ((await taken).bytesRead < 1) await new Promise((resolve) => setImmediate(resolve));
    socket.write("ET /slow HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    let text = "";
    for await (const chunk of socket) text += chunk;
    expect(text).toContain("/slow");
  });

  test("refuses old versions of TLS", async () => {
    const socket = tlsConnect({
      port: portOf(server),
      host: "127.0.0.1",
      ca: authority.certificate,
      maxVersion: "TLSv1.1",
      minVersion: "TLSv1",
    });
    const error = await new Promise<Error>((resolve) => socket.once("error", resolve));
    expect(error.message).toMatch(/protocol|alert|version/i);
  });

  test("goes over to a new certificate without a break", async () => {
    const serialOf = () =>
      new Promise<string>((resolve, reject) => {
        const socket = tlsConnect({port: portOf(server), host: "127.0.0.1", ca: authority.certificate}, () => {
          resolve(socket.getPeerCertificate().serialNumber);
          socket.destroy();
        });
        socket.on("error", reject);
      });
    const before = await serialOf();
    leaf = await issueLeaf(authority, {own: OWN, nowMs: Date.now()}, random);
    changed!();
    expect(await serialOf()).not.toBe(before);
  });

  test("ends connections that never say anything when it closes", async () => {
    const socket = connect(portOf(server), "127.0.0.1");
    await new Promise((resolve) => socket.once("connect", resolve));
    await new Promise<void>((resolve) =>
      server.getConnections((_error, count) => void (count > 0 ? resolve() : setImmediate(resolve))),
    );
    const ended = new Promise((resolve) => socket.once("close", resolve));
    socket.resume();
    await ask(plainRequest, {});
    endUndecided();
    await ended;
  });
});

describe("a plain connection from another machine", () => {
  test("is sent on to https when a browser reads", async () => {
    fromElsewhere();
    const {status, location} = await ask(plainRequest, {headers: {host: "hall-pi.local:14265"}});
    expect(status).toBe(308);
    expect(location).toBe("https://hall-pi.local:14265/a");
  });

  test("is refused when it writes: what it would say is not waited for", async () => {
    fromElsewhere();
    const {status, body} = await ask(plainRequest, {method: "POST"}, "password=secret");
    expect(status).toBe(403);
    expect(JSON.parse(body).error.message).toMatch(/https/);
  });

  test("over TLS is answered", async () => {
    fromElsewhere();
    expect((await overTls()).status).toBe(200);
  });
});

test("a server of any protocol can stand behind", async () => {
  const refused: Socket[] = [];
  const echo = createTcpServer((socket) => socket.pipe(socket));
  const end = encryptOthers(echo, certificates(), (socket) => {
    refused.push(socket);
    socket.destroy();
  });
  const port = await listen(echo);
  const say = (socket: Socket) => {
    socket.write("hello");
    return new Promise<string>((resolve, reject) => {
      socket.once("data", (chunk) => {
        resolve(chunk.toString());
        socket.destroy();
      });
      socket.once("error", reject);
    });
  };
  expect(await say(tlsConnect({port, host: "127.0.0.1", ca: authority.certificate}))).toBe("hello");
  expect(await say(connect(port, "127.0.0.1"))).toBe("hello");
  expect(refused).toEqual([]);
  end();
  await new Promise((resolve) => echo.close(resolve));
});
