// `audit export`: the proof file of a range of one machine, or everything that a filter finds in a format for people or programs.

import {createWriteStream, writeFileSync} from "node:fs";
import {rm} from "node:fs/promises";
import {Readable, type Writable} from "node:stream";
import {pipeline} from "node:stream/promises";
import {Command, Option} from "commander";
import type {AuditExportFormat, AuditExportLanguage, AuditExportQuery, AuditFilter} from "../../client/index.ts";
import {GatewayError, sentenceOf} from "../../errors.ts";
import {type Context, EXIT} from "../context.ts";
import type {Run} from "../run.ts";
import {timeOf, wholeNumber} from "../words.ts";

const PROGRESS_MS = 500;

interface ExportOptions {
  readonly from?: string;
  readonly to?: string;
  readonly out?: string;
  readonly format?: AuditExportFormat;
  readonly language?: AuditExportLanguage;
  readonly machine?: string;
  readonly type?: string;
  readonly kind?: string;
  readonly actor?: string;
  readonly subject?: string;
  readonly value?: string;
  readonly text?: string;
  readonly fromTime?: string;
  readonly toTime?: string;
  readonly state?: "verified" | "waiting";
  readonly review?: NonNullable<AuditFilter["review"]>;
}

export function auditExportCommand(run: Run): Command {
  return new Command("export")
    .description("a range of entries with their proof in one file; with --format everything that the filters find")
    .argument("[machine]", "for a range: the machine")
    .option("--from <seq>", "range: first entry, from 0")
    .option("--to <seq>", "range: last entry")
    .addOption(
      new Option(
        "--format <format>",
        "zip holds the other three, proofs, and a page that checks them off-line",
      ).choices(["csv", "json", "pdf", "zip"]),
    )
    .addOption(new Option("--language <language>", "of column names and report").choices(["en", "de"]))
    .option("--machine <names>", "filter: machines, joined by commas")
    .option("--type <types>", "filter: types, joined by commas")
    .option("--kind <kinds>", "filter: critical, alarm, batch, access, other, joined by commas")
    .option("--actor <text>", "filter: who contains")
    .option("--subject <text>", "filter: subject contains")
    .option("--value <text>", "filter: a value contains")
    .option("--text <text>", "filter: anything contains")
    .option("--from-time <time>", "filter: not before, RFC 3339")
    .option("--to-time <time>", "filter: not after")
    .addOption(new Option("--state <state>", "filter").choices(["verified", "waiting"]))
    .addOption(new Option("--review <state>", "filter").choices(["open", "reviewed", "question", "handed-over"]))
    .option(
      "--out <file>",
      "file to write; - is standard output. Left out: standard output for a range, else the name that the gateway gives",
    )
    .action(run(exportEntries));
}

async function exportEntries(context: Context, machine: string | undefined, options: ExportOptions): Promise<number> {
  const {format, from, to} = options;
  if (format !== undefined) return await exportFound(context, queryOf(format, machine, options), options.out);
  if (machine === undefined || from === undefined || to === undefined)
    throw new GatewayError(
      "cli/export",
      "Say what to export: `audit export MACHINE --from 0 --to 99` for a range with its proof, or `audit export --format zip` with filters.",
    );
  return await exportProof(context, machine, {from, to, ...(options.out === undefined ? {} : {out: options.out})});
}

/** The filter of the command line. */
export function queryOf(
  format: AuditExportFormat,
  machine: string | undefined,
  options: Omit<ExportOptions, "format">,
): AuditExportQuery {
  if (options.from !== undefined || options.to !== undefined)
    throw new GatewayError("cli/export", "--from and --to count entries; with --format use --from-time and --to-time.");
  const {language, actor, subject, value, text, fromTime, toTime, state, review} = options;
  const given = {
    format,
    language,
    machines: [machine ?? [], namesIn(options.machine) ?? []].flat(),
    types: namesIn(options.type),
    kinds: namesIn(options.kind),
    actor,
    subject,
    value,
    text,
    from: fromTime === undefined ? undefined : timeOf(fromTime, "--from-time"),
    to: toTime === undefined ? undefined : timeOf(toTime, "--to-time"),
    state,
    review,
  };
  const isGiven = (field: unknown) => field !== undefined && !(Array.isArray(field) && field.length === 0);
  return Object.fromEntries(Object.entries(given).filter(([, field]) => isGiven(field))) as unknown as AuditExportQuery;
}

function namesIn(text: string | undefined): readonly string[] | undefined {
  return text?.split(",").map((name) => name.trim());
}

async function exportFound({gateway, output}: Context, query: AuditExportQuery, out?: string): Promise<number> {
  const {fileName, count, recordedAs, bytes} = await gateway.audit.export(query);
  if (out === "-") {
    await pipeline(Readable.from(bytes), process.stdout, {end: false});
    return EXIT.done;
  }
  const file = out ?? fileName;
  const written = await writeStream(file, withProgress(bytes, count, output.isJson));
  output.json({file, entries: count, bytes: written, recordedAs});
  output.line(`${file} holds ${count} entries (${written} bytes). That it was exported is entry ${recordedAs}.`);
  if (query.format === "zip")
    output.line("Open verify.html in it to check the proofs, with a network.json from the operator.");
  return EXIT.done;
}

/** Writes a new file; a part of one is not left behind. */
async function writeStream(file: string, bytes: AsyncIterable<Uint8Array>): Promise<number> {
  let isMine = false;
  let written = 0;
  const counted = async function* () {
    for await (const piece of bytes) {
      written += piece.length;
      yield piece;
    }
  };
  const target = createWriteStream(file, {flags: "wx"});
  target.once("open", () => {
    isMine = true;
  });
  try {
    await pipeline(Readable.from(counted()), target as Writable);
    return written;
  } catch (error) {
    if (isMine) await rm(file, {force: true});
    throw error instanceof GatewayError ? error : notWritten(file, error);
  }
}

/** Passes pieces on and says on a terminal how far it is. */
async function* withProgress(
  bytes: AsyncIterable<Uint8Array>,
  count: number,
  isJson: boolean,
): AsyncGenerator<Uint8Array> {
  const isShown = process.stderr.isTTY === true && !isJson;
  let seen = 0;
  let shownAt = 0;
  try {
    for await (const piece of bytes) {
      seen += piece.length;
      if (isShown && performance.now() - shownAt >= PROGRESS_MS) {
        shownAt = performance.now();
        process.stderr.write(`\r${count} entries, ${(seen / 1_000_000).toFixed(1)} MB `);
      }
      yield piece;
    }
  } finally {
    if (isShown && shownAt > 0) process.stderr.write("\r\u001b[K");
  }
}

async function exportProof(
  {gateway, output}: Context,
  machine: string,
  {from, to, out}: {from: string; to: string; out?: string},
): Promise<number> {
  const range = {from: wholeNumber(from, "--from"), to: wholeNumber(to, "--to")};
  const text = `${JSON.stringify(await gateway.audit.exportProof(machine, range), null, 2)}\n`;
  if (out === undefined || out === "-") {
    process.stdout.write(text);
    return EXIT.done;
  }
  writeNew(out, text);
  output.json({file: out});
  output.line(
    `${out} holds ${range.from === range.to ? `entry ${range.from}` : `entries ${range.from} to ${range.to}`} of ${machine}. Check it with: tanglegate audit verify ${out} --trust network.json`,
  );
  return EXIT.done;
}

// An exported proof may be the only copy an auditor has: it is never written over.
function writeNew(file: string, text: string): void {
  try {
    writeFileSync(file, text, {flag: "wx"});
  } catch (error) {
    throw notWritten(file, error);
  }
}

function notWritten(file: string, error: unknown): GatewayError {
  const isThere = (error as NodeJS.ErrnoException).code === "EEXIST";
  const sentence = isThere
    ? `${file} is there already. Choose another name.`
    : `${file} cannot be written: ${sentenceOf(error)}.`;
  return new GatewayError("cli/file", sentence, {file});
}
