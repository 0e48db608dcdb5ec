import { signal } from '@preact/signals';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Call, FromServer, Signalling, Stroke, Tool } from '../signalling';
import { Drawing } from './drawing';

const participant = (id: string) => ({ id, name: id }) as Call['participants'][number];
const CALL: Call = {
  id: 'c',
  phase: 'open',
  opened_at: 0,
  participants: [participant('maria'), participant('anna')],
  you: 'maria',
};

type Said = { type: string; [field: string]: unknown };

/** A conversation that can be cut, and whose server can be slow. */
class FakeSignalling {
  readonly state = signal<{ is: string }>({ is: 'open' });
  readonly said: Said[] = [];
  isBehind = false;
  hear: (message: FromServer) => void = () => undefined;

  listen(listener: (message: FromServer) => void): () => void {
    this.hear = listener;
    return () => undefined;
  }

  say(message: Said): void {
    this.said.push(message);
  }

  types(): string[] {
    return this.said.map(({ type }) => type);
  }
}

let signalling: FakeSignalling;
let drawing: Drawing;
let frames: (() => void)[];

function nextFrame(): void {
  const due = frames;
  frames = [];
  for (const run of due) run();
}

function begin(tool: Tool = 'freehand'): void {
  drawing.tool.value = tool;
  drawing.begin(CALL, 'anna', 1.5, [0.1, 0.1]);
}

const welcome = (is_resumed: boolean) => ({ type: 'welcome', is_resumed }) as FromServer;
const kept = (...strokes: Stroke[]): FromServer => ({
  type: 'strokes_kept',
  call: 'c',
  strokes,
  is_last: true,
});
const pointsOf = (message: Said | undefined) => [message?.at, message?.points];
const myStrokes = () => [...drawing.strokes.value.values()];

beforeEach(() => {
  frames = [];
  vi.stubGlobal('requestAnimationFrame', (run: () => void) => frames.push(run));
  vi.stubGlobal('window', { setTimeout: (run: () => void) => frames.push(run) });
  signalling = new FakeSignalling();
  drawing = new Drawing(signalling as unknown as Signalling);
});

afterEach(() => vi.unstubAllGlobals());

describe('what the others are told', () => {
  test('begins at once, and then all points of a frame go in one message at its end', () => {
    begin();
    expect(signalling.types()).toEqual(['begin_stroke']);
    drawing.move([[0.2, 0.2]]);
    drawing.move([[0.3, 0.3]]);
    expect(signalling.said).toHaveLength(1);
    nextFrame();
    expect(pointsOf(signalling.said[1])).toEqual([1, [0.2, 0.2, 0.3, 0.3]]);
    nextFrame();
    expect(signalling.said).toHaveLength(2);
    drawing.lift();
    nextFrame();
    expect(signalling.types()).toEqual(['begin_stroke', 'extend_stroke', 'end_stroke']);
  });

  test('of a rectangle is where its second corner is now', () => {
    begin('rectangle');
    drawing.move([[0.2, 0.2]]);
    drawing.move([[0.9, 0.8]]);
    nextFrame();
    expect(pointsOf(signalling.said[1])).toEqual([1, [0.9, 0.8]]);
    expect(myStrokes()[0]?.points).toEqual([0.1, 0.1, 0.9, 0.8]);
  });

  test('waits while there is no socket, and goes together after the welcome', () => {
    begin();
    signalling.state.value = { is: 'reconnecting' };
    for (let step = 1; step <= 300; step += 1) {
      drawing.move([[step / 1000, 0.5]]);
      nextFrame();
    }
    drawing.lift();
    nextFrame();
    expect(signalling.said).toHaveLength(1);
    signalling.state.value = { is: 'open' };
    signalling.hear(welcome(true));
    nextFrame();
    nextFrame();
    expect(signalling.types()).toEqual(['begin_stroke', 'extend_stroke', 'extend_stroke', 'end_stroke']);
    expect(signalling.said.slice(1, 3).map(({ at }) => at)).toEqual([1, 257]);
  });

  test('waits while the server has not acknowledged what was said', () => {
    begin();
    signalling.isBehind = true;
    drawing.move([[0.2, 0.2]]);
    nextFrame();
    drawing.move([[0.3, 0.3]]);
    nextFrame();
    expect(signalling.said).toHaveLength(1);
    signalling.isBehind = false;
    nextFrame();
    expect(pointsOf(signalling.said[1])).toEqual([1, [0.2, 0.2, 0.3, 0.3]]);
  });

  test('of a hand that does not lift the pen are several strokes, each as long as the server takes', () => {
    begin();
    for (let step = 0; step < 2100; step += 1) drawing.move([[(step % 100) / 100, 0.5]]);
    expect(myStrokes().map(({ points }) => points.length / 2)).toEqual([2000, 101]);
  });
});

describe('a new session', () => {
  test('is told again what the server has forgotten, and only mine', () => {
    begin();
    drawing.move([[0.2, 0.2]]);
    nextFrame();
    const [mine] = myStrokes();
    const annas: Stroke = { ...(mine as Stroke), id: 'annas', author: 'anna' };
    signalling.hear({ type: 'stroke_begun', call: 'c', stroke: annas });
    signalling.said.length = 0;
    signalling.hear(welcome(false));
    signalling.hear(kept());
    expect(signalling.said).toEqual([{ type: 'begin_stroke', call: 'c', stroke: mine }]);
    expect(myStrokes()).toEqual([mine]);
  });

  test('is told nothing again that the server still has', () => {
    begin();
    const [mine] = myStrokes();
    signalling.said.length = 0;
    signalling.hear(welcome(false));
    signalling.hear(kept(mine as Stroke));
    expect(signalling.said).toEqual([]);
  });
});

describe('taking back', () => {
  test('undo and redo name the stroke', () => {
    begin();
    drawing.lift();
    nextFrame();
    const id = myStrokes()[0]?.id;
    drawing.undo();
    expect(signalling.said.at(-1)).toEqual({
      type: 'show_strokes',
      call: 'c',
      strokes: [id],
      is_shown: false,
    });
    expect([drawing.canUndo.value, drawing.canRedo.value]).toEqual([false, true]);
    drawing.redo();
    expect(signalling.said.at(-1)).toMatchObject({ strokes: [id], is_shown: true });
  });

  test('the host may clear all, others their own and what is on their picture', () => {
    begin();
    const mine = myStrokes()[0] as Stroke;
    for (const [id, author, on] of [
      ['annas', 'anna', 'maria'],
      ['bens', 'ben', 'ben'],
    ] as const) {
      signalling.hear({ type: 'stroke_begun', call: 'c', stroke: { ...mine, id, author, on } });
    }
    expect(drawing.clearable(CALL, 'mine')).toEqual([mine.id]);
    expect(drawing.clearable(CALL, 'all')).toEqual([mine.id, 'annas', 'bens']);
    expect(drawing.clearable({ ...CALL, you: 'anna' }, 'all')).toEqual([mine.id, 'annas']);
    expect(drawing.clearable({ ...CALL, you: 'anna' }, 'mine')).toEqual(['annas']);
  });

  test('what is refused goes, and says why', () => {
    begin();
    const id = myStrokes()[0]?.id ?? '';
    signalling.hear({ type: 'not_taken', call: 'c', id, code: 'drawing_full', text: 'Too many marks.' });
    expect([myStrokes(), drawing.trouble.value]).toEqual([[], 'Too many marks.']);
  });

  test('a pointer leaves nothing, and nothing to undo', () => {
    begin('pointer');
    drawing.lift();
    expect([...drawing.fading.value]).toHaveLength(1);
    nextFrame();
    expect([myStrokes(), [...drawing.fading.value]]).toEqual([[], []]);
    expect(drawing.canUndo.value).toBe(false);
  });
});

test('text needs words, and numbers count on', () => {
  begin('text');
  expect(signalling.said).toEqual([]);
  drawing.text.value = ' here ';
  begin('text');
  expect(signalling.said[0]).toMatchObject({ stroke: { tool: 'text', text: 'here' } });
  begin('number');
  begin('number');
  expect(myStrokes().map(({ number }) => number)).toEqual([0, 1, 2]);
});
