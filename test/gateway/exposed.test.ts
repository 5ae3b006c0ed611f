// The gateway process itself, not only a start, refuses what other machines must not reach.

import {spawnSync} from "node:child_process";
import {mkdirSync, mkdtempSync, writeFileSync} from "node:fs";
import {tmpdir} from "node:os";
import path from "node:path";
import {expect, test} from "@jest/globals";
import {fastify} from "fastify";
import {createListener} from "../../src/gateway/listener.ts";
import {authorityRoutes} from "../../src/gateway/routes/authority.ts";
import {httpStatusOf} from "../../src/http.ts";
import {silentLog} from "../../src/log.ts";
import type {Certificates} from "../../src/tls/index.ts";

const MAIN = path.join(import.meta.dirname, "..", "..", "src", "gateway", "main.ts");

function startOn(yaml: string): {status: number | null; stdout: string} {
  const home = mkdtempSync(path.join(tmpdir(), "tanglegate-exposed-"));
  mkdirSync(path.join(home, "gateway"));
  writeFileSync(path.join(home, "gateway.yaml"), yaml);
  const env = {...process.env, TANGLEGATE_HOME: home};
  return spawnSync(process.execPath, ["--disable-warning=ExperimentalWarning", MAIN], {env, encoding: "utf8"});
}

test.each([
  ["unencrypted", "rest: {host: 0.0.0.0, port: 0}", "rest.host"],
  ["an unencrypted broker", "events: {host: 0.0.0.0, port: 0}", "events.host"],
  ["with the first password", "rest: {host: 0.0.0.0, port: 0, tls: self-signed}", "credentials.txt"],
])("a gateway that others would reach %s ends before it listens, and says what to do", (_, yaml, named) => {
  const {status, stdout} = startOn(yaml);
  expect(status).toBe(1);
  const entry = stdout.split("\n").find((line) => line.includes("cannot start"))!;
  expect(JSON.parse(entry)).toMatchObject({code: "config/exposed", error: expect.stringContaining(named)});
  expect(entry).toContain("tanglegate expose");
});

test("a file of the owner that is broken ends it with the file", () => {
  const {stdout} = startOn("rest: {port: 0, tls: files, tls_cert: none.crt, tls_key: none.key}\nevents: {port: 0}");
  expect(stdout).toMatch(/none\.crt \(setting rest\.tls_cert\) cannot be read/);
});

test("the authority is there for everybody, and 404 where there is none", async () => {
  const ask = async (authority: string | null | undefined) => {
    const app = fastify();
    app.setErrorHandler((error, _request, reply) => reply.code(httpStatusOf(error)).send(""));
    const certificates = authority === undefined ? null : ({current: () => ({authority})} as unknown as Certificates);
    app.register(authorityRoutes(certificates, {open: async () => undefined} as never));
    return app.inject("/ca.crt");
  };
  const response = await ask("-----BEGIN CERTIFICATE-----");
  expect(response.headers["content-type"]).toBe("application/x-x509-ca-cert");
  expect(response.body).toContain("BEGIN CERTIFICATE");
  expect((await ask(null)).statusCode).toBe(404);
  expect((await ask(undefined)).statusCode).toBe(404);
});

test("a name of the certificate is ours, and a stranger's is not", async () => {
  const app = createListener(
    {host: "0.0.0.0", isOurName: (name) => name === "hall.example.org", onUpgrade: () => undefined},
    silentLog,
  );
  app.get("/", async () => "here");
  const statusFor = async (host: string) => (await app.inject({url: "/", headers: {host}})).statusCode;
  expect(await statusFor("hall.example.org:14265")).toBe(200);
  expect(await statusFor("rebound.example.com")).toBe(403);
});
