import {describe, expect, test} from "@jest/globals";
import type {Node, NodeStatus} from "node-red";
import {fail, makeNode, shorten, statusOfError} from "../../nodes/input-runner.ts";
import {GatewayError} from "../../src/errors.ts";

const RED = {_: (key: string) => key} as Parameters<typeof statusOfError>[0];

describe("the status after an error says in few words why", () => {
  test.each([
    [new GatewayError("client/unreachable", "Nothing answers."), "ring", "status.unreachable"],
    [new GatewayError("client/timeout", "No answer."), "ring", "status.unreachable"],
    [new GatewayError("audit/unauthorised", "No token."), "dot", "status.refused"],
    [new GatewayError("field/refused", "Too little."), "dot", "status.refused"],
    [new GatewayError("nodes/invalid", "A sentence.", {field: "machine"}), "dot", "status.input: machine"],
    [
      new GatewayError("audit/unavailable", "The disk is full; nothing is taken."),
      "dot",
      "The disk is full; nothing is taken",
    ],
    [
      new GatewayError("nodes/not-verified", '"press" was told speed = 80 and kept 60. Check.'),
      "dot",
      '"press" was told speed = 80 and kept…',
    ],
    [new TypeError("x is not a function"), "dot", "x is not a function"],
    [new Error(""), "dot", "status.failed"],
  ])("%#", (error, shape, text) => {
    expect(statusOfError(RED, error)).toEqual({fill: "red", shape, text});
  });
});

test.each([
  ["Short.", "Short"],
  ["Two\nlines.", "Two lines"],
  ["x".repeat(60), `${"x".repeat(39)}…`],
  [`${"word ".repeat(20)}end`, "word word word word word word word word…"],
])("%j is shortened to %j", (text, short) => {
  expect(shorten(text)).toBe(short);
  expect(short.length).toBeLessThanOrEqual(40);
});

test("a message ends with a sentence, and flows find the code in the message", () => {
  const heard: unknown[] = [];
  const msg: {errorCode?: unknown} = {};
  fail((error) => heard.push(error), msg, new GatewayError("audit/busy", "The log is busy."));
  expect(msg).toEqual({errorCode: "audit/busy"});
  fail((error) => heard.push(error), {}, "a text");
  expect(heard).toEqual(["The log is busy.", "a text"]);
});

test("a node whose form lacks something stays, and says what", () => {
  const statuses: NodeStatus[] = [];
  const errors: unknown[] = [];
  const node = {
    status: (status: NodeStatus) => statuses.push(status),
    error: (text: unknown) => errors.push(text),
  } as unknown as Node;
  makeNode(RED, node, () => {
    throw new GatewayError("nodes/invalid", 'Field "gateway" names no usable gateway.', {field: "gateway"});
  });
  expect(statuses).toEqual([{fill: "red", shape: "dot", text: "status.input: gateway"}]);
  expect(errors).toEqual(['Field "gateway" names no usable gateway.']);
});
