import {describe, expect, test} from "@jest/globals";
import {assert, Bug, GatewayError, sentenceOf, unreachable} from "../src/errors.ts";

test("an error carries its code, its sentence, its facts and its cause", () => {
  const cause = new Error("below");
  const error = new GatewayError("field/timeout", "The meter does not answer.", {timeoutMs: 500}, {cause});
  expect(error).toBeInstanceOf(Error);
  expect(error).toMatchObject({
    name: "GatewayError",
    code: "field/timeout",
    message: "The meter does not answer.",
    facts: {timeoutMs: 500},
    cause,
  });
  expect(new GatewayError("a/b", "Sentence.").facts).toEqual({});
});

describe("a bug", () => {
  test("is what a broken assumption throws, with the reason; a kept one throws nothing", () => {
    assert(true, "holds");
    expect(() => assert(false, "it must hold")).toThrow(new Bug("it must hold"));
  });
  test("is a case that cannot be, and no GatewayError", () => {
    const thrown = () => unreachable("other" as never);
    expect(thrown).toThrow(Bug);
    expect(thrown).toThrow('No case for "other".');
    expect(new Bug("x")).not.toBeInstanceOf(GatewayError);
  });
});

test.each([
  [new Error("The sentence."), "The sentence."],
  ["a text", "a text"],
  [undefined, "undefined"],
  [7, "7"],
])("the sentence of %p", (thrown, sentence) => {
  expect(sentenceOf(thrown)).toBe(sentence);
});
