import {createPublicKey, randomBytes} from "node:crypto";
import {jwtVerify} from "jose";
import {z} from "zod";
import {concatBytes, fromHex, utf8} from "../../bytes.ts";
import type {Clock} from "../../clock.ts";
import {sentenceOf} from "../../errors.ts";
import type {Signer} from "../../identity/index.ts";
import type {Log} from "../../log.ts";
import {browserOf} from "./browser.ts";
import type {Caller} from "./caller.ts";
import type {Endings} from "./endings.ts";
import {openJsonFile} from "./json-file.ts";
import {scopesOf} from "./roles.ts";
import type {User, Users} from "./users.ts";

export const SESSION_MS = 12 * 3_600_000;
const SESSIONS_MAX = 1000;
const SESSIONS_PER_USER_MAX = 20;
const ISSUER = "tanglegate";
const SPKI_PREFIX = fromHex("0x302a300506032b6570032100");

const sessionSchema = z.strictObject({
  id: z.string(),
  user: z.string(),
  sinceMs: z.number(),
  lastUsedMs: z.number(),
  expiresAtMs: z.number(),
  address: z.string(),
  browser: z.string().nullable(),
});
const fileSchema = z.strictObject({version: z.literal(1), sessions: z.array(sessionSchema).max(SESSIONS_MAX)});

/** An open session as it is kept. The file holds nothing that opens one: the token is signed, and the value for writes is in it. */
export type SessionRecord = Readonly<z.infer<typeof sessionSchema>>;

/** A login: the JWT, and the value a browser must repeat in the header `x-csrf-token` on writes. */
export interface Session {
  readonly id: string;
  readonly token: string;
  readonly csrf: string;
  readonly expiresAt: string;
}

/**
 * Sessions are JWTs (RFC 7519, EdDSA) signed by the gateway's token key, and each holds only while it stands in `gateway/sessions.json`:
 * so they can be listed and ended. At most 20 a user and 1,000 in all; the one unused for longest ends first.
 */
export interface Sessions {
  open(user: User, from: {address: string; userAgent: string | undefined}): Session;
  /** Null when the signature, the expiry, the session or the user no longer holds. */
  identify(token: string): Promise<Caller | null>;
  /** Newest use first. */
  list(): readonly SessionRecord[];
  /** Ends those that fit; returns them. */
  end(fits: (session: SessionRecord) => boolean): readonly SessionRecord[];
  /** The user may do something else now: what is open in the sessions begins anew. */
  renew(user: string): void;
  /** Writes the last uses to disk. */
  save(): void;
}

interface Dependencies {
  readonly signer: Signer;
  readonly users: Users;
  readonly endings: Endings;
  readonly clock: Clock;
  readonly log: Log;
}

export function openSessions(file: string, {signer, users, endings, clock, log}: Dependencies): Sessions {
  const stored = openJsonFile(file, fileSchema, {version: 1, sessions: []});
  const sessions = new Map(readOrForget().map((session) => [session.id, {...session}]));
  const key = createPublicKey({
    key: Buffer.from(concatBytes(SPKI_PREFIX, signer.publicKey)),
    format: "der",
    type: "spki",
  });

  function readOrForget(): readonly SessionRecord[] {
    try {
      return stored.read().sessions;
    } catch (error) {
      // Everybody logs in again: no reason to keep the gateway down.
      log.warn({reason: sentenceOf(error)}, "open sessions are forgotten");
      return [];
    }
  }

  // On a full disk people must still be able to come in and see why, and sessions must still end.
  const save = () => {
    try {
      stored.write({version: 1, sessions: [...sessions.values()]});
    } catch (error) {
      log.warn({reason: sentenceOf(error)}, "sessions are not on disk");
    }
  };
  const end = (fits: (session: SessionRecord) => boolean) => {
    const ended = [...sessions.values()].filter(fits);
    if (ended.length === 0) return ended;
    for (const {id} of ended) sessions.delete(id);
    save();
    for (const {id} of ended) endings.tell(credentialOf(id));
    return ended;
  };
  const live = () => {
    const now = clock.now();
    for (const {id, expiresAtMs} of sessions.values()) if (expiresAtMs <= now) sessions.delete(id);
    return [...sessions.values()].sort((a, b) => b.lastUsedMs - a.lastUsedMs);
  };

  return {
    open: (user, {address, userAgent}) => {
      const known = live();
      const ofUser = known.filter((session) => session.user === user.name);
      const tooMany = new Set([...ofUser.slice(SESSIONS_PER_USER_MAX - 1), ...known.slice(SESSIONS_MAX - 1)]);
      if (tooMany.size > 0) end((session) => tooMany.has(session as (typeof known)[number]));
      const issuedAt = Math.floor(clock.now() / 1000);
      const expiry = issuedAt + SESSION_MS / 1000;
      const id = randomBytes(12).toString("base64url");
      const csrf = randomBytes(16).toString("base64url");
      const header = encode({alg: "EdDSA", typ: "JWT"});
      const claims = encode({iss: ISSUER, sub: user.name, jti: id, iat: issuedAt, exp: expiry, csrf});
      // The key never leaves its store, so the compact form is put together here; jose checks it.
      const signature = Buffer.from(signer.sign(utf8(`${header}.${claims}`))).toString("base64url");
      sessions.set(id, {
        ...{id, user: user.name, address, browser: browserOf(userAgent)},
        ...{sinceMs: clock.now(), lastUsedMs: clock.now(), expiresAtMs: expiry * 1000},
      });
      save();
      return {id, token: `${header}.${claims}.${signature}`, csrf, expiresAt: new Date(expiry * 1000).toISOString()};
    },
    identify: async (token) => {
      try {
        const options = {issuer: ISSUER, algorithms: ["EdDSA"], currentDate: new Date(clock.now())};
        const {payload} = await jwtVerify(token, key, options);
        const session = sessions.get(String(payload.jti));
        const user = users.find(String(payload.sub));
        if (session === undefined || user === null || session.user !== user.name || user.isDisabled) return null;
        session.lastUsedMs = clock.now();
        return {
          ...{actor: `user:${user.name}`, role: user.role, scopes: scopesOf(user.role), user},
          ...{credential: credentialOf(session.id), expiresAtMs: session.expiresAtMs},
          session: {id: session.id, csrf: String(payload.csrf)},
        };
      } catch {
        // Any fault of a token means the same to its bearer: log in again.
        return null;
      }
    },
    list: live,
    end,
    renew: (name) => {
      for (const {id, user} of sessions.values()) if (user === name) endings.tell(credentialOf(id));
    },
    save,
  };
}

function credentialOf(id: string): string {
  return `session:${id}`;
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
