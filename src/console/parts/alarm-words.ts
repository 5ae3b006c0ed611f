// An alarm in the person's language, and the page that shows its source. The gateway speaks English; what it says beyond the kind of
// trouble (why a read failed, which file) stays in its own words. Pure.

import type {Alarm, AlarmCondition, DeviceStatus} from "../../client/index.ts";
import type {Locale} from "../format.ts";

export interface AlarmWords {
  readonly sentence: string;
  readonly remedy: string;
  /** The gateway's own sentence, English, where ours says less; null where there is nothing more. */
  readonly detail: string | null;
}

interface Known {
  /** First parts of the id; what follows is the name. */
  readonly id: string;
  readonly sentence: (name: string, condition: AlarmCondition) => string;
  readonly remedy: string;
}

const EXPIRY_WORDS: Readonly<Record<string, string>> = {token: "Das Token", certificate: "Das Zertifikat"};

const GERMAN: readonly Known[] = [
  {
    id: "audit/not-accepting",
    sentence: () => "Es werden keine Protokolleinträge angenommen.",
    remedy:
      "Platz auf der Platte schaffen oder sie ersetzen, dann das Gateway neu starten. Die Maschinen laufen weiter; ihre Ereignisse werden solange nicht aufgezeichnet.",
  },
  {
    id: "audit/broken/",
    sentence: (name) => `Das Protokoll von ${name} ist beschädigt.`,
    remedy:
      "Nichts löschen. Auf der Seite Protokoll ansehen, welcher Eintrag nicht stimmt, und die Sicherung vergleichen.",
  },
  {
    id: "audit/unchecked/",
    sentence: (name) => `Das Protokoll von ${name} konnte nicht geprüft werden.`,
    remedy: "Auf der Seite Protokoll eine Prüfung verlangen. Schlägt sie wieder fehl, die Platte ansehen.",
  },
  {
    id: "audit/anchor-late",
    sentence: () => "Protokolle warten länger als sonst auf ihren Anker.",
    remedy:
      "Nachsehen, ob der Knoten gesund ist und ein Koordinator Meilensteine ausgibt. Aufgezeichnetes bleibt und wird später verankert.",
  },
  {
    id: "audit/review-overdue/",
    sentence: (name) => `Die Durchsicht von ${name} ist überfällig.`,
    remedy: "Seine kritischen Einträge auf der Seite Protokoll durchsehen.",
  },
  {
    id: "audit/erasure-unfinished",
    sentence: () => "Eine Löschung wurde nicht fertig.",
    remedy: "Die Platte ansehen, dann das Gateway neu starten: Es macht dort weiter, wo es aufhörte.",
  },
  {
    id: "audit/disk-nearly-full",
    sentence: () => "Die Platte ist fast voll.",
    remedy:
      "Platz schaffen, den Datenordner auf eine größere Platte legen oder audit.retention_days setzen. Eine volle Platte beendet die Aufzeichnung.",
  },
  {
    id: "node/unhealthy",
    sentence: () => "Der Tangle-Knoten ist nicht gesund.",
    remedy:
      "Tun, was der Satz des Gateways sagt. Einträge werden solange aufgezeichnet und verankert, sobald der Knoten gesund ist.",
  },
  {
    id: "clock/unsynchronised",
    sentence: () => "Die Uhr dieses Rechners ist nicht synchronisiert; Einträge sagen das neben ihrer Zeit.",
    remedy: "chrony oder systemd-timesyncd einen Zeitserver geben, der von hier erreichbar ist.",
  },
  {
    id: "field/unreachable",
    sentence: () => "Der Feldprozess antwortet nicht: Kein Gerät wird gelesen.",
    remedy: "Er wird von selbst neu gestartet. Kommt er nicht wieder, sagt sein Protokoll warum (`tanglegate doctor`).",
  },
  {
    id: "field/device/",
    sentence: (name, {severity}) =>
      severity === "alarm" ? `${name} kann nicht gelesen werden.` : `${name} gibt keine neuen Werte.`,
    remedy: "Gerät, Versorgung und Verdrahtung ansehen; der Grund steht auf seiner Seite.",
  },
  {
    id: "expiry/",
    sentence: (name, {severity}) => {
      const [kind = "", ...rest] = name.split("/");
      const what = `${EXPIRY_WORDS[kind] ?? kind} ${rest.join("/")}`;
      return severity === "alarm" ? `${what} ist abgelaufen.` : `${what} läuft bald ab.`;
    },
    remedy: "Rechtzeitig ein neues anlegen und dort eintragen, wo es verwendet wird; dann das alte widerrufen.",
  },
];

/** `devices`: what people call them. */
export function alarmWords(
  condition: AlarmCondition,
  locale: Locale,
  devices: readonly Pick<DeviceStatus, "id" | "name">[],
): AlarmWords {
  const {id, sentence, remedy} = condition;
  const known =
    locale === "en"
      ? undefined
      : GERMAN.find((kind) => (kind.id.endsWith("/") ? id.startsWith(kind.id) : id === kind.id));
  if (known === undefined) return {sentence, remedy, detail: null};
  const {kind, name: source} = condition.source;
  const device = kind === "device" ? devices.find((one) => one.id === source) : undefined;
  return {
    sentence: known.sentence(device?.name ?? id.slice(known.id.length), condition),
    remedy: known.remedy,
    detail: sentence,
  };
}

const PAGES_OF_PARTS: Readonly<Record<string, readonly string[]>> = {
  audit: ["audit"],
  node: ["tangle"],
  field: ["devices"],
  clock: ["settings", "system"],
};

/** Path of the page that shows where the trouble is; null when none does. */
export function placeOf({id, source}: Pick<Alarm, "id" | "source">): readonly string[] | null {
  switch (source.kind) {
    case "machine":
      return ["audit", source.name];
    case "device":
      return ["devices", source.name];
    case "part": {
      if (id.startsWith("expiry/token/")) return ["settings", "tokens"];
      if (id.startsWith("expiry/")) return ["settings", "system"];
      return PAGES_OF_PARTS[id.split("/")[0]!] ?? null;
    }
  }
}
