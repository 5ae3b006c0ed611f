import type {Node, NodeAPI, NodeDef, NodeStatus} from "node-red";
import {collectPages, type GatewayClient, type MachineVerdict} from "../../src/client/index.ts";
import {GatewayError} from "../../src/errors.ts";
import {gatewayOf} from "../gateway/gateway.ts";
import {runOnInput} from "../input-runner.ts";
import {evaluateField, optionalTextOf} from "../typed-value.ts";

interface AuditVerifyDef extends NodeDef {
  readonly gateway?: string;
  readonly machine?: string;
  readonly machineType?: string;
  /** Hash everything on disk again before the verdict. */
  readonly rehash?: boolean;
}

function auditVerify(RED: NodeAPI): void {
  function create(this: Node, def: AuditVerifyDef): void {
    RED.nodes.createNode(this, def);
    runOnInput(RED, this, async (msg, signal) => {
      const {client} = gatewayOf(RED, def.gateway);
      const field = {name: "machine", value: def.machine, type: def.machineType};
      const machine = optionalTextOf("machine", await evaluateField(RED, this, msg, field), 64);
      if (def.rehash) msg.check = await client.audit.check({signal});
      const verdicts = await verdictsOf(client, machine, signal);
      const broken = verdicts.filter(({state}) => state === "broken");
      msg.payload = machine === undefined ? verdicts : verdicts[0];
      msg.verdict = broken.length > 0 ? "broken" : verdicts.every(isVerified) ? "verified" : "waiting";
      return {output: broken.length > 0 ? [null, msg] : [msg, null], status: statusOf(RED, verdicts)};
    });
  }
  RED.nodes.registerType("tanglegate-audit-verify", create);
}

async function verdictsOf(
  {audit}: GatewayClient,
  machine: string | undefined,
  signal: AbortSignal,
): Promise<readonly MachineVerdict[]> {
  if (machine === undefined) {
    return collectPages((cursor) => audit.machines(cursor === undefined ? {} : {cursor}, {signal}));
  }
  const verdict = await audit.machine(machine, {signal});
  if (verdict !== null) return [verdict];
  throw new GatewayError("nodes/not-found", `There is no audit log of "${machine}". Append an entry first.`, {machine});
}

function isVerified({state}: MachineVerdict): boolean {
  return state === "verified";
}

function statusOf(RED: Pick<NodeAPI, "_">, verdicts: readonly MachineVerdict[]): NodeStatus {
  if (verdicts.some(({state}) => state === "broken")) {
    return {fill: "red", shape: "dot", text: RED._("status.broken")};
  }
  return verdicts.every(isVerified)
    ? {fill: "green", shape: "dot", text: RED._("status.verified")}
    : {fill: "yellow", shape: "dot", text: RED._("status.waiting")};
}

export {auditVerify as default, auditVerify as "module.exports"};
