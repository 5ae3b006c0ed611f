import {useState} from "preact/hooks";
import type {Page, RoleTable, SessionSummary} from "../../../client/index.ts";
import {post} from "../../api.ts";
import {dayAndTime} from "../../format.ts";
import {language, wordsIn} from "../../language.ts";
import {now} from "../../live.ts";
import {sentenceOfFailure} from "../../parts/form.tsx";
import {PageHead} from "../../parts/page-head.tsx";
import {useAnswer} from "../../parts/use-answer.ts";
import {logOut, me, personName} from "../../session.ts";
import {ChangePassword, LanguageChoice} from "../login.tsx";
import {roleMeaning, roleName} from "./role-words.ts";
import {SessionTable} from "./session-table.tsx";
import {WORDS} from "./words.ts";

/** Who am I here, and where am I logged in? */
export function Account() {
  const words = wordsIn(WORDS).account;
  const locale = language.value;
  const who = me.value;
  const {value: table} = useAnswer<RoleTable>("/api/gateway/v1/roles");
  if (who === null) return null;
  const role = roleName(who.role, locale);
  const known = table?.roles.find((summary) => summary.role === who.role);
  return (
    <>
      <PageHead question={words.question}>{words.headline(who.displayName ?? personName.value, role)}</PageHead>
      <div class="halves">
        <section class="card stack" aria-labelledby="who">
          <h2 id="who" class="unseen">
            {words.question}
          </h2>
          <dl class="facts">
            <dt>{words.user}</dt>
            <dd>{personName.value}</dd>
            <dt>{words.role}</dt>
            <dd>
              {role}
              {known === undefined ? null : <p class="small quiet">{roleMeaning(known, locale)}</p>}
            </dd>
            {who.household === null ? null : (
              <>
                <dt>{words.household}</dt>
                <dd>{who.household}</dd>
              </>
            )}
            {who.session === null ? null : (
              <>
                <dt>{words.until}</dt>
                <dd>{dayAndTime(who.session.expiresAt, locale, now.value)}</dd>
              </>
            )}
          </dl>
          <div class="row spread">
            <div class="stack tight">
              <h3>{words.language}</h3>
              <LanguageChoice />
              <p class="small quiet">{words.languageText}</p>
            </div>
            <button class="button second" type="button" onClick={() => void logOut()}>
              {words.logOut}
            </button>
          </div>
        </section>
        <section class="card stack" aria-labelledby="password">
          <h2 id="password">{words.password}</h2>
          <p class="quiet">{words.passwordText}</p>
          <ChangePassword isFirst={false} />
        </section>
      </div>
      <OwnSessions />
    </>
  );
}

function OwnSessions() {
  const words = wordsIn(WORDS).account;
  const {value, problem, reload} = useAnswer<Page<SessionSummary>>("/api/gateway/v1/sessions");
  const [said, setSaid] = useState("");
  const endOthers = async () => {
    try {
      const {ended} = await post<{ended: number}>("/api/gateway/v1/sessions/end-others");
      setSaid(words.ended(ended));
      await reload();
    } catch (error) {
      setSaid(sentenceOfFailure(error));
    }
  };
  const sessions = value?.items ?? [];
  return (
    <section class="card stack" aria-labelledby="own-sessions">
      <div class="row spread">
        <h2 id="own-sessions">{words.sessions}</h2>
        {sessions.length > 1 ? (
          <button class="button second" type="button" onClick={() => void endOthers()}>
            {words.endOthers}
          </button>
        ) : null}
      </div>
      <p class="quiet" role="status">
        {said !== "" ? said : sessions.length > 1 ? words.sessionsText : ""}
      </p>
      {problem === "" ? null : <p class="problem">{problem}</p>}
      <SessionTable sessions={sessions} hasPeople={false} onEnded={reload} />
    </section>
  );
}
