export {authorityOf, urlOf} from "./address.ts";
export {homeOf, type LoadedConfig, loadConfig} from "./load.ts";
export type {Config} from "./schema.ts";
export {listSettings, type Setting, settingsTable} from "./settings.ts";
