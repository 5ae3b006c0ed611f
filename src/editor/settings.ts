import {isLoopback} from "../config/index.ts";
import type {Log} from "../log.ts";
import type {EditorLogin} from "./login.ts";
import {forwardTo, type NodeRedMessage} from "./node-red-log.ts";

/** What the Node-RED process is set up with. */
export interface EditorOptions {
  readonly host: string;
  /** 0 = any free port. */
  readonly port: number;
  /** Folder of the process, `<home>/node-red`. */
  readonly folder: string;
  /** Folder whose package.json lists our nodes under "node-red". */
  readonly palette: string;
  /** Folder of the example flows. */
  readonly examples: string;
  readonly isDemo: boolean;
  /** Offer the nodes that reach the whole machine. */
  readonly unsafeNodes: boolean;
}

// Files of Node-RED's own nodes that run programs, read and write any file, or watch folders.
const UNSAFE_NODES = ["90-exec.js", "10-file.js", "23-watch.js"];
/** Where flows' own HTTP endpoints are served, on loopback only. */
export const FLOW_ROUTES = "/http";
const SESSION_SECONDS = 12 * 3600;

/**
 * Node-RED's settings: closed by default. No telemetry, no update check, no installs from the palette, no modules in functions;
 * login against the gateway; HTTP endpoints of flows have no login of their own, so they are served on loopback only.
 */
export function settingsOf(
  options: EditorOptions,
  deps: {
    readonly login: EditorLogin;
    readonly credentialSecret: string;
    readonly log: Log;
    readonly onLog: (message: NodeRedMessage) => void;
  },
): object {
  const forward = forwardTo(deps.log);
  const handler = (message: NodeRedMessage) => {
    forward(message);
    deps.onLog(message);
  };
  return {
    userDir: options.folder,
    flowFile: "flows.json",
    flowFilePretty: true,
    credentialSecret: deps.credentialSecret,
    nodesDir: [options.palette],
    nodesExcludes: options.unsafeNodes ? [] : UNSAFE_NODES,
    tlsConfigDisableLocalFiles: !options.unsafeNodes,
    httpAdminRoot: "/",
    httpNodeRoot: isLoopback(options.host) ? FLOW_ROUTES : false,
    uiHost: options.host,
    uiPort: options.port,
    adminAuth: {
      type: "credentials",
      sessionExpiryTime: SESSION_SECONDS,
      authenticate: deps.login.authenticate,
      users: deps.login.user,
    },
    functionExternalModules: false,
    externalModules: {
      autoInstall: false,
      palette: {allowInstall: false, allowUpdate: false, allowUpload: false},
      modules: {allowInstall: false},
    },
    telemetry: {enabled: false, updateNotification: false},
    diagnostics: {enabled: true, ui: true},
    runtimeState: {enabled: false, ui: false},
    exportGlobalContextKeys: false,
    paletteCategories: ["subflows", "tanglegate", "common", "function", "network", "sequence", "parser", "storage"],
    editorTheme: {
      page: {title: "Tanglegate"},
      header: {title: "Tanglegate", url: "/"},
      // Off is the default; saying so makes Node-RED warn at every start.
      projects: {},
      palette: {catalogues: []},
      tours: false,
      userMenu: true,
      codeEditor: {lib: "monaco"},
    },
    logging: {
      console: {level: "off", metrics: false, audit: false},
      tanglegate: {level: "debug", metrics: false, audit: true, handler: () => handler},
    },
  };
}
