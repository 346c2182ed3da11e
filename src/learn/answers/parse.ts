/**
 * One answer message of many samples, taken apart from left to right into what is the same in all of
 * them, what a rule explains, and what stays unknown [06 §4.1, with the samples read side by side].
 *
 * As in the papers' consolidation, a sample that disagrees with what most samples say takes no
 * further part; it is handed back for an answer of its own.
 */
import { EMPTY, concat, equal, fromLatin1, isDigit, toLatin1 } from '../../bytes/bytes.js';
import { isExact } from '../../model/clock.js';
import { fieldAt, frameLength } from '../../model/frames.js';
import { readNumberAt, writeNumber } from '../../model/number.js';
import type { LengthField, Rule } from '../../model/types.js';
import { growingLength } from '../framed-regions.js';
import { findBinarySum } from './binary-sum.js';
import { findAddress } from './address.js';
import { withCarry } from './carry.js';
import { findChecksum } from './checksum.js';
import { findCount } from './count.js';
import { findCells } from './cells/find.js';
import { findClock } from './clock.js';
import { findCopy, PLAIN, type Found } from './copy.js';
import { asField } from './field.js';
import { addressBehind, findEndpoint } from './endpoints.js';
import { findLength } from './length.js';
import { findLookups, type FoundLookup } from './lookups/find.js';
import { withLengths } from './lookups/lengths.js';
import type { Draft } from './draft.js';
import { findMasked } from './masks.js';
import { findFill } from './fill.js';
import { findFilledUp } from './filled-up.js';
import { inside } from './inside.js';
import { findMeasure } from './measure.js';
import { digitsBefore, findNumber } from './number.js';
import { padBefore, padBehind } from './pad.js';
import { isProven, MOST_OF } from './proven.js';
import { findPart } from './parts.js';
import { findPieced } from './pieced.js';
import { findPort } from './port.js';
import { findRecoded } from './recoded.js';
import { allEnd, commonRun, resync } from './resync.js';
import type { Families, Line } from './sample.js';
import { isAnswer, placesOf } from './sources.js';
import { findSum } from './sum.js';
import { findTicks } from './ticks.js';
import { findTransform } from './transform.js';
import { allowed, NOTHING, type Without } from './without.js';

export type { Draft } from './draft.js';

export interface Parsed {
  readonly drafts: readonly Draft[];
  /** Indices of the lines that the drafts describe, and of those that dropped out. */
  readonly live: readonly number[];
  readonly dropped: readonly number[];
  /** Lines that one rule would explain where the whole group has none: a way to part the group. */
  readonly hints: readonly (readonly number[])[];
  /** The same, where just those lines have what the rule takes the value from. */
  readonly told: readonly (readonly number[])[];
  /** Rough bits: what it takes to write the drafts down and then the lines with them. */
  readonly cost: number;
}

/** A length rule covers all pieces behind it; `to` is set when the answer is complete. */
export const TO_THE_END = -1;

const MOST_PIECES = 400;
const LOOKUP_COST = 8;
/** Unknown pieces behind which no cells are looked for; bounds the work. */
const MOST_CELLED = 3;

export function parse(lines: readonly Line[], families: Families, without: Without = NOTHING): Parsed {
  const drafts: Draft[] = [];
  const hints: number[][] = [];
  const told: number[][] = [];
  const dropped: number[] = [];
  let live = lines.map((_, i) => i);
  // the same array as long as the same lines are left: what is known of them is kept by it
  let current = lines;
  let at = new Int32Array(lines.length);
  let unknowns = 0;
  let frame = families === 'all' && !without.has('length') ? frameOf(lines) : null;
  const keep = (holds: (i: number) => boolean) => {
    const staying: number[] = [];
    const places: number[] = [];
    live.forEach((line, i) => {
      if (holds(i)) {
        staying.push(line);
        places.push(at[i] ?? 0);
      } else dropped.push(line);
    });
    if (staying.length < live.length) current = staying.map((i) => lines[i]).filter((l) => l !== undefined);
    live = staying;
    at = Int32Array.from(places);
  };

  for (;;) {
    const run = commonRun(current, at);
    const start = at[0] ?? 0;
    const first = current[0]?.bytes ?? new Uint8Array(0);
    if (frame && at.every((a) => a === start) && start + run >= frame.offset && start <= frame.offset) {
      if (frame.offset > start) drafts.push({ kind: 'literal', bytes: first.subarray(start, frame.offset) });
      const { offset, codec, add } = frame;
      at = Int32Array.from(current, ({ bytes }) => offset + (readNumberAt(codec, bytes, offset)?.width ?? 0));
      const values = slices(lines, live, new Int32Array(live.length).fill(offset), at);
      const rule: Rule = { kind: 'length', from: 0, to: TO_THE_END, add: -add, write: codec };
      drafts.push({ kind: 'rule', rule, values, support: live.length, cost: 0 });
      frame = null;
      continue;
    }
    const port = families === 'all' ? findPort(current, at, run) : null;
    if (port) {
      if (port.skip > 0) drafts.push({ kind: 'literal', bytes: first.subarray(start, start + port.skip) });
      const from = at.map((a) => a + port.skip);
      at = from.map((a, i) => a + (port.lengths[i] ?? 0));
      const values = slices(lines, live, from, at);
      drafts.push({ kind: 'rule', rule: { kind: 'port', write: port.write }, values, support: port.support, cost: 4 });
      continue;
    }
    const beside = families === 'all' ? allowed(addressBehind(drafts.at(-1), current, at, run), without) : null;
    if (beside) {
      const next = at.map((a, i) => a + (beside.lengths[i] ?? 0));
      const { rule, support, cost } = beside;
      drafts.push({ kind: 'rule', rule, values: slices(lines, live, at, next), support, cost });
      at = next;
      continue;
    }
    const lookups = families === 'all' ? lookupsAt(current, at, run, without) : [];
    const lookup = lookups[0];
    if (lookup?.support === current.length) {
      if (lookup.skip > 0) drafts.push({ kind: 'literal', bytes: first.subarray(start, start + lookup.skip) });
      const from = at.map((a) => a + lookup.skip);
      at = from.map((a, i) => a + (lookup.lengths[i] ?? 0));
      const values = slices(lines, live, from, at);
      const ways = { all: lookup.ways.all, of: spreadOver(lines, live, lookup.ways.of) };
      drafts.push({ kind: 'rule', rule: lookup.rule, values, support: lookup.support, cost: LOOKUP_COST, ways });
      continue;
    }
    for (const { lengths, support } of lookups)
      if (support > 1) hints.unshift(live.filter((_, i) => (lengths[i] ?? -1) >= 0));
    at = at.map((a) => a + run);
    if (allEnd(current, at) || drafts.length > MOST_PIECES) {
      if (run > 0) drafts.push({ kind: 'literal', bytes: first.subarray(start, start + run) });
      if (!allEnd(current, at)) drafts.push(unknown(lines, live, at, ends(current)));
      break;
    }
    const found = explain(current, at, run, families, { hints, told }, live, without, unknowns < MOST_CELLED);
    if (found) {
      if (run > found.back) drafts.push({ kind: 'literal', bytes: first.subarray(start, start + run - found.back) });
      const { lengths } = found;
      const kept = lengths.filter((l) => l >= 0);
      keep((i) => (lengths[i] ?? -1) >= 0);
      at = at.map((a) => a - found.back);
      const next = at.map((a, i) => a + (kept[i] ?? 0));
      drafts.push({
        kind: 'rule',
        rule: found.rule,
        values: slices(lines, live, at, next),
        support: live.length,
        cost: found.cost,
      });
      at = next;
      continue;
    }
    // a number is one value: take the digits that are the same in all samples with it
    const back = families === 'none' ? 0 : digitsBack(current, at, run);
    if (run > back) drafts.push({ kind: 'literal', bytes: first.subarray(start, start + run - back) });
    const again = resync(current, at);
    if (again?.includes(-1)) keep((i) => again[i] !== -1);
    const from = at.map((a) => a - back);
    const until = again ? again.filter((a) => a !== -1) : ends(current);
    const next = families === 'none' ? until : inside(current, from, until, without);
    drafts.push(unknown(lines, live, from, next));
    unknowns++;
    at = Int32Array.from(next);
  }
  const needed = frameOf(lines) ? withoutNeed(drafts) : drafts;
  const whole = families === 'all' ? withLengths(withCarry(needed, lines)) : needed;
  return { drafts: whole, live, dropped, hints, told, cost: costOf(whole, live.length, witnesses(lines, live)) };
}

/** The length field that all lines have, and whose coding leaves no choice; null where some line is no frame, or one of another form. */
function frameOf(lines: readonly Line[]): Omit<LengthField, 'others'> | null {
  const [first] = lines;
  // one of a fixed width would only stand in the way of other rules
  const frame = growingLength(first?.use.field);
  if (!first || !frame) return null;
  const field = fieldAt(frame, first.bytes, 0);
  const isFrame = ({ bytes }: Line): boolean => {
    const read = readNumberAt(field.codec, bytes, field.offset);
    return (
      read !== null &&
      fieldAt(frame, bytes, 0) === field &&
      writeNumber(field.codec, read.value)?.length === read.width &&
      frameLength(frame, bytes, 0) === bytes.length
    );
  };
  return lines.every(isFrame) ? field : null;
}

/** What is the same in all lines has one length. */
function withoutNeed(drafts: readonly Draft[]): readonly Draft[] {
  const parts = drafts.map((draft) => {
    if (draft.kind === 'literal') return draft.bytes;
    const value = draft.values.find((v) => v !== null);
    const isSame = draft.values.every((v) => v === null || (value && equal(v, value)));
    return draft.kind === 'rule' && draft.rule.kind === 'length' && isSame ? (value ?? EMPTY) : null;
  });
  return parts.includes(null) ? drafts : [{ kind: 'literal', bytes: concat(parts.filter((p) => p !== null)) }];
}

/** Numbers of the lines that are left, in the places of those lines. */
function spreadOver(lines: readonly Line[], live: readonly number[], of: Int32Array): Int32Array {
  const all = new Int32Array(lines.length).fill(-1);
  live.forEach((line, i) => (all[line] = of[i] ?? -1));
  return all;
}

function lookupsAt(current: readonly Line[], at: Int32Array, run: number, without: Without): FoundLookup[] {
  const tables = current[0]?.use.tables ?? [];
  return tables.length === 0 || without.has('lookup') ? [] : findLookups(current, at, run, tables);
}

function explain(
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
  const filled = families === 'all' ? allowed(findFilledUp(current, at, run), without) : null;
  if (filled) return filled;
  const copies = findCopy(current, at, run);
  const copy = saying(allowed(copies.best, without));
  const plain = saying(allowed(copies.plain, without));
  const entire = copy && copy.support === n && isProven(copy, current, at) ? asField(copy, current, at) : null;
  const sure = entire && families === 'all' && !without.has('transform') ? wider(entire, current, at, run) : entire;
  const isTorn =
    sure !== null && families === 'all' && (breaksOff(sure, current, at) || beginsInTime(sure, current, at));
  if (sure && (families === 'copy' || (sure.cost < PLAIN && !isTorn))) return sure;
  if (families === 'all') {
    // the first digits of a length are soon met elsewhere
    const split = sure && isTorn && endsInNumber(sure, current, at) && !without.has('length');
    const whole = split ? lengthAt(current, at, run) : null;
    if (whole) return whole;
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
  return families === 'all' ? allowed(findPieced(current, at), without) : null;
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

function digitsBack(lines: readonly Line[], at: Int32Array, run: number): number {
  const first = lines[0];
  if (!first) return 0;
  const touches = lines.every((line, i) => isDigit(line.bytes[at[i] ?? 0]) || isDigit(line.bytes[(at[i] ?? 0) - 1]));
  return touches ? digitsBefore(first.bytes, at[0] ?? 0, Math.min(run, 20)) : 0;
}

function ends(lines: readonly Line[]): Int32Array {
  return Int32Array.from(lines, (line) => line.bytes.length);
}

function slices(
  lines: readonly Line[],
  live: readonly number[],
  from: Int32Array,
  to: Int32Array,
): (Uint8Array | null)[] {
  const values: (Uint8Array | null)[] = lines.map(() => null);
  live.forEach((line, i) => (values[line] = lines[line]?.bytes.subarray(from[i] ?? 0, to[i] ?? 0) ?? null));
  return values;
}

function unknown(lines: readonly Line[], live: readonly number[], from: Int32Array, to: Int32Array): Draft {
  return { kind: 'unknown', values: slices(lines, live, from, to) };
}

export const PIECE_COST = 20;

/** Different values of a piece, most frequent first (the earlier one on a tie). */
export function distinctValues(values: readonly (Uint8Array | null)[]): { bytes: Uint8Array; count: number }[] {
  const seen = new Map<string, { bytes: Uint8Array; count: number }>();
  for (const value of values) {
    if (!value) continue;
    const key = toLatin1(value);
    const known = seen.get(key);
    if (known) known.count++;
    else seen.set(key, { bytes: value, count: 1 });
  }
  return [...seen.values()].sort((a, b) => b.count - a.count);
}

/** How many samples speak for what they have in common: those of one client for no more than one does, where there are others. */
function witnesses(lines: readonly Line[], live: readonly number[]): number {
  if (lines[0]?.use.bySource !== true) return live.length;
  const clients = new Set(live.map((line) => lines[line]?.context.environment.client.address));
  return clients.size > 1 ? live.length : 1;
}

function costOf(drafts: readonly Draft[], live: number, seen: number): number {
  let bits = 0;
  for (const draft of drafts) {
    if (draft.kind === 'literal') bits += literalCost(draft.bytes, seen);
    else if (draft.kind === 'rule') bits += PIECE_COST + draft.cost;
    else bits += unknownCost(draft.values, live);
  }
  return bits;
}

/** A byte that is repeated more often than this says no more. */
const MOST_REPEATED = 16;

/** Bytes that two samples have in common are the server's own text, cheap to repeat; of one sample nothing is known. */
export function literalCost(bytes: Uint8Array, live: number): number {
  let [length, repeated] = [0, 0];
  for (let i = 0; i < bytes.length; i++) {
    repeated = bytes[i] === bytes[i - 1] ? repeated + 1 : 0;
    if (repeated < MOST_REPEATED) length++;
  }
  return live === 1 ? 8 * length : 8 + 0.5 * length;
}

/** The different values once, and for each sample which one it is. */
export function unknownCost(values: readonly (Uint8Array | null)[], live: number): number {
  const different = distinctValues(values);
  let bits = PIECE_COST;
  for (const { bytes } of different) bits += 8 * bytes.length + 4;
  return bits + live * Math.log2(Math.max(1, different.length)) * 0.5;
}
