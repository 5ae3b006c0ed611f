import {type AccessClient, createAccessClient} from "./access-client.ts";
import type {Alarm, AlarmList} from "./alarm-api.ts";
import {type AuditClient, createAuditClient} from "./audit-client.ts";
import {createFieldClient, type FieldClient} from "./field-client.ts";
import type {GatewayStatus, SetupAnswer, SetupState} from "./gateway-api.ts";
import {type CallOptions, createHttp, type HttpOptions, pathOf} from "./http.ts";
import {createHttpNodeClient} from "./http-node-client.ts";
import type {NodeClient} from "./node-client.ts";

const PREFIX = "/api/gateway/v1";

/** A gateway over HTTP: what the nodes, the editor, the command line and the console use. Runs in browsers, too. */
export interface GatewayClient extends AccessClient {
  /** Address without a slash at its end. */
  readonly url: string;
  readonly audit: AuditClient;
  readonly field: FieldClient;
  readonly node: NodeClient;
  status(options?: CallOptions): Promise<GatewayStatus>;
  readonly alarms: {
    /** Active ones. */
    list(options?: CallOptions): Promise<AlarmList>;
    /** Needs `gateway:acknowledge`. Errors: `gateway/not-found` when it is not active. */
    acknowledge(id: string, options?: CallOptions): Promise<Alarm>;
  };
  /** From the demo to a site; needs the scope `admin`. Errors of `begin`: `gateway/invalid` the name, `gateway/conflict` not the demo. */
  readonly setup: {
    state(options?: CallOptions): Promise<SetupState>;
    /** The gateway ends after its answer and starts again as the new site. */
    begin(site: {siteName: string; keepUsers?: boolean}): Promise<SetupAnswer>;
  };
  /** Has all processes of the gateway started again, with its settings as they are now; needs the scope `admin`. */
  restart(): Promise<void>;
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
    ...createAccessClient(http),
    status: (call) => http.json({...call, path: `${PREFIX}/status`}),
    alarms: {
      list: (call) => http.json({...call, path: `${PREFIX}/alarms`}),
      acknowledge: (id, call) =>
        http.json({...call, method: "POST", path: pathOf(`${PREFIX}/alarms`, id, "acknowledge"), body: {}}),
    },
    setup: {
      state: (call) => http.json({...call, path: `${PREFIX}/setup`}),
      begin: (body) => http.json({method: "POST", path: `${PREFIX}/setup`, body}),
    },
    restart: async () => {
      await http.json({method: "POST", path: `${PREFIX}/restart`, body: {}});
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
