/**
 * Counters [05 §2.4.3 "counters that are increased", 06 §4.1 "a derived value"]: a number of an
 * earlier message plus a constant, in decimal or binary.
 */
import { isDigit } from '../../bytes/bytes.js';
import { locate, takeFrom, type Place } from '../../model/meaning.js';
import { DECIMAL, binaryAt, readNumber, readNumberAt } from '../../model/number.js';
import type { NumberCodec, Rule, Span } from '../../model/types.js';
import { once } from '../kept.js';
import type { Found } from './copy.js';
import { ends, starts } from './positions.js';
import type { Line } from './sample.js';
import { firstSources, isAddress, isAnswer, isOneValue, placesOf, sourcesOf, type NamedSource } from './sources.js';

const MOST_STEP = 1000;
/** A number that goes on from one told before goes on by a few. */
const MOST_COUNTED = 16;
const SCAN = 2048;
const BINARY_SCAN = 96;
const MOST_SOURCES = 12;

/** How far before the difference the decimal digits of a line start, at most `run`. */
export function digitsBefore(bytes: Uint8Array, at: number, run: number): number {
  let back = 0;
  while (back < run && isDigit(bytes[at - back - 1])) back++;
  return back;
}

/** A decimal number as it is written without padding. */
export function plainDecimal(bytes: Uint8Array, at: number): Value | null {
  const read = readNumberAt(DECIMAL, bytes, at);
  return read && read.width === String(read.value).length ? read : null;
}

/**
 * A copy of what was told before, unless it ends within a number there and here in all lines: the next number has most of
 * its digits by chance.
 */
export function whole(copy: Found | null, lines: readonly Line[], at: Int32Array): Found | null {
  if (copy?.rule.kind !== 'copy' || copy.rule.transform.kind !== 'copy' || !isAnswer(copy.rule.span.of)) return copy;
  const { span } = copy.rule;
  const places = placesOf(lines, span.of);
  const isWithin = (length: number, i: number): boolean => {
    const [bytes, place] = [lines[i]?.bytes, places[i]];
    if (length <= 0 || !bytes || !place) return true;
    const end = (at[i] ?? 0) - copy.back + length;
    if (!isDigit(bytes[end - 1]) || !isDigit(bytes[end])) return false;
    return isDigit(place.bytes[locate(span.from, place) + length]);
  };
  return copy.lengths.some((length) => length > 0) && copy.lengths.every(isWithin) ? null : copy;
}

interface Value {
  readonly value: number;
  readonly width: number;
}

/** The best rule "number of an earlier message plus a constant" around a first difference. */
export function findNumber(lines: readonly Line[], at: Int32Array, run: number): Found | null {
  const first = lines[0];
  if (!first) return null;
  let best: Found | null = null;
  const consider = (found: Found | null) => {
    if (found && (!best || found.support > best.support || (found.support === best.support && found.cost < best.cost)))
      best = found;
  };
  const back = digitsBefore(first.bytes, at[0] ?? 0, run);
  const decimals = lines.map((line, i) => plainDecimal(line.bytes, (at[i] ?? 0) - back));
  if (decimals.filter((d) => d !== null).length * 3 >= lines.length * 2)
    consider(fromDecimals(lines, decimals, back, DECIMAL));
  const padded = lines.map((line, i) => readNumberAt(DECIMAL, line.bytes, (at[i] ?? 0) - back));
  const pad = padded[0]?.width ?? 0;
  // as many digits everywhere, and zeros before some of them
  if (padded.every((d) => d?.width === pad) && padded.some((d, i) => d !== null && decimals[i] === null))
    consider(fromDecimals(lines, padded, back, { kind: 'decimal', pad }));
  for (const width of [1, 2, 4]) {
    for (const order of ['big', 'little'] as const) {
      if (width === 1 && order === 'little') continue;
      for (let before = 0; before < width && before <= run; before++) {
        const codec: NumberCodec = { kind: 'binary', width, order };
        consider(fromBinaries(lines, at, before, codec));
      }
    }
  }
  return best;
}

function fromDecimals(
  lines: readonly Line[],
  values: readonly (Value | null)[],
  back: number,
  write: NumberCodec,
): Found | null {
  let best: Found | null = null;
  const [first, last] = references(lines, values);
  const from = (reference: number, counts: boolean) =>
    fromReference(reference, lines, values, back, write, best, counts);
  if (first !== undefined) best = from(first, false);
  if (last !== undefined && best?.support !== lines.length) best = from(last, true);
  return best && best.support >= 2 ? best : null;
}

/** The first line with a number; and the one with the most said before it: what is counted on from is not there yet in a first one. */
function references(lines: readonly Line[], values: readonly (Value | null)[]): Set<number> {
  const first = values.findIndex((v) => v !== null);
  let last = first;
  values.forEach((v, i) => {
    if (v !== null && (lines[i]?.context.at ?? 0) > (lines[last]?.context.at ?? 0)) last = i;
  });
  return new Set(first < 0 ? [] : [first, last]);
}

/** The plainest answers before a line that hold a number, which it may count on from. */
function countedFrom(line: Line): NamedSource[] {
  const named = sourcesOf(line).filter(
    ({ source, place }) =>
      (source.kind === 'answer' || (source.kind === 'group' && source.side === 'answer')) && place.bytes.some(isDigit),
  );
  return named.sort((a, b) => a.cost - b.cost).slice(0, MOST_SOURCES);
}

function fromReference(
  reference: number,
  lines: readonly Line[],
  values: readonly (Value | null)[],
  back: number,
  write: NumberCodec,
  known: Found | null,
  counts: boolean,
): Found | null {
  const line = lines[reference];
  const target = values[reference];
  if (!line || !target) return known;
  let best = known;
  const sources = counts ? countedFrom(line) : firstSources(line, MOST_SOURCES);
  for (const { source, place, regions, cost } of sources) {
    if (isAddress(source)) continue;
    for (const { from, to, value: here } of decimalsIn(place)) {
      if (isOneValue(source) && to - from < place.bytes.length) continue;
      if (here === null || Math.abs(target.value - here) > MOST_STEP) continue;
      const add = target.value - here;
      if (counts && (add < 1 || add > MOST_COUNTED)) continue;
      for (const start of starts(place, from, regions).slice(0, 5)) {
        for (const end of ends(place, from, to, regions).slice(0, 4)) {
          const span: Span = { of: source, from: start.at, to: end.at };
          const held = holds(span, DECIMAL, add, lines, values, best?.support ?? 1);
          const price = cost + start.cost + end.cost + 4 + Math.log2(1 + Math.abs(add));
          if (!best || held.support > best.support || (held.support === best.support && price < best.cost)) {
            best = { rule: { kind: 'number', span, read: DECIMAL, add, write }, back, ...held, cost: price };
          }
        }
      }
    }
  }
  return best;
}

/** Where the decimal numbers of a message are; the same messages are asked at every difference. */
export const decimalTokens = once(({ bytes }: Place): readonly (readonly [from: number, to: number])[] => {
  const found: [number, number][] = [];
  const end = Math.min(bytes.length, SCAN);
  for (let at = 0; at < end; at++) {
    if (!isDigit(bytes[at]) || isDigit(bytes[at - 1])) continue;
    let stop = at;
    while (isDigit(bytes[stop])) stop++;
    found.push([at, stop]);
  }
  return found;
});

/** The same with what they are; null for one of too many digits. */
export const decimalsIn = once((place: Place) =>
  decimalTokens(place).map(([from, to]) => ({ from, to, value: readNumber(DECIMAL, place.bytes.subarray(from, to)) })),
);

function fromBinaries(
  lines: readonly Line[],
  at: Int32Array,
  back: number,
  codec: NumberCodec & { kind: 'binary' },
): Found | null {
  const { width, order } = codec;
  if (lines.some(({ bytes }, i) => (at[i] ?? 0) - back + width > bytes.length)) return null;
  const values = Float64Array.from(lines, ({ bytes }, i) => binaryAt(bytes, (at[i] ?? 0) - back, width, order));
  // a byte is soon hit by chance: the narrower the number, the more different values are asked for
  if (new Set(values).size < (width === 1 ? 4 : 3)) return null;
  const [line] = lines;
  const [target = 0] = values;
  if (!line) return null;
  let best: Found | null = null;
  // numbers that are near each other have highest bytes that are
  const highest = order === 'big' ? 0 : width - 1;
  const scale = 256 ** (width - 1);
  const [top, far] = [Math.floor(target / scale), MOST_STEP / scale + 1];
  for (const { source, place, cost } of firstSources(line, MOST_SOURCES)) {
    if (isAddress(source)) continue;
    if (isOneValue(source) && width !== place.bytes.length) continue;
    for (let offset = 0; offset + width <= Math.min(place.bytes.length, BINARY_SCAN); offset++) {
      if (Math.abs((place.bytes[offset + highest] ?? 0) - top) > far) continue;
      const here = binaryAt(place.bytes, offset, width, order);
      if (here === target || Math.abs(target - here) > MOST_STEP) continue;
      const add = target - here;
      const price = cost + 8 + offset / 32 + Math.log2(1 + Math.abs(add));
      if (best && price >= best.cost) continue;
      const holds = placesOf(lines, source).every(
        (there, i) =>
          there !== null &&
          offset + width <= there.bytes.length &&
          binaryAt(there.bytes, offset, width, order) + add === values[i],
      );
      if (!holds) continue;
      const span: Span = { of: source, from: { kind: 'start', offset }, to: { kind: 'width', width } };
      const lengths = new Int32Array(lines.length).fill(width);
      const rule: Rule = { kind: 'number', span, read: codec, add, write: codec };
      best = { rule, back, lengths, support: lines.length, cost: price };
    }
  }
  return best;
}

function holds(
  span: Span,
  codec: NumberCodec,
  add: number,
  lines: readonly Line[],
  values: readonly (Value | null)[],
  need: number,
) {
  const lengths = new Int32Array(lines.length).fill(-1);
  const places = placesOf(lines, span.of);
  let support = 0;
  for (let i = 0; i < lines.length && support + lines.length - i >= need; i++) {
    const target = values[i];
    const place = places[i] ?? null;
    const bytes = place && takeFrom(span, place);
    const number = bytes && readNumber(codec, bytes);
    if (number === null || !target || number + add !== target.value) continue;
    lengths[i] = target.width;
    support++;
  }
  return { lengths, support };
}
