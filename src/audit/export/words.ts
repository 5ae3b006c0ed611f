// What exports say about themselves, in English and German. Pure.

import type {
  AuditExportFacts,
  AuditExportLanguage,
  AuditFilter,
  AuditSearchItem,
  MachineVerdict,
  ReviewState,
} from "../../client/index.ts";

export interface Words {
  readonly locale: string;
  readonly title: string;
  readonly yes: string;
  readonly no: string;
  readonly labels: Readonly<
    Record<"site" | "network" | "range" | "filters" | "by" | "at" | "count" | "recorded" | "zone" | "verdicts", string>
  >;
  readonly filters: Readonly<Record<keyof AuditFilter, string>>;
  readonly noFilter: string;
  readonly wholeTime: string;
  readonly states: Readonly<Record<AuditSearchItem["state"], string>>;
  readonly reviews: Readonly<Record<ReviewState, string>>;
  readonly corrects: (seq: number) => string;
  readonly clockOff: string;
  readonly csvColumns: readonly string[];
  readonly pdfColumns: Readonly<Record<PdfColumn, string>>;
  readonly page: (page: number) => string;
  readonly howToCheck: string;
  readonly otherCharacters: string;
  readonly recordedAs: (machine: string, seq: number) => string;
  readonly erased: (by: string, at: string, reason: string) => string;
  readonly removed: string;
  readonly nothing: string;
  readonly verdict: (verdict: MachineVerdict, numbers: {entries: string; anchored: string}) => string;
}

export type PdfColumn = "time" | "who" | "machine" | "what" | "change" | "reason" | "state";

const EN: Words = {
  locale: "en",
  title: "Audit trail",
  yes: "yes",
  no: "no",
  labels: {
    site: "Site",
    network: "Network",
    range: "Time range",
    filters: "Filters",
    by: "Exported by",
    at: "Exported at",
    count: "Entries",
    recorded: "Recorded as",
    zone: "Local times",
    verdicts: "Verdict for each machine",
  },
  filters: {
    machines: "machine",
    types: "type",
    kinds: "kind",
    actor: "who contains",
    subject: "subject contains",
    value: "value contains",
    text: "text contains",
    from: "not before",
    to: "not after",
    state: "state",
    review: "review",
  },
  noFilter: "none: all entries",
  wholeTime: "all",
  states: {verified: "verified", waiting: "waiting for its anchor"},
  reviews: {open: "open", reviewed: "reviewed by", question: "question by", "handed-over": "handed over by"},
  corrects: (seq) => `corrects entry ${seq}`,
  clockOff: "clock not synchronised",
  csvColumns: [
    "machine",
    "entry number",
    "local time",
    "UTC time",
    "clock synchronised",
    "clock source",
    "clock uncertainty (ms)",
    "recorded at (UTC)",
    "who",
    "role",
    "kind",
    "type",
    "subject",
    "old value",
    "new value",
    "unit",
    "reason",
    "corrects entry number",
    "details (JSON)",
    "state",
    "review",
    "reviewed by",
    "leaf hash",
  ],
  pdfColumns: {
    time: "When: local, UTC",
    who: "Who, role",
    machine: "Machine, entry",
    what: "What",
    change: "Old -> new",
    reason: "Reason",
    state: "State",
  },
  page: (page) => `Page ${page}`,
  howToCheck:
    "Check: open verify.html of the zip export, or run `tanglegate audit verify FILE --trust network.json`; get network.json from the operator by another way.",
  otherCharacters:
    "A character that this font does not have is written by its number, such as [U+4E2D]; CSV and JSON have it as it is.",
  recordedAs: (machine, seq) => `entry ${seq} of the log ${machine}`,
  erased: (by, at, reason) => `removed on ${at} by ${by}: ${reason}`,
  removed: "removed",
  nothing: "No entry fits these filters.",
  verdict: ({state, lastAnchor, broken}, {entries, anchored}) => {
    if (state === "broken") return `BROKEN at entry ${broken?.seq}: ${broken?.because}`;
    const anchor =
      lastAnchor === null ? "" : ` Last anchored ${lastAnchor.time}, milestone ${lastAnchor.milestoneIndex}.`;
    return state === "verified"
      ? `All ${entries} entries are verified.${anchor}`
      : `${anchored} of ${entries} entries are anchored, the others wait.${anchor}`;
  },
};

const DE: Words = {
  locale: "de",
  title: "Prüfprotokoll",
  yes: "ja",
  no: "nein",
  labels: {
    site: "Standort",
    network: "Netz",
    range: "Zeitraum",
    filters: "Filter",
    by: "Exportiert von",
    at: "Exportiert am",
    count: "Einträge",
    recorded: "Vermerkt als",
    zone: "Ortszeiten",
    verdicts: "Urteil je Maschine",
  },
  filters: {
    machines: "Maschine",
    types: "Art",
    kinds: "Gruppe",
    actor: "Wer enthält",
    subject: "Gegenstand enthält",
    value: "Wert enthält",
    text: "Text enthält",
    from: "nicht vor",
    to: "nicht nach",
    state: "Stand",
    review: "Durchsicht",
  },
  noFilter: "keine: alle Einträge",
  wholeTime: "alles",
  states: {verified: "geprüft", waiting: "wartet auf Anker"},
  reviews: {open: "offen", reviewed: "durchgesehen von", question: "Frage von", "handed-over": "übergeben von"},
  corrects: (seq) => `berichtigt Eintrag ${seq}`,
  clockOff: "Uhr nicht synchron",
  csvColumns: [
    "Maschine",
    "Eintrag Nr.",
    "Ortszeit",
    "UTC-Zeit",
    "Uhr synchron",
    "Uhrenquelle",
    "Uhrenunsicherheit (ms)",
    "aufgezeichnet am (UTC)",
    "wer",
    "Rolle",
    "Gruppe",
    "Art",
    "Gegenstand",
    "alter Wert",
    "neuer Wert",
    "Einheit",
    "Grund",
    "berichtigt Eintrag Nr.",
    "Einzelheiten (JSON)",
    "Stand",
    "Durchsicht",
    "durchgesehen von",
    "Blatt-Hash",
  ],
  pdfColumns: {
    time: "Wann: Ortszeit, UTC",
    who: "Wer, Rolle",
    machine: "Maschine, Eintrag",
    what: "Was",
    change: "Alt -> neu",
    reason: "Grund",
    state: "Stand",
  },
  page: (page) => `Seite ${page}`,
  howToCheck:
    "Prüfen: verify.html aus dem ZIP-Export öffnen oder `tanglegate audit verify DATEI --trust network.json`; network.json auf anderem Weg vom Betreiber holen.",
  otherCharacters:
    "Ein Zeichen, das diese Schrift nicht hat, steht als seine Nummer da, etwa [U+4E2D]; CSV und JSON haben es selbst.",
  recordedAs: (machine, seq) => `Eintrag ${seq} des Protokolls ${machine}`,
  erased: (by, at, reason) => `entfernt am ${at} von ${by}: ${reason}`,
  removed: "entfernt",
  nothing: "Zu diesen Filtern passt kein Eintrag.",
  verdict: ({state, lastAnchor, broken}, {entries, anchored}) => {
    if (state === "broken") return `GEBROCHEN bei Eintrag ${broken?.seq}: ${broken?.because}`;
    const anchor =
      lastAnchor === null ? "" : ` Zuletzt verankert ${lastAnchor.time}, Meilenstein ${lastAnchor.milestoneIndex}.`;
    return state === "verified"
      ? `Alle ${entries} Einträge sind geprüft.${anchor}`
      : `${anchored} von ${entries} Einträgen sind verankert, die übrigen warten.${anchor}`;
  },
};

export function wordsIn(language: AuditExportLanguage): Words {
  return language === "de" ? DE : EN;
}

/** What an export is, as label and value. */
export function factPairs(facts: AuditExportFacts): readonly (readonly [label: string, value: string])[] {
  const words = wordsIn(facts.language);
  const {labels} = words;
  return [
    [labels.site, facts.site],
    [labels.network, facts.networkName],
    [labels.range, rangeWords(facts.filter, words)],
    [labels.filters, filterWords(facts.filter, words)],
    [labels.count, numberIn(words, facts.count)],
    [labels.by, facts.exportedBy],
    [labels.at, facts.exportedAt],
    [labels.zone, facts.timeZone],
    [labels.recorded, words.recordedAs(facts.recordedAs.machine, facts.recordedAs.seq)],
  ];
}

/** The verdict over each machine, as name and sentence. */
export function verdictPairs(facts: AuditExportFacts): readonly (readonly [machine: string, sentence: string])[] {
  const words = wordsIn(facts.language);
  return facts.machines.map((verdict) => [
    verdict.machine,
    words.verdict(verdict, {
      entries: numberIn(words, verdict.entries),
      anchored: numberIn(words, verdict.anchoredEntries),
    }),
  ]);
}

/** A filter in words: `machine: press-7, saw; who contains: anna`. */
export function filterWords(filter: AuditFilter, words: Words): string {
  const told = (Object.keys(words.filters) as (keyof AuditFilter)[])
    .filter((field) => field !== "from" && field !== "to" && filter[field] !== undefined)
    .map((field) => `${words.filters[field]}: ${[filter[field]].flat().join(", ")}`);
  return told.length === 0 ? words.noFilter : told.join("; ");
}

function rangeWords({from, to}: AuditFilter, {filters, wholeTime}: Words): string {
  const told = [from === undefined ? [] : `${filters.from} ${from}`, to === undefined ? [] : `${filters.to} ${to}`];
  return told.flat().join(", ") || wholeTime;
}

function numberIn({locale}: Words, value: number): string {
  return value.toLocaleString(locale);
}
