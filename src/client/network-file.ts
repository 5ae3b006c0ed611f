import {z} from "zod";
import {GatewayError} from "../errors.ts";

// network.json: what a network is, for everybody. Public; handed to other gateways and to auditors as the root of their trust.

const publicKey = z.string().regex(/^0x[0-9a-f]{64}$/, "a 32-byte Ed25519 public key as 0x-hex");

const networkFile = z.strictObject({
  format: z.literal("tanglegate-network/v1"),
  protocol: z.strictObject({
    version: z.literal(2),
    networkName: z.string().min(1).max(64),
    bech32Hrp: z.string().min(1).max(16),
    minPowScore: z.int().min(0).max(4_294_967_295),
    belowMaxDepth: z.int().min(1).max(255),
    rentStructure: z.strictObject({
      vByteCost: z.int().min(0),
      vByteFactorData: z.int().min(0).max(255),
      vByteFactorKey: z.int().min(0).max(255),
    }),
    /** Decimal string of base tokens. */
    tokenSupply: z.string().regex(/^[0-9]+$/),
  }),
  coordinator: z.strictObject({
    /** Signatures a milestone needs. */
    threshold: z.int().min(1).max(255),
    /** Keys and the milestone indexes they may sign; `end` 0 = for ever. */
    keys: z.array(z.strictObject({publicKey, start: z.int().min(0), end: z.int().min(0)})).min(1),
  }),
  /** Gateways of the network and the keys that sign their audit logs. */
  members: z.array(z.strictObject({name: z.string().min(1), auditKey: publicKey})),
});

/** Contents of network.json. */
export type NetworkFile = z.infer<typeof networkFile>;

/** Reads network.json's text. `name`: the file, for the message. Errors: `network/not-json`, `network/invalid` with the field. */
export function parseNetworkFile(text: string, name = "network.json"): NetworkFile {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new GatewayError("network/not-json", `${name} is not a network file: it is not JSON.`);
  }
  const parsed = networkFile.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw new GatewayError(
    "network/invalid",
    `${name} is not a network file: ${issue.path.join(".") || "its form"}: ${issue.message}.`,
  );
}
