import {createHash, randomBytes} from "node:crypto";
import {z} from "zod";
import type {Clock} from "../../clock.ts";
import {GatewayError} from "../../errors.ts";
import type {Identity, Scope} from "../../http.ts";
import {openJsonFile} from "./json-file.ts";
import {TOKEN_SCOPES} from "./roles.ts";

const TOKENS_MAX = 1000;
const DAY_MS = 86_400_000;
const DAYS_MAX = 3650;

const tokenSchema = z.strictObject({
  id: z.string(),
  name: z.string(),
  scopes: z.array(z.string()),
  hash: z.string(),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
});
const fileSchema = z.strictObject({version: z.literal(1), tokens: z.array(tokenSchema).max(TOKENS_MAX)});

/** A machine's token as it is listed; the secret itself is shown once, when it is made. */
export interface TokenRecord {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly createdAt: string;
  readonly expiresAt: string;
  /** Since the gateway started; null = not used. */
  readonly lastUsedAt: string | null;
}

/** Named tokens with scopes, an expiry and a way to revoke them, in `gateway/tokens.json`. Only hashes are kept. */
export interface Tokens {
  list(): readonly TokenRecord[];
  /** `days`: 1..3650. Returns the secret. Errors: `token/name`, `token/scope`, `token/days`, `token/conflict`. */
  create(token: {name: string; scopes: readonly string[]; days: number}): {
    readonly id: string;
    readonly secret: string;
  };
  /** False when there is no such token. */
  revoke(id: string): boolean;
  /** Who holds a secret; null when it is unknown, revoked or expired. */
  identify(secret: string): Identity | null;
  /** A token that lives as long as this process, such as those between our own processes. */
  addProcessToken(secret: string, name: string, scopes: readonly Scope[]): void;
}

export function openTokens(file: string, clock: Clock): Tokens {
  const stored = openJsonFile(file, fileSchema, {version: 1, tokens: []});
  let {tokens} = stored.read();
  const ofProcesses = new Map<string, Identity>();
  const lastUsed = new Map<string, string>();
  const save = (next: typeof tokens) => {
    stored.write({version: 1, tokens: next});
    tokens = next;
  };
  const timestamp = (ms: number) => new Date(ms).toISOString();

  return {
    list: () => tokens.map(({hash: _, ...token}) => ({...token, lastUsedAt: lastUsed.get(token.id) ?? null})),
    create: ({name, scopes, days}) => {
      checkRequest({name, scopes, days});
      if (tokens.some((token) => token.name === name)) {
        throw new GatewayError(
          "token/conflict",
          `There already is a token named ${name}. Revoke it first, or choose another name.`,
        );
      }
      if (tokens.length >= TOKENS_MAX)
        throw new GatewayError("token/too-many", `A gateway keeps at most ${TOKENS_MAX} tokens.`);
      const id = randomBytes(6).toString("hex");
      const secret = `tgt_${randomBytes(32).toString("base64url")}`;
      const now = clock.now();
      const expiresAt = timestamp(now + days * DAY_MS);
      save([...tokens, {id, name, scopes: [...scopes], hash: hashOf(secret), createdAt: timestamp(now), expiresAt}]);
      return {id, secret};
    },
    revoke: (id) => {
      const rest = tokens.filter((token) => token.id !== id);
      if (rest.length === tokens.length) return false;
      save(rest);
      return true;
    },
    identify: (secret) => {
      const hash = hashOf(secret);
      const ofProcess = ofProcesses.get(hash);
      if (ofProcess !== undefined) return ofProcess;
      const token = tokens.find((candidate) => candidate.hash === hash);
      if (token === undefined || Date.parse(token.expiresAt) <= clock.now()) return null;
      lastUsed.set(token.id, timestamp(clock.now()));
      return {actor: `token:${token.name}`, role: "token", scopes: new Set(token.scopes)};
    },
    addProcessToken: (secret, name, scopes) => {
      ofProcesses.set(hashOf(secret), {actor: `process:${name}`, role: "process", scopes: new Set(scopes)});
    },
  };
}

function checkRequest({name, scopes, days}: {name: string; scopes: readonly string[]; days: number}): void {
  if (!/^[A-Za-z0-9._-]{1,64}$/.test(name)) {
    throw new GatewayError("token/name", "A token's name is 1 to 64 of letters, digits, dot, underscore and hyphen.", {
      name,
    });
  }
  const unknown = scopes.find((scope) => !TOKEN_SCOPES.includes(scope as Scope));
  if (unknown !== undefined || scopes.length === 0) {
    const known = TOKEN_SCOPES.join(", ");
    const what = unknown === undefined ? "A token needs at least one scope." : `There is no scope ${unknown}.`;
    throw new GatewayError("token/scope", `${what} Scopes: ${known}.`);
  }
  if (!Number.isInteger(days) || days < 1 || days > DAYS_MAX) {
    throw new GatewayError("token/days", `A token lives 1 to ${DAYS_MAX} whole days.`, {days});
  }
}

// A secret of 32 random bytes cannot be guessed, so a plain hash is enough, and looking it up by hash leaks nothing by time.
function hashOf(secret: string): string {
  return createHash("sha256").update(secret).digest("base64");
}
