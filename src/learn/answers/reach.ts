/** How far the values of a rule reach in the answers, and what stands behind them. */
import { EMPTY, equal } from '../../bytes/bytes.js';
import type { Rule } from '../../model/types.js';
import type { Line } from './sample.js';

export interface Found {
  readonly rule: Rule;
  /** How many bytes before the first difference the value starts. */
  readonly back: number;
  /** For each line: length of the value that the rule gives, or -1 where the rule does not hold. */
  readonly lengths: Int32Array;
  readonly support: number;
  readonly cost: number;
}

/** What a byte is worth that differs, and that a rule explains beyond a cheaper one; and the most that all of them are. */
const BEYOND = 4;
export const MOST_BEYOND = 12;

/** Whether a rule explains more lines, or as many at less cost. */
export function better(a: Found, b: Found | null): boolean {
  return !b || a.support > b.support || (a.support === b.support && a.cost < b.cost - 1e-9);
}

/**
 * The same; but one that leaves nothing open behind its values may cost more than one that reaches further and does, and
 * so may a number of as many bytes as it needs that goes on over what another one leaves open.
 */
export function reachesBetter(found: Found, best: Found | null, lines: readonly Line[], at: Int32Array): boolean {
  if (best && best.cost < found.cost + MOST_BEYOND && leavesLess(best, found, lines, at)) return false;
  if (best && found.cost < best.cost + MOST_BEYOND && leavesLess(found, best, lines, at)) return true;
  if (best && goesOn(best, found, lines, at)) return false;
  if (best && goesOn(found, best, lines, at)) return true;
  return better(found, best);
}

/** Whether the lines differ right behind the values of a rule. */
export function leavesOpen(found: Found, lines: readonly Line[], at: Int32Array): boolean {
  return new Set(behindValues(found, lines, at)).size > 1;
}

/** The byte right behind the value of a rule in each line; -1 at the end. */
export function behindValues(
  { back, lengths }: Pick<Found, 'back' | 'lengths'>,
  lines: readonly Line[],
  at: Int32Array,
): number[] {
  return lines.map(({ bytes }, i) => bytes[(at[i] ?? 0) - back + (lengths[i] ?? 0)] ?? -1);
}

/** What speaks for a dearer rule: the bytes that it explains beyond a cheaper one, or that it leaves nothing open behind it. */
export function worthMore(one: Found, other: Found, lines: readonly Line[], at: Int32Array): number {
  return leavesLess(one, other, lines, at) ? MOST_BEYOND : beyond(one, other, lines);
}

/**
 * Whether one rule takes a number of as many bytes as it needs, where another one takes but so many of it and leaves open
 * what it goes on with, and costs no more than that is worth.
 */
function goesOn(one: Found, other: Found, lines: readonly Line[], at: Int32Array): boolean {
  if (one.rule.kind !== 'copy' || one.rule.span.to.kind !== 'varint') return false;
  if (one.cost >= other.cost + MOST_BEYOND) return false;
  return one.cost - other.cost < beyond(one, other, lines) && leavesOpen(other, lines, at);
}

/** What the bytes are worth that one rule explains beyond another one; nothing where it ever explains less. */
function beyond(one: Found, other: Found, lines: readonly Line[]): number {
  if (one.support < lines.length || one.back !== other.back) return 0;
  let bytes = 0;
  for (let i = 0; i < lines.length; i++) {
    const more = (one.lengths[i] ?? 0) - (other.lengths[i] ?? 0);
    if (more < 0) return 0;
    bytes += more;
  }
  return Math.min(MOST_BEYOND, BEYOND * bytes);
}

/**
 * Whether behind the values of one rule the lines go on alike, where those of another one reach further, by what the
 * message happens to go on with, and then leave something open: `id}` and `id}\r` of requests that may end with a line
 * or not, before `}\r\n` in all answers.
 */
function leavesLess(one: Found, other: Found, lines: readonly Line[], at: Int32Array): boolean {
  if (one.support < lines.length || other.support < lines.length || one.back !== other.back) return false;
  let most = 0;
  for (let i = 0; i < lines.length; i++) {
    const more = (other.lengths[i] ?? 0) - (one.lengths[i] ?? 0);
    if (more < 0) return false;
    most = Math.max(most, more);
  }
  if (most === 0 || !leavesOpen(other, lines, at)) return false;
  const [first = EMPTY, ...rest] = lines.map(({ bytes }, i) => {
    const end = (at[i] ?? 0) - one.back + (one.lengths[i] ?? 0);
    return bytes.subarray(end, end + most + 1);
  });
  return rest.every((bytes) => equal(bytes, first));
}
