import type {Page, TokenSummary} from "../../../client/index.ts";
import {wordsIn} from "../../language.ts";
import {go, pathTo, place} from "../../location.ts";
import {Empty} from "../../parts/empty.tsx";
import {Icon} from "../../parts/icon.tsx";
import {PageHead} from "../../parts/page-head.tsx";
import {useAnswer} from "../../parts/use-answer.ts";
import {ACCESS_WORDS} from "./access-words.ts";
import {byEnd} from "./rules.ts";
import {lastUse, TokenEnd} from "./token-end.tsx";
import {AddTokenSheet, TokenSheet} from "./token-sheet.tsx";
import {WORDS} from "./words.ts";

/** Last part of the path of the sheet in which a token is made: no id is that. */
const NEW = "+";

/** Which programs may come in? */
export function Tokens() {
  const general = wordsIn(WORDS);
  const words = wordsIn(ACCESS_WORDS).tokens;
  const {value, problem, reload} = useAnswer<Page<TokenSummary>>("/api/gateway/v1/tokens");
  const [, , id] = place.value.path;
  const tokens = byEnd(value?.items ?? []);
  const close = () => go(pathTo("settings", "tokens"));
  const add = (
    <a class="button" href={pathTo("settings", "tokens", NEW)}>
      <Icon name="plus" size={18} />
      {words.add}
    </a>
  );
  return (
    <>
      <div class="row spread">
        <PageHead question={words.question}>{value === null ? general.loading : headline(tokens)}</PageHead>
        {tokens.length === 0 ? null : add}
      </div>
      {problem === "" ? null : <p class="problem">{problem}</p>}
      {value !== null && tokens.length === 0 ? (
        <Empty title={words.noneTitle}>
          <p>{words.noneText}</p>
          <p>{add}</p>
        </Empty>
      ) : null}
      {tokens.length === 0 ? null : (
        <section class="card scroll">
          <TokenTable tokens={tokens} />
        </section>
      )}
      {id === NEW ? <AddTokenSheet onChanged={reload} onClose={close} /> : null}
      {id !== undefined && id !== NEW && value !== null ? (
        <TokenSheet
          key={id}
          token={tokens.find((token) => token.id === id) ?? null}
          onChanged={reload}
          onClose={close}
        />
      ) : null}
    </>
  );
}

function headline(tokens: readonly TokenSummary[]): string {
  const words = wordsIn(ACCESS_WORDS).tokens;
  if (tokens.length === 0) return words.none;
  const count = (state: TokenSummary["state"]) => tokens.filter((token) => token.state === state).length;
  return words.headline(tokens.length - count("expired"), count("expiring"), count("expired"));
}

function TokenTable({tokens}: {tokens: readonly TokenSummary[]}) {
  const words = wordsIn(ACCESS_WORDS).tokens;
  return (
    <table class="access-table">
      <thead>
        <tr>
          <th>{words.name}</th>
          <th class="wide">{words.scopes}</th>
          <th class="wide">{words.madeBy}</th>
          <th class="wide">{words.lastUsed}</th>
          <th>{words.ends}</th>
        </tr>
      </thead>
      <tbody>
        {tokens.map((token) => (
          <tr key={token.id}>
            <td>
              <a href={pathTo("settings", "tokens", token.id)}>{token.name}</a>
            </td>
            <td class="wide small">{token.scopes.join(", ")}</td>
            <td class="wide">{token.createdBy.replace(/^[a-z]+:/, "")}</td>
            <td class="wide">{lastUse(token)}</td>
            <td>
              <TokenEnd token={token} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
