export {createWordEngine, type Engine, type Search} from "./engine.ts";
export {
  createMiner,
  type MineRequest,
  type Miner,
  type MinerDeps,
  type MinerOptions,
  TARGET_ZEROS_MAX,
} from "./miner.ts";
export type {MinerThread, MinerThreadEvents, StartMinerThread} from "./miner-thread.ts";
export {powScore, trailingZeros, verifyScore, zerosNeeded} from "./score.ts";
