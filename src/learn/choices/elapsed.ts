/** How long ago the same thing was asked for [new]: some clients come back at once, others wait because they were told to. */
import { take, type Context } from '../../model/meaning.js';
import { recall, sinceAsked } from '../../model/recall.js';
import type { Recall } from '../../model/types.js';

/** Milliseconds that a client waits on purpose, how much longer than the others, and fewest samples on either side. */
const WAITED = 400;
const LONGER = 4;
const LEAST_ASIDE = 3;

/**
 * Milliseconds between those after which clients came back soon and those after which they came back late: what was asked
 * for too early, or was kept for a time only, is answered otherwise later.
 */
export function gapsIn(one: Recall, contexts: readonly Context[]): number[] {
  const times = contexts
    .flatMap((context) => {
      const found = recall(one, context, take);
      return found ? [Math.max(1, sinceAsked(found, context))] : [];
    })
    .sort((a, b) => a - b);
  return times.slice(LEAST_ASIDE, 1 - LEAST_ASIDE).flatMap((time, i) => {
    const before = times[i + LEAST_ASIDE - 1] ?? time;
    return time >= WAITED && time >= LONGER * before ? [Math.round(Math.sqrt(before * time))] : [];
  });
}
