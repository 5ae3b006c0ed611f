import type {Identity, Scope} from "../http.ts";
import {holds} from "./auth/roles.ts";

// Who may read and write which MQTT topic. First levels of TIP-28's topics: public data of the Tangle.
const TANGLE_TOPICS = new Set([
  "milestone-info",
  "milestones",
  "blocks",
  "block-metadata",
  "transactions",
  "outputs",
  "receipts",
  "tip-score-updates",
]);

// Our own topics start with tanglegate/<service>; reading them needs the service's scope. Of the gateway itself one topic alone is read.
const READ_SCOPES: Readonly<Record<string, Scope>> = {
  field: "field:read",
  audit: "audit:read",
  "gateway/alarms": "gateway:read",
};

/** Only the field process publishes from outside the gateway, and only readings and states. */
export const FIELD_PUBLISH_SCOPE: Scope = "field:publish";
const PUBLISHED_KINDS: ReadonlySet<string> = new Set(["readings", "status"]);

export function mayPublish(topic: string, identity: Identity | null): boolean {
  const [first, service, kind, ...rest] = topic.split("/");
  const isOurs = first === "tanglegate" && service === "field" && PUBLISHED_KINDS.has(kind ?? "");
  return isOurs && rest.length > 0 && !/[+#]/.test(topic) && identity?.scopes.has(FIELD_PUBLISH_SCOPE) === true;
}

/** `filter` may hold wildcards, but not in the levels that decide who may read. */
export function maySubscribe(filter: string, identity: Identity | null): boolean {
  const [first, service, kind] = filter.split("/");
  if (first !== undefined && TANGLE_TOPICS.has(first)) return true;
  if (first !== "tanglegate" || identity === null) return false;
  const scope = READ_SCOPES[service ?? ""] ?? READ_SCOPES[`${service}/${kind}`];
  return scope !== undefined && holds(identity.scopes, scope);
}
