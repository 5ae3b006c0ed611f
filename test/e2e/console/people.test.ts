// Who sees what, and the way in and out.

import {afterAll, beforeAll, describe, expect, jest, test} from "@jest/globals";
import type {Page} from "playwright-core";
import type {Role} from "../../../src/client/index.ts";
import {isInRail, PAGES} from "../../../src/console/frame/pages.ts";
import {holds, scopesOf} from "../../../src/gateway/auth/roles.ts";
import type {Scope} from "../../../src/http.ts";
import {describeInBrowser} from "../../support/browser.ts";
import {type ConsoleSite, type Opening, openConsoleSite, ROLES} from "../../support/console.ts";
import {settled} from "../../support/page-rules.ts";

const MINUTE_MS = 60_000;
/** A page learns within this time that its session has ended: it asks every ten seconds. */
const ENDED_MS = 25_000;

jest.setTimeout(2 * MINUTE_MS);

describeInBrowser("people in the console", () => {
  let site: ConsoleSite;

  beforeAll(async () => {
    site = await openConsoleSite();
  }, 5 * MINUTE_MS);
  afterAll(async () => site?.close(), MINUTE_MS);

  const onPage = async (opening: Opening, work: (page: Page, errors: readonly string[]) => Promise<void>) => {
    const opened = await site.open(opening);
    try {
      await work(opened.page, opened.errors);
      expect(opened.outside).toEqual([]);
    } finally {
      await opened.close();
    }
  };
  const fillLogin = async (page: Page, user: string, password: string) => {
    await page.getByLabel("User").fill(user);
    await page.getByLabel("Password").fill(password);
    await page.getByRole("button", {name: "Log in"}).click();
  };
  const logInAs = (page: Page, role: Role) => fillLogin(page, site.people[role].name, site.people[role].password);
  const expectLogin = (page: Page) => page.getByRole("heading", {name: "Log in"}).waitFor({timeout: ENDED_MS});

  const mayUse = (role: Role) => PAGES.filter(({scope}) => scope === null || holds(scopesOf(role), scope as Scope));

  describe.each(ROLES)("the role %s", (role) => {
    test("sees the pages it may use in the rail, and no others", async () => {
      await onPage({as: role}, async (page, errors) => {
        await page.locator("h1").waitFor();
        const labels = await page.locator("nav a.page").allInnerTexts();
        expect(labels.map((label) => label.trim())).toEqual(
          mayUse(role)
            .filter(isInRail)
            .map(({words}) => words.en),
        );
        expect(await page.locator(".ribbon.lost").count()).toBe(0);
        expect(errors).toEqual([]);
      });
    });
  });

  const CLOSED = ROLES.flatMap((role) =>
    // Who has no overview begins with the first page there is.
    PAGES.filter((entry) => entry.name !== "" && !mayUse(role).includes(entry)).map(({name, words}) => ({
      role,
      name,
      page: words.en,
    })),
  );
  test.each(CLOSED)("the role $role is told at the address of $page that it has no such page", async ({role, name}) => {
    await onPage({as: role, at: `/${name}`}, async (page, errors) => {
      await page.getByRole("heading", {name: "There is nothing here"}).waitFor();
      expect(await page.locator("main").innerText()).toContain("your role does not use this page");
      expect(errors).toEqual([]);
    });
  });

  describe("the way in", () => {
    test("a wrong password says so in a sentence, and the right one comes in", async () => {
      await onPage({as: null}, async (page) => {
        await fillLogin(page, site.people.viewer.name, "not-the-password");
        await page.getByText("User or password is wrong.").waitFor();
        await logInAs(page, "viewer");
        await page.locator("nav").waitFor();
      });
    });

    test.each([
      ["en", "Log in", /^Too many failed logins\. Try again in \d+ s\.$/],
      ["de", "Anmelden", /^Zu viele falsche Anmeldungen\. In \d+ s noch einmal versuchen\.$/],
    ] as const)(
      "after too many wrong passwords it says how long to wait, in the language %s",
      async (language, button, sentence) => {
        const {user} = await site.people.admin.client.users.add({name: `guessed-${language}`, role: "viewer"});
        for (let i = 0; i < 5; i++)
          await expect(site.client().login(user.name, "wrong-again")).rejects.toMatchObject({
            code: "gateway/unauthorised",
          });
        await onPage({as: null, language}, async (page) => {
          await page.locator("input[name=user]").fill(user.name);
          await page.locator("input[name=password]").fill("wrong-again");
          await page.getByRole("button", {name: button}).click();
          await page.locator(".problem").waitFor();
          expect(await page.locator(".problem").innerText()).toMatch(sentence);
        });
      },
    );

    test("a first password is changed before anything else", async () => {
      const {password} = await site.people.admin.client.users.add({name: "new-one", role: "viewer"});
      await onPage({as: null, at: "/devices"}, async (page) => {
        await fillLogin(page, "new-one", password);
        await page.getByRole("heading", {name: "Choose your own password"}).waitFor();
        await page.goto(`${site.url}/tangle`);
        await page.getByRole("heading", {name: "Choose your own password"}).waitFor();
        expect(await page.locator("nav").count()).toBe(0);
        const answers = await page.evaluate(async () =>
          Promise.all(
            ["/api/gateway/v1/status", "/api/field/v1/devices"].map(async (path) => (await fetch(path)).status),
          ),
        );
        expect(answers).toEqual([403, 403]);
        const fill = async (current: string, next: string, again: string) => {
          await page.getByLabel("Present password").fill(current);
          await page.getByLabel("New password", {exact: false}).first().fill(next);
          await page.getByLabel("New password again").fill(again);
        };
        await fill(password, "words of my own", "another-one");
        await page.getByText("The two new passwords differ.").waitFor();
        expect(await page.getByRole("button", {name: "Change password"}).isDisabled()).toBe(true);
        await fill("not-the-present", "words of my own", "words of my own");
        await page.getByRole("button", {name: "Change password"}).click();
        await page.getByText("The present password is wrong.").waitFor();
        await fill(password, "words of my own", "words of my own");
        await page.getByRole("button", {name: "Change password"}).click();
        await page.getByText("The password is changed. Log in with the new one.").waitFor();
        await fillLogin(page, "new-one", "words of my own");
        await page.locator("nav").waitFor();
      });
    });

    test("an address that was opened before the login is there after it", async () => {
      await onPage({as: null, at: "/tangle/milestone/1"}, async (page) => {
        await expectLogin(page);
        await logInAs(page, "reviewer");
        await page.getByRole("dialog").getByRole("heading", {name: "Milestone 1"}).waitFor();
        expect(new URL(page.url()).pathname).toBe("/tangle/milestone/1");
      });
    });
  });

  describe("the way out", () => {
    test("who logs out sees the login, also after going back and at any address", async () => {
      await onPage({token: await site.logIn("viewer"), at: "/devices"}, async (page) => {
        await settled(page);
        await page.getByRole("button", {name: "Log out"}).click();
        await expectLogin(page);
        expect(await page.getByText("Your session has ended").count()).toBe(0);
        await page.goBack().catch(() => null);
        await page.goto(`${site.url}/devices`);
        await expectLogin(page);
      });
    });

    test("a session that was ended elsewhere leads to the login with the reason, and back to the same page", async () => {
      const token = await site.logIn("maintainer");
      await onPage({token, at: "/devices/main-meter"}, async (page) => {
        await settled(page);
        const client = site.client(token);
        const {session} = await client.me();
        expect(await site.people.admin.client.sessions.end(session!.id)).toBe(true);
        await expectLogin(page);
        expect(await page.getByRole("status").innerText()).toBe("Your session has ended. Log in again.");
        await logInAs(page, "maintainer");
        await page.getByRole("heading", {name: /^Main meter/}).waitFor();
        expect(await page.locator(".ribbon.lost").count()).toBe(0);
      });
    });

    test("a person who was disabled is led out, too", async () => {
      const {admin} = site.people;
      const {password} = await admin.client.users.add({name: "leaves", role: "viewer"});
      const {token} = await site.client().login("leaves", password);
      await site.client(token).changePassword({current: password, next: "four words that hold"});
      await onPage({token}, async (page) => {
        await settled(page);
        await admin.client.users.change("leaves", {isDisabled: true});
        await expectLogin(page);
        await fillLogin(page, "leaves", "four words that hold");
        await page.getByText("User or password is wrong.").waitFor();
      });
    });
  });
});
