import "./overview.css";
import type {Alarm, MachineVerdict} from "../../../client/index.ts";
import {count, dayAndTime} from "../../format.ts";
import {language, wordsIn} from "../../language.ts";
import {alarms, devices, milestones, now, status, verdicts} from "../../live.ts";
import {pathTo} from "../../location.ts";
import {alarmWords, placeOf} from "../../parts/alarm-words.ts";
import {DeviceCard} from "../../parts/device-card.tsx";
import {Empty} from "../../parts/empty.tsx";
import {PageHead} from "../../parts/page-head.tsx";
import {State} from "../../parts/state.tsx";
import {verdictWords} from "../../parts/verdict.ts";
import {may} from "../../session.ts";
import {isSerious, type Need, needsOf} from "./headline.ts";
import {type OverviewWords, WORDS} from "./words.ts";

const VALUES_SHOWN = 5;
const MACHINES_SHOWN = 12;

/** Is everything well? */
export function Overview() {
  const words = wordsIn(WORDS);
  if (status.value === null) return <p class="quiet">{words.loading}</p>;
  const facts = {status: status.value, alarms: alarms.value, verdicts: verdicts.value, devices: devices.value};
  const needs = needsOf(facts);
  const serious = needs.filter(isSerious);
  return (
    <>
      <PageHead question={words.question}>
        {serious.length > 0
          ? words.needs(serious.length)
          : needs.length > 0
            ? words.warned(needs.length)
            : wellSentence(words)}
      </PageHead>
      {needs.length === 0 ? null : (
        <section class="card" aria-labelledby="needs">
          <h2 id="needs" class="unseen">
            {words.needsHead}
          </h2>
          <ul class="todo">
            {needs.map((need) => (
              <NeedRow key={JSON.stringify(need)} need={need} />
            ))}
          </ul>
        </section>
      )}
      <div class="sections">
        <section class="stack" aria-labelledby="values">
          <div class="row spread">
            <h2 id="values">{words.values}</h2>
            {may("field:read") ? <a href={pathTo("devices")}>{words.allDevices}</a> : null}
          </div>
          {facts.devices.length === 0 ? (
            <Empty title={words.noDevices}>
              <p>{words.noDevicesText}</p>
              {facts.status.nodeRedUrl === null ? null : (
                <p>
                  <a class="button" href={facts.status.nodeRedUrl} target="_blank" rel="noreferrer">
                    {words.openNodeRed}
                  </a>
                </p>
              )}
            </Empty>
          ) : (
            facts.devices.map((device) => (
              <DeviceCard key={device.id} device={device} values={VALUES_SHOWN} heading="h3" />
            ))
          )}
        </section>
        <div class="stack">
          <section class="stack tight" aria-labelledby="machines">
            <div class="row spread">
              <h2 id="machines">{words.machines}</h2>
              {may("audit:read") ? <a href={pathTo("audit")}>{words.toAudit}</a> : null}
            </div>
            <div class="card">
              {facts.verdicts.length === 0 ? (
                <p>{words.noMachines}</p>
              ) : (
                <ul class="machine-list">
                  {facts.verdicts.slice(0, MACHINES_SHOWN).map((verdict) => (
                    <MachineRow key={verdict.machine} verdict={verdict} />
                  ))}
                </ul>
              )}
              {facts.verdicts.length > MACHINES_SHOWN ? (
                <p class="small quiet">{words.moreMachines(facts.verdicts.length - MACHINES_SHOWN)}</p>
              ) : null}
            </div>
          </section>
          <Pulse />
          {facts.status.nodeRedUrl === null ? null : (
            <p>
              <a href={facts.status.nodeRedUrl} target="_blank" rel="noreferrer">
                {words.flows}
              </a>
            </p>
          )}
        </div>
      </div>
    </>
  );
}

function wellSentence(words: OverviewWords): string {
  const {audit, field} = status.value!;
  return words.well(count(audit.entries, language.value), audit.entries, field.devices, audit.waiting);
}

function NeedRow({need}: {need: Need}) {
  const words = wordsIn(WORDS);
  switch (need.kind) {
    case "alarm":
      return <AlarmRow alarm={need.alarm} />;
    case "broken":
      return (
        <li>
          <State mood="bad">{words.brokenMachine(need.machine, count(need.seq, language.value))}</State>
          <p>{need.because}</p>
          <a href={pathTo("audit", need.machine)}>{words.look}</a>
        </li>
      );
    case "audit-stopped":
      return (
        <li>
          <State mood="bad">{words.auditStopped}</State>
          <p>{need.because}</p>
        </li>
      );
    case "node":
      return (
        <li>
          <State mood="bad">{words.nodeBad}</State>
          <p>{need.because}</p>
        </li>
      );
    case "field-gone":
      return (
        <li>
          <State mood="bad">{words.fieldGone}</State>
          <p>{words.fieldGoneText}</p>
        </li>
      );
    case "device":
      return (
        <li>
          <State mood={need.isStale ? "wait" : "bad"}>{words.deviceFault(need.name)}</State>
          <p>
            {need.reason} {need.remedy}
          </p>
          <a href={pathTo("devices", need.device)}>{words.look}</a>
        </li>
      );
    case "clock":
      return (
        <li>
          <State mood="wait">{words.clockBad}</State>
          <p>{words.clockBadText}</p>
        </li>
      );
  }
}

function AlarmRow({alarm}: {alarm: Alarm}) {
  const words = wordsIn(WORDS);
  const {sentence, remedy, detail} = alarmWords(alarm, language.value, devices.value);
  const where = placeOf(alarm);
  return (
    <li>
      <State mood={alarm.severity === "alarm" ? "bad" : "wait"}>{sentence}</State>
      {detail === null ? null : (
        <p class="small quiet" lang="en">
          {detail}
        </p>
      )}
      <p>{remedy}</p>
      <div class="row">
        {where === null ? null : <a href={pathTo(...where)}>{words.look}</a>}
        <span class="small quiet">{words.since(dayAndTime(alarm.since, language.value, now.value))}</span>
        {alarm.acknowledged === null ? null : (
          <span class="small quiet">{words.noted(alarm.acknowledged.by.replace(/^[a-z]+:/, ""))}</span>
        )}
      </div>
    </li>
  );
}

function MachineRow({verdict}: {verdict: MachineVerdict}) {
  const {mood, word, anchor} = verdictWords(verdict);
  return (
    <li>
      <div class="row spread">
        <a href={pathTo("audit", verdict.machine)}>{verdict.machine}</a>
        <State mood={mood}>{word}</State>
      </div>
      <p class="small quiet">{anchor}</p>
    </li>
  );
}

function Pulse() {
  const words = wordsIn(WORDS);
  const shown = milestones.value;
  const most = Math.max(1, ...shown.map(({referencedBlocks}) => referencedBlocks));
  const latest = status.value?.node.milestone ?? null;
  return (
    <section class="stack tight" aria-labelledby="tangle">
      <div class="row spread">
        <h2 id="tangle">{words.tangle}</h2>
        <a href={pathTo("tangle")}>{words.toTangle}</a>
      </div>
      <div class="card stack tight">
        <p>{latest === null ? words.noMilestone : words.milestone(count(latest.index, language.value))}</p>
        <div class="pulse" role="img" aria-label={words.pulse}>
          {shown.map(({index, referencedBlocks}) => (
            <i key={index} style={{height: `${(referencedBlocks / most) * 100}%`}} />
          ))}
        </div>
        <p class="small quiet">{words.pulse}</p>
      </div>
    </section>
  );
}
