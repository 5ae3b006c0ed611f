// The base state model of ANSI/ISA-TR88.00.02 (PackML), figure 4: which command leads from where to where, and which states end by
// themselves. State numbers are those of the OPC UA companion specification OPC 30050 (nodeset 1.01), not of the technical report.

export const PACKML_STATE_NUMBERS = {
  Clearing: 1,
  Stopped: 2,
  Starting: 3,
  Idle: 4,
  Suspended: 5,
  Execute: 6,
  Stopping: 7,
  Aborting: 8,
  Aborted: 9,
  Holding: 10,
  Held: 11,
  Unholding: 12,
  Suspending: 13,
  Unsuspending: 14,
  Resetting: 15,
  Completing: 16,
  Complete: 17,
} as const;

export type PackmlState = keyof typeof PACKML_STATE_NUMBERS;

export const PACKML_COMMANDS = [
  "Reset",
  "Start",
  "Stop",
  "Hold",
  "Unhold",
  "Suspend",
  "Unsuspend",
  "ToComplete",
  "Abort",
  "Clear",
] as const;

export type PackmlCommand = (typeof PACKML_COMMANDS)[number];

/** Acting states: they do something, then go on by themselves ("state complete"). All others wait for a command. */
export const PACKML_STATE_COMPLETE: Readonly<Partial<Record<PackmlState, PackmlState>>> = {
  Clearing: "Stopped",
  Starting: "Execute",
  Stopping: "Stopped",
  Aborting: "Aborted",
  Holding: "Held",
  Unholding: "Execute",
  Suspending: "Suspended",
  Unsuspending: "Execute",
  Resetting: "Idle",
  Completing: "Complete",
};

const COMMANDS: Readonly<Partial<Record<PackmlState, Readonly<Partial<Record<PackmlCommand, PackmlState>>>>>> = {
  Stopped: {Reset: "Resetting"},
  Idle: {Start: "Starting"},
  Execute: {Hold: "Holding", Suspend: "Suspending", ToComplete: "Completing"},
  Held: {Unhold: "Unholding"},
  Suspended: {Unsuspend: "Unsuspending"},
  Complete: {Reset: "Resetting"},
  Aborted: {Clear: "Clearing"},
};

const NOT_STOPPABLE: readonly PackmlState[] = ["Stopped", "Stopping", "Clearing", "Aborting", "Aborted"];
const NOT_ABORTABLE: readonly PackmlState[] = ["Aborting", "Aborted"];

/** The state that `command` leads to from `state`; null when the model does not allow it. */
export function stateAfter(state: PackmlState, command: PackmlCommand): PackmlState | null {
  if (command === "Abort") return NOT_ABORTABLE.includes(state) ? null : "Aborting";
  if (command === "Stop") return NOT_STOPPABLE.includes(state) ? null : "Stopping";
  return COMMANDS[state]?.[command] ?? null;
}

/** Commands that `state` takes. */
export function commandsOf(state: PackmlState): readonly PackmlCommand[] {
  return PACKML_COMMANDS.filter((command) => stateAfter(state, command) !== null);
}
