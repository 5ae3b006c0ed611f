/** Address of the gateway on this machine when nothing else is said. */
export const DEFAULT_URL = "http://127.0.0.1:14265";

/** Where a gateway is and what opens it. */
export interface Access {
  readonly url: string;
  readonly token: string;
}

/**
 * What a gateway node talks to. An empty address is the gateway that runs this editor (`TANGLEGATE_URL`, else this machine's). The
 * editor's own token (`TANGLEGATE_NODE_RED_TOKEN`) goes to that gateway alone, never to an address that somebody writes into a flow.
 */
export function accessOf(
  form: {readonly url?: string | undefined; readonly token?: string | undefined},
  environment: Readonly<Record<string, string | undefined>>,
): Access {
  const own = withoutSlash(environment.TANGLEGATE_URL || DEFAULT_URL);
  const url = withoutSlash(form.url?.trim() || own);
  if (form.token) return {url, token: form.token};
  return {url, token: url === own ? (environment.TANGLEGATE_NODE_RED_TOKEN ?? "") : ""};
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, "");
}
