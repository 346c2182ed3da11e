/**
 * Numbers that two numbers said before make together [new]: what was there and what was added to it or taken away.
 * Both have to vary, else one of them with a constant says the same; and the values have to be too many for chance.
 */
import { EMPTY } from '../../bytes/bytes.js';
import { readNumber } from '../../model/number.js';
import { takeFrom, type Place } from '../../model/meaning.js';
import type { NumberCodec, Span } from '../../model/types.js';
import { spread } from '../spread.js';
import type { Found } from './copy.js';
import { decimalTokens, digitsBefore, plainDecimal } from './number.js';
import { ends, starts } from './positions.js';
import type { Line } from './sample.js';
import { placesOf, sourcesOf, type NamedSource } from './sources.js';

const DECIMAL: NumberCodec = { kind: 'decimal', pad: 0 };
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

/** The plainest sum or difference that holds for the most lines. */
export function findSum(lines: readonly Line[], at: Int32Array, run: number): Found | null {
  const first = lines[0];
  if (!first || lines.length < LEAST) return null;
  const back = digitsBefore(first.bytes, at[0] ?? 0, run);
  const sums = lines.map((line, i) => plainDecimal(line.bytes, (at[i] ?? 0) - back)?.value ?? null);
  const known = sums.flatMap((sum, i) => (sum === null ? [] : [i]));
  if (known.length * 3 < lines.length * 2 || new Set(known.map((i) => sums[i])).size < LEAST) return null;
  let best: Found | null = null;
  for (const reference of spread(known, REFERENCES)) {
    const found = bestPair(lines, sums, reference, back);
    if (found && (!best || found.support > best.support || (found.support === best.support && found.cost < best.cost)))
      best = found;
  }
  return best;
}

/** The best pair of numbers of those that make the sum in one line. */
function bestPair(
  lines: readonly Line[],
  sums: readonly (number | null)[],
  reference: number,
  back: number,
): Found | null {
  const terms = termsOf(lines, reference);
  const byValue = new Map<number, Term[]>();
  for (const term of terms) {
    const value = term.values[reference] ?? 0;
    byValue.set(value, [...(byValue.get(value) ?? []), term]);
  }
  const sum = sums[reference] ?? 0;
  let best: Found | null = null;
  for (const one of terms) {
    const value = one.values[reference] ?? 0;
    for (const sign of [1, -1] as const) {
      for (const other of byValue.get((sum - value) * sign) ?? []) {
        if (other === one) continue;
        const cost = one.cost + other.cost + COST;
        const held = heldBy(one, other, sign, sums);
        if (!held || (best && (held.support < best.support || (held.support === best.support && cost >= best.cost))))
          continue;
        best = { rule: { kind: 'sum', span: one.span, other: other.span, sign }, back, ...held, cost };
      }
    }
  }
  return best;
}

function heldBy(
  one: Term,
  other: Term,
  sign: 1 | -1,
  sums: readonly (number | null)[],
): Pick<Found, 'lengths' | 'support'> | null {
  const lengths = new Int32Array(sums.length).fill(-1);
  const different = [new Set<number>(), new Set<number>(), new Set<number>()] as const;
  let support = 0;
  sums.forEach((sum, i) => {
    const [a, b] = [one.values[i] ?? null, other.values[i] ?? null];
    if (sum === null || a === null || b === null || a + sign * b !== sum) return;
    lengths[i] = String(sum).length;
    support++;
    different[0].add(sum);
    different[1].add(a);
    different[2].add(b);
  });
  return different[0].size >= LEAST && different[1].size > 1 && different[2].size > 1 ? { lengths, support } : null;
}

/** The numbers that were said before one line, each by the names that mean one in the most lines. */
function termsOf(lines: readonly Line[], reference: number): Term[] {
  const line = lines[reference];
  if (!line) return [];
  const messages = new Map<Uint8Array, NamedSource[]>();
  const sources = sourcesOf(line).filter(({ source }) => source.kind !== 'environment');
  for (const named of [...sources].sort((a, b) => a.cost - b.cost)) {
    const known = messages.get(named.place.bytes);
    if (known) known.push(named);
    else if (messages.size < MOST_MESSAGES) messages.set(named.place.bytes, [named]);
  }
  return [...messages.values()].flatMap((its) =>
    [...decimalTokens(its[0]?.place ?? NOWHERE)]
      .slice(0, MOST_TOKENS)
      .flatMap(([from, to]) => namesOf(its, from, to, lines)),
  );
}

function namesOf(sources: readonly NamedSource[], from: number, to: number, lines: readonly Line[]): Term[] {
  const found: { readonly term: Term; readonly known: number }[] = [];
  for (const { source, place, regions, cost } of sources.slice(0, MOST_SOURCES)) {
    const places = placesOf(lines, source);
    for (const start of starts(place, from, regions).slice(0, MOST_STARTS)) {
      for (const end of ends(place, from, to, regions).slice(0, MOST_ENDS)) {
        const span: Span = { of: source, from: start.at, to: end.at };
        const values = places.map((there) => {
          const bytes = there && takeFrom(span, there);
          return bytes && readNumber(DECIMAL, bytes);
        });
        const known = values.filter((value) => value !== null).length;
        found.push({ term: { span, cost: cost + start.cost + end.cost, values }, known });
      }
    }
  }
  found.sort((a, b) => b.known - a.known || a.term.cost - b.term.cost);
  return found.slice(0, NAMES).map(({ term }) => term);
}
