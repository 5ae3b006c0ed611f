import {readFileSync} from "node:fs";
import {createGatewayClient, type GatewayClient} from "../client/index.ts";
import {homeOf, loadConfig, urlOf} from "../config/index.ts";
import {GatewayError} from "../errors.ts";
import {createOutput, type Output} from "./output.ts";
import {cliTokenFile} from "./start/processes.ts";

/** Exit codes of every command. */
export const EXIT = {done: 0, no: 1, wrongUse: 2, unreachable: 3, refused: 4, failure: 5} as const;

/** Options that every command takes. */
export interface GlobalOptions {
  readonly home?: string;
  readonly url?: string;
  readonly json?: boolean;
}

/** What a command works with. */
export interface Context {
  readonly home: string;
  readonly output: Output;
  /** Address of the gateway: --url, else where this home's settings put it. */
  readonly url: string;
  /** Bearer token: TANGLEGATE_TOKEN, else the token file of this home; null when there is none. */
  readonly token: string | null;
  /** As address and token are now: both change when a gateway starts again. */
  readonly gateway: GatewayClient;
}

export function createContext(options: GlobalOptions): Context {
  if (options.home === "") throw new GatewayError("cli/home", "--home is empty; name a folder.");
  const home = homeOf(options.home === undefined ? process.env : {TANGLEGATE_HOME: options.home});
  const output = createOutput(options.json === true);
  const url = () => options.url ?? urlOf(loadConfig(home).config.rest);
  // The token file opens the gateway of this home and is shown to no other address.
  const token = () => process.env.TANGLEGATE_TOKEN || (options.url === undefined ? readToken(home) : null);
  return {
    home,
    output,
    get url() {
      return url();
    },
    get token() {
      return token();
    },
    get gateway() {
      const secret = token();
      if (secret === null && options.url === undefined) throw notAHome(home);
      return createGatewayClient({url: url(), ...(secret === null ? {} : {token: secret})});
    },
  };
}

/** Exit code of anything thrown: 3 no answer, 4 rights, 2 a wrong word from the person, else 5. */
export function exitCodeOf(error: unknown): number {
  if (!(error instanceof GatewayError)) return EXIT.failure;
  const [module, reason] = error.code.split("/");
  if (reason === "unreachable" || (module === "client" && reason === "timeout")) return EXIT.unreachable;
  if (reason === "unauthorised" || reason === "refused") return EXIT.refused;
  if (reason === "not-found") return EXIT.no;
  const isWrongUse =
    reason === "invalid" || reason === "invalid-url" || reason === "too-large" || reason === "conflict";
  return isWrongUse || module === "config" || module === "cli" || module === "network" ? EXIT.wrongUse : EXIT.failure;
}

function notAHome(home: string): GatewayError {
  return new GatewayError(
    "cli/home",
    `No gateway was ever started on ${home}. Name its data folder with --home or TANGLEGATE_HOME, or its address with --url and TANGLEGATE_TOKEN.`,
    {home},
  );
}

function readToken(home: string): string | null {
  try {
    return readFileSync(cliTokenFile(home), "utf8").trim() || null;
  } catch (error) {
    // Another user's home, or never started: the gateway will say what is missing.
    if (["ENOENT", "EACCES"].includes((error as NodeJS.ErrnoException).code ?? "")) return null;
    throw error;
  }
}
