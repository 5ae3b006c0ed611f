import {createPrivateKey, type KeyObject, X509Certificate} from "node:crypto";
import {existsSync, readFileSync, statSync} from "node:fs";
import path from "node:path";
import {GatewayError, sentenceOf} from "../errors.ts";
import {makeFolder, writeWhole} from "../files.ts";
import type {Random} from "../random.ts";
import {issueLeaf, type KeyedCertificate, makeAuthority, permitted} from "./authority.ts";
import type {OwnNames} from "./own-names.ts";

/** A certificate is made anew this long before it ends. */
export const RENEW_MS = 30 * 86_400_000;
const PUBLIC_FILE = 0o644;

/** Where certificates come from: made here, in `folder` (`ca.crt`, `ca.key`, `gateway.crt`, `gateway.key`; keys have mode 0600); or files of
 * the owner. */
export type CertificateSource =
  | {readonly kind: "self-signed"; readonly folder: string; readonly site: string}
  | {readonly kind: "files"; readonly certificate: string; readonly key: string};

/** What a listener needs. */
export interface Certificate extends KeyedCertificate {
  /** Unix, ms. */
  readonly endsMs: number;
  /** The local authority, PEM, for phones and browsers to trust; null with files of the owner. */
  readonly authority: string | null;
}

/**
 * Makes what is missing of a certificate made here, renews it within 30 days of its end and when the machine has other names or
 * addresses. True when it did. Files of the owner are only read. Errors: `tls/files` naming the setting and what is wrong.
 */
export async function ensureCertificate(
  source: CertificateSource,
  {own, nowMs, random}: {readonly own: OwnNames; readonly nowMs: number; readonly random: Random},
): Promise<boolean> {
  if (source.kind === "files") {
    readCertificate(source);
    return false;
  }
  const {folder, site} = source;
  const at = (name: string) => path.join(folder, name);
  makeFolder(folder);
  if (!existsSync(at("ca.crt")) || !existsSync(at("ca.key"))) {
    const {certificate, key} = await makeAuthority({site, own, nowMs}, random);
    // The key first: an authority that people trust and nobody can use would have to be trusted anew.
    writeWhole(at("ca.key"), key);
    writeWhole(at("ca.crt"), certificate, PUBLIC_FILE);
  }
  const authority = {certificate: readFileSync(at("ca.crt"), "utf8"), key: readFileSync(at("ca.key"), "utf8")};
  if (isGood(at("gateway.crt"), at("gateway.key"), {authority: authority.certificate, own, nowMs})) return false;
  const leaf = await issueLeaf(authority, {own, nowMs}, random);
  // Both in one file, too, would be simpler; but a key has a file of its own that nobody else may read. A start between the two finds
  // that they do not fit and makes both anew.
  writeWhole(at("gateway.key"), leaf.key);
  writeWhole(at("gateway.crt"), leaf.certificate, PUBLIC_FILE);
  return true;
}

/** Reads certificate and key as they are. Errors: `tls/files`. */
export function readCertificate(source: CertificateSource): Certificate {
  const isOwn = source.kind === "files";
  const [certificateFile, keyFile] = isOwn
    ? [source.certificate, source.key]
    : [path.join(source.folder, "gateway.crt"), path.join(source.folder, "gateway.key")];
  const certificate = readText(certificateFile, isOwn ? "rest.tls_cert" : null);
  const key = readText(keyFile, isOwn ? "rest.tls_key" : null);
  const parsed = parseCertificate(certificate, certificateFile);
  if (!parsed.checkPrivateKey(parseKey(key, keyFile))) {
    throw wrong(`The key in ${keyFile} does not belong to the certificate in ${certificateFile}`, keyFile);
  }
  const authority = isOwn ? null : readText(path.join(source.folder, "ca.crt"), null);
  return {certificate, key, endsMs: parsed.validToDate.getTime(), authority};
}

/** When the files were last changed: what an owner's renewal program has put there is taken without a start. */
export function changedAtMs(source: CertificateSource): number {
  const files = source.kind === "files" ? [source.certificate, source.key] : [path.join(source.folder, "gateway.crt")];
  return Math.max(...files.map((file) => statSync(file, {throwIfNoEntry: false})?.mtimeMs ?? 0));
}

/** SHA-256 of a certificate, as people compare it: "AB:CD:...". */
export function fingerprintOf(certificate: string): string {
  return new X509Certificate(certificate).fingerprint256;
}

interface Wanted {
  readonly authority: string;
  readonly own: OwnNames;
  readonly nowMs: number;
}

function isGood(certificateFile: string, keyFile: string, {authority, own, nowMs}: Wanted): boolean {
  if (!existsSync(certificateFile) || !existsSync(keyFile)) return false;
  try {
    const certificate = new X509Certificate(readFileSync(certificateFile));
    const isOurs = certificate.verify(new X509Certificate(authority).publicKey);
    const isPaired = certificate.checkPrivateKey(createPrivateKey(readFileSync(keyFile)));
    const {names, addresses} = permitted(authority, own);
    const isNamed =
      names.every((name) => certificate.checkHost(name) !== undefined) &&
      addresses.every((address) => certificate.checkIP(address) !== undefined);
    return isOurs && isPaired && isNamed && certificate.validToDate.getTime() - nowMs > RENEW_MS;
  } catch {
    // Half a file of a power cut, or somebody's edit: it is made anew.
    return false;
  }
}

function readText(file: string, setting: string | null): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const named = setting === null ? "" : ` (setting ${setting})`;
    throw wrong(`${file}${named} cannot be read: ${sentenceOf(error)}`, file);
  }
}

function parseCertificate(text: string, file: string): X509Certificate {
  try {
    return new X509Certificate(text);
  } catch {
    throw wrong(`${file} is no certificate in PEM form`, file);
  }
}

function parseKey(text: string, file: string): KeyObject {
  if (text.includes("ENCRYPTED"))
    throw wrong(`The key in ${file} has a passphrase, which nobody could give at a start`, file);
  try {
    return createPrivateKey(text);
  } catch {
    throw wrong(`${file} is no private key in PEM form`, file);
  }
}

function wrong(what: string, file: string): GatewayError {
  return new GatewayError("tls/files", `${what}. Put it right, or set rest.tls to self-signed.`, {file});
}
