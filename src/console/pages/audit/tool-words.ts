// Words of saved filters, exports and storage.

const en = {
  saved: {
    title: "Saved filters",
    none: "None yet. Name the filters of now to find them here again.",
    name: "Name",
    save: "Save these filters",
    hint: "For everybody at this gateway. A time such as “last 7 days” is not saved; dates are.",
    remove: (name: string) => `Delete the filter ${name}`,
    by: (name: string, date: string) => `${name}, ${date}`,
    share: "Copy the address of this view",
    copied: "Address copied",
  },
  exports: {
    title: "Export",
    count: (entries: string) => `Exports exactly what the filters find: ${entries}.`,
    logged: "The export is recorded in the trail itself.",
    language: "Language",
    csv: "CSV, for a spreadsheet",
    json: "JSON, for programs",
    pdf: "PDF, for paper",
    zip: "Zip with proofs, and a page that checks them off-line",
  },
  storage: {
    title: "Storage and retention",
    size: "Size",
    sizeText: (total: string, free: string) => `${total}, ${free} free on the disk`,
    growth: "Growth",
    growthText: (perDay: string, days: number) =>
      `${perDay} a day, measured over ${days === 1 ? "one day" : `${days} days`}`,
    noGrowth: "not measured yet: it takes a day",
    full: "Disk full",
    fullText: (date: string) => `${date} at this growth`,
    notFull: "not in sight at this growth",
    retention: "Retention",
    forEver: "contents are kept for ever",
    days: (days: string, before: string | null) =>
      `contents are kept ${days} days${before === null ? "" : `; those before ${before} are gone`}`,
    pruned: "Leaves, hashes and proofs are never removed; what is pruned is the content of an entry.",
    byMachine: "By machine",
    machine: "Machine",
    entries: "Entries",
    contents: "Contents",
    hashes: "Hashes",
    erased: "Erased",
  },
};

type ToolWords = typeof en;

const de: ToolWords = {
  saved: {
    title: "Gespeicherte Filter",
    none: "Noch keine. Die Filter von jetzt benennen, um sie hier wiederzufinden.",
    name: "Name",
    save: "Diese Filter speichern",
    hint: "Für alle an diesem Gateway. Eine Zeit wie „letzte 7 Tage“ wird nicht gespeichert, ein Datum schon.",
    remove: (name) => `Filter ${name} löschen`,
    by: (name, date) => `${name}, ${date}`,
    share: "Adresse dieser Ansicht kopieren",
    copied: "Adresse kopiert",
  },
  exports: {
    title: "Export",
    count: (entries) => `Exportiert genau, was die Filter finden: ${entries}.`,
    logged: "Der Export wird selbst im Protokoll vermerkt.",
    language: "Sprache",
    csv: "CSV, für eine Tabelle",
    json: "JSON, für Programme",
    pdf: "PDF, für Papier",
    zip: "Zip mit Nachweisen und einer Seite, die sie ohne Netz prüft",
  },
  storage: {
    title: "Speicher und Aufbewahrung",
    size: "Größe",
    sizeText: (total, free) => `${total}, ${free} frei auf der Platte`,
    growth: "Zuwachs",
    growthText: (perDay, days) => `${perDay} am Tag, gemessen über ${days === 1 ? "einen Tag" : `${days} Tage`}`,
    noGrowth: "noch nicht gemessen: Das dauert einen Tag",
    full: "Platte voll",
    fullText: (date) => `${date} bei diesem Zuwachs`,
    notFull: "bei diesem Zuwachs nicht absehbar",
    retention: "Aufbewahrung",
    forEver: "Inhalte bleiben für immer",
    days: (days, before) => `Inhalte bleiben ${days} Tage${before === null ? "" : `; die vor ${before} sind entfernt`}`,
    pruned: "Blätter, Hashes und Nachweise werden nie entfernt; entfernt wird der Inhalt eines Eintrags.",
    byMachine: "Nach Maschine",
    machine: "Maschine",
    entries: "Einträge",
    contents: "Inhalte",
    hashes: "Hashes",
    erased: "Entfernt",
  },
};

export const TOOL_WORDS = {en, de};
