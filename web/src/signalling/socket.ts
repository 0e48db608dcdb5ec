/** The one WebSocket of a page: keeps a session alive over as many sockets as the network needs. */
import { batch, type ReadonlySignal, signal } from '@preact/signals';
import { type Known, knownAfter, NOTHING_KNOWN } from './known';
import { DOUBTED_ANSWER_WITHIN_MS, Liveness, retryDelayMs } from './liveness';
import { type Numbered, Session } from './session';
import type { BrowserFrame, FromServer, ServerFrame } from './types';

export type SocketState =
  | { is: 'connecting' }
  | { is: 'open' }
  | { is: 'reconnecting'; since: number }
  | { is: 'stopped'; reason: 'signed_out' | 'replaced' | 'closed' };

const SIGNED_OUT = 4401;
const REPLACED = 4409;
const TICK_MS = 1_000;
/** A socket that is welcomed and closed again at once must not be retried without a pause. */
const STEADY_AFTER_MS = 5_000;

export class Signalling {
  readonly #state = signal<SocketState>({ is: 'connecting' });
  readonly #known = signal<Known>(NOTHING_KNOWN);
  readonly #session = new Session(randomName());
  readonly #listeners = new Set<(message: FromServer) => void>();
  #socket: WebSocket | null = null;
  #liveness = new Liveness(0);
  #attempt = 0;
  #openedAt = 0;
  #retryTimer: number | undefined;
  #ticker: number | undefined;

  /** Members and guests have a way in each, so that one browser can be both: a host who tries their own link. */
  constructor(private readonly path: '/signal' | '/signal/guest') {}

  get state(): ReadonlySignal<SocketState> {
    return this.#state;
  }

  get known(): ReadonlySignal<Known> {
    return this.#known;
  }

  /** What can wait and grow together should wait now. */
  get isBehind(): boolean {
    return this.#session.isBehind;
  }

  start(): void {
    this.#ticker = window.setInterval(() => this.#tick(), TICK_MS);
    window.addEventListener('online', this.#wake);
    document.addEventListener('visibilitychange', this.#wake);
    this.#connect();
  }

  stop(reason: 'signed_out' | 'replaced' | 'closed' = 'closed'): void {
    clearInterval(this.#ticker);
    clearTimeout(this.#retryTimer);
    window.removeEventListener('online', this.#wake);
    document.removeEventListener('visibilitychange', this.#wake);
    this.#drop();
    this.#state.value = { is: 'stopped', reason };
  }

  say(message: Numbered): void {
    this.#send(this.#session.say(message));
  }

  /** Media has stopped, so the network may be another one: ask, and do not wait long for the answer. */
  doubt(): void {
    if (this.#state.value.is !== 'open' || !this.#socket) return;
    const socket = this.#socket;
    const asked = performance.now();
    this.#ping();
    window.setTimeout(() => {
      if (socket === this.#socket && this.#liveness.isSilentSince(asked)) this.#reconnect();
    }, DOUBTED_ANSWER_WITHIN_MS);
  }

  /** Messages in order, after `known` has taken them in. Returns the way to stop listening. */
  listen(listener: (message: FromServer) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #connect(): void {
    clearTimeout(this.#retryTimer);
    this.#liveness = new Liveness(performance.now());
    const socket = new WebSocket(address(this.path));
    this.#socket = socket;
    socket.onopen = () => this.#send([this.#session.handleOpen()]);
    socket.onmessage = (event) => this.#hear(String(event.data));
    socket.onclose = (event) => this.#closed(event.code);
  }

  #hear(text: string): void {
    this.#liveness.handleHeard(performance.now());
    const { deliver, send, isBroken } = this.#session.handleFrame(JSON.parse(text) as ServerFrame);
    if (isBroken) return this.#retry();
    this.#send(send);
    if (!deliver) return;
    batch(() => {
      if (deliver.type === 'welcome') {
        this.#openedAt = performance.now();
        this.#state.value = { is: 'open' };
      }
      this.#known.value = knownAfter(this.#known.value, deliver);
    });
    for (const listener of [...this.#listeners]) listener(deliver);
  }

  #closed(code: number): void {
    if (code === SIGNED_OUT) return this.stop('signed_out');
    if (code === REPLACED) return this.stop('replaced');
    this.#retry();
  }

  #retry(): void {
    this.#drop();
    if (this.#state.value.is === 'open') {
      this.#state.value = { is: 'reconnecting', since: Date.now() };
      if (performance.now() - this.#openedAt > STEADY_AFTER_MS) this.#attempt = 0;
    }
    const delay = retryDelayMs(this.#attempt, Math.random());
    this.#attempt += 1;
    clearTimeout(this.#retryTimer);
    this.#retryTimer = window.setTimeout(() => this.#connect(), delay);
  }

  /** Without waiting for `close`: on a dead network it comes minutes late. */
  #drop(): void {
    const socket = this.#socket;
    this.#socket = null;
    this.#session.handleClose();
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  #tick(): void {
    if (!this.#socket) return;
    const due = this.#liveness.due(performance.now());
    if (due === 'dead') this.#retry();
    if (due === 'ping') this.#ping();
  }

  #ping(): void {
    this.#liveness.handlePinged(performance.now());
    this.#send([this.#session.ping()]);
  }

  /** The network or the page is back: do not sit out the back-off, and do not trust a socket that slept. */
  readonly #wake = (): void => {
    if (document.visibilityState === 'hidden') return;
    if (this.#state.value.is === 'open') return this.#ping();
    this.#reconnect();
  };

  #reconnect(): void {
    this.#drop();
    this.#attempt = 0;
    this.#connect();
  }

  #send(frames: BrowserFrame[]): void {
    if (this.#socket?.readyState !== WebSocket.OPEN) return;
    for (const frame of frames) this.#socket.send(JSON.stringify(frame));
  }
}

function address(path: string): string {
  return `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}${path}`;
}

/** `crypto.randomUUID` is missing on pages that are not served over HTTPS. */
function randomName(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
