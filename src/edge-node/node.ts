import type {NetworkFile} from "../client/index.ts";
import type {Clock} from "../clock.ts";
import {GatewayError, sentenceOf} from "../errors.ts";
import type {Log} from "../log.ts";
import type {Metrics} from "../metrics.ts";
import type {Miner} from "../pow/index.ts";
import type {Random} from "../random.ts";
import {createService} from "../service.ts";
import {serializePayload} from "../stardust/index.ts";
import type {Store} from "../storage/index.ts";
import {createAttacher} from "./attacher.ts";
import {type BlockCommitter, type CheckedBlock, createBlockCommitter} from "./block-committer.ts";
import {type CoordinatorOptions, createCoordinator, IDLE_INTERVAL_MS} from "./coordinator.ts";
import type {EdgeNode} from "./edge-node.ts";
import {createFeed} from "./feed.ts";
import {ailmentOf, createRates, isSynced} from "./health.ts";
import {createIngest} from "./ingest.ts";
import {DEFAULT_LIMITS, type NodeLimits} from "./limits.ts";
import {createLocalNodeClient} from "./local-client.ts";
import {metadataOf} from "./metadata.ts";
import {createMilestones, payloadOf} from "./milestones.ts";
import {createNodeEmitter, type NodeEmitter} from "./node-events.ts";
import {createNodeMetrics, type NodeMetrics} from "./node-metrics.ts";
import {checkInclusion, proveInclusion} from "./proofs.ts";
import {restoreState} from "./restore-state.ts";
import {type Arrivals, openNodeStore} from "./store/node-store.ts";
import {createTangleState} from "./tangle-state.ts";
import {createUnsolidBlocks} from "./unsolid-blocks.ts";

export interface NodeOptions {
  readonly network: NetworkFile;
  readonly coordinator: CoordinatorOptions;
  readonly limits?: Partial<NodeLimits>;
}

/** The store is the caller's to open and close, after the node has stopped; so is the miner. `miner` null: no proof of work here. */
export interface NodeDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly miner: Miner | null;
}

/**
 * A node of a Stardust network: it takes blocks, keeps them, confirms milestones and, where it holds the keys, issues them. `start` restores
 * everything from the store. Errors at start: `node/store-newer`, `node/store-network`, `node/coordinator-keys`, `node/milestone-interval`.
 */
export function createNode(options: NodeOptions, deps: NodeDeps): EdgeNode {
  const emitter = createNodeEmitter();
  let core: Core | null = null;
  const running = (): Core => {
    if (core === null) throw new GatewayError("node/unavailable", "The node is not running.");
    return core;
  };
  const limits = {...DEFAULT_LIMITS, ...options.limits};
  const metrics = createNodeMetrics(deps.metrics);
  const {network} = options;
  const service = createService({
    start: async () => {
      core = await openCore({...options, limits}, {...deps, metrics, emitter});
    },
    stop: async () => {
      await core?.close();
      core = null;
    },
  });
  const node: Omit<EdgeNode, "client"> = {
    ...service,
    network,
    events: emitter,
    canMine: deps.miner !== null,
    feed: createFeed({network, limits}, {store: () => running().store, events: emitter}),
    status: () => running().status(),
    block: (blockId) => running().store.block(blockId),
    metadata: (blockId) => metadataOf(blockId, {...running(), protocolVersion: network.protocol.version}),
    milestone: (index) => running().store.milestone(index),
    milestoneById: (milestoneId) => {
      const {store} = running();
      const index = store.milestoneIndexOf(milestoneId);
      return index === null ? null : store.milestone(index);
    },
    milestonePayload: (row) => serializePayload(payloadOf(running().store, row, network)),
    tips: (request) => {
      running().assertAccepting();
      return running().state.selectTips(request);
    },
    attach: async (draft, signal) => running().attacher.attach(draft, signal),
    receive: async (bytes) => running().ingest.receive(bytes),
    proveInclusion: (blockId) => proveInclusion(blockId, {store: running().store, network}),
    checkInclusion: (proof) => checkInclusion(proof, network),
    confirmTime: () => running().confirmTime(),
  };
  return Object.assign(node, {client: createLocalNodeClient(node)});
}

type Core = Awaited<ReturnType<typeof openCore>>;

/** Everything between a start and a stop. */
async function openCore(
  options: NodeOptions & {limits: NodeLimits},
  deps: Omit<NodeDeps, "metrics"> & {metrics: NodeMetrics; emitter: NodeEmitter},
) {
  const {network, limits} = options;
  const {clock, log, metrics, emitter} = deps;
  const protocolVersion = network.protocol.version;
  const stopping = new AbortController();
  const rates = createRates(clock);
  let halted: string | null = null;

  const halt = (because: string) => {
    if (halted !== null) return;
    halted = because;
    log.error({reason: because}, "the node has halted; start it again when the cause is gone");
    emitter.emit({kind: "halted", because});
  };
  const store = await openNodeStore(deps.store, {networkName: network.protocol.networkName});
  const state = createTangleState(
    {belowMaxDepth: network.protocol.belowMaxDepth, protocolVersion},
    {store, clock, random: deps.random, onItsWay: (blockId) => committer.waiting(blockId)},
  );
  const milestones = createMilestones(
    {network, limits},
    {state, store, emitter, halt, monotonicMs: clock.monotonicMs, log, metrics},
  );
  const offerMilestones = (blocks: readonly CheckedBlock[]) => {
    for (const block of blocks) if (block.block.payload?.kind === "milestone") milestones.offer(block);
  };
  const takeGroup = (group: readonly CheckedBlock[], arrivals: Arrivals) => {
    state.add(group, arrivals);
    rates.countBlocks(group.length);
    metrics.group(group.length);
    metrics.sizes(state);
    for (const block of group) emitter.emit({kind: "block", ...block});
    offerMilestones(group);
  };
  const committer: BlockCommitter = createBlockCommitter(limits, {
    store,
    nextArrival: state.nextArrival,
    onCommitted: takeGroup,
    onFailed: (error) => halt(`Blocks could not be written: ${sentenceOf(error)}`),
  });
  // A node without a milestone can still take blocks from peers: that is how it gets its first one.
  const assertRunning = () => {
    if (stopping.signal.aborted) throw new GatewayError("node/unavailable", "The node is stopping.");
    if (halted !== null) throw new GatewayError("node/unavailable", `The node has halted. ${halted}`);
  };
  const assertAccepting = () => {
    assertRunning();
    if (isSynced(state, milestones.latest)) return;
    throw new GatewayError("node/unavailable", "The node is not synced yet; try again in a moment.");
  };
  const ingest = createIngest(
    {network, limits},
    {
      state,
      committer,
      unsolid: createUnsolidBlocks(limits),
      assertRunning,
      assertAccepting,
      checkMilestone: milestones.check,
      onRejected: metrics.rejected,
    },
  );
  const attacher = createAttacher(
    {network, limits},
    {state, ingest, miner: deps.miner, clock, assertAccepting, stopped: () => stopping.signal},
  );
  const coordinator = options.coordinator.enabled
    ? createCoordinator(
        {network, coordinator: options.coordinator, limits},
        {
          state,
          milestones,
          events: emitter,
          clock,
          isHalted: () => halted !== null,
          log,
          metrics,
          issueCheckpoint: async (parents, signal) => {
            try {
              const block = {protocolVersion, parents, payload: null, nonce: 0n};
              return await attacher.attach({block}, signal);
            } catch (error) {
              signal.throwIfAborted();
              log.warn({reason: sentenceOf(error)}, "no checkpoint was issued");
              return null;
            }
          },
        },
      )
    : null;

  const restored = await restoreState(state, {store, protocolVersion});
  offerMilestones(restored);
  log.info({milestone: state.confirmedIndex, waiting: restored.length}, "the node is open");
  const offMilestone = emitter.on("milestone", ({milestone}) => {
    rates.milestone(milestone.referencedBlocks);
    metrics.sizes(state);
  });
  await coordinator?.begin(stopping.signal);
  const coordinating = coordinator?.run(stopping.signal).catch((error: unknown) => {
    halt(`The coordinator stopped: ${sentenceOf(error)}`);
  });

  return {
    store,
    state,
    ingest,
    attacher,
    assertAccepting,
    confirmTime: () => {
      if (coordinator === null) throw new GatewayError("node/no-coordinator", "This gateway issues no milestones.");
      coordinator.confirmTime();
    },
    status: () => {
      const latest = milestones.latest;
      const synced = isSynced(state, latest);
      const because = ailmentOf({
        halted,
        clockRefusal: coordinator?.refusal ?? null,
        isSynced: synced,
        latest,
        nowMs: clock.now(),
        idleIntervalMs: options.coordinator.idleIntervalMs ?? IDLE_INTERVAL_MS,
      });
      return {
        isHealthy: because === null,
        because,
        isSynced: synced,
        latestMilestone: latest,
        confirmedMilestone: state.head,
        pruningIndex: 0,
        tips: state.tipCount,
        unreferencedBlocks: state.unreferencedCount,
        ...rates.last(),
      };
    },
    /** Ends what is under way; what was acknowledged is on disk already. */
    close: async () => {
      stopping.abort(new GatewayError("node/unavailable", "The node is stopping."));
      offMilestone();
      await coordinating;
      await committer.drain();
      await milestones.lane(async () => undefined);
    },
  };
}
