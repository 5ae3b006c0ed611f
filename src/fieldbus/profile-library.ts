import {readdir, readFile} from "node:fs/promises";
import path from "node:path";
import {type DeviceProfile, parseProfile} from "./profile.ts";

/** Profile files of one folder that are larger are not read. */
const PROFILE_MAX_BYTES = 1_000_000;
/** Profiles read from one folder. */
const PROFILES_MAX = 1_000;

/** The folder of the profiles that come with the gateway. */
export const BUILT_IN_PROFILES = path.join(import.meta.dirname, "profiles");

/** Profiles of a folder, and the files that could not be used with the reason. A folder that does not exist has none. */
export async function readProfiles(
  folder: string,
): Promise<{readonly profiles: readonly DeviceProfile[]; readonly faults: readonly string[]}> {
  const profiles: DeviceProfile[] = [];
  const faults: string[] = [];
  for (const file of await jsonFiles(folder)) {
    try {
      const text = await readFile(path.join(folder, file), "utf8");
      if (text.length > PROFILE_MAX_BYTES) throw new Error(`${file}: larger than ${PROFILE_MAX_BYTES} bytes.`);
      profiles.push(parseProfile(text, file));
    } catch (error) {
      faults.push(error instanceof Error ? error.message : String(error));
    }
  }
  return {profiles, faults};
}

async function jsonFiles(folder: string): Promise<string[]> {
  try {
    const names = await readdir(folder);
    return names
      .filter((name) => name.endsWith(".json"))
      .sort()
      .slice(0, PROFILES_MAX);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
