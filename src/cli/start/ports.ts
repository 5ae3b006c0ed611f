import {createServer} from "node:net";
import type {Config} from "../../config/index.ts";
import {GatewayError} from "../../errors.ts";

/** A port that a process will listen on, and the settings that place it. */
export interface WantedPort {
  readonly setting: string;
  readonly hostSetting: string;
  readonly host: string;
  readonly port: number;
}

/** All ports of the processes that will run. Port 0 (any free one) is left out. */
export function wantedPorts(config: Config): readonly WantedPort[] {
  const {rest, events, node_red, field, plant} = config;
  const at = (setting: string, host: string, port: number): WantedPort => ({
    setting,
    hostSetting: `${setting.split(".")[0]}.host`,
    host,
    port,
  });
  return [
    at("rest.port", rest.host, rest.port),
    at("events.port", events.host, events.port),
    at("field.port", field.host, field.port),
    ...(node_red.enabled ? [at("node_red.port", node_red.host, node_red.port)] : []),
    ...(plant.enabled
      ? [
          at("plant.modbus_port", plant.host, plant.modbus_port),
          at("plant.opcua_port", plant.host, plant.opcua_port),
          at("plant.rest_port", plant.host, plant.rest_port),
        ]
      : []),
  ].filter(({port}) => port !== 0);
}

/** Binds every port once and lets it go. Errors: `start/port` naming the setting of the first that cannot be had. */
export async function checkPorts(ports: readonly WantedPort[]): Promise<void> {
  for (const [index, wanted] of ports.entries()) {
    const other = ports.slice(0, index).find((before) => meet(before, wanted));
    if (other !== undefined) {
      throw new GatewayError(
        "start/port",
        `The settings ${other.setting} and ${wanted.setting} both name port ${wanted.port}. Give one of them another.`,
      );
    }
    await checkPort(wanted);
  }
}

// One after the other can be had; together they cannot when one address holds the other.
function meet(a: WantedPort, b: WantedPort): boolean {
  const areAll = [a.host, b.host].some((host) => host === "0.0.0.0" || host === "::");
  return a.port === b.port && (areAll || nameOf(a.host) === nameOf(b.host));
}

function nameOf(host: string): string {
  return host.toLowerCase() === "localhost" ? "127.0.0.1" : host;
}

function checkPort({setting, hostSetting, host, port}: WantedPort): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => {
      const variable = `TANGLEGATE_${setting.replace(".", "_").toUpperCase()}`;
      reject(
        new GatewayError("start/port", sentenceFor(error, {setting, hostSetting, host, port, variable}), {
          setting,
          port,
        }),
      );
    });
    server.listen({host, port, exclusive: true}, () => server.close(() => resolve()));
  });
}

function sentenceFor(error: NodeJS.ErrnoException, facts: WantedPort & {variable: string}): string {
  const {setting, hostSetting, host, port, variable} = facts;
  const wayOut = `set ${setting} in gateway.yaml or ${variable} in the environment`;
  switch (error.code) {
    case "EADDRINUSE":
      return `Port ${port} on ${host} (setting ${setting}) is taken by another program. Stop it, or ${wayOut}.`;
    case "EACCES":
      return `Port ${port} (setting ${setting}) needs more rights than this user has. Use a port above 1023: ${wayOut}.`;
    default:
      return `Nothing can listen on ${host}:${port} (settings ${hostSetting}, ${setting}): ${error.message}.`;
  }
}
