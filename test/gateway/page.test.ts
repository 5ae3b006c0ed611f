import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from "node:fs";
import {tmpdir} from "node:os";
import path from "node:path";
import {gunzipSync} from "node:zlib";
import {afterAll, beforeAll, describe, expect, test} from "@jest/globals";
import {type FastifyInstance, fastify} from "fastify";
import {CONSOLE_PATHS, pageRoutes} from "../../src/gateway/routes/page.ts";
import type {RouteGuards} from "../../src/http.ts";

let app: FastifyInstance;
const folder = mkdtempSync(path.join(tmpdir(), "tanglegate-page-"));

beforeAll(async () => {
  mkdirSync(path.join(folder, "assets"));
  writeFileSync(path.join(folder, "index.html"), "<p>index</p>");
  writeFileSync(path.join(folder, "assets", "main-abc.js"), "let a;");
  writeFileSync(path.join(folder, "notes.txt"), "not for browsers");
  app = fastify();
  await app.register(pageRoutes(folder, {open: async () => undefined} as unknown as RouteGuards));
});
afterAll(async () => {
  await app.close();
  rmSync(folder, {recursive: true});
});

describe("the console's files", () => {
  test.each(["/", ...CONSOLE_PATHS.map((name) => `/${name}`), "/audit/press-7/12"])(
    "%s opens the page, which is asked for anew each time",
    async (url) => {
      const answer = await app.inject({url});
      expect([answer.statusCode, answer.body]).toEqual([200, "<p>index</p>"]);
      expect(answer.headers["cache-control"]).toBe("no-cache");
      expect(answer.headers["content-security-policy"]).toContain("default-src 'self'");
    },
  );
  test("a hashed file may be kept for ever, and comes compressed to who reads that", async () => {
    const answer = await app.inject({url: "/assets/main-abc.js", headers: {"accept-encoding": "br, gzip"}});
    expect(gunzipSync(answer.rawPayload).toString()).toBe("let a;");
    expect(answer.headers["cache-control"]).toContain("immutable");
    expect(answer.headers.vary).toBe("accept-encoding");
    expect((await app.inject({url: "/assets/main-abc.js"})).body).toBe("let a;");
  });
  test.each(["/notes.txt", "/nothing", "/assets/other.js"])("%s is not there", async (url) => {
    expect((await app.inject({url})).statusCode).toBe(404);
  });
});
