// The export with its proofs in one file: the three others, proof files of exactly the entries that they show, and a page that checks
// the proofs off-line. Written part by part, each when the one before is through.

import {Readable} from "node:stream";
import {ZipFile} from "yazl";
import type {AuditExportFacts, AuditSearchItem, NetworkFile} from "../../client/index.ts";
import {GatewayError} from "../../errors.ts";
import type {ProofPart} from "../proof-file.ts";
import {writeCsv} from "./csv.ts";
import {writeJson} from "./json.ts";
import {writePdf} from "./pdf.ts";
import {readmeOf} from "./readme.ts";
import {changedMeanwhile} from "./unchanged.ts";

// Salts and hashes are as good as random: more effort takes twice the time and saves little.
const PROOF_COMPRESSION = 1;

export interface ZipParts {
  readonly facts: AuditExportFacts;
  /** What the export shows, from the beginning each time. */
  readonly entries: () => AsyncIterable<AuditSearchItem>;
  /** Proofs of what it shows of a machine. */
  readonly proofs: (machine: string) => AsyncIterable<ProofPart>;
  readonly network: NetworkFile;
  readonly verifyPage: Uint8Array;
}

interface ZipPart {
  readonly name: string;
  readonly contents: AsyncIterable<string | Uint8Array>;
  readonly compressionLevel?: number;
}

/** The export as the bytes of a zip file, piece by piece. A part that fails ends it with its error. */
export async function* writeZip(parts: ZipParts): AsyncGenerator<Uint8Array, void, undefined> {
  const zip = new ZipFile();
  const output = zip.outputStream as Readable;
  const mtime = new Date(parts.facts.exportedAt);
  let current: Readable | null = null;
  zip.on("error", (error: Error) => output.destroy(error));

  const add = ({name, contents, compressionLevel}: ZipPart) =>
    new Promise<void>((resolve, reject) => {
      const source = Readable.from(contents, {objectMode: false});
      current = source;
      // The library joins streams by pipe, which passes no error on.
      source.on("error", reject);
      source.on("end", resolve);
      // A reader who left: what reads the logs must hear of it.
      source.on("close", () => reject(new GatewayError("audit/unavailable", "The reader of the export left.")));
      zip.addReadStream(source, name, {
        mtime,
        mode: 0o100644,
        ...(compressionLevel === undefined ? {} : {compressionLevel}),
      });
    });
  const addAll = async () => {
    for await (const part of partsOf(parts)) await add(part);
    zip.end();
  };
  const adding = addAll().catch((error: unknown) => {
    output.destroy(error as Error);
  });
  try {
    for await (const chunk of output) yield chunk as Uint8Array;
  } finally {
    (current as Readable | null)?.destroy();
    output.destroy();
  }
  await adding;
}

async function* partsOf({facts, entries, proofs, network, verifyPage}: ZipParts): AsyncGenerator<ZipPart> {
  yield {name: "README.txt", contents: once(`\ufeff${readmeOf(facts)}`)};
  yield {name: "verify.html", contents: once(verifyPage)};
  yield {name: "network.json", contents: once(`${JSON.stringify(network, null, 2)}\n`)};
  yield {name: "entries.csv", contents: writeCsv(facts, entries())};
  yield {name: "entries.json", contents: writeJson(facts, entries())};
  yield {name: "report.pdf", contents: writePdf(facts, entries())};
  let proven = 0;
  for (const {machine} of facts.machines) {
    for await (const part of proofs(machine)) {
      proven += part.entries;
      yield {
        name: `proofs/${machine}-${part.from}-${part.to}.audit.json`,
        contents: part.text(),
        compressionLevel: PROOF_COMPRESSION,
      };
    }
  }
  if (proven !== facts.count) throw changedMeanwhile(facts.count);
}

async function* once<Value>(value: Value): AsyncGenerator<Value> {
  yield value;
}
