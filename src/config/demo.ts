// The demo network: what runs when the home holds no gateway.yaml. The simulated site is on, anchors come faster, and its three
// machines are defined; everything else is as for a real site.

import {authorityOf} from "./address.ts";

/** Name of the demo's site; no real one may have it. */
export const demoSiteName = "demo.gateway.local";

/** Settings of the demo, in the form of `gateway.yaml`; `ports` are those the environment may have moved. */
export function demoSettings(ports: {host: string; modbusPort: number; opcuaPort: number}): Record<string, unknown> {
  const modbus = (unitId: number) => ({protocol: "modbus-tcp", host: ports.host, port: ports.modbusPort, unitId});
  return {
    site: {name: demoSiteName},
    plant: {enabled: true},
    audit: {anchor_interval_ms: 2000},
    field: {
      devices: [
        {id: "main-meter", name: "Main meter", connection: modbus(1), profile: "eastron-sdm630"},
        {id: "solar-inverter", name: "Solar inverter", connection: modbus(2), profile: "sunspec-inverter"},
        {
          id: "packaging-1",
          name: "Packaging machine 1",
          connection: {
            protocol: "opc-ua",
            endpoint: `opc.tcp://${authorityOf({host: ports.host, port: ports.opcuaPort})}`,
            securityMode: "SignAndEncrypt",
            securityPolicy: "Basic256Sha256",
            user: "operator",
            // Guards a simulation only; every copy of the demo has the same one.
            password: "plant-demo",
            trustOnFirstUse: true,
          },
          profile: "plant-packaging-machine",
        },
      ],
    },
  };
}
