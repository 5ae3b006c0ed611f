import {randomBytes, randomInt, scrypt, timingSafeEqual} from "node:crypto";
import {promisify} from "node:util";
import {PASSWORD_LENGTH_MAX, passwordProblem} from "../../client/index.ts";
import {GatewayError} from "../../errors.ts";

// OWASP's lower memory setting for scrypt (16 MiB): a Pi checks a password in about 0.1 s.
const SCRYPT = {N: 2 ** 14, r: 8, p: 5, maxmem: 64 * 2 ** 20};
const HASH_BYTES = 32;
const FIRST_LENGTH = 20;
// Without the letters and digits that people take for one another.
const FIRST_ALPHABET = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/** What is kept of a password: base64. */
export interface PasswordHash {
  readonly salt: string;
  readonly hash: string;
}

const derive = promisify(scrypt) as (
  password: string,
  salt: Buffer,
  length: number,
  options: object,
) => Promise<Buffer>;

/** A hash that no password has, so that an unknown user takes as long as a wrong password. */
export function hashOfNothing(): PasswordHash {
  return {salt: randomBytes(16).toString("base64"), hash: randomBytes(HASH_BYTES).toString("base64")};
}

export async function hashPassword(password: string): Promise<PasswordHash> {
  const salt = randomBytes(16);
  const hash = await derive(password, salt, HASH_BYTES, SCRYPT);
  return {salt: salt.toString("base64"), hash: hash.toString("base64")};
}

export async function fitsHash(password: string, {salt, hash}: PasswordHash): Promise<boolean> {
  const derived = await derive(password.slice(0, PASSWORD_LENGTH_MAX), Buffer.from(salt, "base64"), HASH_BYTES, SCRYPT);
  return timingSafeEqual(derived, Buffer.from(hash, "base64"));
}

/** Errors: `user/password` with the rule. */
export function checkPassword(password: string, user: string): void {
  const problem = passwordProblem(password, user);
  if (problem !== null) throw new GatewayError("user/password", problem);
}

/** A first password: 20 characters, 116 bits. */
export function createFirstPassword(): string {
  return Array.from({length: FIRST_LENGTH}, () => FIRST_ALPHABET[randomInt(FIRST_ALPHABET.length)]).join("");
}
