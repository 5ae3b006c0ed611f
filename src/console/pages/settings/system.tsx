import type {GatewayStatus} from "../../../client/index.ts";
import {age, count, dayAndTime, liveFigure, THIN_SPACE} from "../../format.ts";
import {language, wordsIn} from "../../language.ts";
import {alarms, now, status} from "../../live.ts";
import {pathTo} from "../../location.ts";
import {Icon} from "../../parts/icon.tsx";
import {PageHead} from "../../parts/page-head.tsx";
import {State} from "../../parts/state.tsx";
import {may} from "../../session.ts";
import {ExposeCard} from "./expose-card.tsx";
import {StorageCard} from "./storage-card.tsx";
import {SYSTEM_WORDS} from "./system-words.ts";
import {WORDS} from "./words.ts";

/** How does this gateway do? */
export function System() {
  const words = wordsIn(SYSTEM_WORDS);
  const locale = language.value;
  const facts = status.value;
  if (facts === null) return <p class="quiet">{wordsIn(WORDS).loading}</p>;
  const isUnwell = !facts.node.isHealthy || alarms.value.some(({severity}) => severity === "alarm");
  return (
    <>
      <PageHead question={words.question}>
        {isUnwell
          ? words.unwell(facts.site)
          : words.headline(facts.site, age(now.value - Date.parse(facts.startedAt), locale))}
      </PageHead>
      <div class="halves">
        <GatewayCard facts={facts} />
        <div class="stack">
          <NetworkCard facts={facts} />
          <AddressCard facts={facts} />
        </div>
      </div>
      {may("audit:read") ? <StorageCard /> : null}
      <ExposeCard />
    </>
  );
}

function GatewayCard({facts}: {facts: GatewayStatus}) {
  const words = wordsIn(SYSTEM_WORDS);
  const locale = language.value;
  const {clock, field} = facts;
  return (
    <section class="card stack" aria-labelledby="gateway">
      <h2 id="gateway">{words.gateway}</h2>
      <dl class="facts">
        <dt>{words.version}</dt>
        <dd>{facts.version}</dd>
        <dt>{words.site}</dt>
        <dd>
          {facts.site}
          {facts.isDemo ? (
            <p class="small">
              <span class="quiet">{words.demo}</span>{" "}
              {may("admin") ? <a href={pathTo("setup")}>{words.ownSite}</a> : null}
            </p>
          ) : null}
        </dd>
        <dt>{words.since}</dt>
        <dd>{dayAndTime(facts.startedAt, locale, now.value)}</dd>
        <dt>{words.memory}</dt>
        <dd>
          {count(facts.rssMb, locale)}
          {THIN_SPACE}MB
        </dd>
        <dt>{words.field}</dt>
        <dd>
          {field.state === "running" ? (
            <State mood="good">{words.fieldRuns(field.devices)}</State>
          ) : (
            <State mood="bad">{words.fieldGone}</State>
          )}
        </dd>
        <dt>{words.clock}</dt>
        <dd>
          <State mood={clock.isSynchronised ? "good" : "wait"}>
            {clock.isSynchronised ? words.clockGood(clock.source) : words.clockBad(clock.source)}
          </State>
          {clock.uncertaintyMs === null ? null : (
            <p class="small quiet">{words.uncertainty(`${liveFigure(clock.uncertaintyMs, locale)}${THIN_SPACE}ms`)}</p>
          )}
        </dd>
      </dl>
    </section>
  );
}

function NetworkCard({facts}: {facts: GatewayStatus}) {
  const words = wordsIn(SYSTEM_WORDS);
  const locale = language.value;
  const {networkName, milestone} = facts.node;
  return (
    <section class="card stack" aria-labelledby="network">
      <h2 id="network">{words.network}</h2>
      <dl class="facts">
        <dt>{words.networkName}</dt>
        <dd>{networkName}</dd>
        <dt>{words.milestone}</dt>
        <dd>
          {milestone === null
            ? words.noMilestone
            : `${count(milestone.index, locale)}, ${dayAndTime(milestone.time, locale, now.value)}`}
        </dd>
      </dl>
      <p class="small quiet">{words.networkText}</p>
      <p>
        <a class="button second" href="/api/gateway/v1/network" download="network.json">
          <Icon name="download" size={18} />
          {words.networkFile}
        </a>
      </p>
    </section>
  );
}

function AddressCard({facts}: {facts: GatewayStatus}) {
  const words = wordsIn(SYSTEM_WORDS);
  return (
    <section class="card stack" aria-labelledby="addresses">
      <h2 id="addresses">{words.addresses}</h2>
      <dl class="facts">
        <dt>{words.console}</dt>
        <dd>{location.origin}</dd>
        {facts.nodeRedUrl === null ? null : (
          <>
            <dt>{words.nodeRed}</dt>
            <dd>
              <a href={facts.nodeRedUrl} target="_blank" rel="noreferrer">
                {facts.nodeRedUrl}
              </a>
            </dd>
          </>
        )}
        <dt>{words.mqtt}</dt>
        <dd class="small quiet">{words.mqttText}</dd>
      </dl>
    </section>
  );
}
