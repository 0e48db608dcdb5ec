import { expect, test } from 'vitest';
import type { FromServer, Stroke } from '../signalling';
import { afterAll, type Strokes, strokesAfter } from './strokes';

const stroke = (id: string, more: Partial<Stroke> = {}): Stroke => ({
  id,
  author: 'maria',
  on: 'anna',
  tool: 'freehand',
  aspect: 1.5,
  points: [0.1, 0.1],
  is_shown: true,
  ...more,
});
const nobodys = () => false;
const mine = (id: string) => id.startsWith('mine');
const after = (strokes: Strokes, ...messages: FromServer[]) =>
  messages.reduce((all, message) => strokesAfter(all, message, mine), strokes);
const begun = (id: string): FromServer => ({ type: 'stroke_begun', call: 'c', stroke: stroke(id) });
const more = (at: number, points: number[]): FromServer => ({
  type: 'stroke_extended',
  call: 'c',
  id: 's',
  at,
  points,
});

test('a stroke begins and grows', () => {
  const strokes = after(new Map(), begun('s'), more(1, [0.2, 0.2]), more(2, [0.3, 0.3]));
  expect(strokes.get('s')?.points).toEqual([0.1, 0.1, 0.2, 0.2, 0.3, 0.3]);
});

test('the second corner of a rectangle moves', () => {
  const strokes = after(new Map(), begun('s'), more(1, [0.2, 0.2]), more(1, [0.9, 0.9]));
  expect(strokes.get('s')?.points).toEqual([0.1, 0.1, 0.9, 0.9]);
});

test('what is not there, or comes after a gap, changes nothing', () => {
  expect(after(new Map(), more(0, [0.5, 0.5])).size).toBe(0);
  expect(after(new Map(), begun('s'), more(5, [0.5, 0.5])).get('s')?.points).toEqual([0.1, 0.1]);
});

test('what is hidden can be shown again', () => {
  const hidden = after(new Map(), begun('s'), {
    type: 'strokes_shown',
    call: 'c',
    strokes: ['s', 'unknown'],
    is_shown: false,
  });
  expect([...hidden.values()].map(({ is_shown }) => is_shown)).toEqual([false]);
  const again = after(hidden, { type: 'strokes_shown', call: 'c', strokes: ['s'], is_shown: true });
  expect(again.get('s')?.is_shown).toBe(true);
});

test('a refused stroke goes, but not one that the server has only forgotten', () => {
  const refused = (code: string): FromServer => ({ type: 'not_taken', call: 'c', id: 's', code, text: '' });
  expect(after(new Map(), begun('s'), refused('drawing_full')).size).toBe(0);
  expect(after(new Map(), begun('s'), refused('no_such_stroke')).size).toBe(1);
});

test('of mine my own copy is newer, but others may have hidden it', () => {
  const local = new Map([['mine', stroke('mine', { points: [0.1, 0.1, 0.2, 0.2] })]]);
  const kept: FromServer = {
    type: 'strokes_kept',
    call: 'c',
    strokes: [stroke('mine', { is_shown: false }), stroke('other')],
    is_last: true,
  };
  const strokes = after(local, kept);
  expect(strokes.get('mine')).toEqual(stroke('mine', { points: [0.1, 0.1, 0.2, 0.2], is_shown: false }));
  expect(strokes.get('other')).toEqual(stroke('other'));
  expect(strokesAfter(local, kept, nobodys).get('mine')?.points).toEqual([0.1, 0.1]);
});

test('after a restart of the server everybody says their own again, and what nobody knows is gone', () => {
  const strokes = new Map(['mine-1', 'mine-2', 'gone', 'there'].map((id) => [id, stroke(id)]));
  const { strokes: left, sayAgain } = afterAll(strokes, new Set(['there', 'mine-2']), mine);
  expect([...left.keys()]).toEqual(['mine-1', 'mine-2', 'there']);
  expect(sayAgain.map(({ id }) => id)).toEqual(['mine-1']);
});
