import type {ComponentChildren} from "preact";
import {useEffect, useId, useRef} from "preact/hooks";
import {wordsIn} from "../language.ts";
import {Icon} from "./icon.tsx";

const WORDS = {en: {close: "Close"}, de: {close: "Schließen"}};

/** Detail beside the page, which stays usable. Takes the focus when it opens and gives it back; Escape closes it. */
export function Sheet({title, onClose, children}: {title: string; onClose: () => void; children: ComponentChildren}) {
  const words = wordsIn(WORDS);
  const sheet = useRef<HTMLDivElement>(null);
  const heading = useId();
  const close = useRef(onClose);
  close.current = onClose;
  useEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    sheet.current?.focus({preventScroll: true});
    const onKey = (event: KeyboardEvent) => {
      if (event.key === "Escape" && !event.defaultPrevented) close.current();
    };
    addEventListener("keydown", onKey);
    return () => {
      removeEventListener("keydown", onKey);
      // What had the focus may be gone, or nothing had it: then it goes to the page.
      const isThere = before?.isConnected && before !== document.body;
      (isThere ? before : document.getElementById("content"))?.focus({preventScroll: true});
    };
  }, []);
  return (
    <div class="sheet" role="dialog" aria-labelledby={heading} tabIndex={-1} ref={sheet}>
      <header>
        <h2 id={heading}>{title}</h2>
        <button class="icon-button" type="button" aria-label={words.close} title={words.close} onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      <div class="body">{children}</div>
    </div>
  );
}
