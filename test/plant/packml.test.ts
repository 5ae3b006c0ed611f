import {describe, expect, test} from "@jest/globals";
import {
  commandsOf,
  PACKML_COMMANDS,
  PACKML_STATE_COMPLETE,
  PACKML_STATE_NUMBERS,
  type PackmlCommand,
  type PackmlState,
  stateAfter,
} from "../../src/plant/packml.ts";

const STATES = Object.keys(PACKML_STATE_NUMBERS) as PackmlState[];

// ISA-TR88.00.02, figure 4, written out: command, where from, where to.
const RUNNING: readonly PackmlState[] = [
  "Resetting",
  "Idle",
  "Starting",
  "Execute",
  "Holding",
  "Held",
  "Unholding",
  "Suspending",
  "Suspended",
  "Unsuspending",
  "Completing",
  "Complete",
];
const TABLE: readonly (readonly [PackmlCommand, readonly PackmlState[], PackmlState])[] = [
  ["Reset", ["Stopped", "Complete"], "Resetting"],
  ["Start", ["Idle"], "Starting"],
  ["Stop", RUNNING, "Stopping"],
  ["Hold", ["Execute"], "Holding"],
  ["Unhold", ["Held"], "Unholding"],
  ["Suspend", ["Execute"], "Suspending"],
  ["Unsuspend", ["Suspended"], "Unsuspending"],
  ["ToComplete", ["Execute"], "Completing"],
  ["Abort", [...RUNNING, "Stopping", "Stopped", "Clearing"], "Aborting"],
  ["Clear", ["Aborted"], "Clearing"],
];

describe("the state model", () => {
  test.each(TABLE)("%s leads on from its states and from no other", (command, from, to) => {
    for (const state of STATES) expect(stateAfter(state, command)).toBe(from.includes(state) ? to : null);
  });

  test("the table has every command", () => {
    expect(TABLE.map(([command]) => command).sort()).toEqual([...PACKML_COMMANDS].sort());
  });

  test("every state ends by itself or takes a command, and production can be reached from everywhere", () => {
    for (const start of STATES) {
      const reached = new Set<PackmlState>([start]);
      for (const state of reached) {
        const next = [PACKML_STATE_COMPLETE[state], ...commandsOf(state).map((command) => stateAfter(state, command))];
        for (const following of next) if (following) reached.add(following);
      }
      expect([...reached]).toContain("Execute");
    }
  });

  // OPC 30050, nodeset 1.01: the StateNumber values.
  test("numbers are those of OPC 30050", () => {
    expect(PACKML_STATE_NUMBERS).toMatchObject({Stopped: 2, Idle: 4, Execute: 6, Aborted: 9, Held: 11, Complete: 17});
    expect(new Set(Object.values(PACKML_STATE_NUMBERS)).size).toBe(STATES.length);
  });
});
