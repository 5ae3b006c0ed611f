// How a link does, over the last minutes: a ring of ten-second buckets for the counts, a ring of the newest round trips for their
// median. Memory is the same for a device that is asked once an hour and one that is asked a hundred times a second.

/** Span of the figures, s. */
export const LINK_SECONDS = 300;

const BUCKET_MS = 10_000;
const BUCKETS = (LINK_SECONDS * 1_000) / BUCKET_MS;
const ROUND_TRIPS = 64;

/** Figures of the last `LINK_SECONDS`. */
export interface LinkReport {
  readonly seconds: number;
  readonly requests: number;
  readonly failures: number;
  /** 0..1; null without a request. */
  readonly successRate: number | null;
  /** Of the newest round trips of the span, 64 at most, ms; null without one. */
  readonly medianMs: number | null;
  readonly lastMs: number | null;
}

/** Times are monotonic, ms, and never go back. */
export interface LinkFigures {
  noteRequest(now: number): void;
  noteFailure(now: number): void;
  /** From the request on the line to its answer. */
  noteRoundTrip(now: number, tookMs: number): void;
  report(now: number): LinkReport;
}

export function createLinkFigures(): LinkFigures {
  // Number of the bucket in each place: an old one is begun anew when its place comes round again.
  const numbers = new Float64Array(BUCKETS).fill(-1);
  const requests = new Uint32Array(BUCKETS);
  const failures = new Uint32Array(BUCKETS);
  const tookMs = new Float64Array(ROUND_TRIPS);
  const atMs = new Float64Array(ROUND_TRIPS).fill(Number.NEGATIVE_INFINITY);
  let next = 0;

  const placeAt = (now: number): number => {
    const number = Math.floor(now / BUCKET_MS);
    const place = ((number % BUCKETS) + BUCKETS) % BUCKETS;
    if (numbers[place] !== number) {
      numbers[place] = number;
      requests[place] = 0;
      failures[place] = 0;
    }
    return place;
  };

  const sum = (counts: Uint32Array, now: number): number => {
    const newest = Math.floor(now / BUCKET_MS);
    return counts.reduce((total, count, place) => total + (newest - numbers[place]! < BUCKETS ? count : 0), 0);
  };

  return {
    noteRequest: (now) => {
      requests[placeAt(now)]! += 1;
    },
    noteFailure: (now) => {
      failures[placeAt(now)]! += 1;
    },
    noteRoundTrip: (now, ms) => {
      tookMs[next] = ms;
      atMs[next] = now;
      next = (next + 1) % ROUND_TRIPS;
    },
    report: (now) => {
      const asked = sum(requests, now);
      // A request may fail in a later bucket than the one it was counted in.
      const failed = Math.min(asked, sum(failures, now));
      const recent = tookMs.filter((_, place) => now - atMs[place]! < LINK_SECONDS * 1_000).sort();
      const newest = (next + ROUND_TRIPS - 1) % ROUND_TRIPS;
      return {
        seconds: LINK_SECONDS,
        requests: asked,
        failures: failed,
        successRate: asked === 0 ? null : (asked - failed) / asked,
        medianMs: recent.length === 0 ? null : rounded(recent[Math.floor(recent.length / 2)]!),
        lastMs: recent.length === 0 ? null : rounded(tookMs[newest]!),
      };
    },
  };
}

function rounded(ms: number): number {
  return Number(ms.toFixed(2));
}
