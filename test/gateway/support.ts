// The gateway's HTTP side with real users, sessions and tokens in a temporary folder, over a real node and a real audit trail.

import {mkdtempSync, writeFileSync} from "node:fs";
import {tmpdir} from "node:os";
import path from "node:path";
import type {FastifyInstance} from "fastify";
import {type Audit, createAuditRoutes, createExporter} from "../../src/audit/index.ts";
import type {Role} from "../../src/client/index.ts";
import {createManualClock, type ManualClock} from "../../src/clock.ts";
import {loadConfig} from "../../src/config/index.ts";
import {publicKeyOf, signEd25519} from "../../src/ed25519.ts";
import {createNodeRoutes, type EdgeNode} from "../../src/edge-node/index.ts";
import {type Access, createAccess} from "../../src/gateway/access.ts";
import {createAlarms} from "../../src/gateway/alarms.ts";
import {hashPassword, type PasswordHash} from "../../src/gateway/auth/passwords.ts";
import type {AccessEvent, Actor} from "../../src/gateway/auth/record.ts";
import type {DeclaredRoute} from "../../src/gateway/auth/route-table.ts";
import {type Broker, createBroker} from "../../src/gateway/broker.ts";
import {createEventStream, type EventStream} from "../../src/gateway/event-stream.ts";
import {setupRoutes} from "../../src/gateway/routes/setup.ts";
import {createTangleView} from "../../src/gateway/tangle-view.ts";
import {createApp, type WebOptions} from "../../src/gateway/web.ts";
import {type Log, silentLog} from "../../src/log.ts";
import {createMetrics} from "../../src/metrics.ts";
import {createSurroundings} from "../audit/support.ts";
import {startNode} from "../edge-node/support.ts";

export const PASSWORD = "correct horse";
export const PROCESS_TOKEN = "process-token";
export const HOST = "127.0.0.1:14265";
const SEED = new Uint8Array(32).fill(7);
export const signer = {
  purpose: "token",
  publicKey: publicKeyOf(SEED),
  sign: (message: Uint8Array) => signEd25519(SEED, message),
} as const;

/** An event as it was recorded, with who did it. */
export type Recorded = AccessEvent & Actor;

export interface TestAccess {
  readonly access: Access;
  readonly clock: ManualClock;
  readonly folder: string;
  readonly recorded: Recorded[];
  /** Users whose password is gone, in order. */
  readonly passwordsGone: string[];
  /** While set, nothing can be recorded. */
  isTrailFull: boolean;
}

export function newFolder(): string {
  return mkdtempSync(path.join(tmpdir(), "tanglegate-access-"));
}

/** Access in a folder; the same folder again is a restart. */
export function openAccess(folder = newFolder(), clock = createManualClock(), log: Log = silentLog): TestAccess {
  const recorded: Recorded[] = [];
  const passwordsGone: string[] = [];
  const state = {isTrailFull: false};
  const access = createAccess(
    folder,
    {TANGLEGATE_CLI_TOKEN: PROCESS_TOKEN},
    {
      signer,
      clock,
      log,
      record: async (events, {actor, role}) => {
        if (state.isTrailFull) throw new Error("No audit entry is accepted.");
        recorded.push(...events.map((event) => ({...event, actor, role})));
      },
      onPasswordGone: (user) => passwordsGone.push(user),
    },
  );
  return Object.assign(state, {access, clock, folder, recorded, passwordsGone});
}

/** A user for each role. */
export const NAMES: Readonly<Record<Role, string>> = {
  viewer: "vera",
  reviewer: "rita",
  maintainer: "max",
  operator: "olga",
  admin: "admin",
  household: "hanna",
};

let hash: Promise<PasswordHash> | null = null;

/** A new folder with a user for each role, all with the password `PASSWORD`; hashing it once is slow enough. */
export async function folderWithUsers(): Promise<string> {
  hash ??= hashPassword(PASSWORD);
  const secret = await hash;
  const folder = newFolder();
  const users = Object.entries(NAMES).map(([role, name]) => ({
    ...{name, displayName: null, role, household: role === "household" ? "home-3" : null, ...secret},
    ...{mustChangePassword: false, isDisabled: false, createdAt: "2026-01-01T00:00:00.000Z", lastLoginAt: null},
  }));
  writeFileSync(path.join(folder, "users.json"), JSON.stringify({version: 1, users}));
  return folder;
}

/** What the gateway's routes stand on; starting it is slow, so that the tests of a file share it. */
export interface TestServices {
  readonly node: EdgeNode;
  readonly audit: Audit;
  stop(): Promise<void>;
}

export async function startServices(): Promise<TestServices> {
  const running = await startNode();
  const around = await createSurroundings();
  const audit = around.create();
  await audit.start();
  return {
    node: running.node,
    audit,
    stop: async () => {
      await audit.stop();
      await running.stop();
      await around.remove();
    },
  };
}

export interface TestGateway extends TestAccess {
  readonly app: FastifyInstance;
  readonly routes: () => readonly DeclaredRoute[];
  readonly stream: EventStream;
  readonly broker: Broker;
  /** Event streams that were opened so far. */
  pagesOpened(): number;
  /** A session's token, without the time that a password takes. */
  tokenOf(name: string): string;
  close(): Promise<void>;
}

/** Everything that the gateway serves, not listening yet. Nothing answers behind the proxies. */
export async function createTestGateway(
  {node, audit}: TestServices,
  options: Partial<WebOptions> = {},
): Promise<TestGateway> {
  const test = openAccess(await folderWithUsers(), createManualClock(Date.now()));
  const {access, clock} = test;
  const nowhere = {url: "http://127.0.0.1:9", token: ""};
  const created = createEventStream(clock);
  let opened = 0;
  const stream: EventStream = {
    ...created,
    add: (response, caller) => {
      opened++;
      return created.add(response, caller);
    },
  };
  const broker = createBroker(
    {host: "127.0.0.1", port: 0, isOpen: true},
    {identify: access.identify, clock, log: silentLog},
  );
  const {app, routes} = createApp(
    {
      host: "127.0.0.1",
      port: 0,
      field: {name: "field", ...nowhere},
      plant: {name: "plant", ...nowhere},
      ...options,
    },
    {
      access,
      record: async () => undefined,
      broker,
      stream,
      tangle: createTangleView(node, stream, clock),
      network: node.network,
      nodeRoutes: createNodeRoutes(node, {version: "0.1.0"}),
      auditRoutes: createAuditRoutes(
        audit,
        createExporter(
          {site: "gateway.example", network: node.network, verifyPage: async () => new Uint8Array(0)},
          {clock, freeze: audit.freeze, append: audit.append},
        ),
      ),
      alarms: createAlarms(path.join(test.folder, "alarms.json"), {
        clock,
        log: silentLog,
        sources: [],
        record: async () => undefined,
      }),
      certificates: null,
      setupRoutes: setupRoutes(loadConfig(test.folder, {}), {
        clock,
        record: async () => undefined,
        log: silentLog,
        startAnew: null,
      }),
      readStatus: () => Promise.reject(new Error("not part of this test")),
      log: silentLog,
      metrics: createMetrics(),
    },
  );
  await app.ready();
  return Object.assign(test, {
    app,
    routes,
    stream,
    broker,
    pagesOpened: () => opened,
    tokenOf: (name: string) =>
      access.sessions.open(access.users.get(name), {address: "192.168.1.20", userAgent: undefined}).token,
    close: () => app.close(),
  });
}
