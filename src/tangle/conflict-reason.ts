/** Why a transaction was ignored. The numbers are TIP-25's `conflictReason`; 0, no conflict, is not among them. */
export const CONFLICT_REASONS = {
  "input already spent": 1,
  "input spent in this milestone": 2,
  "input not found": 3,
  "sum of inputs and outputs differs": 4,
  "signature invalid": 5,
  "timelock not expired": 6,
  "native tokens invalid": 7,
  "return amount not fulfilled": 8,
  "unlock invalid": 9,
  "inputs commitment invalid": 10,
  "sender not unlocked": 11,
  "chain transition invalid": 12,
  "other failure": 255,
} as const;

export type ConflictReason = keyof typeof CONFLICT_REASONS;
