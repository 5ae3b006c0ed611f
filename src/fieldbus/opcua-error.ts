import {GatewayError, sentenceOf} from "../errors.ts";
import type {LinkFault} from "./link-fault.ts";

interface Fault {
  readonly pattern: RegExp;
  readonly code: string;
  readonly fault: LinkFault;
  /** Means this only where certificates are exchanged. */
  readonly needsSecurity?: true;
  readonly sentence: string;
  readonly remedy: string;
}

// node-opcua tells what went wrong in its sentences only, with the status code of OPC 10000-4 in them. The order matters.
const FAULTS: readonly Fault[] = [
  {
    pattern: /BadCertificateUriInvalid/,
    code: "fieldbus/certificate",
    fault: "certificate",
    sentence: "the application URI in a certificate is not the one the application names",
    remedy:
      "Delete own/certs in the PKI folder so that this gateway makes a new certificate, then trust it in the server.",
  },
  {
    pattern: /BadSecurityChecksFailed|BadCertificateUntrusted|BadCertificateInvalid/,
    code: "fieldbus/certificate",
    fault: "certificate",
    sentence: "the server does not accept this gateway's certificate",
    remedy: "In the server, move the certificate of Tanglegate from the rejected to the trusted ones.",
  },
  {
    // Some servers say nothing and hang up on a certificate that they do not know.
    pattern: /disconnected by third party/,
    code: "fieldbus/certificate",
    fault: "certificate",
    needsSecurity: true,
    sentence: "the server closes the connection as soon as it sees this gateway's certificate",
    remedy: "In the server, move the certificate of Tanglegate from the rejected to the trusted ones.",
  },
  {
    pattern: /BadCertificateTimeInvalid/,
    code: "fieldbus/certificate",
    fault: "expired",
    sentence: "a certificate is expired or not valid yet",
    remedy: "Check the clocks of both sides, then make a new certificate where it is expired.",
  },
  {
    pattern: /BadIdentityTokenRejected|BadIdentityTokenInvalid|BadUserAccessDenied/,
    code: "fieldbus/login",
    fault: "login",
    sentence: "the server refuses the login",
    remedy: "Check user and password, and that the server allows this kind of login.",
  },
  {
    pattern: /BadSecurityPolicyRejected|BadSecurityModeRejected|cannot find endpoint|no matching endpoint/i,
    code: "fieldbus/endpoint",
    fault: "endpoint",
    sentence: "the server offers no endpoint with this security mode and policy",
    remedy: "Choose one that the server offers, or switch this one on in the server.",
  },
  {
    pattern: /BadTooManySessions|BadMaxConnectionsReached|BadTcpNotEnoughResources/,
    code: "fieldbus/unavailable",
    fault: "too-many-clients",
    sentence: "the server takes no more clients",
    remedy: "End other clients, or raise the number of sessions in the server.",
  },
  {
    pattern: /ECONNREFUSED/,
    code: "fieldbus/unavailable",
    fault: "refused",
    sentence: "the connection is refused",
    remedy:
      "The host is there, but nothing listens on this port. Check the port, and that the OPC UA server is switched on.",
  },
  {
    pattern: /ENOTFOUND|EAI_AGAIN/,
    code: "fieldbus/unavailable",
    fault: "unknown-host",
    sentence: "the name cannot be resolved",
    remedy: "Check the spelling, or use the IP address.",
  },
  {
    pattern: /EHOSTUNREACH|ENETUNREACH|ETIMEDOUT/,
    code: "fieldbus/unavailable",
    fault: "unreachable",
    sentence: "nothing answers there",
    remedy: "Check the address, the cable, and that the machine is on.",
  },
  {
    pattern: /the connection was lost|disconnected by third party|ECONNRESET|EPIPE/,
    code: "fieldbus/unavailable",
    fault: "closed",
    sentence: "the server closed the connection",
    remedy: "The server ended, or ended the session. The gateway connects again by itself; look into the server's log.",
  },
];

const UNKNOWN_REMEDY = "Check the address, the cable, and that the server is running.";

/**
 * Anything that node-opcua throws, in our words. Errors of ours pass unchanged. `isSecured`: whether certificates were exchanged when it
 * was thrown.
 */
export function opcUaError(endpoint: string, error: unknown, {isSecured} = {isSecured: true}): GatewayError {
  if (error instanceof GatewayError) return error;
  const text = sentenceOf(error);
  const fault = FAULTS.find(
    (candidate) => candidate.pattern.test(text) && (isSecured || candidate.needsSecurity !== true),
  );
  const reason = fault?.sentence ?? text.split("\n")[0]!.slice(0, 200).replace(/\.$/, "");
  const status = /Bad[A-Z][A-Za-z]+/.exec(text)?.[0] ?? null;
  return new GatewayError(
    fault?.code ?? "fieldbus/unavailable",
    `${endpoint}: ${reason}.`,
    {endpoint, status, fault: fault?.fault ?? null},
    {
      cause: error,
    },
  );
}

/** What a person can do about an error of an OPC UA server; null when there is nothing to add. */
export function opcUaRemedy(error: unknown): string | null {
  if (!(error instanceof GatewayError)) return null;
  if (error.code === "fieldbus/untrusted") return untrustedRemedy(error);
  if (error.code === "fieldbus/silent")
    return "Check the machine and the network; the gateway connects again by itself.";
  if (error.code === "fieldbus/node-id")
    return "Check the node id with an OPC UA browser; it is the text that starts with ns= or nsu=.";
  if (error.code === "fieldbus/endpoint") return FAULTS.find((fault) => fault.code === error.code)!.remedy;
  const text = sentenceOf(error.cause ?? error);
  const isOurs = ({fault}: Fault) => error.facts.fault === undefined || error.facts.fault === fault;
  const fault = FAULTS.find((candidate) => candidate.pattern.test(text) && isOurs(candidate));
  if (fault !== undefined) return fault.remedy;
  return error.code === "fieldbus/unavailable" ? UNKNOWN_REMEDY : null;
}

function untrustedRemedy(error: GatewayError): string {
  if (error.facts.status !== "BadCertificateUntrusted") {
    return "Have a valid certificate made for the server; this one cannot be trusted.";
  }
  const move = `move its file from ${error.facts.folder}/rejected to ${error.facts.folder}/trusted/certs`;
  return `Compare the fingerprint with the one the server itself shows. When they are the same, ${move}.`;
}
