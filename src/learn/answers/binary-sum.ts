/**
 * Binary numbers that two binary numbers said before make together [new]: what was there and what was added to it or
 * taken away, as `sum.ts` finds it among decimal ones. Any few bytes may be a number, so a sum is believed only where
 * it holds in all lines, and the lines have too many different ones for chance.
 */
import { isPrintable } from '../../bytes/bytes.js';
import { takeFrom, type Place } from '../../model/meaning.js';
import { binaryAt } from '../../model/number.js';
import type { BinaryNumber, Span } from '../../model/types.js';
import type { Found } from './copy.js';
import { starts } from './positions.js';
import type { Line } from './sample.js';
import { messagesBefore, placesOf, type NamedSource } from './sources.js';

const LEAST_LINES = 4;
/** Sums that differ, and bits that all lines have to show together. */
const LEAST_SUMS = 4;
const BITS = 40;
/** Messages whose numbers are looked at, and so many of their first and last bytes. */
const MOST_MESSAGES = 4;
const SCAN = 64;
/** Names that are tried for a message and for a place in it, and pairs of numbers that make one sum. */
const MOST_SOURCES = 3;
const MOST_STARTS = 3;
const MOST_PAIRS = 24;
const COST = 8;

/** What a sum is written in, and what is added: the same width first. */
const WIDTHS: readonly { readonly width: number; readonly of: readonly number[] }[] = [
  { width: 6, of: [4] },
  { width: 4, of: [4, 2, 1] },
  { width: 2, of: [2, 1] },
  { width: 1, of: [1] },
];

/** A number of one message in the reference line, by its place. */
interface Term {
  readonly sources: readonly NamedSource[];
  readonly at: number;
  readonly value: number;
}

/** A number by one of its names; it is read where it is asked for: most are told wrong by the second line. */
interface NamedTerm {
  readonly span: Span;
  readonly cost: number;
  readonly in: (line: number) => number;
}

/** The numbers of one width and order that were said before the first line. */
interface Terms {
  readonly all: readonly Term[];
  readonly byValue: ReadonlyMap<number, readonly Term[]>;
  readonly namesOf: (term: Term) => readonly NamedTerm[];
}

/** A sum in all lines, how it is written, and how many bytes before the first difference it begins. */
interface Sums {
  readonly codec: BinaryNumber;
  readonly back: number;
  readonly values: readonly number[];
}

/** The plainest sum or difference of two binary numbers that explains all lines. */
export function findBinarySum(lines: readonly Line[], at: Int32Array, run: number): Found | null {
  const [line] = lines;
  if (!line || line.use.rough || lines.length < LEAST_LINES) return null;
  const known = new Map<string, Terms>();
  const termsOf = (read: BinaryNumber): Terms => {
    const key = `${read.width} ${read.order}`;
    let terms = known.get(key);
    if (!terms) known.set(key, (terms = termsIn(lines, line, read)));
    return terms;
  };
  for (const { width, of } of WIDTHS) {
    for (const order of width === 1 ? (['big'] as const) : (['big', 'little'] as const)) {
      for (let back = Math.min(width - 1, run); back >= 0; back--) {
        const values = valuesAt(lines, at, back, { kind: 'binary', width, order });
        if (!values || !isTelling(values)) continue;
        const sums: Sums = { codec: { kind: 'binary', width, order }, back, values };
        for (const termWidth of of) {
          const read: BinaryNumber = { kind: 'binary', width: termWidth, order };
          const found = sumOf(sums, read, termsOf(read));
          if (found) return found;
        }
      }
    }
  }
  return null;
}

/** The numbers that stand there; null where a line has none, or all of them are text. */
function valuesAt(lines: readonly Line[], at: Int32Array, back: number, codec: BinaryNumber): number[] | null {
  const starts = at.map((a) => a - back);
  if (lines.some(({ bytes }, i) => (starts[i] ?? 0) < 0 || (starts[i] ?? 0) + codec.width > bytes.length)) return null;
  const isText = lines.every(({ bytes }, i) => {
    const from = starts[i] ?? 0;
    return bytes.subarray(from, from + codec.width).every(isPrintable);
  });
  return isText ? null : lines.map(({ bytes }, i) => binaryAt(bytes, starts[i] ?? 0, codec.width, codec.order));
}

function isTelling(values: readonly number[]): boolean {
  const different = new Set(values).size;
  return different >= LEAST_SUMS && different * Math.log2(1 + Math.max(...values) - Math.min(...values)) >= BITS;
}

function sumOf({ codec, back, values }: Sums, read: BinaryNumber, { all, byValue, namesOf }: Terms): Found | null {
  const target = values[0] ?? 0;
  let best: Found | null = null;
  let pairs = 0;
  for (const one of all) {
    for (const sign of [1, -1] as const) {
      for (const other of byValue.get((target - one.value) * sign) ?? []) {
        // either order of what is added says the same
        if (other === one || (sign === 1 && other.value < one.value)) continue;
        if (pairs++ >= MOST_PAIRS) return best;
        for (const a of namesOf(one)) {
          for (const b of namesOf(other)) {
            const cost = a.cost + b.cost + COST;
            if ((best && cost >= best.cost) || !holds(a, b, sign, values)) continue;
            const how = read.width === codec.width ? { codec } : { codec, read };
            best = {
              rule: { kind: 'sum', span: a.span, other: b.span, sign, ...how },
              back,
              lengths: new Int32Array(values.length).fill(codec.width),
              support: values.length,
              cost,
            };
          }
        }
      }
    }
  }
  return best;
}

/** Whether both vary and make the sum in all lines; were one always the same, it would be a constant that is added. */
function holds(one: NamedTerm, other: NamedTerm, sign: 1 | -1, values: readonly number[]): boolean {
  const [ones, others] = [new Set<number>(), new Set<number>()];
  for (const [i, value] of values.entries()) {
    const [a, b] = [one.in(i), other.in(i)];
    if (a < 0 || b < 0 || a + sign * b !== value) return false;
    ones.add(a);
    others.add(b);
  }
  return ones.size > 1 && others.size > 1;
}

function termsIn(lines: readonly Line[], line: Line, read: BinaryNumber): Terms {
  const messages = messagesBefore(line, MOST_MESSAGES);
  const all: Term[] = [];
  const byValue = new Map<number, Term[]>();
  for (const [bytes, its] of messages) {
    for (let at = 0; at + read.width <= bytes.length; at++) {
      if (at >= SCAN && at < bytes.length - SCAN) continue;
      const value = binaryAt(bytes, at, read.width, read.order);
      if (value === 0) continue;
      const term: Term = { sources: its, at, value };
      all.push(term);
      const same = byValue.get(value);
      if (same) same.push(term);
      else byValue.set(value, [term]);
    }
  }
  const names = new Map<Term, readonly NamedTerm[]>();
  const namesOf = (term: Term): readonly NamedTerm[] => {
    let known = names.get(term);
    if (!known) names.set(term, (known = namedIn(lines, term, read)));
    return known;
  };
  return { all, byValue, namesOf };
}

/** The names of a number that may mean one in all lines. */
function namedIn(lines: readonly Line[], { sources, at }: Term, { width, order }: BinaryNumber): NamedTerm[] {
  return sources.slice(0, MOST_SOURCES).flatMap(({ source, place, regions, cost }) => {
    const places = placesOf(lines, source);
    if (places.includes(null)) return [];
    return starts(place, at, regions)
      .slice(0, MOST_STARTS)
      .map((start): NamedTerm => {
        const span: Span = { of: source, from: start.at, to: { kind: 'width', width } };
        const values: number[] = [];
        return {
          span,
          cost: cost + start.cost,
          in: (line) => (values[line] ??= numberIn(span, places[line] ?? null, width, order)),
        };
      });
  });
}

/** The number in a span; -1 where there is none. */
function numberIn(span: Span, place: Place | null, width: number, order: 'big' | 'little'): number {
  const bytes = place && takeFrom(span, place);
  return bytes?.length === width ? binaryAt(bytes, 0, width, order) : -1;
}
