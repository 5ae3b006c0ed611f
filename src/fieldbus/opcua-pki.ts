// The gateway's own certificate and its trust in servers, in one folder: own/, trusted/, rejected/, issuers/ (the layout that OPC UA
// tools know), and pins.json. A server's certificate that nobody has trusted is put into rejected/ and the connection is refused; with
// `trustOnFirstUse` the first certificate of an endpoint is trusted and pinned, and another one later is refused until a person
// moves it into trusted/certs. Nothing is ever read from or written to the home folder of the user.

import {createHash} from "node:crypto";
import {mkdir, readFile, rename, writeFile} from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type {OPCUACertificateManager} from "node-opcua";
import {GatewayError} from "../errors.ts";
import type {OpcUaLibrary} from "./opcua-library.ts";

const CERTIFICATE_DAYS = 20 * 365;
const APPLICATION_NAME = "Tanglegate";

export interface OpcUaPki {
  readonly applicationName: string;
  readonly applicationUri: string;
  readonly certificateFile: string;
  readonly privateKeyFile: string;
  /** Opens the store; `dispose` it after use. Makes the gateway's key and certificate when there are none. */
  open(): Promise<OPCUACertificateManager>;
  /** Whether the server may be talked to. Errors: `fieldbus/untrusted` with the fingerprint and where the file lies. */
  checkServer(check: {
    readonly store: OPCUACertificateManager;
    readonly certificate: Uint8Array;
    readonly endpoint: string;
    readonly trustOnFirstUse: boolean;
  }): Promise<void>;
}

export function createOpcUaPki(folder: string, library: OpcUaLibrary): OpcUaPki {
  const applicationUri = `urn:${os.hostname()}:tanglegate`;
  const certificateFile = path.join(folder, "own", "certs", "tanglegate.pem");
  const pinsFile = path.join(folder, "pins.json");
  // One at a time: several devices start together, and the first one makes the key.
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const result = turn.then(work, work);
    turn = result.catch(() => undefined);
    return result;
  };

  const open = async (): Promise<OPCUACertificateManager> => {
    await mkdir(folder, {recursive: true, mode: 0o700});
    const store = new library.OPCUACertificateManager({rootFolder: folder, disableFileWatchers: true});
    await store.initialize();
    if (!(await exists(certificateFile))) {
      await store.createSelfSignedCertificate({
        applicationUri,
        dns: [os.hostname()],
        outputFile: certificateFile,
        subject: `/CN=${APPLICATION_NAME}@${os.hostname()}`,
        startDate: new Date(),
        validity: CERTIFICATE_DAYS,
      });
    }
    return store;
  };

  const readPins = async (): Promise<Record<string, string>> => {
    try {
      return JSON.parse(await readFile(pinsFile, "utf8")) as Record<string, string>;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
      throw new GatewayError("fieldbus/pins-unreadable", `${pinsFile} cannot be read. Delete it to trust anew.`, {});
    }
  };

  const writePins = async (pins: Record<string, string>) => {
    const next = `${pinsFile}.next`;
    await writeFile(next, `${JSON.stringify(pins, null, 2)}\n`, {mode: 0o600});
    await rename(next, pinsFile);
  };

  return {
    applicationName: APPLICATION_NAME,
    applicationUri,
    certificateFile,
    privateKeyFile: path.join(folder, "own", "private", "private_key.pem"),
    open: () => inTurn(open),
    checkServer: ({store, certificate, endpoint, trustOnFirstUse}) =>
      inTurn(async () => {
        const bytes = Buffer.from(certificate);
        const status = (await store.checkCertificate(bytes)).name;
        if (status === "Good") return;
        const fingerprint = fingerprintOf(bytes);
        const pins = await readPins();
        const pinned = pins[endpoint];
        const mayTrust = trustOnFirstUse && (pinned === undefined || pinned === fingerprint);
        if (status === "BadCertificateUntrusted" && mayTrust) {
          await store.trustCertificate(bytes);
          await writePins({...pins, [endpoint]: fingerprint});
          return;
        }
        throw untrusted({status, endpoint, fingerprint, folder, hasChanged: trustOnFirstUse && pinned !== undefined});
      }),
  };
}

/** SHA-256 of the certificate as people compare it: "AB:CD:...". */
function fingerprintOf(certificate: Uint8Array): string {
  const hex = createHash("sha256").update(certificate).digest("hex").toUpperCase();
  return hex.match(/../g)!.join(":");
}

function untrusted(facts: {
  status: string;
  endpoint: string;
  fingerprint: string;
  folder: string;
  hasChanged: boolean;
}): GatewayError {
  const {status, endpoint, fingerprint, folder, hasChanged} = facts;
  const sentence =
    status !== "BadCertificateUntrusted"
      ? `The certificate of ${endpoint} is not valid: ${status}.`
      : hasChanged
        ? `${endpoint} shows another certificate than the one trusted at first use. Its SHA-256 fingerprint is ${fingerprint}.`
        : `Nobody has trusted the certificate of ${endpoint} yet. Its SHA-256 fingerprint is ${fingerprint}.`;
  return new GatewayError("fieldbus/untrusted", sentence, {status, endpoint, fingerprint, folder, hasChanged});
}

async function exists(file: string): Promise<boolean> {
  try {
    await readFile(file);
    return true;
  } catch {
    return false;
  }
}
