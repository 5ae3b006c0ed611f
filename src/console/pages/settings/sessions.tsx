import type {Page, SessionSummary} from "../../../client/index.ts";
import {wordsIn} from "../../language.ts";
import {PageHead} from "../../parts/page-head.tsx";
import {useAnswer} from "../../parts/use-answer.ts";
import {SessionTable} from "./session-table.tsx";
import {WORDS} from "./words.ts";

/** Who is logged in? */
export function Sessions() {
  const words = wordsIn(WORDS);
  const {value, problem, reload} = useAnswer<Page<SessionSummary>>("/api/gateway/v1/sessions?all=true");
  const sessions = value?.items ?? [];
  const people = new Set(sessions.map(({user}) => user)).size;
  return (
    <>
      <PageHead question={words.sessions.question}>
        {value === null ? words.loading : words.sessions.headline(sessions.length, people)}
      </PageHead>
      {problem === "" ? null : <p class="problem">{problem}</p>}
      {value === null ? null : (
        <section class="card">
          <SessionTable sessions={sessions} hasPeople={true} onEnded={reload} />
        </section>
      )}
    </>
  );
}
