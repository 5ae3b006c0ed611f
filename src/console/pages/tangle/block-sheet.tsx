import {useEffect, useState} from "preact/hooks";
import {fromHex, fromUtf8} from "../../../bytes.ts";
import type {BlockMetadata} from "../../../client/index.ts";
import type {BlockJson} from "../../../stardust/pure.ts";
import {get, Refusal} from "../../api.ts";
import {count, dayAndTime} from "../../format.ts";
import {language, wordsIn} from "../../language.ts";
import {now} from "../../live.ts";
import {pathTo} from "../../location.ts";
import {Copyable} from "../../parts/copyable.tsx";
import {sentenceOfFailure} from "../../parts/form.tsx";
import {Sheet} from "../../parts/sheet.tsx";
import {State} from "../../parts/state.tsx";
import type {Picture} from "./picture.ts";
import type {InclusionCheck} from "./prove.ts";
import {type TangleWords, WORDS} from "./words.ts";

interface Facts {
  readonly block: BlockJson;
  readonly metadata: BlockMetadata;
}

/** A block in words, with what it carries and the way to its proof. */
export function BlockSheet({id, picture, onClose}: {id: string; picture: Picture | null; onClose: () => void}) {
  const words = wordsIn(WORDS);
  const [facts, setFacts] = useState<Facts | string | null>(null);
  useEffect(() => {
    picture?.highlight(id);
    picture?.reveal(id, document.querySelector(".sheet")?.clientWidth ?? 0);
    const path = `/api/core/v2/blocks/${encodeURIComponent(id)}`;
    Promise.all([get<BlockJson>(path), get<BlockMetadata>(`${path}/metadata`)]).then(
      ([block, metadata]) => setFacts({block, metadata}),
      (error: unknown) =>
        setFacts(error instanceof Refusal && error.status === 404 ? words.notFound : sentenceOfFailure(error)),
    );
    return () => picture?.highlight(null);
  }, [id, picture]);
  return (
    <Sheet title={words.block} onClose={onClose}>
      {facts === null ? <p class="quiet">{words.loading}</p> : null}
      {typeof facts === "string" ? <p class="problem">{facts}</p> : null}
      {facts !== null && typeof facts !== "string" ? <BlockFacts id={id} facts={facts} picture={picture} /> : null}
    </Sheet>
  );
}

function BlockFacts({id, facts, picture}: {id: string; facts: Facts; picture: Picture | null}) {
  const words = wordsIn(WORDS);
  const {block, metadata} = facts;
  const payload = block.payload;
  const children = picture?.layout.children(id) ?? [];
  return (
    <>
      <p>{sentenceOf(facts, words, picture?.layout.placed.get(id)?.block.bytes ?? null)}</p>
      <dl class="facts">
        <dt>{words.id}</dt>
        <dd>
          <Copyable text={id} />
        </dd>
        <dt>{words.parents}</dt>
        <dd>
          {metadata.parents.map((parent) => (
            <div key={parent}>
              <Copyable text={parent} href={pathTo("tangle", "block", parent)} />
            </div>
          ))}
        </dd>
        <dt>{words.children}</dt>
        <dd>
          {children.length === 0
            ? words.nobody
            : children.slice(0, 8).map((child) => (
                <div key={child}>
                  <Copyable text={child} href={pathTo("tangle", "block", child)} />
                </div>
              ))}
        </dd>
      </dl>
      {payload !== undefined && "tag" in payload ? <TaggedDataView tag={payload.tag} data={payload.data} /> : null}
      {payload !== undefined && "index" in payload ? (
        <p>
          <a href={pathTo("tangle", "milestone", payload.index)}>
            {words.milestone(count(payload.index, language.value))}
          </a>
        </p>
      ) : null}
      <Proof id={id} isReferenced={metadata.referencedByMilestoneIndex !== undefined} />
      <details>
        <summary>{words.raw}</summary>
        <pre>{JSON.stringify(block, null, 2)}</pre>
      </details>
    </>
  );
}

function sentenceOf({block, metadata}: Facts, words: TangleWords, size: number | null): string {
  const locale = language.value;
  const {payload} = block;
  const bytes = count(size ?? 0, locale);
  const tag = payload !== undefined && "tag" in payload ? tagText(payload.tag ?? "0x") : "";
  const what =
    payload === undefined
      ? words.whatCheckpoint
      : "index" in payload
        ? words.whatMilestone(count(payload.index, locale))
        : tag === ""
          ? words.whatPlainData(bytes)
          : words.whatData(tag, bytes);
  const {referencedByMilestoneIndex: by, ledgerInclusionState, parents} = metadata;
  const state =
    by === undefined
      ? words.statePending
      : ledgerInclusionState === "conflicting"
        ? words.stateConflicting(count(by, locale))
        : words.stateConfirmed(count(by, locale));
  return words.sentence(what, words.blocks(count(parents.length, locale), parents.length === 1), state);
}

/** Tag and data of a block, as text where they are text. */
export function TaggedDataView({tag, data}: {tag: string | undefined; data: string | undefined}) {
  const words = wordsIn(WORDS);
  const text = tagText(tag ?? "0x");
  return (
    <section class="stack tight">
      <h3>{words.data}</h3>
      {text === "" ? null : (
        <p>
          <a href={pathTo("tangle", "tag", text)}>{text}</a>
        </p>
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: long data is scrolled with the keyboard, too. */}
      <pre class="data-text" tabIndex={0}>
        {dataText(data ?? "0x")}
      </pre>
    </section>
  );
}

/** A tag as text where it is readable, else 0x-hex; empty without one. */
export function tagText(tag: string): string {
  const text = textOf(tag);
  return text !== null && /^[\x20-\x7e]*$/.test(text) ? text : tag;
}

function dataText(data: string): string {
  const text = textOf(data);
  if (text === null) return data;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

// Null when the bytes are no text that a person reads.
function textOf(hex: string): string | null {
  try {
    const text = fromUtf8(fromHex(hex as `0x${string}`));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what tells bytes from text.
    return /[\x00-\x08\x0b\x0c\x0e-\x1f]/.test(text) ? null : text;
  } catch {
    return null;
  }
}

function Proof({id, isReferenced}: {id: string; isReferenced: boolean}) {
  const words = wordsIn(WORDS);
  const [outcome, setOutcome] = useState<InclusionCheck | "proving" | null>(null);
  if (!isReferenced) return <p class="quiet">{words.proofWait}</p>;
  const prove = async () => {
    setOutcome("proving");
    // The rules of the proof are a part of their own: most visitors only look.
    const {checkInclusion} = await import("./prove.ts");
    setOutcome(await checkInclusion(id));
  };
  return (
    <section class="stack tight" aria-live="polite">
      <div>
        <button class="button second" type="button" disabled={outcome === "proving"} onClick={() => void prove()}>
          {outcome === "proving" ? words.proving : words.prove}
        </button>
      </div>
      {outcome === null || outcome === "proving" ? null : outcome.isProven ? (
        <p>
          <State mood="good">
            {words.proven(
              count(outcome.milestoneIndex, language.value),
              dayAndTime(outcome.timeMs, language.value, now.value),
              outcome.signers,
            )}
          </State>
        </p>
      ) : (
        <p>
          <State mood={outcome.isFailure ? "wait" : "bad"}>
            {(outcome.isFailure ? "" : words.disproven) + outcome.because}
          </State>
        </p>
      )}
    </section>
  );
}
