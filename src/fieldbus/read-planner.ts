// Which registers to ask for in one request. Every request costs a round trip (on a serial line tens of milliseconds), every register
// 2 bytes, so near neighbours are merged, also across registers nobody asked for. Not every device answers such gaps: some say exception
// 2 for the whole request when one register in it does not exist. The planner learns from that: it first stops reading across the
// widest gap of the refused request, then halves what is left, until one point alone is refused; that point is absent, and no request
// touches it until the link is made anew. Nothing is lost meanwhile: the halves are read in the same cycle.
//
// Points of one block (a SunSpec model: values and their scale factors) travel in one request when the device's limit allows it, so that
// a value is never scaled with a factor of another moment.

import type {RegisterConstraints, RegisterPoint, Table} from "./point.ts";

/** One read request. */
export interface PlannedRead {
  readonly table: Table;
  readonly address: number;
  /** Registers, or bits. */
  readonly count: number;
  /** Points that the answer gives a value to. */
  readonly points: readonly RegisterPoint[];
}

/** What exceptions have taught about one device. A cut is `table:address`: no request reads from below that address across it. */
export interface Learned {
  /** In front of these addresses is a gap that the device does not answer. */
  readonly gapCuts: ReadonlySet<string>;
  /** Cuts between neighbours, while the search for an absent point goes on. */
  readonly searchCuts: ReadonlySet<string>;
  /** Blocks that the device does not answer as a whole. */
  readonly brokenBlocks: ReadonlySet<string>;
  /** Names of points the device does not have. */
  readonly absent: ReadonlySet<string>;
}

export const NOTHING_LEARNED: Learned = {
  gapCuts: new Set(),
  searchCuts: new Set(),
  brokenBlocks: new Set(),
  absent: new Set(),
};

/** Points that are read together or not at all. */
interface Item {
  readonly start: number;
  /** First address after it. */
  readonly end: number;
  readonly points: readonly RegisterPoint[];
}

/** Requests for the wanted points, in order of table and address, within the device's limits. Absent points are left out. */
export function planReads(
  points: readonly RegisterPoint[],
  constraints: RegisterConstraints,
  learned: Learned = NOTHING_LEARNED,
): PlannedRead[] {
  const readable = points.filter((point) => point.access !== "write");
  return [...new Set(readable.map((point) => point.table))].flatMap((table) => {
    const ofTable = readable.filter((point) => point.table === table);
    const present = ofTable.filter((point) => !learned.absent.has(point.name));
    const cuts = cutsOf(table, learned);
    const holes = ofTable.filter((point) => learned.absent.has(point.name));
    const groups: Item[][] = [];
    for (const item of itemsOf(present, limitOf(table, constraints), learned)) {
      const open = groups.at(-1);
      if (open !== undefined && mayJoin({open, item, table, constraints, cuts, holes})) open.push(item);
      else groups.push([item]);
    }
    return groups.map((items) => readOf(table, items, constraints));
  });
}

/** What a refused read (exception 2 or 3) teaches. `planReads` with the result asks for less at once, or not for that point at all. */
export function learnFromRefusal(learned: Learned, read: PlannedRead, constraints: RegisterConstraints): Learned {
  const items = itemsOf(read.points, limitOf(read.table, constraints), learned);
  const cut = cutAt(items);
  if (cut !== null) {
    const key = `${read.table}:${cut.address}`;
    return cut.isGap
      ? {...learned, gapCuts: new Set([...learned.gapCuts, key])}
      : {...learned, searchCuts: new Set([...learned.searchCuts, key])};
  }
  const longest = items.toSorted((a, b) => b.end - b.start - (a.end - a.start))[0]!;
  const block = blockOf(longest.points[0]!, learned);
  if (longest.points.length > 1 && block !== null) {
    return {...learned, brokenBlocks: new Set([...learned.brokenBlocks, block])};
  }
  // The search cut between neighbours that are fine; now that no request touches the absent point, they may be merged again.
  const names = longest.points.map((point) => point.name);
  return {...learned, searchCuts: new Set(), absent: new Set([...learned.absent, ...names])};
}

/** Forgets absent points, because the device behind a new link may be another one; keeps what was learned of gaps. */
export function forgetAbsent(learned: Learned): Learned {
  return learned.absent.size === 0 ? learned : {...learned, absent: new Set(), brokenBlocks: new Set()};
}

function mayJoin(merge: {
  readonly open: readonly Item[];
  readonly item: Item;
  readonly table: Table;
  readonly constraints: RegisterConstraints;
  readonly cuts: readonly number[];
  readonly holes: readonly RegisterPoint[];
}): boolean {
  const {open, item, table, constraints, cuts, holes} = merge;
  const start = open[0]!.start;
  const end = Math.max(...open.map((other) => other.end));
  const joinedEnd = Math.max(end, item.end);
  if (item.start - end > constraints.maxGap) return false;
  if (countOf(table, start, joinedEnd, constraints) > limitOf(table, constraints)) return false;
  if (cuts.some((cut) => start < cut && cut <= item.start)) return false;
  return !holes.some((hole) => hole.address < joinedEnd && hole.address + hole.count > start);
}

function itemsOf(points: readonly RegisterPoint[], limit: number, learned: Learned): Item[] {
  const blocks = new Map<string, RegisterPoint[]>();
  const singles: RegisterPoint[] = [];
  for (const point of points) {
    const block = blockOf(point, learned);
    if (block === null) singles.push(point);
    else blocks.set(block, [...(blocks.get(block) ?? []), point]);
  }
  const items = [...blocks.values()].flatMap((group) => {
    const whole = itemOf(group);
    return whole.end - whole.start <= limit ? [whole] : group.map((point) => itemOf([point]));
  });
  return [...items, ...singles.map((point) => itemOf([point]))].sort((a, b) => a.start - b.start || a.end - b.end);
}

/** Where to split refused items: at the widest gap, else in the middle; null when no cut separates them. */
function cutAt(items: readonly Item[]): {address: number; isGap: boolean} | null {
  let end = items[0]!.end;
  let widest = {address: 0, gap: 0};
  for (const item of items.slice(1)) {
    if (item.start - end > widest.gap) widest = {address: item.start, gap: item.start - end};
    end = Math.max(end, item.end);
  }
  if (widest.gap > 0) return {address: widest.address, isGap: true};
  const starts = [...new Set(items.map((item) => item.start))];
  return starts.length < 2 ? null : {address: starts[Math.floor(starts.length / 2)]!, isGap: false};
}

function readOf(table: Table, items: readonly Item[], constraints: RegisterConstraints): PlannedRead {
  const address = items[0]!.start;
  const end = Math.max(...items.map((item) => item.end));
  return {
    table,
    address,
    count: countOf(table, address, end, constraints),
    points: items.flatMap((item) => item.points),
  };
}

function itemOf(points: readonly RegisterPoint[]): Item {
  return {
    start: Math.min(...points.map((point) => point.address)),
    end: Math.max(...points.map((point) => point.address + point.count)),
    points: points.toSorted((a, b) => a.address - b.address),
  };
}

function countOf(table: Table, start: number, end: number, constraints: RegisterConstraints): number {
  const count = end - start;
  return constraints.evenCounts && !isBitTable(table) && count % 2 === 1 ? count + 1 : count;
}

function limitOf(table: Table, constraints: RegisterConstraints): number {
  return isBitTable(table) ? constraints.maxBits : constraints.maxRegisters;
}

function isBitTable(table: Table): boolean {
  return table === "coil" || table === "discrete";
}

function blockOf(point: RegisterPoint, learned: Learned): string | null {
  return point.block === null || learned.brokenBlocks.has(point.block) ? null : point.block;
}

function cutsOf(table: Table, learned: Learned): number[] {
  return [...learned.gapCuts, ...learned.searchCuts]
    .filter((key) => key.startsWith(`${table}:`))
    .map((key) => Number(key.slice(table.length + 1)));
}
