import { expect, test } from 'vitest';
import type { Stroke } from '../signalling';
import { outline, pixelsOf } from './outline';

const stroke = (points: number[], aspect = 2): Stroke => ({
  id: 's',
  author: 'maria',
  on: 'anna',
  tool: 'freehand',
  aspect,
  points,
});

test('points are shares of the shown picture', () => {
  expect(pixelsOf(stroke([0, 0.5, 1, 1]), { width: 200, height: 100 }, false)).toEqual([
    [0, 50],
    [200, 100],
  ]);
});

test('in a mirror left is right, and above stays above', () => {
  expect(pixelsOf(stroke([0.25, 0.2]), { width: 200, height: 100 }, true)).toEqual([[150, 20]]);
});

test('on a picture that was turned they keep their distance from the middle', () => {
  expect(pixelsOf(stroke([0.6, 0.5]), { width: 100, height: 200 }, false)).toEqual([[70, 100]]);
});

test.each([
  ['rectangle', 'M10 10H30V20H10Z'],
  ['ellipse', 'M10 15A10 5 0 1 1 30 15A10 5 0 1 1 10 15Z'],
  ['freehand', 'M10 10L30 20'],
  ['pointer', 'M10 10L30 20'],
  ['text', ''],
] as const)('%s', (tool, path) => {
  const [one, other] = [
    [10, 10],
    [30, 20],
  ] as const;
  expect(outline(tool, [one, other])).toBe(path);
});

test('the head of an arrow is at its end', () => {
  const path = outline('arrow', [
    [0, 0],
    [100, 0],
  ]);
  expect(path.startsWith('M0 0L100 0M')).toBe(true);
  expect(path.match(/L100 0/g)).toHaveLength(2);
});

test('a line of one point is a dot, and of none nothing', () => {
  expect(outline('freehand', [[1, 2]])).toBe('M1 2h0.01');
  expect(outline('freehand', [])).toBe('');
});

test('a pointer shows only where it has just been', () => {
  const path = outline(
    'pointer',
    Array.from({ length: 100 }, (_, index) => [index, 0] as const),
  );
  expect(path.startsWith('M84 0')).toBe(true);
  expect(path.endsWith('L99 0')).toBe(true);
});
