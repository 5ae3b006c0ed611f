import {createPublicKey, randomBytes} from "node:crypto";
import {jwtVerify} from "jose";
import {concatBytes, fromHex, utf8} from "../../bytes.ts";
import type {Clock} from "../../clock.ts";
import type {Identity} from "../../http.ts";
import type {Signer} from "../../identity/index.ts";
import {scopesOf} from "./roles.ts";
import type {User, Users} from "./users.ts";

export const SESSION_MS = 12 * 3_600_000;
const ISSUER = "tanglegate";
const SPKI_PREFIX = fromHex("0x302a300506032b6570032100");

/** A login: the JWT, and the value a browser must repeat in the header `x-csrf-token` on writes. */
export interface Session {
  readonly token: string;
  readonly csrf: string;
  readonly expiresAt: string;
}

export interface SessionIdentity extends Identity {
  readonly csrf: string;
}

/** Sessions are JWTs (RFC 7519, EdDSA) signed by the gateway's token key; nothing is stored. */
export interface Sessions {
  open(user: User): Session;
  /** Null when the signature, the expiry or the user no longer holds. */
  identify(token: string): Promise<SessionIdentity | null>;
}

export function createSessions(signer: Signer, users: Users, clock: Clock): Sessions {
  const key = createPublicKey({
    key: Buffer.from(concatBytes(SPKI_PREFIX, signer.publicKey)),
    format: "der",
    type: "spki",
  });
  return {
    open: (user) => {
      const issuedAt = Math.floor(clock.now() / 1000);
      const expiry = issuedAt + SESSION_MS / 1000;
      const csrf = randomBytes(16).toString("base64url");
      const header = encode({alg: "EdDSA", typ: "JWT"});
      const claims = encode({iss: ISSUER, sub: user.name, iat: issuedAt, exp: expiry, csrf});
      // The key never leaves its store, so the compact form is put together here; jose checks it.
      const signature = Buffer.from(signer.sign(utf8(`${header}.${claims}`))).toString("base64url");
      return {token: `${header}.${claims}.${signature}`, csrf, expiresAt: new Date(expiry * 1000).toISOString()};
    },
    identify: async (token) => {
      try {
        const options = {issuer: ISSUER, algorithms: ["EdDSA"], currentDate: new Date(clock.now())};
        const {payload} = await jwtVerify(token, key, options);
        const user = users.find(String(payload.sub));
        if (user === null) return null;
        return {actor: `user:${user.name}`, role: user.role, scopes: scopesOf(user.role), csrf: String(payload.csrf)};
      } catch {
        // Any fault of a token means the same to its bearer: log in again.
        return null;
      }
    },
  };
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
