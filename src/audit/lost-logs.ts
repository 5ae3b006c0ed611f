// Logs that we signed heads of and that are not on this disk: a backup older than a machine, or than a machine's newer segments, was put
// back. A log that began under the origin of one of them would be its second history, so the origins are known from here on.

import {toHex} from "../bytes.ts";
import {GatewayError} from "../errors.ts";
import {readU64, type Store, u64, type Write} from "../storage/index.ts";
import {keys} from "./tables.ts";

export interface LostLogs {
  readonly count: number;
  /** The largest size that was signed under an origin; null when nothing is known to be lost there. `originHash`: its SHA-256. */
  sizeOf(originHash: Uint8Array): number | null;
  /**
   * Takes note of a head. From the call on the origin counts as used; what is anchored is on disk after the next `keep`. Errors:
   * `audit/too-many`.
   */
  note(head: {readonly originHash: Uint8Array; readonly size: number}, source: "anchor" | "kept-head"): void;
  /** Writes what came new from anchors. A synced write is not needed: the place in the anchors is written after it. */
  keep(): Promise<void>;
}

/** Origins of one gateway: sixteen times its machines. */
const ORIGINS_MAX = 65_536;

/** What the store knows. `max`: for tests. */
export async function openLostLogs(store: Store, max = ORIGINS_MAX): Promise<LostLogs> {
  const sizes = new Map<string, number>();
  let unwritten = new Map<string, Write>();
  for await (const [key, value] of store.entries(keys.allLost()))
    sizes.set(toHex(keys.lostOriginHash(key)), readU64(value));
  return {
    get count() {
      return sizes.size;
    },
    sizeOf: (originHash) => sizes.get(toHex(originHash)) ?? null,
    note: ({originHash, size}, source) => {
      const name = toHex(originHash);
      const known = sizes.get(name);
      if (known !== undefined && known >= size) return;
      if (known === undefined && sizes.size >= max)
        throw new GatewayError(
          "audit/too-many",
          `The audit key of this gateway has signed more than ${max} logs that are not on this disk; restore the newest backup.`,
        );
      sizes.set(name, size);
      // Kept heads are found again where they lie.
      if (source === "anchor") unwritten.set(name, {kind: "put", key: keys.lost(originHash), value: u64(size)});
    },
    keep: async () => {
      const writes = [...unwritten.values()];
      unwritten = new Map();
      if (writes.length > 0) await store.write(writes, {isSynced: false});
    },
  };
}
