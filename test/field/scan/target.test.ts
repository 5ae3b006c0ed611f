import {expect, test} from "@jest/globals";
import {HOSTS_MAX, hostsOf} from "../../../src/field/scan/target.ts";

test.each([
  ["127.0.0.1", ["127.0.0.1"]],
  ["meter.local", ["meter.local"]],
  ["192.168.1.7/32", ["192.168.1.7"]],
  ["192.168.1.7/31", ["192.168.1.6", "192.168.1.7"]],
  ["10.0.0.9/30", ["10.0.0.9", "10.0.0.10"]],
])("%s names %j", (target, hosts) => {
  expect(hostsOf(target)).toEqual(hosts);
});
test("a /24 is its 254 hosts, without network and broadcast", () => {
  const hosts = hostsOf("192.168.1.77/24");
  expect([hosts.length, hosts[0], hosts.at(-1)]).toEqual([254, "192.168.1.1", "192.168.1.254"]);
  expect(hosts.length).toBeLessThanOrEqual(HOSTS_MAX);
});
test.each([
  ["192.168.0.0/16", /at most 256/],
  ["8.8.8.0/24", /private/],
  ["172.32.0.0/24", /private/],
  ["192.168.1/24", /such as/],
  ["192.168.1.0/33", /such as/],
  ["192.168.1.0/x", /such as/],
  ["300.1.1.1/24", /such as/],
  ["a b", /host name/],
  ["user@host", /host name/],
])("%s is refused", (target, sentence) => {
  expect(() => hostsOf(target)).toThrow(sentence);
});
