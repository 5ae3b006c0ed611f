import type {AuditStorage} from "../../../client/index.ts";
import {bytes, count, day} from "../../format.ts";
import {language, wordsIn} from "../../language.ts";
import {useAnswer} from "./answer.ts";
import {Failed} from "./failed.tsx";
import {TOOL_WORDS} from "./tool-words.ts";

/** How large the trail is, how fast it grows, and what is removed when. */
export function Storage() {
  const words = wordsIn(TOOL_WORDS);
  const {answer, again} = useAnswer<AuditStorage>("/api/audit/v1/storage");
  return (
    <section class="stack tight" aria-labelledby="storage">
      <h2 id="storage">{words.storage.title}</h2>
      {answer.state === "failed" ? <Failed error={answer.error} again={again} /> : null}
      {answer.value === null ? null : <StorageFacts storage={answer.value} />}
    </section>
  );
}

function StorageFacts({storage}: {storage: AuditStorage}) {
  const words = wordsIn(TOOL_WORDS).storage;
  const locale = language.value;
  const {totalBytes, growthBytesPerDay, measuredDays, disk, retention, machines} = storage;
  return (
    <div class="card stack tight">
      <dl class="facts">
        <dt>{words.size}</dt>
        <dd>{words.sizeText(bytes(totalBytes, locale), bytes(disk.freeBytes, locale))}</dd>
        <dt>{words.growth}</dt>
        <dd>
          {growthBytesPerDay === null
            ? words.noGrowth
            : words.growthText(bytes(Math.max(0, growthBytesPerDay), locale), measuredDays)}
        </dd>
        {growthBytesPerDay === null ? null : (
          <>
            <dt>{words.full}</dt>
            <dd>{disk.fullOn === null ? words.notFull : words.fullText(day(disk.fullOn, locale))}</dd>
          </>
        )}
        <dt>{words.retention}</dt>
        <dd>
          {retention.days === 0
            ? words.forEver
            : words.days(
                count(retention.days, locale),
                retention.erasedBefore === null ? null : day(retention.erasedBefore, locale),
              )}
        </dd>
      </dl>
      <p class="small quiet">{words.pruned}</p>
      <details>
        <summary>{words.byMachine}</summary>
        <div class="scroll">
          <table>
            <thead>
              <tr>
                <th>{words.machine}</th>
                <th class="figure">{words.entries}</th>
                <th class="figure">{words.contents}</th>
                <th class="figure">{words.hashes}</th>
                <th class="figure">{words.erased}</th>
              </tr>
            </thead>
            <tbody>
              {machines.map((machine) => (
                <tr key={machine.machine}>
                  <td>{machine.machine}</td>
                  <td class="figure">{count(machine.entries, locale)}</td>
                  <td class="figure">{bytes(machine.bodyBytes, locale)}</td>
                  <td class="figure">{bytes(machine.tileBytes, locale)}</td>
                  <td class="figure">{machine.erased === 0 ? "–" : count(machine.erased, locale)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </div>
  );
}
