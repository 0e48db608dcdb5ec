/** Marks on a picture: where they stand, how they look, what is undone. Draws nothing; knows signalling, not pages. */
export { Drawing } from './drawing';
export { type Box, type Fit, type Point, pictureBox, sharesAt } from './geometry';
export { outline, type Pixel, pixelsOf } from './outline';
export type { Strokes } from './strokes';
