import type {Metrics} from "../metrics.ts";
import type {TangleState} from "./tangle-state.ts";

const CONFIRMATION_BUCKETS_S = [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10];
const GROUP_BUCKETS = [1, 4, 16, 64, 256, 1024];

/** What the node counts. Made once for a node, however often it is started. */
export interface NodeMetrics {
  rejected(): void;
  /** A group of blocks went to disk with one sync. */
  group(size: number): void;
  confirmed(facts: {index: number; referenced: number; seconds: number}): void;
  checkpoint(): void;
  clockRefused(isRefused: boolean): void;
  /** Shows the sizes of what is in memory. */
  sizes(state: Pick<TangleState, "tipCount" | "unreferencedCount">): void;
}

export function createNodeMetrics(metrics: Metrics): NodeMetrics {
  const blocks = metrics.counter("tanglegate_edge_node_blocks_total", "Blocks taken and on disk");
  const rejected = metrics.counter("tanglegate_edge_node_rejected_blocks_total", "Blocks refused by a rule");
  const groups = metrics.histogram(
    "tanglegate_edge_node_commit_group_blocks",
    "Blocks of one synced write",
    GROUP_BUCKETS,
  );
  const index = metrics.gauge("tanglegate_edge_node_confirmed_index", "Index of the last confirmed milestone");
  const referenced = metrics.counter("tanglegate_edge_node_referenced_blocks_total", "Blocks referenced by milestones");
  const confirmation = metrics.histogram(
    "tanglegate_edge_node_confirmation_seconds",
    "Time to write a milestone and what it references",
    CONFIRMATION_BUCKETS_S,
  );
  const checkpoints = metrics.counter("tanglegate_edge_node_checkpoints_total", "Checkpoints issued");
  const clock = metrics.gauge("tanglegate_edge_node_clock_refused", "1 while the clock is not trusted with milestones");
  const tips = metrics.gauge("tanglegate_edge_node_tips", "Tips of the Tangle");
  const waiting = metrics.gauge("tanglegate_edge_node_unreferenced_blocks", "Blocks that wait for a milestone");
  return {
    rejected: () => rejected.inc(),
    group: (size) => {
      blocks.inc(size);
      groups.observe(size);
    },
    confirmed: (facts) => {
      index.set(facts.index);
      referenced.inc(facts.referenced);
      confirmation.observe(facts.seconds);
    },
    checkpoint: () => checkpoints.inc(),
    clockRefused: (isRefused) => clock.set(isRefused ? 1 : 0),
    sizes: (state) => {
      tips.set(state.tipCount);
      waiting.set(state.unreferencedCount);
    },
  };
}
