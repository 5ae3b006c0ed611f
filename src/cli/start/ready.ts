import {connect} from "node:net";
import type {MachineVerdict, Page} from "../../client/index.ts";
import {type Config, urlOf} from "../../config/index.ts";
import type {ProcessName} from "./processes.ts";

const POLL_MS = 100;
const ANSWER_MS = 1000;
const PROOF_POLL_MS = 500;

/** Resolves when a process answers; rejects when the signal is aborted. */
export async function waitUntilReady(name: ProcessName, config: Config, signal: AbortSignal): Promise<void> {
  while (!(await isReady(name, config))) {
    signal.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  signal.throwIfAborted();
}

/** Resolves with the last milestone when every log of the gateway is verified; rejects when the signal is aborted. */
export async function waitUntilProven(config: Config, token: string, signal: AbortSignal): Promise<number> {
  const url = `${urlOf(config.rest)}/api/audit/v1/machines`;
  for (;;) {
    signal.throwIfAborted();
    const verdicts = await readVerdicts(url, token);
    if (verdicts.length > 0 && verdicts.every(({state}) => state === "verified")) {
      return Math.max(...verdicts.map(({lastAnchor}) => lastAnchor?.milestoneIndex ?? 0));
    }
    await new Promise((resolve) => setTimeout(resolve, PROOF_POLL_MS));
  }
}

async function readVerdicts(url: string, token: string): Promise<readonly MachineVerdict[]> {
  try {
    const headers = {authorization: `Bearer ${token}`};
    const response = await fetch(url, {headers, signal: AbortSignal.timeout(ANSWER_MS)});
    return response.ok ? ((await response.json()) as Page<MachineVerdict>).items : [];
  } catch {
    // The gateway is being started again; the next look finds it.
    return [];
  }
}

function isReady(name: ProcessName, {rest, field, node_red, plant}: Config): Promise<boolean> {
  switch (name) {
    case "gateway":
      return answers(`${urlOf(rest)}/health`);
    case "field":
      return answers(`${urlOf(field)}/health`);
    case "node-red":
      return answers(`${urlOf(node_red)}/`);
    case "plant":
      return opens(plant.host, plant.opcua_port);
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, {signal: AbortSignal.timeout(ANSWER_MS)});
    await response.arrayBuffer();
    return response.ok;
  } catch {
    // Not listening yet is what we wait for.
    return false;
  }
}

function opens(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({host, port});
    const end = (isOpen: boolean) => {
      socket.destroy();
      resolve(isOpen);
    };
    socket.setTimeout(ANSWER_MS, () => end(false));
    socket.on("connect", () => end(true));
    socket.on("error", () => end(false));
  });
}
