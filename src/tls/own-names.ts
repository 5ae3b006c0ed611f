import {hostname, networkInterfaces} from "node:os";

/** The names and addresses by which this machine can be reached. */
export interface OwnNames {
  readonly names: readonly string[];
  /** Without those that only hold together with an interface (fe80::). */
  readonly addresses: readonly string[];
}

/** As they are now; `extra` are names or addresses that a setting names. */
export function ownNames(extra: readonly string[] = []): OwnNames {
  const host = hostname().toLowerCase();
  const isAddress = (text: string) => /^[0-9.]+$/.test(text) || text.includes(":");
  const isWildcard = (text: string) => text === "0.0.0.0" || text === "::";
  const given = extra.filter((text) => !isWildcard(text));
  const found = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const addresses = found.map(({address}) => address).filter((address) => !/^fe80:/i.test(address));
  return {
    names: unique([
      host,
      ...(host.includes(".") ? [] : [`${host}.local`]),
      "localhost",
      ...given.filter((text) => !isAddress(text)),
    ]),
    addresses: unique(["127.0.0.1", "::1", ...addresses, ...given.filter(isAddress)]),
  };
}

/** The address that other machines most likely reach this one by; null when it is on no network. IPv4 first, because people type it. */
export function lanAddress({addresses}: OwnNames): string | null {
  const outside = addresses.filter((address) => !address.startsWith("127.") && address !== "::1");
  return outside.find((address) => !address.includes(":")) ?? outside[0] ?? null;
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}
