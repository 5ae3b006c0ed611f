import {type Config, isLoopback, urlOf} from "../../config/index.ts";
import {lanAddress, ownNames} from "../../tls/index.ts";

/** Where people open things: a listener of this machine alone by its own address, one for others by the address they use. */
export interface Addresses {
  readonly console: string;
  readonly nodeRed: string | null;
  readonly mqtt: string;
}

export function addressesOf({rest, node_red, events}: Config): Addresses {
  const at = (listener: {host: string; port: number}, [plain, encrypted]: readonly [string, string]) => {
    const isOpen = !isLoopback(listener.host);
    const isWildcard = listener.host === "0.0.0.0" || listener.host === "::";
    const host = isOpen && isWildcard ? (lanAddress(ownNames()) ?? listener.host) : listener.host;
    return urlOf({host, port: listener.port}).replace("http", isOpen && rest.tls !== "off" ? encrypted : plain);
  };
  return {
    console: at(rest, ["http", "https"]),
    nodeRed: node_red.enabled ? at(node_red, ["http", "https"]) : null,
    mqtt: at(events, ["mqtt", "mqtts"]),
  };
}
