import {readFileSync} from "node:fs";
import {Command} from "commander";
import {bodiesOf, type Leaf, type SeqGap, type Verification, verifyProofFile} from "../../audit/pure.ts";
import {type AuditEntryInput, collectPages, parseNetworkFile} from "../../client/index.ts";
import {GatewayError, sentenceOf} from "../../errors.ts";
import {installNativeCrypto} from "../../native-crypto.ts";
import {type Context, EXIT} from "../context.ts";
import {type Output, oneLine, seconds} from "../output.ts";
import type {Run} from "../run.ts";
import {timeOf, wholeNumber} from "../words.ts";
import {auditExportCommand} from "./audit-export.ts";

const PAGE_SIZE = 50;
const ENTRIES_SHOWN = 100;
const GAPS_NAMED = 10;

export function auditCommand(run: Run): Command {
  const command = new Command("audit").description("the audit trail");
  command.command("list").description("one verdict per machine: verified, waiting or broken").action(run(list));
  command
    .command("show")
    .description("entries of a machine, newest first")
    .argument("<machine>")
    .option("--type <type>")
    .option("--from <time>", "not before this time, RFC 3339")
    .option("--to <time>", "before this time, RFC 3339")
    .option("--limit <count>", "at most so many", String(PAGE_SIZE))
    .action(run(show));
  command
    .command("append")
    .description("write an entry")
    .argument("<machine>")
    .argument("<type>", "such as parameter-change")
    .argument("[body]", "a JSON object", "{}")
    .option("--subject <subject>", "what it is about")
    .option("--reason <code>", "reason code")
    .action(run(append));
  command.command("check").description("hash everything on disk again, bodies included").action(run(check));
  command.addCommand(auditExportCommand(run));
  command
    .command("verify")
    .description("check an exported file with no network: what is wrong first, or what it proves")
    .argument("<file>")
    .option("--trust <file>", "network.json with the keys to trust, got from the operator and not with the file")
    .action(run(verify));
  return command;
}

async function list({gateway, output}: Context): Promise<number> {
  const verdicts = await collectPages((cursor) => gateway.audit.machines(cursor === undefined ? {} : {cursor}));
  output.json(verdicts);
  output.table(
    ["machine", "state", "entries", "anchored", "last anchor", "milestone"],
    verdicts.map(({machine, state, entries, anchoredEntries, lastAnchor}) => [
      machine,
      state,
      String(entries),
      String(anchoredEntries),
      lastAnchor?.time ?? "none",
      lastAnchor === null ? "" : String(lastAnchor.milestoneIndex),
    ]),
  );
  for (const {machine, broken} of verdicts) {
    if (broken !== null) output.line(`${machine} is broken at entry ${broken.seq}: ${broken.because}`);
  }
  return verdicts.every(({broken}) => broken === null) ? EXIT.done : EXIT.no;
}

interface ShowOptions {
  readonly type?: string;
  readonly from?: string;
  readonly to?: string;
  readonly limit: string;
}

async function show({gateway, output}: Context, machine: string, options: ShowOptions): Promise<number> {
  const {type, from, to, limit} = options;
  const {items} = await gateway.audit.entries(machine, {
    ...(type === undefined ? {} : {type}),
    ...(from === undefined ? {} : {from: timeOf(from, "--from")}),
    ...(to === undefined ? {} : {to: timeOf(to, "--to")}),
    pageSize: wholeNumber(limit, "--limit", {from: 1, to: 1000}),
  });
  output.json(items);
  output.table(
    ["seq", "time", "type", "who", "subject", "state", "body"],
    items.map(({seq, time, type, actor, subject, state, body}) => [
      String(seq),
      `${time.utc}${time.synced ? "" : " (clock not synchronised)"}`,
      type,
      actor,
      subject ?? "",
      state,
      body === null ? "(erased)" : JSON.stringify(body),
    ]),
  );
  return EXIT.done;
}

interface AppendOptions {
  readonly subject?: string;
  readonly reason?: string;
}

async function append(
  {gateway, output}: Context,
  machine: string,
  type: string,
  bodyText: string,
  {subject, reason}: AppendOptions,
): Promise<number> {
  const entry: AuditEntryInput = {
    machine,
    type,
    body: objectOf(bodyText),
    ...(subject === undefined ? {} : {subject}),
    ...(reason === undefined ? {} : {reasonCode: reason}),
  };
  const receipt = await gateway.audit.append(entry);
  output.json(receipt);
  output.line(`Entry ${receipt.seq} of ${receipt.machine} is on disk, leaf ${receipt.leafHash}.`);
  return EXIT.done;
}

async function check({gateway, output}: Context): Promise<number> {
  output.line("Hashing everything on disk ...");
  const report = await gateway.audit.check();
  output.json(report);
  const broken = report.machines.filter((verdict) => verdict.broken !== null);
  for (const {machine, broken: where} of broken)
    output.line(`${machine} is broken at entry ${where!.seq}: ${where!.because}`);
  output.line(
    `${report.entriesChecked} entries and ${report.bodiesChecked} bodies of ${report.machines.length} machines in ${seconds(report.tookMs)}: ` +
      (broken.length === 0 ? "all check." : `${broken.length} broken.`),
  );
  return broken.length === 0 ? EXIT.done : EXIT.no;
}

async function verify({output}: Context, file: string, {trust}: {trust?: string}): Promise<number> {
  await installNativeCrypto();
  const network = trust === undefined ? null : parseNetworkFile(readText(trust), trust);
  const proof = parseJson(readText(file), file);
  const verification = verifyProofFile(proof, network);
  // What does not hold is not shown: nobody should read it as a fact.
  const bodies = verification.state === "invalid" ? [] : bodiesOf(proof);
  output.json(verification.state === "invalid" ? verification : {...verification, bodies});
  for (const sentence of sentencesOf(verification)) output.line(oneLine(sentence));
  if (verification.state !== "invalid") printEntries(verification.entries, bodies, output);
  return verification.state === "verified" ? EXIT.done : EXIT.no;
}

/** What a verification says, for a person: the verdict first. */
export function sentencesOf(verification: Verification): readonly string[] {
  if (verification.state === "invalid") {
    const where = verification.seq === null ? "" : ` at entry ${verification.seq}`;
    return [`INVALID${where} (${verification.fault}): ${verification.because}`];
  }
  const {entries, machine, signer, anchor, gaps, rewritableBy} = verification;
  const [first, last] = [entries[0]!, entries.at(-1)!];
  const range = first === last ? `entry ${first.seq}` : `entries ${first.seq} to ${last.seq}`;
  const what = `${gaps.length === 0 ? range : `${entries.length} of the ${range}`} of ${machine}`;
  const headline = {
    verified: `VERIFIED: ${what}, signed by the gateway's log key and under a milestone of the network.`,
    waiting: `WAITING: ${what} is signed by the gateway's log key, but not anchored on the Tangle yet.`,
    consistent: `CONSISTENT, SIGNER UNKNOWN: ${what} fits together. Give --trust network.json to know whose it is.`,
  }[verification.state];
  const existed =
    anchor === null
      ? []
      : [`Existed before ${anchor.time}: milestone ${anchor.milestoneIndex}, block ${anchor.blockId}.`];
  return [
    headline,
    ...gapSentences(gaps),
    ...existed,
    `Log key ${signer}.`,
    `Could have been rewritten by: ${rewritableBy}.`,
  ];
}

function gapSentences(gaps: readonly SeqGap[]): readonly string[] {
  if (gaps.length === 0) return [];
  const named = gaps.slice(0, GAPS_NAMED).map(({from, to}) => (from === to ? `${from}` : `${from} to ${to}`));
  const more = gaps.length > named.length ? ` and ${gaps.length - named.length} more gaps` : "";
  return [`The file holds chosen entries. Not in it: ${named.join(", ")}${more}.`];
}

// The salted hash in the leaf binds each body, so what is printed is what was recorded.
function printEntries(entries: readonly Leaf[], bodies: readonly (string | null)[], output: Output): void {
  output.line("");
  output.table(
    ["entry", "time", "type", "who", "subject", "body"],
    entries
      .slice(0, ENTRIES_SHOWN)
      .map(({seq, time, type, actorRef, actorRole, subject}, index) => [
        String(seq),
        `${time.utc}${time.synced ? "" : " (clock not synchronised)"}`,
        type,
        actorRole === undefined ? actorRef : `${actorRef} (${actorRole})`,
        subject ?? "",
        bodies[index] ?? "(erased)",
      ]),
  );
  const more = entries.length - ENTRIES_SHOWN;
  if (more > 0) output.line(`... and ${more} more; --json gives all.`);
}

function objectOf(text: string): Record<string, unknown> {
  const value = parseJson(text);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new GatewayError("cli/body", 'The body must be a JSON object, such as {"setpoint": 80}.');
}

function parseJson(text: string, name = "The body"): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new GatewayError("cli/json", `${name} is not JSON: ${sentenceOf(error)}.`);
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new GatewayError("cli/file", `${file} cannot be read: ${sentenceOf(error)}.`, {file});
  }
}
