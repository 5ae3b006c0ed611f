import {mkdir, open, readFile, rename} from "node:fs/promises";
import path from "node:path";
import type {DefinedBy, DeviceDefinition} from "../client/index.ts";
import {GatewayError} from "../errors.ts";
import {withoutSecret} from "./definition.ts";

/** Devices of one gateway. */
export const DEVICES_MAX = 256;

const DEVICES_FORMAT = "tanglegate-devices/v1";
const PASSWORDS_FORMAT = "tanglegate-device-passwords/v1";

/** Who may have made what is in the list. */
export type ListOwner = Exclude<DefinedBy, "gateway.yaml">;

interface Entry {
  readonly definition: DeviceDefinition;
  readonly owner: ListOwner;
}

/**
 * The definitions that people have made, by id, on disk. Passwords lie in a file of their own, mode 0600, so that the list itself can be
 * shown and copied. Every change is on disk, whole, before it counts.
 */
export interface DeviceList {
  /** Reads both files. Errors: `field/list-newer`, `field/list-broken` with what to do. */
  load(): Promise<void>;
  /** With its password. */
  get(id: string): DeviceDefinition | null;
  all(): readonly DeviceDefinition[];
  /** Who made a definition. Those of a list that does not say are of Node-RED, which was the only one to define devices then. */
  ownerOf(id: string): ListOwner;
  /** Errors: `field/too-many`. */
  put(definition: DeviceDefinition, owner: ListOwner): Promise<void>;
  remove(id: string): Promise<void>;
}

/** `folder`: the field process's own; made when it is not there. */
export function createDeviceList(folder: string): DeviceList {
  const devicesFile = path.join(folder, "devices.json");
  const passwordsFile = path.join(folder, "passwords.json");
  let devices = new Map<string, Entry>();
  // Changes are written one after the other, so that the last one asked for is the one that stays.
  let turn: Promise<unknown> = Promise.resolve();

  const save = async (next: ReadonlyMap<string, Entry>) => {
    await mkdir(folder, {recursive: true, mode: 0o700});
    const passwords = Object.fromEntries(
      [...next.values()].flatMap(({definition}) => {
        const password = passwordOf(definition);
        return password === null ? [] : [[definition.id, password]];
      }),
    );
    const owners = Object.fromEntries([...next].map(([id, {owner}]) => [id, owner]));
    const shown = [...next.values()].map(({definition}) => withoutSecret(definition));
    // The secrets first: a list that names a device whose password is missing would fail to log in.
    await writeWhole(passwordsFile, {format: PASSWORDS_FORMAT, passwords});
    await writeWhole(devicesFile, {format: DEVICES_FORMAT, devices: shown, owners});
    devices = new Map(next);
  };

  const change = (alter: (next: Map<string, Entry>) => void): Promise<void> => {
    const done = turn.then(async () => {
      const next = new Map(devices);
      alter(next);
      await save(next);
    });
    turn = done.catch(() => undefined);
    return done;
  };

  return {
    load: async () => {
      const list = await readWhole<{devices: DeviceDefinition[]; owners?: Record<string, ListOwner>}>(
        devicesFile,
        DEVICES_FORMAT,
      );
      const secrets = await readWhole<{passwords: Record<string, string>}>(passwordsFile, PASSWORDS_FORMAT);
      const passwords = secrets?.passwords ?? {};
      const entries = (list?.devices ?? []).map((device) => ({
        definition: withPassword(device, passwords[device.id] ?? null),
        owner: list?.owners?.[device.id] === "console" ? ("console" as const) : ("node-red" as const),
      }));
      devices = new Map(entries.map((entry) => [entry.definition.id, entry]));
    },
    get: (id) => devices.get(id)?.definition ?? null,
    all: () => [...devices.values()].map(({definition}) => definition),
    ownerOf: (id) => devices.get(id)?.owner ?? "node-red",
    put: (definition, owner) =>
      change((next) => {
        if (!next.has(definition.id) && next.size >= DEVICES_MAX) {
          throw new GatewayError("field/too-many", `There are ${DEVICES_MAX} devices already; remove one first.`, {});
        }
        next.set(definition.id, {definition, owner});
      }),
    remove: (id) => change((next) => next.delete(id)),
  };
}

/** A definition whose password was left out keeps the one that is known, as long as it goes to the same server and user. */
export function keepPassword(next: DeviceDefinition, known: DeviceDefinition | null): DeviceDefinition {
  if (known === null || next.connection.protocol !== "opc-ua" || known.connection.protocol !== "opc-ua") return next;
  const {endpoint, user, password} = next.connection;
  const isSame = endpoint === known.connection.endpoint && user === known.connection.user;
  return password === undefined && isSame ? withPassword(next, passwordOf(known)) : next;
}

function passwordOf(device: DeviceDefinition): string | null {
  return device.connection.protocol === "opc-ua" ? (device.connection.password ?? null) : null;
}

function withPassword(device: DeviceDefinition, password: string | null): DeviceDefinition {
  if (password === null || device.connection.protocol !== "opc-ua") return device;
  return {...device, connection: {...device.connection, password}};
}

async function readWhole<Content>(file: string, format: string): Promise<Content | null> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
  let content: {format?: unknown};
  try {
    content = JSON.parse(text) as {format?: unknown};
  } catch {
    throw new GatewayError("field/list-broken", `${file} is not JSON. Restore it from a backup or delete it.`, {file});
  }
  if (content.format !== format) {
    throw new GatewayError(
      "field/list-newer",
      `${file} has the format ${String(content.format)}; this program knows ${format}. Use the program that wrote it.`,
      {file},
    );
  }
  return content as Content;
}

async function writeWhole(file: string, content: unknown): Promise<void> {
  const draft = `${file}.next`;
  const handle = await open(draft, "w", 0o600);
  try {
    await handle.writeFile(`${JSON.stringify(content, null, 2)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(draft, file);
}
