import type {DeviceConnection, DeviceDefinition, ProfileSummary, ScanFinding} from "../../client/index.ts";
import {sentenceOf} from "../../errors.ts";
import type {Context} from "../context.ts";
import type {Prompt} from "../prompt.ts";
import {wholeNumber} from "../words.ts";

const SCAN_POLL_MS = 500;

/** Asks for one device, found by a scan or given by hand, tries it, and keeps it when the person wants it. */
export async function addFirstDevice(context: Context, prompt: Prompt): Promise<void> {
  const {gateway, output} = context;
  const profiles = (await gateway.field.profiles()).items;
  for (;;) {
    const definition = await askDevice(context, prompt, profiles);
    if (definition !== null) {
      const isGood = await tryOut(context, definition);
      if (await prompt.confirm(isGood ? "Keep it?" : "Keep it all the same?", isGood)) {
        await gateway.field.putDevice(definition);
        output.step("device", `${definition.id} is read from now on; \`tanglegate device list\` shows how it is`);
        return;
      }
    }
    if (!(await prompt.confirm("Try another one?", true))) return;
  }
}

async function tryOut({gateway, output}: Context, definition: DeviceDefinition): Promise<boolean> {
  try {
    const {isReachable, reason, remedy, readings} = await gateway.field.test(definition);
    output.table(
      ["value", "reading", "unit"],
      readings.map(({point, value, unit}) => [point, value === null ? "" : String(value), unit ?? ""]),
    );
    if (reason !== null) output.line(`${reason} ${remedy ?? ""}`.trimEnd());
    return isReachable && readings.some(({quality}) => quality === "good");
  } catch (error) {
    output.line(sentenceOf(error));
    return false;
  }
}

async function askDevice(
  context: Context,
  prompt: Prompt,
  profiles: readonly ProfileSummary[],
): Promise<DeviceDefinition | null> {
  const way = await prompt.ask("Look for devices, or name one by hand (scan, hand)?", {
    preset: "scan",
    check: oneOf(["scan", "hand"]),
  });
  const found = way === "scan" ? await findOne(context, prompt) : null;
  if (way === "scan" && found === null) return null;
  const connection = found?.connection ?? (await askConnection(prompt));
  const family = connection.protocol === "opc-ua" ? "opc-ua" : "modbus";
  const fitting = profiles.filter(({protocol}) => protocol === family).map(({name}) => name);
  const profile = await prompt.ask(`Profile (${fitting.join(", ")})?`, {
    ...(found?.profile == null ? {} : {preset: found.profile}),
    check: oneOf(fitting),
  });
  const id = await prompt.ask("Id of the device, also its name in the audit trail, such as boiler-meter?", {
    check: (answer) =>
      /^[A-Za-z0-9._-]{1,64}$/.test(answer) ? null : "1 to 64 of letters, digits, dot, underscore, hyphen.",
  });
  return {id, profile, connection};
}

async function findOne({gateway, output}: Context, prompt: Prompt): Promise<ScanFinding | null> {
  const target = await prompt.ask("Where: an address, or a range such as 192.168.1.0/24?");
  try {
    let job = await gateway.field.scan({target});
    while (job.state === "running") {
      await new Promise((resolve) => setTimeout(resolve, SCAN_POLL_MS));
      const next = await gateway.field.scanJob(job.id);
      if (next === null) break;
      job = next;
      process.stderr.write(`\r${job.done} of ${job.total} looked at, ${job.found.length} found `);
    }
    process.stderr.write("\n");
    if (job.reason !== null) output.line(job.reason);
    if (job.found.length === 0) {
      output.line(
        "Nothing answered there. Check the address, the cable, and that the device speaks Modbus TCP or OPC UA.",
      );
      return null;
    }
    output.table(
      ["no", "where", "what", "sure"],
      job.found.map(({connection, profile, confidence}, index) => [
        String(index + 1),
        placeOf(connection),
        profile ?? "unknown",
        confidence,
      ]),
    );
    const number = await askNumber(prompt, "Which one?", {preset: 1, from: 1, to: job.found.length});
    return job.found[number - 1]!;
  } catch (error) {
    output.line(sentenceOf(error));
    return null;
  }
}

async function askConnection(prompt: Prompt): Promise<DeviceConnection> {
  const protocol = await prompt.ask("Modbus TCP or OPC UA (modbus, opc-ua)?", {
    preset: "modbus",
    check: oneOf(["modbus", "opc-ua"]),
  });
  if (protocol === "opc-ua") {
    const endpoint = await prompt.ask("Endpoint, such as opc.tcp://192.168.1.30:4840?", {
      check: (answer) => (/^opc\.tcp:\/\/\S+$/.test(answer) ? null : "It begins with opc.tcp://."),
    });
    return {protocol: "opc-ua", endpoint, securityMode: "None", securityPolicy: "None"};
  }
  const host = await prompt.ask("Address of the device, such as 192.168.1.20?", {
    check: (answer) => (/^\S{1,255}$/.test(answer) ? null : "A host name or an address."),
  });
  const port = await askNumber(prompt, "Port?", {preset: 502, from: 1, to: 65_535});
  const unitId = await askNumber(prompt, "Unit id?", {preset: 1, from: 0, to: 255});
  return {protocol: "modbus-tcp", host, port, unitId};
}

async function askNumber(
  prompt: Prompt,
  question: string,
  {preset, from, to}: {preset: number; from: number; to: number},
): Promise<number> {
  const answer = await prompt.ask(question, {
    preset: String(preset),
    check: (text) => {
      try {
        wholeNumber(text, "It", {from, to});
        return null;
      } catch (error) {
        return sentenceOf(error);
      }
    },
  });
  return Number(answer);
}

function placeOf(connection: DeviceConnection): string {
  switch (connection.protocol) {
    case "modbus-tcp":
      return `${connection.host}:${connection.port} unit ${connection.unitId}`;
    case "modbus-rtu":
      return `${connection.path} unit ${connection.unitId}`;
    case "opc-ua":
      return connection.endpoint;
  }
}

function oneOf(words: readonly string[]): (answer: string) => string | null {
  return (answer) => (words.includes(answer) ? null : `One of ${words.join(", ")}.`);
}
