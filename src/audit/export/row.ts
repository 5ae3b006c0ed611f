// An entry as a line of a table: the same cells on paper and in a spreadsheet. Pure.

import type {AuditSearchItem} from "../../client/index.ts";

/** A cell: numbers stay numbers, so that a spreadsheet can count with them. */
export type Cell = string | number | boolean | null;

/** Who acted, and in which role; for actors without one what they are, such as `token` or `process`. */
export interface Who {
  readonly name: string;
  readonly role: string | null;
}

// What other columns tell already.
const TOLD_BY_CHANGE = ["old", "new", "unit", "OldValue", "NewValue"];

/** What a body says beside change and reason, as JSON; null when nothing is left or the body is gone. */
export function detailsOf({body, change, reason}: Pick<AuditSearchItem, "body" | "change" | "reason">): string | null {
  if (body === null) return null;
  const rest = Object.entries(body).filter(
    ([field, value]) =>
      !(change !== null && TOLD_BY_CHANGE.includes(field)) && !(field === "reason" && value === reason),
  );
  return rest.length === 0 ? null : JSON.stringify(Object.fromEntries(rest));
}

/** `user:anna` is anna. Entries of before the role was recorded have none. */
export function whoOf({actor, actorRole}: Pick<AuditSearchItem, "actor" | "actorRole">): Who {
  const at = actor.indexOf(":");
  const [kind, name] = at <= 0 ? [null, actor] : [actor.slice(0, at), actor.slice(at + 1)];
  return {name, role: actorRole ?? kind};
}

/** A value of a body in one cell. */
export function cellOf(value: unknown): Cell {
  if (value === undefined || value === null) return null;
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? value
    : JSON.stringify(value);
}
