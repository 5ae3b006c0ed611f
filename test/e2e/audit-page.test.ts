// The audit page in a browser, before a gateway that answers from a table: what people do there, and what happens when a part fails.

import {spawnSync} from "node:child_process";
import {existsSync, readFileSync} from "node:fs";
import {mkdtemp, rm} from "node:fs/promises";
import {createServer, type IncomingMessage, type Server, type ServerResponse} from "node:http";
import type {AddressInfo} from "node:net";
import {tmpdir} from "node:os";
import path from "node:path";
import {afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test} from "@jest/globals";
import {type Browser, type BrowserContextOptions, chromium, type Page} from "playwright-core";
import type {AuditSearchItem, MachineVerdict} from "../../src/client/index.ts";

const CHROMIUM = "/usr/bin/chromium";
const ROOT = path.join(import.meta.dirname, "../..");
const ENTRIES = 120;
const withBrowser = existsSync(CHROMIUM) ? describe : describe.skip;
const TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"};

jest.setTimeout(120_000);

interface Asked {
  readonly method: string;
  readonly url: URL;
  readonly body: unknown;
}

let folder: string;
let server: Server;
let base: string;
let browser: Browser;
let page: Page;
let entries: AuditSearchItem[];
let verdict: MachineVerdict;
let asked: Asked[];
/** Paths below /api/audit/v1 that answer 503. */
let failing: string[];
let faults: string[];

const item = (seq: number, changes: Partial<AuditSearchItem> = {}): AuditSearchItem => ({
  machine: "press-7",
  seq,
  type: "parameter-change",
  time: {utc: new Date(Date.UTC(2026, 10, 25, 8, seq)).toISOString(), source: "ntp", uncertaintyMs: 3, synced: true},
  actor: seq % 2 === 0 ? "user:anna" : "user:ben",
  actorRole: "maintainer",
  subject: `setTemperature${seq}`,
  reasonCode: null,
  corrects: null,
  body: {old: 180, new: 185, unit: "°C"},
  leafHash: "0x00",
  state: "verified",
  kind: "critical",
  change: {old: 180, new: 185, unit: "°C"},
  reason: "new batch",
  review: {state: "open"},
  erased: null,
  ...changes,
});

function answer({method, url, body}: Asked): unknown {
  const route = `${method} ${url.pathname}`;
  const query = url.searchParams;
  const audit = url.pathname.replace("/api/audit/v1", "");
  if (failing.includes(audit)) return null;
  if (route === "GET /api/gateway/v1/me")
    return {actor: "user:anna", role: "admin", scopes: ["admin"], mustChangePassword: false, csrf: "x"};
  if (route === "GET /api/gateway/v1/status")
    return {
      site: "works",
      isDemo: false,
      clock: {isSynchronised: true, source: "ntp"},
      node: {isHealthy: true, because: null, milestone: null},
      audit: {entries: verdict.entries, because: null},
      field: {state: "running"},
      nodeRedUrl: null,
    };
  if (audit === "/machines") return {items: verdict.entries === 0 ? [] : [verdict]};
  if (audit === "/entries/facets")
    return {
      machines: [{name: "press-7", count: ENTRIES}],
      types: [{name: "parameter-change", count: ENTRIES, kind: "critical"}],
      actors: [],
      isComplete: true,
    };
  if (audit === "/entries/count") return {count: found(query).length, isComplete: true};
  if (audit === "/entries/density")
    return {
      from: query.get("from") ?? entries[0]!.time.utc,
      to: query.get("to") ?? entries.at(-1)!.time.utc,
      buckets: Array.from({length: 20}, () => ({critical: 6, alarm: 1, batch: 0, access: 0, other: 2})),
      isExact: true,
      anchors: [],
    };
  if (audit === "/entries") {
    const start = Number(query.get("cursor") ?? 0);
    const size = Number(query.get("pageSize"));
    const hits = found(query);
    const items = hits.slice(start, start + size);
    return start + size < hits.length ? {items, cursor: String(start + size)} : {items};
  }
  const one = /^\/machines\/press-7\/entries\/(\d+)$/.exec(audit);
  if (one !== null) return entries.find(({seq}) => seq === Number(one[1])) ?? null;
  if (audit === "/machines/press-7/review")
    return {
      machine: "press-7",
      openCritical: ENTRIES,
      isCountComplete: true,
      questions: [],
      lastReview: null,
      plan: null,
      nextDue: null,
      isOverdue: false,
    };
  if (method === "POST" && audit === "/machines/press-7/reviews") {
    const {entries: runs} = body as {entries: [number, number][]};
    entries = entries.map((entry) =>
      runs.some(([from, to]) => from <= entry.seq && entry.seq <= to)
        ? {...entry, review: {state: "reviewed", by: "user:anna", at: entry.time.utc, seq: 900}}
        : entry,
    );
    return {machine: "press-7", seq: 900, leafHash: "0x00", checkpointSize: 901};
  }
  if (audit === "/storage")
    return {
      machines: [],
      totalBytes: 1e6,
      growthBytesPerDay: 2e4,
      measuredDays: 7,
      disk: {freeBytes: 1e9, totalBytes: 2e9, fullOn: null},
      retention: {days: 0, erasedBefore: null},
    };
  return {items: []};
}

function found(query: URLSearchParams): AuditSearchItem[] {
  const [type, text, from, to] = ["type", "text", "from", "to"].map((name) => query.get(name));
  return entries
    .filter((entry) => type == null || entry.type === type)
    .filter((entry) => text == null || entry.subject?.includes(text))
    .filter(({time: {utc}}) => (from == null || utc >= from) && (to == null || utc <= to))
    .reverse();
}

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url!, base);
  if (url.pathname === "/api/gateway/v1/events") {
    response.writeHead(200, {"content-type": "text/event-stream"}).write(":\n\n");
    return;
  }
  if (url.pathname.startsWith("/api/")) {
    let text = "";
    for await (const part of request) text += part;
    const call = {method: request.method!, url, body: text === "" ? undefined : JSON.parse(text)};
    asked.push(call);
    const given = answer(call);
    response.writeHead(given === null ? 503 : 200, {"content-type": "application/json"});
    response.end(JSON.stringify(given ?? {error: {message: "The index is being read."}}));
    return;
  }
  const file = path.join(folder, url.pathname);
  const known = path.extname(file) === "" ? path.join(folder, "index.html") : file;
  response.writeHead(200, {"content-type": TYPES[path.extname(known) as keyof typeof TYPES]});
  response.end(readFileSync(known));
}

async function open(address: string, options: BrowserContextOptions = {}): Promise<void> {
  const context = await browser.newContext({
    viewport: {width: 1440, height: 900},
    locale: "en-GB",
    timezoneId: "Europe/Berlin",
    ...options,
  });
  page = await context.newPage();
  page.on("pageerror", ({message}) => faults.push(message));
  await page.goto(base + address);
}

withBrowser("the audit page", () => {
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "audit-page-"));
    const vite = path.join(ROOT, "node_modules/vite/bin/vite.js");
    const config = path.join(ROOT, "src/console/vite.config.js");
    const built = spawnSync(process.execPath, [vite, "build", "-c", config, "--outDir", folder, "--emptyOutDir"]);
    if (built.status !== 0) throw new Error(String(built.stderr));
    server = createServer((request, response) => void serve(request, response));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
    });
  });
  afterAll(async () => {
    await browser.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await rm(folder, {recursive: true});
  });
  beforeEach(() => {
    entries = Array.from({length: ENTRIES}, (_, seq) => item(seq));
    verdict = {
      machine: "press-7",
      state: "verified",
      entries: ENTRIES,
      anchoredEntries: ENTRIES,
      lastAnchor: {milestoneIndex: 6, time: "2026-11-25T10:02:00.000Z", blockId: "0x"},
      broken: null,
      lastEntryTime: null,
      checkedAt: "2026-11-25T10:00:00.000Z",
      unchecked: null,
    };
    [asked, failing, faults] = [[], [], []];
  });
  afterEach(async () => {
    await page.context().close();
    expect(faults).toEqual([]);
  });
  const rows = () => page.locator(".entry");

  test("critical changes come first, and the address says so", async () => {
    await open("/audit");
    await page.waitForURL("**/audit?kind=critical");
    await rows().first().waitFor();
    expect(await page.locator("h1").textContent()).toMatch(/^All 120 entries check\. Last anchored .*\.$/);
    expect(await rows().count()).toBe(50);
    expect(await rows().first().textContent()).toContain("180\u202f°C → becomes 185\u202f°C");
  });

  test("an address brings back what it showed, and older entries come below it", async () => {
    await open("/audit/press-7/30?kind=all&machine=press-7");
    await page.getByRole("dialog").getByText("Parameter changed: setTemperature30").waitFor();
    await page.getByRole("button", {name: "Show older entries"}).click();
    await rows().nth(99).waitFor();
    await page.keyboard.press("Escape");
    await page.waitForURL("**/audit/press-7?kind=all");
  });

  test("what is typed is searched for, and the cursor stays where it is", async () => {
    await open("/audit?kind=all");
    await page.getByLabel("Text").fill("Temperature11");
    await page.waitForURL("**/audit?kind=all&text=Temperature11");
    await page.getByText("11 entries").first().waitFor();
    expect(await rows().count()).toBe(11);
    expect(await page.getByLabel("Text").evaluate((input) => input === document.activeElement)).toBe(true);
  });

  test("a drag over the strip chooses a time, and the whole time comes back", async () => {
    await open("/audit?kind=all");
    const strip = page.locator("canvas.strip");
    await strip.waitFor();
    const {x, y, width} = (await strip.boundingBox())!;
    await page.mouse.move(x + width / 4, y + 40);
    await page.mouse.down();
    await page.mouse.move(x + width / 2, y + 40, {steps: 4});
    await page.mouse.up();
    await page.waitForURL(/from=2026-11-25T08:29.*to=2026-11-25T08:5/);
    await page.getByRole("button", {name: "Whole time"}).click();
    await page.waitForURL("**/audit?kind=all");
  });

  test("new entries wait behind a button, and what is shown does not move", async () => {
    await open("/audit?kind=all");
    await rows().nth(10).waitFor();
    const top = () =>
      rows()
        .nth(10)
        .evaluate((row) => row.getBoundingClientRect().top);
    const before = await top();
    entries.push(item(ENTRIES), item(ENTRIES + 1));
    verdict = {...verdict, entries: ENTRIES + 2};
    const button = page.getByRole("button", {name: "2 new entries"});
    await button.waitFor({timeout: 30_000});
    expect(await top()).toBe(before);
    await button.click();
    expect(await rows().first().textContent()).toContain(`setTemperature${ENTRIES + 1}`);
  });

  test("nobody reviews what they did themselves: those stay open, and the page says why", async () => {
    await open("/audit?kind=all");
    await rows().first().getByRole("checkbox").click();
    await rows()
      .nth(3)
      .getByRole("checkbox")
      .click({modifiers: ["Shift"]});
    const bar = page.getByRole("region", {name: "Review"});
    await bar.getByText("4 entries chosen").waitFor();
    await bar.getByRole("button", {name: "Mark reviewed"}).click();
    await bar.getByText("2 of them are your own").waitFor();
    await bar.getByRole("button", {name: "Mark reviewed"}).click();
    await rows().first().getByText("reviewed by anna").waitFor();
    expect(await rows().nth(1).textContent()).toContain("not reviewed");
    const sent = asked.find(({method}) => method === "POST");
    expect(sent?.body).toEqual({
      kind: "reviewed",
      entries: [
        [117, 117],
        [119, 119],
      ],
    });
  });

  test("a part that cannot be read is said to have failed; nothing is called broken", async () => {
    failing = ["/entries", "/storage"];
    await open("/audit?kind=all");
    await page.getByText("This part could not be read. That says nothing about the entries.").first().waitFor();
    expect(await page.locator("h1").textContent()).toContain("All 120 entries check.");
    expect(await page.getByText("broken").count()).toBe(0);
    failing = [];
    await page.getByRole("button", {name: "Try again"}).first().click();
    await rows().first().waitFor();
  });

  test("a broken log says where, what, how far it is good and what to do; its rows are marked", async () => {
    verdict = {
      ...verdict,
      state: "broken",
      broken: {
        seq: 118,
        because: "Entry 118 has other bytes.",
        differs: "changed",
        lastGoodAnchor: {milestoneIndex: 6, time: "2026-11-25T10:02:00.000Z", blockId: "0x", seq: 117},
        remedy: "Keep the disk.",
      },
    };
    await open("/audit?kind=all");
    expect(await page.locator("h1").textContent()).toBe("press-7 is broken at entry 118.");
    const told = await page.locator(".concern").textContent();
    for (const part of ["an entry is not as it was written", "Entry 117", "Keep the disk."])
      expect(told).toContain(part);
    await rows().first().waitFor();
    expect(await page.locator(".entry.is-bad").count()).toBe(2);
  });

  test("an empty trail teaches how to begin", async () => {
    verdict = {...verdict, entries: 0};
    await open("/audit");
    await page.getByText("npx tanglegate audit append").waitFor();
  });

  test.each([
    [390, "light", "de-DE"],
    [768, "dark", "de-DE"],
    [1440, "dark", "en-GB"],
  ] as const)(
    "at %i px, %s, %s nothing overflows and the rules for everybody's use hold",
    async (width, colorScheme, locale) => {
      await open("/audit/press-7?kind=all", {viewport: {width, height: 900}, colorScheme, locale, bypassCSP: true});
      await rows().first().waitFor();
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
      await page.addScriptTag({path: path.join(ROOT, "node_modules/axe-core/axe.min.js")});
      // The frame has tests of its own.
      const violations = await page.evaluate(async () => {
        const {axe} = globalThis as unknown as {
          axe: {run: (where: string) => Promise<{violations: {id: string; nodes: {html: string}[]}[]}>};
        };
        return (await axe.run("main")).violations.map(({id, nodes}) => `${id}: ${nodes[0]?.html}`);
      });
      expect(violations).toEqual([]);
    },
  );
});
