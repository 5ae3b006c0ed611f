// What holds on every page, whatever it shows: it fits, nothing is cut off, and the rules of axe.

import {readFileSync} from "node:fs";
import {createRequire} from "node:module";
import type {Page} from "playwright-core";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Waits until a page and its sheet show what they are about. */
export async function settled(page: Page): Promise<void> {
  await page.locator("h1").first().waitFor();
  await page.waitForFunction(() => !/^(?:Loading|Lädt) …$/m.test(document.body.innerText));
  // Two frames: what was told to the page is drawn.
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
}

/** What does not fit into the window, and what is cut off or stands over something else; empty when all is well. */
export function misfits(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    const {clientWidth, scrollWidth} = document.documentElement;
    const nameOf = (element: Element) =>
      `${element.tagName.toLowerCase()}.${element.className} “${element.textContent.trim().slice(0, 40)}”`;
    const isScrolled = (element: Element) => {
      for (let at: Element | null = element; at !== null && at !== document.body; at = at.parentElement)
        if (/auto|scroll/.test(getComputedStyle(at).overflowX) && at.scrollWidth > at.clientWidth) return true;
      return false;
    };
    if (scrollWidth > clientWidth) {
      const wide = [...document.body.querySelectorAll("*")].filter(
        (element) => element.getBoundingClientRect().right > clientWidth + 1 && !isScrolled(element),
      );
      found.push(`the page is ${scrollWidth - clientWidth} px wider than the window: ${wide.map(nameOf).at(-1)}`);
    }
    // What stands in a row or a grid stands beside each other.
    for (const row of document.querySelectorAll(".value-row, .row, .top, .facts, .rail, .sheet header, .cards, tr")) {
      const boxes = [...row.children]
        .filter((child) => !/absolute|fixed/.test(getComputedStyle(child).position))
        .map((child) => ({child, box: child.getBoundingClientRect()}))
        .filter(({box}) => box.width > 1 && box.height > 1);
      for (const [place, {child, box}] of boxes.entries())
        for (const {child: other, box: next} of boxes.slice(place + 1))
          if (
            Math.min(box.right, next.right) - Math.max(box.left, next.left) > 1 &&
            Math.min(box.bottom, next.bottom) - Math.max(box.top, next.top) > 1
          )
            found.push(`${nameOf(child)} lies over ${nameOf(other)}`);
    }
    for (const control of document.querySelectorAll(
      "button, a.button, nav a, summary, h1, h2, label > span, .value-row > *, td, dd",
    )) {
      const box = control.getBoundingClientRect();
      // What lies in a closed menu is laid out when it opens.
      if (!control.checkVisibility()) continue;
      if (box.width < 2 || control.closest(".unseen") !== null) continue;
      if ((box.right > clientWidth + 1 || box.left < -1) && !isScrolled(control))
        found.push(`outside of the window: ${nameOf(control)}`);
      if (getComputedStyle(control).display === "inline") continue;
      const walk = document.createTreeWalker(control, NodeFilter.SHOW_TEXT);
      for (let node = walk.nextNode(); node !== null; node = walk.nextNode()) {
        if (node.parentElement!.closest(".unseen") !== null || node.textContent!.trim() === "") continue;
        const range = document.createRange();
        range.selectNodeContents(node);
        const text = range.getBoundingClientRect();
        if (text.width === 0) continue;
        if (text.right > box.right + 1 || text.left < box.left - 1 || text.bottom > box.bottom + 2)
          found.push(`cut off: ${nameOf(control)}`);
      }
    }
    return found;
  });
}

/** Rules of axe that the page breaks, with the first place of each. */
export async function axeFaults(page: Page): Promise<readonly string[]> {
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(AXE);
  return page.evaluate(async () => {
    const {axe} = globalThis as unknown as {
      axe: {
        run(options: object): Promise<{violations: {id: string; nodes: {html: string; failureSummary: string}[]}[]}>;
      };
    };
    const {violations} = await axe.run({resultTypes: ["violations"]});
    return violations.map(
      ({id, nodes}) => `${id} (${nodes.length}): ${nodes[0]!.html.slice(0, 200)} ${nodes[0]!.failureSummary}`,
    );
  });
}
