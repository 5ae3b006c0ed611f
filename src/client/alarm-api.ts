// The forms of alarms: `GET /api/gateway/v1/alarms`, the server-sent event `alarm`, MQTT `tanglegate/gateway/alarms`.

/** `alarm`: somebody must act now. `warning`: it will be an alarm if it lasts. */
export type AlarmSeverity = "alarm" | "warning";

/** Something that is not as it should be, as whoever notices it says. */
export interface AlarmCondition {
  /** The same for as long as it is the same trouble: `audit/broken/press-7`, `field/device/meter-1`. 1..200 characters. */
  readonly id: string;
  readonly severity: AlarmSeverity;
  /** Where: a machine, a device, or a part of the gateway. */
  readonly source: {readonly kind: "machine" | "device" | "part"; readonly name: string};
  /** What is the matter. */
  readonly sentence: string;
  /** What to do about it. */
  readonly remedy: string;
}

/** An active alarm. Times are RFC 3339 UTC. */
export interface Alarm extends AlarmCondition {
  readonly since: string;
  readonly acknowledged: {readonly by: string; readonly at: string} | null;
}

/** Answer of `GET /alarms`: alarms before warnings, oldest first, at most 500. */
export interface AlarmList {
  readonly items: readonly Alarm[];
}

/** The server-sent event `alarm` and the data of the CloudEvent `tanglegate.alarm.v1`. */
export interface AlarmEvent {
  readonly what: "raised" | "changed" | "acknowledged" | "ended";
  readonly alarm: Alarm;
  /** RFC 3339 UTC. */
  readonly at: string;
}
