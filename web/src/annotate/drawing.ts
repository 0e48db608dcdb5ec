/** My pen: draws at once on this page, and tells the others once a frame. Holds the strokes of everybody. */
import { computed, type ReadonlySignal, signal } from '@preact/signals';
import type { Call, FromServer, Signalling, Stroke, Tool } from '../signalling';
import type { Point } from './geometry';
import { type Change, did, type History, NO_HISTORY, redo, undo } from './history';
import { afterAll, extended, type Strokes, shown, strokesAfter, without } from './strokes';

/** What the server takes in one message, and of one stroke. */
const POINTS_AT_ONCE = 256;
const MOST_POINTS = 2000;

/** How long a pointer is still seen after it was lifted: as long as it takes to look there. */
const FADES_AFTER_MS = 1_200;

const HAS_TWO_POINTS: readonly Tool[] = ['arrow', 'ellipse', 'rectangle'];
const GROWS: readonly Tool[] = ['freehand', 'pointer'];

type Unsent = { from: number; isDone: boolean };

export class Drawing {
  readonly #strokes = signal<Strokes>(new Map());
  readonly #fading = signal<ReadonlySet<string>>(new Set());
  readonly #history = signal<History>(NO_HISTORY);
  readonly #trouble = signal<string | null>(null);
  /** Null: a tap on the picture draws nothing. */
  readonly tool = signal<Tool | null>(null);
  /** What the tool for text writes. */
  readonly text = signal('');
  readonly #mine = new Set<string>();
  /** What of my strokes the others were not told yet: from which point on. */
  readonly #unsent = new Map<string, Unsent>();
  #told = new Set<string>();
  #call = '';
  #current: string | null = null;
  #pen: Call | null = null;
  #frame = 0;

  constructor(private readonly signalling: Signalling) {
    signalling.listen((message) => this.#hear(message));
  }

  get strokes(): ReadonlySignal<Strokes> {
    return this.#strokes;
  }

  /** Pointers that were lifted just now. */
  get fading(): ReadonlySignal<ReadonlySet<string>> {
    return this.#fading;
  }

  /** Why the last stroke was refused. */
  get trouble(): ReadonlySignal<string | null> {
    return this.#trouble;
  }

  readonly canUndo = computed(() => this.#history.value.past.length > 0);
  readonly canRedo = computed(() => this.#history.value.future.length > 0);

  forgetTrouble(): void {
    this.#trouble.value = null;
  }

  /** The pen is put on the picture of `on`, which is `aspect` times as wide as high. */
  begin(call: Call, on: string, aspect: number, point: Point): void {
    const tool = this.tool.peek();
    const text = this.text.peek().trim();
    if (tool === null || (tool === 'text' && !text)) return;
    this.#follow(call.id);
    const id = madeUp();
    const points = HAS_TWO_POINTS.includes(tool) ? [...point, ...point] : [...point];
    const number = tool === 'number' ? this.#nextNumber(on) : 0;
    const stroke = {
      id,
      author: call.you,
      on,
      tool,
      aspect,
      points,
      number,
      text: tool === 'text' ? text : '',
    };
    this.#mine.add(id);
    this.#strokes.value = new Map(this.#strokes.peek()).set(id, { ...stroke, is_shown: true });
    if (tool !== 'pointer') this.#history.value = did(this.#history.peek(), { ids: [id], isShown: true });
    this.#current = id;
    this.#pen = call;
    this.signalling.say({ type: 'begin_stroke', call: call.id, stroke });
  }

  /** The pen moves. */
  move(points: readonly Point[]): void {
    const stroke = this.#strokes.peek().get(this.#current ?? '');
    const last = points.at(-1);
    if (!stroke || !last) return;
    if (HAS_TWO_POINTS.includes(stroke.tool)) return this.#draw(stroke, 1, [...last]);
    const at = stroke.points.length >> 1;
    if (at >= MOST_POINTS && this.#pen) return this.#beginAnother(this.#pen, stroke, last);
    if (GROWS.includes(stroke.tool)) this.#draw(stroke, at, points.slice(0, MOST_POINTS - at).flat());
  }

  /** The pen is lifted. */
  lift(): void {
    const id = this.#current;
    const stroke = this.#strokes.peek().get(id ?? '');
    this.#current = null;
    if (!id || !stroke) return;
    if (stroke.tool === 'pointer') this.#fade(id);
    this.#unsent.set(id, { from: stroke.points.length >> 1, ...this.#unsent.get(id), isDone: true });
    this.#schedule();
  }

  undo(): void {
    this.#step(undo(this.#history.peek()));
  }

  redo(): void {
    this.#step(redo(this.#history.peek()));
  }

  /** Hides what is shown and `which`, of what I may clear. */
  clear(call: Call, which: 'mine' | 'all'): void {
    const ids = this.clearable(call, which);
    if (ids.length === 0) return;
    const change = { ids, isShown: false };
    this.#history.value = did(this.#history.peek(), change);
    this.#show(change);
  }

  /** My own; all on my own picture; and all there are if I am the host, whose seat is the first. */
  clearable(call: Call, which: 'mine' | 'all'): string[] {
    const isHost = call.participants[0]?.id === call.you;
    const isFree = ({ author, on }: Stroke) =>
      author === call.you || (which === 'all' && (isHost || on === call.you));
    const all = [...this.#strokes.value.values()];
    return all.filter((stroke) => stroke.is_shown && isFree(stroke)).map(({ id }) => id);
  }

  /** Whoever does not lift the pen for half a minute draws a second stroke, which begins where the first ended. */
  #beginAnother(call: Call, { on, aspect }: Stroke, point: Point): void {
    this.lift();
    this.begin(call, on, aspect, point);
  }

  #draw(stroke: Stroke, at: number, points: number[]): void {
    if (points.length === 0) return;
    this.#strokes.value = extended(this.#strokes.peek(), stroke.id, at, points);
    const from = Math.min(at, this.#unsent.get(stroke.id)?.from ?? at);
    this.#unsent.set(stroke.id, { from, isDone: false });
    this.#schedule();
  }

  #step(step: { change: Change; history: History } | null): void {
    if (!step) return;
    this.#history.value = step.history;
    this.#show(step.change);
  }

  #show({ ids, isShown }: Change): void {
    const there = ids.filter((id) => this.#strokes.peek().has(id));
    if (there.length === 0) return;
    this.#strokes.value = shown(this.#strokes.peek(), there, isShown);
    this.signalling.say({ type: 'show_strokes', call: this.#call, strokes: there, is_shown: isShown });
  }

  #schedule(): void {
    if (this.#frame === 0 && this.#unsent.size > 0) this.#frame = requestAnimationFrame(() => this.#flush());
  }

  /** Without a socket, or while the server has not said that it heard, points wait here and then go together. */
  #flush(): void {
    this.#frame = 0;
    if (this.signalling.state.peek().is !== 'open') return; // the next welcome goes on
    for (const [id, unsent] of this.#unsent) {
      if (this.signalling.isBehind) break;
      this.#tell(id, unsent);
    }
    if (this.#unsent.size > 0) this.#schedule();
  }

  #tell(id: string, { from, isDone }: Unsent): void {
    const all = this.#strokes.peek().get(id)?.points ?? [];
    const points = all.slice(2 * from, 2 * (from + POINTS_AT_ONCE));
    const call = this.#call;
    if (points.length > 0) this.signalling.say({ type: 'extend_stroke', call, id, at: from, points });
    const next = from + (points.length >> 1);
    if (2 * next < all.length) {
      this.#unsent.set(id, { from: next, isDone });
      return;
    }
    this.#unsent.delete(id);
    if (isDone) this.signalling.say({ type: 'end_stroke', call, id });
  }

  #hear(message: FromServer): void {
    if (message.type === 'welcome') {
      if (!message.is_resumed) this.#told = new Set();
      this.#schedule();
    }
    if (!('call' in message) || typeof message.call !== 'string') return;
    if (message.type === 'stroke_ended') return this.#fade(message.id);
    if (message.type === 'not_taken' && this.#mine.has(message.id) && message.code !== 'no_such_stroke') {
      this.#trouble.value = message.text;
      this.#unsent.delete(message.id);
    }
    if (message.type === 'stroke_begun' || message.type === 'strokes_kept') this.#follow(message.call);
    this.#strokes.value = strokesAfter(this.#strokes.peek(), message, (id) => this.#mine.has(id));
    if (message.type !== 'strokes_kept') return;
    for (const { id } of message.strokes) this.#told.add(id);
    if (message.is_last) this.#sayAgain(message.call);
  }

  #sayAgain(call: string): void {
    const { strokes, sayAgain } = afterAll(this.#strokes.peek(), this.#told, (id) => this.#mine.has(id));
    this.#strokes.value = strokes;
    for (const stroke of sayAgain) {
      if (stroke.tool !== 'pointer') this.signalling.say({ type: 'begin_stroke', call, stroke });
    }
  }

  /** There is one call at a time: with the next one the page begins with nothing. */
  #follow(call: string): void {
    if (call === this.#call) return;
    this.#call = call;
    this.#strokes.value = new Map();
    this.#history.value = NO_HISTORY;
    this.#unsent.clear();
    this.#mine.clear();
  }

  #fade(id: string): void {
    if (this.#strokes.peek().get(id)?.tool !== 'pointer') return;
    this.#fading.value = new Set(this.#fading.peek()).add(id);
    window.setTimeout(() => {
      const fading = new Set(this.#fading.peek());
      fading.delete(id);
      this.#fading.value = fading;
      this.#strokes.value = without(this.#strokes.peek(), id);
    }, FADES_AFTER_MS);
  }

  #nextNumber(on: string): number {
    const marks = [...this.#strokes.peek().values()].filter((one) => one.on === on && one.is_shown);
    return Math.min(999, 1 + Math.max(0, ...marks.map(({ number }) => number ?? 0)));
  }
}

function madeUp(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
