import {describe, expect, test} from "@jest/globals";
import fc from "fast-check";
import {GatewayError} from "../../src/errors.ts";
import {linkFaultOf} from "../../src/fieldbus/index.ts";
import {createLinkFigures, LINK_SECONDS} from "../../src/fieldbus/link-figures.ts";
import {exceptionError, unavailableError} from "../../src/fieldbus/modbus-error.ts";
import {opcUaError, opcUaRemedy} from "../../src/fieldbus/opcua-error.ts";

const context = {address: "10.0.0.7:502", unitId: 1, what: "holding 0"};
const errno = (code: string) => unavailableError("10.0.0.7:502", Object.assign(new Error(code), {code}));
const opcUa = (text: string, isSecured = true) => opcUaError("opc.tcp://x:4840", new Error(text), {isSecured});

describe("every fault has its code", () => {
  test.each([
    ["refused", errno("ECONNREFUSED")],
    ["unreachable", errno("EHOSTUNREACH")],
    ["unreachable", errno("ETIMEDOUT")],
    ["unknown-host", errno("ENOTFOUND")],
    ["closed", errno("ECONNRESET")],
    ["no-port", errno("ENOENT")],
    ["port-denied", errno("EACCES")],
    ["port-busy", errno("EBUSY")],
    ["illegal-function", exceptionError(1, context)],
    ["illegal-address", exceptionError(2, context)],
    ["device-failure", exceptionError(4, context)],
    ["device-busy", exceptionError(6, context)],
    ["no-path", exceptionError(11, context)],
    ["no-answer", new GatewayError("fieldbus/timeout", "x")],
    ["wrong-device", new GatewayError("fieldbus/wrong-device", "x")],
    ["untrusted", new GatewayError("fieldbus/untrusted", "x", {endpoint: "x"})],
    ["silent", new GatewayError("fieldbus/silent", "x", {endpoint: "x"})],
    ["certificate", opcUa("BadSecurityChecksFailed")],
    ["expired", opcUa("BadCertificateTimeInvalid")],
    ["login", opcUa("BadUserAccessDenied")],
    ["endpoint", opcUa("BadSecurityPolicyRejected")],
    ["too-many-clients", opcUa("BadTooManySessions")],
    ["refused", opcUa("connect ECONNREFUSED 10.0.0.8:4840")],
    ["other", opcUa("something new")],
    ["other", new Error("no error of ours")],
  ])("%s", (fault, error) => {
    expect(linkFaultOf(error)).toBe(fault);
  });
  test("a server that hangs up is one that wants our certificate only where certificates are exchanged", () => {
    const text = "connection disconnected by third party";
    expect(linkFaultOf(opcUa(text))).toBe("certificate");
    expect(linkFaultOf(opcUa(text, false))).toBe("closed");
    expect(opcUaRemedy(opcUa(text))).toMatch(/certificate/);
    expect(opcUaRemedy(opcUa(text, false))).toMatch(/server's log/);
  });
});

describe("the figures of a link", () => {
  test("without a request there is no rate and no time", () => {
    expect(createLinkFigures().report(5)).toEqual({
      seconds: LINK_SECONDS,
      requests: 0,
      failures: 0,
      successRate: null,
      medianMs: null,
      lastMs: null,
    });
  });
  test("what is older than the span no longer counts, whatever was asked since", () => {
    const figures = createLinkFigures();
    for (let at = 0; at < 10; at++) {
      figures.noteRequest(at);
      figures.noteFailure(at);
    }
    figures.noteRoundTrip(5, 80);
    figures.noteRequest(400_000);
    figures.noteRoundTrip(400_000, 2);
    expect(figures.report(400_000)).toMatchObject({requests: 1, failures: 0, successRate: 1, medianMs: 2, lastMs: 2});
    expect(figures.report(900_000)).toMatchObject({requests: 0, successRate: null, medianMs: null});
  });
  test("the median is of the newest round trips, the last one is the last", () => {
    const figures = createLinkFigures();
    for (const ms of [100, 1, 3, 2, 50]) figures.noteRoundTrip(1_000, ms);
    expect(figures.report(1_000)).toMatchObject({medianMs: 3, lastMs: 50});
  });
  test("the rate is never outside 0..1", () => {
    const step = fc.record({after: fc.integer({min: 0, max: 30_000}), isFailure: fc.boolean()});
    fc.assert(
      fc.property(fc.array(step, {maxLength: 200}), (steps) => {
        const figures = createLinkFigures();
        let now = 0;
        for (const {after, isFailure} of steps) {
          now += after;
          if (isFailure) figures.noteFailure(now);
          else figures.noteRequest(now);
          const {successRate, requests, failures} = figures.report(now);
          expect(failures).toBeLessThanOrEqual(requests);
          if (successRate !== null) expect(successRate >= 0 && successRate <= 1).toBe(true);
        }
      }),
    );
  });
});
