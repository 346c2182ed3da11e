/**
 * Thresholds by cross-validation [new]: the papers leave open how W and w are to be chosen [05 §3.1.1].
 *
 * The work is bounded by sessions and bytes, not by time: the same capture gives the same choice.
 */
import type { Session } from '../capture/types.js';
import { DEFAULTS, type LearnOptions, learn, relate } from '../learn/index.js';
import { serviceName } from '../model/names.js';
import { groupBy, isUsable, sampleSessions, serviceOf, split } from './folds.js';
import { testSessions } from './crossvalidate.js';

/** What is tried. w = 1 is "part by what decides the answer"; below, values that are frequent enough are parted [05]. */
const MACROS: readonly number[] = [0.3, 0.5, 0.7];
const MICROS: readonly number[] = [1, 0.3];
const FOLDS = 3;
const MOST_SESSIONS = 90;
const MOST_BYTES = 256 * 1024;
/** The usual thresholds stay unless others are better by this much: less is chance. */
const CLEARLY = 0.005;

/** A pair that was tried and how similar the answers were. */
export interface Trial {
  readonly macro: number;
  readonly micro: number;
  /** Mean over the sessions of all services. */
  readonly similarity: number;
}

/** The pair that was chosen, and by what. */
export interface Thresholds {
  readonly macro: number;
  readonly micro: number;
  readonly trials: readonly Trial[];
  /** Sessions that were learned from and asked. */
  readonly sessions: number;
}

function bytesOf({ messages }: Session): number {
  return messages.reduce((sum, { bytes }) => sum + bytes.length, 0);
}

/** A sample of each service that is small enough to learn from again and again. */
function sample(sessions: readonly Session[], seed: number): Session[] {
  return [...groupBy(sessions.filter(isUsable), serviceOf).values()].flatMap((own) => {
    let most = MOST_SESSIONS;
    let chosen = sampleSessions(own, most, seed);
    while (most > 4 && chosen.reduce((sum, session) => sum + bytesOf(session), 0) > MOST_BYTES) {
      most = Math.max(4, Math.floor(most / 2));
      chosen = sampleSessions(own, most, seed);
    }
    return chosen;
  });
}

/** Picks W and w by how similar the answers to sessions are that were not learned from. */
export function chooseThresholds(
  sessions: readonly Session[],
  options: Partial<LearnOptions> = {},
  show: (done: number) => void = () => undefined,
): Thresholds {
  const seed = options.seed ?? DEFAULTS.seed;
  const usual = { macro: options.macro ?? DEFAULTS.macro, micro: options.micro ?? DEFAULTS.micro };
  const some = sample(relate(sessions), seed);
  const { folds, by } = split(some, FOLDS, seed);
  const pairs = MACROS.flatMap((macro) => MICROS.map((micro) => ({ macro, micro })));
  if (!pairs.some((pair) => pair.macro === usual.macro && pair.micro === usual.micro)) pairs.unshift(usual);
  if (by.size === 0) return { ...usual, trials: [], sessions: 0 };
  const trials = pairs.map((pair, i): Trial => {
    show(i / pairs.length);
    const each = folds.flatMap(({ training, test }) => {
      const { services } = learn(training, { ...options, ...pair });
      return [...groupBy(test, serviceOf)].flatMap(([name, own]) => {
        const service = services.find((s) => serviceName(s) === name);
        return testSessions(service, own, seed).map(({ judged }) => judged.similarity);
      });
    });
    return { ...pair, similarity: each.reduce((sum, value) => sum + value, 0) / Math.max(1, each.length) };
  });
  const before = trials.find((trial) => trial.macro === usual.macro && trial.micro === usual.micro);
  let best = before;
  for (const trial of trials) {
    const isClear = trial.similarity >= (before?.similarity ?? 0) + CLEARLY;
    if (isClear && trial.similarity > (best?.similarity ?? 0)) best = trial;
  }
  return { macro: best?.macro ?? usual.macro, micro: best?.micro ?? usual.micro, trials, sessions: some.length };
}
