import type {GatewayError} from "../errors.ts";
import {createLinkFigures} from "../fieldbus/index.ts";
import type {Device, OwnedDefinition} from "./device.ts";

/** Stands for a kept definition that cannot run (its profile is gone, say): shown with the reason, and never forgotten. */
export function createFaultyDevice({definition, definedBy}: OwnedDefinition, error: GatewayError): Device {
  const {connection} = definition;
  const address =
    connection.protocol === "opc-ua"
      ? connection.endpoint
      : connection.protocol === "modbus-tcp"
        ? `${connection.host}:${connection.port}`
        : connection.path;
  const refuse = () => Promise.reject(error);
  return {
    start: () => Promise.resolve(),
    stop: () => Promise.resolve(),
    definition,
    definedBy,
    points: [],
    point: () => null,
    status: () => ({
      id: definition.id,
      name: definition.name ?? definition.id,
      protocol: connection.protocol,
      address,
      profile: definition.profile,
      definedBy,
      state: "fault",
      faultCode: "definition",
      reason: error.message,
      remedy: "Put the definition right and deploy it again, or remove the device.",
      lastGoodMs: null,
      requests: 0,
      failures: 0,
      // Nothing is ever asked of it.
      link: createLinkFigures().report(0),
      points: [],
      methods: [],
    }),
    readings: () => [],
    reading: () => {
      throw error;
    },
    read: refuse,
    write: refuse,
    call: refuse,
  };
}
