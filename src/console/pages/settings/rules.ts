// What the settings decide without asking anybody: which tabs a person has, what a form sends, when a token is worth a warning. Pure.

import type {Role, TokenSummary, UserChange, UserInput, UserSummary} from "../../../client/index.ts";

export const TABS = ["account", "users", "tokens", "sessions", "rights", "system"] as const;
export type Tab = (typeof TABS)[number];

const TAB_SCOPES: Readonly<Partial<Record<Tab, string>>> = {
  users: "admin",
  tokens: "admin",
  sessions: "admin",
  system: "gateway:read",
};
const DAY_MS = 86_400_000;

/** The tabs of a person, in their order. */
export function tabsFor(may: (scope: string) => boolean): readonly Tab[] {
  return TABS.filter((tab) => TAB_SCOPES[tab] === undefined || may(TAB_SCOPES[tab]));
}

/** The tab that the second part of the path names; null when the person has none of that name. */
export function tabOf(name: string | undefined, may: (scope: string) => boolean): Tab | null {
  return tabsFor(may).find((tab) => tab === (name ?? "account")) ?? null;
}

/** The fields of a person's form. */
export interface UserDraft {
  readonly name: string;
  readonly displayName: string;
  readonly role: Role;
  readonly household: string;
  readonly isDisabled: boolean;
  readonly reason: string;
}

export const EMPTY_USER: UserDraft = {
  name: "",
  displayName: "",
  role: "viewer",
  household: "",
  isDisabled: false,
  reason: "",
};

export function draftOfUser({name, displayName, role, household, isDisabled}: UserSummary): UserDraft {
  return {name, displayName: displayName ?? "", role, household: household ?? "", isDisabled, reason: ""};
}

/** The body of `POST /users`. */
export function userInputOf({name, displayName, role, household, reason}: UserDraft): UserInput {
  return {
    name: name.trim(),
    role,
    ...(displayName.trim() === "" ? {} : {displayName: displayName.trim()}),
    ...(role === "household" ? {household: household.trim()} : {}),
    ...becauseOf(reason),
  };
}

/** The body of `PATCH /users/{name}`: what differs, and why; null when nothing does. */
export function userChangeOf(before: UserSummary, draft: UserDraft): UserChange | null {
  const displayName = draft.displayName.trim() === "" ? null : draft.displayName.trim();
  const household = draft.household.trim();
  const change: UserChange = {
    ...(displayName === before.displayName ? {} : {displayName}),
    ...(draft.role === before.role ? {} : {role: draft.role}),
    ...(draft.role === "household" && household !== before.household ? {household} : {}),
    ...(draft.isDisabled === before.isDisabled ? {} : {isDisabled: draft.isDisabled}),
  };
  return Object.keys(change).length === 0 ? null : {...change, ...becauseOf(draft.reason)};
}

/** A reason as the routes take it: nothing when nothing was written. */
export function becauseOf(reason: string): {readonly reason?: string} {
  return reason.trim() === "" ? {} : {reason: reason.trim()};
}

/** Whole days until a token ends, the last one counted as none; negative when it has. */
export function daysLeft({expiresAt}: Pick<TokenSummary, "expiresAt">, nowMs: number): number {
  return Math.floor((Date.parse(expiresAt) - nowMs) / DAY_MS);
}

/** The soonest end first: what needs somebody stands at the top. */
export function byEnd(tokens: readonly TokenSummary[]): readonly TokenSummary[] {
  return [...tokens].sort((a, b) =>
    a.expiresAt === b.expiresAt ? (a.name < b.name ? -1 : 1) : a.expiresAt < b.expiresAt ? -1 : 1,
  );
}
