/** Who did what, counted in memory and written down together: known activities are not worth a disk write each. */
import type { Tallied } from './store.js';

/** Pairs of activity and source that wait; what comes beyond them is counted for all sources together. */
const MOST_PAIRS = 10_000;
/** Stands for sources that are not told apart. */
const MANY = 'others';

interface Entry {
  readonly activity: string;
  readonly source: string;
  count: number;
  readonly first: number;
  last: number;
}

export class Tally {
  readonly #entries = new Map<string, Entry>();

  get isEmpty(): boolean {
    return this.#entries.size === 0;
  }

  add(activity: string, source: string, time: number): void {
    const key = `${activity} ${source}`;
    const known = this.#entries.get(key);
    if (known) {
      known.count++;
      known.last = time;
    } else if (source !== MANY && this.#entries.size >= MOST_PAIRS) this.add(activity, MANY, time);
    else this.#entries.set(key, { activity, source, count: 1, first: time, last: time });
  }

  /** What has come together; begins anew. */
  take(): ({ readonly activity: string; readonly source: string } & Tallied)[] {
    const all = [...this.#entries.values()];
    this.#entries.clear();
    return all;
  }
}
