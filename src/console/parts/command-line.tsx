import {useState} from "preact/hooks";
import {wordsIn} from "../language.ts";
import {copyText} from "./copyable.tsx";

const WORDS = {en: {copy: "Copy", copied: "Copied"}, de: {copy: "Kopieren", copied: "Kopiert"}};

/** A command for the gateway's own machine: whole, to read and to copy. */
export function CommandLine({command}: {command: string}) {
  const words = wordsIn(WORDS);
  const [isCopied, setCopied] = useState(false);
  return (
    <div class="command-line">
      <pre>{command}</pre>
      <button
        class="button second"
        type="button"
        aria-label={`${words.copy}: ${command}`}
        onClick={() => void copyText(command).then(setCopied)}
      >
        {isCopied ? words.copied : words.copy}
      </button>
    </div>
  );
}
