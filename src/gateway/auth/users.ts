import {randomBytes, scrypt, timingSafeEqual} from "node:crypto";
import {promisify} from "node:util";
import {z} from "zod";
import type {Clock} from "../../clock.ts";
import {GatewayError} from "../../errors.ts";
import {openJsonFile} from "./json-file.ts";
import {ROLES, type Role} from "./roles.ts";

// OWASP's lower memory setting for scrypt (16 MiB): a Pi checks a password in about 0.1 s.
const SCRYPT = {N: 2 ** 14, r: 8, p: 5, maxmem: 64 * 2 ** 20};
const HASH_BYTES = 32;
const PASSWORD_MIN = 10;
const PASSWORD_MAX = 256;
const USERS_MAX = 1000;

const derive = promisify(scrypt) as (
  password: string,
  salt: Buffer,
  length: number,
  options: object,
) => Promise<Buffer>;

const userSchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9._-]{1,64}$/),
  role: z.enum(ROLES),
  salt: z.base64(),
  hash: z.base64(),
  mustChangePassword: z.boolean(),
  createdAt: z.iso.datetime(),
});
const fileSchema = z.strictObject({version: z.literal(1), users: z.array(userSchema).max(USERS_MAX)});

export interface User {
  readonly name: string;
  readonly role: Role;
  readonly mustChangePassword: boolean;
}

/** The people of one gateway and their passwords, in `gateway/users.json`. */
export interface Users {
  list(): readonly User[];
  find(name: string): User | null;
  /** The user when name and password fit, else null; takes as long for an unknown name as for a wrong password. */
  verify(name: string, password: string): Promise<User | null>;
  /** Errors: `user/name`, `user/password`, `user/conflict`. */
  add(user: {name: string; role: Role; password: string; mustChangePassword: boolean}): Promise<void>;
  setPassword(name: string, password: string): Promise<void>;
}

export function openUsers(file: string, clock: Clock): Users {
  const stored = openJsonFile(file, fileSchema, {version: 1, users: []});
  let {users} = stored.read();
  const nobody = {salt: randomBytes(16).toString("base64"), hash: randomBytes(HASH_BYTES).toString("base64")};
  const save = (next: typeof users) => {
    stored.write({version: 1, users: next});
    users = next;
  };
  const publicPart = ({name, role, mustChangePassword}: User): User => ({name, role, mustChangePassword});
  const record = (name: string) => users.find((user) => user.name === name);

  return {
    list: () => users.map(publicPart),
    find: (name) => {
      const user = record(name);
      return user === undefined ? null : publicPart(user);
    },
    verify: async (name, password) => {
      const user = record(name);
      const {salt, hash} = user ?? nobody;
      const derived = await derive(password.slice(0, PASSWORD_MAX), Buffer.from(salt, "base64"), HASH_BYTES, SCRYPT);
      const fits = timingSafeEqual(derived, Buffer.from(hash, "base64"));
      return user !== undefined && fits ? publicPart(user) : null;
    },
    add: async ({name, role, password, mustChangePassword}) => {
      if (!userSchema.shape.name.safeParse(name).success) {
        throw new GatewayError("user/name", "A user's name is 1 to 64 of a-z, 0-9, dot, underscore and hyphen.", {
          name,
        });
      }
      if (record(name) !== undefined)
        throw new GatewayError("user/conflict", `There already is a user ${name}.`, {name});
      if (users.length >= USERS_MAX)
        throw new GatewayError("user/too-many", `A gateway has at most ${USERS_MAX} users.`);
      const secret = await hashPassword(password);
      save([...users, {name, role, ...secret, mustChangePassword, createdAt: new Date(clock.now()).toISOString()}]);
    },
    setPassword: async (name, password) => {
      if (record(name) === undefined) throw new GatewayError("user/not-found", `There is no user ${name}.`, {name});
      const secret = await hashPassword(password);
      save(users.map((user) => (user.name === name ? {...user, ...secret, mustChangePassword: false} : user)));
    },
  };
}

async function hashPassword(password: string): Promise<{salt: string; hash: string}> {
  if (password.length < PASSWORD_MIN || password.length > PASSWORD_MAX) {
    throw new GatewayError("user/password", `A password has ${PASSWORD_MIN} to ${PASSWORD_MAX} characters.`);
  }
  const salt = randomBytes(16);
  const hash = await derive(password, salt, HASH_BYTES, SCRYPT);
  return {salt: salt.toString("base64"), hash: hash.toString("base64")};
}
