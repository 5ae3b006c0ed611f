import type {OpcUaServer, OpcUaServerOptions} from "./opcua-server.ts";

type ServerDeps = Parameters<typeof import("./opcua-server.ts").createOpcUaServer>[1];

/** An OPC UA server; see `createOpcUaServer`. Loads node-opcua now, which a process without any OPC UA does not pay for. */
export async function openOpcUaServer(options: OpcUaServerOptions, deps: ServerDeps): Promise<OpcUaServer> {
  const {createOpcUaServer} = await import("./opcua-server.ts");
  return createOpcUaServer(options, deps);
}
