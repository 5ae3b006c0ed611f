import type {Node, NodeAPI, NodeDef} from "node-red";
import type {Reading} from "../../src/client/index.ts";
import {sentenceOf} from "../../src/errors.ts";
import {eventData} from "../gateway/event-data.ts";
import {makeNode} from "../input-runner.ts";
import {namesOf} from "../typed-value.ts";
import {createChangeFilter} from "./change-filter.ts";
import {type DeviceNode, deviceOf} from "./device.ts";
import {showLink} from "./link-status.ts";

interface DeviceWatchDef extends NodeDef {
  readonly device?: string;
  /** Names separated by commas; empty = all. */
  readonly points?: string;
  readonly onlyChanges?: boolean;
  readonly deadband?: string | number;
  readonly onlyGood?: boolean;
  /** Send the values that are known at the start. */
  readonly sendFirst?: boolean;
}

function deviceWatch(RED: NodeAPI): void {
  function create(this: Node, def: DeviceWatchDef): void {
    RED.nodes.createNode(this, def);
    makeNode(RED, this, () => watch(RED, this, def));
  }
  RED.nodes.registerType("tanglegate-device-watch", create);
}

function watch(RED: NodeAPI, watcher: Node, def: DeviceWatchDef): void {
  const node = RED.nodes.getNode(def.device ?? "") as DeviceNode | null;
  showLink(RED, watcher, node);
  const {client, device, gateway, link} = deviceOf(RED, def.device);
  const points = namesOf("points", def.points);
  const passes = createChangeFilter({
    onlyChanges: def.onlyChanges === true,
    deadband: Number(def.deadband) || 0,
    onlyGood: def.onlyGood !== false,
  });
  const send = (reading: Reading) => {
    if ((points !== null && !points.includes(reading.point)) || !passes(reading)) return;
    const text = link.wordOf(reading.point, reading.value);
    const topic = `${device}/${reading.point}`;
    watcher.send({device, topic, payload: reading.value, ...(text === null ? {} : {text}), reading});
  };

  const closing = new AbortController();
  let end: () => void = () => undefined;
  const begin = async () => {
    await link.whenDescribed(closing.signal);
    end = gateway.feed.subscribe(
      `tanglegate/field/readings/${device}/+`,
      (_topic, payload) => {
        const reading = eventData<Reading>(payload);
        if (reading !== null) send(reading);
      },
      () => watcher.error(`The gateway's token may not read "${device}" (scope field:read).`),
    );
    if (def.sendFirst === false) return;
    for (const reading of await client.field.readings(device, {signal: closing.signal})) send(reading);
  };
  begin().catch((error: unknown) => closing.signal.aborted || watcher.warn(sentenceOf(error)));
  watcher.on("close", () => {
    closing.abort(new Error("The node is closing."));
    end();
  });
}

export {deviceWatch as default, deviceWatch as "module.exports"};
