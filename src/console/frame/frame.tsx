import type {ComponentType} from "preact";
import {useEffect, useState} from "preact/hooks";
import {titleOf} from "../alarms.ts";
import {age, clockTime} from "../format.ts";
import {language, wordsIn} from "../language.ts";
import {alarms, lostSince, now, status} from "../live.ts";
import {pathTo, place} from "../location.ts";
import {Empty} from "../parts/empty.tsx";
import {Icon} from "../parts/icon.tsx";
import {State} from "../parts/state.tsx";
import {logOut, may, personName} from "../session.ts";
import {AlarmSheet, Bell} from "./alarm-sheet.tsx";
import {isInRail, type PageEntry, pagesOfPerson} from "./pages.ts";

const WORDS = {
  en: {
    navigation: "Pages",
    skip: "To the page",
    notices: "Notices",
    demo: "Simulated site: the machines are not real, the Tangle and its proofs are.",
    ownSite: "Set up your own site",
    lost: (since: string) => `No connection to the gateway for ${since}. What you see is as old as that.`,
    synced: "clock synchronised",
    unsynced: "clock not synchronised",
    nodeGood: "Tangle in step",
    nodeBad: "Tangle not in step",
    notHere: "There is nothing here",
    notHereText: "The address is wrong, or your role does not use this page.",
    toOverview: "To the overview",
    account: (name: string) => `Your account: ${name}`,
    logOut: "Log out",
    loading: "Loading …",
    failed: "This part of the console could not be loaded. Load the page again.",
  },
  de: {
    navigation: "Seiten",
    skip: "Zur Seite",
    notices: "Hinweise",
    demo: "Simulierte Anlage: Die Maschinen sind nicht echt, das Tangle und seine Nachweise schon.",
    ownSite: "Eigene Anlage einrichten",
    lost: (since: string) => `Keine Verbindung zum Gateway seit ${since}. So alt ist, was Sie sehen.`,
    synced: "Uhr synchronisiert",
    unsynced: "Uhr nicht synchronisiert",
    nodeGood: "Tangle auf dem Stand",
    nodeBad: "Tangle nicht auf dem Stand",
    notHere: "Hier ist nichts",
    notHereText: "Die Adresse stimmt nicht, oder Ihre Rolle hat diese Seite nicht.",
    toOverview: "Zur Übersicht",
    account: (name: string) => `Ihr Konto: ${name}`,
    logOut: "Abmelden",
    loading: "Lädt …",
    failed: "Dieser Teil der Konsole konnte nicht geladen werden. Seite neu laden.",
  },
};

/** Rail, top line and the page of the address. */
export function Frame() {
  const words = wordsIn(WORDS);
  const pages = pagesOfPerson();
  // Who has no overview begins with the first page there is.
  const current = place.value.path[0] ?? pages[0]?.name ?? "";
  const title = titleOf(status.value?.site ?? null, alarms.value);
  useEffect(() => {
    document.title = title;
    return () => {
      document.title = titleOf(null, []);
    };
  }, [title]);
  return (
    <div class="frame">
      <a class="unseen skip" href="#content" data-reload>
        {words.skip}
      </a>
      <nav class="rail" aria-label={words.navigation}>
        <a class="mark" href="/" aria-label="Tanglegate">
          <img src="/icon.svg" alt="" width="28" height="28" />
          <span>Tanglegate</span>
        </a>
        {pages.filter(isInRail).map(({name, icon, words: label}) => (
          <a key={name} class="page" href={`/${name}`} aria-current={name === current ? "page" : undefined}>
            <Icon name={icon} size={22} />
            <span>{wordsIn(label)}</span>
          </a>
        ))}
      </nav>
      <div class="side">
        <TopLine />
        <Ribbons />
        <main class="content" id="content" tabIndex={-1}>
          <CurrentPage key={current} entry={pages.find(({name}) => name === current)} />
        </main>
      </div>
      <AlarmSheet />
    </div>
  );
}

function TopLine() {
  const words = wordsIn(WORDS);
  const facts = status.value;
  return (
    <header class="top">
      <span class="site">{facts?.site ?? "Tanglegate"}</span>
      <div class="facts">
        {facts === null ? null : (
          <>
            <State mood={facts.node.isHealthy ? "good" : "bad"}>
              <span class="wide">{facts.node.isHealthy ? words.nodeGood : words.nodeBad}</span>
            </State>
            <span class="wide" title={facts.clock.source}>
              <span class="roomy">{clockTime(now.value, language.value)} · </span>
              {facts.clock.isSynchronised ? words.synced : <strong>{words.unsynced}</strong>}
            </span>
          </>
        )}
        {may("gateway:read") ? <Bell /> : null}
        <a class="row person" href={pathTo("settings")} aria-label={words.account(personName.value)}>
          <Icon name="person" size={18} />
          <span class="wide roomy">{personName.value}</span>
        </a>
        <button class="button plain wide roomy" type="button" onClick={() => void logOut()}>
          {words.logOut}
        </button>
      </div>
    </header>
  );
}

function Ribbons() {
  const words = wordsIn(WORDS);
  return (
    <aside aria-label={words.notices}>
      {lostSince.value === null ? null : (
        <p class="ribbon lost" role="status">
          {words.lost(age(now.value - lostSince.value, language.value))}
        </p>
      )}
      {status.value?.isDemo ? (
        <p class="ribbon">
          <span>{words.demo}</span>
          {may("admin") ? <a href={pathTo("setup")}>{words.ownSite}</a> : null}
        </p>
      ) : null}
    </aside>
  );
}

function CurrentPage({entry}: {entry: PageEntry | undefined}) {
  const words = wordsIn(WORDS);
  const [loaded, setLoaded] = useState<{Page: ComponentType} | "loading" | "failed">("loading");
  useEffect(() => {
    entry?.load().then(
      (Page) => setLoaded({Page}),
      () => setLoaded("failed"),
    );
  }, [entry]);
  if (entry === undefined)
    return (
      <Empty title={words.notHere} isPage>
        <p>{words.notHereText}</p>
        <p>
          <a href="/">{words.toOverview}</a>
        </p>
      </Empty>
    );
  if (loaded === "failed") return <p class="problem">{words.failed}</p>;
  if (loaded === "loading")
    return (
      <p class="quiet" role="status">
        {words.loading}
      </p>
    );
  const {Page} = loaded;
  return (
    <div class="page">
      <Page />
    </div>
  );
}
