// The one place where a setting is decided: its type, its default, its limits and the sentence that explains it. The README table, the
// environment variables and the messages for a wrong value all come from here.

import {z} from "zod";

// A name, an IPv4 or an IPv6 address. The port has a setting of its own, and brackets belong to URLs.
const HOST = /^(?:[\w.-]+|[0-9a-f:.]*:[0-9a-f:.]*:[0-9a-f:.]*(?:%[\w.-]+)?)$/i;
const host = (text: string) =>
  z
    .string()
    .max(255)
    .regex(HOST, "a host name or an IP address, without http://, port or brackets")
    .default("127.0.0.1")
    .describe(text);
const on = (preset: boolean, text: string) => z.boolean("must be true or false").default(preset).describe(text);
const path = (text: string) => z.string().max(4096).default("").describe(text);
const port = (value: number, text: string) => z.int().min(0).max(65_535).default(value).describe(text);
const periodMs = (bounds: {from: number; to: number; preset: number}, text: string) =>
  z.int().min(bounds.from).max(bounds.to).default(bounds.preset).describe(text);

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Name of a site: part of the name of every log. */
export const siteName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9.-]{0,62}$/, "1 to 63 of a-z, 0-9, dot and hyphen, as in a host name");

/** Settings of `gateway.yaml`. A setting `section.key` is also the environment variable `TANGLEGATE_SECTION_KEY`. */
export const configSchema = z.strictObject({
  site: z
    .strictObject({
      name: siteName
        .default("gateway.local")
        .describe("Name of the gateway in its audit logs; cannot change once logs exist"),
    })
    .prefault({}),
  rest: z
    .strictObject({
      host: host("Address of REST, console and MQTT over WebSocket"),
      port: port(14_265, "Port of REST, console and MQTT over WebSocket"),
      tls: z
        .enum(["off", "self-signed", "files"])
        .default("off")
        .describe("Encryption for other machines: a certificate made here (`tanglegate expose`), or files of your own"),
      tls_cert: path("Certificate with its chain, PEM, for rest.tls: files"),
      tls_key: path("Its key, PEM, for rest.tls: files"),
    })
    .prefault({}),
  events: z
    .strictObject({
      host: host("Address of the MQTT broker"),
      port: port(1883, "Port of the MQTT broker (MQTT 3.1.1)"),
    })
    .prefault({}),
  node_red: z
    .strictObject({
      enabled: on(true, "Run Node-RED"),
      host: host("Address of the Node-RED editor"),
      port: port(1880, "Port of the Node-RED editor"),
      unsafe_nodes: on(false, "Offer Node-RED's exec and file nodes, which reach the whole machine"),
    })
    .prefault({}),
  field: z
    .strictObject({
      host: host("Address of the field process"),
      port: port(15_090, "Port of the field process"),
      devices: z
        .array(z.looseObject({id: z.string()}))
        .max(256)
        .default([])
        .describe("Devices that are always there, besides those defined in Node-RED (see src/client/field-api.ts)"),
    })
    .prefault({}),
  plant: z
    .strictObject({
      enabled: on(false, "Run the simulated site"),
      host: host("Address of the simulated site"),
      modbus_port: port(15_020, "Modbus TCP port of the simulated site"),
      opcua_port: port(48_400, "OPC UA port of the simulated site"),
      rest_port: port(15_080, "Port of the simulated site's own REST"),
      seed: z.int().min(0).max(4_294_967_295).default(1).describe("Seed of the simulated day"),
      speed: z
        .number()
        .min(1)
        .max(3600)
        .default(1)
        .describe("How much faster the simulated values move; time stamps stay real"),
    })
    .prefault({}),
  node: z
    .strictObject({
      coordinator: on(true, "Issue the network's milestones"),
      milestone_interval_ms: periodMs(
        {from: 1000, to: 10 * MINUTE_MS, preset: 2000},
        "Time between milestones while blocks wait for one, ms",
      ),
      idle_interval_ms: periodMs(
        {from: 1000, to: 24 * HOUR_MS, preset: MINUTE_MS},
        "Time between milestones when nothing waits, ms",
      ),
      pow_workers: z
        .int()
        .min(0)
        .max(64)
        .default(0)
        .describe("Workers for proof of work; 0 = processor cores less one"),
    })
    .prefault({}),
  audit: z
    .strictObject({
      anchor_interval_ms: periodMs(
        {from: 1000, to: HOUR_MS, preset: 10_000},
        "Time between anchors of the audit logs on the Tangle while entries arrive, ms",
      ),
      idle_anchor_interval_ms: periodMs(
        {from: MINUTE_MS, to: 24 * HOUR_MS, preset: HOUR_MS},
        "The same when nothing changes, ms",
      ),
      retention_days: z
        .int()
        .min(0)
        .max(36_500)
        .default(0)
        .describe("Bodies of audit entries older than this many days are erased, proofs stay; 0 = kept for ever"),
      recheck_interval_hours: z
        .int()
        .min(1)
        .max(720)
        .default(24)
        .describe("Time between two re-checks of the whole audit trail in the background, hours"),
    })
    .prefault({}),
  log: z
    .strictObject({
      level: z.enum(["debug", "info", "warn", "error"]).default("info").describe("Least level of what is logged"),
    })
    .prefault({}),
});

/** All settings with their defaults filled in. */
export type Config = z.infer<typeof configSchema>;
