// The simulated site's own REST: what it is like, and levers for tests and demonstrations. It is no part of a real gateway.

import {createHash, timingSafeEqual} from "node:crypto";
import fastify, {type FastifyInstance} from "fastify";
import {z} from "zod";
import {GatewayError, sentenceOf} from "../errors.ts";
import {errorBody, httpStatusOf} from "../http.ts";
import type {Log} from "../log.ts";
import {createService, type Service} from "../service.ts";
import type {ActiveFault, FaultDevice, FaultKind} from "./faults.ts";
import {FAULT_DEVICES, FAULT_KINDS} from "./faults.ts";
import type {MachineCommand, MachineOutcome} from "./machine.ts";

export interface PlantState {
  /** RFC 3339; the simulated moment, by the site's clock in UTC. */
  readonly simulatedTime: string;
  readonly speed: number;
  readonly faults: readonly (Omit<ActiveFault, "untilMs"> & {readonly until: string})[];
  readonly sun: {readonly elevationDeg: number; readonly cloudCover: number; readonly ambientC: number};
  /** W; grid import positive, production positive. */
  readonly power: {readonly gridW: number; readonly machineW: number; readonly solarW: number};
  /** kWh since the meters were made. */
  readonly energy: {readonly importKwh: number; readonly exportKwh: number; readonly solarKwh: number};
  readonly machine: {
    readonly state: string;
    readonly stopReason: string;
    readonly speed: number;
    readonly sealC: number;
    readonly produced: number;
    readonly defective: number;
    readonly isTakenOver: boolean;
  };
}

/** What the REST asks of the plant. */
export interface PlantControl {
  state(): PlantState;
  setFault(device: FaultDevice, fault: FaultKind, seconds: number): Promise<void>;
  setSpeed(speed: number): Promise<void>;
  command(command: MachineCommand): Promise<MachineOutcome>;
}

export interface PlantRestOptions {
  readonly host: string;
  readonly port: number;
  /** Bearer token of every route except /health. */
  readonly token: string;
}

export interface PlantRest extends Service {
  readonly port: number;
}

const BODY_MAX_BYTES = 4096;
export const SPEED_MAX = 3600;

const faultBody = z.strictObject({
  device: z.enum(FAULT_DEVICES),
  fault: z.enum(FAULT_KINDS),
  seconds: z.number().min(1).max(3600).default(30),
});
const speedBody = z.strictObject({speed: z.number().min(1).max(SPEED_MAX)});
const disturbanceBody = z.strictObject({what: z.enum(["jam", "stuck-heater", "starve"])});

export function createPlantRest(
  options: PlantRestOptions,
  control: PlantControl,
  deps: {readonly log: Log},
): PlantRest {
  let app: FastifyInstance | null = null;
  let port = 0;
  const service = createService({
    start: async () => {
      app = build(options, control, deps.log);
      try {
        await app.listen({host: options.host, port: options.port});
      } catch (error) {
        const sentence = `The plant's REST cannot listen on ${options.host}:${options.port}: ${sentenceOf(error)}.`;
        throw new GatewayError("plant/cannot-listen", sentence, {setting: "plant.rest_port", port: options.port});
      }
      const address = app.server.address();
      port = typeof address === "object" && address !== null ? address.port : options.port;
    },
    stop: async () => {
      await app?.close();
      app = null;
      port = 0;
    },
  });
  return {
    ...service,
    get port() {
      return port;
    },
  };
}

function build(options: PlantRestOptions, control: PlantControl, log: Log): FastifyInstance {
  const app = fastify({bodyLimit: BODY_MAX_BYTES, forceCloseConnections: true});
  const expected = digestOf(`Bearer ${options.token}`);
  app.addHook("onRequest", async (request) => {
    if (request.url === "/health") return;
    if (!timingSafeEqual(digestOf(request.headers.authorization ?? ""), expected)) {
      throw new GatewayError("plant/unauthorised", "This needs the plant's bearer token (TANGLEGATE_PLANT_TOKEN).");
    }
  });
  app.setErrorHandler((error, _request, reply) => {
    const status = httpStatusOf(error);
    if (status >= 500) log.error({reason: sentenceOf(error)}, "a request to the plant failed");
    return reply
      .code(status)
      .send(errorBody(status, status >= 500 ? "The plant failed; see its log." : sentenceOf(error)));
  });
  app.setNotFoundHandler((_request, reply) =>
    reply.code(404).send(errorBody(404, "The plant has GET /health, GET /state, POST /faults, /speed, /disturbances.")),
  );

  app.get("/health", () => ({isHealthy: true}));
  app.get("/state", () => control.state());
  app.post("/faults", async (request) => {
    const {device, fault, seconds} = parse(faultBody, request.body);
    await control.setFault(device, fault, seconds);
    return control.state().faults;
  });
  app.post("/speed", async (request) => {
    const {speed} = parse(speedBody, request.body);
    await control.setSpeed(speed);
    return {speed};
  });
  app.post("/disturbances", async (request) => {
    const {what} = parse(disturbanceBody, request.body);
    const outcome = await control.command({kind: "disturb", what});
    if (outcome.kind === "refused") throw new GatewayError("plant/conflict", outcome.sentence);
    return control.state().machine;
  });
  return app;
}

function parse<Form>(form: z.ZodType<Form>, body: unknown): Form {
  const parsed = form.safeParse(body ?? {});
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const field = issue.path.join(".") || "body";
  throw new GatewayError("plant/invalid", `${field}: ${issue.message}.`, {field});
}

// Digests have one length, which the constant-time comparison needs.
function digestOf(text: string): Uint8Array {
  return createHash("sha256").update(text).digest();
}
