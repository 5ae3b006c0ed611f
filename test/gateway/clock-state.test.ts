import {expect, test} from "@jest/globals";
import {askSystem, type RunProgram} from "../../src/gateway/clock-state.ts";

const programs =
  (answers: Readonly<Record<string, string>>): RunProgram =>
  async (file) =>
    answers[file] ?? null;

const TRACKING =
  "A9FEA97B,169.254.169.123,3,1768000000.1,0.000012,0.000004,0.000020,-1.0,0.001,0.05,0.000400,0.000300,64.2";

test("chrony gives the bound of the error: offset, half the root delay, root dispersion", async () => {
  const state = await askSystem(programs({chronyc: `${TRACKING},Normal\n`}));
  expect(state).toEqual({isSynchronised: true, source: "ntp", uncertaintyMs: 1});
});

test("chrony that is not synchronised leaves the word to systemd", async () => {
  const state = await askSystem(programs({chronyc: `${TRACKING},Not synchronised\n`, timedatectl: "yes\n"}));
  expect(state).toEqual({isSynchronised: true, source: "ntp", uncertaintyMs: null});
});

test("systemd's no means not synchronised", async () => {
  expect((await askSystem(programs({timedatectl: "no\n"}))).isSynchronised).toBe(false);
});

test("a system without either program has an unknown clock", async () => {
  expect(await askSystem(programs({}))).toEqual({isSynchronised: false, source: "none", uncertaintyMs: null});
});
