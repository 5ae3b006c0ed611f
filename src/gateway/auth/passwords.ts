import {randomBytes, randomInt, scrypt, timingSafeEqual} from "node:crypto";
import {promisify} from "node:util";
import {GatewayError} from "../../errors.ts";

// OWASP's lower memory setting for scrypt (16 MiB): a Pi checks a password in about 0.1 s.
const SCRYPT = {N: 2 ** 14, r: 8, p: 5, maxmem: 64 * 2 ** 20};
const HASH_BYTES = 32;
const LENGTH_MIN = 10;
export const PASSWORD_LENGTH_MAX = 256;
const DIFFERENT_MIN = 5;
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

/** Length counts more than a mixture of characters (NIST SP 800-63B, 3.1.1). Errors: `user/password` with the rule. */
export function checkPassword(password: string, user: string): void {
  const rule =
    password.length < LENGTH_MIN || password.length > PASSWORD_LENGTH_MAX
      ? `has ${LENGTH_MIN} to ${PASSWORD_LENGTH_MAX} characters`
      : new Set(password).size < DIFFERENT_MIN
        ? `has at least ${DIFFERENT_MIN} different characters`
        : password.toLowerCase().includes(user) && password.length < user.length + LENGTH_MIN
          ? "is more than the user's name"
          : null;
  if (rule !== null) throw new GatewayError("user/password", `A password ${rule}.`);
}

/** A first password: 20 characters, 116 bits. */
export function createFirstPassword(): string {
  return Array.from({length: FIRST_LENGTH}, () => FIRST_ALPHABET[randomInt(FIRST_ALPHABET.length)]).join("");
}
