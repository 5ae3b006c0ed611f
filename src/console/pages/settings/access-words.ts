const en = {
  users: {
    question: "Who may come in?",
    headline: (people: number, waiting: number) => {
      const first = people === 1 ? "One person may come in: you" : `${people} people may come in`;
      if (waiting === 0) return `${first}.`;
      return `${first}; ${waiting === 1 ? "one has" : `${waiting} have`} not chosen a password of their own yet.`;
    },
    add: "Add a person",
    name: "Person",
    role: "Role",
    lastLogin: "Last login",
    state: "State",
    states: {
      disabled: "disabled",
      first: "must choose a password",
      "logged-in": "logged in",
      out: "logged out",
    },
    you: "you",
    addTitle: "Add a person",
    userName: "User name",
    userNameHint: "for logging in; never changes. a-z, 0-9, dot, underscore, hyphen",
    displayName: "Name for people",
    displayNameHint: "such as Anna Weber; optional",
    household: "Household",
    householdHint: "such as flat-3. a-z, 0-9, dot, underscore, hyphen",
    disabled: "May not log in at present",
    disabledHint: "Ends open sessions. What this person did stays in the audit trail.",
    save: "Save",
    saved: "Saved.",
    unchanged: "Nothing is changed yet.",
    passwordTitle: (name: string) => `First password of ${name}`,
    passwordText: (name: string) =>
      `Give it to ${name} by hand or by phone. At the first login it must be changed for one that only ${name} knows.`,
    reset: "New first password",
    resetText: "For somebody who has forgotten theirs. It ends their sessions.",
    resetSure: "Make a new first password",
    remove: "Remove this person",
    removeText: "They cannot log in any more. What they did stays in the audit trail, under their name.",
    removeSure: "Remove",
    ownPassword: "You change your own password under",
    unknown: "There is no such person",
    unknownText: "They were removed, or the name is another one.",
  },
  tokens: {
    question: "Which programs may come in?",
    none: "No program of yours comes in yet.",
    noneTitle: "What a token is for",
    noneText:
      "A token lets a program in: a script, a dashboard, a machine that sends entries. It names what the program may do, ends on a day, and is revoked here without touching anything else. Node-RED on this gateway needs none.",
    headline: (tokens: number, soon: number, ended: number) => {
      const first = tokens === 1 ? "One program may come in" : `${tokens} programs may come in`;
      const parts = [
        ended === 0 ? "" : ended === 1 ? "one token has ended" : `${ended} tokens have ended`,
        soon === 0 ? "" : soon === 1 ? "one token ends soon" : `${soon} tokens end soon`,
      ].filter((part) => part !== "");
      return parts.length === 0 ? `${first}.` : `${first}; ${parts.join(", ")}.`;
    },
    add: "Make a token",
    name: "Name",
    scopes: "May",
    madeBy: "Made by",
    made: "Made",
    lastUsed: "Last used",
    ends: "Ends",
    states: {
      valid: (date: string) => date,
      expiring: (date: string, days: number) =>
        days <= 0 ? `${date}, within a day` : days === 1 ? `${date}, in one day` : `${date}, in ${days} days`,
      expired: (date: string) => `ended ${date}`,
    },
    ago: (ago: string) => `${ago} ago`,
    addTitle: "Make a token",
    nameHint: "what uses it, such as line-7 or dashboard. Letters, digits, dot, underscore, hyphen",
    scopesHint: "As little as the program needs.",
    days: "Valid for (days)",
    daysHint: "1 to 3650. Two weeks before the end it warns.",
    make: "Make it",
    secretTitle: (name: string) => `Token ${name}`,
    secretText: "Put it where the program takes it, as “Authorization: Bearer …” or as MQTT password.",
    revoke: "Revoke this token",
    revokeText: "The program that uses it is shut out at once. Make the new one first if it is to go on.",
    revokeSure: "Revoke",
    unknown: "There is no such token",
    unknownText: "It was revoked, or the address is wrong.",
  },
};

export type AccessWords = typeof en;

const de: AccessWords = {
  users: {
    question: "Wer darf herein?",
    headline: (people, waiting) => {
      const first = people === 1 ? "Eine Person darf herein: Sie" : `${people} Personen dürfen herein`;
      if (waiting === 0) return `${first}.`;
      return `${first}; ${waiting === 1 ? "eine hat" : `${waiting} haben`} noch kein eigenes Passwort gewählt.`;
    },
    add: "Person hinzufügen",
    name: "Person",
    role: "Rolle",
    lastLogin: "Letzte Anmeldung",
    state: "Zustand",
    states: {
      disabled: "gesperrt",
      first: "muss ein Passwort wählen",
      "logged-in": "angemeldet",
      out: "abgemeldet",
    },
    you: "Sie",
    addTitle: "Person hinzufügen",
    userName: "Benutzername",
    userNameHint: "zum Anmelden; ändert sich nie. a-z, 0-9, Punkt, Unterstrich, Bindestrich",
    displayName: "Name für Menschen",
    displayNameHint: "wie Anna Weber; kann leer bleiben",
    household: "Haushalt",
    householdHint: "wie flat-3. a-z, 0-9, Punkt, Unterstrich, Bindestrich",
    disabled: "Darf sich zurzeit nicht anmelden",
    disabledHint: "Beendet offene Sitzungen. Was diese Person tat, bleibt im Protokoll.",
    save: "Speichern",
    saved: "Gespeichert.",
    unchanged: "Noch ist nichts geändert.",
    passwordTitle: (name) => `Erstes Passwort von ${name}`,
    passwordText: (name) =>
      `Geben Sie es ${name} von Hand oder am Telefon. Bei der ersten Anmeldung ist es gegen eines zu tauschen, das nur ${name} kennt.`,
    reset: "Neues erstes Passwort",
    resetText: "Für jemanden, der seines vergessen hat. Seine Sitzungen enden damit.",
    resetSure: "Neues erstes Passwort machen",
    remove: "Diese Person entfernen",
    removeText: "Sie kann sich nicht mehr anmelden. Was sie tat, bleibt unter ihrem Namen im Protokoll.",
    removeSure: "Entfernen",
    ownPassword: "Ihr eigenes Passwort ändern Sie unter",
    unknown: "Diese Person gibt es nicht",
    unknownText: "Sie wurde entfernt, oder sie heißt anders.",
  },
  tokens: {
    question: "Welche Programme dürfen herein?",
    none: "Noch kommt kein Programm von Ihnen herein.",
    noneTitle: "Wozu ein Token da ist",
    noneText:
      "Ein Token lässt ein Programm herein: ein Skript, eine Anzeige, eine Maschine, die Einträge sendet. Es nennt, was das Programm darf, endet an einem Tag und wird hier widerrufen, ohne etwas anderes zu berühren. Node-RED auf diesem Gateway braucht keines.",
    headline: (tokens, soon, ended) => {
      const first = tokens === 1 ? "Ein Programm darf herein" : `${tokens} Programme dürfen herein`;
      const parts = [
        ended === 0 ? "" : ended === 1 ? "ein Token ist abgelaufen" : `${ended} Token sind abgelaufen`,
        soon === 0 ? "" : soon === 1 ? "ein Token läuft bald ab" : `${soon} Token laufen bald ab`,
      ].filter((part) => part !== "");
      return parts.length === 0 ? `${first}.` : `${first}; ${parts.join(", ")}.`;
    },
    add: "Token anlegen",
    name: "Name",
    scopes: "Darf",
    madeBy: "Angelegt von",
    made: "Angelegt",
    lastUsed: "Zuletzt benutzt",
    ends: "Endet",
    states: {
      valid: (date) => date,
      expiring: (date, days) =>
        days <= 0 ? `${date}, binnen eines Tages` : days === 1 ? `${date}, in einem Tag` : `${date}, in ${days} Tagen`,
      expired: (date) => `endete ${date}`,
    },
    ago: (ago) => `vor ${ago}`,
    addTitle: "Token anlegen",
    nameHint: "was es benutzt, wie line-7 oder dashboard. Buchstaben, Ziffern, Punkt, Unterstrich, Bindestrich",
    scopesHint: "So wenig, wie das Programm braucht.",
    days: "Gültig für (Tage)",
    daysHint: "1 bis 3650. Zwei Wochen vor dem Ende warnt es.",
    make: "Anlegen",
    secretTitle: (name) => `Token ${name}`,
    secretText: "Dort eintragen, wo das Programm es nimmt, als „Authorization: Bearer …“ oder als MQTT-Passwort.",
    revoke: "Dieses Token widerrufen",
    revokeText: "Das Programm, das es benutzt, bleibt sofort draußen. Soll es weitergehen, erst das neue anlegen.",
    revokeSure: "Widerrufen",
    unknown: "Dieses Token gibt es nicht",
    unknownText: "Es wurde widerrufen, oder die Adresse stimmt nicht.",
  },
};

export const ACCESS_WORDS = {en, de};
