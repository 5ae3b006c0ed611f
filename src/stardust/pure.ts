export {
  type Block,
  blockIdOf,
  type Payload,
  parseBlock,
  serializeBlock,
  serializePayload,
} from "./block.ts";
export {
  type BlockJson,
  blockFromJson,
  blockToJson,
  type MilestoneJson,
  milestoneFromJson,
  milestoneToJson,
  type TaggedDataJson,
} from "./json.ts";
export * from "./limits.ts";
export {
  type MilestoneEssence,
  type MilestoneId,
  type MilestonePayload,
  type MilestoneSignature,
  type MilestoneSigner,
  milestoneIdOf,
  parseMilestonePayload,
  serializeMilestoneEssence,
  serializeMilestonePayload,
  signMilestone,
} from "./milestone.ts";
export type {MigratedFunds, MilestoneOption, ProtocolParametersOption, ReceiptOption} from "./milestone-option.ts";
export {type BlockId, sortParents} from "./parents.ts";
export {
  networkIdOf,
  type ProtocolParameters,
  parseProtocolParameters,
  type RentStructure,
  serializeProtocolParameters,
} from "./protocol-parameters.ts";
export type {TaggedData} from "./tagged-data.ts";
