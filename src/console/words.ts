// English and German, one object each, the same keys. Sentences with figures are functions, so that word order is free.

const pluralEn = (count: number, one: string, many: string) =>
  `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
const pluralDe = (count: number, one: string, many: string) =>
  `${count.toLocaleString("de")} ${count === 1 ? one : many}`;

const english = {
  user: "User",
  password: "Password",
  login: "Log in",
  logout: "Log out",
  changePassword: "Change password",
  currentPassword: "Present password",
  nextPassword: "New password, 10 characters or more",
  save: "Save",
  passwordChanged: "The password is changed. Log in with the new one.",
  firstLogin: "The first password lies in credentials.txt in the data folder of the gateway.",
  loginFailed: "User or password is wrong.",
  tooMany: "Too many tries. Wait a minute.",
  unreachable: "The gateway does not answer. The page tries again by itself.",
  demo: "Simulated site: the machines below are not real. A site of your own begins with a gateway.yaml in a new data folder.",
  allVerified: (entries: number) =>
    entries === 1 ? "The one audit entry checks." : `All ${entries.toLocaleString("en")} audit entries check.`,
  someWaiting: (entries: number, waiting: number) =>
    `${pluralEn(entries, "audit entry", "audit entries")}; ${pluralEn(waiting, "machine waits", "machines wait")} for the next anchor.`,
  broken: (machine: string, seq: string) => `${machine} is broken at entry ${seq}.`,
  noEntries: "No audit entries yet. The first flow writes one as soon as a machine changes its state.",
  nodeSick: (because: string) => `The node is not well: ${because}`,
  auditStopped: (because: string) => `No audit entries are accepted: ${because}`,
  machines: "Machines",
  verified: "verified",
  waiting: "waiting for its anchor",
  brokenAt: (seq: string, because: string) => `broken at entry ${seq}: ${because}`,
  entries: (count: number) => pluralEn(count, "entry", "entries"),
  lastAnchor: (time: string, milestone: string) => `Last anchored ${time}, milestone ${milestone}.`,
  neverAnchored: "Not anchored yet.",
  milestones: "Milestones",
  milestoneNow: (index: string, time: string) => `Milestone ${index} at ${time}.`,
  pulseText: "Blocks that each of the last 60 milestones took, the latest at the right",
  liveValues: "Live values",
  noDevices:
    "No devices yet. Define the first one in Node-RED: drag “device read” onto a flow and press + beside its device.",
  fieldSilent: "The field process does not answer; its log says why.",
  point: "Name",
  reading: "Reading",
  moreValues: (count: number) => pluralEn(count, "more value", "more values"),
  noValue: "no value",
  states: {connected: "connected", connecting: "connecting", stale: "stale", fault: "fault"},
  clockSynced: "clock synchronised",
  clockUnsynced: "clock not synchronised",
  nodeRed: "Flows (Node-RED)",
};

export type Words = typeof english;

const german: Words = {
  user: "Benutzer",
  password: "Passwort",
  login: "Anmelden",
  logout: "Abmelden",
  changePassword: "Passwort ändern",
  currentPassword: "Jetziges Passwort",
  nextPassword: "Neues Passwort, mindestens 10 Zeichen",
  save: "Speichern",
  passwordChanged: "Das Passwort ist geändert. Bitte mit dem neuen anmelden.",
  firstLogin: "Das erste Passwort steht in credentials.txt im Datenordner des Gateways.",
  loginFailed: "Benutzer oder Passwort ist falsch.",
  tooMany: "Zu viele Versuche. Bitte eine Minute warten.",
  unreachable: "Das Gateway antwortet nicht. Die Seite versucht es von selbst wieder.",
  demo: "Simulierte Anlage: Die Maschinen unten sind nicht echt. Eine eigene Anlage beginnt mit einer gateway.yaml in einem neuen Datenordner.",
  allVerified: (entries) =>
    entries === 1
      ? "Der eine Protokolleintrag stimmt."
      : `Alle ${entries.toLocaleString("de")} Protokolleinträge stimmen.`,
  someWaiting: (entries, waiting) =>
    `${pluralDe(entries, "Protokolleintrag", "Protokolleinträge")}; ${pluralDe(waiting, "Maschine wartet", "Maschinen warten")} auf den nächsten Anker.`,
  broken: (machine, seq) => `${machine} ist ab Eintrag ${seq} beschädigt.`,
  noEntries:
    "Noch keine Protokolleinträge. Der erste Ablauf schreibt einen, sobald eine Maschine ihren Zustand wechselt.",
  nodeSick: (because) => `Dem Knoten geht es nicht gut: ${because}`,
  auditStopped: (because) => `Es werden keine Protokolleinträge angenommen: ${because}`,
  machines: "Maschinen",
  verified: "geprüft",
  waiting: "wartet auf seinen Anker",
  brokenAt: (seq, because) => `beschädigt ab Eintrag ${seq}: ${because}`,
  entries: (count) => pluralDe(count, "Eintrag", "Einträge"),
  lastAnchor: (time, milestone) => `Zuletzt verankert ${time}, Meilenstein ${milestone}.`,
  neverAnchored: "Noch nicht verankert.",
  milestones: "Meilensteine",
  milestoneNow: (index, time) => `Meilenstein ${index} um ${time}.`,
  pulseText: "Blöcke, die jeder der letzten 60 Meilensteine aufnahm, der neueste rechts",
  liveValues: "Messwerte",
  noDevices:
    "Noch keine Geräte. Das erste legen Sie in Node-RED an: „device read“ in einen Ablauf ziehen und neben dem Gerät + drücken.",
  fieldSilent: "Der Feldprozess antwortet nicht; sein Protokoll sagt, warum.",
  point: "Name",
  reading: "Messung",
  moreValues: (count) => pluralDe(count, "weiterer Wert", "weitere Werte"),
  noValue: "kein Wert",
  states: {connected: "verbunden", connecting: "verbindet", stale: "veraltet", fault: "Störung"},
  clockSynced: "Uhr synchronisiert",
  clockUnsynced: "Uhr nicht synchronisiert",
  nodeRed: "Abläufe (Node-RED)",
};

/** The words in the language of the browser; English for all but German. */
export function wordsFor(language: string): Words {
  return language.toLowerCase().startsWith("de") ? german : english;
}
