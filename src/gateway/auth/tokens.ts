import {createHash, randomBytes} from "node:crypto";
import {z} from "zod";
import type {Clock} from "../../clock.ts";
import {GatewayError, sentenceOf} from "../../errors.ts";
import type {Scope} from "../../http.ts";
import type {Log} from "../../log.ts";
import type {Caller} from "./caller.ts";
import type {Endings} from "./endings.ts";
import {openJsonFile} from "./json-file.ts";
import {TOKEN_SCOPES} from "./roles.ts";

const TOKENS_MAX = 1000;
const DAY_MS = 86_400_000;
const DAYS_MAX = 3650;
const EXPIRING_MS = 14 * DAY_MS;
/** Uses are written to disk at most this often: a program may ask many times a second. */
const USES_SAVED_MS = 5 * 60_000;

const tokenSchema = z.strictObject({
  id: z.string(),
  name: z.string(),
  scopes: z.array(z.string()),
  hash: z.string(),
  createdAt: z.iso.datetime(),
  createdBy: z.string(),
  expiresAt: z.iso.datetime(),
  lastUsedAt: z.iso.datetime().nullable(),
});
const fileSchema = z.strictObject({version: z.literal(1), tokens: z.array(tokenSchema).max(TOKENS_MAX)});
type StoredToken = z.infer<typeof tokenSchema>;

/** A machine's token as it is listed; the secret itself is shown once, when it is made. */
export interface TokenRecord extends Readonly<Omit<StoredToken, "hash">> {
  /** `expiring`: within 14 days. */
  readonly state: "valid" | "expiring" | "expired";
}

export interface TokenRequest {
  readonly name: string;
  readonly scopes: readonly string[];
  /** 1..3650. */
  readonly days: number;
}

/** Named tokens with scopes, an expiry and a way to revoke them, in `gateway/tokens.json`. Only hashes are kept. */
export interface Tokens {
  list(): readonly TokenRecord[];
  /** Throws what `create` would. Errors: `token/name`, `token/scope`, `token/days`, `token/conflict`, `token/too-many`. */
  check(request: TokenRequest): void;
  /** `by`: the actor. Returns the secret, too. */
  create(request: TokenRequest, by: string): {readonly token: TokenRecord; readonly secret: string};
  /** The token that was; null when there is none. */
  revoke(id: string): TokenRecord | null;
  /** Who holds a secret; null when it is unknown, revoked or expired. */
  identify(secret: string): Caller | null;
  /** A token that lives as long as this process, such as those between our own processes. */
  addProcessToken(secret: string, name: string, scopes: readonly Scope[]): void;
  /** Writes the last uses to disk. */
  save(): void;
}

export function openTokens(file: string, {clock, log, endings}: {clock: Clock; log: Log; endings: Endings}): Tokens {
  const stored = openJsonFile(file, fileSchema, {version: 1, tokens: []});
  const ofProcesses = new Map<string, Caller>();
  let byHash = new Map(stored.read().tokens.map((token) => [token.hash, token]));
  let hasNewUses = false;
  let usesSavedMs = clock.monotonicMs();
  const timestamp = (ms: number) => new Date(ms).toISOString();

  const save = (next: readonly StoredToken[]) => {
    stored.write({version: 1, tokens: [...next]});
    byHash = new Map(next.map((token) => [token.hash, token]));
    hasNewUses = false;
  };
  const saveUses = () => {
    if (!hasNewUses) return;
    usesSavedMs = clock.monotonicMs();
    try {
      save([...byHash.values()]);
    } catch (error) {
      log.warn({reason: sentenceOf(error)}, "last uses of tokens are not on disk");
    }
  };
  const present = ({hash: _hash, ...token}: StoredToken): TokenRecord => {
    const leftMs = Date.parse(token.expiresAt) - clock.now();
    return {...token, state: leftMs <= 0 ? "expired" : leftMs <= EXPIRING_MS ? "expiring" : "valid"};
  };
  const check = (request: TokenRequest) => {
    checkRequest(request);
    const {name} = request;
    if ([...byHash.values()].some((token) => token.name === name)) {
      throw new GatewayError(
        "token/conflict",
        `There already is a token named ${name}. Revoke it first, or choose another name.`,
      );
    }
    if (byHash.size >= TOKENS_MAX) {
      throw new GatewayError("token/too-many", `A gateway keeps at most ${TOKENS_MAX} tokens.`);
    }
  };

  return {
    list: () => [...byHash.values()].map(present),
    check,
    create: (request, createdBy) => {
      check(request);
      const {name, scopes, days} = request;
      const secret = `tgt_${randomBytes(32).toString("base64url")}`;
      const now = clock.now();
      const token = {
        ...{id: randomBytes(6).toString("hex"), name, scopes: [...new Set(scopes)], hash: hashOf(secret), createdBy},
        ...{createdAt: timestamp(now), expiresAt: timestamp(now + days * DAY_MS), lastUsedAt: null},
      };
      save([...byHash.values(), token]);
      return {token: present(token), secret};
    },
    revoke: (id) => {
      const token = [...byHash.values()].find((candidate) => candidate.id === id);
      if (token === undefined) return null;
      save([...byHash.values()].filter((other) => other !== token));
      endings.tell(credentialOf(id));
      return present(token);
    },
    identify: (secret) => {
      const hash = hashOf(secret);
      const ofProcess = ofProcesses.get(hash);
      if (ofProcess !== undefined) return ofProcess;
      const token = byHash.get(hash);
      if (token === undefined || Date.parse(token.expiresAt) <= clock.now()) return null;
      token.lastUsedAt = timestamp(clock.now());
      hasNewUses = true;
      if (clock.monotonicMs() - usesSavedMs >= USES_SAVED_MS) saveUses();
      return {
        ...{actor: `token:${token.name}`, role: "token", scopes: new Set(token.scopes)},
        ...{credential: credentialOf(token.id), expiresAtMs: Date.parse(token.expiresAt), user: null, session: null},
      };
    },
    addProcessToken: (secret, name, scopes) => {
      const actor = `process:${name}`;
      ofProcesses.set(hashOf(secret), {
        ...{actor, role: "process", scopes: new Set(scopes)},
        ...{credential: actor, expiresAtMs: null, user: null, session: null},
      });
    },
    save: saveUses,
  };
}

function credentialOf(id: string): string {
  return `token:${id}`;
}

function checkRequest({name, scopes, days}: TokenRequest): void {
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
