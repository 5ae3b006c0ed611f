import {type AuditClient, createAuditClient} from "./audit-client.ts";
import {createFieldClient, type FieldClient} from "./field-client.ts";
import type {GatewayStatus, Login} from "./gateway-api.ts";
import {type CallOptions, createHttp, type HttpOptions} from "./http.ts";
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
  };
}
