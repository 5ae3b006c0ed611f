import {useEffect, useState} from "preact/hooks";
import type {MilestoneJson} from "../../../stardust/pure.ts";
import {get, Refusal} from "../../api.ts";
import {count, dayAndTime, utcTime} from "../../format.ts";
import {language, wordsIn} from "../../language.ts";
import {milestones, now} from "../../live.ts";
import {pathTo} from "../../location.ts";
import {Copyable} from "../../parts/copyable.tsx";
import {sentenceOfFailure} from "../../parts/form.tsx";
import {Sheet} from "../../parts/sheet.tsx";
import {WORDS} from "./words.ts";

/** A milestone: when, who signed it, what it confirms. */
export function MilestoneSheet({index, onClose}: {index: string; onClose: () => void}) {
  const words = wordsIn(WORDS);
  const locale = language.value;
  const [milestone, setMilestone] = useState<MilestoneJson | string | null>(null);
  useEffect(() => {
    get<MilestoneJson>(`/api/core/v2/milestones/by-index/${encodeURIComponent(index)}`).then(
      setMilestone,
      (error: unknown) =>
        setMilestone(
          error instanceof Refusal && error.status < 500 && error.status > 0
            ? words.noMilestone
            : sentenceOfFailure(error),
        ),
    );
  }, [index]);
  const title = words.milestone(/^\d+$/.test(index) ? count(Number(index), locale) : index);
  if (milestone === null || typeof milestone === "string")
    return (
      <Sheet title={title} onClose={onClose}>
        {milestone === null ? <p class="quiet">{words.loading}</p> : <p class="problem">{milestone}</p>}
      </Sheet>
    );
  const confirmed = milestones.value.find((known) => known.index === milestone.index);
  return (
    <Sheet title={title} onClose={onClose}>
      {confirmed === undefined ? null : (
        <p>
          {words.milestoneSentence(
            words.blocks(count(confirmed.referencedBlocks, locale), confirmed.referencedBlocks === 1),
          )}
        </p>
      )}
      <dl class="facts">
        <dt>{words.time}</dt>
        <dd title={utcTime(milestone.timestamp * 1000)}>{dayAndTime(milestone.timestamp * 1000, locale, now.value)}</dd>
        <dt>{words.parents}</dt>
        <dd>
          {milestone.parents.map((parent) => (
            <div key={parent}>
              <Copyable text={parent} href={pathTo("tangle", "block", parent)} />
            </div>
          ))}
        </dd>
        <dt>{words.inclusionRoot}</dt>
        <dd>
          <Copyable text={milestone.inclusionMerkleRoot} />
        </dd>
        <dt>{words.signedBy}</dt>
        <dd>
          {milestone.signatures.map(({publicKey}) => (
            <div key={publicKey}>
              <Copyable text={publicKey} />
            </div>
          ))}
        </dd>
        {milestone.index > 1 ? (
          <>
            <dt>{words.previous}</dt>
            <dd>
              <a href={pathTo("tangle", "milestone", milestone.index - 1)}>{count(milestone.index - 1, locale)}</a>
            </dd>
          </>
        ) : null}
      </dl>
      <details>
        <summary>{words.raw}</summary>
        <pre>{JSON.stringify(milestone, null, 2)}</pre>
      </details>
    </Sheet>
  );
}
