import {GatewayError} from "../../errors.ts";

/** What an export ends with when it would not be what is recorded of it. */
export function changedMeanwhile(count: number): GatewayError {
  const sentence = "What the filter finds changed while it was exported. Export it again.";
  return new GatewayError("audit/conflict", sentence, {count});
}

/**
 * The items, as long as they are `count`. A filter by review or text finds something else when an entry is reviewed or erased meanwhile:
 * rather no export than one that differs from what is recorded of it. Errors: `audit/conflict`.
 */
export async function* unchanged<Item>(items: AsyncIterable<Item>, count: number): AsyncGenerator<Item> {
  let seen = 0;
  for await (const item of items) {
    if (++seen > count) throw changedMeanwhile(count);
    yield item;
  }
  if (seen < count) throw changedMeanwhile(count);
}
