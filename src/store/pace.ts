/** How often: a budget of time for waiting for the disk, and a bound on like events. */

/** Spends at most a share of the time. */
export class Budget {
  readonly #share: number;
  readonly #most: number;
  #left: number;
  #since: number;

  /** @param share of the time, 0…1; `most` milliseconds at once */
  constructor(share: number, most: number, now: number) {
    this.#share = share;
    this.#most = most;
    this.#left = most;
    this.#since = now;
  }

  isLeft(now: number): boolean {
    this.#left = Math.min(this.#most, this.#left + Math.max(0, now - this.#since) * this.#share);
    this.#since = now;
    return this.#left > 0;
  }

  spend(milliseconds: number): void {
    this.#left -= milliseconds;
  }
}

/** Lets so many of a kind through in each minute, and counts the others. */
export class Seldom {
  readonly #counts = new Map<string, number>();
  readonly #kinds: number;
  #minute = 0;
  /** Those that were not let through since it was last asked. */
  suppressed = 0;

  /** @param kinds that are told apart */
  constructor(kinds: number) {
    this.#kinds = kinds;
  }

  lets(kind: string, most: number, now: number): boolean {
    const minute = Math.floor(now / 60_000);
    if (minute !== this.#minute) this.#counts.clear();
    this.#minute = minute;
    const count = (this.#counts.get(kind) ?? 0) + 1;
    if (count === 1 && this.#counts.size >= this.#kinds) {
      this.suppressed++;
      return false;
    }
    this.#counts.set(kind, count);
    if (count > most) this.suppressed++;
    return count <= most;
  }
}
