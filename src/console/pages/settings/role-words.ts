// Roles and scopes in words. English sentences come from the gateway, which made them; German ones stand here by name, and what this page
// does not know yet is shown as the gateway says it. Pure.

import type {Role, RoleSummary, ScopeSummary} from "../../../client/index.ts";
import type {Locale} from "../../format.ts";

const ROLE_NAMES: Readonly<Record<Locale, Readonly<Record<Role, string>>>> = {
  en: {
    viewer: "viewer",
    reviewer: "reviewer",
    maintainer: "maintainer",
    operator: "operator",
    admin: "administrator",
    household: "household",
  },
  de: {
    viewer: "Ansicht",
    reviewer: "Prüfung",
    maintainer: "Instandhaltung",
    operator: "Bedienung",
    admin: "Verwaltung",
    household: "Haushalt",
  },
};

const ROLES_GERMAN: Readonly<Record<Role, string>> = {
  viewer: "Sieht alles an, ändert nichts.",
  reviewer: "Sieht alles an, prüft das Protokoll und exportiert es.",
  maintainer: "Richtet Geräte ein und hält das Gateway am Laufen.",
  operator: "Bedient Maschinen: schreibt Sollwerte.",
  admin: "Tut alles und entscheidet, wer was darf.",
  household: "Gehört zu einem Haushalt; hat hier ein Konto und sieht nichts von der Anlage.",
};

const SCOPES_GERMAN: Readonly<Record<string, string>> = {
  "gateway:read": "Sehen, wie es Gateway und Tangle-Knoten geht.",
  "gateway:acknowledge": "Alarme zur Kenntnis nehmen.",
  "field:read": "Geräte und ihre Messwerte sehen, ein Gerät sofort lesen.",
  "field:write": "Sollwerte schreiben und Methoden von Geräten aufrufen.",
  "field:configure": "Geräte anlegen, ändern, probieren und entfernen.",
  "audit:read": "Das Protokoll, seine Urteile und Nachweise lesen.",
  "audit:append": "Einträge im Protokoll von Maschinen schreiben, im eigenen Namen.",
  "audit:check": "Das ganze Protokoll neu nachrechnen lassen.",
  "audit:export": "Was ein Filter im Protokoll findet, als Datei mitnehmen; jedes Mal wird aufgezeichnet.",
  "audit:review": "Einträge durchsehen und das mit Namen bestätigen.",
  "audit:erase": "Inhalte von Einträgen löschen; dass es geschah, bleibt.",
  "audit:impersonate": "Protokolleinträge im Namen anderer schreiben.",
  "blocks:post": "Blöcke ins Tangle senden, mit dem Arbeitsnachweis dieses Gateways.",
  "node:control": "Die Uhr des Knotens bestätigen, damit wieder Meilensteine entstehen.",
  "plant:control": "Der simulierten Anlage Störungen und ein anderes Tempo geben.",
  "node-red:read": "Die Abläufe in Node-RED ansehen.",
  "field:publish": "Messwerte und Zustände von Geräten veröffentlichen: nur der Feldprozess.",
  admin: "Alles tun, was Menschen dürfen, Abläufe ändern und entscheiden, wer was darf.",
};

const KIND_NAMES: Readonly<Record<Locale, Readonly<Record<"token" | "process", string>>>> = {
  en: {token: "token of a machine", process: "process of this gateway"},
  de: {token: "Token einer Maschine", process: "Prozess dieses Gateways"},
};

/** "maintainer", "Instandhaltung"; a role that this page does not know by its own name. */
export function roleName(role: string, locale: Locale): string {
  const names: Readonly<Record<string, string>> = {...ROLE_NAMES[locale], ...KIND_NAMES[locale]};
  return names[role] ?? role;
}

/** One sentence. */
export function roleMeaning({role, meaning}: Pick<RoleSummary, "role" | "meaning">, locale: Locale): string {
  return (locale === "de" ? ROLES_GERMAN[role] : undefined) ?? meaning;
}

/** One sentence. */
export function scopeMeaning({scope, meaning}: Pick<ScopeSummary, "scope" | "meaning">, locale: Locale): string {
  return (locale === "de" ? SCOPES_GERMAN[scope] : undefined) ?? meaning;
}
