import {computed, signal} from "@preact/signals";
import type {Me} from "../client/index.ts";
import {login, onSessionEnded, post, Refusal, readMe} from "./api.ts";
import {endLive, startLive} from "./live.ts";

/** `asking`: the page has just opened. `unreachable`: no answer; tried again by itself. */
export type SessionState = "asking" | "out" | "must-change-password" | "in" | "unreachable";

const RETRY_MS = 3_000;

export const state = signal<SessionState>("asking");
/** Why the person is asked to log in again; empty when there is nothing to say. */
export const reason = signal<"" | "ended" | "password-changed">("");
export const me = signal<Me | null>(null);

const scopes = computed(() => new Set(me.value?.scopes ?? []));

/** Whether the person may do what a scope guards. The gateway decides; this only hides what would be refused. */
export function may(scope: string): boolean {
  return scopes.value.has(scope) || scopes.value.has("admin");
}

/** The person's name without its kind: "anna" of "user:anna". */
export const personName = computed(() => me.value?.actor.replace(/^[a-z]+:/, "") ?? "");

onSessionEnded(() => {
  if (state.value !== "in" && state.value !== "must-change-password") return;
  leave("ended");
});

/** Asks who the cookie belongs to, until there is an answer. */
export async function openSession(): Promise<void> {
  try {
    enter(await readMe());
  } catch (error) {
    if (error instanceof Refusal && error.status !== 0 && error.status < 500) {
      state.value = "out";
      return;
    }
    state.value = "unreachable";
    setTimeout(() => void openSession(), RETRY_MS);
  }
}

/** Errors: `Refusal` with the gateway's sentence. */
export async function logIn(user: string, password: string): Promise<void> {
  await login(user, password);
  reason.value = "";
  enter(await readMe());
}

export async function logOut(): Promise<void> {
  await post("/api/gateway/v1/logout").catch(() => undefined);
  leave("");
}

/** Errors: `Refusal`. */
export async function changePassword(current: string, next: string): Promise<void> {
  await post("/api/gateway/v1/password", {current, next});
  leave("password-changed");
}

function enter(who: Me): void {
  me.value = who;
  state.value = who.mustChangePassword ? "must-change-password" : "in";
  // Who may not see how the gateway is has nothing to follow.
  if (state.value === "in" && may("gateway:read")) startLive({mayField: may("field:read")});
}

function leave(why: "" | "ended" | "password-changed"): void {
  endLive();
  me.value = null;
  reason.value = why;
  state.value = "out";
}
