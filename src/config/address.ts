// Where one of our listeners is reached from this machine. Settings name the address to listen on, which may be a wildcard or an
// IPv6 address; a URL wants neither.

/** "127.0.0.1:14265", "[::1]:14265": what stands in a URL for a listener's host and port. */
export function authorityOf({host, port}: {readonly host: string; readonly port: number}): string {
  const reachable = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
  return `${reachable.includes(":") ? `[${reachable}]` : reachable}:${port}`;
}

/** "http://127.0.0.1:14265" */
export function urlOf(listener: {readonly host: string; readonly port: number}): string {
  return `http://${authorityOf(listener)}`;
}
