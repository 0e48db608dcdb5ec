/**
 * The strokes of one call as this page knows them: a value, and the next value after a message. Pure.
 *
 * What I draw myself is there at once and is not told to me again, so my own copy is the newest there is.
 */
import type { FromServer, Stroke } from '../signalling';

export type Strokes = ReadonlyMap<string, Stroke>;

export function strokesAfter(
  strokes: Strokes,
  message: FromServer,
  isMine: (id: string) => boolean,
): Strokes {
  switch (message.type) {
    case 'stroke_begun':
      return new Map(strokes).set(message.stroke.id, message.stroke);
    case 'stroke_extended':
      return extended(strokes, message.id, message.at, message.points);
    case 'strokes_shown':
      return shown(strokes, message.strokes, message.is_shown);
    case 'strokes_kept':
      return message.strokes.reduce((all, stroke) => withKept(all, stroke, isMine), strokes);
    case 'not_taken':
      // The server has not been told of it since it was restarted: it is said again then.
      return message.code === 'no_such_stroke' ? strokes : without(strokes, message.id);
    default:
      return strokes;
  }
}

/** From the point `at` on, the stroke is now these. */
export function extended(strokes: Strokes, id: string, at: number, points: readonly number[]): Strokes {
  const stroke = strokes.get(id);
  if (!stroke || stroke.points.length < 2 * at) return strokes;
  return new Map(strokes).set(id, { ...stroke, points: [...stroke.points.slice(0, 2 * at), ...points] });
}

export function shown(strokes: Strokes, ids: readonly string[], is_shown: boolean): Strokes {
  const changed = new Map(strokes);
  for (const id of ids) {
    const stroke = strokes.get(id);
    if (stroke) changed.set(id, { ...stroke, is_shown });
  }
  return changed;
}

export function without(strokes: Strokes, id: string): Strokes {
  if (!strokes.has(id)) return strokes;
  const rest = new Map(strokes);
  rest.delete(id);
  return rest;
}

/** After the server has told everything: mine that it does not know are to be said again, those of others are gone. */
export function afterAll(
  strokes: Strokes,
  told: ReadonlySet<string>,
  isMine: (id: string) => boolean,
): { strokes: Strokes; sayAgain: Stroke[] } {
  const left = [...strokes].filter(([id]) => told.has(id) || isMine(id));
  const sayAgain = left.filter(([id]) => !told.has(id)).map(([, stroke]) => stroke);
  return { strokes: new Map(left), sayAgain };
}

/** Somebody else may have hidden mine while I was away, but nobody else has drawn on it. */
function withKept(strokes: Strokes, kept: Stroke, isMine: (id: string) => boolean): Strokes {
  const own = isMine(kept.id) ? strokes.get(kept.id) : undefined;
  const is_shown = kept.is_shown !== false && own?.is_shown !== false;
  return new Map(strokes).set(kept.id, own ? { ...own, is_shown } : kept);
}
