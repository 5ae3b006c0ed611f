import type {ConfirmedMilestone, Reading} from "../client/index.ts";
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
  try {
    await api.me();
  } catch (error) {
    showLogin(error instanceof api.Refusal && error.status === 0 ? words.unreachable : "");
    return;
  }
  await showOverview();
}

function showLogin(sentence: string): void {
  const user = element("input", {
    name: "user",
    autocomplete: "username",
    required: "",
    value: "admin",
  }) as HTMLInputElement;
  const password = element("input", {
    name: "password",
    type: "password",
    autocomplete: "current-password",
    required: "",
  }) as HTMLInputElement;
  const problem = element("p", {class: "state bad", role: "alert"}, sentence);
  const form = element(
    "form",
    {},
    element("h1", {}, "Tanglegate"),
    element("label", {}, words.user, user),
    element("label", {}, words.password, password),
    problem,
    element("button", {type: "submit"}, words.login),
    element("p", {class: "quiet"}, words.firstLogin),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    api.login(user.value, password.value).then(showOverview, (error: api.Refusal) => {
      const known: Readonly<Record<number, string>> = {
        0: words.unreachable,
        401: words.loginFailed,
        429: words.tooMany,
      };
      problem.textContent = known[error.status] ?? error.message;
    });
  });
  page.replaceChildren(form);
  password.focus();
}

async function showOverview(): Promise<void> {
  const view = await load();
  page.replaceChildren();
  let isDrawn = true;
  // Readings come one by one; the page is drawn once for all that came since the last picture.
  const draw = () => {
    if (!isDrawn) return;
    isDrawn = false;
    requestAnimationFrame(() => {
      isDrawn = true;
      update(page, overview(view, words, leave));
    });
  };
  const stream = new EventSource("/api/gateway/v1/events");
  const timer = setInterval(() => refresh(view).then(draw, onFailure), REFRESH_MS);
  const leave = () => {
    stream.close();
    clearInterval(timer);
    void api.logout().finally(() => showLogin(""));
  };
  const onFailure = (error: unknown) => {
    if (error instanceof api.Refusal && error.status === 401) {
      stream.close();
      clearInterval(timer);
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
