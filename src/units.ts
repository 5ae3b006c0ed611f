import {assert} from "./errors.ts";

declare const unit: unique symbol;
type Brand<Value, Name extends string> = Value & {readonly [unit]?: Name};

/** Base tokens of the ledger, the smallest unit. */
export type Tokens = Brand<bigint, "Tokens">;
/** Energy in watt-hours. Grid import positive, export negative, production positive. */
export type WattHours = Brand<bigint, "WattHours">;
/** Seconds since 1970-01-01 UTC, unsigned 32 bit: the time of the ledger. */
export type UnixSeconds = Brand<number, "UnixSeconds">;
/** Milliseconds since 1970-01-01 UTC. */
export type UnixMs = Brand<number, "UnixMs">;

/** Quotient rounded towards minus infinity. The caller's doc says who keeps the remainder. */
export function divFloor(dividend: bigint, divisor: bigint): bigint {
  assert(divisor !== 0n, "a division has a divisor other than zero");
  const quotient = dividend / divisor;
  return dividend % divisor !== 0n && dividend < 0n !== divisor < 0n ? quotient - 1n : quotient;
}

/** Quotient rounded towards plus infinity. The caller's doc says who pays the remainder. */
export function divCeil(dividend: bigint, divisor: bigint): bigint {
  return -divFloor(-dividend, divisor);
}
