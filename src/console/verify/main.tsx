// verify.html: one file that checks proofs in any browser, from disk, with no network. Put together by scripts/verify-page.mjs.

import "../strict.ts";
import "../look/tokens.css";
import "../look/base.css";
import "./verify.css";
import {render} from "preact";
import {VerifyApp} from "./verify-app.tsx";

render(<VerifyApp />, document.getElementById("app")!);
