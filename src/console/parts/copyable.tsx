import {useState} from "preact/hooks";
import {shortId} from "../format.ts";
import {wordsIn} from "../language.ts";
import {Icon} from "./icon.tsx";

const WORDS = {
  en: {copy: "Copy", copied: "Copied"},
  de: {copy: "Kopieren", copied: "Kopiert"},
};
const SAID_MS = 1500;

/** An id: its beginning to read, the whole of it to copy. */
export function Copyable({text, href}: {text: string; href?: string}) {
  const words = wordsIn(WORDS);
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    setCopied(await copyText(text));
    setTimeout(() => setCopied(false), SAID_MS);
  };
  const short = <code>{shortId(text)}</code>;
  return (
    <span class="copyable" title={text}>
      {href === undefined ? short : <a href={href}>{short}</a>}
      <button
        class="button plain"
        type="button"
        aria-label={`${words.copy} ${shortId(text)}`}
        onClick={() => void copy()}
      >
        {isCopied ? words.copied : <Icon name="copy" size={16} />}
      </button>
    </span>
  );
}

/** Puts a text into the clipboard; false when the browser does not let a page do that. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Without TLS browsers give pages no clipboard; the old way still works there.
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    const isDone = document.execCommand("copy");
    area.remove();
    return isDone;
  }
}
