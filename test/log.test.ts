import {describe, expect, test} from "@jest/globals";
import {createLog, createStandardOutput} from "../src/log.ts";

const errorOf = (code: string) => Object.assign(new Error(code), {code});

/** An output that does with each write what the next word says: a number of bytes to take, or an error; then it takes all. */
function output(...words: readonly (number | string)[]) {
  const left = [...words];
  const taken: string[] = [];
  let writes = 0;
  const destination = createStandardOutput((_fd, bytes) => {
    writes += 1;
    const word = left.shift() ?? bytes.length;
    if (typeof word === "string") throw errorOf(word);
    taken.push(Buffer.from(bytes.subarray(0, word)).toString());
    return word;
  });
  return {destination, text: () => taken.join(""), writes: () => writes};
}

describe("standard output", () => {
  test("takes a line in parts", () => {
    const {destination, text} = output(2, 3);
    destination.write("line ä\n");
    expect(text()).toBe("line ä\n");
  });

  test("waits for a reader that is slow", () => {
    const {destination, text} = output("EAGAIN", 1, "EAGAIN");
    destination.write("line\n");
    expect(text()).toBe("line\n");
  });

  test("whose reader is gone is left alone from then on", () => {
    const {destination, text, writes} = output("EPIPE");
    destination.write("first\n");
    destination.write("second\n");
    expect([text(), writes()]).toEqual(["", 1]);
  });

  test("leaves out a line that a reader does not take, and takes the next", () => {
    const {destination, text} = output(...Array.from({length: 100}, () => "EAGAIN"));
    destination.write("first\n");
    destination.write("second\n");
    expect(text()).toBe("second\n");
  });
});

test("fields named like a secret do not reach the log", () => {
  const lines: string[] = [];
  const log = createLog("test", "info", {write: (line) => void lines.push(line)});
  log.info({password: "a", user: {token: "b"}, facts: 1}, "text");
  expect(lines.join("")).not.toMatch(/"(a|b)"/);
  expect(JSON.parse(lines[0]!)).toMatchObject({level: "info", process: "test", facts: 1, msg: "text"});
});
