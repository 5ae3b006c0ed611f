import {mkdtempSync, readFileSync, writeFileSync} from "node:fs";
import {tmpdir} from "node:os";
import path from "node:path";
import {describe, expect, test} from "@jest/globals";
import {changeSettings, checkExposure, isLoopback, loadConfig} from "../../src/config/index.ts";

const homeWith = (yaml: string | null) => {
  const home = mkdtempSync(path.join(tmpdir(), "tanglegate-exposure-"));
  if (yaml !== null) writeFileSync(path.join(home, "gateway.yaml"), yaml);
  return home;
};
const config = (yaml: string) => loadConfig(homeWith(yaml), {}).config;

test.each(["127.0.0.1", "127.1.2.3", "localhost", "::1"])("%s reaches this machine alone", (host) => {
  expect(isLoopback(host)).toBe(true);
});
test.each(["0.0.0.0", "::", "192.168.1.20", "127.example.org", "gateway"])("%s reaches further", (host) => {
  expect(isLoopback(host)).toBe(false);
});

describe("what other machines would reach is refused", () => {
  const changed = {isFirstPassword: false};
  test.each([
    ["rest.host", "rest: {host: 0.0.0.0}", /rest\.host is 0\.0\.0\.0.*tanglegate expose/],
    ["events.host", "events: {host: 192.168.1.20}", /events\.host.*rest\.tls/],
    ["node_red.host", 'node_red: {host: "::"}', /node_red\.host/],
  ])("without encryption: %s", (_, yaml, sentence) => {
    expect(() => checkExposure(config(yaml), changed)).toThrow(sentence);
  });

  test("with the first password", () => {
    const exposed = config("rest: {host: 0.0.0.0, tls: self-signed}");
    expect(() => checkExposure(exposed, {isFirstPassword: true})).toThrow(/credentials\.txt.*tanglegate expose/);
    expect(() => checkExposure(exposed, changed)).not.toThrow();
  });

  test("with files that are not named", () => {
    expect(() => checkExposure(config("rest: {tls: files, tls_cert: /a.pem}"), changed)).toThrow(/rest\.tls_key/);
  });

  test("not when it stays on this machine, or when Node-RED does not run", () => {
    expect(() => checkExposure(config(""), {isFirstPassword: true})).not.toThrow();
    expect(() => checkExposure(config("node_red: {enabled: false, host: 0.0.0.0}"), changed)).not.toThrow();
  });
});

describe("a changed setting", () => {
  const changed = (yaml: string, changes: Parameters<typeof changeSettings>[1]) => {
    const home = homeWith(yaml);
    changeSettings(home, changes);
    return readFileSync(path.join(home, "gateway.yaml"), "utf8");
  };

  test("leaves comments and all others as they are", () => {
    const text = changed("# ours\nsite:\n  name: a.b # the hall\n", {
      "rest.host": "0.0.0.0",
      "rest.tls": "self-signed",
    });
    expect(text).toBe("# ours\nsite:\n  name: a.b # the hall\nrest:\n  host: 0.0.0.0\n  tls: self-signed\n");
  });

  test("that is not there is taken out without a word, and so is one of a section that is not there", () => {
    const yaml = "site: {name: a.b}\nrest:\n  port: 1\n";
    expect(changed(yaml, {"rest.host": null, "node_red.host": null})).toBe(yaml);
  });

  test("goes into a section that is all comments, and they stay", () => {
    const yaml = "rest:\n  # port: 1\nlog:\n  level: info\n";
    expect(changed(yaml, {"rest.host": "0.0.0.0"})).toBe("rest:\n  host: 0.0.0.0\n  # port: 1\nlog:\n  level: info\n");
    const undone = changed(changed(yaml, {"rest.host": "0.0.0.0"}), {"rest.host": null});
    expect(undone).toContain("# port: 1");
    expect(config(undone).rest.host).toBe("127.0.0.1");
  });

  test("is taken out with null, and its section when nothing is left in it", () => {
    expect(changed("site: {name: a.b}\nrest:\n  host: 0.0.0.0\n", {"rest.host": null})).toBe("site: {name: a.b}\n");
    expect(changed("rest:\n  host: 0.0.0.0\n  port: 1\n", {"rest.host": null})).toBe("rest:\n  port: 1\n");
  });

  test("that is not valid is refused, and the file stays", () => {
    const home = homeWith("site: {name: a.b}\n");
    expect(() => changeSettings(home, {"rest.tls": "perhaps"})).toThrow(/rest\.tls/);
    expect(readFileSync(path.join(home, "gateway.yaml"), "utf8")).toBe("site: {name: a.b}\n");
  });

  test("of the demo is refused with the way out", () => {
    expect(() => changeSettings(homeWith(null), {"rest.host": "0.0.0.0"})).toThrow(/tanglegate setup/);
  });
});
