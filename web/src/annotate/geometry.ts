/** From a place on the screen to a place on the picture and back, whatever box the picture is shown in. Pure. */

/** In pixels of the element that holds the picture. */
export type Box = { left: number; top: number; width: number; height: number };
export type Size = { width: number; height: number };
/** As `object-fit`: all of the picture with bars beside it, or all of the box with parts of the picture cut off. */
export type Fit = 'contain' | 'cover';
/** Shares of the picture's width and height. */
export type Point = readonly [x: number, y: number];

/** Where the picture lies, centred as browsers do; under `cover` it reaches beyond its element. */
export function pictureBox(element: Size, picture: Size, fit: Fit): Box | null {
  if (element.width * element.height * picture.width * picture.height === 0) return null;
  const scales = [element.width / picture.width, element.height / picture.height] as const;
  const scale = fit === 'contain' ? Math.min(...scales) : Math.max(...scales);
  const [width, height] = [picture.width * scale, picture.height * scale];
  return { left: (element.width - width) / 2, top: (element.height - height) / 2, width, height };
}

/** A ten-thousandth of a picture is a fifth of a pixel in 1080p. */
const STEPS = 10_000;

/** `box`: the picture's, on the screen. A place beside the picture becomes the nearest on it. */
export function sharesAt(x: number, y: number, box: Box, isMirrored: boolean): Point {
  const across = share(x - box.left, box.width);
  return [isMirrored ? 1 - across : across, share(y - box.top, box.height)];
}

/** A phone that was turned shows more to the sides and less above and below, or the other way round, of the same
 * scene around the same middle: its longer side has as many pixels as before. */
export function turned([x, y]: Point, drawnAspect: number, shownAspect: number): Point {
  // Encoders round a picture's sides to even numbers: that is no turn.
  if (Math.abs(drawnAspect / shownAspect - 1) < 0.02) return [x, y];
  const [before, after] = [sides(drawnAspect), sides(shownAspect)];
  return [0.5 + ((x - 0.5) * before.width) / after.width, 0.5 + ((y - 0.5) * before.height) / after.height];
}

function sides(aspect: number): Size {
  return aspect > 1 ? { width: 1, height: 1 / aspect } : { width: aspect, height: 1 };
}

function share(offset: number, whole: number): number {
  const clamped = Math.min(1, Math.max(0, offset / whole));
  return Math.round(clamped * STEPS) / STEPS;
}
