import {z} from "zod";
import {GatewayError} from "../errors.ts";

// network.json: what a network is, for everybody. Public; handed to other gateways and to auditors as the root of their trust.

const publicKey = z.string().regex(/^0x[0-9a-f]{64}$/, "a 32-byte Ed25519 public key as 0x-hex");

const networkFile = z.strictObject({
  format: z.literal("tanglegate-network/v1"),
  protocol: z.strictObject({
    version: z.literal(2),
    // TIP-22 writes its length in one byte.
    networkName: z.string().min(1).max(255),
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

/** Name of the demo's network: the same in every copy, so nothing real may be built on it. */
export const DEMO_NETWORK_NAME = "tanglegate-demo";

/**
 * Whether a home's network is that of the site its settings describe. A log's name holds the site's, so neither may change under it.
 * Errors: `network/site` with the way out.
 */
export function checkSite(network: NetworkFile, site: {readonly name: string; readonly isDemo: boolean}): void {
  const {networkName} = network.protocol;
  const isDemoNetwork = networkName === DEMO_NETWORK_NAME;
  if (isDemoNetwork && !site.isDemo) {
    throw new GatewayError(
      "network/site",
      "This data folder holds the demo and its network. Take gateway.yaml out and let `tanglegate setup` make it a site, or begin in a new folder with TANGLEGATE_HOME or --home.",
    );
  }
  if (!isDemoNetwork && site.isDemo) {
    throw new GatewayError(
      "network/site",
      `This data folder belongs to the network ${networkName}, but its gateway.yaml is gone. Put it back.`,
      {networkName},
    );
  }
  if (network.members.every(({name}) => name !== site.name)) {
    const known = network.members.map(({name}) => name).join(", ");
    throw new GatewayError(
      "network/site",
      `The setting site.name is ${site.name}, but this data folder was made for ${known}. Logs cannot change their name: set it back, or begin in a new data folder.`,
      {site: site.name},
    );
  }
}
