import {mkdtempSync, readFileSync, statSync, writeFileSync} from "node:fs";
import {tmpdir} from "node:os";
import path from "node:path";
import {beforeEach, describe, expect, test} from "@jest/globals";
import {createManualClock, type ManualClock} from "../../src/clock.ts";
import {publicKeyOf, signEd25519} from "../../src/ed25519.ts";
import {createLoginLimit} from "../../src/gateway/auth/login-limit.ts";
import {createSessions} from "../../src/gateway/auth/sessions.ts";
import {openTokens} from "../../src/gateway/auth/tokens.ts";
import {openUsers} from "../../src/gateway/auth/users.ts";

const SEED = new Uint8Array(32).fill(7);
const signer = {
  purpose: "token",
  publicKey: publicKeyOf(SEED),
  sign: (message: Uint8Array) => signEd25519(SEED, message),
} as const;
const PASSWORD = "correct horse";

let folder: string;
let clock: ManualClock;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "tanglegate-auth-"));
  clock = createManualClock();
});

const users = () => openUsers(path.join(folder, "users.json"), clock);
const tokens = () => openTokens(path.join(folder, "tokens.json"), clock);
const anna = {name: "anna", role: "operator", password: PASSWORD, mustChangePassword: true} as const;

describe("users", () => {
  test("a user is known again after a restart, by the right password only", async () => {
    await users().add(anna);
    expect(await users().verify("anna", PASSWORD)).toMatchObject({name: "anna", role: "operator"});
    expect(await users().verify("anna", "wrong horse")).toBeNull();
    expect(await users().verify("bert", PASSWORD)).toBeNull();
  });

  test("the file holds no password and is the owner's alone", async () => {
    await users().add(anna);
    const file = path.join(folder, "users.json");
    expect(readFileSync(file, "utf8")).not.toContain(PASSWORD);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test("changing the password ends the duty to change it", async () => {
    const opened = users();
    await opened.add(anna);
    await opened.setPassword("anna", "another horse");
    expect(opened.find("anna")?.mustChangePassword).toBe(false);
    expect(await users().verify("anna", "another horse")).not.toBeNull();
  });

  test.each([
    ["a name with a space", {...anna, name: "an na"}, "user/name"],
    ["a short password", {...anna, password: "short"}, "user/password"],
  ])("%s is refused", async (_, user, code) => {
    await expect(users().add(user)).rejects.toMatchObject({code});
  });

  test("a second user of one name is refused", async () => {
    const opened = users();
    await opened.add(anna);
    await expect(opened.add(anna)).rejects.toMatchObject({code: "user/conflict"});
  });

  test("a file that does not have its form is named, not overwritten", () => {
    writeFileSync(path.join(folder, "users.json"), '{"version":1}');
    expect(() => users()).toThrow(/users\.json/);
  });
});

describe("tokens", () => {
  test("a token works after a restart, until it expires", () => {
    const {secret} = tokens().create({name: "line-7", scopes: ["audit:append"], days: 1});
    const opened = tokens();
    expect(opened.identify(secret)).toEqual({actor: "token:line-7", role: "token", scopes: new Set(["audit:append"])});
    clock.jump(86_400_000);
    expect(opened.identify(secret)).toBeNull();
  });

  test("a revoked token is nobody's", () => {
    const opened = tokens();
    const {id, secret} = opened.create({name: "line-7", scopes: ["audit:append"], days: 1});
    expect(opened.revoke(id)).toBe(true);
    expect(opened.identify(secret)).toBeNull();
    expect(opened.revoke(id)).toBe(false);
  });

  test("the file does not hold the secret", () => {
    const {secret} = tokens().create({name: "line-7", scopes: ["audit:append"], days: 1});
    expect(readFileSync(path.join(folder, "tokens.json"), "utf8")).not.toContain(secret.slice(4));
  });

  test.each([
    ["a name with a slash", {name: "a/b", scopes: ["audit:read"], days: 1}, "token/name"],
    ["an unknown scope", {name: "a", scopes: ["audit:burn"], days: 1}, "token/scope"],
    ["the scope admin", {name: "a", scopes: ["admin"], days: 1}, "token/scope"],
    ["no scope", {name: "a", scopes: [], days: 1}, "token/scope"],
    ["zero days", {name: "a", scopes: ["audit:read"], days: 0}, "token/days"],
  ])("%s is refused", (_, request, code) => {
    expect(() => tokens().create(request)).toThrow(expect.objectContaining({code}));
  });
});

describe("sessions", () => {
  const open = async () => {
    const opened = users();
    await opened.add(anna);
    const sessions = createSessions(signer, opened, clock);
    return {sessions, session: sessions.open(opened.find("anna")!)};
  };

  test("a session holds for twelve hours", async () => {
    const {sessions, session} = await open();
    expect((await sessions.identify(session.token))?.actor).toBe("user:anna");
    clock.jump(12 * 3_600_000 + 1000);
    expect(await sessions.identify(session.token)).toBeNull();
  });

  test("every changed character of a token ends it", async () => {
    const {sessions, session} = await open();
    const [header, claims, signature] = session.token.split(".") as [string, string, string];
    const forged = Buffer.from(claims, "base64url").toString().replace("anna", "root");
    expect(await sessions.identify(`${header}.${Buffer.from(forged).toString("base64url")}.${signature}`)).toBeNull();
    expect(await sessions.identify(`${header}.${claims}.${signature.slice(0, -4)}AAAA`)).toBeNull();
    const none = Buffer.from('{"alg":"none"}').toString("base64url");
    expect(await sessions.identify(`${none}.${claims}.`)).toBeNull();
  });

  test("a session of another key is nobody's", async () => {
    const {session} = await open();
    const seed = new Uint8Array(32).fill(8);
    const other = {
      purpose: "token",
      publicKey: publicKeyOf(seed),
      sign: (m: Uint8Array) => signEd25519(seed, m),
    } as const;
    expect(await createSessions(other, users(), clock).identify(session.token)).toBeNull();
  });
});

test("the sixth try within a minute waits, and a success forgets the failures", async () => {
  const limit = createLoginLimit(clock);
  for (let i = 0; i < 5; i++) {
    expect(limit.waitSeconds("a")).toBe(0);
    limit.fail("a");
  }
  expect(limit.waitSeconds("a")).toBe(60);
  expect(limit.waitSeconds("b")).toBe(0);
  await clock.advance(60_000);
  expect(limit.waitSeconds("a")).toBe(0);
  for (let i = 0; i < 5; i++) limit.fail("a");
  limit.succeed("a");
  expect(limit.waitSeconds("a")).toBe(0);
});
