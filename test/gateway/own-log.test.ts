import {mkdtempSync, rmSync} from "node:fs";
import {tmpdir} from "node:os";
import path from "node:path";
import {expect, test} from "@jest/globals";
import type {AuditGap} from "../../src/audit/index.ts";
import type {AuditEntryInput} from "../../src/client/index.ts";
import {createManualClock} from "../../src/clock.ts";
import {GatewayError} from "../../src/errors.ts";
import {createAccess} from "../../src/gateway/access.ts";
import {ROLES, scopesOf, TOKEN_SCOPES} from "../../src/gateway/auth/roles.ts";
import {alarmRecorderOf, recordingItself} from "../../src/gateway/own-log.ts";
import {silentLog} from "../../src/log.ts";

function createTrail() {
  const entries: (AuditEntryInput & {actor: string})[] = [];
  const listeners = new Set<(gap: AuditGap) => void>();
  const trail = {
    isFull: false,
    entries,
    resume: (gap: AuditGap) => {
      for (const listener of listeners) listener(gap);
    },
    append: async (inputs: readonly AuditEntryInput[], by: {actor: string}) => {
      if (trail.isFull) throw new GatewayError("audit/disk-full", "The disk is full.");
      entries.push(...inputs.map((input) => ({...input, ...by})));
      return [];
    },
    onResumed: (listener: (gap: AuditGap) => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  return trail;
}

const GAP = {from: "2026-06-01T00:00:00.000Z", because: "The disk is full."};

test("start, stop and times without a trail are entries of the gateway's own log", async () => {
  const trail = createTrail();
  const service = recordingItself(trail, {facts: {version: "1"}, log: silentLog});
  await service.start();
  trail.resume(GAP);
  await service.stop();
  trail.resume(GAP);
  expect(trail.entries).toEqual([
    {machine: "gateway", actor: "process:gateway", role: "process", type: "gateway-started", body: {version: "1"}},
    {machine: "gateway", actor: "process:gateway", role: "process", type: "audit-resumed", body: GAP},
    {machine: "gateway", actor: "process:gateway", role: "process", type: "gateway-stopped", body: {version: "1"}},
  ]);
});

test("what has happened before the trail was open is recorded after the start", async () => {
  const trail = createTrail();
  const before = [{type: "password-reset", body: {user: "admin"}}];
  const service = recordingItself(trail, {facts: {}, before, log: silentLog});
  await service.start();
  await service.stop();
  expect(trail.entries.map(({type, body}) => [type, body])).toEqual([
    ["gateway-started", {}],
    ["password-reset", {user: "admin"}],
    ["gateway-stopped", {}],
  ]);
});

test("a full disk does not keep the gateway from starting, nor from stopping", async () => {
  const trail = createTrail();
  trail.isFull = true;
  const service = recordingItself(trail, {facts: {}, log: silentLog});
  await service.start();
  trail.resume(GAP);
  await service.stop();
  expect(trail.entries).toEqual([]);
});

test("an alarm is an entry of the gateway, and of the person by name and role who took note of it", async () => {
  const trail = createTrail();
  const record = alarmRecorderOf(trail);
  const at = "2026-06-01T00:00:00.000Z";
  const source = {kind: "part", name: "node"} as const;
  const alarm = {
    id: "node/unhealthy",
    severity: "alarm",
    source,
    sentence: "It is not well.",
    remedy: "Look.",
  } as const;
  const event = {alarm: {...alarm, since: at, acknowledged: null}, at};
  await record({...event, what: "raised"}, {by: null, skipped: 3});
  await record({...event, what: "acknowledged"}, {by: {actor: "user:ben", role: "reviewer"}, skipped: 0});
  const body = {severity: "alarm", source, sentence: "It is not well."};
  const place = {machine: "gateway", subject: "node/unhealthy"};
  expect(trail.entries).toEqual([
    {...place, type: "alarm-raised", actor: "process:gateway", role: "process", body: {...body, skipped: 3}},
    {...place, type: "alarm-acknowledged", actor: "user:ben", role: "reviewer", body},
  ]);
});

test("no role, no token and no flow may write to the gateway's own log; the editor may", () => {
  for (const role of ROLES) expect(scopesOf(role)).not.toContain("audit:append-gateway");
  expect(TOKEN_SCOPES).not.toContain("audit:append-gateway");
  const environment = {TANGLEGATE_NODE_RED_TOKEN: "of flows", TANGLEGATE_EDITOR_TOKEN: "of the editor"};
  const signer = {purpose: "token", publicKey: new Uint8Array(32), sign: () => new Uint8Array(64)} as const;
  const folder = mkdtempSync(path.join(tmpdir(), "own-log-"));
  const {tokens} = createAccess(folder, environment, {
    ...{signer, clock: createManualClock(), log: silentLog},
    record: async () => undefined,
    onPasswordGone: () => undefined,
  });
  expect(tokens.identify("of flows")?.scopes).not.toContain("audit:append-gateway");
  expect(tokens.identify("of the editor")).toMatchObject({actor: "process:editor"});
  expect(tokens.identify("of the editor")?.scopes).toContain("audit:append-gateway");
  rmSync(folder, {recursive: true});
});
