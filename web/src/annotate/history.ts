/** What I did, to be undone and done again: strokes that came, or that were hidden. Pure. */

/** These strokes are shown since, or hidden since. */
export type Change = { ids: readonly string[]; isShown: boolean };

export type History = { past: readonly Change[]; future: readonly Change[] };

export const NO_HISTORY: History = { past: [], future: [] };

export function did(history: History, change: Change): History {
  return { past: [...history.past, change], future: [] };
}

/** What to do now, and the history after it; null: there is nothing to undo. */
export function undo({ past, future }: History): { change: Change; history: History } | null {
  const last = past.at(-1);
  if (!last) return null;
  const change = { ids: last.ids, isShown: !last.isShown };
  return { change, history: { past: past.slice(0, -1), future: [...future, last] } };
}

export function redo({ past, future }: History): { change: Change; history: History } | null {
  const change = future.at(-1);
  if (!change) return null;
  return { change, history: { past: [...past, change], future: future.slice(0, -1) } };
}
