import type {ComponentChildren} from "preact";

/** A page with nothing on it yet says what it is for and how to begin. */
export function Empty({title, children}: {title: string; children: ComponentChildren}) {
  return (
    <section class="card empty">
      <h2>{title}</h2>
      {children}
    </section>
  );
}
