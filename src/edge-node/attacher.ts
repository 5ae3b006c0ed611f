// What a client leaves open the node fills in (TIP-25, POST /blocks): parents by tip selection, the nonce by proof of work. A miner has
// no memory, so a search may start again with fresh tips at any time; but it starts at the same nonces, so with the same parents it
// would only repeat itself. Hence parents are renewed while mining only when one of them is no tip any more.

import type {NetworkFile} from "../client/index.ts";
import type {Clock} from "../clock.ts";
import {GatewayError} from "../errors.ts";
import {type Miner, verifyScore} from "../pow/index.ts";
import {type Block, type BlockId, serializeBlock} from "../stardust/index.ts";
import {withAnySignal} from "./any-signal.ts";
import type {BlockDraft} from "./edge-node.ts";
import type {Ingest} from "./ingest.ts";
import type {NodeLimits} from "./limits.ts";
import type {TangleState} from "./tangle-state.ts";

const NONCE_SIZE = 8;

/** Completes blocks and hands them to the ingest. */
export interface Attacher {
  /** Resolves with the id of the block as finished, when it is on disk. Rejects with the signal's reason when that is aborted. */
  attach(draft: BlockDraft, signal?: AbortSignal): Promise<BlockId>;
}

/** `miner` null: blocks must come with their proof of work. `stopped` ends what is being mined. */
export function createAttacher(
  options: {network: NetworkFile; limits: NodeLimits},
  deps: {
    state: TangleState;
    ingest: Ingest;
    miner: Miner | null;
    clock: Clock;
    assertAccepting: () => void;
    stopped: () => AbortSignal;
  },
): Attacher {
  const {network, limits} = options;
  const {state, ingest, miner, clock} = deps;
  const {minPowScore} = network.protocol;
  const slots = createSlots(limits);

  const mine = async (block: Block, signal: AbortSignal): Promise<Uint8Array> => {
    const bytes = serializeBlock(block);
    if (minPowScore === 0 || verifyScore(bytes, minPowScore)) return bytes;
    if (miner === null) {
      // Official clients look for these words, and mine by themselves then.
      throw new GatewayError("node/unavailable", "failed to attach block: proof of work is not available on this node");
    }
    const nonce = await miner.mine({bytes: bytes.subarray(0, -NONCE_SIZE), goal: {minPowScore}, signal});
    return serializeBlock({...block, nonce});
  };

  /** Mines over tips of this node, until a set of them lasts long enough. */
  const mineOverTips = async (block: Block, signal: AbortSignal): Promise<Uint8Array> => {
    for (;;) {
      const parents = state.selectTips();
      const stale = new AbortController();
      const done = new AbortController();
      const watch = watchTips(parents, stale, done.signal);
      try {
        return await withAnySignal([signal, stale.signal], (either) => mine({...block, parents}, either));
      } catch (error) {
        if (signal.aborted || !stale.signal.aborted) throw error;
      } finally {
        done.abort();
        await watch;
      }
    }
  };

  const watchTips = async (parents: readonly BlockId[], stale: AbortController, done: AbortSignal): Promise<void> => {
    try {
      do await clock.sleep(limits.tipsIntervalMs, done);
      while (parents.every((parent) => state.isTip(parent)));
      stale.abort(new GatewayError("node/stale-tips", "The parents are no tips any more."));
    } catch {
      // The block is mined; nobody watches any more.
    }
  };

  const complete = async (block: Block, signal: AbortSignal): Promise<Uint8Array> => {
    const free = await slots.take();
    try {
      signal.throwIfAborted();
      return await (block.parents.length === 0 ? mineOverTips(block, signal) : mine(block, signal));
    } finally {
      free();
    }
  };

  return {
    attach: async (draft, signal) => {
      deps.assertAccepting();
      if (draft.block.protocolVersion !== network.protocol.version) {
        throw new GatewayError(
          "block/protocol-version",
          `The block has protocol version ${draft.block.protocolVersion}; this network has ${network.protocol.version}.`,
        );
      }
      // A nonce says that the client did the work itself; then the ingest judges it. A milestone's block needs none.
      const isComplete = draft.block.nonce !== 0n || draft.block.payload?.kind === "milestone";
      if (isComplete) return ingest.submit(draft.bytes ?? serializeComplete(draft.block));
      return ingest.submit(await withAnySignal([signal, deps.stopped()], (either) => complete(draft.block, either)));
    },
  };
}

function serializeComplete(block: Block): Uint8Array {
  if (block.parents.length > 0) return serializeBlock(block);
  throw new GatewayError("block/nonce", "A nonce without parents proves nothing; leave both out, or give both.");
}

/** A counter of those at work with a bounded line before it. */
function createSlots(limits: Pick<NodeLimits, "issueQueue" | "issuesAtOnce">): {take(): Promise<() => void>} {
  const line: (() => void)[] = [];
  let busy = 0;
  const free = () => {
    const next = line.shift();
    if (next === undefined) busy--;
    else next();
  };
  return {
    take: async () => {
      if (busy < limits.issuesAtOnce) {
        busy++;
        return free;
      }
      if (line.length >= limits.issueQueue) {
        throw new GatewayError("node/busy", "Too many blocks wait to be issued; try again in a moment.", {
          waiting: line.length,
        });
      }
      await new Promise<void>((resolve) => line.push(resolve));
      return free;
    },
  };
}
