// A process of Node-RED around the TypeScript of the nodes, for tests: `node start-editor.ts FOLDER GATEWAY_URL [unsafe]`.

import {mkdirSync, readdirSync, symlinkSync, writeFileSync} from "node:fs";
import path from "node:path";
import {createGatewayClient} from "../../src/client/index.ts";
import {createSystemClock} from "../../src/clock.ts";
import {createEditor, createEditorLogin} from "../../src/editor/index.ts";
import {createLog} from "../../src/log.ts";
import {createSystemRandom} from "../../src/random.ts";
import {PALETTE, ROOT} from "../support/palette.ts";

const [folder, gatewayUrl, unsafe] = process.argv.slice(2) as [string, string, string?];

// Node-RED loads .js files beside their .html: each stands for the TypeScript that the build would compile.
function makePalette(target: string): string {
  for (const compiled of Object.values(PALETTE.nodes)) {
    const place = compiled.replace("dist/", "").replace(/\.js$/, "");
    const file = path.join(target, compiled);
    mkdirSync(path.dirname(file), {recursive: true});
    writeFileSync(
      file,
      `export * from ${JSON.stringify(path.join(ROOT, `${place}.ts`))};\nexport {default} from ${JSON.stringify(path.join(ROOT, `${place}.ts`))};\n`,
    );
    symlinkSync(path.join(ROOT, `${place}.html`), file.replace(/\.js$/, ".html"));
  }
  for (const group of readdirSync(path.join(ROOT, "nodes"), {withFileTypes: true})) {
    for (const shared of ["locales", "icons"]) {
      const from = path.join(ROOT, "nodes", group.name, shared);
      const to = path.join(target, "dist/nodes", group.name, shared);
      if (group.isDirectory() && readdirSync(path.dirname(from)).includes(shared)) symlinkSync(from, to);
    }
  }
  const manifest = {name: "@tanglegate/gateway", version: "0.1.0", type: "module", "node-red": PALETTE};
  writeFileSync(path.join(target, "package.json"), JSON.stringify(manifest));
  return target;
}

const log = createLog("node-red", "debug");
const clock = createSystemClock();
process.env.TANGLEGATE_URL = gatewayUrl;
const gatewayOf = (token: string) => createGatewayClient({url: gatewayUrl, token});
const editor = createEditor(
  {
    host: "127.0.0.1",
    port: 0,
    folder: path.join(folder, "node-red"),
    palette: makePalette(path.join(folder, "palette")),
    examples: path.join(ROOT, "flows"),
    isDemo: true,
    unsafeNodes: unsafe === "unsafe",
  },
  {
    login: createEditorLogin({
      login: (user, password) => createGatewayClient({url: gatewayUrl}).login(user, password),
      me: (token) => gatewayOf(token).me(),
      logout: (token) => gatewayOf(token).logout(),
      clock,
      log,
    }),
    clock,
    random: createSystemRandom(),
    log,
    onDeploy: (deploy) => process.send?.({deploy}),
  },
);
process.on("SIGTERM", () => {
  editor.stop().then(
    () => process.exit(0),
    () => process.exit(1),
  );
});
await editor.start();
process.send?.({port: editor.port(), rssMb: process.memoryUsage().rss / 2 ** 20});
