// Noise without state: every value is a hash of (seed, stream, index), so a simulated day can be computed from any point of it and
// comes out the same after a restart. Never for keys.

// Taken once: a simulated hour draws half a million times.
const {floor, imul} = Math;

/** A repeatable draw in [0, 1). `stream` keeps uses apart; `index` is a whole number below 2^53. */
export function draw(seed: number, stream: number, index: number): number {
  let hash = imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ imul(stream + 1, 0xc2b2ae35);
  hash = mix(hash ^ index);
  hash = mix(hash ^ floor(index / 2 ** 32));
  return (hash >>> 0) / 2 ** 32;
}

/** A repeatable curve in [0, 1) through a draw at every whole `position`, flat at those points (smoothstep between them). */
export function curve(seed: number, stream: number, position: number): number {
  const knot = floor(position);
  const t = position - knot;
  const from = draw(seed, stream, knot);
  return from + (draw(seed, stream, knot + 1) - from) * t * t * (3 - 2 * t);
}

// The finaliser of MurmurHash3, 32 bits.
function mix(value: number): number {
  let hash = value;
  hash = imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
