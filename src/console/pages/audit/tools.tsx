import {useState} from "preact/hooks";
import type {AuditFilter, Page, SavedFilter} from "../../../client/index.ts";
import {put, remove} from "../../api.ts";
import {count, day} from "../../format.ts";
import {type Language, language, wordsIn} from "../../language.ts";
import {copyText} from "../../parts/copyable.tsx";
import {Field, Form, sentenceOfFailure} from "../../parts/form.tsx";
import {Icon} from "../../parts/icon.tsx";
import {may} from "../../session.ts";
import {useAnswer} from "./answer.ts";
import {Failed} from "./failed.tsx";
import {Menu} from "./menu.tsx";
import {TOOL_WORDS} from "./tool-words.ts";
import type {Hits} from "./use-hits.ts";
import {addressOf, queryOf, type View, viewOfFilter} from "./view.ts";
import {WORDS} from "./words.ts";

const FORMATS = ["csv", "json", "pdf", "zip"] as const;

interface ToolProps {
  readonly view: View;
  /** As the list has it now. */
  readonly filter: AuditFilter;
  readonly hits: Hits;
}

/** Saved filters, the address of this view, and the export of what is shown. */
export function Tools({view, filter, hits}: ToolProps) {
  return (
    <div class="row tools">
      <SavedFilters view={view} filter={filter} />
      {may("audit:export") ? <Export filter={filter} hits={hits} /> : null}
    </div>
  );
}

export function hitsText(hits: Hits): string {
  const words = wordsIn(WORDS);
  if (hits.count === null) return words.counting;
  const text = count(hits.count, language.value);
  return hits.isComplete ? words.hits(text, hits.count === 1) : words.hitsAtLeast(text);
}

function Export({filter, hits}: Pick<ToolProps, "filter" | "hits">) {
  const words = wordsIn(TOOL_WORDS);
  const [chosen, setChosen] = useState<Language>(language.value);
  return (
    <Menu label={words.exports.title} icon="download">
      <div class="stack tight">
        <p>{words.exports.count(hitsText(hits))}</p>
        <Field label={words.exports.language}>
          <select value={chosen} onChange={({currentTarget: {value}}) => setChosen(value === "de" ? "de" : "en")}>
            <option value="en">English</option>
            <option value="de">Deutsch</option>
          </select>
        </Field>
        <ul class="stack tight">
          {FORMATS.map((format) => (
            <li key={format}>
              <a download href={`/api/audit/v1/export${queryOf(filter, {format, language: chosen})}`}>
                {words.exports[format]}
              </a>
            </li>
          ))}
        </ul>
        <p class="small quiet">{words.exports.logged}</p>
      </div>
    </Menu>
  );
}

function SavedFilters({view, filter}: Pick<ToolProps, "view" | "filter">) {
  const words = wordsIn(TOOL_WORDS);
  const [isOpened, setOpened] = useState(false);
  const {answer, again} = useAnswer<Page<SavedFilter>>(isOpened ? "/api/audit/v1/filters" : null);
  const [name, setName] = useState("");
  const [problem, setProblem] = useState("");
  const [isCopied, setCopied] = useState(false);
  const share = async () => {
    const address = new URL(addressOf({...view, open: null}), location.href);
    setCopied(await copyText(address.href));
  };
  const save = async () => {
    const {from, to, ...rest} = filter;
    const whole = view.preset === null ? filter : rest;
    await put(`/api/audit/v1/filters/${encodeURIComponent(name.trim())}`, whole);
    setName("");
    again();
  };
  const drop = (saved: string) => {
    setProblem("");
    remove(`/api/audit/v1/filters/${encodeURIComponent(saved)}`).then(again, (error: unknown) =>
      setProblem(sentenceOfFailure(error)),
    );
  };
  return (
    <Menu
      label={words.saved.title}
      icon="filter"
      onOpen={() => {
        setOpened(true);
        setCopied(false);
      }}
    >
      <div class="stack">
        {answer.state === "failed" ? <Failed error={answer.error} again={again} /> : null}
        {answer.value === null ? null : answer.value.items.length === 0 ? (
          <p class="small quiet">{words.saved.none}</p>
        ) : (
          <ul class="saved">
            {answer.value.items.map((saved) => (
              <li key={saved.name} class="row spread">
                <span>
                  <a href={addressOf(viewOfFilter(saved.filter))}>{saved.name}</a>
                  <br />
                  <span class="small quiet">
                    {words.saved.by(saved.savedBy.replace(/^[a-z]+:/, ""), day(saved.savedAt, language.value))}
                  </span>
                </span>
                {may("audit:review") ? (
                  <button
                    class="icon-button"
                    type="button"
                    aria-label={words.saved.remove(saved.name)}
                    title={words.saved.remove(saved.name)}
                    onClick={() => drop(saved.name)}
                  >
                    <Icon name="close" size={18} />
                  </button>
                ) : null}
              </li>
            ))}
          </ul>
        )}
        <div role="alert">{problem === "" ? null : <p class="problem">{problem}</p>}</div>
        {may("audit:review") ? (
          <Form button={words.saved.save} isReady={name.trim() !== ""} onSubmit={save}>
            <Field label={words.saved.name} hint={words.saved.hint}>
              <input maxLength={64} value={name} onInput={(event) => setName(event.currentTarget.value)} />
            </Field>
          </Form>
        ) : null}
        <button class="button second" type="button" onClick={() => void share()}>
          <Icon name="copy" size={18} />
          {isCopied ? words.saved.copied : words.saved.share}
        </button>
      </div>
    </Menu>
  );
}
