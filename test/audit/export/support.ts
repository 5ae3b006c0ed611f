import type {AuditExportFacts, AuditSearchItem} from "../../../src/client/index.ts";

export function itemOf(changes: Partial<AuditSearchItem> = {}): AuditSearchItem {
  const body = {old: 79.5, new: -80, unit: "bar", zone: 3};
  return {
    machine: "press-7",
    seq: 3,
    type: "parameter-change",
    time: {utc: "2026-06-01T12:00:00.000Z", source: "ntp", uncertaintyMs: 5, synced: true},
    actor: "user:anna",
    actorRole: null,
    subject: "pressure",
    reasonCode: null,
    corrects: null,
    body,
    leafHash: `0x${"ab".repeat(32)}`,
    state: "verified",
    kind: "critical",
    change: {old: 79.5, new: -80, unit: "bar"},
    reason: null,
    review: {state: "open"},
    erased: null,
    ...changes,
  };
}

export function factsOf(changes: Partial<AuditExportFacts> = {}): AuditExportFacts {
  return {
    schema: "tanglegate-audit-export/v1",
    site: "gateway.example",
    networkName: "audit-test",
    exportedAt: "2026-06-02T00:00:00.000Z",
    exportedBy: "user:anna",
    language: "en",
    timeZone: "Europe/Berlin",
    filter: {},
    count: 1,
    recordedAs: {machine: "gateway", seq: 7},
    machines: [],
    ...changes,
  };
}

export async function* iterate<Item>(items: Iterable<Item>): AsyncGenerator<Item> {
  yield* items;
}

export async function textOf(pieces: AsyncIterable<string | Uint8Array>): Promise<string> {
  return (await bytesOf(pieces)).toString();
}

export async function bytesOf(pieces: AsyncIterable<string | Uint8Array>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const piece of pieces) parts.push(Buffer.from(piece as Uint8Array));
  return Buffer.concat(parts);
}

/** Records of RFC 4180, read by the letter. */
export function parseCsv(text: string): string[][] {
  const records: string[][] = [];
  let at = 0;
  while (at < text.length) {
    const record: string[] = [];
    for (;;) {
      let field = "";
      if (text[at] === '"') {
        for (at++; text[at] !== '"' || text[at + 1] === '"'; at++) {
          if (at >= text.length) throw new Error("A quoted field has no end.");
          if (text[at] === '"') at++;
          field += text[at];
        }
        at++;
      } else {
        for (; at < text.length && text[at] !== "," && !text.startsWith("\r\n", at); at++) field += text[at];
      }
      record.push(field);
      if (text[at] !== ",") break;
      at++;
    }
    if (!text.startsWith("\r\n", at)) throw new Error(`A record does not end in CR LF at ${at}.`);
    at += 2;
    records.push(record);
  }
  return records;
}
