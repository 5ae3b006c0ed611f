// The list of entries: pages below, what is new above. What is shown keeps its place; new entries wait until somebody asks for them.

import {useEffect, useRef, useState} from "preact/hooks";
import type {AuditSearchItem, EntryReview, Page} from "../../../client/index.ts";
import {get} from "../../api.ts";
import {newEntries, verdicts} from "../../live.ts";
import {keyOf} from "./ranges.ts";

export interface List {
  /** Null until the first page is there. */
  readonly items: readonly AuditSearchItem[] | null;
  /** New ones that are not shown yet, newest first. */
  readonly fresh: readonly AuditSearchItem[];
  /** There are more new ones than were read. */
  readonly hasMoreFresh: boolean;
  /** Null: the oldest is shown. */
  readonly cursor: string | null;
  readonly isLoading: boolean;
  readonly error: unknown;
}

export interface Entries extends List {
  readonly more: () => void;
  readonly again: () => void;
  readonly showFresh: () => void;
  /** Shows at once what a review has said of entries, then reads them again. */
  readonly mark: (keys: ReadonlySet<string>, review: EntryReview) => void;
}

const PAGE_SIZE = 50;
const PAGE_SIZE_MAX = 1_000;
/** A page may come without hits and say where to look on; after so many the person decides. */
const PAGES_WITHOUT_HITS = 20;
/** New entries are looked for at most this often. */
const LOOK_MS = 2_000;

const NOTHING: List = {items: null, fresh: [], hasMoreFresh: false, cursor: null, isLoading: true, error: null};

/** `query`: of the filter, from `queryOf`; null while it is not known. */
export function useEntries(query: string | null): Entries {
  const [list, setList] = useState<List>(NOTHING);
  const [turn, setTurn] = useState(0);
  const ending = useRef<AbortController | null>(null);
  const looked = useRef({at: 0, timer: 0});

  useEffect(() => {
    if (query === null) return;
    const {signal} = (ending.current = new AbortController());
    setList((before) => ({...NOTHING, items: before.items, isLoading: true}));
    readHits(query, {cursor: null, signal}).then(
      ({items, cursor}) => setList({...NOTHING, items, cursor, isLoading: false}),
      (error: unknown) => {
        if (!signal.aborted) setList({...NOTHING, isLoading: false, error});
      },
    );
    return () => ending.current?.abort();
  }, [query, turn]);

  const more = () => {
    const signal = ending.current?.signal;
    if (query === null || list.cursor === null || signal === undefined) return;
    setList((before) => ({...before, isLoading: true, error: null}));
    readHits(query, {cursor: list.cursor, signal}).then(
      ({items, cursor}) =>
        setList((before) => ({...before, items: joined(before.items ?? [], items), cursor, isLoading: false})),
      (error: unknown) => {
        if (!signal.aborted) setList((before) => ({...before, isLoading: false, error}));
      },
    );
  };

  // Brings what is shown up to date where it stands, and keeps what is new for the button.
  const look = async (size: number) => {
    const signal = ending.current?.signal;
    if (query === null || signal === undefined) return;
    try {
      const {items, cursor} = await get<Page<AuditSearchItem>>(withPage(query, {size}), {signal});
      setList((before) => {
        if (before.items === null) return before;
        const known = new Set(before.items.map(keyOf));
        const now = new Map(items.map((item) => [keyOf(item), item]));
        const place = items.findIndex((item) => known.has(keyOf(item)));
        const unknown = place < 0 ? items : items.slice(0, place);
        return {
          ...before,
          items: before.items.map((item) => now.get(keyOf(item)) ?? item),
          fresh: unknown,
          hasMoreFresh: place < 0 && items.length > 0 && before.items.length > 0 && cursor !== undefined,
        };
      });
    } catch {
      // The stream says when the gateway is gone; what is shown stays.
    }
  };

  const isReady = list.items !== null;
  useEffect(() => {
    if (!isReady) return;
    const {at, timer} = looked.current;
    if (timer !== 0) return;
    const wait = Math.max(0, at + LOOK_MS - performance.now());
    looked.current.timer = window.setTimeout(() => {
      looked.current = {at: performance.now(), timer: 0};
      void look(PAGE_SIZE);
    }, wait);
  }, [newEntries.value, verdicts.value, isReady]);
  useEffect(
    () => () => {
      clearTimeout(looked.current.timer);
      looked.current.timer = 0;
    },
    [query, turn],
  );

  return {
    ...list,
    more,
    again: () => setTurn((before) => before + 1),
    showFresh: () => {
      // More than one page of them: begin anew, else there would be a hole.
      if (list.hasMoreFresh) setTurn((before) => before + 1);
      else setList((before) => ({...before, items: joined(before.fresh, before.items ?? []), fresh: []}));
    },
    mark: (keys, review) => {
      const update = (item: AuditSearchItem) => (keys.has(keyOf(item)) ? {...item, review} : item);
      setList((before) => ({...before, items: before.items?.map(update) ?? null}));
      void look(Math.min(PAGE_SIZE_MAX, Math.max(PAGE_SIZE, list.items?.length ?? 0)));
    },
  };
}

async function readHits(
  query: string,
  {cursor, signal}: {cursor: string | null; signal: AbortSignal},
): Promise<{readonly items: readonly AuditSearchItem[]; readonly cursor: string | null}> {
  let next = cursor;
  for (let pages = 1; ; pages++) {
    const page = await get<Page<AuditSearchItem>>(withPage(query, {size: PAGE_SIZE, cursor: next}), {signal});
    next = page.cursor ?? null;
    if (page.items.length > 0 || next === null || pages === PAGES_WITHOUT_HITS)
      return {items: page.items, cursor: next};
  }
}

function withPage(query: string, {size, cursor = null}: {size: number; cursor?: string | null}): string {
  const parts = new URLSearchParams(query);
  parts.set("pageSize", String(size));
  if (cursor !== null) parts.set("cursor", cursor);
  return `/api/audit/v1/entries?${parts}`;
}

function joined(first: readonly AuditSearchItem[], second: readonly AuditSearchItem[]): readonly AuditSearchItem[] {
  const known = new Set(first.map(keyOf));
  return [...first, ...second.filter((item) => !known.has(keyOf(item)))];
}
