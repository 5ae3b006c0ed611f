// Search over the logs of all machines, newest first by the gateway's own time.

import type {AuditFilter, AuditSearchItem} from "../client/index.ts";
import type {Logs} from "./logs.ts";
import {type MachineLog, readStored} from "./machine-log.ts";
import {segmentsOf} from "./reader.ts";
import {isHit} from "./search-filter.ts";
import {presentItem} from "./search-item.ts";

/**
 * The hits of a filter, newest first, over all machines it names. Memory is bounded however many there are: take as many as wanted and
 * return. Entries that are appended meanwhile are not seen. Errors: `audit/invalid` with the field, `audit/not-found` for a machine.
 */
export async function* searchEntries(logs: Logs, filter: AuditFilter): AsyncGenerator<AuditSearchItem> {
  const streams = (filter.machines ?? logs.machines()).map((machine) => walk(logs, segmentsOf(logs, machine)));
  const heads = await Promise.all(streams.map((stream) => stream.next()));
  for (;;) {
    let best = -1;
    for (const [i, {value}] of heads.entries())
      if (value !== undefined && (best < 0 || timeOf(value) > timeOf(heads[best]!.value!))) best = i;
    if (best < 0) return;
    const item = heads[best]!.value!;
    heads[best] = await streams[best]!.next();
    if (isHit(filter, item)) yield item;
  }
}

async function* walk(logs: Logs, segments: readonly MachineLog[]): AsyncGenerator<AuditSearchItem, undefined> {
  for (const log of segments.toReversed())
    for (let index = log.tree.size - 1; index >= 0; index--)
      yield presentItem(logs, log, await readStored(log, index, logs));
  return undefined;
}

function timeOf({time}: AuditSearchItem): string {
  return time.recorded ?? time.utc;
}
