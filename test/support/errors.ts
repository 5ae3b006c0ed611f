import {GatewayError} from "../../src/errors.ts";

/** Code of the error that a call throws; null when it throws nothing. Anything that is no GatewayError is thrown on. */
export function codeOf(call: () => unknown): string | null {
  try {
    call();
    return null;
  } catch (error) {
    if (error instanceof GatewayError) return error.code;
    throw error;
  }
}
