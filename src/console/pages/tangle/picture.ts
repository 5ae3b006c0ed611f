// The live Tangle on a canvas. What a thousand blocks and their edges look like is drawn into a strip wider than the window, and only when
// something of it changed: curves are slow to draw without a graphics processor. While the picture moves, the strip is moved.

import type {TangleBlock} from "../../../client/index.ts";
import {createLayout, type Layout, type PlacedBlock, pastConeOf} from "./layout.ts";

export interface Picture {
  readonly layout: Layout;
  /** Shows these blocks; those that are known stay where they are. */
  add(blocks: readonly TangleBlock[]): void;
  confirm(ids: readonly string[], index: number): void;
  /** Lights a block and its past cone; null = nothing. */
  highlight(id: string | null): void;
  /** Goes on with the newest block at the right edge. */
  follow(): void;
  /** Brings a block into view. `coveredPx`: what lies over the right of the picture. */
  reveal(id: string, coveredPx?: number): void;
  zoom(factor: number): void;
  end(): void;
}

export interface PictureEvents {
  readonly onHover: (id: string | null) => void;
  readonly onPick: (id: string) => void;
  /** Whether the picture follows the newest block. */
  readonly onFollow: (isFollowing: boolean) => void;
}

export const BLOCKS_SHOWN = 1_000;

const COLUMN_PX = 46;
const LANE_PX = 26;
const MARGIN_PX = 40;
const RADIUS = 6;
const HIT_PX = 16;
const FADE_MS = 500;
const ZOOM_MIN = 0.35;
const ZOOM_MAX = 2;
/** What the strip has on each side of the window, as part of the window. */
const STRIP_MARGIN = 0.5;
/** Part of the way to the right edge that the view goes in each frame. */
const CHASE = 0.14;

interface Colours {
  readonly surface: string;
  readonly text: string;
  readonly line: string;
  readonly quiet: string;
  readonly accent: string;
  readonly series: readonly string[];
}

/** What a canvas shows of the world: the world x at its right edge, and its width in px. */
interface Part {
  readonly right: number;
  readonly width: number;
}

/** Draws on `canvas` until `end`. */
export function createPicture(canvas: HTMLCanvasElement, {onHover, onPick, onFollow}: PictureEvents): Picture {
  const layout = createLayout(BLOCKS_SHOWN);
  const window = canvas.getContext("2d")!;
  const strip = document.createElement("canvas").getContext("2d")!;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const confirmedAt = new Map<string, number>();
  let colours = readColours();
  let size = {width: 0, height: 0};
  let scale = 1;
  /** World x at the right edge of the view. */
  let right = 0;
  let isFollowing = true;
  let lit: string | null = null;
  let cone: ReadonlySet<string> = new Set();
  let frame = 0;
  let drag: {x: number; right: number; hasMoved: boolean} | null = null;
  /** Part of the world that the strip shows: `right` is the world x at its right edge. Null: something changed since it was drawn. */
  let drawn: Part | null = null;

  const target = () => layout.lastColumn * COLUMN_PX + MARGIN_PX / scale;
  const wake = () => {
    if (frame === 0) frame = requestAnimationFrame(draw);
  };
  const change = () => {
    drawn = null;
    wake();
  };
  const setFollowing = (value: boolean) => {
    if (value !== isFollowing) onFollow(value);
    isFollowing = value;
  };
  const xIn = (part: Part, {column}: PlacedBlock) => part.width - (part.right - column * COLUMN_PX) * scale;
  const xOf = (place: PlacedBlock) => xIn({right, width: size.width}, place);
  const yOf = ({lane}: PlacedBlock) => size.height / 2 + lane * Math.min(LANE_PX * scale, (size.height / 2 - 16) / 12);

  function draw(now: number): void {
    frame = 0;
    let isMoving = false;
    if (isFollowing && drag === null) {
      const gap = target() - right;
      right = still.matches || Math.abs(gap) < 0.5 || gap > size.width * 3 ? target() : right + gap * CHASE;
      isMoving = right !== target();
    }
    const margin = size.width * STRIP_MARGIN;
    const shift = drawn === null ? Number.POSITIVE_INFINITY : (drawn.right - right) * scale - margin;
    if (drawn === null || Math.abs(shift) > margin) {
      drawn = {right: right + margin / scale, width: size.width + 2 * margin};
      drawStrip(drawn);
    }
    const left = Math.round(((drawn.right - right) * scale - 2 * margin) * devicePixelRatio) / devicePixelRatio;
    window.clearRect(0, 0, size.width, size.height);
    // A strip without an area cannot be drawn: the canvas has no size yet.
    if (strip.canvas.width > 0 && strip.canvas.height > 0)
      window.drawImage(strip.canvas, left, 0, drawn.width, size.height);
    if (drawFading(now)) isMoving = true;
    if (isMoving) wake();
  }

  function drawStrip(part: Part): void {
    strip.clearRect(0, 0, part.width, size.height);
    const visible: PlacedBlock[] = [];
    for (const place of layout.placed.values()) {
      const x = xIn(part, place);
      if (x > -COLUMN_PX && x < part.width + COLUMN_PX) visible.push(place);
    }
    drawEdges(part, visible);
    for (const place of visible)
      drawBlock(strip, place, {
        x: xIn(part, place),
        fill: place.block.confirmedBy === null || confirmedAt.has(place.block.id) ? 0 : 1,
      });
  }

  // Blocks that a milestone has just confirmed fill over the strip, which has them hollow until all of them are full.
  function drawFading(now: number): boolean {
    if (confirmedAt.size === 0) return false;
    for (const [id, since] of confirmedAt) {
      const place = layout.placed.get(id);
      const fill = still.matches ? 1 : Math.max(0, Math.min(1, (now - since) / FADE_MS));
      if (place === undefined || fill === 1) {
        confirmedAt.delete(id);
        drawn = null;
      }
      if (place !== undefined) drawBlock(window, place, {x: xOf(place), fill});
    }
    return true;
  }

  function drawEdges(part: Part, visible: readonly PlacedBlock[]): void {
    const lines: Path2D[] = [];
    strip.lineWidth = 1;
    strip.strokeStyle = colours.line;
    strip.globalAlpha = lit === null ? 0.75 : 0.25;
    for (const place of visible) {
      // A path for each block: one path of everything takes its time squared.
      const plain = new Path2D();
      const bright = new Path2D();
      const x = xIn(part, place);
      const y = yOf(place);
      for (const id of place.block.parents) {
        const parent = layout.placed.get(id);
        if (parent === undefined) continue;
        const path = cone.has(place.block.id) && cone.has(id) ? bright : plain;
        const [px, py] = [xIn(part, parent), yOf(parent)];
        const bend = (x - px) / 2;
        path.moveTo(x, y);
        path.bezierCurveTo(x - bend, y, px + bend, py, px, py);
      }
      strip.stroke(plain);
      if (cone.has(place.block.id)) lines.push(bright);
    }
    strip.globalAlpha = 1;
    strip.lineWidth = 2;
    strip.strokeStyle = colours.accent;
    for (const bright of lines) strip.stroke(bright);
  }

  /** `fill`: 0 hollow, 1 full. */
  function drawBlock(
    context: CanvasRenderingContext2D,
    place: PlacedBlock,
    {x, fill}: {x: number; fill: number},
  ): void {
    const {block} = place;
    const y = yOf(place);
    const colour = colourOf(block);
    const radius = Math.max(2.5, RADIUS * Math.min(1.15, scale)) * (block.kind === "milestone" ? 1.5 : 1);
    const alpha = lit !== null && !cone.has(block.id) ? 0.25 : 1;
    context.globalAlpha = alpha;
    context.beginPath();
    if (block.kind === "milestone") {
      context.moveTo(x, y - radius);
      context.lineTo(x + radius, y);
      context.lineTo(x, y + radius);
      context.lineTo(x - radius, y);
      context.closePath();
    } else context.arc(x, y, radius, 0, 2 * Math.PI);
    context.fillStyle = colours.surface;
    context.fill();
    if (fill > 0) {
      context.globalAlpha = alpha * fill;
      context.fillStyle = colour;
      context.fill();
      context.globalAlpha = alpha;
    }
    context.lineWidth = 2;
    context.strokeStyle = colour;
    context.stroke();
    if (layout.children(block.id).length === 0) ring(context, {x, y, radius: radius + 4}, colour, 1);
    if (block.id === lit) ring(context, {x, y, radius: radius + 6}, colours.accent, 2.5);
    context.globalAlpha = 1;
  }

  function ring(
    context: CanvasRenderingContext2D,
    {x, y, radius}: {x: number; y: number; radius: number},
    colour: string,
    width: number,
  ): void {
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.lineWidth = width;
    context.strokeStyle = colour;
    context.stroke();
  }

  function colourOf(block: TangleBlock): string {
    if (block.kind === "milestone") return colours.text;
    if (block.kind === "checkpoint" || block.tag === null) return colours.quiet;
    return block.tag.startsWith("tanglegate/audit")
      ? colours.accent
      : colours.series[hashOf(block.tag) % colours.series.length]!;
  }

  function readColours(): Colours {
    const style = getComputedStyle(document.documentElement);
    const read = (name: string) => style.getPropertyValue(name).trim();
    return {
      surface: read("--surface"),
      text: read("--text"),
      line: read("--line-strong"),
      quiet: read("--quiet"),
      accent: read("--accent"),
      series: ["--series-1", "--series-2", "--series-3", "--series-4"].map(read),
    };
  }

  function blockAt(x: number, y: number): string | null {
    let found: string | null = null;
    let nearest = HIT_PX;
    for (const place of layout.placed.values()) {
      const distance = Math.hypot(xOf(place) - x, yOf(place) - y);
      if (distance < nearest) [found, nearest] = [place.block.id, distance];
    }
    return found;
  }

  const pointOf = ({clientX, clientY}: PointerEvent) => {
    const {left, top} = canvas.getBoundingClientRect();
    return {x: clientX - left, y: clientY - top};
  };
  const onDown = (event: PointerEvent) => {
    canvas.setPointerCapture(event.pointerId);
    drag = {x: pointOf(event).x, right, hasMoved: false};
  };
  const onMove = (event: PointerEvent) => {
    const {x, y} = pointOf(event);
    if (drag === null) {
      const id = blockAt(x, y);
      if (id !== lit) onHover(id);
      return;
    }
    if (Math.abs(x - drag.x) > 4) drag.hasMoved = true;
    if (!drag.hasMoved) return;
    setFollowing(false);
    right = drag.right - (x - drag.x) / scale;
    wake();
  };
  const onUp = (event: PointerEvent) => {
    const {x, y} = pointOf(event);
    const id = drag !== null && !drag.hasMoved ? blockAt(x, y) : null;
    if (drag?.hasMoved && right >= target() - 1) setFollowing(true);
    drag = null;
    if (id !== null) onPick(id);
    wake();
  };
  const onLeave = () => onHover(null);
  const onWheel = (event: WheelEvent) => {
    const isZoom = event.ctrlKey;
    const sideways = Math.abs(event.deltaX) > Math.abs(event.deltaY) ? event.deltaX : event.shiftKey ? event.deltaY : 0;
    if (!isZoom && sideways === 0) return;
    event.preventDefault();
    if (isZoom) zoom(event.deltaY > 0 ? 0.9 : 1.1);
    else {
      setFollowing(false);
      right += sideways / scale;
      wake();
    }
  };
  const onTheme = () => {
    colours = readColours();
    change();
  };
  const zoom = (factor: number) => {
    scale = Math.min(ZOOM_MAX, Math.max(ZOOM_MIN, scale * factor));
    if (isFollowing) right = target();
    change();
  };

  const watch = new ResizeObserver(() => {
    const {width, height} = canvas.getBoundingClientRect();
    size = {width, height};
    for (const [context, times] of [
      [window, 1],
      [strip, 1 + 2 * STRIP_MARGIN],
    ] as const) {
      context.canvas.width = Math.round(width * times * devicePixelRatio);
      context.canvas.height = Math.round(height * devicePixelRatio);
      context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    }
    change();
  });
  watch.observe(canvas);
  dark.addEventListener("change", onTheme);
  canvas.addEventListener("pointerdown", onDown);
  canvas.addEventListener("pointermove", onMove);
  canvas.addEventListener("pointerup", onUp);
  canvas.addEventListener("pointerleave", onLeave);
  canvas.addEventListener("wheel", onWheel, {passive: false});

  return {
    layout,
    add: (blocks) => {
      for (const block of blocks) layout.add(block);
      change();
    },
    confirm: (ids, index) => {
      layout.confirm(ids, index);
      const now = performance.now();
      for (const id of ids) if (layout.placed.has(id)) confirmedAt.set(id, now);
      change();
    },
    highlight: (id) => {
      lit = id !== null && layout.placed.has(id) ? id : null;
      cone = lit === null ? new Set() : pastConeOf(layout, lit);
      change();
    },
    follow: () => {
      setFollowing(true);
      wake();
    },
    reveal: (id, coveredPx = 0) => {
      const place = layout.placed.get(id);
      if (place === undefined) return;
      const x = xOf(place);
      const free = Math.max(2 * MARGIN_PX, size.width - coveredPx);
      if (x >= MARGIN_PX && x <= free - MARGIN_PX) return;
      setFollowing(false);
      right = place.column * COLUMN_PX + (size.width - free / 2) / scale;
      wake();
    },
    zoom,
    end: () => {
      cancelAnimationFrame(frame);
      watch.disconnect();
      dark.removeEventListener("change", onTheme);
      canvas.removeEventListener("pointerdown", onDown);
      canvas.removeEventListener("pointermove", onMove);
      canvas.removeEventListener("pointerup", onUp);
      canvas.removeEventListener("pointerleave", onLeave);
      canvas.removeEventListener("wheel", onWheel);
    },
  };
}

function hashOf(text: string): number {
  let hash = 0;
  for (const character of text) hash = (hash * 31 + character.codePointAt(0)!) >>> 0;
  return hash;
}
