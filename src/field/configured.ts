import {GatewayError} from "../errors.ts";
import type {DeviceProfile} from "../fieldbus/index.ts";
import {silentLog} from "../log.ts";
import {type CheckedDevice, checkDefinition} from "./definition.ts";
import {createProfiles} from "./profiles.ts";

/** A device of the setting `field.devices`. Errors: `field/invalid` naming its place in the setting. */
export function checkConfigured(
  value: unknown,
  index: number,
  findProfile: (name: string) => DeviceProfile | null,
): CheckedDevice {
  try {
    return checkDefinition(value, findProfile);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    throw new GatewayError("field/invalid", `Setting field.devices.${index}: ${error.message}`, error.facts);
  }
}

/** Checks the setting `field.devices` as the field process will, before it is started. `folder`: that of the process. Errors: `field/invalid`. */
export async function checkConfiguredDevices(devices: readonly unknown[], folder: string): Promise<void> {
  const profiles = createProfiles(folder, silentLog);
  await profiles.load();
  devices.forEach((device, index) => {
    checkConfigured(device, index, profiles.find);
  });
}
