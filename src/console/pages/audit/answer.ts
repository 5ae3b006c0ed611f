// A part of the page that is read from the gateway: it may load, be there, or fail by itself while the others stand.

import {useEffect, useState} from "preact/hooks";
import {get} from "../../api.ts";

export type Answer<Value> =
  | {readonly state: "loading"; readonly value: Value | null}
  | {readonly state: "ready"; readonly value: Value}
  | {readonly state: "failed"; readonly error: unknown; readonly value: Value | null};

export interface Asked<Value> {
  readonly answer: Answer<Value>;
  readonly again: () => void;
}

/**
 * Reads `path` whenever it changes, or `again` is called; null reads nothing. What was there stays until the new comes, so that nothing jumps;
 * with `isKept` false it goes at once, because it would be of something else.
 */
export function useAnswer<Value>(path: string | null, {isKept = true}: {isKept?: boolean} = {}): Asked<Value> {
  return useRead(path, (signal) => get<Value>(path!, {signal}), {isKept});
}

/** The same for what takes more than one request. `key` names what is read; null reads nothing. */
export function useRead<Value>(
  key: string | null,
  read: (signal: AbortSignal) => Promise<Value>,
  {isKept = true}: {isKept?: boolean} = {},
): Asked<Value> {
  const [answer, setAnswer] = useState<Answer<Value>>({state: "loading", value: null});
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    if (key === null) return;
    const ending = new AbortController();
    setAnswer(({value}) => ({state: "loading", value: isKept || turn > 0 ? value : null}));
    read(ending.signal).then(
      (value) => {
        if (!ending.signal.aborted) setAnswer({state: "ready", value});
      },
      (error: unknown) => {
        if (!ending.signal.aborted) setAnswer(({value}) => ({state: "failed", error, value}));
      },
    );
    return () => ending.abort();
  }, [key, turn]);
  return {answer, again: () => setTurn((before) => before + 1)};
}
