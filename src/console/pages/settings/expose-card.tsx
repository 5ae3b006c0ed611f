import {wordsIn} from "../../language.ts";
import {CommandLine} from "../../parts/command-line.tsx";
import {Icon} from "../../parts/icon.tsx";
import {SYSTEM_WORDS} from "./system-words.ts";

/** How other machines come to see this gateway: a command at the machine itself, because who cannot reach it cannot open it. */
export function ExposeCard() {
  const words = wordsIn(SYSTEM_WORDS);
  return (
    <section class="card stack" aria-labelledby="expose">
      <h2 id="expose">{words.expose}</h2>
      {location.protocol === "https:" ? (
        <>
          <p>{words.exposed}</p>
          <p>
            <a class="button second" href="/api/gateway/v1/ca.crt" download="tanglegate-ca.crt">
              <Icon name="download" size={18} />
              {words.certificate}
            </a>
          </p>
          <p class="small quiet">{words.compare}</p>
        </>
      ) : (
        <>
          <p>{words.closed}</p>
          <CommandLine command="tanglegate expose" />
        </>
      )}
      <p>{words.exposeMore}</p>
      <dl class="facts commands">
        {Object.entries(words.options).map(([command, meaning]) => (
          <>
            <dt key={command}>
              <code>{command}</code>
            </dt>
            <dd>{meaning}</dd>
          </>
        ))}
      </dl>
    </section>
  );
}
