import type {Node, NodeAPI, NodeDef, NodeMessage} from "node-red";
import type {Reading} from "../../src/client/index.ts";
import {GatewayError} from "../../src/errors.ts";
import {runOnInput} from "../input-runner.ts";
import {evaluateField, namesOf} from "../typed-value.ts";
import {type DeviceNode, deviceOf} from "./device.ts";
import {showLink} from "./link-status.ts";

interface DeviceReadDef extends NodeDef {
  readonly device?: string;
  readonly points?: string;
  readonly pointsType?: string;
  /** `device`: ask it now. `latest`: what was polled last. */
  readonly source?: "device" | "latest";
  /** `values`: one message, `{point: value}`. `readings`: one message, a list. `each`: a message a point. */
  readonly form?: "values" | "readings" | "each";
}

function deviceRead(RED: NodeAPI): void {
  function create(this: Node, def: DeviceReadDef): void {
    RED.nodes.createNode(this, def);
    showLink(RED, this, RED.nodes.getNode(def.device ?? "") as DeviceNode | null);
    runOnInput(RED, this, async (msg, signal) => {
      const {client, device, link} = deviceOf(RED, def.device);
      const field = {name: "points", value: def.points, type: def.pointsType};
      const points = namesOf("points", await evaluateField(RED, this, msg, field));
      const readings =
        def.source === "latest"
          ? (await client.field.readings(device, {signal})).filter(({point}) => points?.includes(point) ?? true)
          : await client.field.read(device, points ?? undefined, {signal});
      const good = readings.filter(({quality}) => quality === "good").length;
      if (good === 0) throw noGoodValue(device, readings);
      const isFresh = link.state().kind === "connected" && good === readings.length;
      const text = `${good}/${readings.length} ${RED._("status.good")}`;
      return {
        output: messageOf(def.form, msg, readings),
        status: {fill: isFresh ? "green" : "yellow", shape: "dot", text},
      };
    });
  }
  RED.nodes.registerType("tanglegate-device-read", create);
}

function messageOf(
  form: DeviceReadDef["form"],
  msg: NodeMessage,
  readings: readonly Reading[],
): NodeMessage | NodeMessage[][] {
  if (form === "each") {
    return [
      readings.map((reading) => ({
        ...msg,
        device: reading.device,
        topic: `${reading.device}/${reading.point}`,
        payload: reading.value,
        reading,
      })),
    ];
  }
  // The log that audit append takes when nothing else is said.
  msg.device = readings[0]?.device;
  msg.payload =
    form === "readings" ? readings : Object.fromEntries(readings.map(({point, value}) => [point, value] as const));
  msg.readings = readings;
  return msg;
}

function noGoodValue(device: string, readings: readonly Reading[]): GatewayError {
  const because = (readings[0]?.reason ?? "it gave no readings").replace(/[.\s]+$/, "");
  return new GatewayError("nodes/unavailable", `No good value from "${device}": ${because}.`, {device});
}

export {deviceRead as default, deviceRead as "module.exports"};
