import type {FastifyPluginAsync, FastifyRequest} from "fastify";
import type {DeviceDefinition} from "../../client/index.ts";
import type {RouteGuards, Scope} from "../../http.ts";
import {callerOf} from "../auth/caller.ts";
import type {RecordAccess} from "../auth/record.ts";
import {forwardTo, type ProxyTarget, passBodies} from "./proxy.ts";

/** Names of writable points that an entry lists; its body has a limit of its own. */
const NAMES_MAX = 64;
const ENTRY_TYPES: Readonly<Record<string, string>> = {created: "device-defined", changed: "device-changed"};

/**
 * /api/field/v1: the field process's REST behind the gateway's guards. Who defines, changes or removes a device is recorded in the
 * gateway's own log; a deploy that changes nothing is not.
 */
export function fieldProxyRoutes(field: ProxyTarget, guards: RouteGuards, record: RecordAccess): FastifyPluginAsync {
  return async (app) => {
    passBodies(app);
    const forward = forwardTo(field, (request) => request.url);
    const guarded = (scope: Scope) => ({preHandler: guards.authorize(scope)});
    app.get("/*", guarded("field:read"), forward);
    app.put(
      "/devices/:id",
      guarded("field:configure"),
      forwardTo(field, (request) => request.url, recordDefined(record)),
    );
    app.delete(
      "/devices/:id",
      guarded("field:configure"),
      forwardTo(field, (request) => request.url, recordRemoved(record)),
    );
    app.post("/scan", guarded("field:configure"), forward);
    app.delete("/scan/:id", guarded("field:configure"), forward);
    app.post("/test", guarded("field:configure"), forward);
    app.post("/devices/:id/read", guarded("field:read"), forward);
    app.post("/devices/:id/write", guarded("field:write"), forward);
    app.post("/devices/:id/call", guarded("field:write"), forward);
  };
}

function recordDefined(record: RecordAccess) {
  return async (request: FastifyRequest, answer: Uint8Array): Promise<void> => {
    const {outcome} = jsonOf<{outcome: string}>(answer);
    const type = ENTRY_TYPES[outcome];
    if (type === undefined) return;
    const definition = jsonOf<DeviceDefinition>(request.body as Uint8Array);
    await record([{type, body: summaryOf(idOf(request), definition)}], callerOf(request));
  };
}

function recordRemoved(record: RecordAccess) {
  return (request: FastifyRequest): Promise<void> =>
    record([{type: "device-removed", body: {device: idOf(request)}}], callerOf(request));
}

/** What an auditor must know of a definition: field by field, so that a password or a setting to come is never recorded by accident. */
function summaryOf(device: string, {name, connection, profile, points, periodMs}: DeviceDefinition) {
  const writable = (points ?? []).filter((point) => point.writable === true).map((point) => point.name);
  return {
    device,
    ...(name === undefined ? {} : {name}),
    protocol: connection.protocol,
    address: addressOf(connection),
    ...("unitId" in connection ? {unitId: connection.unitId} : {}),
    ...("securityMode" in connection ? {securityMode: connection.securityMode, user: connection.user ?? null} : {}),
    profile,
    ownPoints: points?.length ?? 0,
    ownWritablePoints: writable.length,
    writable: writable.slice(0, NAMES_MAX),
    ...(periodMs === undefined ? {} : {periodMs}),
  };
}

function addressOf(connection: DeviceDefinition["connection"]): string {
  switch (connection.protocol) {
    case "modbus-tcp":
      return `${connection.host}:${connection.port}`;
    case "modbus-rtu":
      return connection.path;
    case "opc-ua":
      // An address may carry a login of its own.
      return connection.endpoint.replace(/\/\/[^/@]*@/, "//");
  }
}

function jsonOf<Value>(bytes: Uint8Array): Value {
  return JSON.parse(new TextDecoder().decode(bytes)) as Value;
}

function idOf(request: FastifyRequest): string {
  return (request.params as {id: string}).id;
}
