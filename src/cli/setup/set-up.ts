import path from "node:path";
import type {GatewayClient} from "../../client/index.ts";
import {carriedAccess, carryOutSetup, loadConfig, type PlannedFile, planSetup} from "../../config/index.ts";
import type {Context} from "../context.ts";
import {seconds} from "../output.ts";
import {addressesOf} from "../start/addresses.ts";
import {clientNow, until} from "../start/back.ts";
import {isFirstPassword, lockHome, prepareHome} from "../start/home.ts";
import type {Answers} from "./questions.ts";

const AGAIN_MS = 180_000;
const PROOF_MS = 180_000;
const DAY_CHARACTERS = 10;

/** What a setup came to. */
export interface SetUp {
  /** Folder of the demo; null when there was nothing to keep. */
  readonly setAside: string | null;
  readonly login: string;
  /** Address of the console; null while nothing runs. */
  readonly url: string | null;
  /** Milestone that proves the first entries of the new site; null while nothing runs. */
  readonly provenAt: number | null;
}

/** Sets up a home on which nothing runs. Errors: `setup/...`, `start/locked`, `start/home`. */
export function setUpStopped({home}: Context, {site, keepsUsers, password}: Answers): SetUp {
  prepareHome(home);
  const release = lockHome(home);
  try {
    const carried = carriedAccess(home, {keepsUsers});
    const files: readonly PlannedFile[] =
      password === null ? carried : [...carried.filter(isNotFirst), {path: "gateway/admin-password", text: password}];
    const day = new Date().toISOString().slice(0, DAY_CHARACTERS);
    const {setAside} = planSetup(home, {name: site, files, day});
    carryOutSetup(home);
    const login = isFirstPassword(home)
      ? `user and password will be in ${path.join(home, "credentials.txt")} after the first start`
      : "user and password stay what they were";
    return {setAside: setAside === null ? null : path.join(home, setAside), login, url: null, provenAt: null};
  } finally {
    release();
  }
}

/**
 * Sets up a gateway that runs: it starts again by itself. Resolves when the new site has proven its first entries.
 * Errors: `gateway/...` of the request, `start/late` when it does not come back.
 */
export async function setUpRunning(context: Context, {site, keepsUsers}: Answers): Promise<SetUp> {
  const {home, output, gateway} = context;
  const {setAside, login} = await gateway.setup.begin({siteName: site, keepUsers: keepsUsers});
  output.step("planned", `the gateway stops and starts again as ${site}`);
  const startedAt = performance.now();
  const isBack = async () => {
    const status = await clientNow(context).status();
    return !status.isDemo && status.site === site;
  };
  await until(
    isBack,
    AGAIN_MS,
    `The gateway does not come back as ${site}. See ${path.join(home, "logs", "gateway.log")}.`,
  );
  output.step("started", `${site} runs, after ${seconds(performance.now() - startedAt)}`);
  let provenAt = 0;
  const isProven = async () => {
    provenAt = await provenMilestone(clientNow(context));
    return provenAt > 0;
  };
  await until(isProven, PROOF_MS, "The first entries are not verified yet. `tanglegate status` says how it goes on.");
  const after = seconds(performance.now() - startedAt);
  output.step("proof", `the new audit trail is verified up to milestone ${provenAt}, after ${after}`);
  return {
    setAside: setAside === null ? null : path.join(home, setAside),
    login: isFirstPassword(home) ? `user and password are in ${path.join(home, "credentials.txt")}` : login,
    url: addressesOf(loadConfig(home).config).console,
    provenAt,
  };
}

async function provenMilestone(client: GatewayClient): Promise<number> {
  const {items} = await client.audit.machines();
  if (items.length === 0 || items.some(({state}) => state !== "verified")) return 0;
  return Math.max(...items.map(({lastAnchor}) => lastAnchor?.milestoneIndex ?? 0));
}

function isNotFirst({path: name}: PlannedFile): boolean {
  return name !== "credentials.txt";
}
