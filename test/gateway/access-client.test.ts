import type {AddressInfo} from "node:net";
import {afterAll, beforeAll, expect, test} from "@jest/globals";
import {createGatewayClient, type GatewayClient} from "../../src/client/index.ts";
import {ROLES} from "../../src/gateway/auth/roles.ts";
import {createTestGateway, PASSWORD, startServices, type TestGateway, type TestServices} from "./support.ts";

let services: TestServices;
let gateway: TestGateway;
let clientOf: (token?: string) => GatewayClient;
let admin: GatewayClient;
beforeAll(async () => {
  services = await startServices();
  gateway = await createTestGateway(services);
  await gateway.app.listen({host: "127.0.0.1", port: 0});
  const url = `http://127.0.0.1:${(gateway.app.server.address() as AddressInfo).port}`;
  clientOf = (token) => createGatewayClient({url, ...(token === undefined ? {} : {token})});
  admin = clientOf(gateway.tokenOf("admin"));
});
afterAll(async () => {
  await gateway.close();
  await services.stop();
});

test("a client logs in, sees who it is, and logs out", async () => {
  const {token, identity} = await clientOf().login("vera", PASSWORD);
  expect(identity).toMatchObject({actor: "user:vera", role: "viewer"});
  const vera = clientOf(token);
  expect(await vera.me()).toMatchObject({actor: "user:vera", mustChangePassword: false});
  await vera.logout();
  await expect(vera.me()).rejects.toMatchObject({code: "gateway/unauthorised"});
});

test("a client adds, changes, resets and removes users, who choose a password of their own", async () => {
  const {password} = await admin.users.add({name: "otto", role: "viewer", reason: "shift B"});
  const otto = clientOf((await clientOf().login("otto", password)).token);
  await expect(otto.roles()).rejects.toMatchObject({code: "gateway/refused"});
  await otto.changePassword({current: password, next: "another horse"});
  expect((await otto.roles()).roles.map(({role}) => role)).toEqual(ROLES);
  expect(await admin.users.change("otto", {role: "operator", displayName: "Otto Ohm"})).toMatchObject({
    ...{role: "operator", displayName: "Otto Ohm", sessions: 1},
  });
  expect((await admin.users.resetPassword("otto", "forgotten")).user.mustChangePassword).toBe(true);
  expect((await admin.users.list()).map(({name}) => name)).toContain("otto");
  expect(await admin.users.remove("otto", "left & gone")).toBe(true);
  expect(await admin.users.remove("otto")).toBe(false);
  expect(gateway.recorded.at(-1)).toMatchObject({type: "user-removed", body: {reason: "left & gone"}});
});

test("a client lists and ends sessions", async () => {
  const olga = clientOf(gateway.tokenOf("olga"));
  gateway.tokenOf("olga");
  expect(await olga.sessions.endOthers()).toBe(1);
  const [session] = await olga.sessions.list();
  expect(session).toMatchObject({user: "olga", isCurrent: true});
  expect((await admin.sessions.list({all: true})).map(({user}) => user)).toContain("olga");
  expect(await admin.sessions.end(session!.id)).toBe(true);
  expect(await admin.sessions.end(session!.id)).toBe(false);
});

test("a client makes, lists and revokes tokens of scopes that it is told", async () => {
  const scopes = (await admin.scopes()).filter(({isForTokens}) => isForTokens).map(({scope}) => scope);
  const made = await admin.tokens.create({name: "line-7", scopes, days: 7});
  expect(await clientOf(made.token).me()).toMatchObject({actor: "token:line-7", role: "token", scopes});
  expect(await admin.tokens.list({state: "expiring"})).toMatchObject([{id: made.id, createdBy: "user:admin"}]);
  expect(await admin.tokens.revoke(made.id, "done")).toBe(true);
  expect(await admin.tokens.revoke(made.id)).toBe(false);
});
