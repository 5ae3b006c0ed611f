import type {ComponentChildren} from "preact";
import {Icon} from "./icon.tsx";

export type Mood = "good" | "wait" | "bad" | "none";

/** A word of state with its mark and its colour. */
export function State({mood, children}: {mood: Mood; children: ComponentChildren}) {
  return (
    <span class={`state ${mood}`}>
      <Icon name={mood} size={16} />
      <span>{children}</span>
    </span>
  );
}
