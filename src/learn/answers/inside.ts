/** What begins inside a part of an answer that no rule explains from its start: a copy, the time, or what stands behind a number. */
import { isAlphanumeric, isDigit, isPrintable } from '../../bytes/bytes.js';
import { clockBefore } from './clock.js';
import { findCopy, PLAIN } from './copy.js';
import { isProven, MOST_OF } from './proven.js';
import type { Found } from './reach.js';
import { commonRun } from './resync.js';
import type { Line } from './sample.js';
import type { Without } from './without.js';

/** Distances from the start of an unknown part at which a copy is looked for in it; a number's upper bytes may stand still before it. */
const FIELDS = [1, 2, 3, 4, 5, 6, 7, 8];
/** Fewest lines that tell a copy inside an unknown part, and one of what was said long before. */
const LEAST_INSIDE = 3;
const MANY = 7;

/** Where an unknown part ends, because a copy or the time begins in it. */
export function inside(current: readonly Line[], from: Int32Array, until: Int32Array, without: Without): Int32Array {
  const copy = without.has('copy') ? null : copyInside(current, from, until);
  const clock = without.has('clock') ? null : clockBefore(current, from, until);
  return copy ?? clock ?? behindNumber(current, from, until) ?? until;
}

/** Signs that join numbers to one value, such as a date, an address or a version. */
const JOINS: ReadonlySet<number> = new Set(Array.from('.:-/_+,', (sign) => sign.charCodeAt(0)));

/** Where an unknown part goes on, in all lines, with one sign behind a number and something else behind that: the number is a value of its own. */
function behindNumber(current: readonly Line[], from: Int32Array, until: Int32Array): Int32Array | null {
  const ends = Int32Array.from(current, ({ bytes }, i) => {
    let at = from[i] ?? 0;
    while (at < (until[i] ?? 0) && isDigit(bytes[at])) at++;
    return at;
  });
  const sign = current[0]?.bytes[ends[0] ?? 0] ?? 0;
  if (!isPrintable(sign) || isAlphanumeric(sign) || JOINS.has(sign)) return null;
  const isNumber = (i: number) => (ends[i] ?? 0) > (from[i] ?? 0) && (ends[i] ?? 0) + 1 < (until[i] ?? 0);
  return current.every(({ bytes }, i) => isNumber(i) && bytes[ends[i] ?? 0] === sign) ? ends : null;
}

/** Where a copy begins inside an unknown part: behind a field of fixed width, or with its last word. */
function copyInside(current: readonly Line[], from: Int32Array, until: Int32Array): Int32Array | null {
  if (current.length < LEAST_INSIDE) return null;
  const width = (i: number) => (until[i] ?? 0) - (from[i] ?? 0);
  const shortest = Math.min(...current.map((_, i) => width(i)));
  const starts = FIELDS.filter((w) => w < shortest).map((w) => from.map((f) => f + w));
  starts.push(Int32Array.from(current, ({ bytes }, i) => lastWord(bytes, from[i] ?? 0, until[i] ?? 0)));
  for (const at of starts) {
    if (at.some((a, i) => a <= (from[i] ?? 0) || a >= (until[i] ?? 0))) continue;
    const run = commonRun(current, at);
    if (at.some((a, i) => a + run >= (until[i] ?? 0))) continue;
    const place = at.map((a) => a + run);
    const { best } = findCopy(current, place, run);
    if (!best || best.back !== run || !isProven(best, current, place)) continue;
    if (best.cost >= PLAIN && !(isOfTheSameThing(best) && best.support === current.length && best.support >= MANY))
      continue;
    if (best.support === current.length || (current.length >= 7 && best.support >= current.length * MOST_OF)) return at;
  }
  return null;
}

/** Whether a copy is of an earlier exchange that the request names. */
function isOfTheSameThing({ rule }: Found): boolean {
  return rule.kind === 'copy' && rule.span.of.kind === 'recall' && rule.span.of.keys.length > 0;
}

/** Where the last run of letters and digits before `until` begins. */
function lastWord(bytes: Uint8Array, from: number, until: number): number {
  let at = until;
  while (at > from && !isAlphanumeric(bytes[at - 1] ?? 0)) at--;
  while (at > from && isAlphanumeric(bytes[at - 1] ?? 0)) at--;
  return at;
}
