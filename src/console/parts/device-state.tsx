import type {DeviceState as LinkState} from "../../client/index.ts";
import {wordsIn} from "../language.ts";
import {type Mood, State} from "./state.tsx";

const WORDS: Readonly<Record<"en" | "de", Readonly<Record<LinkState, string>>>> = {
  en: {connected: "connected", connecting: "connecting", stale: "silent", fault: "fault"},
  de: {connected: "verbunden", connecting: "verbindet", stale: "stumm", fault: "Störung"},
};
const MOODS: Readonly<Record<LinkState, Mood>> = {connected: "good", connecting: "wait", stale: "wait", fault: "bad"};

/** The state of a device's link in a word: the same on every page. */
export function DeviceState({state}: {state: LinkState}) {
  return <State mood={MOODS[state]}>{wordsIn(WORDS)[state]}</State>;
}
