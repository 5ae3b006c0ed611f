import {X509Certificate} from "node:crypto";
import {mkdirSync, mkdtempSync, readFileSync, statSync, utimesSync, writeFileSync} from "node:fs";
import {tmpdir} from "node:os";
import path from "node:path";
import {beforeEach, describe, expect, test} from "@jest/globals";
import {createManualClock, type ManualClock} from "../../src/clock.ts";
import {silentLog} from "../../src/log.ts";
import {createSeededRandom} from "../../src/random.ts";
import {issueLeaf, makeAuthority} from "../../src/tls/authority.ts";
import {changedAtMs, ensureCertificate, readCertificate} from "../../src/tls/certificate-files.ts";
import {createCertificates, LOOK_MS} from "../../src/tls/certificates.ts";
import {encodeConstraints, permits} from "../../src/tls/name-constraints.ts";
import {lanAddress, ownNames} from "../../src/tls/own-names.ts";

const DAY_MS = 86_400_000;
const NOW = Date.parse("2026-11-20T08:00:00Z");
const OWN = {
  names: ["localhost", "hall-pi", "hall-pi.local"],
  addresses: ["127.0.0.1", "::1", "192.168.1.20", "fd00::20"],
};

const newFolder = () => mkdtempSync(path.join(tmpdir(), "tanglegate-tls-"));
const random = createSeededRandom(7);
const ensure = (folder: string, nowMs = NOW, own = OWN) =>
  ensureCertificate({kind: "self-signed", folder, site: "hall"}, {own, nowMs, random});
const leafIn = (folder: string) => new X509Certificate(readFileSync(path.join(folder, "gateway.crt")));

let folder: string;
beforeEach(() => {
  folder = newFolder();
});

describe("a certificate made here", () => {
  test("names every name and address of the machine, lives 397 days, and is the authority's", async () => {
    await ensure(folder);
    const leaf = leafIn(folder);
    for (const name of OWN.names) expect(leaf.checkHost(name)).toBeDefined();
    for (const address of OWN.addresses) expect(leaf.checkIP(address)).toBeDefined();
    expect(leaf.validToDate.getTime() - leaf.validFromDate.getTime()).toBe(397 * DAY_MS);
    const authority = new X509Certificate(readFileSync(path.join(folder, "ca.crt")));
    expect(leaf.verify(authority.publicKey)).toBe(true);
    expect(authority.ca).toBe(true);
    expect(leaf.ca).toBe(false);
    expect(leaf.publicKey.asymmetricKeyDetails).toEqual({namedCurve: "prime256v1"});
  });

  test("keeps its keys to their owner; the authority is for everybody to read", async () => {
    await ensure(folder);
    const modes = ["ca.key", "gateway.key", "ca.crt"].map((name) => statSync(path.join(folder, name)).mode & 0o777);
    expect(modes).toEqual([0o600, 0o600, 0o644]);
  });

  test("stays while it is good, and is renewed 30 days before its end under the same authority", async () => {
    expect(await ensure(folder)).toBe(true);
    const authority = readFileSync(path.join(folder, "ca.crt"), "utf8");
    expect(await ensure(folder, NOW + 366 * DAY_MS)).toBe(false);
    expect(await ensure(folder, NOW + 368 * DAY_MS)).toBe(true);
    expect(leafIn(folder).validFromDate.getTime()).toBe(NOW + 368 * DAY_MS);
    expect(readFileSync(path.join(folder, "ca.crt"), "utf8")).toBe(authority);
  });

  test("is made anew when the machine has another address", async () => {
    await ensure(folder);
    expect(await ensure(folder, NOW, {...OWN, addresses: [...OWN.addresses, "10.0.0.7"]})).toBe(true);
    expect(leafIn(folder).checkIP("10.0.0.7")).toBeDefined();
  });

  test.each(["gateway.key", "gateway.crt"])("is made anew when a power cut or a hand has broken %s", async (name) => {
    await ensure(folder);
    writeFileSync(path.join(folder, name), "half a fi");
    expect(await ensure(folder)).toBe(true);
    expect(() => readCertificate({kind: "self-signed", folder, site: "hall"})).not.toThrow();
  });

  test("of a board that starts in 1970 holds when the clock is right", async () => {
    await ensure(folder, 1000);
    expect(leafIn(folder).validFromDate.getTime()).toBe(Date.parse("2026-01-01T00:00:00Z"));
    expect(await ensure(folder, NOW)).toBe(false);
  });
});

describe("the authority may vouch", () => {
  const raw = async () =>
    new X509Certificate((await makeAuthority({site: "hall", own: OWN, nowMs: NOW}, random)).certificate).raw;

  test.each([
    "hall-pi",
    "hall-pi.local",
    "other.local",
    "localhost",
    "192.168.77.1",
    "10.200.3.4",
    "172.31.0.1",
    "fd12::1",
    "::1",
  ])("for %s", async (name) => {
    expect(permits(await raw(), name)).toBe(true);
  });
  test.each(["bank.example", "xlocal", "hall-pi.example.org", "8.8.8.8", "172.32.0.1", "2001:db8::1", "::2"])(
    "never for %s",
    async (name) => {
      expect(permits(await raw(), name)).toBe(false);
    },
  );

  test("for a public address that the machine had when it was made", async () => {
    const own = {...OWN, addresses: [...OWN.addresses, "203.0.113.9", "2001:db8::7"]};
    const {certificate} = await makeAuthority({site: "hall", own, nowMs: NOW}, random);
    const {raw: bytes} = new X509Certificate(certificate);
    expect(["203.0.113.9", "2001:db8::7"].map((address) => permits(bytes, address))).toEqual([true, true]);
    expect(permits(bytes, "203.0.113.10")).toBe(false);
  });

  test("and what it may not is left out of a certificate", async () => {
    const authority = await makeAuthority({site: "hall", own: OWN, nowMs: NOW}, random);
    const own = {names: [...OWN.names, "bank.example"], addresses: ["8.8.8.8", ...OWN.addresses]};
    const leaf = new X509Certificate((await issueLeaf(authority, {own, nowMs: NOW}, random)).certificate);
    expect(leaf.checkHost("bank.example")).toBeUndefined();
    expect(leaf.checkIP("8.8.8.8")).toBeUndefined();
    expect(leaf.checkHost("hall-pi.local")).toBeDefined();
  });

  test("the extension is DER as RFC 5280 has it", () => {
    const bytes = Buffer.from(encodeConstraints({names: [], addresses: ["192.0.2.1"]}));
    expect(bytes.toString("hex")).toContain("300b82096c6f63616c686f7374");
    expect(bytes.toString("hex")).toContain("300a8708c0000201ffffffff");
  });
});

describe("files of the owner", () => {
  const pair = async () =>
    issueLeaf(await makeAuthority({site: "a", own: OWN, nowMs: NOW}, random), {own: OWN, nowMs: NOW}, random);
  const put = (certificate: string, key: string) => {
    const source = {kind: "files", certificate: path.join(folder, "c.pem"), key: path.join(folder, "k.pem")} as const;
    writeFileSync(source.certificate, certificate);
    writeFileSync(source.key, key);
    return source;
  };

  test("are taken as they are, and no authority is offered", async () => {
    const {certificate, key} = await pair();
    expect(readCertificate(put(certificate, key))).toMatchObject({certificate, key, authority: null});
  });

  test.each([
    ["a broken key", (c: string) => [c, "-----BEGIN PRIVATE KEY-----\nMIG\n"], /k\.pem is no private key/],
    ["a key with a passphrase", (c: string) => [c, "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"], /passphrase/],
    ["no certificate", (_: string, k: string) => ["text", k], /c\.pem is no certificate/],
  ])("with %s are refused with the file and the way out", async (_, broken, sentence) => {
    const {certificate, key} = await pair();
    const [c, k] = broken(certificate, key) as [string, string];
    const source = put(c, k);
    expect(() => readCertificate(source)).toThrow(sentence);
    await expect(ensureCertificate(source, {own: OWN, nowMs: NOW, random})).rejects.toThrow(/rest\.tls to self-signed/);
  });

  test("with the key of another certificate are refused", async () => {
    const [one, other] = [await pair(), await pair()];
    expect(() => readCertificate(put(one.certificate, other.key))).toThrow(/does not belong/);
  });

  test("that are not there are named by their setting", () => {
    const source = {kind: "files", certificate: path.join(folder, "none.pem"), key: "none"} as const;
    expect(() => readCertificate(source)).toThrow(/none\.pem \(setting rest\.tls_cert\) cannot be read/);
  });
});

describe("while a process runs", () => {
  const start = async (clock: ManualClock, options: {isMaker: boolean; own?: () => typeof OWN}) => {
    const source = {kind: "self-signed", folder, site: "hall"} as const;
    const certificates = createCertificates(
      {source, isMaker: options.isMaker},
      {clock, random, log: silentLog, own: options.own ?? (() => OWN)},
    );
    let changes = 0;
    const changed = new Promise<void>((resolve) => {
      certificates.onChange(() => {
        changes++;
        resolve();
      });
    });
    await certificates.start();
    return {certificates, source, changed, changes: () => changes};
  };
  test("its certificate is renewed before it ends, with nobody doing anything", async () => {
    const clock = createManualClock(NOW);
    const {certificates, changed} = await start(clock, {isMaker: true});
    const first = certificates.current();
    clock.jump(368 * DAY_MS);
    await clock.advance(LOOK_MS);
    await changed;
    expect(certificates.current().endsMs).toBe(clock.now() + 397 * DAY_MS);
    expect(certificates.current().authority).toBe(first.authority);
    await certificates.stop();
  });

  test("a process that does not make certificates takes the new one of the one that does", async () => {
    const clock = createManualClock(NOW);
    await ensure(folder);
    const {certificates, changed} = await start(clock, {isMaker: false});
    const before = certificates.current().certificate;
    await ensure(folder, NOW + 368 * DAY_MS);
    utimesSync(path.join(folder, "gateway.crt"), NOW / 1000, NOW / 1000 + 400 * 86_400);
    await clock.advance(LOOK_MS);
    await changed;
    expect(certificates.current().certificate).not.toBe(before);
    await certificates.stop();
  });

  test("what cannot be renewed leaves the certificate in use", async () => {
    const clock = createManualClock(NOW);
    await ensure(folder);
    const {certificates, source, changes} = await start(clock, {isMaker: false});
    const before = certificates.current();
    writeFileSync(path.join(folder, "gateway.crt"), "broken");
    utimesSync(path.join(folder, "gateway.crt"), 1, 1);
    expect(changedAtMs(source)).toBe(1000);
    await clock.advance(2 * LOOK_MS);
    expect(changes()).toBe(0);
    expect(certificates.current()).toBe(before);
    await certificates.stop();
  });
});

describe("the machine's own names", () => {
  test("hold what a setting names, without wildcards and addresses of a link", () => {
    const {names, addresses} = ownNames(["0.0.0.0", "gateway.example.org", "192.0.2.9"]);
    expect(names).toEqual(expect.arrayContaining(["localhost", "gateway.example.org"]));
    expect(addresses).toEqual(expect.arrayContaining(["127.0.0.1", "::1", "192.0.2.9"]));
    expect(addresses).not.toContain("0.0.0.0");
    expect(addresses.some((address) => /^fe80/i.test(address))).toBe(false);
  });

  test("lead with the address that people type", () => {
    expect(lanAddress({names: [], addresses: ["127.0.0.1", "::1", "fd00::1", "192.168.1.20"]})).toBe("192.168.1.20");
    expect(lanAddress({names: [], addresses: ["127.0.0.1", "::1"]})).toBeNull();
  });
});

test("a folder that is there already is taken", async () => {
  mkdirSync(path.join(folder, "tls"));
  await expect(ensure(path.join(folder, "tls"))).resolves.toBe(true);
});
