import {useState} from "preact/hooks";
import {wordsIn} from "../../language.ts";
import {copyText} from "../../parts/copyable.tsx";
import {Icon} from "../../parts/icon.tsx";
import {WORDS} from "./words.ts";

/** A password or a token that is shown this once: whole, copyable, with what to do with it. */
export function SecretOnce({
  title,
  secret,
  text,
  onDone,
}: {
  title: string;
  secret: string;
  text: string;
  onDone: () => void;
}) {
  const words = wordsIn(WORDS);
  const [isCopied, setCopied] = useState(false);
  return (
    <section class="stack" aria-labelledby="secret">
      <h3 id="secret">{title}</h3>
      <pre class="secret">{secret}</pre>
      <div class="row">
        <button class="button" type="button" onClick={() => void copyText(secret).then(setCopied)}>
          <Icon name="copy" size={18} />
          {isCopied ? words.copied : words.copy}
        </button>
        <button class="button second" type="button" onClick={onDone}>
          {words.done}
        </button>
      </div>
      <p>{text}</p>
      <p class="problem calm">{words.shownOnce}</p>
    </section>
  );
}
