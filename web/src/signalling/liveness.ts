/** When to ask whether the server is still there, and when to stop believing it. Told the time. */

export const PING_EVERY_MS = 10_000;
/** Nothing heard for this long: the socket is dead, whatever TCP says. */
export const DEAD_AFTER_MS = 15_000;
/** A phone that slept comes back with every timer late: ask once and wait this long before giving up. */
const ANSWER_WITHIN_MS = DEAD_AFTER_MS - PING_EVERY_MS;
/** In doubt already: longer than an answer takes on most mobile networks, and if it is not, a new socket costs little. */
export const DOUBTED_ANSWER_WITHIN_MS = 500;

const FIRST_RETRY_MS = 200;
const LAST_RETRY_MS = 5_000;

export type Due = 'nothing' | 'ping' | 'dead';

export class Liveness {
  #heardAt: number;
  #askedAt: number | null = null;
  #isOpen = false;

  /** `now`: when the socket was asked for. */
  constructor(now: number) {
    this.#heardAt = now;
  }

  handleHeard(now: number): void {
    this.#isOpen = true;
    this.#heardAt = now;
    this.#askedAt = null;
  }

  handlePinged(now: number): void {
    this.#askedAt ??= now;
  }

  /** Whether nothing was heard since that time. */
  isSilentSince(then: number): boolean {
    return this.#heardAt <= then;
  }

  due(now: number): Due {
    const silentFor = now - this.#heardAt;
    if (!this.#isOpen) return silentFor >= DEAD_AFTER_MS ? 'dead' : 'nothing';
    if (this.#askedAt !== null) return now - this.#askedAt >= ANSWER_WITHIN_MS ? 'dead' : 'nothing';
    return silentFor >= PING_EVERY_MS ? 'ping' : 'nothing';
  }
}

/** Doubling from 0.2 s to 5 s, each shortened by up to half so that a restarted server is not stormed at once. */
export function retryDelayMs(attempt: number, chance: number): number {
  const longest = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** attempt);
  return longest * (1 - chance / 2);
}
