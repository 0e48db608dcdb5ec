import { expect, test } from 'vitest';
import { Liveness, retryDelayMs } from './liveness';

test('a socket that never opens is dead after 15 s', () => {
  const liveness = new Liveness(0);
  expect(liveness.due(14_999)).toBe('nothing');
  expect(liveness.due(15_000)).toBe('dead');
});

test('after 10 s of silence the server is asked, after 15 s the socket is dead', () => {
  const liveness = new Liveness(0);
  liveness.handleHeard(100);
  expect(liveness.due(10_099)).toBe('nothing');
  expect(liveness.due(10_100)).toBe('ping');
  liveness.handlePinged(10_100);
  expect(liveness.due(15_099)).toBe('nothing');
  expect(liveness.due(15_100)).toBe('dead');
});

test('whatever is heard answers the ping', () => {
  const liveness = new Liveness(0);
  liveness.handleHeard(0);
  liveness.handlePinged(10_000);
  liveness.handleHeard(12_000);
  expect(liveness.due(15_000)).toBe('nothing');
  expect(liveness.due(22_000)).toBe('ping');
});

test('a page that slept asks before it gives up', () => {
  const liveness = new Liveness(0);
  liveness.handleHeard(0);
  expect(liveness.due(600_000)).toBe('ping');
  liveness.handlePinged(600_000);
  expect(liveness.due(604_999)).toBe('nothing');
  expect(liveness.due(605_000)).toBe('dead');
});

test('a second ping does not put off the end', () => {
  const liveness = new Liveness(0);
  liveness.handleHeard(0);
  liveness.handlePinged(10_000);
  liveness.handlePinged(14_000);
  expect(liveness.due(15_000)).toBe('dead');
});

test.each([
  [0, 200],
  [1, 400],
  [4, 3_200],
  [5, 5_000],
  [500, 5_000],
])('retry %i waits at most %i ms and at least half of it', (attempt, longest) => {
  expect(retryDelayMs(attempt, 0)).toBe(longest);
  expect(retryDelayMs(attempt, 1)).toBe(longest / 2);
});
