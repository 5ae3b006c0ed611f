// From the demo to a site in a browser: a name, the new start, the same login, the first proof.

import {existsSync, readFileSync, rmSync} from "node:fs";
import path from "node:path";
import {afterAll, beforeAll, describe, expect, test} from "@jest/globals";
import {type Browser, chromium, type Page} from "playwright-core";
import {createGatewayClient} from "../../src/client/index.ts";
import {type GatewayPlace, type GatewayProcess, newPlace, startGateway} from "../support/gateway-process.ts";

const CHROMIUM = "/usr/bin/chromium";
const MINUTE_MS = 60_000;
const PASSWORD = "a password for this test";
const SITE = "press-shop.example.org";
const withBrowser = existsSync(CHROMIUM) ? describe : describe.skip;

withBrowser("the setup", () => {
  let place: GatewayPlace;
  let gateway: GatewayProcess;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    place = await newPlace({TANGLEGATE_NODE_RED_ENABLED: "false", TANGLEGATE_PLANT_ENABLED: "false"});
    gateway = startGateway(place);
    await gateway.until("all processes ready", () => gateway.printed().includes("Stop with Ctrl-C"), 2 * MINUTE_MS);
    const first = /password: (\S+)/.exec(readFileSync(path.join(place.home, "credentials.txt"), "utf8"))![1]!;
    const {token} = await createGatewayClient({url: gateway.url}).login("admin", first);
    await createGatewayClient({url: gateway.url, token}).changePassword({current: first, next: PASSWORD});
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
    });
    page = await browser.newPage({locale: "en-GB"});
  }, 4 * MINUTE_MS);
  afterAll(async () => {
    await browser?.close();
    await gateway?.stop();
    rmSync(place.home, {recursive: true, force: true});
  }, MINUTE_MS);

  const logIn = async () => {
    await page.getByLabel("User").fill("admin");
    await page.getByLabel("Password").fill(PASSWORD);
    await page.getByRole("button", {name: "Log in"}).click();
  };

  test(
    "takes a name that the gateway takes, and says of others what is wrong as they are typed",
    async () => {
      await page.goto(`${gateway.url}/setup`);
      await logIn();
      const name = page.getByLabel("Name of the site");
      const begin = page.getByRole("button", {name: "Begin as this site"});
      await name.fill("press shop");
      await page.getByText("no spaces").waitFor();
      expect(await begin.isDisabled()).toBe(true);
      await name.fill(SITE);
      await page.getByText("This name will do.").waitFor();
      expect(await begin.isEnabled()).toBe(true);
    },
    MINUTE_MS,
  );

  test(
    "follows the new start, asks for the same login with the reason, and shows the first proof as it comes",
    async () => {
      await page.getByRole("button", {name: "Begin as this site"}).click();
      await page.getByText("New keys, a network of its own").waitFor();
      await page.getByText("same user, same password").waitFor({timeout: 2 * MINUTE_MS});
      await logIn();
      await page.getByRole("heading", {level: 1, name: `${SITE} is a site of its own.`}).waitFor();
      await page.getByText("The first entries of this site are proven.").waitFor({timeout: MINUTE_MS});
      expect(new URL(page.url()).pathname).toBe("/setup");
      expect(await page.getByText("Simulated site").count()).toBe(0);
    },
    4 * MINUTE_MS,
  );
});
