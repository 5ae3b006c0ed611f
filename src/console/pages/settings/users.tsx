import type {Page, UserSummary} from "../../../client/index.ts";
import {dayAndTime} from "../../format.ts";
import {language, wordsIn} from "../../language.ts";
import {now} from "../../live.ts";
import {go, pathTo, place} from "../../location.ts";
import {Icon} from "../../parts/icon.tsx";
import {PageHead} from "../../parts/page-head.tsx";
import {type Mood, State} from "../../parts/state.tsx";
import {useAnswer} from "../../parts/use-answer.ts";
import {personName} from "../../session.ts";
import {ACCESS_WORDS} from "./access-words.ts";
import {roleName} from "./role-words.ts";
import {AddUserSheet, UserSheet} from "./user-sheet.tsx";
import {WORDS} from "./words.ts";

/** Last part of the path of the sheet in which somebody is added: nobody can be called so. */
const NEW = "+";

/** Who may come in? */
export function Users() {
  const general = wordsIn(WORDS);
  const words = wordsIn(ACCESS_WORDS).users;
  const {value, problem, reload} = useAnswer<Page<UserSummary>>("/api/gateway/v1/users");
  const [, , name] = place.value.path;
  const users = value?.items ?? [];
  const entering = users.filter(({isDisabled}) => !isDisabled);
  const close = () => go(pathTo("settings", "users"));
  return (
    <>
      <div class="row spread">
        <PageHead question={words.question}>
          {value === null
            ? general.loading
            : words.headline(entering.length, entering.filter(({mustChangePassword}) => mustChangePassword).length)}
        </PageHead>
        <a class="button" href={pathTo("settings", "users", NEW)}>
          <Icon name="plus" size={18} />
          {words.add}
        </a>
      </div>
      {problem === "" ? null : <p class="problem">{problem}</p>}
      {value === null ? null : (
        <section class="card scroll">
          <UserTable users={users} />
        </section>
      )}
      {name === NEW ? <AddUserSheet onChanged={reload} onClose={close} /> : null}
      {name !== undefined && name !== NEW && value !== null ? (
        <UserSheet
          key={name}
          user={users.find((user) => user.name === name) ?? null}
          onChanged={reload}
          onClose={close}
        />
      ) : null}
    </>
  );
}

function UserTable({users}: {users: readonly UserSummary[]}) {
  const general = wordsIn(WORDS);
  const words = wordsIn(ACCESS_WORDS).users;
  const locale = language.value;
  return (
    <table class="access-table">
      <thead>
        <tr>
          <th>{words.name}</th>
          <th>{words.role}</th>
          <th class="wide">{words.lastLogin}</th>
          <th>{words.state}</th>
        </tr>
      </thead>
      <tbody>
        {users.map((user) => {
          const [mood, state] = stateOf(user);
          return (
            <tr key={user.name}>
              <td>
                <a href={pathTo("settings", "users", user.name)}>{user.displayName ?? user.name}</a>{" "}
                {user.displayName === null ? null : <span class="small quiet">{user.name}</span>}{" "}
                {user.name === personName.value ? <span class="small quiet">({words.you})</span> : null}
              </td>
              <td>
                {roleName(user.role, locale)}
                {user.household === null ? null : <span class="small quiet"> {user.household}</span>}
              </td>
              <td class="wide">
                {user.lastLoginAt === null ? general.never : dayAndTime(user.lastLoginAt, locale, now.value)}
              </td>
              <td>
                <State mood={mood}>{words.states[state]}</State>
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function stateOf({
  isDisabled,
  mustChangePassword,
  sessions,
}: UserSummary): readonly [Mood, "disabled" | "first" | "logged-in" | "out"] {
  if (isDisabled) return ["none", "disabled"];
  if (mustChangePassword) return ["wait", "first"];
  return sessions > 0 ? ["good", "logged-in"] : ["none", "out"];
}
