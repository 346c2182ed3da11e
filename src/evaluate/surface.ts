/**
 * Figures 5 and 6 of the 2005 paper: what the thresholds W and w do to the number of states and to the
 * similarity of the answers [05 §3.2]. As there, the sessions that are asked are those learned from, so
 * that no request is unknown and only the simplification shows.
 *
 * Twice: for the machine that is learned, and for that of the paper (a tree of states, simplified level by
 * level, in which a state answers with what was seen there most often).
 */
import { EMPTY } from '../bytes/bytes.js';
import type { Session } from '../capture/types.js';
import { type LearnOptions, learn } from '../learn/index.js';
import { type BuiltMachine, build } from '../learn/paper/build.js';
import { SimplifyCache, follow, simplify } from '../learn/paper/simplify.js';
import { serviceName } from '../model/names.js';
import { testSessions } from './crossvalidate.js';
import { isUsable, serviceOf } from './folds.js';
import { type Recorded, exchangesOf } from './play.js';
import { judge } from './score.js';

/** Values of W and of w. */
const GRID: readonly number[] = [0, 0.2, 0.4, 0.6, 0.8, 1];

/** A machine at one pair of thresholds. */
export interface Outcome {
  readonly states: number;
  /** Mean over the sessions, and each session's own (figure 6 shows single sessions). */
  readonly similarity: number;
  readonly each: readonly number[];
}

export interface Cell {
  readonly macro: number;
  readonly micro: number;
  readonly learned: Outcome;
  readonly paper: Outcome;
}

export interface Surface {
  readonly service: string;
  readonly sessions: number;
  /** W by W, and for each W all w. */
  readonly cells: readonly Cell[];
}

function outcome(states: number, each: readonly number[]): Outcome {
  const similarity = each.length === 0 ? 1 : each.reduce((sum, value) => sum + value, 0) / each.length;
  return { states, similarity, each };
}

/** The machine of the 2005 paper on the sessions that it was made of. */
function onPaper(
  built: BuiltMachine,
  cache: SimplifyCache,
  sessions: readonly (readonly Recorded[])[],
  thresholds: { readonly W: number; readonly w: number },
): Outcome {
  const { states } = simplify(built, thresholds, cache);
  const answerOf = (id: number): Uint8Array => built.messages[states[id]?.answers[0]?.[0] ?? -1]?.bytes ?? EMPTY;
  const each = sessions.map((exchanges) => {
    let state: number | undefined = 0;
    const played = exchanges.map((exchange, i) => {
      const at = state === undefined ? undefined : states[state];
      if (i > 0) state = at && follow(at, exchange.request)?.to;
      return { ...exchange, given: state === undefined ? EMPTY : answerOf(state), notes: [], late: false };
    });
    return judge(played, [], false).similarity;
  });
  return outcome(states.length, each);
}

/** The surface over the grid for the sessions of one service. */
export function surfaceOf(
  sessions: readonly Session[],
  options: Partial<LearnOptions>,
  show: (done: number) => void = () => undefined,
  grid: readonly number[] = GRID,
): Surface {
  const usable = sessions.filter(isUsable);
  const service = usable[0] ? serviceOf(usable[0]) : '';
  const recorded = usable.map(exchangesOf);
  const built = build(
    recorded.map((exchanges) => ({
      requests: exchanges.slice(1).map(({ request }) => request),
      answers: exchanges.map(({ expected }) => expected),
    })),
  );
  const cache = new SimplifyCache();
  const cells: Cell[] = [];
  for (const macro of grid) {
    for (const micro of grid) {
      show(cells.length / grid.length ** 2);
      const model = learn(usable, { ...options, macro, micro });
      const learned = model.services.find((s) => serviceName(s) === service);
      const each = testSessions(learned, usable, options.seed ?? 1).map(({ judged }) => judged.similarity);
      cells.push({
        macro,
        micro,
        learned: outcome(learned?.states.length ?? 0, each),
        paper: onPaper(built, cache, recorded, { W: macro, w: micro }),
      });
    }
  }
  return { service, sessions: usable.length, cells };
}
