import {useEffect, useRef, useState} from "preact/hooks";
import {chooseLanguage, language, wordsIn} from "../language.ts";
import {Icon} from "../parts/icon.tsx";
import {checked, forget, give, isBegun, progress, unreadable} from "./checking.ts";
import {FileCard, UnreadableCard} from "./file-card.tsx";
import {filesOfDrop} from "./given.ts";
import {headlineOf} from "./headline.ts";
import {Keys} from "./keys.tsx";
import {WORDS} from "./words.ts";

/** The page: the verdict over everything first, then the keys, then each file. */
export function VerifyApp() {
  const words = wordsIn(WORDS);
  const [isOver, setOver] = useState(false);
  useEffect(() => {
    document.title = words.title;
  }, [words]);
  useOpenForPrint();
  const drop = async (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    if (event.dataTransfer !== null) await give(await filesOfDrop(event.dataTransfer));
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping has its buttons beside it.
    <div
      class={isOver ? "verify over" : "verify"}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={(event) => {
        if (event.currentTarget === event.target) setOver(false);
      }}
      onDrop={(event) => void drop(event)}
    >
      <header class="verify-top">
        <strong>Tanglegate</strong>
        <Languages />
      </header>
      <main class="stack">
        {isBegun.value ? <Results /> : <Begin />}
        <Keys />
        {isBegun.value ? <Files /> : null}
        <p class="small quiet verify-local">{words.local}</p>
      </main>
    </div>
  );
}

function Begin() {
  const words = wordsIn(WORDS);
  return (
    <>
      <h1>{words.lead}</h1>
      <section class="verify-drop">
        <Icon name="audit" size={40} />
        <p class="verify-drop-words">{words.drop}</p>
        <p class="quiet small">{words.dropOr}</p>
        <Pickers />
      </section>
    </>
  );
}

function Results() {
  const words = wordsIn(WORDS);
  const now = progress.value;
  const {mood, sentence, beside} = headlineOf({files: checked.value, unreadable: unreadable.value}, language.value);
  return (
    <section class="stack tight" aria-live="polite" aria-busy={now !== null}>
      {now === null ? (
        <h1 class={`verify-verdict ${mood}`} data-mood={mood}>
          <Icon name={mood} size={32} />
          <span>{sentence}</span>
        </h1>
      ) : (
        <h1>{words.checking(String(now.done), String(now.of))}</h1>
      )}
      {now === null && beside !== null ? <p>{beside}</p> : null}
      <div class="row verify-actions">
        <button class="button second" type="button" onClick={forget}>
          {words.again}
        </button>
        <button class="button plain" type="button" onClick={() => print()}>
          {words.print}
        </button>
      </div>
    </section>
  );
}

function Files() {
  const isOnly = checked.value.length + unreadable.value.length === 1;
  return (
    <>
      {unreadable.value.map((file) => (
        <UnreadableCard key={file.name} file={file} />
      ))}
      {checked.value.map((file) => (
        <FileCard key={file.name} file={file} isOpen={isOnly} />
      ))}
    </>
  );
}

function Pickers() {
  const words = wordsIn(WORDS);
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const take = (input: HTMLInputElement) => void give([...(input.files ?? [])]);
  return (
    <div class="row verify-pickers">
      <button class="button" type="button" onClick={() => files.current?.click()}>
        {words.chooseFiles}
      </button>
      <button class="button second" type="button" onClick={() => folder.current?.click()}>
        {words.chooseFolder}
      </button>
      <input
        ref={files}
        class="unseen"
        type="file"
        tabIndex={-1}
        aria-label={words.chooseFiles}
        multiple
        accept=".json,.zip,application/json,application/zip"
        onChange={(event) => take(event.currentTarget)}
      />
      <input
        ref={(input) => {
          folder.current = input;
          input?.setAttribute("webkitdirectory", "");
        }}
        class="unseen"
        type="file"
        tabIndex={-1}
        aria-label={words.chooseFolder}
        multiple
        onChange={(event) => take(event.currentTarget)}
      />
    </div>
  );
}

function Languages() {
  const words = wordsIn(WORDS);
  return (
    <fieldset class="verify-languages">
      <legend class="unseen">{words.language}</legend>
      {(["en", "de"] as const).map((each) => (
        <button
          key={each}
          class="button plain"
          type="button"
          aria-pressed={language.value === each}
          onClick={() => chooseLanguage(each)}
        >
          {{en: "English", de: "Deutsch"}[each]}
        </button>
      ))}
    </fieldset>
  );
}

// Paper has nothing to open.
function useOpenForPrint(): void {
  useEffect(() => {
    const open = () => {
      for (const details of document.querySelectorAll<HTMLDetailsElement>("details.for-print")) details.open = true;
    };
    addEventListener("beforeprint", open);
    return () => removeEventListener("beforeprint", open);
  }, []);
}
