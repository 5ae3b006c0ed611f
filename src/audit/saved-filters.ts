// Filters under a name, for everybody at this gateway.

import {fromUtf8, utf8} from "../bytes.ts";
import type {AuditFilter, SavedFilter} from "../client/index.ts";
import type {Clock} from "../clock.ts";
import {GatewayError} from "../errors.ts";
import type {Store} from "../storage/index.ts";
import {checkFilter} from "./search-filter.ts";
import {keys} from "./tables.ts";

export interface SavedFilters {
  list(): Promise<readonly SavedFilter[]>;
  get(name: string): SavedFilter | null;
  /** `mayReplace`: whether another person's may be replaced. Errors: `audit/invalid`, `audit/conflict`, `audit/too-many`. */
  save(
    name: string,
    filter: AuditFilter,
    by: {readonly actor: string; readonly mayReplace: boolean},
  ): Promise<SavedFilter>;
  /** False when there is none. Errors: `audit/conflict`. */
  remove(name: string, by: {readonly actor: string; readonly mayReplace: boolean}): Promise<boolean>;
}

const FILTERS_MAX = 200;
const NAME = /^[^\p{Cc}]{1,64}$/u;
const VERSION = 1;

export function createSavedFilters(store: Store, clock: Clock): SavedFilters {
  const get = (name: string): SavedFilter | null => {
    const bytes = NAME.test(name) ? store.get(keys.filter(name)) : null;
    return bytes === null ? null : decode(bytes);
  };
  const list = async () => {
    const filters: SavedFilter[] = [];
    for await (const [, bytes] of store.entries(keys.filters())) filters.push(decode(bytes));
    return filters;
  };
  const expectOwn = (name: string, {actor, mayReplace}: {actor: string; mayReplace: boolean}): SavedFilter | null => {
    const known = get(name);
    if (known !== null && known.savedBy !== actor && !mayReplace)
      throw new GatewayError(
        "audit/conflict",
        `The filter ${name} is ${known.savedBy}'s; choose another name, or ask an administrator.`,
        {name},
      );
    return known;
  };
  return {
    get,
    list,
    save: async (name, filter, by) => {
      if (!NAME.test(name) || name.trim() !== name || !name.isWellFormed())
        throw new GatewayError("audit/invalid", "name: 1 to 64 characters, none of them a control character.", {
          field: "name",
        });
      checkFilter(filter);
      const known = expectOwn(name, by);
      if (known === null && (await list()).length >= FILTERS_MAX)
        throw new GatewayError("audit/too-many", `A gateway keeps at most ${FILTERS_MAX} filters; remove one first.`);
      const saved: SavedFilter = {name, filter, savedBy: by.actor, savedAt: new Date(clock.now()).toISOString()};
      const value = utf8(JSON.stringify({version: VERSION, ...saved}));
      await store.write([{kind: "put", key: keys.filter(name), value}], {isSynced: true});
      return saved;
    },
    remove: async (name, by) => {
      if (expectOwn(name, by) === null) return false;
      await store.write([{kind: "delete", key: keys.filter(name)}], {isSynced: true});
      return true;
    },
  };
}

function decode(bytes: Uint8Array): SavedFilter {
  const {name, filter, savedBy, savedAt} = JSON.parse(fromUtf8(bytes)) as SavedFilter;
  return {name, filter, savedBy, savedAt};
}
