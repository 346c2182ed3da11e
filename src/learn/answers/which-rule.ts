/**
 * Which rule explains a difference between answers: what is given whole comes before what was said, and that before what
 * is computed; what a copy is but a part of comes before the copy.
 */
import { fromLatin1, isDigit } from '../../bytes/bytes.js';
import { isExact } from '../../model/clock.js';
import { findBinarySum } from './binary-sum.js';
import { findAddress } from './address.js';
import { findChecksum } from './checksum.js';
import { findCount } from './count.js';
import { findCells } from './cells/find.js';
import { findClock } from './clock.js';
import { findCopy, PLAIN, type Found } from './copy.js';
import { asField } from './field.js';
import { findEndpoint } from './endpoints.js';
import { findLength } from './length.js';
import { findMasked } from './masks.js';
import { findDigest } from './digest.js';
import { findFill } from './fill.js';
import { findFilledUp } from './filled-up.js';
import { findGathered, findWhole } from './gathered.js';
import { findKeyedPieces } from './keyed-pieces.js';
import { findMeasure } from './measure.js';
import { findNumber, whole } from './number.js';
import { padBefore, padBehind } from './pad.js';
import { isProven, MOST_OF } from './proven.js';
import { findPart } from './parts.js';
import { findPieced } from './pieced.js';
import { findRecoded } from './recoded.js';
import { allEnd, commonRun } from './resync.js';
import type { Families, Line } from './sample.js';
import { isAnswer, placesOf } from './sources.js';
import { findSum } from './sum.js';
import { findTicks } from './ticks.js';
import { findTransform } from './transform.js';
import { allowed, type Without } from './without.js';
import { TO_THE_END } from './draft.js';

export function explain(
  current: readonly Line[],
  at: Int32Array,
  run: number,
  families: Families,
  { hints, told }: { readonly hints: number[][]; readonly told: number[][] },
  live: readonly number[],
  without: Without,
  early: boolean,
): Found | null {
  if (families === 'none') return null;
  const n = current.length;
  const hint = (found: Found) => hints.push(live.filter((_, i) => (found.lengths[i] ?? -1) >= 0));
  const address = allowed(findAddress(current, at, run), without);
  if (address) return address;
  const endpoint = families === 'all' ? allowed(findEndpoint(current, at, run), without) : null;
  if (endpoint) return endpoint;
  const given = families === 'all' ? allowed(findPart(current, at, run), without) : null;
  const part = given?.support === n ? given : (pieced(current, at, families, without) ?? given);
  if (part?.support === n) return part;
  if (part) hint(part);
  const gathered = families === 'all' ? allowed(findWhole(current, at, run), without) : null;
  if (gathered) return gathered;
  const filled = families === 'all' ? allowed(findFilledUp(current, at, run), without) : null;
  if (filled) return filled;
  const copies = findCopy(current, at, run);
  const copy = whole(saying(allowed(copies.best, without)), current, at);
  const plain = whole(saying(allowed(copies.plain, without)), current, at);
  const entire = copy && copy.support === n && isProven(copy, current, at) ? asField(copy, current, at) : null;
  const sure = entire && families === 'all' && !without.has('transform') ? wider(entire, current, at, run) : entire;
  const isTorn =
    sure !== null && families === 'all' && (breaksOff(sure, current, at) || beginsInTime(sure, current, at));
  if (sure && (families === 'copy' || (sure.cost < PLAIN && !isTorn))) return sure;
  if (families === 'all') {
    // the first digits of a length are soon met elsewhere
    const split = sure && isTorn && endsInNumber(sure, current, at) && !without.has('length');
    const long = split ? lengthAt(current, at, run) : null;
    if (long) return long;
    const clock = allowed(findClock(current, at, run), without);
    if (clock && (!sure || clock.cost < sure.cost || (isTorn && isWider(clock, sure))))
      return sure && isToldAgain(clock, sure) ? sure : clock;
    // the upper bytes of what was said are also those of a sum
    const torn = sure && isTorn ? allowed(findBinarySum(current, at, run), without) : null;
    if (sure && torn && reachesBeyond(torn, sure)) return torn;
    if (sure && sure.cost < PLAIN) return sure;
    const length = without.has('length') ? null : lengthAt(current, at, run);
    if (length && (!sure || length.cost < sure.cost)) return length;
    const number = allowed(findNumber(current, at, run), without);
    if (number && number.support === n && (!sure || number.cost < sure.cost)) return number;
    if (plain && plain !== sure && isProven(plain, current, at)) hint(plain);
    const recoded = sure ? null : allowed(findRecoded(current, at, run), without);
    if (recoded?.support === n) return recoded;
    if (recoded) hint(recoded);
    const binarySum = sure ? null : allowed(findBinarySum(current, at, run), without);
    if (binarySum) return binarySum;
    if (sure) return sure;
    const sum = allowed(findSum(current, at, run), without);
    if (sum?.support === n) return sum;
    if (sum && sum.support * 3 >= n) hint(sum);
    const ticks = allowed(findTicks(current, at, run), without);
    if (ticks) return ticks;
    const transform = without.has('transform')
      ? null
      : (padBefore(current, at, run) ?? findTransform(current, at, run, copy && reachOf(copy)));
    if (transform && isProven(transform, current, at)) {
      if (transform.support === n) return transform;
      if (transform.support * 2 >= n) hint(transform);
    }
    const measure = allowed(findMeasure(current, at, run), without);
    if (measure) return measure;
    const count = allowed(findCount(current, at, run), without);
    if (count) return count;
    const fill = allowed(findFill(current, at, run), without);
    if (fill?.support === n) return fill;
    if (fill && fill.support * 2 >= n) hint(fill);
    const masked = allowed(findMasked(current, at), without);
    if (masked) return masked;
    const checksum = without.has('checksum') ? null : findChecksum(current, at, run);
    if (checksum) return checksum;
    const digest = allowed(findDigest(current, at, run), without) ?? findGathered(current, at, run, without);
    if (digest) return digest;
    if (number && number.support * 3 >= n && number.support >= 2) hint(number);
  }
  const cells = families === 'all' && early ? allowed(findCells({ lines: current, at, run }), without) : null;
  if (cells && (cells.support === n || (n >= 7 && cells.support >= n * MOST_OF))) return cells;
  if (cells) hints.unshift(live.filter((_, i) => (cells.lengths[i] ?? -1) >= 0));
  if (copy && isProven(copy, current, at)) {
    if (n >= 7 && copy.support >= n * MOST_OF) return copy;
    if (families === 'all' && isWhereKnown(copy, current))
      told.push(live.filter((_, i) => (copy.lengths[i] ?? -1) >= 0));
    if (copy.support >= 2 && copy.support * 4 >= n) hint(copy);
  }
  return null;
}

function lengthAt(lines: readonly Line[], at: Int32Array, run: number): Found | null {
  const found = findLength(lines, at, run);
  if (!found) return null;
  const { add, write, back, lengths } = found;
  return {
    rule: { kind: 'length', from: 0, to: TO_THE_END, add, write },
    back,
    lengths,
    support: lines.length,
    cost: 4,
  };
}

/** Whether a copy ends with a digit behind which the number goes on in all lines. */
function endsInNumber({ back, lengths }: Found, lines: readonly Line[], at: Int32Array): boolean {
  return lines.every(({ bytes }, i) => {
    const end = (at[i] ?? 0) - back + (lengths[i] ?? 0);
    return isDigit(bytes[end - 1]) && isDigit(bytes[end]);
  });
}

/** Fewest lines that show it. */
const LEAST_TOLD = 3;

/**
 * Whether a copy of what was said earlier about the same thing holds in just those lines where something was: the server
 * makes up, or takes from elsewhere, what it then tells again.
 */
function isWhereKnown({ rule, lengths, support }: Found, lines: readonly Line[]): boolean {
  if (rule.kind !== 'copy' || rule.span.of.kind !== 'recall' || rule.span.of.keys.length === 0) return false;
  if (support < LEAST_TOLD) return false;
  const known = placesOf(lines, rule.span.of);
  return known.every((place, i) => (place !== null) === (lengths[i] ?? -1) >= 0);
}

function pieced(current: readonly Line[], at: Int32Array, families: Families, without: Without): Found | null {
  return families === 'all' ? allowed(findPieced(current, at) ?? findKeyedPieces(current, at), without) : null;
}

/** A copy up to a zero holds wherever a zero is: where nothing is what it often gives, it says nothing of these lines. */
function saying(found: Found | null): Found | null {
  const to = found?.rule.kind === 'copy' ? found.rule.span.to : null;
  if (!found || to?.kind !== 'until' || to.bytes.some((byte) => byte !== 0)) return found;
  const empty = found.lengths.filter((length) => length === 0).length;
  if (empty * 3 <= found.support) return found;
  return { ...found, lengths: found.lengths.map((length) => length || -1), support: found.support - empty };
}

/** True for a copy behind which the lines differ at once: it may be a part of something else, as the day is of the time. */
function breaksOff(copy: Found, lines: readonly Line[], at: Int32Array): boolean {
  const next = at.map((a, i) => a - copy.back + (copy.lengths[i] ?? 0));
  return commonRun(lines, next) === 0 && !allEnd(lines, next);
}

/** What stands between the numbers of a time. */
const TIME_SIGNS = new Set(fromLatin1(':.-/ T'));

/** True for a copy of an earlier answer that begins with a lower number of what may be a time: both were told of one moment. */
function beginsInTime({ rule, back }: Found, lines: readonly Line[], at: Int32Array): boolean {
  if (rule.kind !== 'copy' || !isAnswer(rule.span.of)) return false;
  return lines.every(({ bytes }, i) => {
    let start = (at[i] ?? 0) - back;
    if (!isDigit(bytes[start])) return false;
    while (isDigit(bytes[start - 1])) start--;
    return TIME_SIGNS.has(bytes[start - 1] ?? 0) && isDigit(bytes[start - 2]);
  });
}

/** Whether a copy gives all of a time, to so fine a digit that it is the very one that was told before. */
function isToldAgain({ rule, back, lengths }: Found, copy: Found): boolean {
  if (rule.kind !== 'clock' || !isExact(rule.format)) return false;
  return lengths.every((length, i) => length - back <= (copy.lengths[i] ?? 0) - copy.back);
}

/** Whether one value begins before the other one, or ends behind it in every line. */
function isWider(one: Found, other: Found): boolean {
  return one.back > other.back || reachesBeyond(one, other);
}

/** Whether one value ends behind the other one in every line. */
function reachesBeyond(one: Found, other: Found): boolean {
  return one.lengths.every((length, i) => length - one.back > (other.lengths[i] ?? 0) - other.back);
}

/** What a copy that holds in all lines is a part of: a value that is filled up, or written in another way. */
function wider(copy: Found, lines: readonly Line[], at: Int32Array, run: number): Found {
  const padded = padBehind(copy, lines, at);
  if (padded) return padded;
  const next = at.map((a, i) => a - copy.back + (copy.lengths[i] ?? 0));
  // one or two bytes may be alike by chance, or be the sign of an escape
  if (commonRun(lines, next) > 2 || allEnd(lines, next)) return copy;
  const transform = findTransform(lines, at, run, reachOf(copy));
  const sum = (found: Found) => reachOf(found).reduce((all, reach) => all + reach, 0);
  return transform?.support === lines.length && sum(transform) > sum(copy) && isProven(transform, lines, at)
    ? transform
    : copy;
}

/** Bytes from the difference on that a rule explains in each line, or -1. */
function reachOf({ lengths, back }: Found): Int32Array {
  return lengths.map((length) => (length < 0 ? -1 : length - back));
}
