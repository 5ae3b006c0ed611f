import type {Alarm, AlarmList} from "./alarm-api.ts";
import {type AuditClient, createAuditClient} from "./audit-client.ts";
import {createFieldClient, type FieldClient} from "./field-client.ts";
import type {GatewayStatus, Login, NewToken, TokenSummary} from "./gateway-api.ts";
import {type CallOptions, createHttp, type HttpOptions, pathOf} from "./http.ts";
import {createHttpNodeClient} from "./http-node-client.ts";
import type {NodeClient} from "./node-client.ts";

const PREFIX = "/api/gateway/v1";

/** A gateway over HTTP: what the nodes, the editor, the command line and the console use. Runs in browsers, too. */
export interface GatewayClient {
  /** Address without a slash at its end. */
  readonly url: string;
  readonly audit: AuditClient;
  readonly field: FieldClient;
  readonly node: NodeClient;
  /** Errors: `gateway/unauthorised` for a wrong user or password, `gateway/too-many` after too many tries. */
  login(user: string, password: string, options?: CallOptions): Promise<Login>;
  status(options?: CallOptions): Promise<GatewayStatus>;
  readonly alarms: {
    /** Active ones. */
    list(options?: CallOptions): Promise<AlarmList>;
    /** Needs `gateway:acknowledge`. Errors: `gateway/not-found` when it is not active. */
    acknowledge(id: string, options?: CallOptions): Promise<Alarm>;
  };
  /** Tokens of machines; needs the scope `admin`. */
  readonly tokens: {
    list(): Promise<readonly TokenSummary[]>;
    create(token: {name: string; scopes: readonly string[]; days: number}): Promise<NewToken>;
    /** False when there is no such token. */
    revoke(id: string): Promise<boolean>;
  };
  /** The simulated site, where there is one; its own REST behind the gateway's guards. */
  readonly plant: {
    state(): Promise<Readonly<Record<string, unknown>>>;
    fault(fault: {device: string; fault: string; seconds: number}): Promise<void>;
    speed(speed: number): Promise<void>;
  };
}

/** Makes a client; nothing is sent yet. Errors: `client/invalid-url`; those of calls are at `createHttp`. */
export function createGatewayClient(options: HttpOptions): GatewayClient {
  const http = createHttp("gateway", options);
  return {
    url: http.url,
    audit: createAuditClient(createHttp("audit", options)),
    field: createFieldClient(createHttp("field", options)),
    node: createHttpNodeClient(createHttp("node", options)),
    login: (user, password, call) =>
      http.json({...call, method: "POST", path: `${PREFIX}/login`, body: {user, password}}),
    status: (call) => http.json({...call, path: `${PREFIX}/status`}),
    alarms: {
      list: (call) => http.json({...call, path: `${PREFIX}/alarms`}),
      acknowledge: (id, call) =>
        http.json({...call, method: "POST", path: pathOf(`${PREFIX}/alarms`, id, "acknowledge"), body: {}}),
    },
    tokens: {
      list: async () => (await http.json<{items: readonly TokenSummary[]}>({path: `${PREFIX}/tokens`})).items,
      create: (token) => http.json({method: "POST", path: `${PREFIX}/tokens`, body: token}),
      revoke: (id) => http.isDone({method: "DELETE", path: pathOf(`${PREFIX}/tokens`, id)}),
    },
    plant: {
      state: () => http.json({path: `${PREFIX}/plant/state`}),
      fault: async (body) => {
        await http.json({method: "POST", path: `${PREFIX}/plant/faults`, body});
      },
      speed: async (speed) => {
        await http.json({method: "POST", path: `${PREFIX}/plant/speed`, body: {speed}});
      },
    },
  };
}
