import "./settings.css";
import {useEffect, useRef} from "preact/hooks";
import {wordsIn} from "../../language.ts";
import {pathTo, place} from "../../location.ts";
import {Empty} from "../../parts/empty.tsx";
import {may} from "../../session.ts";
import {Account} from "./account.tsx";
import {Rights} from "./rights.tsx";
import {type Tab, tabOf, tabsFor} from "./rules.ts";
import {Sessions} from "./sessions.tsx";
import {System} from "./system.tsx";
import {Tokens} from "./tokens.tsx";
import {Users} from "./users.tsx";
import {WORDS} from "./words.ts";

const PARTS = {account: Account, users: Users, tokens: Tokens, sessions: Sessions, rights: Rights, system: System};

/** One's own account for everybody; people, tokens and the system for whoever has the right. */
export function SettingsPage() {
  const words = wordsIn(WORDS);
  const tab = tabOf(place.value.path[1], may);
  const Part = tab === null ? NoPart : PARTS[tab];
  const tabs = useRef<HTMLElement>(null);
  // On a phone not all tabs fit: the present one is in sight.
  useEffect(() => {
    tabs.current?.querySelector("[aria-current]")?.scrollIntoView({block: "nearest", inline: "center"});
  }, [tab]);
  return (
    <>
      <nav class="tabs" aria-label={words.tabsLabel} ref={tabs}>
        {tabsFor(may).map((name) => (
          <a key={name} href={hrefOf(name)} aria-current={name === tab ? "page" : undefined}>
            {words.tabs[name]}
          </a>
        ))}
      </nav>
      <Part />
    </>
  );
}

function NoPart() {
  const words = wordsIn(WORDS);
  return (
    <Empty title={words.noTab}>
      <p>{words.noTabText}</p>
      <p>
        <a href={hrefOf("account")}>{words.toAccount}</a>
      </p>
    </Empty>
  );
}

function hrefOf(tab: Tab): string {
  return tab === "account" ? pathTo("settings") : pathTo("settings", tab);
}
