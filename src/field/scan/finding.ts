import type {DeviceConnection, DeviceDefinition, ScanFinding} from "../../client/index.ts";
import {
  type DeviceProfile,
  type ModbusUnitFound,
  type OfferedEndpoint,
  type OpcUaServerFound,
  sunSpecName,
} from "../../fieldbus/index.ts";

/** Names of the basic objects of Modbus 43/14 (application protocol, table in section 6.21). */
const OBJECTS: Readonly<Record<number, string>> = {0: "Maker", 1: "Product", 2: "Version"};

/** A unit that answered, as a suggestion. `devices`: what this gateway has already. */
export function modbusFinding(
  address: {readonly host: string; readonly port: number},
  unit: ModbusUnitFound,
  devices: readonly DeviceDefinition[],
): ScanFinding {
  const connection: DeviceConnection = {protocol: "modbus-tcp", ...address, unitId: unit.unitId};
  const {identification, sunSpec, recognised} = unit;
  const answered = [
    ...[...(identification ?? [])].map(([id, text]) => `${OBJECTS[id] ?? `Object ${id}`}: ${text}`),
    ...(sunSpec?.common ? [commonText(sunSpec.common)] : []),
    ...(sunSpec === null
      ? []
      : [`SunSpec map at ${sunSpec.base}, models ${sunSpec.models.map(({id}) => sunSpecName(id)).join(", ")}`]),
    ...(recognised?.marks.map(({meaning}) => meaning) ?? []),
  ];
  return {
    connection,
    profile: recognised?.profile.name ?? null,
    ...modbusVerdict(unit),
    answered,
    device: devices.find((device) => isSame(device.connection, connection))?.id ?? null,
  };
}

function modbusVerdict({
  identification,
  sunSpec,
  recognised,
}: ModbusUnitFound): Pick<ScanFinding, "confidence" | "why"> {
  if (recognised !== null) {
    const model = `${recognised.profile.manufacturer} ${recognised.profile.model}`;
    return recognised.isExact
      ? {confidence: "certain", why: `It bears every mark of ${model}.`}
      : {confidence: "likely", why: `Its values fit ${model}. Compare one of them with the device's display.`};
  }
  if (sunSpec !== null) {
    return {confidence: "certain", why: "It names itself by SunSpec, but no profile has its models in this order."};
  }
  if (identification !== null) {
    return {confidence: "certain", why: "It names itself, but there is no profile for it; drop one into the home."};
  }
  return {confidence: "unknown", why: "Something answers here. It does not say what it is; look at its label."};
}

/** A server that answered, as a suggestion with the safest security it offers. */
export function opcUaFinding(
  endpoint: string,
  server: OpcUaServerFound,
  known: {readonly profiles: readonly DeviceProfile[]; readonly devices: readonly DeviceDefinition[]},
): ScanFinding {
  const best = server.endpoints[0]!;
  const {securityMode, securityPolicy} = best;
  const connection: DeviceConnection = {protocol: "opc-ua", endpoint, securityMode, securityPolicy};
  const profile = known.profiles.find(
    (candidate) => candidate.protocol === "opc-ua" && candidate.recognise?.applicationUri === server.applicationUri,
  );
  return {
    connection,
    profile: profile?.name ?? null,
    confidence: "certain",
    why:
      profile === undefined
        ? "It is an OPC UA server and names itself, but there is no profile for it: name its nodes, or drop a profile into the home."
        : `It names itself as ${profile.manufacturer} ${profile.model}.`,
    answered: [`Application: ${server.applicationName} (${server.applicationUri})`, ...server.endpoints.map(offerText)],
    device: known.devices.find((device) => isSame(device.connection, connection))?.id ?? null,
  };
}

function offerText({securityMode, securityPolicy, logins}: OfferedEndpoint): string {
  const security = securityMode === "None" ? "No security" : `${securityMode} ${securityPolicy}`;
  return logins.length === 0 ? security : `${security}, login: ${logins.join(" or ")}`;
}

function commonText(common: {manufacturer: string; model: string; version: string; serialNumber: string}): string {
  const {manufacturer, model, version, serialNumber} = common;
  return [
    `${manufacturer} ${model}`.trim(),
    ...(version === "" ? [] : [`version ${version}`]),
    ...(serialNumber === "" ? [] : [`serial number ${serialNumber}`]),
  ].join(", ");
}

function isSame(known: DeviceConnection, found: DeviceConnection): boolean {
  if (known.protocol === "modbus-tcp" && found.protocol === "modbus-tcp") {
    return known.host === found.host && known.port === found.port && known.unitId === found.unitId;
  }
  if (known.protocol === "opc-ua" && found.protocol === "opc-ua") {
    return bare(known.endpoint) === bare(found.endpoint);
  }
  return false;
}

function bare(endpoint: string): string {
  return endpoint.toLowerCase().replace(/^(opc\.tcp:\/\/[^/]*).*$/, "$1");
}
