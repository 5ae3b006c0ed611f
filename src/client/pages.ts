import {GatewayError} from "../errors.ts";
import type {Page} from "./audit-api.ts";

/** Part of a list. `pageSize` and `cursor` are those of the routes. */
export interface PageQuery {
  readonly pageSize?: number;
  readonly cursor?: string;
}

/** Reads a list page by page until its end. Errors: `client/too-many` past `limit` items. */
export async function collectPages<Item>(
  read: (cursor: string | undefined) => Promise<Page<Item>>,
  limit = 10_000,
): Promise<readonly Item[]> {
  const items: Item[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await read(cursor);
    items.push(...page.items);
    if (items.length > limit) {
      throw new GatewayError("client/too-many", `The list has more than ${limit} items. Narrow the query.`, {limit});
    }
    if (page.cursor === undefined) return items;
    cursor = page.cursor;
  }
}
