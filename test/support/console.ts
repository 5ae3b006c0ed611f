// The console as people open it: a whole gateway with the simulated site, one person of each role, and a browser.

import {readFileSync, rmSync} from "node:fs";
import path from "node:path";
import type {Browser, Page} from "playwright-core";
import {createGatewayClient, type GatewayClient, type Role} from "../../src/client/index.ts";
import {launchBrowser} from "./browser.ts";
import {type GatewayPlace, type GatewayProcess, newPlace, startGateway} from "./gateway-process.ts";

export const ROLES: readonly Role[] = ["viewer", "reviewer", "maintainer", "operator", "admin", "household"];

const START_MS = 150_000;
const COOKIE = "tanglegate_session";
/** Of everybody: nobody guesses here. */
const PASSWORD = "four words that hold";

export interface Person {
  readonly name: string;
  readonly password: string;
  /** Of a session that stays open. */
  readonly token: string;
  readonly client: GatewayClient;
}

export interface Opening {
  /** Whose session the browser has; null: nobody's. */
  readonly as?: Role | null;
  /** Instead of `as`: the token of a session. */
  readonly token?: string;
  readonly width?: number;
  readonly theme?: "light" | "dark";
  readonly language?: "en" | "de";
  /** Path to open; "/" when left out. */
  readonly at?: string;
}

/** A page in a browser that knows no other page, and what went wrong on it. */
export interface OpenedPage {
  readonly page: Page;
  /** What the page said as an error, and what it did not catch. */
  readonly errors: readonly string[];
  /** Addresses of requests that did not go to the gateway. */
  readonly outside: readonly string[];
  close(): Promise<void>;
}

export interface ConsoleSite {
  readonly place: GatewayPlace;
  readonly gateway: GatewayProcess;
  readonly url: string;
  readonly people: Readonly<Record<Role, Person>>;
  /** Process id of the gateway process itself. */
  readonly gatewayPid: number;
  open(opening?: Opening): Promise<OpenedPage>;
  /** Another session of a person. */
  logIn(role: Role): Promise<string>;
  /** A client without login, or with a token. */
  client(token?: string): GatewayClient;
  stop(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

/** Starts everything; takes some ten seconds. */
export async function openConsoleSite(): Promise<ConsoleSite> {
  const place = await newPlace();
  let gateway = startGateway(place);
  const {url} = gateway;
  const client = (token?: string) => createGatewayClient(token === undefined ? {url} : {url, token});
  const ready = () => gateway.until("all processes ready", () => gateway.printed().includes("Ctrl-C"), START_MS);
  try {
    await ready();
    const people = await makePeople(place, client);
    const admin = people.admin.client;
    const isAlive = async () => {
      const {items: devices} = await admin.field.devices();
      const machines = await admin.audit.machines();
      return (
        devices.length === 3 &&
        devices.every(({state}) => state === "connected") &&
        machines.items.some(({anchoredEntries}) => anchoredEntries > 0)
      );
    };
    await gateway.until("devices that are read and an anchored entry", isAlive, START_MS);
    // Started with the first page: who asks for none needs none.
    let browser: Promise<Browser> | null = null;
    return {
      place,
      url,
      people,
      client,
      get gateway() {
        return gateway;
      },
      get gatewayPid() {
        return Number(readFileSync(path.join(place.home, "pm2", "pids", "gateway-0.pid"), "utf8"));
      },
      open: async (opening = {}) => {
        const {as} = opening;
        browser ??= launchBrowser();
        const token = as === undefined || as === null ? {} : {token: people[as].token};
        return openPage(await browser, url, {...opening, ...token});
      },
      logIn: async (role) => (await client().login(people[role].name, people[role].password)).token,
      stop: async () => {
        await gateway.stop();
      },
      start: async () => {
        gateway = startGateway(place);
        await ready();
      },
      close: async () => {
        await (await browser)?.close();
        await gateway.stop();
        rmSync(place.home, {recursive: true, force: true});
      },
    };
  } catch (error) {
    await gateway.stop();
    rmSync(place.home, {recursive: true, force: true});
    throw error;
  }
}

async function openPage(browser: Browser, url: string, opening: Opening): Promise<OpenedPage> {
  const {token, width = 1440, theme = "light", language = "en", at = "/"} = opening;
  const context = await browser.newContext({
    viewport: {width, height: width < 640 ? 844 : 900},
    colorScheme: theme,
    locale: language === "de" ? "de-DE" : "en-GB",
    timezoneId: "Europe/Berlin",
    // What is measured is how things stand, not how they come.
    reducedMotion: "reduce",
  });
  if (token !== undefined) await context.addCookies([{name: COOKIE, value: token, url, httpOnly: true}]);
  const page = await context.newPage();
  const errors: string[] = [];
  const outside: string[] = [];
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (message) => {
    if (message.type() !== "error") return;
    const from = message.location().url;
    // Who is not logged in learns it from this answer; the browser writes it down as an error.
    if (from === `${url}/api/gateway/v1/me` && message.text().includes("401")) return;
    errors.push(`${message.text()} (${from})`);
  });
  page.on("request", (request) => {
    const address = request.url();
    if (!address.startsWith(`${url}/`) && !/^(?:data|blob):/.test(address)) outside.push(address);
  });
  await page.goto(url + at);
  return {page, errors, outside, close: () => context.close()};
}

// The first password once, then a person of each role with a password of their own.
async function makePeople(
  {home}: GatewayPlace,
  client: (token?: string) => GatewayClient,
): Promise<Readonly<Record<Role, Person>>> {
  const first = /password: (\S+)/.exec(readFileSync(path.join(home, "credentials.txt"), "utf8"))![1]!;
  const settle = async (name: string, given: string): Promise<Person> => {
    const {token} = await client().login(name, given);
    await client(token).changePassword({current: given, next: PASSWORD});
    return {name, password: PASSWORD, token, client: client(token)};
  };
  const admin = await settle("admin", first);
  const people: Partial<Record<Role, Person>> = {admin};
  for (const role of ROLES) {
    if (role === "admin") continue;
    const household = role === "household" ? {household: "flat-3"} : {};
    const {password} = await admin.client.users.add({name: `${role}-1`, role, ...household});
    people[role] = await settle(`${role}-1`, password);
  }
  return people as Record<Role, Person>;
}
