// The types alone: what a route says of itself for the OpenAPI description.
import type {} from "@fastify/swagger";
import type {FastifyPluginAsync} from "fastify";
import type {RouteGuards} from "../../http.ts";
import type {EdgeNode} from "../edge-node.ts";
import {addBlockRoutes} from "./blocks.ts";
import {setErrorBodies} from "./errors.ts";
import {addInfoRoutes, type InfoOptions} from "./info.ts";
import {addMilestoneRoutes} from "./milestones.ts";
import {addProofRoutes} from "./proofs.ts";
import {addTagRoutes} from "./tags.ts";

export type {InfoOptions} from "./info.ts";

/**
 * The node's HTTP face, to be mounted at the root: `/health`, `/api/routes`, TIP-25 under `/api/core/v2`, tagged blocks in confirmed order
 * under `/api/tags/v1`, proofs of inclusion under `/api/poi/v1`. Reads are open; posting a block is open on loopback alone. Errors have
 * TIP-25's body. What this node cannot do yet has no route.
 */
export function createNodeRoutes(node: EdgeNode, options: InfoOptions): (guards: RouteGuards) => FastifyPluginAsync {
  return (guards) => async (app) => {
    setErrorBodies(app);
    addInfoRoutes(app, node, options, guards);
    addBlockRoutes(app, node, guards);
    addMilestoneRoutes(app, node, guards);
    addTagRoutes(app, node, guards);
    addProofRoutes(app, node, guards);
  };
}
