/** A path through the machine, bounded: which states a session was in, without the rounds that it made. */
import { createHash } from 'node:crypto';

/** States of a path that count. */
const MOST_STATES = 64;
/** The longest round that is taken for one. */
const LONGEST_ROUND = 4;

/** An id that is the same at every start: a hash of what it names. */
export function stableId(...parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}

/**
 * Grows with each state reached; a round made again (`a b a b`) counts once, so that the same activity
 * done ten times or eleven is the same path.
 */
export class Path {
  readonly #states: number[] = [];
  #isCut = false;

  get states(): readonly number[] {
    return this.#states;
  }

  reach(state: number): void {
    if (this.#isCut) return;
    const states = this.#states;
    states.push(state);
    for (let round = 1; round <= LONGEST_ROUND; round++) {
      if (2 * round > states.length) break;
      const from = states.length - 2 * round;
      const isAgain = states.slice(from, from + round).every((s, i) => s === states[from + round + i]);
      if (!isAgain) continue;
      states.length -= round;
      break;
    }
    this.#isCut = states.length >= MOST_STATES;
  }

  /** The stable id of the activity that this path is. */
  id(service: string): string {
    return stableId('path', service, this.#states.join(' '));
  }
}
