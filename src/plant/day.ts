// The day outside: where the sun stands, what clouds leave of it, how warm it is. Pure functions of (seed, place, time).

import type {UnixMs} from "../units.ts";
import {curve} from "./noise.ts";

export interface Place {
  readonly latitudeDeg: number;
  /** East positive. */
  readonly longitudeDeg: number;
  /** Minutes that the wall clock is ahead of UTC, the year round: the simulated site does not change its clocks. */
  readonly utcOffsetMinutes: number;
}

export interface Sky {
  /** Above the horizon; negative at night. */
  readonly elevationDeg: number;
  /** Clockwise from north. */
  readonly azimuthDeg: number;
  /** 0 = clear, 1 = overcast. */
  readonly cloudCover: number;
  /** Direct radiation on a plane that faces the sun, W/m². */
  readonly beamWm2: number;
  /** Diffuse radiation on a level plane, W/m². */
  readonly diffuseWm2: number;
  readonly ambientC: number;
}

/** Wall clock of the site. `weekday`: 0 = Sunday. */
export interface LocalTime {
  /** Hours since midnight, 0 <= hour < 24. */
  readonly hour: number;
  readonly weekday: number;
  /** Days since 1970-01-01 by the site's clock. */
  readonly day: number;
}

const DAY_MS = 86_400_000;
const {sin, cos, exp, floor, min, max, PI} = Math;
const RAD = PI / 180;

const STREAM_DAY_CLOUDS = 1;
const STREAM_SLOW_CLOUDS = 2;
const STREAM_FAST_CLOUDS = 3;
const STREAM_WEATHER = 4;

export function localTimeAt(place: Place, timeMs: UnixMs): LocalTime {
  const local = timeMs + place.utcOffsetMinutes * 60_000;
  const day = floor(local / DAY_MS);
  // 1970-01-01 was a Thursday.
  return {day, hour: (local - day * DAY_MS) / 3_600_000, weekday: (((day + 4) % 7) + 7) % 7};
}

export function skyAt(seed: number, place: Place, timeMs: UnixMs): Sky {
  const {elevationDeg, azimuthDeg} = sunAt(place, timeMs);
  const cloudCover = cloudCoverAt(seed, place, timeMs);
  const height = sin(elevationDeg * RAD);
  // Haurwitz's clear-sky model for the radiation on a level plane, then Kasten and Czeplak's reduction by cloud cover.
  const clearWm2 = height > 0 ? 1098 * height * exp(-0.057 / height) : 0;
  const globalWm2 = clearWm2 * (1 - 0.75 * cloudCover ** 3.4);
  const diffuseShare = min(1, 0.14 + 0.86 * cloudCover ** 1.5);
  const diffuseWm2 = globalWm2 * diffuseShare;
  // Near the horizon the level plane sees too little to tell the beam from; it is bounded by what reaches the ground at best.
  const beamWm2 = height > 0 ? min(1000, (globalWm2 - diffuseWm2) / max(height, 0.05)) : 0;
  return {
    elevationDeg,
    azimuthDeg,
    cloudCover,
    beamWm2,
    diffuseWm2,
    ambientC: ambientAt(seed, place, timeMs, cloudCover),
  };
}

/** Position of the sun to about half a degree: Cooper's declination and the usual two-term equation of time. */
function sunAt(place: Place, timeMs: UnixMs): {elevationDeg: number; azimuthDeg: number} {
  const dayOfYear = dayOfYearAt(timeMs);
  const declination = 23.44 * RAD * sin((2 * PI * (284 + dayOfYear)) / 365);
  const season = (2 * PI * (dayOfYear - 81)) / 364;
  const equationOfTimeMinutes = 9.87 * sin(2 * season) - 7.53 * cos(season) - 1.5 * sin(season);
  const utcHours = (timeMs % DAY_MS) / 3_600_000;
  const solarHours = utcHours + place.longitudeDeg / 15 + equationOfTimeMinutes / 60;
  const hourAngle = (solarHours - 12) * 15 * RAD;
  const latitude = place.latitudeDeg * RAD;
  const height = sin(latitude) * sin(declination) + cos(latitude) * cos(declination) * cos(hourAngle);
  const east = -cos(declination) * sin(hourAngle);
  const north = cos(latitude) * sin(declination) - sin(latitude) * cos(declination) * cos(hourAngle);
  return {
    elevationDeg: Math.asin(max(-1, min(1, height))) / RAD,
    azimuthDeg: (Math.atan2(east, north) / RAD + 360) % 360,
  };
}

function dayOfYearAt(timeMs: UnixMs): number {
  const start = Date.UTC(new Date(timeMs).getUTCFullYear(), 0, 1);
  return 1 + (timeMs - start) / DAY_MS;
}

/** A day has its character (clear, changing, grey); clouds pass within it, most where it is neither. */
function cloudCoverAt(seed: number, place: Place, timeMs: UnixMs): number {
  const localDays = (timeMs + place.utcOffsetMinutes * 60_000) / DAY_MS;
  // Steeper than the noise itself, so that clear and grey days are as common as changing ones.
  const character = clamp01(0.5 + 1.5 * (curve(seed, STREAM_DAY_CLOUDS, localDays) - 0.5));
  const changing = 1 - Math.abs(2 * character - 1);
  const slow = curve(seed, STREAM_SLOW_CLOUDS, timeMs / 2_700_000) - 0.5;
  const fast = curve(seed, STREAM_FAST_CLOUDS, timeMs / 240_000) - 0.5;
  return clamp01(character + (0.15 + 0.6 * changing) * slow + (0.05 + 0.8 * changing) * fast);
}

function ambientAt(seed: number, place: Place, timeMs: UnixMs, cloudCover: number): number {
  const seasonal = 9.5 + 9.5 * sin((2 * PI * (dayOfYearAt(timeMs) - 105)) / 365);
  const {hour} = localTimeAt(place, timeMs);
  const daily = 5.5 * (1 - 0.5 * cloudCover) * cos((2 * PI * (hour - 15)) / 24);
  return seasonal + daily + 6 * (curve(seed, STREAM_WEATHER, timeMs / (1.5 * DAY_MS)) - 0.5);
}

function clamp01(value: number): number {
  return max(0, min(1, value));
}
