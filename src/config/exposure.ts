import {GatewayError} from "../errors.ts";
import type {Config} from "./schema.ts";

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/;

/** Whether an address to listen on reaches this machine alone. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}

/**
 * What other machines can reach must be encrypted, and must not open with the first password. `isFirstPassword`: nobody has changed it yet.
 * Errors: `config/exposed` with the setting and the way out.
 */
export function checkExposure({rest, events, node_red}: Config, {isFirstPassword}: {isFirstPassword: boolean}): void {
  const listeners = [
    {setting: "rest.host", host: rest.host, what: "the console", way: "run `tanglegate expose`, or set rest.tls"},
    {
      setting: "events.host",
      host: events.host,
      what: "the MQTT broker",
      way: "run `tanglegate expose --events`, or set rest.tls",
    },
    ...(node_red.enabled
      ? [
          {
            setting: "node_red.host",
            host: node_red.host,
            what: "Node-RED",
            way: "run `tanglegate expose --node-red`, or set rest.tls",
          },
        ]
      : []),
  ];
  for (const {setting, host, what, way} of listeners) {
    if (isLoopback(host)) continue;
    if (rest.tls === "off") {
      throw new GatewayError(
        "config/exposed",
        `Setting ${setting} is ${host}, so other machines would reach ${what} unencrypted: ${way}, or set ${setting} back to 127.0.0.1.`,
        {setting},
      );
    }
    if (isFirstPassword) {
      throw new GatewayError(
        "config/exposed",
        `Setting ${setting} is ${host}, and the first password in credentials.txt was not changed yet: run \`tanglegate expose\`, which asks for a new one, or set ${setting} back to 127.0.0.1 and change it at the console.`,
        {setting},
      );
    }
  }
  if (rest.tls === "files" && (rest.tls_cert === "" || rest.tls_key === "")) {
    throw new GatewayError(
      "config/exposed",
      "Setting rest.tls is files: name the certificate in rest.tls_cert and its key in rest.tls_key.",
      {setting: "rest.tls"},
    );
  }
}
