import {X509Certificate} from "node:crypto";
import type {Clock} from "../clock.ts";
import {sentenceOf} from "../errors.ts";
import type {Log} from "../log.ts";
import type {Random} from "../random.ts";
import {createService, type Service} from "../service.ts";
import {
  type Certificate,
  type CertificateSource,
  changedAtMs,
  ensureCertificate,
  readCertificate,
} from "./certificate-files.ts";
import type {OwnNames} from "./own-names.ts";

/** How often certificates are looked at. */
export const LOOK_MS = 3_600_000;

/** The certificate of a process's listeners, kept good while it runs. */
export interface Certificates extends Service {
  /** As it is now. Call after `start`. */
  current(): Certificate;
  /** Whether it is for this host name. */
  covers(name: string): boolean;
  /** Calls back when there is a new one. */
  onChange(listener: () => void): void;
}

export interface CertificatesOptions {
  readonly source: CertificateSource;
  /** Makes and renews; otherwise another process does, and this one takes what is new. */
  readonly isMaker: boolean;
}

/** Errors of `start`: `tls/files`. Later faults are logged, and the certificate stays the one it was. */
export function createCertificates(
  {source, isMaker}: CertificatesOptions,
  deps: {
    readonly clock: Clock;
    readonly random: Random;
    readonly log: Log;
    /** Names and addresses of the machine, which change while it runs. */
    readonly own: () => OwnNames;
  },
): Certificates {
  const {clock, random, log, own} = deps;
  const listeners: (() => void)[] = [];
  let ending = new AbortController();
  let current: Certificate | null = null;
  let readAtMs = 0;

  const make = async () => {
    if (isMaker) await ensureCertificate(source, {own: own(), nowMs: clock.now(), random});
  };
  const read = () => {
    const changedMs = changedAtMs(source);
    current = readCertificate(source);
    readAtMs = changedMs;
  };
  const look = async () => {
    try {
      await make();
      if (changedAtMs(source) === readAtMs) return;
      read();
      log.info({endsAt: new Date(current!.endsMs).toISOString()}, "new certificate");
      for (const listener of listeners) listener();
    } catch (error) {
      log.warn({reason: sentenceOf(error)}, "the certificate cannot be renewed; the one in use stays");
    }
  };
  const lookAgain = async (signal: AbortSignal) => {
    for (;;) {
      await clock.sleep(LOOK_MS, signal);
      await look();
    }
  };

  const service = createService({
    start: async () => {
      await make();
      read();
      ending = new AbortController();
      // Only its own end ends the loop.
      lookAgain(ending.signal).catch(() => undefined);
    },
    stop: async () => ending.abort(),
  });
  return {
    ...service,
    current: () => current!,
    covers: (name) => current !== null && new X509Certificate(current.certificate).checkHost(name) !== undefined,
    onChange: (listener) => {
      listeners.push(listener);
    },
  };
}
