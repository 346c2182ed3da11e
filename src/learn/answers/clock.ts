/**
 * The server's clock in its answers [new]: a time, in any format of `model/clock.ts`, that runs with
 * the time at which the answers were seen, but for a constant such as a zone.
 */
import { toLatin1 } from '../../bytes/bytes.js';
import {
  COUNT_FORMATS,
  TEXT_FORMATS,
  findTimes,
  isCoarse,
  isExact,
  mayTellTime,
  readCount,
  type ClockFormat,
  type Seen,
} from '../../model/clock.js';
import type { Rule } from '../../model/types.js';
import { Kept } from '../kept.js';
import type { Found } from './copy.js';
import type { Line } from './sample.js';
import { extent } from './ticks.js';

/** A text is looked at around the difference only. */
const AROUND = 48;
/** Clocks of server and capture, and the time that the answer took. */
export const TOLERANCE = 2500;
const ZONE = 900_000;
const MINUTE = 60_000;
const MOST_ZONE = 14 * 3_600_000;
/** Milliseconds: somewhat more than a year. */
const MOST_ERROR = 400 * 86_400_000;
const LEAST_WRONG = 4;
const APART = 20;
/** The widest count has so many bytes. */
const WIDEST = 16;
/** So many lines are looked at one by one, the others at once. */
const SOON = 4;

/** Milliseconds that are no rounding; times told to two sessions that show a clock to stand still; moves for each time that it did. */
const LEAST_MOVE = 0.01;
const LEAST_HELD = 2;
const MOST_MOVES = 3;

/** A clock whose writing covers the first difference in every line: a right one before one that is wrong by a constant. */
export function findClock(lines: readonly Line[], at: Int32Array, run: number): Found | null {
  if (lines.length < 2) return null;
  return check(lines, at, run, zoneOf) ?? (canBeWrong(lines) ? check(lines, at, run, errorOf) : null);
}

/** Fewest lines that tell a time behind bytes of any length, and the most of its bytes that vary with them. */
const LEAST_BEHIND = 4;
const MOST_LOW = 4;

/**
 * Where an unknown part ends before a time whose upper bytes are what all lines have in common behind it.
 *
 * @param from where the unknown part begins, in each line
 * @param until where the lines go on alike
 */
export function clockBefore(lines: readonly Line[], from: Int32Array, until: Int32Array): Int32Array | null {
  if (lines.length < LEAST_BEHIND) return null;
  for (let low = 1; low <= MOST_LOW; low++) {
    const at = until.map((end) => end - low);
    if (at.some((place, i) => place <= (from[i] ?? 0))) return null;
    if (!lines.some(({ bytes }, i) => bytes[at[i] ?? 0] !== lines[0]?.bytes[at[0] ?? 0])) continue;
    if (check(lines, at, 0, zoneOf) === null) continue;
    // what all lines have right before it is theirs, not of the unknown part
    const same = (back: number) =>
      lines.every(
        ({ bytes }, i) =>
          (at[i] ?? 0) - back > (from[i] ?? 0) && bytes[(at[i] ?? 0) - back] === lines[0]?.bytes[(at[0] ?? 0) - back],
      );
    let back = 0;
    while (same(back + 1)) back++;
    return at.map((place) => place - back);
  }
  return null;
}

type Read = (line: Line, at: number) => Seen | null;
/** How far all times are ahead of those at which they were told; null when no constant is. */
type Offset = (ahead: readonly number[], format: ClockFormat) => number | null;

function check(lines: readonly Line[], at: Int32Array, run: number, offsetOf: Offset): Found | null {
  for (const [format, read] of readings(lines, at, run)) {
    const found = runs(lines, at, run, format, read, offsetOf);
    if (found) return found;
  }
  return null;
}

function* readings(lines: readonly Line[], at: Int32Array, run: number): Generator<[ClockFormat, Read]> {
  const [first] = lines;
  if (!first) return;
  const place = at[0] ?? 0;
  const before = Math.min(run, AROUND);
  // most readings are none for the first line already
  for (const format of textsAt(first, place, before)) yield [format, (line, at) => readText(format, line, at, before)];
  const backs = Array.from({ length: Math.min(WIDEST, run + 1) }, (_, back) => countsAt(first, place - back));
  if (backs.every((formats) => formats.length === 0)) return;
  for (const format of COUNT_FORMATS) {
    for (const [back, formats] of backs.entries())
      if (formats.includes(format)) yield [format, ({ bytes }, place) => readCount(format, bytes, place - back)];
  }
}

type TextFormat = (typeof TEXT_FORMATS)[number];
type CountFormat = (typeof COUNT_FORMATS)[number];

/** Formats in which a line may tell a time at a place; the same lines are looked at with every group that they are in. */
const texts = new Kept<Line, number, readonly TextFormat[]>();
const counts = new Kept<Line, number, readonly CountFormat[]>();
const NO_FORMATS: readonly never[] = [];

/** The text formats in which a line tells a time over a place. */
function textsAt(line: Line, place: number, before: number): readonly TextFormat[] {
  return texts.of(line, place * (AROUND + 1) + before, () => {
    if (!mayTellTime(toLatin1(line.bytes.subarray(Math.max(0, place - before), place + AROUND)))) return NO_FORMATS;
    return TEXT_FORMATS.filter((format) => readText(format, line, place, before) !== null);
  });
}

/** The count formats in which the bytes at a place are a time that a clock may tell. */
function countsAt(line: Line, place: number): readonly CountFormat[] {
  return counts.of(line, place, () => {
    const { now } = line.context;
    const isNear = (seen: Seen | null) => seen !== null && Math.abs(seen.time - now) <= MOST_ERROR + 1;
    const formats = COUNT_FORMATS.filter((format) => isNear(readCount(format, line.bytes, place)));
    return formats.length === 0 ? NO_FORMATS : formats;
  });
}

/** The time that a text tells over a place. */
function readText(format: TextFormat, { bytes, context }: Line, place: number, before: number): Seen | null {
  const from = Math.max(0, place - before);
  const text = toLatin1(bytes.subarray(from, place + AROUND));
  const seen = findTimes(format, text, context.now).find((t) => t.from + from <= place && t.to + from > place);
  return seen ? { ...seen, from: seen.from + from, to: seen.to + from } : null;
}

function runs(
  lines: readonly Line[],
  at: Int32Array,
  run: number,
  format: ClockFormat,
  read: Read,
  offsetOf: Offset,
): Found | null {
  // most readings are wrong for the first line already
  const [first] = lines;
  const soon = first && read(first, at[0] ?? 0);
  if (!soon || offsetOf([soon.time - first.context.now], format) === null) return null;
  const lengths = new Int32Array(lines.length);
  const ahead: number[] = [];
  let back = 0;
  for (const [i, line] of lines.entries()) {
    const seen = read(line, at[i] ?? 0);
    if (!seen) return null;
    const before = (at[i] ?? 0) - seen.from;
    if (before > run || (i > 0 && before !== back)) return null;
    back = before;
    lengths[i] = seen.to - seen.from;
    ahead.push(seen.time - line.context.now);
    if (i < SOON && offsetOf(ahead, format) === null) return null;
  }
  const offset = offsetOf(ahead, format);
  if (offset === null || !isFine(lines, at, back, lengths, format)) return null;
  const rule: Rule = { kind: 'clock', format, offset };
  const hold = holdOf(lines, ahead, format);
  return { rule: hold === null ? rule : { ...rule, hold }, back, lengths, support: lines.length, cost: 6 };
}

/**
 * For how long the clock stands still each time: it tells when something last changed, so whoever asks meanwhile is told
 * the same. That is seen where one session is told to the finest digit what another one was told at another moment: once
 * would be enough, as no two moments are written alike. How often any session was told it again shows that it is usual.
 */
function holdOf(lines: readonly Line[], ahead: readonly number[], format: ClockFormat): number | null {
  if (!isExact(format)) return null;
  const told = lines.map(({ context }, i) => ({ ...context, time: context.now + (ahead[i] ?? 0) }));
  told.sort((a, b) => a.now - b.now);
  let [moves, held, elsewhere] = [0, 0, 0];
  for (const [i, { said, now, time }] of told.entries()) {
    const before = told[i - 1];
    if (!before) continue;
    if (Math.abs(time - before.time) > LEAST_MOVE) moves++;
    else if (now - before.now > LEAST_MOVE) {
      held++;
      if (said !== before.said) elsewhere++;
    }
  }
  return elsewhere >= LEAST_HELD && held * MOST_MOVES >= moves ? extent(ahead) : null;
}

/** The finest byte of a binary count moves: else it is no part of the count, which is a shorter one. */
function isFine(
  lines: readonly Line[],
  at: Int32Array,
  back: number,
  lengths: Int32Array,
  format: ClockFormat,
): boolean {
  const order = /[bl]e\d+$/.exec(format)?.[0];
  if (order === undefined) return true;
  const last = (order.startsWith('b') ? (lengths[0] ?? 0) - 1 : 0) - back;
  return new Set(lines.map(({ bytes }, i) => bytes[(at[i] ?? 0) + last])).size > 1;
}

/** How late a time is in the middle, and how much more or less: what is told to the minute is half of one. */
export function lateOf(format: ClockFormat): number {
  return isCoarse(format) ? MINUTE / 2 : 0;
}

/** A zone: the clock itself is right. */
function zoneOf(ahead: readonly number[], format: ClockFormat): number | null {
  const late = lateOf(format);
  const zone = Math.round(((ahead[0] ?? 0) + late) / ZONE) * ZONE;
  const isNear = (off: number) => Math.abs(off + late - zone) <= late + TOLERANCE;
  return Math.abs(zone) <= MOST_ZONE && ahead.every(isNear) ? zone : null;
}

/** Whatever the server's clock was off. Years off, a count is none since that epoch. */
function errorOf(ahead: readonly number[], format: ClockFormat): number | null {
  if (isCoarse(format)) return null;
  const error = Math.round((ahead.reduce((a, b) => Math.min(a, b)) + ahead.reduce((a, b) => Math.max(a, b))) / 2);
  const isCount = COUNT_FORMATS.some((name) => name === format);
  if (extent(ahead) > TOLERANCE || (isCount && Math.abs(error) > MOST_ERROR)) return null;
  return error;
}

/** A wrong clock is told by several lines, over many times what is let pass. */
function canBeWrong(lines: readonly Line[]): boolean {
  return lines.length >= LEAST_WRONG && extent(lines.map(({ context }) => context.now)) >= APART * TOLERANCE;
}
