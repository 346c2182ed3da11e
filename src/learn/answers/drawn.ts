/**
 * Binary numbers that are drawn by lot from a narrow range [new]: a lease that is a little longer or shorter each time, so
 * that not all clients come back at once. So few numbers recur, and so look less made up than a long identifier does;
 * but the one that was seen most often would be told to everyone for ever.
 */
import { equal, toLatin1 } from '../../bytes/bytes.js';
import type { Context } from '../../model/meaning.js';
import type { NumberRange, Rule } from '../../model/types.js';
import { narrowest } from './made-up.js';

/** Bytes of a binary number. */
const WIDEST = 6;
/** Fewest samples, and fewest different values. */
const LEAST_SAMPLES = 16;
const LEAST_VALUES = 12;
/** Of the different values that so many draws from the range would give, this share has to be there: others are codes, or counts. */
const EVEN = 0.7;
/** No value may be there more than so many times as often as it would be by chance. */
const PEAK = 4;

/**
 * A number from the range of some values; null where they do not look drawn by lot.
 *
 * @param values of samples in which nothing has another length: a number there is no length
 */
export function drawnNumber(
  values: readonly (Uint8Array | null)[],
  contexts: readonly (Context | undefined)[],
): (Rule & { kind: 'made up' }) | null {
  if (values.length < LEAST_SAMPLES) return null;
  const counts = new Map<string, number>();
  const known: Uint8Array[] = [];
  for (const value of values) {
    if (!value || value.length === 0 || value.length > WIDEST) return null;
    const key = toLatin1(value);
    if (!counts.has(key)) known.push(value);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const width = known[0]?.length ?? 0;
  const isText = [...counts.keys()].every((value) => /^[0-9A-Za-z]+$/.test(value));
  if (known.length < LEAST_VALUES || isText || known.some(({ length }) => length !== width)) return null;
  const within = narrowest(known, width);
  if (!within || !isEven(values.length, counts, within)) return null;
  if (isAsked(values, contexts)) return null;
  return {
    kind: 'made up',
    min: width,
    max: width,
    alphabet: Uint8Array.from({ length: 256 }, (_, byte) => byte),
    within,
  };
}

/** Whether values look like so many draws from a range, none more likely than another. */
function isEven(draws: number, counts: ReadonlyMap<string, number>, { least, most }: NumberRange): boolean {
  const all = most - least + 1;
  const expected = all * (1 - (1 - 1 / all) ** draws);
  return counts.size >= EVEN * expected && Math.max(...counts.values()) <= PEAK * Math.max(1, draws / all);
}

/** Whether the values belong to what was said: to a request that was said again, or to the session. */
function isAsked(values: readonly (Uint8Array | null)[], contexts: readonly (Context | undefined)[]): boolean {
  const told = new Map<unknown, Uint8Array>();
  let [same, other] = [0, 0];
  const compare = (key: unknown, value: Uint8Array): void => {
    const before = told.get(key);
    told.set(key, value);
    if (before === undefined) return;
    if (equal(before, value)) same++;
    else other++;
  };
  values.forEach((value, i) => {
    const context = contexts[i];
    if (!value || !context) return;
    compare(context.said, value);
    const request = context.said[context.at]?.request;
    if (request && request.length > 0) compare(toLatin1(request), value);
  });
  return same > other;
}
