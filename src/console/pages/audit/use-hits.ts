// How many entries a filter finds. The gateway counts in parts, so that no answer is unbounded work; here they are added up.

import {useEffect, useState} from "preact/hooks";
import type {AuditCount} from "../../../client/index.ts";
import {get} from "../../api.ts";

export interface Hits {
  /** So far; null while nothing is known. */
  readonly count: number | null;
  readonly isComplete: boolean;
}

const PARTS_MAX = 500;
const UNKNOWN: Hits = {count: null, isComplete: false};

/** `query`: of the filter; null counts nothing. `turn`: another number counts again. */
export function useHits(query: string | null, turn: number): Hits {
  const [hits, setHits] = useState<Hits>(UNKNOWN);
  useEffect(() => {
    if (query === null) return;
    const ending = new AbortController();
    setHits(({count}) => (turn === 0 ? UNKNOWN : {count, isComplete: false}));
    addUp(query, ending.signal, setHits).catch(() => {
      // The list says that it could not be read; without a count nothing is claimed.
      if (!ending.signal.aborted) setHits(UNKNOWN);
    });
    return () => ending.abort();
  }, [query, turn]);
  return hits;
}

async function addUp(query: string, signal: AbortSignal, onPart: (hits: Hits) => void): Promise<void> {
  let sum = 0;
  let cursor: string | undefined;
  for (let parts = 0; parts < PARTS_MAX; parts++) {
    const asked = new URLSearchParams(query);
    if (cursor !== undefined) asked.set("cursor", cursor);
    const part: AuditCount = await get<AuditCount>(`/api/audit/v1/entries/count?${asked}`, {signal});
    sum += part.count;
    cursor = part.cursor;
    const isComplete = part.isComplete || cursor === undefined;
    onPart({count: sum, isComplete});
    if (isComplete) return;
  }
}
