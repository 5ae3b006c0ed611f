import type {Audit} from "../audit/index.ts";
import type {ConfirmedFeed, Reading} from "../client/index.ts";
import {sentenceOf} from "../errors.ts";
import type {Log} from "../log.ts";
import type {Alarms} from "./alarms.ts";
import type {Broker} from "./broker.ts";
import type {EventStream} from "./event-stream.ts";

const READINGS = "tanglegate/field/readings/";
const STATES = "tanglegate/field/status/";
const PAYLOAD_BYTES_MAX = 64 * 1024;

/** Passes what the field process publishes on to the open pages. */
export function passFieldEvents(broker: Broker, stream: EventStream, log: Log): void {
  broker.onPublished((topic, payload) => {
    const event = topic.startsWith(READINGS) ? "reading" : topic.startsWith(STATES) ? "device" : null;
    if (event === null || payload.length > PAYLOAD_BYTES_MAX) return;
    try {
      const {data} = JSON.parse(new TextDecoder().decode(payload)) as {data: unknown};
      if (event === "reading") stream.sendReading(data as Reading);
      else stream.send(event, data);
    } catch (error) {
      log.warn({topic, reason: sentenceOf(error)}, "a message of the field process is not JSON");
    }
  });
}

/** Tells the open pages of each confirmed milestone. Returns what ends that. */
export function passMilestones(feed: ConfirmedFeed, stream: EventStream): () => void {
  return feed.onMilestone((milestone) => stream.send("milestone", milestone, {isKept: true}));
}

/** Publishes what becomes of alarms as CloudEvents under `tanglegate/gateway/alarms`, and tells the open pages. */
export function passAlarms(alarms: Alarms, broker: Broker, stream: EventStream): () => void {
  return alarms.onEvent((event) => {
    const cloudEvent = {
      specversion: "1.0",
      id: `${event.alarm.id}/${event.what}/${event.at}`,
      source: "/gateway",
      type: "tanglegate.alarm.v1",
      time: event.at,
      datacontenttype: "application/json",
      data: event,
    };
    broker.publish("tanglegate/gateway/alarms", JSON.stringify(cloudEvent));
    stream.send("alarm", event);
  });
}

/** Publishes each durable audit entry as a CloudEvent under `tanglegate/audit/entries/{machine}`, and tells the open pages. */
export function passAuditEvents(audit: Audit, broker: Broker, stream: EventStream): () => void {
  return audit.onEntry((entry) => {
    const cloudEvent = {
      specversion: "1.0",
      id: `${entry.machine}/${entry.seq}`,
      source: "/audit",
      type: "tanglegate.audit-entry.v1",
      time: entry.time.utc,
      datacontenttype: "application/json",
      data: entry,
    };
    broker.publish(`tanglegate/audit/entries/${entry.machine}`, JSON.stringify(cloudEvent));
    stream.send("audit-entry", entry);
  });
}
