/** Who is here: sessions in all and for each source, held below their bounds. */
import type { Limits } from './limits.js';

/** Invariant: `#all` is the sum over `#bySource`, which holds no zeros. */
export class Census {
  readonly #limits: Pick<Limits, 'connections' | 'perSource'>;
  readonly #bySource = new Map<string, number>();
  #all = 0;

  constructor(limits: Pick<Limits, 'connections' | 'perSource'>) {
    this.#limits = limits;
  }

  /** Counts one more from this source, or says why not. */
  enter(source: string): string | null {
    const its = this.#bySource.get(source) ?? 0;
    if (this.#all >= this.#limits.connections) return `${this.#all} connections are open already`;
    if (its >= this.#limits.perSource) return `${its} connections from this source are open already`;
    this.#all++;
    this.#bySource.set(source, its + 1);
    return null;
  }

  leave(source: string): void {
    const its = this.#bySource.get(source) ?? 0;
    if (its === 0) return;
    this.#all--;
    if (its === 1) this.#bySource.delete(source);
    else this.#bySource.set(source, its - 1);
  }
}
