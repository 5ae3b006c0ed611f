import {expect, test} from "@jest/globals";
import {passwordProblem} from "../../src/client/index.ts";

test.each([
  ["short", "123456789", /10 to 256/],
  ["long", "abcdefghij".repeat(26), /10 to 256/],
  ["of too few different characters", "ababababababab", /5 different/],
  ["little more than the user's name", "admin12345", /user's name/],
])("a password that is %s does not do", (_, password, sentence) => {
  expect(passwordProblem(password, "admin")).toMatch(sentence);
});

test("a long password does, whatever its characters are", () => {
  expect(passwordProblem("correct horse battery", "admin")).toBeNull();
});
