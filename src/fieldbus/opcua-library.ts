import type {Log} from "../log.ts";

export type OpcUaLibrary = typeof import("node-opcua");

let loading: Promise<OpcUaLibrary> | null = null;

/** node-opcua, loaded when the first OPC UA device needs it: it takes some 90 MB of memory. Its own words go to our log as `debug`. */
export function loadOpcUa(log: Log): Promise<OpcUaLibrary> {
  loading ??= import("node-opcua").then((library) => {
    // What the library warns of reaches people through the reason of a device; its texts hold certificates and must not go to the log.
    const quiet = (text: unknown) => log.debug({text: String(text).slice(0, 200)}, "node-opcua");
    library.setWarningLogger(quiet);
    library.setErrorLogger(quiet);
    return library;
  });
  return loading;
}
