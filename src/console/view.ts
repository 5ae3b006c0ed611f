import type {ConfirmedMilestone, DeviceStatus, GatewayStatus, MachineVerdict, Reading} from "../client/index.ts";

/** Everything the page shows, as last heard of. */
export interface View {
  status: GatewayStatus;
  verdicts: readonly MachineVerdict[];
  devices: readonly DeviceStatus[];
  readings: Map<string, Reading>;
  milestones: ConfirmedMilestone[];
}
