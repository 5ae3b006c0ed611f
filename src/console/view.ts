import type {ConfirmedMilestone, DeviceStatus, GatewayStatus, MachineVerdict, Reading} from "../client/index.ts";

/** Milestones of which the page draws a picture. */
export const MILESTONES_SHOWN = 60;

/** Everything the page shows, as last heard of. */
export interface View {
  status: GatewayStatus;
  verdicts: readonly MachineVerdict[];
  devices: readonly DeviceStatus[];
  readings: Map<string, Reading>;
  milestones: ConfirmedMilestone[];
  /** Devices of which the person has opened all values. */
  opened: Set<string>;
}
