import type {TokenSummary} from "../../../client/index.ts";
import {age, day} from "../../format.ts";
import {language, wordsIn} from "../../language.ts";
import {now} from "../../live.ts";
import {type Mood, State} from "../../parts/state.tsx";
import {ACCESS_WORDS} from "./access-words.ts";
import {daysLeft} from "./rules.ts";
import {WORDS} from "./words.ts";

const MOODS: Readonly<Record<TokenSummary["state"], Mood>> = {valid: "good", expiring: "wait", expired: "bad"};

/** "3 h ago", "never". */
export function lastUse({lastUsedAt}: TokenSummary): string {
  return lastUsedAt === null
    ? wordsIn(WORDS).never
    : wordsIn(ACCESS_WORDS).tokens.ago(age(now.value - Date.parse(lastUsedAt), language.value));
}

/** When a token ends, as a state: two weeks before the end it warns. */
export function TokenEnd({token}: {token: TokenSummary}) {
  const words = wordsIn(ACCESS_WORDS).tokens;
  const date = day(token.expiresAt, language.value);
  return <State mood={MOODS[token.state]}>{words.states[token.state](date, daysLeft(token, now.value))}</State>;
}
