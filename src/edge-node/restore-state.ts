import {assert} from "../errors.ts";
import {parseBlock} from "../stardust/index.ts";
import type {CheckedBlock} from "./block-committer.ts";
import type {NodeStore} from "./store/node-store.ts";
import type {TangleState} from "./tangle-state.ts";

/** Fills a new state with what the store holds: the last milestone, and the blocks that wait for one. Gives the latter. */
export async function restoreState(
  state: TangleState,
  deps: {store: NodeStore; protocolVersion: number},
): Promise<readonly CheckedBlock[]> {
  const head = await deps.store.lastMilestone();
  if (head !== null) state.confirm(head, []);
  const restored: CheckedBlock[] = [];
  for await (const arrivals of deps.store.arrivals()) {
    const waiting = arrivals.blockIds.filter((blockId) => deps.store.reference(blockId) === null);
    const group = waiting.map((blockId) => {
      const bytes = deps.store.block(blockId);
      assert(bytes !== null, "a block and its arrival are written together");
      return {blockId, bytes, block: parseBlock(bytes, {version: deps.protocolVersion})};
    });
    state.add(group, arrivals);
    restored.push(...group);
  }
  return restored;
}
