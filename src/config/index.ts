export {authorityOf, urlOf} from "./address.ts";
export {carriedAccess} from "./carried-access.ts";
export {certificateOf, configuredHosts} from "./certificate-source.ts";
export {changeSettings, settingsFileOf} from "./change-settings.ts";
export {demoSiteName} from "./demo.ts";
export {checkExposure, isLoopback} from "./exposure.ts";
export {homeOf, type LoadedConfig, loadConfig} from "./load.ts";
export type {Config} from "./schema.ts";
export {listSettings, type Setting, settingsTable} from "./settings.ts";
export {
  carryOutSetup,
  type PlannedFile,
  planSetup,
  readSetupPlan,
  type SetupPlan,
  SITE_NAME_RULE,
  setupSteps,
} from "./setup-plan.ts";
