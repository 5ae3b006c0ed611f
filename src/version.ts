import {createRequire} from "node:module";

// Compiled files lie one folder deeper, under dist/.
const place = import.meta.url.endsWith(".ts") ? "../package.json" : "../../package.json";

/** Version of the package. */
export const VERSION: string = (createRequire(import.meta.url)(place) as {version: string}).version;
