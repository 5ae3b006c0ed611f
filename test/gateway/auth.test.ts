import {readFileSync, statSync, writeFileSync} from "node:fs";
import path from "node:path";
import {beforeEach, describe, expect, test} from "@jest/globals";
import fc from "fast-check";
import {createManualClock, type ManualClock} from "../../src/clock.ts";
import {publicKeyOf, signEd25519} from "../../src/ed25519.ts";
import {browserOf} from "../../src/gateway/auth/browser.ts";
import {createEndings} from "../../src/gateway/auth/endings.ts";
import {createFailureRecord} from "../../src/gateway/auth/failure-record.ts";
import {addressKey, createLoginLimit, type LimitVerdict} from "../../src/gateway/auth/login-limit.ts";
import {checkPassword} from "../../src/gateway/auth/passwords.ts";
import type {AccessEvent} from "../../src/gateway/auth/record.ts";
import {openSessions} from "../../src/gateway/auth/sessions.ts";
import {openTokens} from "../../src/gateway/auth/tokens.ts";
import {openUsers} from "../../src/gateway/auth/users.ts";
import {type Log, silentLog} from "../../src/log.ts";
import {folderWithUsers, newFolder, openAccess, PASSWORD, signer, type TestAccess} from "./support.ts";

const DAY_MS = 86_400_000;

let folder: string;
let clock: ManualClock;
beforeEach(() => {
  folder = newFolder();
  clock = createManualClock();
});

const users = () => openUsers(path.join(folder, "users.json"), clock);
const ended: string[] = [];
const endings = createEndings();
endings.listen((credential) => ended.push(credential));
const tokens = () => openTokens(path.join(folder, "tokens.json"), {clock, log: silentLog, endings});
const anna = {name: "anna", role: "operator", password: PASSWORD} as const;

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
    expect(opened.find("anna")?.mustChangePassword).toBe(true);
    await opened.setPassword("anna", "another horse", {mustChange: false});
    expect(opened.find("anna")?.mustChangePassword).toBe(false);
    expect(await users().verify("anna", "another horse")).not.toBeNull();
  });

  test.each([
    ["a name with a space", {...anna, name: "an na"}, "user/name"],
    ["a short password", {...anna, password: "short"}, "user/password"],
    ["a display name of two lines", {...anna, displayName: "Anna\nAmpere"}, "user/display-name"],
    ["an empty display name", {...anna, displayName: ""}, "user/display-name"],
    ["a display name with spaces around", {...anna, displayName: " Anna"}, "user/display-name"],
    ["a household without an id", {...anna, role: "household" as const}, "user/household"],
    ["a household's id for another role", {...anna, household: "home-3"}, "user/household"],
  ])("%s is refused", async (_, user, code) => {
    await expect(users().add(user)).rejects.toMatchObject({code});
  });

  test("a second user of one name is refused", async () => {
    const opened = users();
    await opened.add(anna);
    await expect(opened.add(anna)).rejects.toMatchObject({code: "user/conflict"});
  });

  test("a disabled user is not let in with the right password", async () => {
    const opened = users();
    await opened.add({...anna, role: "admin"});
    await opened.add({...anna, name: "bert"});
    opened.change("bert", {isDisabled: true});
    expect(await opened.verify("bert", PASSWORD)).toBeNull();
  });

  test.each([
    ["nine characters", "abcdefghi"],
    ["one character over and over", "aaaaaaaaaaaaaaa"],
    ["four different characters", "abcdabcdabcd"],
    ["257 characters", "abcdefghij".repeat(26)],
    ["hardly more than the user's name", "maintenance1"],
  ])("a password of %s is too weak", (_, password) => {
    expect(() => checkPassword(password, "maintenance")).toThrow(expect.objectContaining({code: "user/password"}));
  });

  test("a long password may hold the user's name", () => {
    expect(() => checkPassword("maintenance has a key", "maintenance")).not.toThrow();
  });

  test("a file that does not have its form is named, not overwritten", () => {
    writeFileSync(path.join(folder, "users.json"), '{"version":1}');
    expect(() => users()).toThrow(/users\.json/);
  });
});

describe("tokens", () => {
  const line7 = {name: "line-7", scopes: ["audit:append"], days: 1};

  test("a token works after a restart, until it expires", () => {
    const {secret, token} = tokens().create(line7, "user:anna");
    const opened = tokens();
    expect(opened.identify(secret)).toMatchObject({
      ...{actor: "token:line-7", role: "token", scopes: new Set(["audit:append"])},
      ...{credential: `token:${token.id}`, expiresAtMs: clock.now() + DAY_MS},
    });
    clock.jump(DAY_MS);
    expect(opened.identify(secret)).toBeNull();
  });

  test("a revoked token is nobody's, and what it had open ends", () => {
    const opened = tokens();
    const {token, secret} = opened.create(line7, "user:anna");
    expect(opened.revoke(token.id)).toMatchObject({name: "line-7", createdBy: "user:anna"});
    expect(ended.at(-1)).toBe(`token:${token.id}`);
    expect(opened.identify(secret)).toBeNull();
    expect(opened.revoke(token.id)).toBeNull();
  });

  test("the file does not hold the secret", () => {
    const {secret} = tokens().create(line7, "user:anna");
    expect(readFileSync(path.join(folder, "tokens.json"), "utf8")).not.toContain(secret.slice(4));
  });

  test("a token warns in its last fourteen days", () => {
    const opened = tokens();
    opened.create({...line7, days: 20}, "user:anna");
    const stateAfter = (days: number) => {
      clock.jump(days * DAY_MS);
      return opened.list()[0]!.state;
    };
    expect([stateAfter(0), stateAfter(5), stateAfter(1), stateAfter(13), stateAfter(1)]).toEqual([
      ...["valid", "valid", "expiring", "expiring", "expired"],
    ]);
  });

  test("the last use is written at most every five minutes, and at the end", async () => {
    const opened = tokens();
    const {secret} = opened.create(line7, "user:anna");
    const onDisk = () => tokens().list()[0]!.lastUsedAt;
    opened.identify(secret);
    await clock.advance(299_000);
    opened.identify(secret);
    expect(onDisk()).toBeNull();
    await clock.advance(1000);
    opened.identify(secret);
    const written = new Date(clock.now()).toISOString();
    expect(onDisk()).toBe(written);
    await clock.advance(60_000);
    opened.identify(secret);
    expect(onDisk()).toBe(written);
    opened.save();
    expect(onDisk()).toBe(new Date(clock.now()).toISOString());
  });

  test.each([
    ["a name with a slash", {...line7, name: "a/b"}, "token/name"],
    ["an unknown scope", {...line7, scopes: ["audit:burn"]}, "token/scope"],
    ["the scope admin", {...line7, scopes: ["admin"]}, "token/scope"],
    ["the field process's scope", {...line7, scopes: ["field:publish"]}, "token/scope"],
    ["no scope", {...line7, scopes: []}, "token/scope"],
    ["zero days", {...line7, days: 0}, "token/days"],
    ["eleven years", {...line7, days: 4018}, "token/days"],
  ])("%s is refused", (_, request, code) => {
    expect(() => tokens().create(request, "user:anna")).toThrow(expect.objectContaining({code}));
  });

  test("a second token of one name is refused", () => {
    const opened = tokens();
    opened.create(line7, "user:anna");
    expect(() => opened.create(line7, "user:anna")).toThrow(expect.objectContaining({code: "token/conflict"}));
  });
});

describe("sessions", () => {
  const from = {address: "10.0.0.5", userAgent: "Mozilla/5.0 (X11; Linux x86_64) Chrome/139.0 Safari/537.36"};
  const sessionsOf = (opened: ReturnType<typeof users>, ofSigner: typeof signer = signer, log: Log = silentLog) =>
    openSessions(path.join(folder, "sessions.json"), {signer: ofSigner, users: opened, endings, clock, log});
  const open = async () => {
    const opened = users();
    await opened.add(anna);
    const sessions = sessionsOf(opened);
    return {users: opened, sessions, session: sessions.open(opened.get("anna"), from)};
  };

  test("a session holds for twelve hours", async () => {
    const {sessions, session} = await open();
    expect(await sessions.identify(session.token)).toMatchObject({
      ...{actor: "user:anna", role: "operator", credential: `session:${session.id}`},
      session: {id: session.id, csrf: session.csrf},
    });
    clock.jump(12 * 3_600_000 + 1000);
    expect(await sessions.identify(session.token)).toBeNull();
    expect(sessions.list()).toEqual([]);
  });

  test("a session that was ended is nobody's, after a restart, too", async () => {
    const {users: opened, sessions, session} = await open();
    const other = sessions.open(opened.get("anna"), from);
    expect(sessions.end(({id}) => id === session.id)).toMatchObject([{id: session.id, browser: "Chrome on Linux"}]);
    expect(ended.at(-1)).toBe(`session:${session.id}`);
    for (const again of [sessions, sessionsOf(opened)]) {
      expect(await again.identify(session.token)).toBeNull();
      expect(await again.identify(other.token)).not.toBeNull();
    }
  });

  test("the file opens nothing: it holds no token and no value for writes", async () => {
    const {session} = await open();
    const file = path.join(folder, "sessions.json");
    const text = readFileSync(file, "utf8");
    expect(text).toContain(session.id);
    expect(text).not.toContain(session.csrf);
    expect(text).not.toContain(session.token.split(".")[2]!);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test("a file that is broken means that everybody logs in again", async () => {
    const {users: opened, session} = await open();
    writeFileSync(path.join(folder, "sessions.json"), "{");
    const lines: string[] = [];
    const log: Log = {...silentLog, warn: (_facts, text) => lines.push(text)};
    const again = sessionsOf(opened, signer, log);
    expect(await again.identify(session.token)).toBeNull();
    expect(lines).toEqual(["open sessions are forgotten"]);
  });

  test("a user has at most twenty; the one unused for longest ends", async () => {
    const {users: opened, sessions, session} = await open();
    await clock.advance(1000);
    const second = sessions.open(opened.get("anna"), from);
    await clock.advance(1000);
    await sessions.identify(session.token);
    for (let i = 0; i < 19; i++) {
      await clock.advance(1000);
      sessions.open(opened.get("anna"), from);
    }
    expect(sessions.list()).toHaveLength(20);
    expect(await sessions.identify(second.token)).toBeNull();
    expect(await sessions.identify(session.token)).not.toBeNull();
  });

  test("of a user who was removed, or removed and added again, are none", async () => {
    const access = openAccess(await folderWithUsers(), clock);
    const {sessions, administration, users: opened} = access.access;
    const {token} = sessions.open(opened.get("vera"), from);
    const by = (await sessions.identify(sessions.open(opened.get("admin"), from).token))!;
    await administration.removeUser("vera", {by, address: "::1"});
    expect(await sessions.identify(token)).toBeNull();
    await opened.add({...anna, name: "vera"});
    expect(await sessions.identify(token)).toBeNull();
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
    const {users: opened, session} = await open();
    const seed = new Uint8Array(32).fill(8);
    const other = {...signer, publicKey: publicKeyOf(seed), sign: (m: Uint8Array) => signEd25519(seed, m)};
    expect(await sessionsOf(opened, other).identify(session.token)).toBeNull();
  });
});

describe("a user agent", () => {
  test.each([
    ["Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Windows"],
    ["Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/139.0 Safari/537.36 Edg/139.0", "Edge on Windows"],
    ["Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) Version/18.5 Mobile Safari/604.1", "Safari on iPhone"],
    ["Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/139.0 Mobile Safari/537.36", "Chrome on Android"],
    ["curl/8.5.0", "curl/8.5.0"],
    ["node", "node"],
    ["", null],
    [undefined, null],
  ])("%s is %s", (text, browser) => {
    expect(browserOf(text)).toBe(browser);
  });

  test("of a stranger is short and plain, whatever was sent", () => {
    fc.assert(
      fc.property(fc.string({unit: "binary", maxLength: 300}), (text) => {
        expect(browserOf(text) ?? "x").toMatch(/^[\w ./-]{1,60}$/);
      }),
    );
  });
});

describe("the limit of logins", () => {
  const at = (user: string, address = "10.0.0.5") => ({user, address});
  const waitOf = (verdict: LimitVerdict) => (verdict.state === "open" ? 0 : verdict.waitSeconds);
  const succeed = (limit: ReturnType<typeof createLoginLimit>, attempt: {user: string; address: string}) => {
    const verdict = limit.begin(attempt);
    if (verdict.state === "open") verdict.succeed();
    return verdict.state;
  };
  const fail = (limit: ReturnType<typeof createLoginLimit>, attempts: readonly {user: string; address: string}[]) =>
    attempts.map((attempt) => waitOf(limit.begin(attempt)));
  const times = (count: number) => Array.from({length: count}, (_, i) => i);

  test("lets five tries through, then waits longer and longer, up to a quarter of an hour", async () => {
    const limit = createLoginLimit(clock);
    expect(
      fail(
        limit,
        times(5).map(() => at("anna")),
      ),
    ).toEqual([0, 0, 0, 0, 0]);
    const waits: number[] = [];
    for (let i = 0; i < 8; i++) {
      const wait = waitOf(limit.begin(at("anna")));
      waits.push(wait);
      await clock.advance(wait * 1000);
      expect(limit.begin(at("anna")).state).toBe("open");
    }
    expect(waits).toEqual([30, 60, 120, 240, 480, 900, 900, 900]);
  });

  test("tells once that it was reached", () => {
    const limit = createLoginLimit(clock);
    fail(
      limit,
      times(5).map(() => at("anna")),
    );
    const verdicts = times(3).map(() => limit.begin(at("anna")));
    expect(verdicts).toMatchObject([{limit: "user-and-address", isFirst: true}, {isFirst: false}, {isFirst: false}]);
  });

  test("does not keep the user out from another address", () => {
    const limit = createLoginLimit(clock);
    fail(
      limit,
      times(50).map(() => at("anna")),
    );
    expect(limit.begin(at("anna", "10.0.0.6")).state).toBe("open");
  });

  test("counts an address over all names", () => {
    const limit = createLoginLimit(clock);
    expect(
      fail(
        limit,
        times(20).map((i) => at(`user${i}`)),
      ),
    ).toEqual(times(20).map(() => 0));
    expect(limit.begin(at("anna"))).toMatchObject({state: "wait", limit: "address", waitSeconds: 30});
  });

  test("is not reset for an address by a login of one's own between the guesses", () => {
    const limit = createLoginLimit(clock);
    const guesses = times(30).map((i) => {
      succeed(limit, at("mallory"));
      return waitOf(limit.begin(at(`user${i}`)));
    });
    expect(guesses.filter((wait) => wait === 0).length).toBeLessThanOrEqual(20);
  });

  test("is not lifted by a login that was under way when it was reached", () => {
    const limit = createLoginLimit(clock);
    const underWay = limit.begin(at("mallory"));
    const guess = (i: number) => limit.begin(at(`user${i}`)).state;
    const before = times(25).map(guess);
    if (underWay.state === "open") underWay.succeed();
    const guesses = [...before, ...times(25).map(guess)];
    expect(guesses.filter((state) => state === "open")).toHaveLength(20);
  });

  test("a login after the wait does not begin another one", async () => {
    const limit = createLoginLimit(clock);
    for (const i of times(20)) limit.begin(at(`user${i}`));
    await clock.advance(30_000);
    expect([succeed(limit, at("anna")), succeed(limit, at("anna"))]).toEqual(["open", "open"]);
  });

  test("of an address leaves alone who came in from it before", () => {
    const limit = createLoginLimit(clock, [at("bert")]);
    for (const i of times(25)) limit.begin(at(`user${i}`));
    expect(limit.begin(at("anna")).state).toBe("wait");
    expect(limit.begin(at("bert")).state).toBe("open");
  });

  test("a login takes back its own count, so that a busy address does not wait", () => {
    const limit = createLoginLimit(clock);
    for (const i of times(200)) {
      expect(succeed(limit, at(`user${i}`))).toBe("open");
    }
  });

  test("of all together holds for a minute, and not for who came in before from the same address", async () => {
    const limit = createLoginLimit(clock, [at("bert", "10.0.0.7")]);
    succeed(limit, at("anna"));
    fail(
      limit,
      times(100).map((i) => at("anna", `172.16.${i}.1`)),
    );
    expect(limit.begin(at("anna", "172.17.0.1"))).toMatchObject({state: "wait", limit: "all", waitSeconds: 60});
    expect(limit.begin(at("anna")).state).toBe("open");
    expect(limit.begin(at("bert", "10.0.0.7")).state).toBe("open");
    await clock.advance(60_000);
    expect(limit.begin(at("anna", "172.17.0.1")).state).toBe("open");
  });

  test("forgets failures after an hour", async () => {
    const limit = createLoginLimit(clock);
    fail(
      limit,
      times(5).map(() => at("anna")),
    );
    await clock.advance(3_600_000);
    expect(
      fail(
        limit,
        times(5).map(() => at("anna")),
      ),
    ).toEqual([0, 0, 0, 0, 0]);
  });

  test.each([
    ["10.0.0.5", "10.0.0.5"],
    ["::ffff:10.0.0.5", "10.0.0.5"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:DB8:1:0002::9", "2001:db8:1:2::/64"],
    ["2001:db8::1", "2001:db8:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
  ])("takes %s for %s", (address, key) => {
    expect(addressKey(address)).toBe(key);
  });
});

describe("refused logins in the audit trail", () => {
  const from = (address: string) => ({address, userAgent: undefined});
  let around: TestAccess;
  beforeEach(async () => {
    around = openAccess(await folderWithUsers(), clock);
  });
  const refuse = (user: string, address: string) =>
    expect(around.access.door.login({user, password: "wrong"}, from(address))).rejects.toThrow();
  const failures = () => around.recorded.filter(({type}) => type !== "login");

  test("are one entry a minute for each user and address, with their number", async () => {
    for (let i = 0; i < 3; i++) await refuse("vera", "10.0.0.5");
    await refuse("vera", "10.0.0.6");
    expect(failures()).toEqual([]);
    await clock.advance(60_000);
    const time = "2026-01-01T00:00:00.000Z";
    const about = {actor: "process:gateway", role: "process", type: "login-failed"};
    expect(failures()).toEqual([
      {...about, body: {user: "vera", address: "10.0.0.5", from: time, to: time, count: 3}},
      {...about, body: {user: "vera", address: "10.0.0.6", from: time, to: time, count: 1}},
    ]);
  });

  test("stand before the login that follows them", async () => {
    await refuse("vera", "10.0.0.5");
    await around.access.door.login({user: "vera", password: PASSWORD}, from("10.0.0.5"));
    expect(around.recorded.map(({type}) => type)).toEqual(["login-failed", "login"]);
  });

  test("name nobody who is unknown: it may have been a password", async () => {
    await around.access.start();
    await refuse("my-secret-word", "10.0.0.5");
    await around.access.stop();
    expect(failures()).toMatchObject([{body: {user: null, address: "10.0.0.5"}}]);
    expect(JSON.stringify(around.recorded)).not.toContain("my-secret-word");
  });

  test("tell once that a limit was reached", async () => {
    for (let i = 0; i < 8; i++) await refuse("vera", "10.0.0.5");
    await clock.advance(60_000);
    expect(failures()).toMatchObject([
      {type: "login-failed", body: {count: 5}},
      {type: "login-limited", body: {user: "vera", limit: "user-and-address", waitSeconds: 30, count: 1}},
    ]);
  });

  test("are at most fifty entries and one for the rest", async () => {
    const events: AccessEvent[] = [];
    const record = createFailureRecord(async (some) => void events.push(...some), clock, silentLog);
    for (let i = 0; i < 60; i++) record.note({type: "login-failed", user: null, address: `10.0.1.${i}`});
    await clock.advance(60_000);
    expect(events).toHaveLength(51);
    expect(events.at(-1)).toMatchObject({type: "login-failed", body: {user: null, address: null, count: 10}});
  });

  test("are written when the gateway stops", async () => {
    await around.access.start();
    await refuse("vera", "10.0.0.5");
    await around.access.stop();
    expect(failures()).toMatchObject([{body: {count: 1}}]);
  });
});
