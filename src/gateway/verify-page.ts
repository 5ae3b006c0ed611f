import {readFile} from "node:fs/promises";
import path from "node:path";
import {GatewayError, sentenceOf} from "../errors.ts";

const FILE = path.join(import.meta.dirname, "..", "console", "verify.html");

/** The page that checks proofs off-line, as the build left it. Errors: `audit/unavailable` when it did not. */
export async function readVerifyPage(): Promise<Uint8Array> {
  try {
    return await readFile(FILE);
  } catch (error) {
    throw new GatewayError(
      "audit/unavailable",
      "The page verify.html is missing in this installation, so there is no zip export. Build it again with `npm run build`; CSV, JSON and PDF work.",
      {reason: sentenceOf(error)},
    );
  }
}
