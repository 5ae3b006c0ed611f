import {existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync} from "node:fs";
import {type AddressInfo, createServer} from "node:net";
import {tmpdir} from "node:os";
import path from "node:path";
import {describe, expect, test} from "@jest/globals";
import {
  checkHome,
  checkSocketPath,
  lockHome,
  noteRuntime,
  prepareHome,
  stopLeftover,
} from "../../src/cli/start/home.ts";
import {parsePm2Line} from "../../src/cli/start/pm2.ts";
import {checkPorts, wantedPorts} from "../../src/cli/start/ports.ts";
import {cliTokenFile, processesOf, writeCliToken} from "../../src/cli/start/processes.ts";
import {loadConfig} from "../../src/config/index.ts";

const newHome = () => mkdtempSync(path.join(tmpdir(), "tanglegate-home-"));

describe("the home", () => {
  test("is made with a folder for each process", () => {
    const home = path.join(newHome(), "new");
    prepareHome(home);
    expect(statSync(path.join(home, "gateway")).isDirectory()).toBe(true);
    expect(statSync(path.join(home, "logs")).isDirectory()).toBe(true);
  });

  test("that is a file is named, with the way out", () => {
    const file = path.join(newHome(), "file");
    writeFileSync(file, "");
    expect(() => prepareHome(file)).toThrow(/TANGLEGATE_HOME/);
  });

  test("has one lock: a second start names the first, and may follow it", () => {
    const home = newHome();
    const release = lockHome(home);
    expect(() => lockHome(home)).toThrow(new RegExp(`already runs on .*process ${process.pid}`));
    release();
    lockHome(home)();
  });

  test("takes over the lock of a process that has ended, and one whose number another program has now", () => {
    for (const left of ["999999999 1", `${process.pid} 1`, "garbage"]) {
      const home = newHome();
      writeFileSync(path.join(home, "start.lock"), left);
      lockHome(home)();
    }
  });

  const onLinux = process.platform === "linux" ? test : test.skip;
  onLinux("that cannot be made is refused at once, and looking at it makes nothing", () => {
    expect(() => prepareHome("/proc/x")).toThrow(/data folder \/proc\/x cannot be written .*--home/);
    const home = path.join(newHome(), "not", "there");
    checkHome(home);
    expect(existsSync(home)).toBe(false);
  });

  test("with a path too long for pm2's sockets is refused with the reason", () => {
    const home = path.join(newHome(), "a".repeat(120));
    expect(() => checkSocketPath(home)).toThrow(/too long: .*pm2.* at most \d+ bytes.*--home/);
    expect(() => checkSocketPath("/var/lib/tanglegate")).not.toThrow();
  });

  test("leaves nothing beside its lock, and gives back only its own", () => {
    const home = newHome();
    writeFileSync(path.join(home, "start.lock"), "999999999 1");
    const release = lockHome(home);
    expect(readdirSync(home)).toEqual(["start.lock"]);
    writeFileSync(path.join(home, "start.lock"), "another start's");
    release();
    expect(readdirSync(home)).toEqual(["start.lock"]);
  });

  onLinux("takes over a lock of an earlier boot, even when number and moment are the same", () => {
    const home = newHome();
    lockHome(home);
    const mine = readFileSync(path.join(home, "start.lock"), "utf8").split(" ");
    expect(mine).toHaveLength(3);
    writeFileSync(path.join(home, "start.lock"), [mine[0], mine[1], "another-boot"].join(" "));
    lockHome(home)();
  });

  test("of a runtime that has ended has nothing left over", async () => {
    const home = newHome();
    mkdirSync(path.join(home, "pm2"));
    expect(await stopLeftover(home)).toBe(false);
    noteRuntime(home, 999_999_999);
    expect(await stopLeftover(home)).toBe(false);
  });

  test("keeps the command line's token from other users", () => {
    const home = newHome();
    mkdirSync(path.join(home, "gateway"));
    writeCliToken(home, "secret");
    expect(readFileSync(cliTokenFile(home), "utf8")).toBe("secret");
    expect(statSync(cliTokenFile(home)).mode & 0o777).toBe(0o600);
  });
});

describe("ports", () => {
  const at = (setting: string, port: number) => ({setting, hostSetting: "rest.host", host: "127.0.0.1", port});

  test("a taken one is named by its setting and its variable", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const {port} = server.address() as AddressInfo;
    await expect(checkPorts([at("rest.port", port)])).rejects.toThrow(
      new RegExp(`Port ${port} .*setting rest\\.port.*TANGLEGATE_REST_PORT`),
    );
    server.close();
  });

  test("two settings with one port are named", async () => {
    await expect(checkPorts([at("rest.port", 47113), at("events.port", 47113)])).rejects.toThrow(
      /rest\.port and events\.port/,
    );
  });

  test.each([
    ["0.0.0.0", "127.0.0.1"],
    ["127.0.0.1", "::"],
    ["localhost", "127.0.0.1"],
  ])("one port on %s and on %s is named, though one after the other can be had", async (one, other) => {
    const both = [
      {...at("rest.port", 47113), host: one},
      {...at("events.port", 47113), host: other},
    ];
    await expect(checkPorts(both)).rejects.toThrow(/rest\.port and events\.port/);
  });

  test("a host that is not ours is named by its setting", async () => {
    await expect(checkPorts([{...at("rest.port", 47113), host: "192.0.2.1"}])).rejects.toThrow(/rest\.host/);
  });

  test("those of processes that do not run are not asked for", () => {
    const {config} = loadConfig(newHome(), {TANGLEGATE_NODE_RED_ENABLED: "false", TANGLEGATE_PLANT_ENABLED: "false"});
    expect(wantedPorts(config).map(({setting}) => setting)).toEqual(["rest.port", "events.port", "field.port"]);
    expect(processesOf(config)).toEqual(["gateway", "field"]);
  });
});

describe("a line of pm2-runtime", () => {
  test.each([
    [
      "2026-11-20T19:02:03: PM2 log: App [node-red:1] exited with code [3] via signal [SIGINT]",
      {kind: "exited", name: "node-red", code: 3, how: "code 3"},
    ],
    [
      "2026-11-20T19:02:03: PM2 log: App [gateway:1] exited with code [0] via signal [SIGKILL]",
      {kind: "exited", name: "gateway", code: 0, how: "signal SIGKILL"},
    ],
    [
      '2026-11-20T19:02:04: PM2 log: Script /home/a b/My Site/dist/src/gateway/main.js had too many unstable restarts (3). Stopped. "errored"',
      {kind: "gave-up", name: "gateway"},
    ],
    [
      '2026-11-20T19:02:04: PM2 log: Script /x/dist/src/field/main.js had too many unstable restarts (3). Stopped. "errored"',
      {kind: "gave-up", name: "field"},
    ],
    [
      '2026-11-20T19:02:04: PM2 log: Script /x/dist/src/editor/main.js had too many unstable restarts (3). Stopped. "errored"',
      {kind: "gave-up", name: "node-red"},
    ],
    ["2026-11-20T19:02:02: PM2 log: App [field:0] online", null],
    ["2026-11-20T19:02:11: PM2 error: app=field id=1 does not have a pid", null],
  ])("%s", (line, event) => {
    expect(parsePm2Line(line)).toEqual(event);
  });
});
