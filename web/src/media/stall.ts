/** When media that should come has stopped coming. Told the time; says so once for each time that it stops. */

export class StallWatch {
  #seen: string | null = null;
  #since = 0;
  #hasCome = false;
  #isTold = false;

  constructor(private readonly afterMs: number) {}

  /**
   * `latest` changes whenever something has come in; `isExpected`: the other side says that it sends. True: it has just
   * become clear that nothing comes any more. Before anything has come, the browser's own patience is the better judge.
   */
  look(now: number, latest: string, isExpected: boolean): boolean {
    if (latest !== this.#seen || !isExpected) {
      this.#hasCome ||= this.#seen !== null && latest !== this.#seen;
      this.#seen = latest;
      this.#since = now;
      this.#isTold = false;
      return false;
    }
    if (!this.#hasCome || this.#isTold || now - this.#since < this.afterMs) return false;
    this.#isTold = true;
    return true;
  }
}
