/**
 * Numbers that two numbers said before make together [new]: what was there and what was added to it or taken away.
 * Both have to vary, else one of them with a constant says the same; and the values have to be too many for chance.
 */
import { EMPTY, isDigit } from '../../bytes/bytes.js';
import { readNumber, readNumberAt, writeNumber } from '../../model/number.js';
import { takeFrom, type Place } from '../../model/meaning.js';
import type { NumberCodec, Span } from '../../model/types.js';
import { spread } from '../spread.js';
import type { Found } from './copy.js';
import { decimalTokens, digitsBefore } from './number.js';
import { ends, starts } from './positions.js';
import type { Line } from './sample.js';
import { messagesBefore, placesOf, type NamedSource } from './sources.js';
import { Kept } from '../kept.js';

type Decimal = NumberCodec & { kind: 'decimal' };
const DECIMAL: Decimal = { kind: 'decimal', pad: 0 };
const POINT = 0x2e;
/** Most digits behind a point. */
const MOST_BEHIND = 6;
const REFERENCES = 3;
/** Messages whose numbers are looked at, and numbers of each. */
const MOST_MESSAGES = 8;
const MOST_TOKENS = 6;
/** Names that are tried for a message and for a place in it, and kept for a number. */
const MOST_SOURCES = 6;
const MOST_STARTS = 5;
const MOST_ENDS = 3;
const NAMES = 3;
const NOWHERE: Place = { bytes: EMPTY, edges: null };
/** Different sums that prove it. */
const LEAST = 3;
const COST = 6;

/** A number of an earlier message, by its name. */
interface Term {
  readonly span: Span;
  readonly cost: number;
  /** In each line; null where there is none. */
  readonly values: readonly (number | null)[];
}

/** Sums as they are written in the lines, and how many bytes before the first difference they begin. */
interface Written {
  readonly codec: Decimal;
  readonly back: number;
  /** Null where there is none. */
  readonly sums: readonly (number | null)[];
}

/** The plainest sum or difference that holds for the most lines; one of all digits, where they go on behind a point. */
export function findSum(lines: readonly Line[], at: Int32Array, run: number): Found | null {
  const first = lines[0];
  if (!first || lines.length < LEAST) return null;
  let best: Found | null = null;
  for (const { codec, back } of writingsAt(first.bytes, at[0] ?? 0, run)) {
    const sums = lines.map((line, i) => plainly(codec, line.bytes, (at[i] ?? 0) - back));
    const found = bestSum(lines, { codec, back, sums });
    if (found && (!best || found.support > best.support)) best = found;
  }
  return best;
}

/** How the number that stands there may be written: with what stands behind a point first. */
function writingsAt(bytes: Uint8Array, at: number, run: number): Pick<Written, 'codec' | 'back'>[] {
  const back = digitsBefore(bytes, at, run);
  const whole =
    bytes[at - back - 1] === POINT && back < run ? back + 1 + digitsBefore(bytes, at - back - 1, run - back - 1) : back;
  let point = at - whole;
  while (isDigit(bytes[point])) point++;
  let end = point + 1;
  while (isDigit(bytes[end])) end++;
  const behind = bytes[point] === POINT ? end - point - 1 : 0;
  const plain = { codec: DECIMAL, back };
  const isAmount = behind > 0 && behind <= MOST_BEHIND && point > at - whole && bytes[end] !== POINT;
  return isAmount ? [{ codec: { ...DECIMAL, behind }, back: whole }, plain] : [plain];
}

/** The number at a place of an answer, if it is written there just as it would be. */
function plainly(codec: Decimal, bytes: Uint8Array, at: number): number | null {
  const read = at < 0 ? null : readNumberAt(codec, bytes, at);
  return read && read.width === writeNumber(codec, read.value)?.length ? read.value : null;
}

function bestSum(lines: readonly Line[], written: Written): Found | null {
  const { sums } = written;
  const told = sums.flatMap((sum, i) => (sum === null ? [] : [i]));
  if (told.length * 3 < lines.length * 2 || new Set(told.map((i) => sums[i])).size < LEAST) return null;
  let best: Found | null = null;
  for (const reference of spread(told, REFERENCES)) {
    const found = bestPair(lines, written, reference);
    if (found && (!best || found.support > best.support || (found.support === best.support && found.cost < best.cost)))
      best = found;
  }
  return best;
}

/** The best pair of numbers of those that make the sum in one line. */
function bestPair(lines: readonly Line[], { codec, back, sums }: Written, reference: number): Found | null {
  const sum = sums[reference] ?? 0;
  const terms = termsOf(lines, reference, codec, sum);
  const byValue = new Map<number, Term[]>();
  for (const term of terms) {
    const value = term.values[reference] ?? 0;
    byValue.set(value, [...(byValue.get(value) ?? []), term]);
  }
  let best: Found | null = null;
  for (const one of terms) {
    const value = one.values[reference] ?? 0;
    for (const sign of [1, -1] as const) {
      for (const other of byValue.get((sum - value) * sign) ?? []) {
        if (other === one) continue;
        const cost = one.cost + other.cost + COST;
        const held = heldBy(one, other, sign, { codec, sums });
        if (!held || (best && (held.support < best.support || (held.support === best.support && cost >= best.cost))))
          continue;
        const how = codec.behind ? { codec } : {};
        best = { rule: { kind: 'sum', span: one.span, other: other.span, sign, ...how }, back, ...held, cost };
      }
    }
  }
  return best;
}

function heldBy(
  one: Term,
  other: Term,
  sign: 1 | -1,
  { codec, sums }: Pick<Written, 'codec' | 'sums'>,
): Pick<Found, 'lengths' | 'support'> | null {
  const lengths = new Int32Array(sums.length).fill(-1);
  const different = [new Set<number>(), new Set<number>(), new Set<number>()] as const;
  let support = 0;
  sums.forEach((sum, i) => {
    const [a, b] = [one.values[i] ?? null, other.values[i] ?? null];
    if (sum === null || a === null || b === null || a + sign * b !== sum) return;
    lengths[i] = writeNumber(codec, sum)?.length ?? -1;
    support++;
    different[0].add(sum);
    different[1].add(a);
    different[2].add(b);
  });
  return different[0].size >= LEAST && different[1].size > 1 && different[2].size > 1 ? { lengths, support } : null;
}

/** A number that was said before one line, and its names once they were asked for. */
interface Token {
  readonly value: number;
  readonly named: readonly NamedSource[];
  readonly from: number;
  readonly to: number;
  terms: readonly Term[] | null;
}

const known = new Kept<readonly Line[], string, readonly Token[]>();

/**
 * The numbers that were said before one line and make its sum with another one, each by the names that mean one in
 * the most lines: naming them takes long, and most make it with none.
 */
function termsOf(lines: readonly Line[], reference: number, codec: Decimal, sum: number): Term[] {
  const key = `${reference}/${JSON.stringify(codec)}`;
  const tokens = known.of(lines, key, () => tokensBefore(lines[reference], codec));
  const values = new Set(tokens.map(({ value }) => value));
  return tokens.flatMap((token) => {
    const { value, named, from, to } = token;
    if (![sum - value, value - sum, sum + value].some((other) => values.has(other))) return [];
    return (token.terms ??= namesOf(named, from, to, lines, codec));
  });
}

function tokensBefore(line: Line | undefined, codec: Decimal): Token[] {
  if (!line) return [];
  return [...messagesBefore(line, MOST_MESSAGES).values()].flatMap((named) => {
    const place = named[0]?.place ?? NOWHERE;
    return tokensIn(place, codec)
      .slice(0, MOST_TOKENS)
      .map(([from, to]): Token => {
        const value = readNumber(codec, place.bytes.subarray(from, to)) ?? 0;
        return { value, named, from, to, terms: null };
      });
  });
}

/** The numbers of a message that are written so. */
function tokensIn(place: Place, codec: Decimal): readonly (readonly [number, number])[] {
  const digits = decimalTokens(place);
  const { behind } = codec;
  if (!behind) return digits;
  return digits.flatMap(([from, point]): [number, number][] => {
    const to = point + 1 + behind;
    return readNumber(codec, place.bytes.subarray(from, to)) === null || isDigit(place.bytes[to]) ? [] : [[from, to]];
  });
}

function namesOf(
  sources: readonly NamedSource[],
  from: number,
  to: number,
  lines: readonly Line[],
  codec: Decimal,
): Term[] {
  const found: { readonly term: Term; readonly known: number }[] = [];
  for (const { source, place, regions, cost } of sources.slice(0, MOST_SOURCES)) {
    const places = placesOf(lines, source);
    for (const start of starts(place, from, regions).slice(0, MOST_STARTS)) {
      for (const end of ends(place, from, to, regions).slice(0, MOST_ENDS)) {
        const span: Span = { of: source, from: start.at, to: end.at };
        const values = places.map((there) => {
          const bytes = there && takeFrom(span, there);
          return bytes && readNumber(codec, bytes);
        });
        const known = values.filter((value) => value !== null).length;
        found.push({ term: { span, cost: cost + start.cost + end.cost, values }, known });
      }
    }
  }
  found.sort((a, b) => b.known - a.known || a.term.cost - b.term.cost);
  return found.slice(0, NAMES).map(({ term }) => term);
}
