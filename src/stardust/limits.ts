// Sizes that the protocol fixes (TIP-22, TIP-24, TIP-29); not protocol parameters of a network.

/** Bytes of a whole block. */
export const BLOCK_SIZE_MAX = 32_768;
/** Bytes of a block with one parent and no payload. */
export const BLOCK_SIZE_MIN = 46;
export const PARENTS_MIN = 1;
export const PARENTS_MAX = 8;
/** Bytes of the tag of tagged data. */
export const TAG_SIZE_MAX = 64;
/** Bytes of a milestone's metadata and of the parameters in its option. */
export const METADATA_SIZE_MAX = 8_192;
/** Index of the first milestone of every network. */
export const FIRST_MILESTONE_INDEX = 1;
/** How many milestones ahead new protocol parameters may be announced. */
export const PARAMETERS_AHEAD_MAX = 30;
/** Bytes of a block id, a milestone id, a Merkle root and an Ed25519 public key. */
export const ID_SIZE = 32;
export const SIGNATURE_SIZE = 64;
