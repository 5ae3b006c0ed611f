import type {DeviceStatus} from "../../../client/index.ts";
import {language, wordsIn} from "../../language.ts";
import {WORDS} from "./words.ts";

/** What to do about a device's fault: the gateway's own sentence in English, ours by its code in other languages. */
export function remedyOf({faultCode, remedy}: Pick<DeviceStatus, "faultCode" | "remedy">): string {
  if (faultCode === null) return "";
  if (language.value === "en" && remedy !== null) return remedy;
  return wordsIn(WORDS).remedies[faultCode] || (remedy ?? "");
}
