import type {Tab} from "./rules.ts";

const en = {
  loading: "Loading …",
  tabs: {
    account: "Your account",
    users: "People",
    tokens: "Tokens",
    sessions: "Sessions",
    rights: "Who may do what",
    system: "System",
  } satisfies Record<Tab, string>,
  tabsLabel: "Parts of the settings",
  noTab: "There is nothing here",
  noTabText: "The address is wrong, or your role does not use this part of the settings.",
  toAccount: "To your account",
  account: {
    question: "Who am I here?",
    headline: (name: string, role: string) => `You are ${name}, in the role ${role}.`,
    user: "User name",
    role: "Role",
    household: "Household",
    until: "Logged in until",
    logOut: "Log out",
    language: "Language",
    languageText: "Of this console in this browser.",
    password: "Password",
    passwordText: "It ends your other sessions, and you log in again with the new one.",
    sessions: "Where you are logged in",
    sessionsText: "Do you not know one of them? End it, and change your password.",
    endOthers: "End all others",
    ended: (ended: number) =>
      ended === 0 ? "There was no other." : ended === 1 ? "One session is ended." : `${ended} sessions are ended.`,
  },
  sessions: {
    question: "Who is logged in?",
    headline: (sessions: number, people: number) =>
      sessions === 1
        ? "One session is open: yours."
        : `${sessions} sessions of ${people === 1 ? "one person" : `${people} people`} are open.`,
    user: "Person",
    browser: "Browser",
    noBrowser: "unknown program",
    address: "From",
    since: "Since",
    lastUsed: "Last used",
    ago: (ago: string) => `${ago} ago`,
    current: "this one",
    end: "End",
    endLabel: (user: string, browser: string) => `End the session of ${user}, ${browser}`,
  },
  rights: {
    question: "Who may do what?",
    headline: "Who sets up devices does not run machines; only administrators do both.",
    yours: (role: string) => `Your role is ${role}.`,
    roles: "Roles",
    table: "What each role may do",
    scope: "May",
    yes: "yes",
    no: "no",
    nobody: "no person",
    routes: "Route by route",
    routesText: "Made from the routes themselves. A token may use what its scopes name.",
    method: "Method",
    path: "Path",
    who: "Who",
    access: {
      open: "everybody",
      loopback: "everybody at this machine, else",
      session: "whoever is logged in, and every token",
      scope: "",
    },
  },
  reason: "Reason",
  reasonHint: "Stands in the audit trail, with your name.",
  shownOnce: "This is shown once. Nobody can read it again, not here and not on the disk.",
  copy: "Copy",
  copied: "Copied",
  done: "Done",
  never: "never",
};

export type SettingsWords = typeof en;

const de: SettingsWords = {
  loading: "Lädt …",
  tabs: {
    account: "Ihr Konto",
    users: "Personen",
    tokens: "Token",
    sessions: "Sitzungen",
    rights: "Wer darf was",
    system: "System",
  },
  tabsLabel: "Teile der Einstellungen",
  noTab: "Hier ist nichts",
  noTabText: "Die Adresse stimmt nicht, oder Ihre Rolle hat diesen Teil der Einstellungen nicht.",
  toAccount: "Zu Ihrem Konto",
  account: {
    question: "Wer bin ich hier?",
    headline: (name, role) => `Sie sind ${name}, in der Rolle ${role}.`,
    user: "Benutzername",
    role: "Rolle",
    household: "Haushalt",
    until: "Angemeldet bis",
    logOut: "Abmelden",
    language: "Sprache",
    languageText: "Dieser Konsole in diesem Browser.",
    password: "Passwort",
    passwordText: "Ihre anderen Sitzungen enden damit, und Sie melden sich mit dem neuen wieder an.",
    sessions: "Wo Sie angemeldet sind",
    sessionsText: "Eine davon kennen Sie nicht? Beenden Sie sie und ändern Sie Ihr Passwort.",
    endOthers: "Alle anderen beenden",
    ended: (ended) =>
      ended === 0
        ? "Es gab keine andere."
        : ended === 1
          ? "Eine Sitzung ist beendet."
          : `${ended} Sitzungen sind beendet.`,
  },
  sessions: {
    question: "Wer ist angemeldet?",
    headline: (sessions, people) =>
      sessions === 1
        ? "Eine Sitzung ist offen: Ihre."
        : `${sessions} Sitzungen von ${people === 1 ? "einer Person" : `${people} Personen`} sind offen.`,
    user: "Person",
    browser: "Browser",
    noBrowser: "unbekanntes Programm",
    address: "Von",
    since: "Seit",
    lastUsed: "Zuletzt benutzt",
    ago: (ago) => `vor ${ago}`,
    current: "diese hier",
    end: "Beenden",
    endLabel: (user, browser) => `Sitzung von ${user} beenden, ${browser}`,
  },
  rights: {
    question: "Wer darf was?",
    headline: "Wer Geräte einrichtet, bedient keine Maschinen; nur die Verwaltung tut beides.",
    yours: (role) => `Ihre Rolle ist ${role}.`,
    roles: "Rollen",
    table: "Was jede Rolle darf",
    scope: "Darf",
    yes: "ja",
    no: "nein",
    nobody: "keine Person",
    routes: "Route für Route",
    routesText: "Aus den Routen selbst gemacht. Ein Token darf, was seine Rechte nennen.",
    method: "Methode",
    path: "Pfad",
    who: "Wer",
    access: {
      open: "alle",
      loopback: "alle an diesem Rechner, sonst",
      session: "wer angemeldet ist, und jedes Token",
      scope: "",
    },
  },
  reason: "Grund",
  reasonHint: "Steht im Protokoll, mit Ihrem Namen.",
  shownOnce: "Das wird einmal gezeigt. Niemand kann es noch einmal lesen, hier nicht und auf der Platte nicht.",
  copy: "Kopieren",
  copied: "Kopiert",
  done: "Fertig",
  never: "nie",
};

export const WORDS = {en, de};
