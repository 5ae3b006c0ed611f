// Every page of the console at three widths, in both themes and both languages; and the way through it with the keyboard alone.

import {mkdirSync} from "node:fs";
import path from "node:path";
import {afterAll, beforeAll, describe, expect, jest, test} from "@jest/globals";
import type {Page} from "playwright-core";
import {describeInBrowser} from "../../support/browser.ts";
import {type ConsoleSite, type OpenedPage, type Opening, openConsoleSite} from "../../support/console.ts";
import {CONSOLE_PLACES, idsOf, type SiteIds} from "../../support/console-places.ts";
import {axeFaults, misfits, settled} from "../../support/page-rules.ts";

const WIDTHS = [390, 768, 1440];
const THEMES = ["light", "dark"] as const;
const LANGUAGES = ["en", "de"] as const;
const MINUTE_MS = 60_000;
/** Folder for pictures of the pages, to be looked at; none when it is not named. */
const SHOTS = process.env.TANGLEGATE_SHOTS;

jest.setTimeout(2 * MINUTE_MS);

describeInBrowser("the console", () => {
  let site: ConsoleSite;
  let ids: SiteIds;

  beforeAll(async () => {
    site = await openConsoleSite();
    ids = await idsOf(site);
  }, 5 * MINUTE_MS);
  afterAll(async () => site?.close(), MINUTE_MS);

  /** Opens a page; ends with a check that it said no error and asked for nothing elsewhere. */
  const onPage = async (opening: Opening, work: (page: Page, opened: OpenedPage) => Promise<void>) => {
    const opened = await site.open({as: "admin", ...opening});
    try {
      await work(opened.page, opened);
      expect(opened.errors).toEqual([]);
      expect(opened.outside).toEqual([]);
    } finally {
      await opened.close();
    }
  };

  describe.each(LANGUAGES)("in the language %s", (language) => {
    test.each(CONSOLE_PLACES)("$name fits, has a headline and keeps the rules of axe", async ({name, path: pathOf}) => {
      await onPage({at: pathOf(ids), language}, async (page) => {
        const faults: string[] = [];
        for (const width of WIDTHS) {
          await page.setViewportSize({width, height: width < 640 ? 844 : 900});
          await page.reload();
          await settled(page);
          for (const theme of THEMES) {
            await page.emulateMedia({colorScheme: theme});
            await shot(page, `${name.replaceAll(" ", "-")}-${width}-${theme}-${language}`);
            const found = [...(await misfits(page)), ...(await axeFaults(page))];
            faults.push(...found.map((fault) => `${width} px, ${theme}: ${fault}`));
          }
        }
        expect(faults).toEqual([]);
        expect(await page.locator("h1").count()).toBe(1);
        expect(await page.locator("html").getAttribute("lang")).toBe(language);
      });
    });

    test.each(WIDTHS)("the login fits %d px and keeps the rules of axe", async (width) => {
      await onPage({as: null, width, language}, async (page) => {
        for (const theme of THEMES) {
          await page.emulateMedia({colorScheme: theme});
          await settled(page);
          expect([...(await misfits(page)), ...(await axeFaults(page))]).toEqual([]);
        }
      });
    });
  });

  test.each(["main-meter", "packaging-1", "solar-inverter"])(
    "a phone shows the values of %s without scrolling aside",
    async (device) => {
      await onPage({width: 390, at: `/devices/${device}`}, async (page) => {
        await settled(page);
        await page.locator(".value-table td.big", {hasText: /\d/}).first().waitFor();
        const hidden = await page.evaluate(() =>
          [...document.querySelectorAll(".value-table tr")]
            .filter((row) => row.querySelector(".big, th.figure")!.getBoundingClientRect().right > innerWidth)
            .map(({textContent}) => textContent),
        );
        expect(hidden).toEqual([]);
      });
    },
  );

  describe("with the keyboard alone", () => {
    test.each(WIDTHS)(
      "Tab goes from the way to the page over rail and top line into the page, at %d px",
      async (width) => {
        await onPage({width}, async (page) => {
          await settled(page);
          const places: string[] = [];
          for (let i = 0; i < 40 && places.at(-1) !== "content"; i++) {
            await page.keyboard.press("Tab");
            places.push(await placeOfFocus(page));
          }
          expect([...new Set(places)]).toEqual(["skip", "rail", "top", "ribbon", "content"]);
          // Once left, a part is not come back to.
          expect(places).toEqual([...places].sort((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b)));
        });
      },
    );

    test.each(WIDTHS)("nothing lies over what has the focus, at %d px", async (width) => {
      await onPage({width, at: "/devices"}, async (page) => {
        await settled(page);
        const covered: string[] = [];
        for (let i = 0; i < 30; i++) {
          await page.keyboard.press("Tab");
          const cover = await page.evaluate(() => {
            const focused = document.activeElement!;
            if (focused === document.body) return null;
            const {left, top, width, height} = focused.getBoundingClientRect();
            const seen = document.elementFromPoint(left + width / 2, top + height / 2);
            const isSeen = seen !== null && (focused.contains(seen) || seen.contains(focused));
            return isSeen ? null : `${focused.textContent.trim()} under ${seen?.className}`;
          });
          if (cover !== null) covered.push(cover);
        }
        expect(covered).toEqual([]);
      });
    });

    test("the way to the page is seen when it has the focus, and leads there", async () => {
      await onPage({}, async (page) => {
        await settled(page);
        await page.keyboard.press("Tab");
        const box = await page.locator(":focus").boundingBox();
        expect(box!.width).toBeGreaterThan(40);
        expect(box!.y).toBeGreaterThanOrEqual(0);
        await page.keyboard.press("Enter");
        expect(await page.evaluate(() => document.activeElement?.id)).toBe("content");
      });
    });

    test("a sheet takes the focus, Escape closes it, and the focus is where it was", async () => {
      await onPage({at: "/devices"}, async (page) => {
        await settled(page);
        await page.getByRole("link", {name: "Add a device"}).focus();
        await page.keyboard.press("Enter");
        await page.getByRole("dialog").waitFor();
        await expectFocusIn(page, "[role=dialog]");
        await page.keyboard.press("Escape");
        await page.getByRole("dialog").waitFor({state: "detached"});
        expect(new URL(page.url()).pathname).toBe("/devices");
        await expectFocusIn(page, "a.button");
      });
    });

    test("from sheet to sheet, Escape still gives the focus back to the picture", async () => {
      await onPage({at: "/tangle"}, async (page) => {
        await settled(page);
        await page.locator("canvas").focus();
        await page.keyboard.press("End");
        await page.keyboard.press("Enter");
        const parent = page.locator(".sheet a[href^='/tangle/block/']").first();
        await parent.focus();
        const href = await parent.getAttribute("href");
        await page.keyboard.press("Enter");
        await page.waitForURL(site.url + href);
        await expectFocusIn(page, "[role=dialog]");
        await page.keyboard.press("Escape");
        await page.getByRole("dialog").waitFor({state: "detached"});
        await expectFocusIn(page, "canvas");
      });
    });

    test("a sheet that was opened by its address leaves the focus in the page", async () => {
      await onPage({at: `/tangle/block/${ids.block}`}, async (page) => {
        await page.getByRole("dialog").waitFor();
        await expectFocusIn(page, "[role=dialog]");
        await page.keyboard.press("Escape");
        await page.getByRole("dialog").waitFor({state: "detached"});
        await expectFocusIn(page, "main");
      });
    });
  });
});

const ORDER = ["skip", "rail", "top", "ribbon", "content"];

function placeOfFocus(page: Page): Promise<string> {
  return page.evaluate(() => {
    const focused = document.activeElement!;
    const parts = {rail: ".rail", top: ".top", ribbon: ".ribbon", content: "main", skip: ".skip"};
    return Object.entries(parts).find(([, selector]) => focused.closest(selector) !== null)?.[0] ?? focused.tagName;
  });
}

async function expectFocusIn(page: Page, selector: string): Promise<void> {
  // The focus moves with the next drawing.
  await page
    .waitForFunction((wanted) => document.activeElement?.closest(wanted) !== null, selector, {timeout: 5_000})
    .catch(() => undefined);
  const focused = await page.evaluate(() => document.activeElement?.outerHTML.slice(0, 120));
  expect([
    focused,
    await page.evaluate((wanted) => document.activeElement?.closest(wanted) !== null, selector),
  ]).toEqual([focused, true]);
}

async function shot(page: Page, name: string): Promise<void> {
  if (SHOTS === undefined) return;
  mkdirSync(SHOTS, {recursive: true});
  await page.screenshot({path: path.join(SHOTS, `${name}.png`), fullPage: true});
}
