import {useCallback, useEffect, useState} from "preact/hooks";
import {get} from "../api.ts";
import {sentenceOfFailure} from "./form.tsx";

/** What a path answered; null until it did. A failure keeps what was known before. */
export interface Answer<Value> {
  readonly value: Value | null;
  /** Why there is none, as a sentence; empty when there is nothing to say. */
  readonly problem: string;
  readonly reload: () => Promise<void>;
}

/** Asks once, when the part is shown, and again on `reload`. */
export function useAnswer<Value>(path: string): Answer<Value> {
  const [value, setValue] = useState<Value | null>(null);
  const [problem, setProblem] = useState("");
  const reload = useCallback(async () => {
    try {
      setValue(await get<Value>(path));
      setProblem("");
    } catch (error) {
      setProblem(sentenceOfFailure(error));
    }
  }, [path]);
  useEffect(() => void reload(), [reload]);
  return {value, problem, reload};
}
