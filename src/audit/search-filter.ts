import type {AuditFilter, AuditSearchItem} from "../client/index.ts";

/** Whether an item is one of those a filter asks for, its machine aside. */
export function isHit(filter: AuditFilter, item: AuditSearchItem): boolean {
  const {types, kinds, actor, subject, value, text, from, to, state, review} = filter;
  return (
    (types === undefined || types.includes(item.type)) &&
    (kinds === undefined || kinds.includes(item.kind)) &&
    (from === undefined || item.time.utc >= from) &&
    (to === undefined || item.time.utc <= to) &&
    (state === undefined || item.state === state) &&
    (review === undefined || item.review.state === review) &&
    (actor === undefined || includes(item.actor, actor)) &&
    (subject === undefined || includes(item.subject, subject)) &&
    (value === undefined || hasValue(item.body, value.toLowerCase())) &&
    (text === undefined ||
      [item.type, item.actor, item.subject, item.reasonCode, JSON.stringify(item.body)].some((field) =>
        includes(field, text),
      ))
  );
}

function includes(field: string | null, part: string): boolean {
  return field?.toLowerCase().includes(part.toLowerCase()) === true;
}

// Values at any depth; names of fields are none.
function hasValue(value: unknown, part: string): boolean {
  if (typeof value === "object" && value !== null) return Object.values(value).some((inner) => hasValue(inner, part));
  return value !== null && String(value).toLowerCase().includes(part);
}
