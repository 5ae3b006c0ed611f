// The pages: hashed files that a browser may keep for ever, one index.html that it may not.
import path from "node:path";
import {defineConfig} from "vite";

export default defineConfig({
  root: import.meta.dirname,
  logLevel: "warn",
  oxc: {jsx: {runtime: "automatic", importSource: "preact"}},
  build: {
    outDir: path.join(import.meta.dirname, "..", "..", "dist", "src", "console"),
    emptyOutDir: true,
    // No inlined pictures: the content security policy allows files of this server alone.
    assetsInlineLimit: 0,
    modulePreload: {polyfill: false},
    target: "es2022",
    reportCompressedSize: false,
  },
});
