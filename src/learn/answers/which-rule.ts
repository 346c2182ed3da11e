/**
 * Which rule explains a difference between answers: what is given whole comes before what was said, and that before what
 * is computed; what a copy is but a part of comes before the copy.
 */
import { fromLatin1, isDigit } from '../../bytes/bytes.js';
import { isCoarse, isExact } from '../../model/clock.js';
import { once } from '../kept.js';
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
import { TO_THE_END, type Draft } from './draft.js';

/** A place at which the lines that are left begin to differ. */
export interface Difference {
  readonly current: readonly Line[];
  /** Where they differ, and how many bytes before it are the same. */
  readonly at: Int32Array;
  readonly run: number;
  /** Their numbers among all lines; hints are told by them. */
  readonly live: readonly number[];
  readonly hints: number[][];
  readonly told: number[][];
  readonly families: Families;
  readonly without: Without;
  /** Whether so little is unknown yet that cells are worth a look. */
  readonly early: boolean;
  /** What was taken before it. */
  readonly before: Draft | undefined;
}

/** Copies that explain the difference. */
interface Copies {
  readonly copy: Found | null;
  /** The best one that is a plain copy of what was said. */
  readonly plain: Found | null;
  /** One that holds in all lines, and is proven. */
  readonly sure: Found | null;
  /** Whether that one may be a part of something else. */
  readonly isTorn: boolean;
  /** Whether that one is of an earlier answer, and may be a time that was the same then. */
  readonly isTold: boolean;
}

/** The rule that explains a difference, or null; what holds in some of the lines only becomes a hint. */
export function explain(difference: Difference): Found | null {
  const { families } = difference;
  if (families === 'none') return null;
  const given = givenWhole(difference);
  if (given) return given;
  const copies = copiesAt(difference);
  const { sure, isTorn, isTold } = copies;
  if (sure && (families === 'copy' || (sure.cost < PLAIN && !isTorn && !isTold))) return sure;
  if (families === 'all') {
    const found = besideCopy(difference, copies) ?? sure ?? computed(difference, copies.copy);
    if (found) return found;
    const number = numberAt(difference);
    if (number && number.support >= 2) hintAt(difference, number, 1 / 3);
    const cells = cellsAt(difference);
    if (cells) return cells;
  }
  return copyOfMost(difference, copies.copy);
}

/** Tells which lines a rule holds in, where they are no less than such a part of all. */
function hintAt({ current, hints, live }: Difference, found: Found, least = 0): void {
  if (found.support >= current.length * least) hints.push(holdingIn(live, found));
}

function holdingIn(live: readonly number[], { lengths }: Found): number[] {
  return live.filter((_, i) => (lengths[i] ?? -1) >= 0);
}

/** What a source gives whole: an address, a part of a content, what was gathered, a field that is filled up. */
function givenWhole(difference: Difference): Found | null {
  const { current, at, run, families, without, before } = difference;
  const address = allowed(findAddress(current, at, run), without);
  if (address || families !== 'all') return address;
  const endpoint = allowed(findEndpoint(current, at, run, before), without);
  if (endpoint) return endpoint;
  const given = allowed(findPart(current, at, run), without);
  const isWhole = (found: Found | null) => found?.support === current.length;
  const part = isWhole(given)
    ? given
    : (allowed(findPieced(current, at) ?? findKeyedPieces(current, at), without) ?? given);
  if (isWhole(part)) return part;
  if (part) hintAt(difference, part);
  return allowed(findWhole(current, at, run), without) ?? allowed(findFilledUp(current, at, run), without);
}

function copiesAt({ current, at, run, families, without }: Difference): Copies {
  const found = findCopy(current, at, run);
  const copy = whole(saying(allowed(found.best, without)), current, at);
  const plain = whole(saying(allowed(found.plain, without)), current, at);
  const entire =
    copy && copy.support === current.length && isProven(copy, current, at) ? asField(copy, current, at) : null;
  const isAll = families === 'all';
  const sure = entire && isAll && !without.has('transform') ? wider(entire, current, at, run) : entire;
  const isTorn = sure !== null && isAll && (breaksOff(sure, current, at) || beginsInTime(sure, current, at));
  const isTold = isAll && sure?.rule.kind === 'copy' && isAnswer(sure.rule.span.of) && isInNumber(current, at);
  return { copy, plain, sure, isTorn, isTold };
}

/** The number that was said and is written here; looked for once. */
const numberAt = once(({ current, at, run, without }: Difference) => allowed(findNumber(current, at, run), without));

/** What explains more than a copy does, or better. */
function besideCopy(difference: Difference, { plain, sure, isTorn, isTold }: Copies): Found | null {
  const { current, at, run, without } = difference;
  // the first digits of a length are soon met elsewhere
  const split = sure && isTorn && endsInNumber(sure, current, at) && !without.has('length');
  const long = split ? lengthAt(current, at, run) : null;
  if (long) return long;
  const clock = allowed(findClock(current, at, run), without);
  if (clock && (!sure || clock.cost < sure.cost || (isTorn && isWider(clock, sure)) || (isTold && isOfMinutes(clock))))
    return sure && isToldAgain(clock, sure) ? sure : clock;
  // the upper bytes of what was said are also those of a sum
  const torn = sure && isTorn ? allowed(findBinarySum(current, at, run), without) : null;
  if (sure && torn && reachesBeyond(torn, sure)) return torn;
  if (sure && sure.cost < PLAIN) return sure;
  const length = without.has('length') ? null : lengthAt(current, at, run);
  if (length && (!sure || length.cost < sure.cost)) return length;
  const number = numberAt(difference);
  if (number?.support === current.length && (!sure || number.cost < sure.cost)) return number;
  if (plain && plain !== sure && isProven(plain, current, at)) hintAt(difference, plain);
  if (sure) return sure;
  const recoded = allowed(findRecoded(current, at, run), without);
  if (recoded?.support === current.length) return recoded;
  if (recoded) hintAt(difference, recoded);
  return allowed(findBinarySum(current, at, run), without);
}

/** What no copy explains: what is worked out from what was said, the dearest last. */
function computed(difference: Difference, copy: Found | null): Found | null {
  const { current, at, run, without } = difference;
  /** One that holds in all lines; of one that holds in fewer, a hint where they are no less than such a part. */
  const inAll = (found: Found | null, least: number): Found | null => {
    if (found?.support === current.length) return found;
    if (found) hintAt(difference, found, least);
    return null;
  };
  const transform = (): Found | null => {
    if (without.has('transform')) return null;
    const found = padBefore(current, at, run) ?? findTransform(current, at, run, copy && reachOf(copy));
    return found && isProven(found, current, at) ? found : null;
  };
  return (
    inAll(allowed(findSum(current, at, run), without), 1 / 3) ??
    allowed(findTicks(current, at, run), without) ??
    inAll(transform(), 1 / 2) ??
    allowed(findMeasure(current, at, run), without) ??
    allowed(findCount(current, at, run), without) ??
    inAll(allowed(findFill(current, at, run), without), 1 / 2) ??
    allowed(findMasked(current, at), without) ??
    (without.has('checksum') ? null : findChecksum(current, at, run)) ??
    allowed(findDigest(current, at, run), without) ??
    findGathered(current, at, run, without)
  );
}

/** Cells of an array. */
function cellsAt({ current, at, run, live, hints, without, early }: Difference): Found | null {
  const cells = early ? allowed(findCells({ lines: current, at, run }), without) : null;
  if (cells && holdsInMost(cells, current)) return cells;
  if (cells) hints.unshift(holdingIn(live, cells));
  return null;
}

/** A copy that holds in nearly all lines; one that holds in some of them parts them. */
function copyOfMost(difference: Difference, copy: Found | null): Found | null {
  const { current, at, live, told, families } = difference;
  if (!copy || !isProven(copy, current, at)) return null;
  if (current.length >= LEAST_FOR_MOST && holdsInMost(copy, current)) return copy;
  if (families === 'all' && isWhereKnown(copy, current)) told.push(holdingIn(live, copy));
  if (copy.support >= 2) hintAt(difference, copy, 1 / 4);
  return null;
}

/** Fewest lines of which some may be otherwise. */
const LEAST_FOR_MOST = 7;

function holdsInMost({ support }: Found, { length }: readonly Line[]): boolean {
  return support === length || (length >= LEAST_FOR_MOST && support >= length * MOST_OF);
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

/** True for a copy that begins with a lower number of what may be a time: both clients and servers tell of one moment. */
function beginsInTime({ rule, back }: Found, lines: readonly Line[], at: Int32Array): boolean {
  if (rule.kind !== 'copy') return false;
  return lines.every(({ bytes }, i) => {
    let start = (at[i] ?? 0) - back;
    if (!isDigit(bytes[start])) return false;
    while (isDigit(bytes[start - 1])) start--;
    return TIME_SIGNS.has(bytes[start - 1] ?? 0) && isDigit(bytes[start - 2]);
  });
}

/** Whether what differs is a digit in all lines. */
function isInNumber(lines: readonly Line[], at: Int32Array): boolean {
  return lines.every(({ bytes }, i) => isDigit(bytes[at[i] ?? 0]));
}

/** Whether a time is told without its seconds: that an earlier answer told the same says nothing. */
function isOfMinutes({ rule }: Found): boolean {
  return rule.kind === 'clock' && isCoarse(rule.format);
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
