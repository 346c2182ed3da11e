/** Captures become a model in memory: what `learn` writes to a folder, and `serve` may begin with at once. */
import { chooseThresholds } from '../evaluate/index.js';
import type { Thresholds } from '../evaluate/index.js';
import { learn } from '../learn/index.js';
import type { LearnOptions } from '../learn/index.js';
import type { Model } from '../model/types.js';
import { readCaptures, warn } from './captures.js';
import type { Captured, Wanted } from './captures.js';
import { CommandError, FAILED } from './failure.js';
import { progress } from './progress.js';
import { count, listCounts } from './text.js';

/** How learning goes about it; what is not said is as by default. */
export interface LearningWords extends Partial<LearnOptions> {
  /** Choose the thresholds by cross-validation. */
  readonly choose?: boolean;
}

/** What came of it. */
export interface Learned {
  readonly captured: Captured;
  readonly model: Model;
  /** The thresholds, where they were to be chosen. */
  readonly chosen: Thresholds | null;
}

function refuseEmpty(model: Model, { report: { sessions, packets } }: Captured): void {
  if (model.services.length > 0) return;
  const seen = listCounts(sessions);
  const why =
    seen === ''
      ? `of ${count(packets, 'packet')} none belongs to a session that was asked for`
      : `sessions seen: ${seen}`;
  throw new CommandError(
    FAILED,
    `nothing to learn from: no complete session in which a server answers (${why}); record whole connections, from their first packet on`,
  );
}

/**
 * Reads captures and learns from them, with a bar on a terminal. What is damaged in them is said on standard error.
 *
 * @throws CommandError where they hold nothing to learn from
 */
export async function learnCaptures(
  captures: readonly string[],
  wanted: Wanted = {},
  { choose = false, ...words }: LearningWords = {},
): Promise<Learned> {
  const bar = progress();
  try {
    const captured = await readCaptures(captures, wanted, (done) => bar.show('reading', done / 4));
    const chosen = choose
      ? chooseThresholds(captured.sessions, words, (done) => bar.show('thresholds', 0.25 + done / 4))
      : null;
    const model = learn(
      captured.sessions,
      chosen ? { ...words, macro: chosen.macro, micro: chosen.micro } : words,
      ({ service, stage, done }) => bar.show(`${service}: ${stage}`, 0.25 + done * 0.75),
    );
    bar.stop();
    warn(captured.report);
    refuseEmpty(model, captured);
    return { captured, model, chosen };
  } finally {
    bar.stop();
  }
}
