import {z} from "zod";
import type {Clock} from "../../clock.ts";
import {GatewayError} from "../../errors.ts";
import {openJsonFile} from "./json-file.ts";
import {checkPassword, fitsHash, hashOfNothing, hashPassword} from "./passwords.ts";
import {ROLES, type Role} from "./roles.ts";

const USERS_MAX = 1000;
const NAME = /^[a-z0-9._-]{1,64}$/;
const DISPLAY_NAME_MAX = 100;

const userSchema = z.strictObject({
  name: z.string().regex(NAME),
  displayName: z.string().nullable(),
  role: z.enum(ROLES),
  household: z.string().regex(NAME).nullable(),
  salt: z.base64(),
  hash: z.base64(),
  mustChangePassword: z.boolean(),
  isDisabled: z.boolean(),
  createdAt: z.iso.datetime(),
  lastLoginAt: z.iso.datetime().nullable(),
});
const fileSchema = z.strictObject({version: z.literal(1), users: z.array(userSchema).max(USERS_MAX)});
type StoredUser = z.infer<typeof userSchema>;

/** A person, without what is kept of the password. */
export type User = Readonly<Omit<StoredUser, "salt" | "hash">>;

/** What of a person may change. */
export interface UserFields {
  readonly displayName: string | null;
  readonly role: Role;
  /** Of the role `household`, else null. */
  readonly household: string | null;
  readonly isDisabled: boolean;
}

/** The people of one gateway and their passwords, in `gateway/users.json`. */
export interface Users {
  /** By name. */
  list(): readonly User[];
  find(name: string): User | null;
  /** Errors: `user/not-found`. */
  get(name: string): User;
  /** The user when name and password fit and the user is enabled, else null; takes as long for an unknown name as for a wrong password. */
  verify(name: string, password: string): Promise<User | null>;
  /** Errors: `user/name`, `user/password`, `user/conflict`, `user/too-many`, and those of `changed`. */
  add(user: NewUser): Promise<User>;
  /** Throws what `add` would, without adding. */
  checkNew(user: NewUser): void;
  /**
   * The user as a change would leave it, without changing anything. Errors: `user/not-found`, `user/display-name`, `user/household`,
   * `user/conflict` when no enabled admin would be left.
   */
  changed(name: string, change: Partial<UserFields>): User;
  change(name: string, change: Partial<UserFields>): User;
  /** Errors: `user/not-found`, `user/conflict` when no enabled admin would be left. */
  checkRemovable(name: string): User;
  remove(name: string): void;
  /** Errors: `user/not-found`, `user/password`. */
  setPassword(name: string, password: string, options: {mustChange: boolean}): Promise<void>;
  noteLogin(name: string): void;
}

export interface NewUser {
  readonly name: string;
  readonly role: Role;
  readonly password: string;
  readonly displayName?: string | null;
  readonly household?: string | null;
}

export function openUsers(file: string, clock: Clock): Users {
  const stored = openJsonFile(file, fileSchema, {version: 1, users: []});
  let {users} = stored.read();
  const nobody = hashOfNothing();
  const save = (next: typeof users) => {
    stored.write({version: 1, users: next});
    users = next;
  };
  const record = (name: string) => users.find((user) => user.name === name);
  const get = (name: string): StoredUser => {
    const user = record(name);
    if (user === undefined) throw new GatewayError("user/not-found", `There is no user ${name}.`, {name});
    return user;
  };
  const replace = (name: string, fields: Partial<StoredUser>) =>
    save(users.map((user) => (user.name === name ? {...user, ...fields} : user)));
  const changed = (name: string, change: Partial<UserFields>): StoredUser => {
    const next = {...get(name), ...change};
    if (change.role !== undefined && change.role !== "household") next.household = null;
    checkFields(next);
    checkAdminLeft(users.map((user) => (user.name === name ? next : user)));
    return next;
  };
  const checkNew = ({name, role, password, displayName = null, household = null}: NewUser) => {
    if (!NAME.test(name)) {
      throw new GatewayError("user/name", "A user's name is 1 to 64 of a-z, 0-9, dot, underscore and hyphen.", {name});
    }
    checkFields({role, displayName, household});
    checkPassword(password, name);
    if (record(name) !== undefined) {
      throw new GatewayError("user/conflict", `There already is a user ${name}.`, {name});
    }
    if (users.length >= USERS_MAX) {
      throw new GatewayError("user/too-many", `A gateway has at most ${USERS_MAX} users.`);
    }
  };

  return {
    list: () => users.map(publicPart).sort((a, b) => (a.name < b.name ? -1 : 1)),
    find: (name) => {
      const user = record(name);
      return user === undefined ? null : publicPart(user);
    },
    get: (name) => publicPart(get(name)),
    verify: async (name, password) => {
      const fits = await fitsHash(password, record(name) ?? nobody);
      // Looked up again: the user may have been disabled meanwhile.
      const user = record(name);
      return user !== undefined && fits && !user.isDisabled ? publicPart(user) : null;
    },
    checkNew,
    add: async (user) => {
      const {name, role, password, displayName = null, household = null} = user;
      checkNew(user);
      const secret = await hashPassword(password);
      checkNew(user);
      const createdAt = new Date(clock.now()).toISOString();
      const added = {
        ...{name, displayName, role, household, ...secret, createdAt},
        ...{mustChangePassword: true, isDisabled: false, lastLoginAt: null},
      };
      save([...users, added]);
      return publicPart(added);
    },
    changed: (name, change) => publicPart(changed(name, change)),
    change: (name, change) => {
      const next = changed(name, change);
      replace(name, next);
      return publicPart(next);
    },
    checkRemovable: (name) => {
      const user = get(name);
      checkAdminLeft(users.filter((other) => other.name !== name));
      return publicPart(user);
    },
    remove: (name) => {
      const rest = users.filter((user) => user.name !== name);
      checkAdminLeft(rest);
      save(rest);
    },
    setPassword: async (name, password, {mustChange}) => {
      get(name);
      checkPassword(password, name);
      const secret = await hashPassword(password);
      get(name);
      replace(name, {...secret, mustChangePassword: mustChange});
    },
    noteLogin: (name) => replace(name, {lastLoginAt: new Date(clock.now()).toISOString()}),
  };
}

function publicPart({salt: _salt, hash: _hash, ...user}: StoredUser): User {
  return user;
}

function checkFields({role, displayName, household}: Pick<UserFields, "role" | "displayName" | "household">): void {
  if (displayName !== null && !isDisplayName(displayName)) {
    throw new GatewayError("user/display-name", `A display name is a line of 1 to ${DISPLAY_NAME_MAX} characters.`);
  }
  if (role === "household" && (household === null || !NAME.test(household))) {
    throw new GatewayError(
      "user/household",
      "The role household needs the household's id: 1 to 64 of a-z, 0-9, dot, underscore and hyphen.",
    );
  }
  if (role !== "household" && household !== null) {
    throw new GatewayError("user/household", "Only the role household belongs to a household.");
  }
}

function isDisplayName(text: string): boolean {
  const isLine = text.isWellFormed() && text.trim() === text && !/\p{Cc}/u.test(text);
  return text.length > 0 && text.length <= DISPLAY_NAME_MAX && isLine;
}

// A gateway that nobody may administer could only be helped with a new home.
function checkAdminLeft(users: readonly StoredUser[]): void {
  if (users.some(({role, isDisabled}) => role === "admin" && !isDisabled)) return;
  throw new GatewayError(
    "user/conflict",
    "This would leave the gateway without an enabled admin. Give another user the role admin first.",
  );
}
