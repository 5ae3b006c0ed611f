import {useEffect, useRef, useState} from "preact/hooks";
import type {AuditFacet, AuditFacets, AuditKind} from "../../../client/index.ts";
import {count} from "../../format.ts";
import {language, wordsIn} from "../../language.ts";
import {go} from "../../location.ts";
import {Field} from "../../parts/form.tsx";
import {Icon} from "../../parts/icon.tsx";
import {Sheet} from "../../parts/sheet.tsx";
import {typeWords} from "./entry-words.ts";
import {Menu} from "./menu.tsx";
import type {Hits} from "./use-hits.ts";
import {
  addressOf,
  EMPTY_VIEW,
  filtersSet,
  fromLocalInput,
  KINDS,
  PRESETS,
  type Preset,
  REVIEW_STATES,
  toLocalInput,
  type View,
} from "./view.ts";
import {WORDS} from "./words.ts";

/** A text goes into the address when nobody typed for so long. */
const TYPING_MS = 400;

interface FilterProps {
  readonly view: View;
  /** What there is to filter by; null while it is not known, then one can still type. */
  readonly facets: AuditFacets | null;
}

/** Which entries: kinds always, the other fields beside each other, or in a sheet on a phone. */
export function FilterBar({view, facets, hits}: FilterProps & {hits: Hits}) {
  const words = wordsIn(WORDS);
  const [isOpen, setOpen] = useState(false);
  const set = filtersSet(view);
  return (
    <section class="stack tight" aria-label={words.filtersTitle}>
      <div class="row spread">
        <KindChips view={view} />
        <button class="button second narrow-only" type="button" onClick={() => setOpen(true)}>
          <Icon name="filter" size={18} />
          {words.filtersSet(set)}
        </button>
      </div>
      <div class="wide-only">
        <FilterFields view={view} facets={facets} />
      </div>
      {isOpen ? (
        <Sheet title={words.filtersTitle} onClose={() => setOpen(false)}>
          <FilterFields view={view} facets={facets} />
          <div class="row">
            <button class="button" type="button" onClick={() => setOpen(false)}>
              {hits.count === null ? words.done : words.showHits(count(hits.count, language.value), hits.count === 1)}
            </button>
            <ClearButton view={view} />
          </div>
        </Sheet>
      ) : null}
    </section>
  );
}

export function ClearButton({view}: {view: View}) {
  const words = wordsIn(WORDS);
  if (filtersSet(view) === 0) return null;
  return (
    <button
      class="button plain"
      type="button"
      onClick={() => go(addressOf({...EMPTY_VIEW, kinds: view.kinds, open: view.open}))}
    >
      {words.clear}
    </button>
  );
}

function KindChips({view}: {view: View}) {
  const words = wordsIn(WORDS);
  const kinds = view.kinds ?? [];
  const toggle = (kind: AuditKind) => {
    const next = kinds.includes(kind) ? kinds.filter((other) => other !== kind) : [...kinds, kind];
    const ordered = KINDS.filter((known) => next.includes(known));
    go(addressOf({...view, kinds: ordered.length === KINDS.length ? [] : ordered}));
  };
  return (
    <fieldset class="chips">
      <legend class="unseen">{words.kind}</legend>
      {KINDS.map((kind) => (
        <button key={kind} class="chip" type="button" aria-pressed={kinds.includes(kind)} onClick={() => toggle(kind)}>
          <i class={`swatch ${kind}`} />
          {words.kinds[kind]}
        </button>
      ))}
      <button
        class="chip"
        type="button"
        aria-pressed={view.kinds !== null && kinds.length === 0}
        onClick={() => go(addressOf({...view, kinds: []}))}
      >
        {words.allKinds}
      </button>
    </fieldset>
  );
}

function FilterFields({view, facets}: FilterProps) {
  const words = wordsIn(WORDS);
  const locale = language.value;
  const change = (changes: Partial<View>) => go(addressOf({...view, ...changes}));
  const typed = (changes: Partial<View>) => go(addressOf({...view, ...changes}), {isReplaced: true});
  return (
    <div class="filters">
      <Field label={words.text}>
        <TextInput value={view.text} hint={words.textHint} onText={(text) => typed({text})} />
      </Field>
      <Field label={words.person}>
        <TextInput
          value={view.actor}
          hint={words.personHint}
          options={facets?.actors ?? []}
          onText={(actor) => typed({actor})}
        />
      </Field>
      <Field label={words.value}>
        <TextInput value={view.value} hint={words.valueHint} onText={(value) => typed({value})} />
      </Field>
      <Field label={words.subject}>
        <TextInput value={view.subject} hint={words.subjectHint} onText={(subject) => typed({subject})} />
      </Field>
      <PickMany
        label={words.machine}
        none={words.allMachines}
        options={facets?.machines ?? []}
        chosen={view.machines}
        onChange={(machines) => change({machines})}
      />
      <PickMany
        label={words.type}
        none={words.allTypes}
        options={facets?.types ?? []}
        nameOf={(type) => typeWords(type, locale)}
        chosen={view.types}
        onChange={(types) => change({types})}
      />
      <TimeField view={view} />
      <Field label={words.review}>
        <select
          value={view.review ?? ""}
          onChange={(event) => change({review: REVIEW_STATES.find((s) => s === event.currentTarget.value) ?? null})}
        >
          <option value="">{words.anyReview}</option>
          {REVIEW_STATES.map((state) => (
            <option key={state} value={state}>
              {words.reviews[state]}
            </option>
          ))}
        </select>
      </Field>
      <Field label={words.anchor}>
        <select
          value={view.state ?? ""}
          onChange={({currentTarget: {value}}) =>
            change({state: value === "verified" || value === "waiting" ? value : null})
          }
        >
          <option value="">{words.anyAnchor}</option>
          <option value="verified">{words.anchorStates.verified}</option>
          <option value="waiting">{words.anchorStates.waiting}</option>
        </select>
      </Field>
    </div>
  );
}

const OWN = "own";

function TimeField({view}: {view: View}) {
  const words = wordsIn(WORDS);
  const {preset, from, to} = view;
  const [isOwn, setOwn] = useState(false);
  const hasOwn = preset === null && (isOwn || from !== null || to !== null);
  const change = (changes: Partial<View>) => go(addressOf({...view, preset: null, ...changes}));
  const choose = (word: string) => {
    setOwn(word === OWN);
    if (word !== OWN)
      change({preset: (PRESETS as readonly string[]).includes(word) ? (word as Preset) : null, from: null, to: null});
  };
  return (
    <>
      <Field label={words.time}>
        <select value={preset ?? (hasOwn ? OWN : "")} onChange={(event) => choose(event.currentTarget.value)}>
          <option value="">{words.anyTime}</option>
          {PRESETS.map((name) => (
            <option key={name} value={name}>
              {words.times[name]}
            </option>
          ))}
          <option value={OWN}>{words.ownTime}</option>
        </select>
      </Field>
      {hasOwn ? (
        <>
          <Field label={words.from}>
            <input
              type="datetime-local"
              value={toLocalInput(from)}
              onChange={(event) => change({from: fromLocalInput(event.currentTarget.value, "start"), to})}
            />
          </Field>
          <Field label={words.to}>
            <input
              type="datetime-local"
              value={toLocalInput(to)}
              onChange={(event) => change({from, to: fromLocalInput(event.currentTarget.value, "end")})}
            />
          </Field>
        </>
      ) : null}
    </>
  );
}

function TextInput({
  value,
  hint,
  options = [],
  onText,
}: {
  value: string;
  hint: string;
  options?: readonly AuditFacet[];
  onText: (text: string) => void;
}) {
  const [text, setText] = useState(value);
  const timer = useRef(0);
  const list = useRef(`list-${Math.trunc(performance.now() * 1000)}`);
  useEffect(() => setText(value), [value]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const send = (next: string) => {
    clearTimeout(timer.current);
    if (next.trim() !== value) onText(next.trim());
  };
  return (
    <>
      <input
        type="search"
        maxLength={256}
        spellcheck={false}
        autocapitalize="none"
        placeholder={hint}
        list={options.length === 0 ? undefined : list.current}
        value={text}
        onInput={(event) => {
          const next = event.currentTarget.value;
          setText(next);
          clearTimeout(timer.current);
          timer.current = window.setTimeout(() => send(next), TYPING_MS);
        }}
        onChange={(event) => send(event.currentTarget.value)}
      />
      {options.length === 0 ? null : (
        <datalist id={list.current}>
          {options.map(({name}) => (
            <option key={name} value={name} />
          ))}
        </datalist>
      )}
    </>
  );
}

/** Several of many, with how many entries each has. What is chosen stays in the list even when nothing of it is left. */
function PickMany({
  label,
  none,
  options,
  nameOf = (name) => name,
  chosen,
  onChange,
}: {
  label: string;
  none: string;
  options: readonly AuditFacet[];
  nameOf?: (name: string) => string;
  chosen: readonly string[];
  onChange: (names: readonly string[]) => void;
}) {
  const words = wordsIn(WORDS);
  const known = options.map(({name}) => name);
  const gone = chosen.filter((name) => !known.includes(name)).map((name) => ({name, count: 0}));
  const text = chosen.length === 0 ? none : chosen.length === 1 ? nameOf(chosen[0]!) : words.chosen(chosen.length);
  return (
    <div class="field">
      <span aria-hidden="true">{label}</span>
      <Menu label={text} name={label}>
        <fieldset class="picks">
          <legend class="unseen">{label}</legend>
          {[...gone, ...options].map((option) => (
            <label key={option.name} class="check">
              <input
                type="checkbox"
                checked={chosen.includes(option.name)}
                onChange={(event) =>
                  onChange(
                    event.currentTarget.checked
                      ? [...chosen, option.name]
                      : chosen.filter((name) => name !== option.name),
                  )
                }
              />
              <span class="name">{nameOf(option.name)}</span>
              <span class="small quiet">{count(option.count, language.value)}</span>
            </label>
          ))}
        </fieldset>
      </Menu>
    </div>
  );
}
