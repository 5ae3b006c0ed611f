const en = {
  question: "Is everything well?",
  loading: "Loading …",
  needs: (needs: number) => (needs === 1 ? "One thing needs you." : `${needs} things need you.`),
  warned: (warnings: number) =>
    warnings === 1
      ? "One thing to look at when you have time; all else is well."
      : `${warnings} things to look at when you have time; all else is well.`,
  since: (time: string) => `since ${time}`,
  noted: (by: string) => `${by} took note of it`,
  needsHead: "What needs you",
  well: (entries: string, entryCount: number, devices: number, waiting: number) => {
    const first =
      entryCount === 0
        ? "All is well; nothing is recorded yet"
        : `All is well: ${entryCount === 1 ? "the one audit entry checks" : `all ${entries} audit entries check`}`;
    const second = devices === 0 ? "" : devices === 1 ? ", one device is read" : `, ${devices} devices are read`;
    return `${first}${second}${waiting > 0 ? "; the newest entries wait for their anchor" : ""}.`;
  },
  values: "Live values",
  allDevices: "All devices",
  noDevices: "No device yet",
  noDevicesText:
    "A device is a meter or a machine that the gateway reads. Define the first one under Devices, or in Node-RED: drag “device read” onto a flow and press + beside its device.",
  openNodeRed: "Open Node-RED",
  machines: "Audit trail",
  toAudit: "To the audit trail",
  noMachines: "Nothing recorded yet. A flow writes the first entry as soon as a machine changes its state.",
  moreMachines: (more: number) => `and ${more} more`,
  tangle: "Tangle",
  toTangle: "Watch it live",
  noMilestone: "No milestone yet.",
  milestone: (index: string) => `Milestone ${index} is confirmed.`,
  pulse: "Blocks that each of the last 60 milestones took, the newest at the right",
  flows: "Flows in Node-RED",
  look: "Look at it",
  brokenMachine: (machine: string, seq: string) => `The log of ${machine} is broken at entry ${seq}`,
  auditStopped: "No audit entries are accepted",
  nodeBad: "The Tangle node is not in step",
  fieldGone: "The field process does not answer",
  fieldGoneText: "No device is read at the moment. It is started again by itself; if this lasts, its log says why.",
  deviceFault: (name: string) => `${name} is not read`,
  clockBad: "The clock is not synchronised",
  clockBadText:
    "Entries are recorded and marked so; switch on NTP on this machine, so that their times prove something.",
};

export type OverviewWords = typeof en;

const de: OverviewWords = {
  question: "Ist alles in Ordnung?",
  loading: "Lädt …",
  needs: (needs) => (needs === 1 ? "Eine Sache braucht Sie." : `${needs} Dinge brauchen Sie.`),
  warned: (warnings) =>
    warnings === 1
      ? "Eine Sache, die Zeit hat; alles andere ist in Ordnung."
      : `${warnings} Dinge, die Zeit haben; alles andere ist in Ordnung.`,
  since: (time) => `seit ${time}`,
  noted: (by) => `${by} hat es zur Kenntnis genommen`,
  needsHead: "Was Sie braucht",
  well: (entries, entryCount, devices, waiting) => {
    const first =
      entryCount === 0
        ? "Alles in Ordnung; noch ist nichts aufgezeichnet"
        : `Alles in Ordnung: ${entryCount === 1 ? "der eine Protokolleintrag stimmt" : `alle ${entries} Protokolleinträge stimmen`}`;
    const second =
      devices === 0 ? "" : devices === 1 ? ", ein Gerät wird gelesen" : `, ${devices} Geräte werden gelesen`;
    return `${first}${second}${waiting > 0 ? "; die neuesten warten auf ihren Anker" : ""}.`;
  },
  values: "Messwerte",
  allDevices: "Alle Geräte",
  noDevices: "Noch kein Gerät",
  noDevicesText:
    "Ein Gerät ist ein Zähler oder eine Maschine, die das Gateway liest. Das erste legen Sie unter Geräte an oder in Node-RED: „device read“ in einen Ablauf ziehen und neben dem Gerät + drücken.",
  openNodeRed: "Node-RED öffnen",
  machines: "Protokoll",
  toAudit: "Zum Protokoll",
  noMachines:
    "Noch nichts aufgezeichnet. Ein Ablauf schreibt den ersten Eintrag, sobald eine Maschine ihren Zustand wechselt.",
  moreMachines: (more) => `und ${more} weitere`,
  tangle: "Tangle",
  toTangle: "Live ansehen",
  noMilestone: "Noch kein Meilenstein.",
  milestone: (index) => `Meilenstein ${index} ist bestätigt.`,
  pulse: "Blöcke, die jeder der letzten 60 Meilensteine aufnahm, der neueste rechts",
  flows: "Abläufe in Node-RED",
  look: "Ansehen",
  brokenMachine: (machine, seq) => `Das Protokoll von ${machine} ist ab Eintrag ${seq} beschädigt`,
  auditStopped: "Es werden keine Protokolleinträge angenommen",
  nodeBad: "Der Tangle-Knoten ist nicht auf dem Stand",
  fieldGone: "Der Feldprozess antwortet nicht",
  fieldGoneText:
    "Zurzeit wird kein Gerät gelesen. Er wird von selbst neu gestartet; hält es an, sagt sein Protokoll warum.",
  deviceFault: (name) => `${name} wird nicht gelesen`,
  clockBad: "Die Uhr ist nicht synchronisiert",
  clockBadText:
    "Einträge werden aufgezeichnet und so vermerkt; NTP auf dieser Maschine einschalten, damit ihre Zeiten etwas beweisen.",
};

export const WORDS = {en, de};
