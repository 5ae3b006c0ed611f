import type {NodeAPI} from "node-red";
import {collectPages, createGatewayClient, type GatewayClient} from "../../src/client/index.ts";
import {GatewayError, sentenceOf} from "../../src/errors.ts";
import {httpStatusOf} from "../../src/http.ts";
import {accessOf} from "../gateway/access.ts";
import type {GatewayNode} from "../gateway/gateway.ts";
import {wrong} from "../typed-value.ts";
import {type DeviceForm, definitionOf} from "./definition.ts";
import type {DeviceNode} from "./device.ts";
import {addOrderTrials, splitOrderTrials} from "./word-orders.ts";

// What Node-RED puts in the place of a password that is set and was not changed.
const UNCHANGED_PASSWORD = "__PWRD__";

interface DialogRequest {
  readonly params: Readonly<Record<string, unknown>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly body: unknown;
}

interface DialogReply {
  json(body: unknown): unknown;
  status(code: number): DialogReply;
}

/** What the device dialogs ask while they are open: profiles, devices, points, and the live test. Behind the editor's login. */
export function serveDeviceDialogs(RED: NodeAPI): void {
  const answer =
    (give: (request: DialogRequest) => Promise<unknown>) => (request: DialogRequest, reply: DialogReply) => {
      give(request).then(
        (body) => reply.json(body),
        (error: unknown) => reply.status(httpStatusOf(error)).json({message: sentenceOf(error)}),
      );
    };
  const read = RED.auth.needsPermission("tanglegate.read");
  const write = RED.auth.needsPermission("tanglegate.write");
  const clientOf = ({params, query}: DialogRequest) => gatewayClient(RED, String(params.gateway), query.url);

  RED.httpAdmin.get(
    "/tanglegate/gateways/:gateway/profiles",
    read,
    answer(async (request) => (await clientOf(request).field.profiles()).items),
  );
  RED.httpAdmin.get(
    "/tanglegate/gateways/:gateway/devices",
    read,
    answer(async (request) => {
      const {field} = clientOf(request);
      const devices = await collectPages((cursor) => field.devices(cursor === undefined ? {} : {cursor}));
      return devices.map(({id, name, state, profile}) => ({id, name, state, profile}));
    }),
  );
  RED.httpAdmin.get(
    "/tanglegate/devices/:device/points",
    read,
    answer(async ({params}) => {
      const node = RED.nodes.getNode(String(params.device)) as DeviceNode | null;
      if (node?.link === undefined) return {points: [], methods: []};
      const status = await node.client.field.device(node.device);
      return {points: status?.points ?? [], methods: status?.methods ?? []};
    }),
  );
  RED.httpAdmin.post(
    "/tanglegate/gateways/:gateway/test",
    write,
    answer(async (request) => {
      const {form, password, node} = testForm(request.body);
      const secret = password === UNCHANGED_PASSWORD ? savedPassword(RED, node) : password;
      const definition = definitionOf(form, secret);
      return splitOrderTrials(definition, await clientOf(request).field.test(addOrderTrials(definition)));
    }),
  );
}

// A gateway that is not deployed yet can be asked only when it is this editor's own.
function gatewayClient(RED: NodeAPI, id: string, url: unknown): GatewayClient {
  const node = RED.nodes.getNode(id) as GatewayNode | null;
  if (node?.client !== undefined) return node.client;
  const own = accessOf({}, process.env);
  const asked = accessOf({url: typeof url === "string" ? url : ""}, process.env);
  if (asked.url === own.url) return createGatewayClient(own);
  throw new GatewayError(
    "nodes/conflict",
    "The gateway is not deployed yet. Deploy once, then open this dialog again.",
  );
}

function testForm(body: unknown): {form: DeviceForm; password: string | undefined; node: string} {
  const {form, password, node} = (body ?? {}) as {form?: unknown; password?: unknown; node?: unknown};
  if (typeof form !== "object" || form === null) throw wrong("form", "is missing");
  return {
    form: form as DeviceForm,
    password: typeof password === "string" ? password : undefined,
    node: typeof node === "string" ? node : "",
  };
}

function savedPassword(RED: NodeAPI, node: string): string | undefined {
  return (RED.nodes.getCredentials(node) as {password?: string} | null)?.password;
}
