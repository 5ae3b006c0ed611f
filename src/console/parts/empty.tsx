import type {ComponentChildren} from "preact";

/** A place with nothing on it yet says what it is for and how to begin. `isPage`: it is all that the page has. */
export function Empty({
  title,
  isPage = false,
  children,
}: {
  title: string;
  isPage?: boolean;
  children: ComponentChildren;
}) {
  return (
    <section class="card empty">
      {isPage ? <h1>{title}</h1> : <h2>{title}</h2>}
      {children}
    </section>
  );
}
