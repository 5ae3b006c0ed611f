import {useState} from "preact/hooks";
import type {NewPassword, Role, RoleTable, UserSummary} from "../../../client/index.ts";
import {patch, post, remove, withQuery} from "../../api.ts";
import {language, wordsIn} from "../../language.ts";
import {pathTo} from "../../location.ts";
import {Field, Form} from "../../parts/form.tsx";
import {Sheet} from "../../parts/sheet.tsx";
import {useAnswer} from "../../parts/use-answer.ts";
import {personName} from "../../session.ts";
import {ACCESS_WORDS} from "./access-words.ts";
import {Deed} from "./deed.tsx";
import {ReasonField} from "./reason-field.tsx";
import {roleMeaning, roleName} from "./role-words.ts";
import {becauseOf, draftOfUser, EMPTY_USER, type UserDraft, userChangeOf, userInputOf} from "./rules.ts";
import {SecretOnce} from "./secret-once.tsx";
import {WORDS} from "./words.ts";

const NAME_PATTERN = "[a-z0-9._\\-]{1,64}";
const USERS = "/api/gateway/v1/users";
const pathOf = (name: string) => `${USERS}/${encodeURIComponent(name)}`;

interface SheetProps {
  readonly onChanged: () => Promise<void>;
  readonly onClose: () => void;
}

/** A new person; ends with the first password. */
export function AddUserSheet({onChanged, onClose}: SheetProps) {
  const words = wordsIn(ACCESS_WORDS).users;
  const [draft, setDraft] = useState(EMPTY_USER);
  const [made, setMade] = useState<NewPassword | null>(null);
  const add = async () => {
    setMade(await post<NewPassword>(USERS, userInputOf(draft)));
    await onChanged();
  };
  return (
    <Sheet title={words.addTitle} onClose={onClose}>
      {made !== null ? (
        <FirstPassword made={made} onDone={onClose} />
      ) : (
        <Form onSubmit={add} button={words.add}>
          <Field label={words.userName} hint={words.userNameHint}>
            <input
              required
              pattern={NAME_PATTERN}
              spellcheck={false}
              autocapitalize="none"
              autocomplete="off"
              value={draft.name}
              onInput={(event) => setDraft({...draft, name: event.currentTarget.value})}
            />
          </Field>
          <PersonFields draft={draft} onChange={setDraft} />
          <ReasonField value={draft.reason} onInput={(reason) => setDraft({...draft, reason})} />
        </Form>
      )}
    </Sheet>
  );
}

/** A person: role and name, a new first password, removal. `user`: null when there is none of that name. */
export function UserSheet({user, onChanged, onClose}: SheetProps & {user: UserSummary | null}) {
  const words = wordsIn(ACCESS_WORDS).users;
  const general = wordsIn(WORDS);
  const [made, setMade] = useState<NewPassword | null>(null);
  if (user === null)
    return (
      <Sheet title={words.unknown} onClose={onClose}>
        <p>{words.unknownText}</p>
      </Sheet>
    );
  const isOwn = user.name === personName.value;
  return (
    <Sheet title={user.displayName ?? user.name} onClose={onClose}>
      {made !== null ? (
        <FirstPassword made={made} onDone={() => setMade(null)} />
      ) : (
        <>
          <ChangeUser user={user} onChanged={onChanged} />
          {isOwn ? (
            <p>
              {words.ownPassword} <a href={pathTo("settings")}>{general.tabs.account}</a>.
            </p>
          ) : (
            <Deed
              title={words.reset}
              text={words.resetText}
              button={words.resetSure}
              onSubmit={async (reason) => {
                setMade(await post<NewPassword>(`${pathOf(user.name)}/password`, becauseOf(reason)));
                await onChanged();
              }}
            />
          )}
          <Deed
            title={words.remove}
            text={words.removeText}
            button={words.removeSure}
            isDanger
            onSubmit={async (reason) => {
              await remove(withQuery(pathOf(user.name), becauseOf(reason)));
              onClose();
              await onChanged();
            }}
          />
        </>
      )}
    </Sheet>
  );
}

function ChangeUser({user, onChanged}: {user: UserSummary; onChanged: () => Promise<void>}) {
  const words = wordsIn(ACCESS_WORDS).users;
  const [draft, setDraft] = useState(draftOfUser(user));
  const [isSaved, setSaved] = useState(false);
  const change = userChangeOf(user, draft);
  const edit = (next: UserDraft) => {
    setSaved(false);
    setDraft(next);
  };
  return (
    <Form
      onSubmit={async () => {
        setDraft(draftOfUser(await patch<UserSummary>(pathOf(user.name), change!)));
        setSaved(true);
        await onChanged();
      }}
      button={words.save}
      isReady={change !== null}
      beside={
        <span class="small quiet" role="status">
          {isSaved ? words.saved : change === null ? words.unchanged : ""}
        </span>
      }
    >
      <PersonFields draft={draft} onChange={edit} />
      <div>
        <label class="check">
          <input
            type="checkbox"
            checked={draft.isDisabled}
            onChange={(event) => edit({...draft, isDisabled: event.currentTarget.checked})}
          />
          {words.disabled}
        </label>
        <p class="small quiet">{words.disabledHint}</p>
      </div>
      <ReasonField value={draft.reason} onInput={(reason) => edit({...draft, reason})} />
    </Form>
  );
}

// What a new person and one who is known have alike.
function PersonFields({draft, onChange}: {draft: UserDraft; onChange: (draft: UserDraft) => void}) {
  const words = wordsIn(ACCESS_WORDS).users;
  const locale = language.value;
  const {value: table} = useAnswer<RoleTable>("/api/gateway/v1/roles");
  const roles = table?.roles ?? [];
  const chosen = roles.find(({role}) => role === draft.role);
  return (
    <>
      <Field label={words.displayName} hint={words.displayNameHint}>
        <input
          maxLength={100}
          autocomplete="off"
          value={draft.displayName}
          onInput={(event) => onChange({...draft, displayName: event.currentTarget.value})}
        />
      </Field>
      <Field label={words.role} hint={chosen === undefined ? undefined : roleMeaning(chosen, locale)}>
        <select value={draft.role} onChange={(event) => onChange({...draft, role: event.currentTarget.value as Role})}>
          {(roles.length === 0 ? [{role: draft.role}] : roles).map(({role}) => (
            <option key={role} value={role}>
              {roleName(role, locale)}
            </option>
          ))}
        </select>
      </Field>
      {draft.role !== "household" ? null : (
        <Field label={words.household} hint={words.householdHint}>
          <input
            required
            pattern={NAME_PATTERN}
            spellcheck={false}
            autocapitalize="none"
            value={draft.household}
            onInput={(event) => onChange({...draft, household: event.currentTarget.value})}
          />
        </Field>
      )}
    </>
  );
}

function FirstPassword({made, onDone}: {made: NewPassword; onDone: () => void}) {
  const words = wordsIn(ACCESS_WORDS).users;
  const {name, displayName} = made.user;
  return (
    <SecretOnce
      title={words.passwordTitle(name)}
      secret={made.password}
      text={words.passwordText(displayName ?? name)}
      onDone={onDone}
    />
  );
}
