import type {Node, NodeAPI, NodeDef, NodeMessageInFlow} from "node-red";
import type {CallRequest} from "../../src/client/index.ts";
import {GatewayError} from "../../src/errors.ts";
import {runOnInput} from "../input-runner.ts";
import {evaluateField, listOf, optionalTextOf, scalarOf, textOf} from "../typed-value.ts";
import {type DeviceNode, deviceOf} from "./device.ts";
import {showLink} from "./link-status.ts";

interface DeviceWriteDef extends NodeDef {
  readonly device?: string;
  /** `write`: a value to a point, read back. `call`: an OPC UA method. */
  readonly action?: "write" | "call";
  readonly point?: string;
  readonly pointType?: string;
  readonly value?: string;
  readonly valueType?: string;
  readonly method?: string;
  readonly methodType?: string;
  /** Node id of the object that has the method, when `method` is a node id, too. */
  readonly object?: string;
}

function deviceWrite(RED: NodeAPI): void {
  function create(this: Node, def: DeviceWriteDef): void {
    RED.nodes.createNode(this, def);
    showLink(RED, this, RED.nodes.getNode(def.device ?? "") as DeviceNode | null);

    const write = async (msg: NodeMessageInFlow, signal: AbortSignal) => {
      const {client, device} = deviceOf(RED, def.device);
      const pointField = {name: "point", value: def.point, type: def.pointType};
      const point = textOf("point", await evaluateField(RED, this, msg, pointField), 64);
      const valueField = {name: "value", value: def.value, type: def.valueType};
      const value = scalarOf("value", await evaluateField(RED, this, msg, valueField));
      const result = await client.field.write(device, {point, value}, {signal});
      if (!result.isVerified) throw notKept(device, point, value, result.reading.value);
      msg.payload = result.reading.value;
      msg.write = result;
      return `${point} = ${result.reading.value}`;
    };

    const call = async (msg: NodeMessageInFlow, signal: AbortSignal) => {
      const {client, device} = deviceOf(RED, def.device);
      const methodField = {name: "method", value: def.method, type: def.methodType};
      const method = textOf("method", await evaluateField(RED, this, msg, methodField), 1000);
      const valueField = {name: "value", value: def.value, type: def.valueType};
      const inputs = listOf(await evaluateField(RED, this, msg, valueField));
      const objectId = optionalTextOf("object", def.object, 1000);
      const request: CallRequest = objectId === undefined ? {method, inputs} : {objectId, methodId: method, inputs};
      const result = await client.field.call(device, request, {signal});
      if (!result.statusCode.startsWith("Good")) throw notDone(device, method, result.statusCode);
      msg.payload = result.outputs;
      msg.call = result;
      return method;
    };

    runOnInput(RED, this, async (msg, signal) => {
      const text = await (def.action === "call" ? call(msg, signal) : write(msg, signal));
      return {output: msg, status: {fill: "green", shape: "dot", text: text.slice(0, 19)}};
    });
  }
  RED.nodes.registerType("tanglegate-device-write", create);
}

function notKept(device: string, point: string, value: unknown, kept: unknown): GatewayError {
  return new GatewayError(
    "nodes/not-verified",
    `"${device}" was told ${point} = ${String(value)} and kept ${String(kept)}. Check its limits and its operating mode.`,
    {device, point},
  );
}

function notDone(device: string, method: string, statusCode: string): GatewayError {
  return new GatewayError(
    "nodes/not-done",
    `"${device}" did not do ${method}: ${statusCode}. Check that its state and mode allow it.`,
    {device, method, statusCode},
  );
}

export {deviceWrite as default, deviceWrite as "module.exports"};
