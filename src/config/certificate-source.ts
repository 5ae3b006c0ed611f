import path from "node:path";
import {isLoopback} from "./exposure.ts";
import type {LoadedConfig} from "./load.ts";

/** Where the certificate for other machines comes from. */
export type ConfiguredCertificate =
  /** Made here, in `folder`. */
  | {readonly kind: "self-signed"; readonly folder: string; readonly site: string}
  /** Files of the owner. */
  | {readonly kind: "files"; readonly certificate: string; readonly key: string};

/** The certificate that `rest.tls` asks for; null for none. A relative path of a file begins in the home. */
export function certificateOf({config, home}: LoadedConfig): ConfiguredCertificate | null {
  const {tls, tls_cert, tls_key} = config.rest;
  switch (tls) {
    case "off":
      return null;
    case "self-signed":
      return {kind: tls, folder: path.join(home, "gateway", "tls"), site: config.site.name};
    case "files":
      return {kind: tls, certificate: path.resolve(home, tls_cert), key: path.resolve(home, tls_key)};
  }
}

/** Names and addresses that the settings give this machine. */
export function configuredHosts({config}: LoadedConfig): readonly string[] {
  return [config.rest.host, config.events.host, config.node_red.host].filter((host) => !isLoopback(host));
}
