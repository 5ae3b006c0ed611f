// Runs re-checks of bundles beside the event loop. One message in, one out.

import {parentPort} from "node:worker_threads";
import {installNativeCrypto} from "../native-crypto.ts";
import {type CheckTask, checkBundles} from "./check-bundle.ts";

await installNativeCrypto();
parentPort?.on("message", (task: CheckTask) => parentPort?.postMessage(checkBundles(task)));
