import type {DeviceStatus, MachineVerdict, Reading} from "../client/index.ts";
import {bars, element} from "./dom.ts";
import {MILESTONES_SHOWN, type View} from "./view.ts";
import type {Words} from "./words.ts";

const POINTS_SHOWN = 12;

/** What a person can do on the page besides looking. */
export interface Actions {
  readonly leave: () => void;
  readonly changePassword: () => void;
}

/** The page's elements for what is known now: the answer first, then the machines, the pulse of the Tangle, the values. */
export function overview(view: View, words: Words, actions: Actions): HTMLElement[] {
  const {status} = view;
  const menu = element(
    "nav",
    {},
    plainButton(words.changePassword, actions.changePassword),
    plainButton(words.logout, actions.leave),
  );
  const clock = status.clock.isSynchronised ? words.clockSynced : words.clockUnsynced;
  return [
    element(
      "header",
      {},
      element("strong", {}, status.site),
      element("span", {}, `${timeOf(status.now)}, ${clock}`),
      menu,
    ),
    ...(status.isDemo ? [element("p", {class: "ribbon"}, words.demo)] : []),
    element("h1", {}, headline(view, words)),
    ...(status.nodeRedUrl === null ? [] : [element("p", {}, element("a", {href: status.nodeRedUrl}, words.nodeRed))]),
    element("h2", {}, words.machines),
    element("div", {class: "cards"}, ...view.verdicts.map((verdict) => verdictCard(verdict, words))),
    element("h2", {}, words.milestones),
    ...pulse(view, words),
    element("h2", {}, words.liveValues),
    ...deviceCards(view, words),
  ];
}

function plainButton(text: string, action: () => void): HTMLElement {
  const button = element("button", {class: "plain", type: "button"}, text);
  button.addEventListener("click", action);
  return button;
}

function headline({status, verdicts}: View, words: Words): string {
  const broken = verdicts.find((verdict) => verdict.broken !== null);
  if (broken?.broken) return words.broken(broken.machine, figure(broken.broken.seq));
  if (status.audit.because !== null) return words.auditStopped(status.audit.because);
  if (!status.node.isHealthy) return words.nodeSick(status.node.because ?? "");
  if (status.audit.entries === 0) return words.noEntries;
  const {entries, waiting} = status.audit;
  return waiting === 0 ? words.allVerified(entries) : words.someWaiting(entries, waiting);
}

function verdictCard(verdict: MachineVerdict, words: Words): HTMLElement {
  const [look, text] =
    verdict.broken !== null
      ? ["bad", `✕ ${words.brokenAt(figure(verdict.broken.seq), verdict.broken.because)}`]
      : verdict.state === "verified"
        ? ["good", `✓ ${words.verified}`]
        : ["wait", `… ${words.waiting}`];
  const anchor =
    verdict.lastAnchor === null
      ? words.neverAnchored
      : words.lastAnchor(timeOf(verdict.lastAnchor.time), figure(verdict.lastAnchor.milestoneIndex));
  return element(
    "section",
    {class: "card"},
    element("h3", {}, verdict.machine),
    element("p", {class: `state ${look}`}, text),
    element("p", {class: "quiet"}, `${words.entries(verdict.entries)}. ${anchor}`),
  );
}

function pulse({milestones, status}: View, words: Words): HTMLElement[] {
  const latest = status.node.milestone;
  const now = latest === null ? "" : words.milestoneNow(figure(latest.index), timeOf(latest.time));
  const picture = element("div", {});
  const caption = element("p", {class: "quiet"}, words.pulseText);
  if (milestones.length > 0) {
    picture.append(
      bars(
        milestones.map((milestone) => milestone.referencedBlocks),
        MILESTONES_SHOWN,
        words.pulseText,
      ),
    );
  }
  return [element("p", {}, now), picture, ...(milestones.length > 0 ? [caption] : [])];
}

function deviceCards(view: View, words: Words): HTMLElement[] {
  if (view.status.field.state !== "running") return [element("p", {class: "state bad"}, words.fieldSilent)];
  if (view.devices.length === 0) return [element("p", {}, words.noDevices)];
  return [element("div", {class: "cards"}, ...view.devices.map((device) => deviceCard(device, view, words)))];
}

function deviceCard(device: DeviceStatus, view: View, words: Words): HTMLElement {
  const look = {connected: "good", connecting: "wait", stale: "wait", fault: "bad"}[device.state];
  const readings = device.points
    .map((point) => view.readings.get(`${device.id}/${point.name}`))
    .filter((reading) => reading !== undefined)
    // Measured values first; what a device says of itself, or does not have, after them.
    .sort((a, b) => rankOf(a) - rankOf(b));
  const rest = readings.slice(POINTS_SHOWN);
  return element(
    "section",
    {class: "card"},
    element("h3", {}, device.name),
    element("p", {class: `state ${look}`}, words.states[device.state]),
    ...(device.reason === null ? [] : [element("p", {}, [device.reason, device.remedy ?? ""].join(" "))]),
    readingTable(readings.slice(0, POINTS_SHOWN), device, words),
    ...(rest.length === 0 ? [] : [moreReadings(rest, device, view, words)]),
  );
}

// The page is drawn anew for every reading, so what the person has opened is kept in the view.
function moreReadings(readings: readonly Reading[], device: DeviceStatus, view: View, words: Words): HTMLElement {
  const summary = element("summary", {}, words.moreValues(readings.length));
  summary.addEventListener("click", () => {
    if (!view.opened.delete(device.id)) view.opened.add(device.id);
  });
  const attributes: Record<string, string> = view.opened.has(device.id) ? {open: ""} : {};
  return element("details", attributes, summary, readingTable(readings, device, words));
}

function readingTable(readings: readonly Reading[], device: DeviceStatus, words: Words): HTMLElement {
  const head = element("tr", {}, element("th", {}, words.point), element("th", {class: "figure"}, words.reading));
  const table = element("table", {}, head, ...readings.map((reading) => readingRow(reading, device, words)));
  return element("div", {class: "scroll"}, table);
}

function rankOf({value, unit}: Reading): number {
  if (value === null) return 2;
  return typeof value === "string" && unit === null ? 1 : 0;
}

function readingRow(reading: Reading, device: DeviceStatus, words: Words): HTMLElement {
  const name = device.points.find((point) => point.name === reading.point);
  const word = name?.values?.[String(reading.value)];
  const value = reading.value === null ? words.noValue : (word ?? valueText(reading.value));
  const unit = reading.unit === null || reading.value === null ? "" : ` ${reading.unit}`;
  const isFresh = reading.quality === "good";
  return element(
    "tr",
    {},
    element("td", {title: name?.description ?? ""}, reading.point),
    element(
      "td",
      {class: isFresh ? "figure" : "figure state wait", title: reading.reason ?? reading.sourceTime},
      value + unit,
    ),
  );
}

function valueText(value: number | string | boolean): string {
  return typeof value === "number" ? value.toLocaleString(undefined, {maximumSignificantDigits: 5}) : String(value);
}

function figure(value: number): string {
  return value.toLocaleString();
}

function timeOf(utc: string): string {
  return new Date(utc).toLocaleTimeString();
}
