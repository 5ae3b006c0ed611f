import type {AuditStorage} from "../../../client/index.ts";
import {bytes, count, day} from "../../format.ts";
import {language, wordsIn} from "../../language.ts";
import {pathTo} from "../../location.ts";
import {useAnswer} from "../../parts/use-answer.ts";
import {may} from "../../session.ts";
import {SYSTEM_WORDS} from "./system-words.ts";

/** What the audit trail takes on the disk, how fast it grows, and when the disk is full; nothing while that is not known. */
export function StorageCard() {
  const words = wordsIn(SYSTEM_WORDS);
  const locale = language.value;
  const {value: storage} = useAnswer<AuditStorage>("/api/audit/v1/storage");
  if (storage === null) return null;
  const {machines, growthBytesPerDay, disk, retention} = storage;
  const sum = (of: (machine: AuditStorage["machines"][number]) => number) =>
    machines.reduce((all, machine) => all + of(machine), 0);
  return (
    <section class="card stack" aria-labelledby="storage">
      <h2 id="storage">{words.storage}</h2>
      <dl class="facts">
        <dt>{words.total}</dt>
        <dd>{bytes(storage.totalBytes, locale)}</dd>
        <dt>{words.bodies}</dt>
        <dd>{bytes(sum(({bodyBytes}) => bodyBytes) + storage.journalBytes, locale)}</dd>
        <dt>{words.proofs}</dt>
        <dd>{bytes(sum(({tileBytes}) => tileBytes) + storage.storeBytes, locale)}</dd>
        <dt>{words.growth}</dt>
        <dd>{growthBytesPerDay === null ? words.unmeasured : bytes(growthBytesPerDay, locale)}</dd>
        <dt>{words.free}</dt>
        <dd>
          {words.freeOf(bytes(disk.freeBytes, locale), bytes(disk.totalBytes, locale))}
          {disk.fullOn === null ? null : <p class="small quiet">{words.fullOn(day(disk.fullOn, locale))}</p>}
        </dd>
        <dt>{words.kept}</dt>
        <dd>{retention.days === 0 ? words.keptForever : words.keptDays(count(retention.days, locale))}</dd>
      </dl>
      {/* Machine by machine it stands there, beside what was recorded. */}
      {may("audit:read") ? <a href={pathTo("audit")}>{words.byMachine}</a> : null}
    </section>
  );
}
