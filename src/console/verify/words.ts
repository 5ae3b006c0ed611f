import type {ProofFault, ProofStep, StepState} from "../../audit/pure.ts";

export interface VerifyWords {
  readonly title: string;
  readonly local: string;
  readonly lead: string;
  readonly drop: string;
  readonly dropOr: string;
  readonly chooseFiles: string;
  readonly chooseFolder: string;
  readonly checking: (done: string, of: string) => string;
  readonly again: string;
  readonly print: string;
  readonly language: string;
  readonly keys: {
    readonly title: string;
    readonly none: string;
    readonly why: string;
    readonly choose: string;
    readonly given: (network: string, gateways: string) => string;
    readonly origin: string;
    readonly ask: string;
    readonly fromOperator: string;
    readonly withExport: string;
    readonly zipped: string;
    readonly remove: string;
  };
  readonly headlines: {
    readonly verified: (entries: string) => string;
    readonly waiting: (entries: string) => string;
    readonly consistent: (entries: string) => string;
    readonly invalid: (bad: string, files: string) => string;
    readonly nothing: string;
  };
  readonly anchoredUntil: (time: string, milestone: string) => string;
  readonly states: Readonly<Record<"verified" | "waiting" | "consistent" | "invalid" | "unreadable", string>>;
  readonly rewritableBy: Readonly<Record<"verified" | "waiting" | "consistent", string>>;
  readonly faults: Readonly<Record<ProofFault, string>>;
  readonly notJson: string;
  readonly notRead: string;
  readonly atEntry: (seq: string) => string;
  readonly inDetail: string;
  readonly notShown: string;
  readonly what: (entries: string, first: string, last: string, machine: string) => string;
  readonly chosen: (entries: string, first: string, last: string, machine: string) => string;
  readonly gaps: (named: string) => string;
  readonly labels: Readonly<
    Record<"existed" | "rewritable" | "key" | "log" | "block" | "milestone" | "gaps" | "steps" | "entries", string>
  >;
  readonly existedBefore: (time: string) => string;
  readonly notAnchored: string;
  readonly columns: Readonly<Record<"entry" | "time" | "who" | "what" | "change" | "reason", string>>;
  readonly erased: string;
  readonly clockOff: string;
  readonly corrects: (seq: string) => string;
  readonly more: (count: string) => string;
  readonly raw: string;
  readonly stepStates: Readonly<Record<StepState, string>>;
  readonly steps: Readonly<Record<ProofStep["name"], (facts: Readonly<Record<string, string>>) => string>>;
  readonly unknownKey: string;
  readonly unknownMilestone: string;
}

export const WORDS: Readonly<Record<"en" | "de", VerifyWords>> = {
  en: {
    title: "Check an audit trail",
    local: "Everything is checked on this device. Nothing leaves it; no network is needed.",
    lead: "Drop the proofs of an export here, and see whether they hold.",
    drop: "Drop proof files, the folder proofs, or the whole zip",
    dropOr: "or",
    chooseFiles: "Choose files",
    chooseFolder: "Choose a folder",
    checking: (done, of) => `Checking file ${done} of ${of} …`,
    again: "Check others",
    print: "Print",
    language: "Language",
    keys: {
      title: "Whose keys are to be trusted?",
      none: "No keys given yet.",
      why: "Get network.json from the operator of the network by another way than the export: from their web site, by letter, from an earlier visit. Whoever could forge an export could put keys of their own beside it.",
      choose: "Choose network.json",
      given: (network, gateways) => `Keys of the network ${network}, for ${gateways}.`,
      origin: "You said that you have it from the operator, and not with the export.",
      ask: "You also gave a network.json. Where is it from?",
      fromOperator: "From the operator, by another way",
      withExport: "It came with the export",
      zipped: "The zip has a network.json of its own. It came with the entries, so it is not used here.",
      remove: "Take away",
    },
    headlines: {
      verified: (entries) => `All ${entries} entries are verified.`,
      waiting: (entries) => `All ${entries} entries are the gateway’s own; some still wait for their anchor.`,
      consistent: (entries) => `${entries} entries fit together, but whose they are is unknown.`,
      invalid: (bad, files) => `${bad} of ${files} files do not hold.`,
      nothing: "There was no proof file among these.",
    },
    anchoredUntil: (time, milestone) => `The last of them existed before ${time}: milestone ${milestone}.`,
    states: {
      verified: "Verified",
      waiting: "Waiting for its anchor",
      consistent: "Consistent, signer unknown",
      invalid: "Does not hold",
      unreadable: "Cannot be read",
    },
    rewritableBy: {
      verified: "nobody without both the coordinator’s keys and the gateway’s log key",
      waiting: "the holder of the gateway’s log key, until the log is anchored",
      consistent: "whoever made the file: no trusted keys were given to compare its signers with",
    },
    faults: {
      form: "The file does not have the form of a proof.",
      leaf: "An entry is changed, missing, or in another place.",
      body: "The content of an entry is not what was recorded.",
      path: "An entry is not in the log that was signed.",
      checkpoint: "The signed head of the log is damaged or of another log.",
      signature: "The signature of the log does not hold.",
      "untrusted-key": "The log is signed by a key that your network.json does not name.",
      anchor: "The anchor is not one of this log.",
      milestone: "The anchor is not in a milestone that the coordinator signed.",
    },
    notJson: "The file was cut or changed: it is not whole any more.",
    notRead: "The file could not be read.",
    atEntry: (seq) => `At entry ${seq}.`,
    inDetail: "In detail",
    notShown: "Its entries are not shown: what does not hold must not be read as a fact.",
    what: (entries, first, last, machine) =>
      first === last ? `Entry ${first} of ${machine}` : `${entries} entries of ${machine}, ${first} to ${last}`,
    chosen: (entries, first, last, machine) => `${entries} chosen entries of ${machine}, between ${first} and ${last}`,
    gaps: (named) => `${named}. The export holds what its filters chose.`,
    labels: {
      existed: "Existed",
      rewritable: "Could have been rewritten by",
      key: "Log key",
      log: "Log",
      block: "Block",
      milestone: "Milestone",
      gaps: "Not in the file",
      steps: "How it was checked",
      entries: "Entries",
    },
    existedBefore: (time) => `before ${time}`,
    notAnchored: "not anchored yet",
    columns: {entry: "Entry", time: "When", who: "Who", what: "What", change: "Old → new", reason: "Reason"},
    erased: "Content was removed; the entry itself is proven.",
    clockOff: "clock not synchronised",
    corrects: (seq) => `corrects entry ${seq}`,
    more: (count) => `Show ${count} more`,
    raw: "As recorded",
    stepStates: {
      holds: "holds",
      fails: "does not hold",
      unknown: "unknown",
      waiting: "waiting",
      open: "not checked any more",
    },
    steps: {
      form: () => "The file has the form of a proof, and nothing beside it.",
      checkpoint: ({origin, size}) => `It carries the head of the log ${origin ?? ""} at ${size ?? "?"} entries.`,
      leaf: () => "Each entry stands under its own number, in order.",
      body: () => "The content of each entry is what was recorded.",
      path: ({size}) => `Each entry lies in the log of ${size ?? "?"} entries that the head stands for.`,
      signature: () => "The head is signed with the key of the log.",
      "untrusted-key": () => "Your network.json names this key as the gateway’s.",
      milestone: ({milestoneIndex}) =>
        `The anchor’s block is in milestone ${milestoneIndex ?? "?"}, which the coordinator signed.`,
      anchor: () => "The block carries this very head.",
    },
    unknownKey: "Whose key this is cannot be said without network.json.",
    unknownMilestone: "The block is in a milestone; whose signatures it has cannot be said without network.json.",
  },
  de: {
    title: "Ein Prüfprotokoll prüfen",
    local: "Alles wird auf diesem Gerät geprüft. Nichts verlässt es; ein Netz ist nicht nötig.",
    lead: "Nachweise eines Exports hierher ziehen und sehen, ob sie halten.",
    drop: "Nachweisdateien, den Ordner proofs oder das ganze ZIP hierher ziehen",
    dropOr: "oder",
    chooseFiles: "Dateien wählen",
    chooseFolder: "Ordner wählen",
    checking: (done, of) => `Datei ${done} von ${of} wird geprüft …`,
    again: "Andere prüfen",
    print: "Drucken",
    language: "Sprache",
    keys: {
      title: "Wessen Schlüsseln ist zu trauen?",
      none: "Noch keine Schlüssel angegeben.",
      why: "network.json auf anderem Weg als den Export vom Betreiber des Netzes holen: von seiner Website, per Brief, von einem früheren Besuch. Wer einen Export fälschen kann, kann eigene Schlüssel daneben legen.",
      choose: "network.json wählen",
      given: (network, gateways) => `Schlüssel des Netzes ${network}, für ${gateways}.`,
      origin: "Nach Ihrer Angabe vom Betreiber und nicht mit dem Export bekommen.",
      ask: "Auch eine network.json ist dabei. Woher ist sie?",
      fromOperator: "Vom Betreiber, auf anderem Weg",
      withExport: "Sie kam mit dem Export",
      zipped: "Im ZIP liegt eine eigene network.json. Sie kam mit den Einträgen und wird hier nicht benutzt.",
      remove: "Wegnehmen",
    },
    headlines: {
      verified: (entries) => `Alle ${entries} Einträge sind geprüft.`,
      waiting: (entries) => `Alle ${entries} Einträge stammen vom Gateway; einige warten noch auf ihren Anker.`,
      consistent: (entries) => `${entries} Einträge sind in sich stimmig, aber von wem sie sind, ist unbekannt.`,
      invalid: (bad, files) => `${bad} von ${files} Dateien halten nicht.`,
      nothing: "Darunter war keine Nachweisdatei.",
    },
    anchoredUntil: (time, milestone) => `Der letzte bestand vor ${time}: Meilenstein ${milestone}.`,
    states: {
      verified: "Geprüft",
      waiting: "Wartet auf Anker",
      consistent: "In sich stimmig, Unterzeichner unbekannt",
      invalid: "Hält nicht",
      unreadable: "Nicht lesbar",
    },
    rewritableBy: {
      verified: "niemanden ohne die Schlüssel des Koordinators und den Protokollschlüssel des Gateways",
      waiting: "den Inhaber des Protokollschlüssels, bis das Protokoll verankert ist",
      consistent: "jeden, der die Datei gemacht hat: Es gab keine Schlüssel, mit denen zu vergleichen wäre",
    },
    faults: {
      form: "Die Datei hat nicht die Form eines Nachweises.",
      leaf: "Ein Eintrag ist verändert, fehlt oder steht an anderer Stelle.",
      body: "Der Inhalt eines Eintrags ist nicht der, der aufgezeichnet wurde.",
      path: "Ein Eintrag steht nicht in dem Protokoll, das unterschrieben wurde.",
      checkpoint: "Der unterschriebene Stand des Protokolls ist beschädigt oder der eines anderen.",
      signature: "Die Unterschrift des Protokolls hält nicht.",
      "untrusted-key": "Das Protokoll ist mit einem Schlüssel unterschrieben, den Ihre network.json nicht nennt.",
      anchor: "Der Anker gehört nicht zu diesem Protokoll.",
      milestone: "Der Anker steht in keinem Meilenstein, den der Koordinator unterschrieben hat.",
    },
    notJson: "Die Datei wurde abgeschnitten oder verändert: Sie ist nicht mehr ganz.",
    notRead: "Die Datei ließ sich nicht lesen.",
    atEntry: (seq) => `Bei Eintrag ${seq}.`,
    inDetail: "Im Einzelnen (englisch)",
    notShown: "Die Einträge werden nicht gezeigt: Was nicht hält, soll niemand als Tatsache lesen.",
    what: (entries, first, last, machine) =>
      first === last ? `Eintrag ${first} von ${machine}` : `${entries} Einträge von ${machine}, ${first} bis ${last}`,
    chosen: (entries, first, last, machine) =>
      `${entries} ausgewählte Einträge von ${machine}, zwischen ${first} und ${last}`,
    gaps: (named) => `${named}. Der Export enthält, was seine Filter gewählt haben.`,
    labels: {
      existed: "Bestand",
      rewritable: "Hätte umgeschrieben werden können durch",
      key: "Protokollschlüssel",
      log: "Protokoll",
      block: "Block",
      milestone: "Meilenstein",
      gaps: "Nicht in der Datei",
      steps: "Wie geprüft wurde",
      entries: "Einträge",
    },
    existedBefore: (time) => `vor ${time}`,
    notAnchored: "noch nicht verankert",
    columns: {entry: "Eintrag", time: "Wann", who: "Wer", what: "Was", change: "Alt → neu", reason: "Grund"},
    erased: "Der Inhalt wurde entfernt; der Eintrag selbst ist nachgewiesen.",
    clockOff: "Uhr nicht synchron",
    corrects: (seq) => `berichtigt Eintrag ${seq}`,
    more: (count) => `${count} weitere zeigen`,
    raw: "Wie aufgezeichnet",
    stepStates: {
      holds: "hält",
      fails: "hält nicht",
      unknown: "unbekannt",
      waiting: "wartet",
      open: "nicht mehr geprüft",
    },
    steps: {
      form: () => "Die Datei hat die Form eines Nachweises und enthält nichts daneben.",
      checkpoint: ({origin, size}) =>
        `Sie enthält den Stand des Protokolls ${origin ?? ""} bei ${size ?? "?"} Einträgen.`,
      leaf: () => "Jeder Eintrag steht unter seiner eigenen Nummer, in der richtigen Folge.",
      body: () => "Der Inhalt jedes Eintrags ist der, der aufgezeichnet wurde.",
      path: ({size}) => `Jeder Eintrag liegt in dem Protokoll von ${size ?? "?"} Einträgen, für das der Stand steht.`,
      signature: () => "Der Stand ist mit dem Schlüssel des Protokolls unterschrieben.",
      "untrusted-key": () => "Ihre network.json nennt diesen Schlüssel als den des Gateways.",
      milestone: ({milestoneIndex}) =>
        `Der Block des Ankers steht in Meilenstein ${milestoneIndex ?? "?"}, den der Koordinator unterschrieben hat.`,
      anchor: () => "Der Block enthält genau diesen Stand.",
    },
    unknownKey: "Wessen Schlüssel das ist, lässt sich ohne network.json nicht sagen.",
    unknownMilestone:
      "Der Block steht in einem Meilenstein; wessen Unterschriften er trägt, lässt sich ohne network.json nicht sagen.",
  },
};
