import {Frame} from "./frame/frame.tsx";
import {wordsIn} from "./language.ts";
import {ChangePassword, Login} from "./pages/login.tsx";
import {state} from "./session.ts";

const WORDS = {
  en: {unreachable: "The gateway does not answer. This page tries again by itself."},
  de: {unreachable: "Das Gateway antwortet nicht. Diese Seite versucht es von selbst wieder."},
};

/** What stands in the window: the login, the change of a first password, or the frame with its pages. */
export function App() {
  switch (state.value) {
    case "asking":
      return null;
    case "unreachable":
      return (
        <main class="login">
          <p role="status">{wordsIn(WORDS).unreachable}</p>
        </main>
      );
    case "out":
      return <Login />;
    case "must-change-password":
      return <ChangePassword isFirst={true} />;
    case "in":
      return <Frame />;
  }
}
