import {useState} from "preact/hooks";
import type {NewToken, Page, ScopeSummary, TokenInput, TokenSummary} from "../../../client/index.ts";
import {post, remove, withQuery} from "../../api.ts";
import {dayAndTime} from "../../format.ts";
import {language, wordsIn} from "../../language.ts";
import {now} from "../../live.ts";
import {Field, Form} from "../../parts/form.tsx";
import {Sheet} from "../../parts/sheet.tsx";
import {useAnswer} from "../../parts/use-answer.ts";
import {ACCESS_WORDS} from "./access-words.ts";
import {Deed} from "./deed.tsx";
import {ReasonField} from "./reason-field.tsx";
import {scopeMeaning} from "./role-words.ts";
import {becauseOf} from "./rules.ts";
import {SecretOnce} from "./secret-once.tsx";
import {lastUse, TokenEnd} from "./token-end.tsx";

const TOKENS = "/api/gateway/v1/tokens";
const DAYS_DEFAULT = 365;
const DAYS_MAX = 3650;

interface SheetProps {
  readonly onChanged: () => Promise<void>;
  readonly onClose: () => void;
}

/** A new token; ends with its secret. */
export function AddTokenSheet({onChanged, onClose}: SheetProps) {
  const words = wordsIn(ACCESS_WORDS).tokens;
  const [name, setName] = useState("");
  const [days, setDays] = useState(DAYS_DEFAULT);
  const [reason, setReason] = useState("");
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [made, setMade] = useState<NewToken | null>(null);
  const make = async () => {
    const input: TokenInput = {name: name.trim(), scopes: chosen, days, ...becauseOf(reason)};
    setMade(await post<NewToken>(TOKENS, input));
    await onChanged();
  };
  return (
    <Sheet title={words.addTitle} onClose={onClose}>
      {made !== null ? (
        <SecretOnce title={words.secretTitle(made.name)} secret={made.token} text={words.secretText} onDone={onClose} />
      ) : (
        <Form onSubmit={make} button={words.make} isReady={chosen.length > 0}>
          <Field label={words.name} hint={words.nameHint}>
            <input
              required
              pattern="[A-Za-z0-9._\-]{1,64}"
              spellcheck={false}
              autocapitalize="none"
              autocomplete="off"
              value={name}
              onInput={(event) => setName(event.currentTarget.value)}
            />
          </Field>
          <ScopeChoice chosen={chosen} onChange={setChosen} />
          <Field label={words.days} hint={words.daysHint}>
            <input
              type="number"
              required
              min={1}
              max={DAYS_MAX}
              value={days}
              onInput={(event) => setDays(Number(event.currentTarget.value))}
            />
          </Field>
          <ReasonField value={reason} onInput={setReason} />
        </Form>
      )}
    </Sheet>
  );
}

function ScopeChoice({chosen, onChange}: {chosen: readonly string[]; onChange: (scopes: readonly string[]) => void}) {
  const words = wordsIn(ACCESS_WORDS).tokens;
  const locale = language.value;
  const {value} = useAnswer<Page<ScopeSummary>>("/api/gateway/v1/scopes");
  const offered = (value?.items ?? []).filter(({isForTokens}) => isForTokens);
  return (
    <fieldset class="scope-choice">
      <legend>{words.scopes}</legend>
      <p class="small quiet">{words.scopesHint}</p>
      {offered.map((scope) => (
        <label key={scope.scope} class="check">
          <input
            type="checkbox"
            checked={chosen.includes(scope.scope)}
            onChange={(event) =>
              onChange(
                event.currentTarget.checked
                  ? [...chosen, scope.scope]
                  : chosen.filter((other) => other !== scope.scope),
              )
            }
          />
          <span>
            {scopeMeaning(scope, locale)} <code class="quiet">{scope.scope}</code>
          </span>
        </label>
      ))}
    </fieldset>
  );
}

/** A token: what its holder may do, who made it, revocation. `token`: null when there is none of that id. */
export function TokenSheet({token, onChanged, onClose}: SheetProps & {token: TokenSummary | null}) {
  const words = wordsIn(ACCESS_WORDS).tokens;
  const locale = language.value;
  const {value} = useAnswer<Page<ScopeSummary>>("/api/gateway/v1/scopes");
  if (token === null)
    return (
      <Sheet title={words.unknown} onClose={onClose}>
        <p>{words.unknownText}</p>
      </Sheet>
    );
  const meanings = new Map(value?.items.map((scope) => [scope.scope, scopeMeaning(scope, locale)]));
  return (
    <Sheet title={words.secretTitle(token.name)} onClose={onClose}>
      <dl class="facts">
        <dt>{words.ends}</dt>
        <dd>
          <TokenEnd token={token} />
        </dd>
        <dt>{words.lastUsed}</dt>
        <dd>{lastUse(token)}</dd>
        <dt>{words.made}</dt>
        <dd>{dayAndTime(token.createdAt, locale, now.value)}</dd>
        <dt>{words.madeBy}</dt>
        <dd>{token.createdBy.replace(/^[a-z]+:/, "")}</dd>
      </dl>
      <section class="stack tight" aria-labelledby="token-scopes">
        <h3 id="token-scopes">{words.scopes}</h3>
        <ul class="plain-list">
          {token.scopes.map((scope) => (
            <li key={scope}>
              {meanings.get(scope)} <code class="quiet">{scope}</code>
            </li>
          ))}
        </ul>
      </section>
      <Deed
        title={words.revoke}
        text={words.revokeText}
        button={words.revokeSure}
        isDanger
        onSubmit={async (reason) => {
          await remove(withQuery(`${TOKENS}/${encodeURIComponent(token.id)}`, becauseOf(reason)));
          onClose();
          await onChanged();
        }}
      />
    </Sheet>
  );
}
