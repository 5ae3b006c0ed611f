// verify.html from disk in a browser, as an auditor opens it: no server, no network.

import {spawnSync} from "node:child_process";
import {existsSync, mkdirSync, writeFileSync} from "node:fs";
import {mkdtemp, readFile, rm} from "node:fs/promises";
import {createRequire} from "node:module";
import {tmpdir} from "node:os";
import path from "node:path";
import {pathToFileURL} from "node:url";
import {afterAll, beforeAll, expect, jest, test} from "@jest/globals";
import type {Browser, BrowserContextOptions, Page} from "playwright-core";
import type {AuditProofFile} from "../../src/client/index.ts";
import {installNativeCrypto} from "../../src/native-crypto.ts";
import {bytesOf} from "../audit/export/support.ts";
import {createSurroundings, networkFileOf} from "../audit/support.ts";
import {CHROMIUM, describeInBrowser, launchBrowser} from "../support/browser.ts";

const ROOT = path.join(import.meta.dirname, "../..");
/** Folder for pictures of the page, to be looked at; none when it is not named. */
const SHOTS = process.env.TANGLEGATE_SHOTS;

jest.setTimeout(120_000);

let folder: string;
let browser: Browser;
const file = (name: string) => path.join(folder, name);
const write = (name: string, value: unknown) => {
  writeFileSync(file(name), typeof value === "string" ? value : JSON.stringify(value));
  return file(name);
};

beforeAll(async () => {
  if (!existsSync(CHROMIUM)) return;
  folder = await mkdtemp(path.join(tmpdir(), "verify-page-"));
  const built = spawnSync(process.execPath, [path.join(ROOT, "scripts/verify-page.mjs"), file("verify.html")]);
  if (built.status !== 0) throw new Error(String(built.stderr));
  await installNativeCrypto();
  const around = await createSurroundings();
  const audit = around.create();
  await audit.start();
  await audit.append(
    [
      {
        type: "parameter-change",
        subject: "hold pressure",
        body: {old: 79.5, new: 82, unit: "bar", reason: "tool wear, order 4711"},
      },
      {type: "alarm", subject: "<script>document.title = 'run'</script>", body: {text: "</script><b>bold</b>"}},
      {
        type: "parameter-change",
        subject: "melt temperature",
        body: {old: 224, new: 231, unit: "°C"},
        reasonCode: "R12",
      },
      {type: "batch-end", subject: "batch 0815", body: {parts: 1200, scrap: 3}},
    ].map((entry) => ({machine: "press-7", ...entry})),
    {actor: "user:anna", role: "operator"},
  );
  await around.anchor(audit);
  const good = await audit.exportProof("press-7", {from: 0, to: 3});
  write("good.audit.json", good);
  write("network.json", networkFileOf());
  write("other-network.json", networkFileOf("another coordinator"));
  const changed = (edit: (entry: AuditProofFile["entries"][number]) => object, at: number) => ({
    ...good,
    entries: good.entries.with(at, {...good.entries[at]!, ...edit(good.entries[at]!)}),
  });
  write(
    "body.audit.json",
    changed(({body}) => ({body: body!.replace("82", "83")}), 0),
  );
  write(
    "leaf.audit.json",
    changed(({leaf}) => ({leaf: leaf.replace("anna", "anne")}), 2),
  );
  write("cut.audit.json", JSON.stringify(good).slice(0, -200));
  await audit.append([{machine: "press-7", type: "batch-end", body: {parts: 5}}], {actor: "token:line-7"});
  write("waiting.audit.json", await audit.exportProof("press-7", {from: 4, to: 4}));
  const exporter = around.exporter(audit);
  const {bytes} = await exporter.begin(
    {format: "zip", machines: ["press-7"], types: ["parameter-change"]},
    {actor: "user:anna", signal: new AbortController().signal},
  );
  writeFileSync(file("export.zip"), await bytesOf(bytes));
  await audit.stop();
  await around.remove();
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  if (folder !== undefined) await rm(folder, {recursive: true});
});

/** Opens the page and gives it files; ends with a check that it asked for nothing and said no error. */
async function onPage(work: (page: Page) => Promise<void>, options: BrowserContextOptions = {}): Promise<void> {
  const context = await browser.newContext({locale: "en-GB", timezoneId: "Europe/Berlin", ...options});
  try {
    const page = await context.newPage();
    const asked: string[] = [];
    const errors: string[] = [];
    page.on("request", (request) => asked.push(request.url()));
    page.on("pageerror", (error) => errors.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error") errors.push(message.text());
    });
    const address = pathToFileURL(file("verify.html")).href;
    await page.goto(address);
    await work(page);
    expect(errors).toEqual([]);
    expect(asked.filter((url) => url !== address && !url.startsWith("data:"))).toEqual([]);
  } finally {
    await context.close();
  }
}

const give = async (page: Page, ...names: string[]) => {
  await page.getByLabel("Choose files").setInputFiles(names.map(file));
  await page.locator("[data-mood]").waitFor();
};
const trust = async (page: Page, name = "network.json") => {
  await page.locator(".verify-keys input[type=file]").setInputFiles(file(name));
  await page.getByText("Keys of the network").waitFor();
  await page.locator("[data-mood]").waitFor();
};
const headline = (page: Page) => page.locator("h1").innerText();
const shot = async (page: Page, name: string) => {
  if (SHOTS === undefined) return;
  mkdirSync(SHOTS, {recursive: true});
  await page.screenshot({path: path.join(SHOTS, `${name}.png`), fullPage: true});
};

describeInBrowser("verify.html opened from disk", () => {
  test("verifies a good proof with the operator's keys, and shows who did what", async () => {
    await onPage(async (page) => {
      await give(page, "good.audit.json");
      await trust(page);
      expect(await headline(page)).toBe("All 4 entries are verified.");
      const card = page.locator("article[data-state=verified]");
      expect(await card.innerText()).toContain("nobody without both the coordinator’s keys");
      expect(await card.locator("[data-step][data-state=holds]").count()).toBe(9);
      const row = card.locator("tbody tr").first();
      expect(await row.innerText()).toMatch(/79\.5 → 82 bar/);
      expect(await row.innerText()).toContain("tool wear, order 4711");
      expect(await row.innerText()).toContain("operator");
    });
  });

  test("says of the same proof without keys that its signer is unknown, and what to do", async () => {
    await onPage(async (page) => {
      await give(page, "good.audit.json");
      expect(await headline(page)).toContain("whose they are is unknown");
      expect(await page.locator("article").innerText()).toContain("Consistent, signer unknown");
      expect(await page.locator(".verify-keys").innerText()).toContain("Get network.json from the operator");
    });
  });

  test.each([
    ["body", "The content of an entry is not what was recorded. At entry 0."],
    ["leaf", "An entry is not in the log that was signed. At entry 2."],
  ])("names a changed %s and the entry, and shows no entries", async (name, sentence) => {
    await onPage(async (page) => {
      await give(page, `${name}.audit.json`);
      await trust(page);
      expect(await headline(page)).toBe("1 of 1 files do not hold.");
      const card = page.locator("article[data-state=invalid]");
      expect(await card.locator("h2").innerText()).toBe(sentence);
      expect(await card.locator("table").count()).toBe(0);
      expect(await card.locator("[data-state=fails]").getAttribute("data-step")).toBe(name === "leaf" ? "path" : name);
    });
  });

  test("names a cut file, beside a good one", async () => {
    await onPage(async (page) => {
      await give(page, "cut.audit.json", "good.audit.json");
      await trust(page);
      expect(await headline(page)).toBe("1 of 2 files do not hold.");
      expect(await page.locator("article[data-state=unreadable]").innerText()).toContain("cut.audit.json");
      expect(await page.locator("article[data-state=verified]").count()).toBe(1);
    });
  });

  test("refuses a proof under the keys of another network", async () => {
    await onPage(async (page) => {
      await give(page, "good.audit.json");
      await trust(page, "other-network.json");
      expect(await page.locator("article h2").innerText()).toContain("not in a milestone that the coordinator signed");
    });
  });

  test("tells what still waits for its anchor", async () => {
    await onPage(async (page) => {
      await give(page, "waiting.audit.json");
      await trust(page);
      expect(await headline(page)).toContain("some still wait for their anchor");
      expect(await page.locator("article").innerText()).toContain("not anchored yet");
    });
  });

  test("takes the whole zip, names the gaps, and does not trust the network file in it", async () => {
    await onPage(async (page) => {
      await give(page, "export.zip");
      expect(await headline(page)).toContain("whose they are is unknown");
      expect(await page.locator(".verify-keys").innerText()).toContain("It came with the entries, so it is not used");
      await trust(page);
      expect(await headline(page)).toBe("All 2 entries are verified.");
      expect(await page.locator("article").innerText()).toContain("2 chosen entries of press-7, between 0 and 2");
    });
  });

  test("asks where a network file beside the proofs is from before it trusts it", async () => {
    await onPage(async (page) => {
      await give(page, "good.audit.json", "network.json");
      expect(await headline(page)).toContain("unknown");
      await page.getByRole("button", {name: "From the operator, by another way"}).click();
      await page.getByText("All 4 entries are verified.").waitFor();
    });
  });

  test("does not run what stands in an entry", async () => {
    await onPage(async (page) => {
      await give(page, "good.audit.json");
      expect(await page.title()).toBe("Check an audit trail");
      expect(await page.locator("article b").count()).toBe(0);
    });
  });

  test("says what is not a network file", async () => {
    await onPage(async (page) => {
      await page.locator(".verify-keys input[type=file]").setInputFiles(file("good.audit.json"));
      await page.getByText("is not a network file").waitFor();
    });
  });

  test("speaks German where the browser does, and changes at a press", async () => {
    await onPage(
      async (page) => {
        expect(await headline(page)).toContain("Nachweise eines Exports");
        await page.getByRole("button", {name: "English"}).click();
        expect(await headline(page)).toContain("Drop the proofs");
        expect(await page.locator("html").getAttribute("lang")).toBe("en");
      },
      {locale: "de-DE"},
    );
  });

  test.each([
    [1440, "light"],
    [1440, "dark"],
    [768, "light"],
    [390, "light"],
    [390, "dark"],
  ] as const)("at %d px in the %s theme fits its width and keeps the rules of axe", async (width, colorScheme) => {
    const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
    await onPage(
      async (page) => {
        const check = async (name: string) => {
          await shot(page, `${name}-${width}-${colorScheme}`);
          const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
          expect(wide).toBeLessThanOrEqual(0);
          await page.evaluate(axe);
          const faults = await page.evaluate(async () => {
            const {axe: rules} = globalThis as unknown as {
              axe: {run(): Promise<{violations: {id: string; nodes: {html: string}[]}[]}>};
            };
            return (await rules.run()).violations.map(({id, nodes}) => `${id}: ${nodes[0]!.html}`);
          });
          expect(faults).toEqual([]);
        };
        await check("begin");
        await give(page, "good.audit.json");
        await check("unknown");
        await trust(page);
        await check("good");
        await page.getByRole("button", {name: "Check others"}).click();
        await give(page, "body.audit.json", "cut.audit.json", "good.audit.json", "waiting.audit.json");
        await check("bad");
      },
      {viewport: {width, height: 900}, colorScheme},
    );
  });

  test("is used with the keyboard alone", async () => {
    await onPage(async (page) => {
      const names: string[] = [];
      for (let i = 0; i < 5; i++) {
        await page.keyboard.press("Tab");
        names.push(await page.evaluate(() => document.activeElement?.textContent ?? ""));
      }
      expect(names).toEqual(["English", "Deutsch", "Choose files", "Choose a folder", "Choose network.json"]);
    });
  });
});
