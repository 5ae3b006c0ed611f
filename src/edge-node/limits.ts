/** Everything of the node that grows has one of these maxima. */
export interface NodeLimits {
  /** Blocks that no milestone references yet; more are refused with `node/busy`. */
  readonly unreferencedBlocks: number;
  /** Tips; a Tangle wider than this is refused more blocks that do not narrow it. */
  readonly tips: number;
  /** Blocks and bytes that one synced batch takes. */
  readonly groupBlocks: number;
  readonly groupBytes: number;
  /** Blocks that wait to be written. */
  readonly waitingBlocks: number;
  /** Blocks and bytes kept in memory because a parent is missing; the oldest make room. */
  readonly unsolidBlocks: number;
  readonly unsolidBytes: number;
  /** Milestones of others that wait for their past cone. */
  readonly waitingMilestones: number;
  /** Blocks that wait for tips and proof of work, and how many are worked on at once. */
  readonly issueQueue: number;
  readonly issuesAtOnce: number;
  /** Time with one set of tips after which a miner is given fresh ones, ms. */
  readonly tipsIntervalMs: number;
  /** Empty blocks that a coordinator issues before one milestone to join a wide Tangle. */
  readonly checkpoints: number;
  /** Entries and bytes of data that one page of tagged blocks takes. */
  readonly pageBlocks: number;
  readonly pageBytes: number;
}

export const DEFAULT_LIMITS: NodeLimits = {
  unreferencedBlocks: 50_000,
  tips: 2_000,
  groupBlocks: 1_000,
  groupBytes: 4_194_304,
  waitingBlocks: 10_000,
  unsolidBlocks: 10_000,
  unsolidBytes: 33_554_432,
  waitingMilestones: 100,
  issueQueue: 256,
  issuesAtOnce: 32,
  tipsIntervalMs: 5_000,
  checkpoints: 64,
  pageBlocks: 1_000,
  pageBytes: 4_194_304,
};
