// After a full disk the trail must be opened anew: what the device kept of a failed write cannot be known. This tries it, by itself and
// when asked, one try at a time.

import path from "node:path";
import type {Clock} from "../clock.ts";
import {GatewayError, sentenceOf} from "../errors.ts";
import type {Log} from "../log.ts";
import type {Random} from "../random.ts";
import {type Disk, systemDisk} from "../storage/index.ts";
import type {UnixMs} from "../units.ts";

export interface Reopening {
  /** Tries from now on by itself, until a try succeeds. */
  begin(): void;
  /** Tries at once. Errors: `audit/busy` while something else runs, those of the try. */
  now(): Promise<void>;
  /** When it tries next by itself; null when it does not. */
  nextAt(): UnixMs | null;
  /** Waits for a try that runs; there is no other after it. */
  stop(): Promise<void>;
}

export interface ReopeningSteps {
  /** Whether there is room again; rejects when not. Until it resolves the trail stays open for reading. */
  readonly checkRoom: () => Promise<void>;
  /** Closes what is open and opens it anew. When it rejects, it has called `begin`, and can be called again. */
  readonly reopen: () => Promise<void>;
  /** Whether something reads or checks that a try would disturb. */
  readonly isBusy: () => boolean;
}

const FIRST_TRY_MS = 10_000;
const TRY_INTERVAL_MAX_MS = 300_000;

export function createReopening(steps: ReopeningSteps, {clock, log}: {clock: Clock; log: Log}): Reopening {
  const stopping = new AbortController();
  let looping: Promise<void> | null = null;
  let trying: Promise<void> | null = null;
  let nextAt: UnixMs | null = null;
  let isWanted = false;

  const tryNow = (): Promise<void> => {
    if (trying !== null) return trying;
    if (steps.isBusy())
      return Promise.reject(
        new GatewayError("audit/busy", "The audit trail is being read or checked; open it anew after that."),
      );
    // Who wants another try, because this one failed or what it opened did, says so again.
    isWanted = false;
    trying = steps.reopen().finally(() => {
      trying = null;
    });
    return trying;
  };

  const loop = async ({signal}: AbortController) => {
    let delayMs = FIRST_TRY_MS;
    while (isWanted) {
      nextAt = clock.now() + delayMs;
      await clock.sleep(delayMs, signal).catch(() => undefined);
      nextAt = null;
      if (signal.aborted || !isWanted) return;
      if (steps.isBusy()) continue;
      delayMs = Math.min(delayMs * 2, TRY_INTERVAL_MAX_MS);
      try {
        await steps.checkRoom();
        // It is asked again: something may have begun meanwhile.
        if (!signal.aborted && isWanted && !steps.isBusy()) await tryNow();
      } catch (error) {
        log.warn({reason: sentenceOf(error), nextMs: delayMs}, "audit: the trail cannot be opened anew yet");
      }
    }
  };

  const begin = () => {
    isWanted = true;
    looping ??= loop(stopping).finally(() => {
      looping = null;
      nextAt = null;
      if (isWanted && !stopping.signal.aborted) begin();
    });
  };

  return {
    begin,
    now: tryNow,
    nextAt: () => nextAt,
    stop: async () => {
      stopping.abort(new GatewayError("audit/unavailable", "The audit trail is stopping."));
      await looping;
      await trying?.catch(() => undefined);
    },
  };
}

// What journal and store need to open and to go on for a while.
const ROOM_CHUNK = 64 * 1024;
const ROOM_CHUNKS = 16;

/** Resolves when a mebibyte can be written into the folder. `random`: zeros would take no room on disks that compress. */
export async function checkRoom(folder: string, random: Random, disk: Disk = systemDisk): Promise<void> {
  const name = path.join(folder, "room");
  const file = await disk.open(name);
  try {
    for (let i = 0; i < ROOM_CHUNKS; i++) await file.write(random.bytes(ROOM_CHUNK), i * ROOM_CHUNK);
    await file.sync();
  } finally {
    file.close();
    await disk.remove(name);
  }
}
