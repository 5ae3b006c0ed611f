import type {Clock} from "../../clock.ts";
import {GatewayError} from "../../errors.ts";
import type {DeviceProfile} from "../profile.ts";
import {CONNECT_MS, type MbapLink, openMbapLink, type ProbeAnswer, type ProbeRequest} from "./mbap-link.ts";
import {type Recognised, recogniseModbus} from "./recognise.ts";
import {
  COMMON_REGISTERS,
  readCommon,
  SUNSPEC_BASES,
  SUNSPEC_END,
  SUNSPEC_MARK,
  SUNSPEC_MODELS_MAX,
  type SunSpecMap,
} from "./sun-spec.ts";

/** What one unit says of itself. */
export interface ModbusUnitFound {
  readonly unitId: number;
  /** Objects of Modbus 43/14: 0 maker, 1 product code, 2 version; null when it has none. */
  readonly identification: ReadonlyMap<number, string> | null;
  readonly sunSpec: SunSpecMap | null;
  readonly recognised: Recognised | null;
}

export interface ModbusScanOptions {
  readonly host: string;
  readonly port: number;
  readonly unitIds: readonly number[];
  readonly profiles: readonly DeviceProfile[];
}

export interface ModbusScanDeps {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Before each request; throws when there were enough. */
  onRequest(): void;
  onFound(unit: ModbusUnitFound): void;
}

/** For an answer; behind a serial gateway at 9,600 baud it takes some 200 ms. */
const ANSWER_MS = 600;
/** Some devices hang up on a unit or function they do not know. */
const RECONNECTS_MAX = 4;
/** Exceptions of a gateway: it is alive, the unit behind it is not. */
const NOBODY = [10, 11];
/** Two registers, because some devices refuse an odd number; of either table, because some know one only. */
const FIRST_REQUESTS: readonly ProbeRequest[] = [
  {kind: "holding", address: SUNSPEC_BASES[0], count: 2},
  {kind: "input", address: 0, count: 2},
];

/**
 * Asks the units of one host, one request at a time on one connection. Returns whether something listens there. Errors: those of
 * `onRequest`, the signal's reason; a host that hangs up again and again: `fieldbus/unavailable`.
 */
export async function scanModbusHost(options: ModbusScanOptions, deps: ModbusScanDeps): Promise<boolean> {
  const {host, port, unitIds, profiles} = options;
  let link: MbapLink | null = null;
  let reconnects = 0;
  const open = async (): Promise<MbapLink> => {
    link ??= await openMbapLink({host, port, connectMs: CONNECT_MS, answerMs: ANSWER_MS}, deps);
    return link;
  };
  const ask = async (unitId: number, request: ProbeRequest): Promise<ProbeAnswer> => {
    deps.onRequest();
    try {
      return await (await open()).ask(unitId, request);
    } catch (error) {
      if (deps.signal.aborted || !(error instanceof GatewayError)) throw error;
      link = null;
      reconnects += 1;
      if (reconnects > RECONNECTS_MAX) throw error;
      // It hung up on this question; the next one may do.
      return {kind: "silent"};
    }
  };
  try {
    await open();
  } catch (error) {
    if (deps.signal.aborted) throw error;
    return false;
  }
  try {
    for (const unitId of unitIds) {
      const found = await probeUnit(unitId, profiles, (request) => ask(unitId, request));
      if (found !== null) deps.onFound(found);
    }
    return true;
  } finally {
    (link as MbapLink | null)?.close();
  }
}

async function probeUnit(
  unitId: number,
  profiles: readonly DeviceProfile[],
  ask: (request: ProbeRequest) => Promise<ProbeAnswer>,
): Promise<ModbusUnitFound | null> {
  let isThere = false;
  for (const request of FIRST_REQUESTS) {
    const answer = await ask(request);
    if (answer.kind === "exception" && NOBODY.includes(answer.exception)) return null;
    isThere ||= answer.kind === "registers" || answer.kind === "exception";
    if (isThere) break;
  }
  if (!isThere) return null;
  const read = async (request: Extract<ProbeRequest, {kind: "holding" | "input"}>) => {
    const answer = await ask(request);
    return answer.kind === "registers" ? answer.registers : null;
  };
  const identification = await ask({kind: "identification"});
  return {
    unitId,
    identification: identification.kind === "objects" ? identification.objects : null,
    sunSpec: await readSunSpec((address, count) => read({kind: "holding", address, count})),
    recognised: await recogniseModbus(profiles, read),
  };
}

async function readSunSpec(
  read: (address: number, count: number) => Promise<readonly number[] | null>,
): Promise<SunSpecMap | null> {
  for (const base of SUNSPEC_BASES) {
    const mark = await read(base, 2);
    if (mark === null || mark[0] !== SUNSPEC_MARK[0] || mark[1] !== SUNSPEC_MARK[1]) continue;
    const models: {id: number; length: number}[] = [];
    for (let at = base + 2; models.length < SUNSPEC_MODELS_MAX && at < 65_534; ) {
      const [id, length] = (await read(at, 2)) ?? [];
      if (id === undefined || length === undefined || id === SUNSPEC_END) break;
      models.push({id, length});
      at += 2 + length;
    }
    const common = models[0]?.id === 1 ? await read(base + 4, COMMON_REGISTERS) : null;
    return {base, models, common: common === null ? null : readCommon(common)};
  }
  return null;
}
