import {existsSync, readFileSync} from "node:fs";
import path from "node:path";
import {toHex} from "../bytes.ts";
import {checkSite, DEMO_NETWORK_NAME, type NetworkFile, parseNetworkFile} from "../client/index.ts";
import {GatewayError} from "../errors.ts";
import {writeWhole} from "../files.ts";
import type {Signer} from "../identity/index.ts";

/** Keys of this gateway that a network knows it by. */
interface OwnKeys {
  readonly coordinator: Signer;
  readonly auditLog: Signer;
}

/**
 * Reads the home's network.json; when there is none, founds a private network with this gateway as its coordinator.
 * Errors: `network/...` for a file that does not have the form; `network/site` when it belongs to another site; `network/keys` when it names other audit keys for this site.
 */
export function loadOrFoundNetwork(home: string, site: {name: string; isDemo: boolean}, keys: OwnKeys): NetworkFile {
  const file = path.join(home, "network.json");
  if (!existsSync(file)) {
    const network = foundNetwork(site, keys);
    writeWhole(file, `${JSON.stringify(network, null, 2)}\n`, 0o644);
    return network;
  }
  const network = parseNetworkFile(readFileSync(file, "utf8"), file);
  checkSite(network, site);
  const member = network.members.find(({name}) => name === site.name);
  const auditKey = toHex(keys.auditLog.publicKey);
  if (member !== undefined && member.auditKey !== auditKey) {
    throw new GatewayError(
      "network/keys",
      `network.json names another audit key for ${site.name} than this home holds. Restore gateway/keys.json, or choose another site.name.`,
      {site: site.name},
    );
  }
  return network;
}

/** Whether this gateway's coordinator key is one of the network's. */
export function isCoordinator(network: NetworkFile, signer: Signer): boolean {
  const publicKey = toHex(signer.publicKey);
  return network.coordinator.keys.some((key) => key.publicKey === publicKey);
}

function foundNetwork(site: {name: string; isDemo: boolean}, keys: OwnKeys): NetworkFile {
  return {
    format: "tanglegate-network/v1",
    protocol: {
      version: 2,
      // A real site's network has its name in it, so that its blocks and signatures are worth nothing anywhere else.
      networkName: site.isDemo ? DEMO_NETWORK_NAME : `tanglegate-${site.name}`,
      bech32Hrp: "tgd",
      minPowScore: 1,
      belowMaxDepth: 15,
      rentStructure: {vByteCost: 100, vByteFactorData: 1, vByteFactorKey: 10},
      tokenSupply: "1000000000000000",
    },
    coordinator: {threshold: 1, keys: [{publicKey: toHex(keys.coordinator.publicKey), start: 0, end: 0}]},
    members: [{name: site.name, auditKey: toHex(keys.auditLog.publicKey)}],
  };
}
