import {GatewayError} from "../errors.ts";

/** A whole number a person typed. Errors: `cli/number` naming the option. */
export function wholeNumber(text: string, option: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new GatewayError("cli/number", `${option} must be a whole number, not "${text}".`, {option});
}
