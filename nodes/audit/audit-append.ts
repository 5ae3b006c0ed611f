import type {Node, NodeAPI, NodeDef, NodeMessageInFlow} from "node-red";
import type {AuditEntryInput} from "../../src/client/index.ts";
import {gatewayOf} from "../gateway/gateway.ts";
import {runOnInput} from "../input-runner.ts";
import {evaluateField, optionalIndexOf, optionalTextOf, recordOf, textOf} from "../typed-value.ts";

interface AuditAppendDef extends NodeDef {
  readonly gateway?: string;
  readonly machine?: string;
  readonly machineType?: string;
  readonly entryType?: string;
  readonly entryTypeType?: string;
  readonly subject?: string;
  readonly subjectType?: string;
  readonly body?: string;
  readonly bodyType?: string;
  readonly reasonCode?: string;
  readonly reasonCodeType?: string;
  readonly time?: string;
  readonly timeType?: string;
  readonly corrects?: string;
  readonly correctsType?: string;
}

type Field = "machine" | "entryType" | "subject" | "body" | "reasonCode" | "time" | "corrects";

function auditAppend(RED: NodeAPI): void {
  function create(this: Node, def: AuditAppendDef): void {
    RED.nodes.createNode(this, def);
    const entryOf = async (msg: NodeMessageInFlow): Promise<AuditEntryInput> => {
      const fieldOf = (name: Field) =>
        evaluateField(RED, this, msg, {name, value: def[name], type: def[`${name}Type`]});
      const subject = optionalTextOf("subject", await fieldOf("subject"));
      const reasonCode = optionalTextOf("reasonCode", await fieldOf("reasonCode"));
      const time = optionalTextOf("time", await fieldOf("time"), 40);
      const corrects = optionalIndexOf("corrects", await fieldOf("corrects"));
      return {
        machine: textOf("machine", await fieldOf("machine"), 64),
        type: textOf("entryType", await fieldOf("entryType"), 64),
        body: recordOf("body", await fieldOf("body")),
        ...(subject === undefined ? {} : {subject}),
        ...(reasonCode === undefined ? {} : {reasonCode}),
        ...(time === undefined ? {} : {time}),
        ...(corrects === undefined ? {} : {corrects}),
      };
    };

    runOnInput(RED, this, async (msg, signal) => {
      const {client} = gatewayOf(RED, def.gateway);
      const receipt = await client.audit.append(await entryOf(msg), {signal});
      msg.receipt = receipt;
      return {output: msg, status: {fill: "green", shape: "dot", text: `${RED._("status.entry")} ${receipt.seq}`}};
    });
  }
  RED.nodes.registerType("tanglegate-audit-append", create);
}

export {auditAppend as default, auditAppend as "module.exports"};
