import {once} from "node:events";
import {type AddressInfo, connect} from "node:net";
import {hostname} from "node:os";
import {afterEach, beforeEach, describe, expect, test} from "@jest/globals";
import {type FastifyInstance, fastify} from "fastify";
import {Bug, GatewayError} from "../../src/errors.ts";
import {createListener} from "../../src/gateway/listener.ts";
import {forwardTo, passBodies} from "../../src/gateway/routes/proxy.ts";
import {silentLog} from "../../src/log.ts";

let app: FastifyInstance;
let bugs: Bug[];

beforeEach(() => {
  bugs = [];
  const onBug = (bug: Bug) => void bugs.push(bug);
  app = createListener({host: "127.0.0.1", onUpgrade: (_request, socket) => socket.destroy(), onBug}, silentLog);
});
afterEach(() => app.close());

const get = (url: string, host = "127.0.0.1:1") => app.inject({method: "GET", url, headers: {host}});

describe("the listener", () => {
  test("answers to this machine's name however it is written", async () => {
    app.get("/", async () => "well");
    for (const name of [hostname(), hostname().toUpperCase(), `${hostname().toLowerCase()}.local`, "LOCALHOST"])
      expect((await get("/", `${name}:80`)).statusCode).toBe(200);
    expect((await get("/", "evil.example")).statusCode).toBe(403);
  });

  test("hands a broken assumption of ours on, and shows nothing of it", async () => {
    app.get("/", async () => {
      throw new Bug("secret detail");
    });
    const {statusCode, body} = await get("/");
    expect([statusCode, bugs.map(({message}) => message)]).toEqual([500, ["secret detail"]]);
    expect(body).not.toContain("secret detail");
  });

  test("answers for a damaged store with the server's failure, not the request's", async () => {
    app.get("/", async () => {
      throw new GatewayError("storage/damaged", "The store is damaged. Restore a backup.");
    });
    const {statusCode, body} = await get("/");
    expect(statusCode).toBe(500);
    expect(body).toContain("Restore a backup");
  });

  test("closes at once, whatever WebSockets are open", async () => {
    let isTaken = false;
    const open = createListener({host: "127.0.0.1", onUpgrade: () => (isTaken = true)}, silentLog);
    await open.listen({host: "127.0.0.1", port: 0});
    const socket = connect((open.server.address() as AddressInfo).port, "127.0.0.1");
    const headers = "Host: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket";
    socket.write(`GET /api/mqtt/v1 HTTP/1.1\r\n${headers}\r\n\r\n`);
    while (!isTaken) await new Promise((resolve) => setImmediate(resolve));
    const ended = once(socket.resume(), "close");
    await open.close();
    await ended;
  });

  test("has bounds for connections and for how long a request may take to come", () => {
    expect(app.server.maxConnections).toBeGreaterThan(0);
    expect(app.server.requestTimeout).toBeGreaterThan(0);
  });

  test("closes a refused upgrade, though the other side keeps its end open", async () => {
    await app.listen({host: "127.0.0.1", port: 0});
    const socket = connect({port: (app.server.address() as AddressInfo).port, allowHalfOpen: true});
    socket.resume();
    socket.write("GET /other HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n");
    await once(socket, "end");
    const count = () => new Promise<number>((resolve) => app.server.getConnections((_error, n) => resolve(n)));
    while ((await count()) > 0) await new Promise((resolve) => setImmediate(resolve));
    socket.destroy();
  });
});

describe("a proxy", () => {
  let target: FastifyInstance;
  let asked: string[];

  beforeEach(async () => {
    asked = [];
    target = fastify();
    target.get("/*", async (request, reply) => {
      asked.push(request.url);
      if (request.url === "/api/long") return reply.send(Buffer.alloc((8 << 20) + 1));
      if (request.url === "/api/moved") return reply.redirect("/api/elsewhere");
      return {actor: request.headers["x-tanglegate-actor"], token: request.headers.authorization};
    });
    await target.listen({host: "127.0.0.1", port: 0});
    const url = `http://127.0.0.1:${(target.server.address() as AddressInfo).port}`;
    app.register(async (plugin) => {
      passBodies(plugin);
      plugin.get(
        "/*",
        forwardTo({name: "field", url, token: "inner"}, (request) => request.url),
      );
    });
  });
  afterEach(() => target.close());

  test("asks the process with its token and the query as it is", async () => {
    const {statusCode, body} = await get("/api/x?a=%2F..");
    expect(statusCode).toBe(200);
    expect(JSON.parse(body)).toEqual({actor: "", token: "Bearer inner"});
    expect(asked).toEqual(["/api/x?a=%2F.."]);
  });

  test.each(["/api/../secret", "/api/%2e%2e/secret", "/api/./x", "/api/.%2E/x"])(
    "asks nothing else than what the guard has seen: %s",
    async (url) => {
      // As a client writes it on the wire; inject would resolve it.
      await app.listen({host: "127.0.0.1", port: 0});
      const socket = connect((app.server.address() as AddressInfo).port, "127.0.0.1");
      socket.write(`GET ${url} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`);
      const [head] = (await once(socket, "data")) as [Buffer];
      expect(head.toString()).toMatch(/^HTTP\/1\.1 400 /);
      expect(asked).toEqual([]);
      socket.destroy();
    },
  );

  test("gives up an answer that is too long, follows no redirection, and names a process that is gone", async () => {
    expect((await get("/api/long")).json().error.message).toContain("too long");
    expect((await get("/api/moved")).statusCode).toBe(302);
    expect(asked).not.toContain("/api/elsewhere");
    await target.close();
    const gone = await get("/api/x");
    expect([gone.statusCode, gone.json().error.message]).toEqual([
      503,
      expect.stringContaining("field process does not answer"),
    ]);
  });
});
