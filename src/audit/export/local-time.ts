// Times as a place's clocks show them, with the offset beside them, so that the hour that comes twice in autumn can be told apart.

const OFFSETS_MAX = 100_000;
const QUARTER_MS = 15 * 60_000;

/** Gives UTC times, RFC 3339 with milliseconds, as local ones: `2026-06-01T02:00:00.000+02:00`. Errors: RangeError for an unknown zone. */
export function createLocalTime(timeZone: string): (utc: string) => string {
  const format = new Intl.DateTimeFormat("en", {timeZone, timeZoneName: "longOffset"});
  // An offset changes at most at a quarter of an hour; asking for it costs more than writing a line.
  const offsets = new Map<number, string>();
  return (utc) => {
    const ms = Date.parse(utc);
    const quarter = Math.floor(ms / QUARTER_MS);
    let offset = offsets.get(quarter);
    if (offset === undefined) {
      if (offsets.size >= OFFSETS_MAX) offsets.clear();
      const name = format.formatToParts(ms).find(({type}) => type === "timeZoneName")!.value;
      offset = name === "GMT" ? "+00:00" : name.slice("GMT".length, "GMT+00:00".length);
      offsets.set(quarter, offset);
    }
    const [hours, minutes] = offset.slice(1).split(":");
    const shift = (Number(hours) * 60 + Number(minutes)) * 60_000 * (offset.startsWith("-") ? -1 : 1);
    return new Date(ms + shift).toISOString().slice(0, -1) + offset;
  };
}
