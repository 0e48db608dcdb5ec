/** What is written in the calls of this page: says it, hears it, and remembers what was read. Draws nothing. */
import { type ReadonlySignal, signal } from '@preact/signals';
import type { Signalling } from '../../signalling';
import {
  type ChatLog,
  type ChatLogs,
  logsAfter,
  NOTHING_SAID,
  withoutPending,
  withPending,
} from './chat_log';

const READ_KEY = 'sightline.chat_read';

export class Chat {
  readonly #logs = signal<ChatLogs>(new Map());
  readonly #read = signal<Record<string, number>>(JSON.parse(sessionStorage.getItem(READ_KEY) ?? '{}'));
  /** Whether the console's tab or the field page's sheet is open. */
  readonly #isOpen = signal(false);

  constructor(private readonly signalling: Signalling) {
    signalling.listen((message) => {
      this.#logs.value = logsAfter(this.#logs.peek(), message);
    });
  }

  get isOpen(): ReadonlySignal<boolean> {
    return this.#isOpen;
  }

  open(isOpen: boolean): void {
    this.#isOpen.value = isOpen;
  }

  of(call: string): ChatLog {
    return this.#logs.value.get(call) ?? NOTHING_SAID;
  }

  /** The number of the last message that was seen. */
  readIn(call: string): number {
    return this.#read.value[call] ?? 0;
  }

  /** A second try keeps the id: should the first have arrived after all, it is the same message. */
  say(call: string, text: string, id: string = madeUp()): void {
    this.#logs.value = withPending(this.#logs.peek(), call, id, text);
    this.signalling.say({ type: 'chat', call, id, text });
  }

  drop(call: string, id: string): void {
    this.#logs.value = withoutPending(this.#logs.peek(), call, id);
  }

  markRead(call: string, seq: number): void {
    if (seq <= (this.#read.peek()[call] ?? 0)) return;
    this.#read.value = { [call]: seq }; // there is one call at a time
    sessionStorage.setItem(READ_KEY, JSON.stringify(this.#read.value));
  }
}

function madeUp(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');
}
