// Puts verify.html together: one file with its script and its style inside, which runs from disk in any browser. The script is a classic
// one, because browsers refuse modules from file addresses. `node scripts/verify-page.mjs FILE` writes it alone.
import {mkdirSync, readFileSync, writeFileSync} from "node:fs";
import path from "node:path";
import {build} from "vite";

const folder = path.join(import.meta.dirname, "..", "src", "console", "verify");

/** Writes the page to a file. */
export async function buildVerifyPage(file) {
  const built = await build({
    configFile: false,
    root: folder,
    logLevel: "warn",
    oxc: {jsx: {runtime: "automatic", importSource: "preact"}},
    define: {"process.env.NODE_ENV": '"production"'},
    build: {
      write: false,
      target: "es2022",
      minify: true,
      reportCompressedSize: false,
      lib: {entry: path.join(folder, "main.tsx"), formats: ["iife"], name: "verify"},
    },
  });
  const output = [built].flat().flatMap(({output: parts}) => parts);
  const script = output.filter(({type}) => type === "chunk").map(({code}) => code);
  const style = output.filter(({fileName}) => fileName.endsWith(".css")).map(({source}) => String(source));
  if (script.length !== 1 || style.length !== 1) throw new Error("verify.html must be one script and one style.");
  // Within a script an HTML parser looks for its end and for the begin of a comment, also inside strings.
  const safe = script[0].replaceAll(/<(\/script|!--)/gi, "\\x3c$1");
  const page = readFileSync(path.join(folder, "index.html"), "utf8")
    .replace("/* style */", () => style[0])
    .replace("/* script */", () => safe);
  mkdirSync(path.dirname(file), {recursive: true});
  writeFileSync(file, page);
}

if (process.argv[1] === import.meta.filename) await buildVerifyPage(process.argv[2]);
