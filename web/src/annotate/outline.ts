/** The outline of a stroke as an SVG path, in pixels of the shown picture. Pure. */
import type { Stroke, Tool } from '../signalling';
import { type Box, type Point, turned } from './geometry';

export type Pixel = readonly [x: number, y: number];

/** Of the head of an arrow, in pixels: as long as a thumb nail is wide on a phone. */
const HEAD = 18;
const HEAD_ANGLE = 0.45;
/** Of a numbered mark. */
const MARK_RADIUS = 16;
/** A pointer shows where it has just been: a quarter of a second at 60 frames a second. */
const TRAIL = 16;

/** The stroke's points on a picture of that size, which may have been turned or is shown as in a mirror. */
export function pixelsOf(
  { points, aspect }: Stroke,
  { width, height }: Pick<Box, 'width' | 'height'>,
  isMirrored: boolean,
): Pixel[] {
  const shown = width / height;
  return pairs(points).map((point) => {
    const [x, y] = turned(point, aspect, shown);
    return [(isMirrored ? 1 - x : x) * width, y * height];
  });
}

export function outline(tool: Tool, pixels: readonly Pixel[]): string {
  const [first, last] = [pixels[0], pixels.at(-1)];
  if (!first || !last) return '';
  switch (tool) {
    case 'freehand':
      return smooth(pixels);
    case 'pointer':
      return smooth(pixels.slice(-TRAIL));
    case 'arrow':
      return arrow(first, last);
    case 'rectangle':
      return `M${at(first)}H${round(last[0])}V${round(last[1])}H${round(first[0])}Z`;
    case 'ellipse':
      return ellipse(first, last);
    case 'number':
      return ellipse(
        [first[0] - MARK_RADIUS, first[1] - MARK_RADIUS],
        [first[0] + MARK_RADIUS, first[1] + MARK_RADIUS],
      );
    case 'text':
      return '';
  }
}

/** Curves from middle to middle, bent by the points between: a hand's jitter goes, its corners stay. */
function smooth(pixels: readonly Pixel[]): string {
  const [first, last] = [pixels[0], pixels.at(-1)];
  if (!first || !last) return '';
  if (pixels.length === 1) return `M${at(first)}h0.01`; // a dot: a line of no length has no round ends
  const curves = pixels
    .slice(1, -1)
    .map((pixel, index) => `Q${at(pixel)} ${at(middle(pixel, pixels[index + 2] ?? last))}`);
  return `M${at(first)}${curves.join('')}L${at(last)}`;
}

function arrow(from: Pixel, to: Pixel): string {
  const angle = Math.atan2(to[1] - from[1], to[0] - from[0]);
  const [left, right] = [angle + Math.PI - HEAD_ANGLE, angle + Math.PI + HEAD_ANGLE].map(
    (direction): Pixel => [to[0] + HEAD * Math.cos(direction), to[1] + HEAD * Math.sin(direction)],
  );
  return `M${at(from)}L${at(to)}M${at(left ?? to)}L${at(to)}L${at(right ?? to)}`;
}

function ellipse(one: Pixel, other: Pixel): string {
  const [rx, ry] = [Math.abs(other[0] - one[0]) / 2, Math.abs(other[1] - one[1]) / 2].map(round);
  const [left, right, y] = [Math.min(one[0], other[0]), Math.max(one[0], other[0]), (one[1] + other[1]) / 2];
  const half = (x: number) => `A${rx} ${ry} 0 1 1 ${round(x)} ${round(y)}`;
  return `M${round(left)} ${round(y)}${half(right)}${half(left)}Z`;
}

function pairs(points: readonly number[]): Point[] {
  return Array.from({ length: points.length >> 1 }, (_, index) => [
    points[2 * index] ?? 0,
    points[2 * index + 1] ?? 0,
  ]);
}

function middle(one: Pixel, other: Pixel): Pixel {
  return [(one[0] + other[0]) / 2, (one[1] + other[1]) / 2];
}

function at([x, y]: Pixel): string {
  return `${round(x)} ${round(y)}`;
}

function round(pixels: number): number {
  return Math.round(pixels * 10) / 10;
}
