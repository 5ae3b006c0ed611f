import "./login.css";
import {useState} from "preact/hooks";
import type {Refusal} from "../api.ts";
import {chooseLanguage, type Language, language, wordsIn} from "../language.ts";
import {Field, Form} from "../parts/form.tsx";
import {changePassword, logIn, logOut, reason} from "../session.ts";

const WORDS = {
  en: {
    title: "Log in",
    user: "User",
    password: "Password",
    logIn: "Log in",
    firstLogin: "The first time: user and password stand in credentials.txt in the data folder of the gateway.",
    wrong: "User or password is wrong.",
    tooMany: ({waitSeconds}: Refusal) => `Too many failed logins. Try again in ${waitSeconds} s.`,
    reasons: {
      ended: "Your session has ended. Log in again.",
      "password-changed": "The password is changed. Log in with the new one.",
      "new-site": "Your site is running. It has keys of its own, so log in again: same user, same password.",
    },
    changeTitle: "Choose your own password",
    changeText: "The first password was seen by whoever set up the gateway. From now on only you know yours.",
    current: "Present password",
    next: "New password",
    nextHint: "10 characters or more",
    again: "New password again",
    differ: "The two new passwords differ.",
    change: "Change password",
    logOut: "Log out",
    wrongPresent: "The present password is wrong.",
    what: "Reads machines and meters, writes down what happened, and proves it.",
  },
  de: {
    title: "Anmelden",
    user: "Benutzer",
    password: "Passwort",
    logIn: "Anmelden",
    firstLogin: "Beim ersten Mal: Benutzer und Passwort stehen in credentials.txt im Datenordner des Gateways.",
    wrong: "Benutzer oder Passwort ist falsch.",
    tooMany: ({waitSeconds}: Refusal) => `Zu viele falsche Anmeldungen. In ${waitSeconds} s noch einmal versuchen.`,
    reasons: {
      ended: "Die Sitzung ist zu Ende. Bitte wieder anmelden.",
      "password-changed": "Das Passwort ist geändert. Bitte mit dem neuen anmelden.",
      "new-site":
        "Ihre Anlage läuft. Sie hat eigene Schlüssel, darum bitte neu anmelden: selber Benutzer, selbes Passwort.",
    },
    changeTitle: "Eigenes Passwort wählen",
    changeText: "Das erste Passwort kennt auch, wer das Gateway eingerichtet hat. Ab jetzt kennen nur Sie das Ihre.",
    current: "Jetziges Passwort",
    next: "Neues Passwort",
    nextHint: "mindestens 10 Zeichen",
    again: "Neues Passwort noch einmal",
    differ: "Die beiden neuen Passwörter sind verschieden.",
    change: "Passwort ändern",
    logOut: "Abmelden",
    wrongPresent: "Das jetzige Passwort ist falsch.",
    what: "Liest Maschinen und Zähler, schreibt auf, was geschah, und weist es nach.",
  },
};

const LANGUAGES: readonly (readonly [Language, string])[] = [
  ["en", "English"],
  ["de", "Deutsch"],
];

/** Name and password. */
export function Login() {
  const words = wordsIn(WORDS);
  const [user, setUser] = useState("");
  const [password, setPassword] = useState("");
  return (
    <main class="login">
      <Mark />
      <h1>{words.title}</h1>
      {reason.value === "" ? null : <p role="status">{words.reasons[reason.value]}</p>}
      <Form
        onSubmit={() => logIn(user.trim(), password)}
        button={words.logIn}
        sentences={{401: words.wrong, 429: words.tooMany}}
      >
        <Field label={words.user}>
          <input
            name="user"
            autocomplete="username"
            autocapitalize="none"
            spellcheck={false}
            required
            value={user}
            onInput={(event) => setUser(event.currentTarget.value)}
          />
        </Field>
        <Field label={words.password}>
          <input
            name="password"
            type="password"
            autocomplete="current-password"
            required
            value={password}
            onInput={(event) => setPassword(event.currentTarget.value)}
          />
        </Field>
      </Form>
      <p class="small quiet">{words.firstLogin}</p>
      <LanguageChoice />
    </main>
  );
}

/** A new password for oneself. `isFirst`: nothing else is possible before. */
export function ChangePassword({isFirst}: {isFirst: boolean}) {
  const words = wordsIn(WORDS);
  const form = <PasswordForm />;
  if (!isFirst) return form;
  return (
    <main class="login">
      <Mark />
      <h1>{words.changeTitle}</h1>
      <p>{words.changeText}</p>
      {form}
      <button class="button plain" type="button" onClick={() => void logOut()}>
        {words.logOut}
      </button>
    </main>
  );
}

function PasswordForm() {
  const words = wordsIn(WORDS);
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const [again, setAgain] = useState("");
  const isDifferent = again !== "" && again !== next;
  return (
    <Form
      onSubmit={() => changePassword(current, next)}
      button={words.change}
      isReady={!isDifferent}
      sentences={{403: words.wrongPresent, 429: words.tooMany}}
    >
      <Field label={words.current}>
        <input
          type="password"
          autocomplete="current-password"
          required
          value={current}
          onInput={(event) => setCurrent(event.currentTarget.value)}
        />
      </Field>
      <Field label={words.next} hint={words.nextHint}>
        <input
          type="password"
          autocomplete="new-password"
          minLength={10}
          required
          value={next}
          onInput={(event) => setNext(event.currentTarget.value)}
        />
      </Field>
      <Field label={words.again} hint={isDifferent ? words.differ : undefined}>
        <input
          type="password"
          autocomplete="new-password"
          required
          aria-invalid={isDifferent}
          value={again}
          onInput={(event) => setAgain(event.currentTarget.value)}
        />
      </Field>
    </Form>
  );
}

function Mark() {
  const words = wordsIn(WORDS);
  return (
    <div class="login-mark">
      <img src="/icon.svg" alt="" width="44" height="44" />
      <div>
        <strong>Tanglegate</strong>
        <p class="small quiet">{words.what}</p>
      </div>
    </div>
  );
}

/** English or German. */
export function LanguageChoice() {
  return (
    <div class="row small">
      {LANGUAGES.map(([code, name]) => (
        <button
          key={code}
          class="button plain"
          type="button"
          lang={code}
          aria-pressed={language.value === code}
          onClick={() => chooseLanguage(code)}
        >
          {name}
        </button>
      ))}
    </div>
  );
}
