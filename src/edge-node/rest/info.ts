import type {FastifyInstance} from "fastify";
import {z} from "zod";
import type {RouteGuards} from "../../http.ts";
import type {EdgeNode, MilestoneHead} from "../edge-node.ts";
import {booleanParameter, described, readParameters} from "./errors.ts";

/** What `/info` and `/api/routes` say beside the node's own state. */
export interface InfoOptions {
  /** Version of the program, as `name/version` of `/info`. */
  readonly version: string;
  /** Routes that others mount under `/api`, such as `mqtt/v1`. */
  readonly otherRoutes?: readonly string[];
}

const OWN_ROUTES = ["core/v2", "tags/v1", "poi/v1"];
const ZERO_ID = `0x${"00".repeat(32)}`;
// The token of a network without one: nothing is worth anything, but clients demand the fields.
const BASE_TOKEN = {name: "Tanglegate", tickerSymbol: "TGD", unit: "TGD", decimals: 6, useMetricPrefix: false};

export function addInfoRoutes(app: FastifyInstance, node: EdgeNode, options: InfoOptions, guards: RouteGuards): void {
  app.get(
    "/health",
    {preHandler: guards.open, schema: {summary: "200 when healthy, 503 when not", tags: ["core"]}},
    (_request, reply) => reply.status(node.status().isHealthy ? 200 : 503).send(),
  );

  app.get("/api/routes", {preHandler: guards.open, schema: {summary: "Prefixes under /api", tags: ["core"]}}, () => ({
    routes: [...OWN_ROUTES, ...(options.otherRoutes ?? [])].sort(),
  }));

  app.get(
    "/api/core/v2/info",
    {preHandler: guards.open, schema: {summary: "The node and its network", tags: ["core"]}},
    () => infoOf(node, options),
  );

  const querystring = described({allowSemiLazy: "true: take semi-lazy tips first when there are more than two"});
  app.get(
    "/api/core/v2/tips",
    {preHandler: guards.open, schema: {summary: "Parents for a new block", tags: ["core"], querystring}},
    (request) => {
      const {allowSemiLazy} = readParameters(z.object({allowSemiLazy: booleanParameter.optional()}), request.query);
      return {tips: node.tips({allowSemiLazy: allowSemiLazy ?? false})};
    },
  );

  app.post(
    "/api/core/v2/control/clock/confirm",
    {
      preHandler: guards.authorize("node:control"),
      schema: {summary: "Say that the clock is right, so that milestones are issued again", tags: ["core"]},
    },
    (_request, reply) => {
      node.confirmTime();
      return reply.status(204).send();
    },
  );
}

function infoOf(node: EdgeNode, options: InfoOptions) {
  const status = node.status();
  const {protocol} = node.network;
  return {
    name: "Tanglegate",
    version: options.version,
    status: {
      isHealthy: status.isHealthy,
      latestMilestone: headOf(status.latestMilestone),
      confirmedMilestone: headOf(status.confirmedMilestone),
      pruningIndex: status.pruningIndex,
    },
    supportedProtocolVersions: [protocol.version],
    protocol: {
      version: protocol.version,
      networkName: protocol.networkName,
      bech32Hrp: protocol.bech32Hrp,
      minPowScore: protocol.minPowScore,
      belowMaxDepth: protocol.belowMaxDepth,
      rentStructure: protocol.rentStructure,
      tokenSupply: protocol.tokenSupply,
    },
    pendingProtocolParameters: [],
    baseToken: BASE_TOKEN,
    metrics: {
      blocksPerSecond: status.blocksPerSecond,
      referencedBlocksPerSecond: status.referencedBlocksPerSecond,
      referencedRate: status.referencedRate,
    },
    // TIP-25: `pow` says that a block with nonce 0 is mined here.
    features: node.canMine ? ["pow"] : [],
  };
}

function headOf(milestone: MilestoneHead | null) {
  if (milestone === null) return {index: 0, timestamp: 0, milestoneId: ZERO_ID};
  const {index, timestamp, milestoneId} = milestone;
  return {index, timestamp, milestoneId};
}
