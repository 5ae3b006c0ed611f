// The export as one JSON document: what it is, then the entries as the REST interface gives them. Form: `AuditExportDocument`.

import type {AuditExportFacts, AuditSearchItem} from "../../client/index.ts";
import {inPieces} from "./pieces.ts";

/** The export as text, piece by piece. */
export async function* writeJson(
  facts: AuditExportFacts,
  entries: AsyncIterable<AuditSearchItem>,
): AsyncGenerator<string, void, undefined> {
  yield* inPieces(parts(facts, entries));
}

async function* parts(facts: AuditExportFacts, entries: AsyncIterable<AuditSearchItem>): AsyncGenerator<string> {
  yield `${JSON.stringify(facts, null, 2).slice(0, -2)},\n  "entries": [`;
  let separator = "\n    ";
  for await (const entry of entries) {
    yield separator + JSON.stringify(entry);
    separator = ",\n    ";
  }
  yield "\n  ]\n}\n";
}
