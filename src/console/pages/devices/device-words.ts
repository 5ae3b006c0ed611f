import type {DeviceStatus} from "../../../client/index.ts";
import {language, wordsIn} from "../../language.ts";
import type {Mood} from "../../parts/state.tsx";
import {WORDS} from "./words.ts";

export const DEVICE_MOODS: Readonly<Record<DeviceStatus["state"], Mood>> = {
  connected: "good",
  connecting: "wait",
  stale: "wait",
  fault: "bad",
};

/** What to do about a device's fault: the gateway's own sentence in English, ours by its code in other languages. */
export function remedyOf({faultCode, remedy}: Pick<DeviceStatus, "faultCode" | "remedy">): string {
  if (faultCode === null) return "";
  if (language.value === "en" && remedy !== null) return remedy;
  return wordsIn(WORDS).remedies[faultCode] || (remedy ?? "");
}
