import {mkdirSync, mkdtempSync, writeFileSync} from "node:fs";
import {tmpdir} from "node:os";
import path from "node:path";
import {afterEach, beforeEach, describe, expect, test} from "@jest/globals";
import {createContext, EXIT, exitCodeOf} from "../../src/cli/context.ts";
import {writeCliToken} from "../../src/cli/start/processes.ts";
import {timeOf, wholeNumber} from "../../src/cli/words.ts";
import {GatewayError} from "../../src/errors.ts";

let home: string;
const given = process.env.TANGLEGATE_TOKEN;
beforeEach(() => {
  delete process.env.TANGLEGATE_TOKEN;
  home = mkdtempSync(path.join(tmpdir(), "tanglegate-context-"));
  mkdirSync(path.join(home, "gateway"));
});
afterEach(() => {
  if (given !== undefined) process.env.TANGLEGATE_TOKEN = given;
});

describe("the token file of a home", () => {
  test("opens the gateway of this home", () => {
    writeCliToken(home, "local-secret");
    expect(createContext({home}).token).toBe("local-secret");
  });

  test("and its settings are read anew for a gateway that has started again", () => {
    writeCliToken(home, "local-secret");
    const context = createContext({home});
    expect(context.gateway.url).toBe("http://127.0.0.1:14265");
    writeFileSync(path.join(home, "gateway.yaml"), "rest: {port: 14300}");
    writeCliToken(home, "new-secret");
    expect(context.gateway.url).toBe("http://127.0.0.1:14300");
    expect(context.token).toBe("new-secret");
  });

  test("is shown to no other address", () => {
    writeCliToken(home, "local-secret");
    expect(createContext({home, url: "http://192.0.2.1:9999"}).token).toBeNull();
  });

  test("that is not there names the home and the way out", () => {
    expect(() => createContext({home}).gateway).toThrow(/No gateway was ever started on .*--home/);
  });
});

test.each([
  ["client/unreachable", EXIT.unreachable],
  ["client/timeout", EXIT.unreachable],
  ["gateway/unauthorised", EXIT.refused],
  ["audit/refused", EXIT.refused],
  ["audit/not-found", EXIT.no],
  ["audit/invalid", EXIT.wrongUse],
  ["config/invalid", EXIT.wrongUse],
  ["cli/number", EXIT.wrongUse],
  ["client/invalid-url", EXIT.wrongUse],
  ["start/failed", EXIT.failure],
  ["audit/disk-full", EXIT.failure],
])("%s ends with %i", (code, exit) => {
  expect(exitCodeOf(new GatewayError(code, "A sentence."))).toBe(exit);
});

test("a fault of the program is a failure", () => {
  expect(exitCodeOf(new TypeError("x is not a function"))).toBe(EXIT.failure);
});

describe("a word that a person typed", () => {
  test.each(["-1", "1.5", "many", "", "0", "1001"])("%p is no count from 1 to 1000", (text) => {
    expect(() => wholeNumber(text, "--limit", {from: 1, to: 1000})).toThrow(
      /--limit must be a whole number from 1 to 1000/,
    );
  });
  test("a number within its bounds is taken", () => {
    expect(wholeNumber("1000", "--limit", {from: 1, to: 1000})).toBe(1000);
  });
  test.each(["yesterday", "12:00", "2026-13-40", ""])("%p is no time", (text) => {
    expect(() => timeOf(text, "--from")).toThrow(/--from must be a time/);
  });
  test("a time is given on in UTC", () => {
    expect(timeOf("2026-11-20T10:00:00+02:00", "--from")).toBe("2026-11-20T08:00:00.000Z");
  });
});
