import {createGatewayClient, type GatewayClient} from "../../client/index.ts";
import {GatewayError} from "../../errors.ts";
import type {Context} from "../context.ts";

const POLL_MS = 500;
const ANSWER_MS = 2000;

/** Client of a home's gateway as its settings and its token file are now: both change while it starts again. */
export function clientNow({url, token}: Context): GatewayClient {
  return createGatewayClient({url, timeoutMs: ANSWER_MS, ...(token === null ? {} : {token})});
}

/** Asks again until `check` gives true; what it throws counts as not yet. Errors: `start/late` with the sentence. */
export async function until(check: () => Promise<boolean>, timeoutMs: number, late: string): Promise<void> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    // While it starts again nothing answers, and its token is not known yet.
    if (await check().catch(() => false)) return;
    if (performance.now() > end) throw new GatewayError("start/late", late);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
