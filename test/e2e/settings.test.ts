// The settings in a browser: a person is let in, changed and removed; a token is made and revoked; a household sees its own account alone.

import {existsSync, readFileSync, rmSync} from "node:fs";
import path from "node:path";
import {afterAll, beforeAll, describe, expect, test} from "@jest/globals";
import {type Browser, chromium, type Page} from "playwright-core";
import {createGatewayClient, type GatewayClient} from "../../src/client/index.ts";
import {type GatewayPlace, type GatewayProcess, newPlace, startGateway} from "../support/gateway-process.ts";

const CHROMIUM = "/usr/bin/chromium";
const MINUTE_MS = 60_000;
const PASSWORD = "a password for this test";
const WIDTHS = [390, 768, 1440];
const withBrowser = existsSync(CHROMIUM) ? describe : describe.skip;

withBrowser("the settings", () => {
  let place: GatewayPlace;
  let gateway: GatewayProcess;
  let browser: Browser;
  let admin: GatewayClient;

  beforeAll(async () => {
    place = await newPlace({TANGLEGATE_NODE_RED_ENABLED: "false", TANGLEGATE_PLANT_ENABLED: "false"});
    gateway = startGateway(place);
    await gateway.until("all processes ready", () => gateway.printed().includes("Stop with Ctrl-C"), 2 * MINUTE_MS);
    const first = /password: (\S+)/.exec(readFileSync(path.join(place.home, "credentials.txt"), "utf8"))![1]!;
    admin = await firstLogin("admin", first);
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
    });
  }, 4 * MINUTE_MS);
  afterAll(async () => {
    await browser?.close();
    await gateway?.stop();
    rmSync(place.home, {recursive: true, force: true});
  }, MINUTE_MS);

  /** Changes a first password and logs in with the new one. */
  async function firstLogin(user: string, first: string): Promise<GatewayClient> {
    const open = createGatewayClient({url: gateway.url});
    const {token} = await open.login(user, first);
    await createGatewayClient({url: gateway.url, token}).changePassword({current: first, next: PASSWORD});
    return createGatewayClient({url: gateway.url, token: (await open.login(user, PASSWORD)).token});
  }

  /** A page of the console as this person sees it; ends with a check that no script failed. */
  async function onPage(at: string, work: (page: Page) => Promise<void>, {user = "admin", width = 1440} = {}) {
    const context = await browser.newContext({locale: "en-GB", viewport: {width, height: 900}});
    try {
      await context.request.post(`${gateway.url}/api/gateway/v1/login`, {data: {user, password: PASSWORD}});
      const page = await context.newPage();
      const errors: string[] = [];
      page.on("pageerror", (error) => errors.push(error.message));
      await page.goto(`${gateway.url}${at}`);
      await work(page);
      expect(errors).toEqual([]);
    } finally {
      await context.close();
    }
  }

  const reasonOf = async (type: string) => {
    const {items} = await admin.audit.entries("gateway", {});
    return items.find((entry) => entry.type === type)?.body?.reason;
  };

  test(
    "let a person in with a first password that is shown once and must be changed",
    async () => {
      await onPage("/settings/users", async (page) => {
        await page.getByRole("link", {name: "Add a person"}).click();
        await page.getByLabel("User name").fill("anna");
        await page.getByLabel("Name for people").fill("Anna Weber");
        await page.getByLabel("Role").selectOption("maintainer");
        await page.getByLabel("Reason").fill("new in the team");
        await page.getByRole("button", {name: "Add a person"}).click();
        const password = (await page.locator(".secret").textContent())!;
        await page.getByRole("button", {name: "Done"}).click();
        await page.getByRole("row", {name: /Anna Weber.*must choose a password/}).waitFor();
        expect(await page.getByText(password).count()).toBe(0);
        await firstLogin("anna", password);
      });
      expect(await reasonOf("user-added")).toBe("new in the team");
    },
    MINUTE_MS,
  );

  test(
    "refuse to lose the last administrator, in the gateway's own words",
    async () => {
      await onPage("/settings/users/admin", async (page) => {
        await page.getByLabel("May not log in at present").check();
        await page.getByRole("button", {name: "Save"}).click();
        await page
          .locator(".sheet .problem")
          .getByText(/without an enabled admin/)
          .waitFor();
      });
      expect((await admin.users.list()).find(({name}) => name === "admin")?.isDisabled).toBe(false);
    },
    MINUTE_MS,
  );

  test(
    "make a token that warns before its end, opens what was chosen, and is shut out when it is revoked",
    async () => {
      await onPage("/settings/tokens", async (page) => {
        await page.getByRole("link", {name: "Make a token"}).click();
        await page.getByLabel(/^Name/).fill("line-7");
        await page.getByRole("checkbox", {name: "gateway:read"}).check();
        await page.getByLabel("Valid for (days)").fill("9");
        await page.getByRole("button", {name: "Make it"}).click();
        const token = (await page.locator(".secret").textContent())!;
        const program = createGatewayClient({url: gateway.url, token});
        expect((await program.status()).isDemo).toBe(true);
        await expect(program.users.list()).rejects.toThrow(/admin/);
        await page.getByRole("button", {name: "Done"}).click();
        await page.getByRole("heading", {level: 1, name: /one token ends soon/}).waitFor();
        await page.getByRole("link", {name: "line-7"}).click();
        await page.getByText("Revoke this token").click();
        await page.locator(".sheet details").getByLabel("Reason").fill("not used");
        await page.getByRole("button", {name: "Revoke"}).click();
        await page.getByRole("heading", {name: "What a token is for"}).waitFor();
        await expect(program.status()).rejects.toThrow(/token|log/i);
      });
      expect(await reasonOf("token-revoked")).toBe("not used");
    },
    MINUTE_MS,
  );

  test(
    "show a household its own account and who may do what, and no lost connection",
    async () => {
      const {password} = await admin.users.add({name: "flat-3", role: "household", household: "flat-3"});
      await firstLogin("flat-3", password);
      await onPage(
        "/",
        async (page) => {
          await page.getByRole("heading", {level: 1, name: /You are flat-3/}).waitFor();
          const tabs = page.getByRole("navigation", {name: "Parts of the settings"}).getByRole("link");
          expect(await tabs.allTextContents()).toEqual(["Your account", "Who may do what"]);
          expect(await page.getByText("No connection").count()).toBe(0);
        },
        {user: "flat-3"},
      );
    },
    MINUTE_MS,
  );

  test.each(WIDTHS)(
    "are no wider than %d pixels",
    async (width) => {
      for (const tab of ["", "/users", "/users/+", "/tokens/+", "/sessions", "/rights", "/system"])
        await onPage(
          `/settings${tab}`,
          async (page) => {
            await page.getByRole("heading", {level: 1}).waitFor();
            await page.getByText("Loading …").waitFor({state: "detached"});
            const excess = await page.evaluate(
              () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
            );
            expect({tab, excess}).toEqual({tab, excess: 0});
          },
          {width},
        );
    },
    2 * MINUTE_MS,
  );
});
