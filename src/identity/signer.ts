/** What a key is for. One key per purpose; a signature of one purpose is worth nothing for another. */
export type KeyPurpose = "coordinator" | "audit-log" | "meter" | "token" | "wallet" | "peer";

/** A key that signs and never shows itself. */
export interface Signer {
  readonly purpose: KeyPurpose;
  /** 32 bytes, Ed25519. */
  readonly publicKey: Uint8Array;
  /** Signature, 64 bytes, over the message as given: for formats that fix the signed bytes (milestones, signed notes, JWT). */
  sign(message: Uint8Array): Uint8Array;
}
