import type {DeviceStatus, PointDescription} from "../../client/index.ts";
import {liveValue} from "../live.ts";

// What a person looks for first: power and energy, then the other measured values, then states.
const UNIT_RANKS = ["W", "kW", "kWh", "Wh", "°C", "%", "V", "A", "Hz"];

/** A device's points, the ones that people look for first; those without a value last. */
export function keyPointsOf(device: DeviceStatus): readonly PointDescription[] {
  const rank = ({name, unit, values}: PointDescription) => {
    // Read without listening: the order must not change with every reading.
    const known = liveValue(device.id, name).peek()?.reading;
    if (known !== undefined && known.value === null) return 100;
    if (values !== undefined) return 3.5;
    if (unit === null) return 50;
    const place = UNIT_RANKS.indexOf(unit);
    const isTotal = /total|^W$|^activePower$/i.test(name) && unit === "W";
    return isTotal ? -1 : place >= 0 ? place : 20;
  };
  return device.points
    .map((point, place) => ({point, rank: rank(point), place}))
    .sort((a, b) => a.rank - b.rank || a.place - b.place)
    .map(({point}) => point);
}
