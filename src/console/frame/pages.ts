// The pages of the console: where they are, who sees them, and when their code is loaded.

import type {ComponentType} from "preact";
import type {IconName} from "../parts/icon.tsx";
import {may} from "../session.ts";

export interface PageEntry {
  /** First part of the path; empty for the overview. */
  readonly name: string;
  readonly icon: IconName;
  readonly words: {readonly en: string; readonly de: string};
  /** Scope without which the page is not offered; null: everybody has it. */
  readonly scope: string | null;
  /** False: reached by links alone. */
  readonly isInRail?: boolean;
  readonly load: () => Promise<ComponentType>;
}

export const PAGES: readonly PageEntry[] = [
  {
    name: "",
    icon: "overview",
    words: {en: "Overview", de: "Übersicht"},
    scope: "gateway:read",
    load: async () => (await import("../pages/overview/overview.tsx")).Overview,
  },
  {
    name: "audit",
    icon: "audit",
    words: {en: "Audit", de: "Protokoll"},
    scope: "audit:read",
    load: async () => (await import("../pages/audit/audit.tsx")).AuditPage,
  },
  {
    name: "devices",
    icon: "devices",
    words: {en: "Devices", de: "Geräte"},
    scope: "field:read",
    load: async () => (await import("../pages/devices/devices.tsx")).DevicesPage,
  },
  {
    name: "tangle",
    icon: "tangle",
    words: {en: "Tangle", de: "Tangle"},
    scope: "gateway:read",
    load: async () => (await import("../pages/tangle/tangle.tsx")).TanglePage,
  },
  {
    name: "settings",
    icon: "settings",
    words: {en: "Settings", de: "Einstel\u00adlungen"},
    scope: null,
    load: async () => (await import("../pages/settings/settings.tsx")).SettingsPage,
  },
  {
    name: "setup",
    icon: "settings",
    words: {en: "Setup", de: "Einrichten"},
    scope: "admin",
    isInRail: false,
    load: async () => (await import("../pages/setup/setup.tsx")).SetupPage,
  },
];

/** The pages that this person uses. */
export function pagesOfPerson(): readonly PageEntry[] {
  return PAGES.filter(({scope}) => scope === null || may(scope));
}

export function isInRail({isInRail = true}: PageEntry): boolean {
  return isInRail;
}
