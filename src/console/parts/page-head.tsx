import type {ComponentChildren} from "preact";

/** The sentence that answers the page's question; `question` stands above it, small. */
export function PageHead({question, children}: {question: string; children: ComponentChildren}) {
  return (
    <div class="page-head">
      <p class="question">{question}</p>
      <h1>{children}</h1>
    </div>
  );
}
