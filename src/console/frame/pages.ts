// The pages of the console: where they are, who sees them, and when their code is loaded.

import type {ComponentType} from "preact";
import type {IconName} from "../parts/icon.tsx";
import {may} from "../session.ts";

export interface PageEntry {
  /** First part of the path; empty for the overview. */
  readonly name: string;
  readonly icon: IconName;
  readonly words: {readonly en: string; readonly de: string};
  /** Scope without which the page is not offered. */
  readonly scope: string;
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
];

/** The pages that this person uses. */
export function pagesOfPerson(): readonly PageEntry[] {
  return PAGES.filter(({scope}) => may(scope));
}
