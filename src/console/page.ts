import type {ConfirmedMilestone, Me, Reading} from "../client/index.ts";
import * as api from "./api.ts";
import {element, update} from "./dom.ts";
import {overview} from "./overview.ts";
import {MILESTONES_SHOWN, type View} from "./view.ts";
import {wordsFor} from "./words.ts";

const REFRESH_MS = 5000;

const words = wordsFor(navigator.language);
const page = document.getElementById("page")!;
document.documentElement.lang = words === wordsFor("de") ? "de" : "en";

async function begin(): Promise<void> {
  let person: Me;
  try {
    person = await api.me();
  } catch (error) {
    showLogin(error instanceof api.Refusal && error.status === 0 ? words.unreachable : "");
    return;
  }
  await enter(person);
}

// Nothing else is open to who has a first password.
async function enter({mustChangePassword}: Me): Promise<void> {
  if (mustChangePassword) showPassword();
  else await showOverview();
}

function showLogin(sentence: string): void {
  const user = field(words.user, {name: "user", autocomplete: "username", value: "admin"});
  const password = field(words.password, {name: "password", type: "password", autocomplete: "current-password"});
  showForm({
    title: "Tanglegate",
    fields: [user, password],
    button: words.login,
    hint: words.firstLogin,
    problem: sentence,
    submit: async () => {
      await api.login(user.input.value, password.input.value);
      await enter(await api.me());
    },
    sentences: {401: words.loginFailed},
  });
  password.input.focus();
}

function showPassword(): void {
  const current = field(words.currentPassword, {type: "password", autocomplete: "current-password"});
  const next = field(words.nextPassword, {type: "password", autocomplete: "new-password", minlength: "10"});
  showForm({
    title: words.changePassword,
    fields: [current, next],
    button: words.save,
    hint: "",
    problem: "",
    submit: async () => {
      await api.changePassword(current.input.value, next.input.value);
      await api.logout();
      showLogin(words.passwordChanged);
    },
    sentences: {403: words.loginFailed},
  });
  current.input.focus();
}

interface Field {
  readonly label: HTMLElement;
  readonly input: HTMLInputElement;
}

function field(text: string, attributes: Readonly<Record<string, string>>): Field {
  const input = element("input", {...attributes, required: ""}) as HTMLInputElement;
  return {label: element("label", {}, text, input), input};
}

interface Form {
  readonly title: string;
  readonly fields: readonly Field[];
  readonly button: string;
  readonly hint: string;
  readonly problem: string;
  readonly submit: () => Promise<void>;
  /** What a status means here; the server's own sentence for any other. */
  readonly sentences: Readonly<Record<number, string>>;
}

function showForm({title, fields, button, hint, problem, submit, sentences}: Form): void {
  const known: Readonly<Record<number, string>> = {0: words.unreachable, 429: words.tooMany, ...sentences};
  const problemLine = element("p", {class: "state bad", role: "alert"}, problem);
  const form = element(
    "form",
    {},
    element("h1", {}, title),
    ...fields.map(({label}) => label),
    problemLine,
    element("button", {type: "submit"}, button),
    element("p", {class: "quiet"}, hint),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit().catch((error: api.Refusal) => {
      problemLine.textContent = known[error.status] ?? error.message;
    });
  });
  page.replaceChildren(form);
}

async function showOverview(): Promise<void> {
  const view = await load();
  page.replaceChildren();
  let isWaiting = false;
  let isClosed = false;
  // Readings come one by one; the page is drawn once for all that came since the last picture.
  const draw = () => {
    if (isWaiting) return;
    isWaiting = true;
    requestAnimationFrame(() => {
      isWaiting = false;
      if (!isClosed) update(page, overview(view, words, {leave, changePassword}));
    });
  };
  const stream = new EventSource("/api/gateway/v1/events");
  const timer = setInterval(() => refresh(view).then(draw, onFailure), REFRESH_MS);
  const close = () => {
    isClosed = true;
    stream.close();
    clearInterval(timer);
  };
  const changePassword = () => {
    close();
    showPassword();
  };
  const leave = () => {
    close();
    void api.logout().finally(() => showLogin(""));
  };
  const onFailure = (error: unknown) => {
    if (error instanceof api.Refusal && error.status === 401) {
      close();
      showLogin("");
    }
  };
  const on = <Event>(name: string, take: (event: Event) => void) =>
    stream.addEventListener(name, (message) => {
      take(JSON.parse((message as MessageEvent<string>).data) as Event);
      draw();
    });
  on<Reading>("reading", (reading) => view.readings.set(`${reading.device}/${reading.point}`, reading));
  on<ConfirmedMilestone>("milestone", (milestone) => {
    // A stream that was cut begins again with milestones the page has.
    const before = view.milestones.filter(({index}) => index < milestone.index);
    view.milestones = [...before, milestone].slice(-MILESTONES_SHOWN);
  });
  draw();
}

async function load(): Promise<View> {
  const view: View = {
    status: await api.status(),
    verdicts: [],
    devices: [],
    readings: new Map(),
    milestones: [],
    opened: new Set(),
  };
  await refresh(view);
  return view;
}

async function refresh(view: View): Promise<void> {
  view.status = await api.status();
  view.verdicts = await api.verdicts();
  if (view.status.field.state !== "running") return;
  view.devices = await api.devices();
  for (const {id} of view.devices) {
    for (const reading of await api.readings(id)) view.readings.set(`${id}/${reading.point}`, reading);
  }
}

void begin();
