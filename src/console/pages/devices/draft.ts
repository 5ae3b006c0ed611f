// A device definition while a person fills it in: every field a text, as inputs hold it. Pure.

import type {DeviceConnection, ScanFinding} from "../../../client/index.ts";

export interface DeviceDraft {
  readonly id: string;
  readonly name: string;
  readonly protocol: "modbus-tcp" | "opc-ua";
  readonly host: string;
  readonly port: string;
  readonly unitId: string;
  readonly endpoint: string;
  /** Mode and policy: "SignAndEncrypt/Basic256Sha256". */
  readonly security: string;
  readonly user: string;
  readonly password: string;
  readonly isTrusting: boolean;
  readonly profile: string;
  /** Seconds. */
  readonly periodS: string;
}

export const EMPTY_DRAFT: DeviceDraft = {
  id: "",
  name: "",
  protocol: "modbus-tcp",
  host: "",
  port: "502",
  unitId: "1",
  endpoint: "",
  security: "SignAndEncrypt/Basic256Sha256",
  user: "",
  password: "",
  isTrusting: false,
  profile: "",
  periodS: "1",
};

/** What a scan found, as a draft; id and name are the person's. */
export function draftOf({connection, profile}: ScanFinding): DeviceDraft {
  const common = {...EMPTY_DRAFT, profile: profile ?? ""};
  switch (connection.protocol) {
    case "modbus-tcp":
      return {...common, host: connection.host, port: `${connection.port}`, unitId: `${connection.unitId}`};
    case "opc-ua":
      return {
        ...common,
        protocol: "opc-ua",
        endpoint: connection.endpoint,
        security: `${connection.securityMode}/${connection.securityPolicy}`,
      };
    case "modbus-rtu":
      // A scan does not look at serial lines.
      return common;
  }
}

/** The connection of a draft. What is wrong with it the gateway says. */
export function connectionOf(draft: DeviceDraft): DeviceConnection {
  if (draft.protocol === "modbus-tcp")
    return {
      protocol: "modbus-tcp",
      host: draft.host.trim(),
      port: Number(draft.port),
      unitId: Number(draft.unitId),
    };
  const [securityMode, securityPolicy] = draft.security.split("/");
  type Opc = Extract<DeviceConnection, {protocol: "opc-ua"}>;
  return {
    protocol: "opc-ua",
    endpoint: draft.endpoint.trim(),
    securityMode: securityMode as Opc["securityMode"],
    securityPolicy: securityPolicy as Opc["securityPolicy"],
    ...(draft.user === "" ? {} : {user: draft.user, password: draft.password}),
    ...(draft.isTrusting ? {trustOnFirstUse: true} : {}),
  };
}
