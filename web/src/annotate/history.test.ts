import { expect, test } from 'vitest';
import { did, NO_HISTORY, redo, undo } from './history';

const drew = (id: string) => ({ ids: [id], isShown: true });
const cleared = (...ids: string[]) => ({ ids, isShown: false });

test('the last thing is undone first, and done again first', () => {
  const history = did(did(NO_HISTORY, drew('a')), cleared('a', 'b'));
  const first = undo(history);
  expect(first?.change).toEqual({ ids: ['a', 'b'], isShown: true });
  const second = undo(first?.history ?? NO_HISTORY);
  expect(second?.change).toEqual({ ids: ['a'], isShown: false });
  expect(undo(second?.history ?? NO_HISTORY)).toBeNull();
  const again = redo(second?.history ?? NO_HISTORY);
  expect(again?.change).toEqual(drew('a'));
  expect(redo(again?.history ?? NO_HISTORY)?.change).toEqual(cleared('a', 'b'));
});

test('whoever draws after undoing has nothing to do again', () => {
  const undone = undo(did(NO_HISTORY, drew('a')))?.history ?? NO_HISTORY;
  expect(redo(did(undone, drew('b')))).toBeNull();
});
