import path from "node:path";
import type {ProfileSummary} from "../client/index.ts";
import {BUILT_IN_PROFILES, type DeviceProfile, nodeMap, readProfiles, registerMap} from "../fieldbus/index.ts";
import type {Log} from "../log.ts";
import {describeNodePoint, describeRegisterPoint, isShown} from "./describe.ts";

/** The profiles that can be named: those that come with the gateway, and those its owner dropped into <home>/field/profiles. */
export interface Profiles {
  /** Reads both folders anew; a file that is not valid is logged and left out. */
  load(): Promise<void>;
  find(name: string): DeviceProfile | null;
  all(): readonly ProfileSummary[];
  /** As they are, for a scan. */
  whole(): readonly DeviceProfile[];
}

export function createProfiles(folder: string, log: Log): Profiles {
  let known = new Map<string, {profile: DeviceProfile; origin: "built-in" | "home"}>();

  return {
    load: async () => {
      const next: typeof known = new Map();
      // The owner's file of the same name wins, so that a built-in profile can be put right on the spot.
      for (const [source, origin] of [
        [BUILT_IN_PROFILES, "built-in"],
        [path.join(folder, "profiles"), "home"],
      ] as const) {
        const {profiles, faults} = await readProfiles(source);
        for (const profile of profiles) next.set(profile.name, {profile, origin});
        for (const reason of faults) log.warn({reason}, "profile cannot be used");
      }
      known = next;
    },
    find: (name) => known.get(name)?.profile ?? null,
    whole: () => [...known.values()].map(({profile}) => profile),
    all: () =>
      [...known.values()]
        .map(({profile, origin}) => summaryOf(profile, origin))
        .sort((a, b) => a.name.localeCompare(b.name)),
  };
}

function summaryOf(profile: DeviceProfile, origin: "built-in" | "home"): ProfileSummary {
  const {name, manufacturer, model, protocol, sources} = profile;
  const points =
    profile.protocol === "modbus"
      ? registerMap(profile, []).points.filter(isShown).map(describeRegisterPoint)
      : nodeMap(profile, []).points.map(describeNodePoint);
  const methods =
    profile.protocol === "modbus"
      ? []
      : profile.methods.map((method) => ({name: method.name, description: method.description ?? null}));
  return {name, manufacturer, model, protocol, origin, sources, points, methods};
}
