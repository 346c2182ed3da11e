/**
 * Figures 5 and 6 of the 2005 paper: what the thresholds W and w do to the number of states and to the
 * similarity of the answers [05 §3.2]. As there, the sessions that are asked are those learned from, so
 * that no request is unknown and only the simplification shows.
 */
import type { Session } from '../capture/types.js';
import { type LearnOptions, learn } from '../learn/index.js';
import { isUsable, serviceOf } from './folds.js';
import { testSessions } from './crossvalidate.js';

/** Values of W and of w. */
export const GRID: readonly number[] = [0, 0.2, 0.4, 0.6, 0.8, 1];

export interface Cell {
  readonly macro: number;
  readonly micro: number;
  readonly classes: number;
  readonly states: number;
  /** Mean over the sessions, and each session's own (figure 6 shows single sessions). */
  readonly similarity: number;
  readonly each: readonly number[];
}

export interface Surface {
  readonly service: string;
  readonly sessions: number;
  /** W by W, and for each W all w. */
  readonly cells: readonly Cell[];
}

/** The surface over the grid for the sessions of one service. */
export function surfaceOf(
  sessions: readonly Session[],
  options: Partial<LearnOptions>,
  show: (done: number) => void = () => undefined,
  grid: readonly number[] = GRID,
): Surface {
  const usable = sessions.filter(isUsable);
  const first = usable[0];
  const name = first ? serviceOf(first) : '';
  const cells: Cell[] = [];
  for (const macro of grid) {
    for (const micro of grid) {
      show(cells.length / grid.length ** 2);
      const { services } = learn(usable, { ...options, macro, micro });
      const service = services.find((s) => `${s.transport}/${s.port}` === name);
      const each = testSessions(service, usable, options.seed ?? 1).map(({ judged }) => judged.similarity);
      cells.push({
        macro,
        micro,
        classes: service?.classes.length ?? 0,
        states: service?.states.length ?? 0,
        similarity: each.length === 0 ? 1 : each.reduce((sum, value) => sum + value, 0) / each.length,
        each,
      });
    }
  }
  return { service: name, sessions: usable.length, cells };
}
