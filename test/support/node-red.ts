// Node-RED's own runtime around nodes of ours, without an editor.

import {createRequire} from "node:module";
import type {Node, NodeInitializer, NodeStatus} from "node-red";

const require = createRequire(import.meta.url);

interface Helper {
  init(runtime: string): void;
  startServer(): Promise<void>;
  stopServer(): Promise<void>;
  load(nodes: readonly NodeInitializer[], flow: readonly object[], credentials?: object): Promise<void>;
  unload(): Promise<void>;
  getNode(id: string): Node | null;
  url(): string;
  /** A supertest agent of the admin routes. */
  request(): {
    get(path: string): PromiseLike<{status: number; body: unknown}>;
    post(path: string): {send(body: object): PromiseLike<{status: number; body: unknown}>};
  };
}

export const helper = require("node-red-node-test-helper") as Helper;
helper.init(require.resolve("node-red"));

export interface Message {
  readonly [name: string]: unknown;
}

/** Next message that reaches a helper node. */
export function nextMessage(node: Node | null): Promise<Message> {
  return new Promise((resolve) => node!.once("input", (msg: Message) => resolve(msg)));
}

/** The error that a Catch node would hear of the next message that fails in the flow (the flow has a catch node wired to `id`). */
export async function nextError(id: string): Promise<{message: string; source: string}> {
  const msg = await nextMessage(helper.getNode(id));
  const error = msg.error as {message: string; source: {id: string}};
  return {message: error.message, source: error.source.id};
}

/** Resolves with the first status of a node, now or later, that fits. */
export function statusOf(node: Node | null, fits: (status: NodeStatus) => boolean): Promise<NodeStatus> {
  const spied = node as unknown as {status: {getCalls?: () => {thisValue: unknown; args: [NodeStatus]}[]}};
  const before = (spied.status.getCalls?.() ?? [])
    .filter((call) => call.thisValue === node)
    .map((call) => call.args[0]);
  const last = before.at(-1);
  if (last !== undefined && fits(last)) return Promise.resolve(last);
  return new Promise((resolve) => {
    const listen = (call: {args: [NodeStatus]}) => {
      if (!fits(call.args[0])) return;
      node!.removeListener("call:status", listen as never);
      resolve(call.args[0]);
    };
    node!.on("call:status" as never, listen as never);
  });
}

/**
 * A flow around one node "n": its messages reach "out" (and "out2"), its errors "caught", its completions "completed"; "gw" is a
 * gateway node and `more` are further nodes.
 */
export function flowAround(node: object, url: string, more: readonly object[] = []): readonly object[] {
  return [
    {id: "f", type: "tab"},
    {id: "gw", type: "tanglegate-gateway", url},
    ...more,
    {id: "n", z: "f", wires: [["out"], ["out2"]], ...node},
    {id: "out", z: "f", type: "helper"},
    {id: "out2", z: "f", type: "helper"},
    {id: "c", z: "f", type: "catch", scope: ["n"], wires: [["caught"]]},
    {id: "caught", z: "f", type: "helper"},
    {id: "d", z: "f", type: "complete", scope: ["n"], wires: [["completed"]]},
    {id: "completed", z: "f", type: "helper"},
  ];
}

export function receive(msg: Record<string, unknown>): void {
  helper.getNode("n")!.receive(msg);
}
