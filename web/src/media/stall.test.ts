import { expect, test } from 'vitest';
import { StallWatch } from './stall';

const looks = (...seen: [now: number, latest: string, isExpected?: boolean][]) => {
  const watch = new StallWatch(800);
  return seen.map(([now, latest, isExpected = true]) => watch.look(now, latest, isExpected));
};

test('nothing has stopped before something has come', () => {
  expect(looks([0, '0,0'], [1_000, '0,0'], [9_000, '0,0'])).toEqual([false, false, false]);
});

test('what keeps coming has not stopped, however late one looks', () => {
  expect(looks([0, 'a'], [200, 'b'], [5_000, 'c'], [5_700, 'c'])).toEqual([false, false, false, false]);
});

test('it is said once that nothing comes any more, and again the next time', () => {
  const seen = looks(
    [0, 'a'],
    [200, 'b'],
    [999, 'b'],
    [1_000, 'b'],
    [9_000, 'b'],
    [9_100, 'c'],
    [9_900, 'c'],
  );
  expect(seen).toEqual([false, false, false, true, false, false, true]);
});

test('who has turned off camera and microphone has not stalled, nor at the moment of turning on', () => {
  const seen = looks(
    [0, 'a'],
    [200, 'b'],
    [5_000, 'b', false],
    [5_100, 'b'],
    [5_799, 'b'],
    [5_900, 'b', false],
  );
  expect(seen).toEqual([false, false, false, false, false, false]);
});
