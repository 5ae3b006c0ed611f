import {GatewayError} from "../../errors.ts";

const MODES = ["SignAndEncrypt", "Sign", "None"] as const;
const POLICIES = ["Aes256_Sha256_RsaPss", "Aes128_Sha256_RsaOaep", "Basic256Sha256", "None"] as const;

/** What a server offers at one address. */
export interface OfferedEndpoint {
  readonly securityMode: (typeof MODES)[number];
  readonly securityPolicy: (typeof POLICIES)[number];
  /** Kinds of login: "anonymous", "user", "certificate". */
  readonly logins: readonly string[];
}

export interface OpcUaServerFound {
  readonly applicationName: string;
  readonly applicationUri: string;
  /** Those that this gateway can use, the safest first. */
  readonly endpoints: readonly OfferedEndpoint[];
}

const LOGINS = ["anonymous", "user", "certificate"] as const;
const ENDPOINTS_MAX = 64;

/** One of a server's endpoint descriptions, as OPC 10000-4, section 7.14, has them. */
export interface EndpointDescription {
  readonly securityModeName: string;
  readonly securityPolicyUri: string | null;
  /** Numbers of OPC 10000-4, section 7.43: 0 anonymous, 1 user name, 2 certificate. */
  readonly tokenTypes: readonly number[];
  readonly applicationName: string | null;
  readonly applicationUri: string | null;
}

/** Puts what GetEndpoints answered in order. Errors: `fieldbus/endpoint` when there is none that this gateway can use. */
export function describeServer(endpoint: string, offered: readonly EndpointDescription[]): OpcUaServerFound {
  const usable = offered.slice(0, ENDPOINTS_MAX).flatMap((entry) => {
    const securityMode = MODES.find((mode) => mode === entry.securityModeName);
    const policyName = entry.securityPolicyUri?.split("#")[1] ?? "None";
    const securityPolicy = POLICIES.find((policy) => policy === policyName);
    if (securityMode === undefined || securityPolicy === undefined) return [];
    const logins = LOGINS.filter((_, type) => entry.tokenTypes.includes(type));
    return [{securityMode, securityPolicy, logins}];
  });
  const first = offered[0];
  if (first === undefined || usable.length === 0) {
    throw new GatewayError("fieldbus/endpoint", `${endpoint} offers no security that this gateway knows.`, {endpoint});
  }
  const rank = ({securityMode, securityPolicy}: OfferedEndpoint) =>
    MODES.indexOf(securityMode) * POLICIES.length + POLICIES.indexOf(securityPolicy);
  return {
    applicationName: clean(first.applicationName),
    applicationUri: clean(first.applicationUri),
    endpoints: usable.sort((a, b) => rank(a) - rank(b)),
  };
}

/** Text of a stranger: short, and no control characters. */
function clean(text: string | null): string {
  return (text ?? "").replace(/\p{C}/gu, "").slice(0, 128);
}
