// The local authority: a certificate of our own that people trust once, so that the gateway's certificate can be new every year and name
// new addresses without anybody doing anything. EC P-256, because every phone can it and a Pi signs with it in a millisecond.

import {X509Certificate} from "node:crypto";
import {toHex} from "../bytes.ts";
import type {Random} from "../random.ts";
import {encodeConstraints, NAME_CONSTRAINTS, permits} from "./name-constraints.ts";
import type {OwnNames} from "./own-names.ts";

/** Longest life that browsers take (398 days), less one for clocks that differ. */
export const LEAF_DAYS = 397;
const AUTHORITY_DAYS = 20 * 365;
const DAY_MS = 86_400_000;
const SERIAL_BYTES = 16;
// A board without a clock starts in the past; what it makes there must hold when the time is right.
const TIME_MIN = Date.parse("2026-01-01T00:00:00Z");
const ALGORITHM = {name: "ECDSA", namedCurve: "P-256", hash: "SHA-256"} as const;
// Id of the purpose "server" (RFC 5280 section 4.2.1.12).
const SERVER_AUTH = "1.3.6.1.5.5.7.3.1";

/** A certificate and its key, PEM. */
export interface KeyedCertificate {
  readonly certificate: string;
  readonly key: string;
}

// 20 MB of memory that is needed once a year.
async function loadX509() {
  // The library registers its parts through the metadata that this adds.
  await import("reflect-metadata");
  return import("@peculiar/x509");
}

/** A new authority for private names and addresses and for the machine's `own`. `nowMs`: Unix. */
export async function makeAuthority(
  {site, own, nowMs}: {readonly site: string; readonly own: OwnNames; readonly nowMs: number},
  random: Random,
): Promise<KeyedCertificate> {
  const x509 = await loadX509();
  const keys = await makeKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialOf(random),
    name: [{CN: [`Tanglegate ${site}`]}, {O: ["Local authority of this gateway"]}],
    notBefore: new Date(TIME_MIN),
    notAfter: new Date(timeOf(nowMs) + AUTHORITY_DAYS * DAY_MS),
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      new x509.Extension(NAME_CONSTRAINTS, true, new Uint8Array(encodeConstraints(own))),
    ],
  });
  return {certificate: `${certificate.toString("pem")}\n`, key: await exportKey(keys.privateKey)};
}

/** A certificate of the authority for all that it may vouch for of `own`, for 397 days; the chain includes the authority. */
export async function issueLeaf(
  authority: KeyedCertificate,
  {own, nowMs}: {readonly own: OwnNames; readonly nowMs: number},
  random: Random,
): Promise<KeyedCertificate> {
  const x509 = await loadX509();
  const keys = await makeKeys();
  const issuer = new x509.X509Certificate(authority.certificate);
  const {names, addresses} = permitted(authority.certificate, own);
  const notBefore = timeOf(nowMs);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialOf(random),
    subject: [{CN: [names[0] ?? "localhost"]}],
    issuer: issuer.subject,
    notBefore: new Date(notBefore),
    notAfter: new Date(notBefore + LEAF_DAYS * DAY_MS),
    publicKey: keys.publicKey,
    signingKey: await importKey(authority.key),
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([SERVER_AUTH]),
      new x509.SubjectAlternativeNameExtension([
        ...names.map((value) => ({type: "dns", value}) as const),
        ...addresses.map((value) => ({type: "ip", value}) as const),
      ]),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  });
  return {
    certificate: `${certificate.toString("pem")}\n${authority.certificate}`,
    key: await exportKey(keys.privateKey),
  };
}

/** What of the machine's names and addresses the authority may vouch for. */
export function permitted(authority: string, {names, addresses}: OwnNames): OwnNames {
  const {raw} = new X509Certificate(authority);
  const isPermitted = (name: string) => permits(raw, name);
  return {names: names.filter(isPermitted), addresses: addresses.filter(isPermitted)};
}

function timeOf(nowMs: number): number {
  return Math.max(nowMs, TIME_MIN);
}

// Positive and of 127 bits at most (RFC 5280 section 4.1.2.2).
function serialOf(random: Random): string {
  const bytes = random.bytes(SERIAL_BYTES);
  bytes[0] = (bytes[0]! & 0x7f) | 0x40;
  return toHex(bytes).slice(2);
}

function makeKeys() {
  return crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
}

async function exportKey(key: CryptoKey): Promise<string> {
  const text = Buffer.from(await crypto.subtle.exportKey("pkcs8", key)).toString("base64");
  return `-----BEGIN PRIVATE KEY-----\n${text.replace(/(.{64})/g, "$1\n").trimEnd()}\n-----END PRIVATE KEY-----\n`;
}

function importKey(pem: string): Promise<CryptoKey> {
  const bytes = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ""), "base64");
  return crypto.subtle.importKey("pkcs8", bytes, ALGORITHM, false, ["sign"]);
}
