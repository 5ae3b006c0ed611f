// What the console says when something changes, falls silent, goes away or was tampered with.

import {readFileSync, writeFileSync} from "node:fs";
import path from "node:path";
import {afterAll, beforeAll, describe, expect, jest, test} from "@jest/globals";
import type {Page} from "playwright-core";
import {PAGES} from "../../../src/console/frame/pages.ts";
import {describeInBrowser} from "../../support/browser.ts";
import {type ConsoleSite, type Opening, openConsoleSite} from "../../support/console.ts";
import {settled} from "../../support/page-rules.ts";

const MINUTE_MS = 60_000;
const ENTRIES = 300;
const TAMPERED = 17;

jest.setTimeout(3 * MINUTE_MS);

describeInBrowser("the console follows the gateway:", () => {
  let site: ConsoleSite;

  beforeAll(async () => {
    site = await openConsoleSite();
  }, 5 * MINUTE_MS);
  afterAll(async () => site?.close(), MINUTE_MS);

  const onPage = async (opening: Opening, work: (page: Page) => Promise<void>) => {
    const opened = await site.open({as: "admin", ...opening});
    try {
      await settled(opened.page);
      await work(opened.page);
    } finally {
      await opened.close();
    }
  };
  const fault = (name: string) => site.people.operator.client.plant.fault({device: "meter", fault: name, seconds: 300});
  const ribbon = (page: Page) => page.locator(".ribbon.lost");

  test("a value of the site changes on the page without loading it again", async () => {
    await onPage({}, async (page) => {
      await page.evaluate(() => Object.assign(globalThis, {isSamePage: true}));
      const figures = () => page.locator(".value-row .value").allInnerTexts();
      await page.locator(".value-row .value").first().waitFor();
      const before = await figures();
      await expect(before.length).toBeGreaterThan(5);
      await page.waitForFunction(
        (old) =>
          [...document.querySelectorAll<HTMLElement>(".value-row .value")].some(
            ({innerText}, place) => innerText !== old[place],
          ),
        before,
      );
      expect(await page.evaluate(() => "isSamePage" in globalThis)).toBe(true);
    });
  });

  describe("a device that hangs", () => {
    beforeAll(() => fault("hang"));
    afterAll(() => fault("none"));

    test("is named in the headline, with its fault, a remedy and the age of its values", async () => {
      await onPage({}, async (page) => {
        const card = page.locator("article", {has: page.getByRole("link", {name: "Main meter"})});
        await page.getByText("Main meter is not read").waitFor({timeout: MINUTE_MS});
        await card.locator(".state.bad").waitFor();
        await card.locator(".old").first().waitFor({timeout: MINUTE_MS});
        const need = page.locator(".todo li", {hasText: "Main meter"});
        expect(await need.locator("p").innerText()).toMatch(/\w{4,}.*\. .*\w{4,}/);
        await need.getByRole("link").click();
        await page
          .getByRole("heading", {name: /Main meter is not read; the last good value is \d+\s(?:s|min) old/})
          .waitFor();
        expect(await page.locator(".problem").first().innerText()).toMatch(
          /did not answer within \d+ ms .*Check the unit id\./,
        );
      });
    });

    test("is well again by itself, on the page that is open", async () => {
      await onPage({at: "/devices/main-meter"}, async (page) => {
        await page.getByRole("heading", {name: /not read/}).waitFor({timeout: MINUTE_MS});
        await fault("none");
        await page.getByRole("heading", {name: /Main meter answers/}).waitFor({timeout: MINUTE_MS});
        expect(await page.locator(".problem").count()).toBe(0);
      });
    });
  });

  test("a gateway that does not answer any more is told by a ribbon that goes when it answers", async () => {
    await onPage({}, async (page) => {
      const pid = site.gatewayPid;
      process.kill(pid, "SIGSTOP");
      try {
        await ribbon(page).waitFor({timeout: MINUTE_MS});
        expect(await ribbon(page).innerText()).toMatch(
          /^No connection to the gateway for \d+\u202fs\. What you see is as old as that\.$/,
        );
      } finally {
        process.kill(pid, "SIGCONT");
      }
      await ribbon(page).waitFor({state: "detached", timeout: MINUTE_MS});
    });
  });

  test("a gateway that was stopped and started again goes on in the same page and session", async () => {
    await onPage({at: "/devices"}, async (page) => {
      await site.stop();
      await ribbon(page).waitFor({timeout: MINUTE_MS});
      // What was known stays, and its age is in the ribbon.
      expect(await page.locator("article").count()).toBe(3);
      await site.start();
      await ribbon(page).waitFor({state: "detached", timeout: MINUTE_MS});
      const before = await page.locator(".value-row .value").allInnerTexts();
      await page.waitForFunction(
        (old) =>
          [...document.querySelectorAll<HTMLElement>(".value-row .value")].some(
            ({innerText}, place) => innerText !== old[place],
          ),
        before,
        {timeout: MINUTE_MS},
      );
    });
  });

  test("a log that was tampered with is named with the entry, first of all", async () => {
    const {audit} = site.people.admin.client;
    await audit.appendAll(
      Array.from({length: ENTRIES}, (_, place) => ({
        machine: "press-7",
        type: "parameter-change",
        subject: "hold pressure",
        body: {old: place, new: place + 1, unit: "bar"},
      })),
    );
    // A check waits until the bundles are on disk.
    expect((await audit.check()).machines.every(({broken}) => broken === null)).toBe(true);
    // While it runs: what a start finds changed and still has in its journal, it writes again.
    const bodies = path.join(site.place.home, "gateway/audit/logs/press-7/1/body/000");
    const bytes = readFileSync(bodies);
    const at = bytes.indexOf(`"new":${TAMPERED + 1},`);
    expect(at).toBeGreaterThan(0);
    bytes.write(`"new":${TAMPERED + 2},`, at, "latin1");
    writeFileSync(bodies, bytes);
    await site.people.reviewer.client.audit.check();
    await onPage({as: "viewer"}, async (page) => {
      const need = page.locator(".todo li").first();
      await page.getByText("press-7 is broken").first().waitFor();
      expect(await page.locator("h1").innerText()).toMatch(/need/);
      expect(await need.innerText()).toContain(`The log of press-7 is broken at entry ${TAMPERED}`);
      expect(await need.innerText()).toContain(`The body of entry ${TAMPERED} was changed`);
      if (!PAGES.some(({name}) => name === "audit")) return;
      await need.getByRole("link").click();
      await page.waitForFunction(() => /press-7/.test(document.querySelector("h1")?.innerText ?? ""));
      expect(await page.locator("h1").innerText()).toMatch(new RegExp(`press-7.*${TAMPERED}`));
    });
  });
});
