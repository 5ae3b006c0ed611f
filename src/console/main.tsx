import "./look/tokens.css";
import "./look/base.css";
import "./frame/frame.css";
import {render} from "preact";
import {App} from "./app.tsx";
import {followLinks} from "./location.ts";
import {openSession} from "./session.ts";

document.addEventListener("click", followLinks);
render(<App />, document.getElementById("app")!);
void openSession();
