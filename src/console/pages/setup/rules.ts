// What the setup decides by itself: whether a name will do, and how far the new start is. Pure.

import type {MachineVerdict, SetupState} from "../../../client/index.ts";

/** The gateway's own log, as `client` names it; said again, because that door opens to schemas that no page needs at its first load. */
export const OWN_LOG = "gateway";

/** What is wrong with a name; the words are the page's. */
export type NameProblem = "empty" | "demo" | "too-long" | "capitals" | "start" | "characters" | "rule";

/** Null for a name that will do. `state`: what the gateway says of names, and the demo's own name, which is taken. */
export function nameProblem(
  name: string,
  {nameRule, siteName}: Pick<SetupState, "nameRule" | "siteName">,
): NameProblem | null {
  if (name === "") return "empty";
  if (name === siteName) return "demo";
  if (name.length > nameRule.maxLength) return "too-long";
  if (new RegExp(nameRule.pattern).test(name)) return null;
  // The rule decides; these say it more kindly.
  if (/[A-Z]/.test(name)) return "capitals";
  if (/^[.-]/.test(name)) return "start";
  return /[^a-z0-9.-]/.test(name) ? "characters" : "rule";
}

/** `ending`: the demo still answers. `starting`: nothing answers. `up`: the new site does. */
export type Phase = "ending" | "starting" | "up";

/** What a look at the gateway found: no answer, one that knows the demo's session, or one that does not. */
export type Look = "silent" | "same-session" | "other-session";

export function phaseAfter(phase: Phase, look: Look): Phase {
  if (phase === "up") return phase;
  switch (look) {
    case "silent":
      return "starting";
    case "other-session":
      return "up";
    case "same-session":
      // Before it has ended it is the demo that answers.
      return phase === "starting" ? "up" : phase;
  }
}

/** How far the proof of a log's first entry is. */
export type ProofStage = "nothing" | "written" | "proven" | "broken";

export function proofStage(verdict: Pick<MachineVerdict, "entries" | "broken" | "lastAnchor"> | undefined): ProofStage {
  if (verdict === undefined || verdict.entries === 0) return "nothing";
  if (verdict.broken !== null) return "broken";
  // New entries wait for the next anchor, again and again; the first ones are proven as soon as there is one.
  return verdict.lastAnchor === null ? "written" : "proven";
}
