import type {Page, RoleSummary, RoleTable, RouteSummary, ScopeSummary} from "../../../client/index.ts";
import {language, wordsIn} from "../../language.ts";
import {Icon} from "../../parts/icon.tsx";
import {PageHead} from "../../parts/page-head.tsx";
import {useAnswer} from "../../parts/use-answer.ts";
import {me} from "../../session.ts";
import {roleMeaning, roleName, scopeMeaning} from "./role-words.ts";
import {WORDS} from "./words.ts";

/** Who may do what? */
export function Rights() {
  const words = wordsIn(WORDS).rights;
  const locale = language.value;
  const table = useAnswer<RoleTable>("/api/gateway/v1/roles");
  const scopes = useAnswer<Page<ScopeSummary>>("/api/gateway/v1/scopes");
  const problem = table.problem || scopes.problem;
  const role = me.value?.role ?? "";
  return (
    <>
      <PageHead question={words.question}>{words.headline}</PageHead>
      {problem === "" ? null : <p class="problem">{problem}</p>}
      {table.value === null ? null : (
        <section class="card stack" aria-labelledby="roles">
          <div class="row spread">
            <h2 id="roles">{words.roles}</h2>
            <span class="quiet">{words.yours(roleName(role, locale))}</span>
          </div>
          <dl class="facts">
            {table.value.roles.map((summary) => (
              <>
                <dt key={summary.role}>{roleName(summary.role, locale)}</dt>
                <dd>{roleMeaning(summary, locale)}</dd>
              </>
            ))}
          </dl>
        </section>
      )}
      {table.value === null || scopes.value === null ? null : (
        <>
          <div class="card stack">
            <h2>{words.table}</h2>
            <ScopeTable roles={table.value.roles} scopes={scopes.value.items} />
          </div>
          <details>
            <summary>{words.routes}</summary>
            <div class="card stack tight">
              <p class="quiet">{words.routesText}</p>
              <RouteTable routes={table.value.routes} />
            </div>
          </details>
        </>
      )}
    </>
  );
}

function ScopeTable({roles, scopes}: {roles: readonly RoleSummary[]; scopes: readonly ScopeSummary[]}) {
  const words = wordsIn(WORDS).rights;
  const locale = language.value;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a table that is wider than a phone is scrolled with the keyboard, too.
    <section class="scroll" tabIndex={0} aria-label={words.table}>
      <table class="rights-table">
        <thead>
          <tr>
            <th>{words.scope}</th>
            {roles.map(({role}) => (
              <th key={role} class="mark-cell">
                {roleName(role, locale)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {scopes.map((scope) => (
            <tr key={scope.scope}>
              <th scope="row">
                {scopeMeaning(scope, locale)} <code>{scope.scope}</code>
                <span class="narrow small quiet" aria-hidden="true">
                  {scope.roles.map((role) => roleName(role, locale)).join(", ") || words.nobody}
                </span>
              </th>
              {roles.map(({role}) => (
                <td key={role} class="mark-cell">
                  {scope.roles.includes(role) ? (
                    <span class="state good">
                      <Icon name="good" size={18} />
                      <span class="unseen">{words.yes}</span>
                    </span>
                  ) : (
                    <span class="unseen">{words.no}</span>
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function RouteTable({routes}: {routes: readonly RouteSummary[]}) {
  const words = wordsIn(WORDS).rights;
  const locale = language.value;
  const who = ({access, roles}: RouteSummary) =>
    access === "open" || access === "session"
      ? words.access[access]
      : `${words.access[access]} ${roles.map((role) => roleName(role, locale)).join(", ")}`;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: as above.
    <section class="scroll" tabIndex={0} aria-label={words.routes}>
      <table>
        <thead>
          <tr>
            <th>{words.method}</th>
            <th>{words.path}</th>
            <th>{words.who}</th>
          </tr>
        </thead>
        <tbody>
          {routes.map((route) => (
            <tr key={`${route.method} ${route.path}`}>
              <td>
                <code>{route.method}</code>
              </td>
              <td>
                <code>{route.path}</code>
              </td>
              <td class="small">{who(route)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
