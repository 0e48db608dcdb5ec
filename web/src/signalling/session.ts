/**
 * The counters of one signalling session, with no socket, clock or chance in them: see wire/signalling.py.
 *
 * What must not be lost stays in the outbox until the server acknowledges it, over any number of sockets. When the
 * server no longer knows the session (it was restarted) the outbox is numbered anew and sent under the new one: a
 * description meant for a page that is gone is dropped by the server, the rest still means what it meant.
 */
import type { BrowserFrame, FromBrowser, FromServer, ServerFrame, Welcome } from './types';

export type Numbered = Exclude<FromBrowser, { type: 'hello' | 'ping' }>;

/** What follows from a frame. `isBroken`: the other side lost count; only a new socket can mend that. */
export type Received = { deliver: FromServer | null; send: BrowserFrame[]; isBroken: boolean };

/** Whoever says this many more than the server has acknowledged waits with what can wait: a second's worth of frames. */
const BEHIND_AFTER = 64;

/** Acknowledged with a ping of their own once this many wait; a guess that bounds the server's outbox. */
const UNACKNOWLEDGED_AT_MOST = 16;

export class Session {
  #id: string | null = null;
  #received = 0;
  #acknowledged = 0;
  #sent = 0;
  #outbox: { seq: number; message: Numbered }[] = [];
  #isWelcome = false;

  constructor(readonly instance: string) {}

  /** Whether much was said that the server has not acknowledged. */
  get isBehind(): boolean {
    return this.#outbox.length >= BEHIND_AFTER;
  }

  /** The first frame on a new socket. */
  handleOpen(): BrowserFrame {
    this.#isWelcome = false;
    return this.#frame(0, {
      type: 'hello',
      instance: this.instance,
      session: this.#id,
      received: this.#received,
    });
  }

  handleClose(): void {
    this.#isWelcome = false;
  }

  /** The frames to send now: none while there is no welcomed socket; the message is kept either way. */
  say(message: Numbered): BrowserFrame[] {
    this.#sent += 1;
    this.#outbox.push({ seq: this.#sent, message });
    if (!this.#isWelcome) return [];
    const isAnswerDue = this.#outbox.length % UNACKNOWLEDGED_AT_MOST === 0;
    return [this.#frame(this.#sent, message), ...(isAnswerDue ? [this.ping()] : [])];
  }

  ping(): BrowserFrame {
    return this.#frame(0, { type: 'ping' });
  }

  handleFrame({ seq, ack, message }: ServerFrame): Received {
    if (message.type === 'welcome') return this.#welcomed(message);
    if (!this.#isWelcome) return BROKEN;
    this.#forgetUpTo(ack);
    if (message.type === 'pong') return NOTHING;
    if (seq <= this.#received) return NOTHING;
    if (seq > this.#received + 1) return BROKEN;
    this.#received = seq;
    const isAckDue = this.#received - this.#acknowledged >= UNACKNOWLEDGED_AT_MOST;
    return { deliver: message, send: isAckDue ? [this.ping()] : [], isBroken: false };
  }

  #welcomed(welcome: Welcome): Received {
    this.#isWelcome = true;
    this.#id = welcome.session;
    if (welcome.is_resumed) this.#forgetUpTo(welcome.received);
    else this.#beginAnew();
    const send = this.#outbox.map(({ seq, message }) => this.#frame(seq, message));
    return { deliver: welcome, send, isBroken: false };
  }

  #beginAnew(): void {
    this.#received = 0;
    this.#acknowledged = 0;
    this.#outbox = this.#outbox.map(({ message }, index) => ({ seq: index + 1, message }));
    this.#sent = this.#outbox.length;
  }

  #forgetUpTo(ack: number): void {
    this.#outbox = this.#outbox.filter(({ seq }) => seq > ack);
  }

  #frame(seq: number, message: FromBrowser): BrowserFrame {
    this.#acknowledged = this.#received;
    return { seq, ack: this.#received, message };
  }
}

const NOTHING: Received = { deliver: null, send: [], isBroken: false };
const BROKEN: Received = { deliver: null, send: [], isBroken: true };
