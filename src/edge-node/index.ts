export type {CoordinatorOptions} from "./coordinator.ts";
export type {BlockDraft, EdgeNode, MilestoneHead, NodeStatus, ReceiveOutcome} from "./edge-node.ts";
export {publishEvents} from "./events/publisher.ts";
export {messagesOf, presentMessages, type TopicMessage} from "./events/topics.ts";
export {DEFAULT_LIMITS, type NodeLimits} from "./limits.ts";
export {createLocalNodeClient} from "./local-client.ts";
export {createNode, type NodeDeps, type NodeOptions} from "./node.ts";
export type {NodeEvent, NodeEvents} from "./node-events.ts";
export {createNodeRoutes, type InfoOptions} from "./rest/routes.ts";
