import {useEffect, useState} from "preact/hooks";
import {get, withQuery} from "../../api.ts";
import {count, dayAndTime} from "../../format.ts";
import {language, wordsIn} from "../../language.ts";
import {now} from "../../live.ts";
import {pathTo} from "../../location.ts";
import {Copyable} from "../../parts/copyable.tsx";
import {sentenceOfFailure} from "../../parts/form.tsx";
import {Sheet} from "../../parts/sheet.tsx";
import {TaggedDataView} from "./block-sheet.tsx";
import {WORDS} from "./words.ts";

const PAGE_SIZE = 50;

interface TaggedPage {
  readonly items: readonly {
    readonly blockId: string;
    readonly milestoneIndex: number;
    readonly milestoneTimestamp: number;
    readonly data: string;
  }[];
  readonly cursor?: string;
}

/** The confirmed blocks of one tag, in their confirmed order. */
export function TagSheet({tag, onClose}: {tag: string; onClose: () => void}) {
  const words = wordsIn(WORDS);
  const locale = language.value;
  const [items, setItems] = useState<TaggedPage["items"]>([]);
  const [cursor, setCursor] = useState<string | undefined>(undefined);
  const [problem, setProblem] = useState<string | null>(null);
  const [isLoaded, setLoaded] = useState(false);
  const load = async (after: string | undefined) => {
    try {
      const page = await get<TaggedPage>(withQuery("/api/tags/v1/blocks", {tag, pageSize: PAGE_SIZE, cursor: after}));
      setItems((before) => (after === undefined ? page.items : [...before, ...page.items]));
      setCursor(page.cursor);
    } catch (error) {
      setProblem(sentenceOfFailure(error));
    }
    setLoaded(true);
  };
  useEffect(() => void load(undefined), [tag]);
  return (
    <Sheet title={words.tag(tag)} onClose={onClose}>
      {problem === null ? null : <p class="problem">{problem}</p>}
      {!isLoaded ? <p class="quiet">{words.loading}</p> : null}
      {isLoaded && problem === null ? (
        <p>
          {items.length === 0
            ? words.tagNone
            : words.tagSentence(count(items.length, locale), items.length === 1, cursor !== undefined)}
        </p>
      ) : null}
      {items.map(({blockId, milestoneIndex, milestoneTimestamp, data}) => (
        <section key={blockId} class="stack tight">
          <div class="row spread">
            <Copyable text={blockId} href={pathTo("tangle", "block", blockId)} />
            <a href={pathTo("tangle", "milestone", milestoneIndex)}>
              {dayAndTime(milestoneTimestamp * 1000, locale, now.value)}
            </a>
          </div>
          <TaggedDataView tag={undefined} data={data} />
        </section>
      ))}
      {cursor === undefined ? null : (
        <button class="button second" type="button" onClick={() => void load(cursor)}>
          {words.older}
        </button>
      )}
    </Sheet>
  );
}
