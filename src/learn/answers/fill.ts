/**
 * Fillings [new]: the same few bytes again and again, as many as a number of the request says, or two of them multiplied
 * (rows and columns). Proven by fillings of several lengths that stand in one proportion to the numbers. Where a unit of
 * several bytes is repeated, two lengths prove it too, if one more of the number is one unit more, or one byte: the
 * proportion is then foreseen and not fitted.
 */
import { EMPTY } from '../../bytes/bytes.js';
import { takeFrom, type Place } from '../../model/meaning.js';
import { readNumber } from '../../model/number.js';
import type { BinaryNumber, NumberAt, NumberCodec, Position, Rule } from '../../model/types.js';
import type { Found } from './copy.js';
import { decimalTokens } from './number.js';
import { ends, starts } from './positions.js';
import { better } from './reach.js';
import type { Line } from './sample.js';
import { placesOf, sourcesOf, type NamedSource } from './sources.js';

/** Lines that have one, and lengths of it that differ: more of these where two numbers are multiplied. */
const LEAST_LINES = 4;
const LEAST_LENGTHS = 3;
const MORE_LENGTHS = 4;
/** The longest unit, and how many bytes at least have to repeat it. */
const MOST_UNIT = 8;
const LEAST_RUN = 16;
/** The same of one whose proportion is foreseen: how often it has to be there more in one line than in another. */
const FEW_LINES = 2;
const MOST_FORESEEN = 64;
const LEAST_MORE = 8;
/** Bytes at either end of a message in which binary numbers are looked for, and how far apart two factors stand. */
const SCAN = 48;
const NEAR = 8;
const MOST_SOURCES = 3;
const MOST_TOKENS = 12;
const MOST_SCALE = 1 << 16;
const COST = 8;

/** A number of the message, by its name, in each line. */
interface Factor {
  readonly number: NumberAt;
  readonly at: number;
  readonly cost: number;
  readonly values: readonly (number | null)[];
}

/** What repeats at a place of the lines, from `back` bytes before the first difference on, and how long in each. */
interface Filling {
  readonly unit: Uint8Array;
  readonly back: number;
  readonly sizes: readonly number[];
}

/** How many bytes one of a product stands for, and how many stand there beside them. */
interface Proportion {
  readonly scale: number;
  readonly early: number;
}

/** The plainest filling that explains all lines, or most of them. */
export function findFill(lines: readonly Line[], at: Int32Array, run: number): Found | null {
  if (lines.length < FEW_LINES) return null;
  const filling = fillingAt(lines, at, run);
  if (!filling) return null;
  let best: Found | null = null;
  for (const factors of productsIn(lines, filling)) {
    const found = held(factors, filling);
    if (found && better(found, best)) best = found;
  }
  return best;
}

/** Reads what repeats off the line in which it goes on the longest. */
function fillingAt(lines: readonly Line[], at: Int32Array, run: number): Filling | null {
  let longest = 0;
  lines.forEach(({ bytes }, i) => {
    const size = (line: number) => (lines[line]?.bytes.length ?? 0) - (at[line] ?? 0);
    if (bytes.length - (at[i] ?? 0) > size(longest)) longest = i;
  });
  const bytes = lines[longest]?.bytes ?? EMPTY;
  const from = at[longest] ?? 0;
  for (let period = 1; period <= MOST_FORESEEN; period++) {
    const end = periodicUntil(bytes, from, period);
    if (end - from < (period > MOST_UNIT ? LEAST_MORE * period : LEAST_RUN)) continue;
    let back = 0;
    while (back < run && from - back > 0 && bytes[from - back - 1] === bytes[from - back - 1 + period]) back++;
    const unit = bytes.slice(from - back, from - back + period);
    const sizes = lines.map((line, i) => sizeOf(line.bytes, (at[i] ?? 0) - back, unit));
    return new Set(sizes).size < (period > 1 ? FEW_LINES : LEAST_LENGTHS) ? null : { unit, back, sizes };
  }
  return null;
}

/** Where the bytes no longer are those so many before them. */
function periodicUntil(bytes: Uint8Array, from: number, period: number): number {
  let end = from + period;
  while (end < bytes.length && bytes[end] === bytes[end - period]) end++;
  return Math.min(end, bytes.length);
}

function sizeOf(bytes: Uint8Array, from: number, unit: Uint8Array): number {
  let size = 0;
  while (from + size < bytes.length && bytes[from + size] === unit[size % unit.length]) size++;
  return size;
}

/**
 * The filling held against what the numbers make together. What stands right before it may end on the same bytes by
 * chance, so that it seems to begin too early, or may have been found to hold its first ones.
 */
function held(factors: readonly Factor[], filling: Filling): Found | null {
  const { unit, back, sizes } = filling;
  const products = productsOf(factors, sizes.length);
  const line = proportion(products, sizes);
  if (!line) return null;
  const { scale } = line;
  const [early, less] = [Math.max(0, line.early), Math.max(0, -line.early)];
  if (early > back) return null;
  const [leastLines, leastLengths] = isForeseen(factors, line, filling)
    ? [FEW_LINES, FEW_LINES]
    : [LEAST_LINES, factors.length > 1 ? MORE_LENGTHS : LEAST_LENGTHS];
  if (unit.length > MOST_UNIT && leastLines > FEW_LINES) return null;
  const lengths = Int32Array.from(sizes, (size, i) => {
    return (products[i] ?? NaN) * scale + line.early === size ? size - early : -1;
  });
  const different = new Set(lengths.filter((length) => length >= 0)).size;
  const support = lengths.filter((length) => length >= 0).length;
  if (support < leastLines || different < leastLengths) return null;
  const cost = COST + factors.reduce((sum, factor) => sum + factor.cost, 0) + Math.log2(scale) / 4;
  const turned = unit.map((_, i) => unit[(i + early) % unit.length] ?? 0);
  const counts = factors.map(({ number }) => number);
  const rule: Rule = { kind: 'fill', unit: turned, counts, scale, ...(less > 0 ? { less } : {}) };
  return { rule, back: back - early, lengths, support, cost };
}

/** Whether one more of a number is one unit more, or one byte, and no more stands around it than such a count leaves out. */
function isForeseen(factors: readonly Factor[], { scale, early }: Proportion, { unit, sizes }: Filling): boolean {
  const more = Math.max(...sizes) - Math.min(...sizes);
  const isPlain = factors.length === 1 && (scale === 1 || scale === unit.length);
  return unit.length > 1 && isPlain && Math.abs(early) <= 2 * unit.length && more >= LEAST_MORE * unit.length;
}

/** What some numbers make together in each line; not a number where one of them is missing. Very many pairs are tried. */
function productsOf(factors: readonly Factor[], lines: number): Float64Array {
  const products = new Float64Array(lines).fill(1);
  for (const { values } of factors)
    for (let i = 0; i < lines; i++) products[i] = (products[i] ?? NaN) * (values[i] ?? NaN);
  return products;
}

/** How many bytes one of the product stands for, by the two lines that are the farthest apart, and how many come too early. */
function proportion(products: Float64Array, sizes: readonly number[]): Proportion | null {
  let [least, most] = [-1, -1];
  for (let i = 0; i < products.length; i++) {
    const product = products[i] ?? NaN;
    if (Number.isNaN(product)) continue;
    if (least < 0 || product < (products[least] ?? 0)) least = i;
    if (most < 0 || product > (products[most] ?? 0)) most = i;
  }
  const apart = (products[most] ?? 0) - (products[least] ?? 0);
  const scale = apart > 0 ? ((sizes[most] ?? 0) - (sizes[least] ?? 0)) / apart : 0;
  const early = (sizes[least] ?? 0) - scale * (products[least] ?? 0);
  return Number.isInteger(scale) && scale > 0 && scale <= MOST_SCALE && early >= -MOST_UNIT ? { scale, early } : null;
}

/** Numbers of the request, and two of one writing that stand near each other, that may make the lengths. */
function* productsIn(lines: readonly Line[], { sizes }: Filling): Generator<readonly Factor[]> {
  const first = lines[0];
  if (!first) return;
  const sources = sourcesOf(first).filter(({ source }) => source.kind === 'request' || source.kind === 'group');
  for (const named of [...sources].sort((a, b) => a.cost - b.cost).slice(0, MOST_SOURCES)) {
    const factors = [...binariesIn(named, lines), ...decimalsIn(named, lines)].filter((factor) =>
      varies(factor, sizes),
    );
    for (const factor of factors) yield [factor];
    for (const [i, one] of factors.entries()) {
      for (const other of factors.slice(i + 1)) {
        const apart = other.at - one.at;
        if (apart > 0 && apart <= NEAR && isLike(one.number.codec, other.number.codec)) yield [one, other];
      }
    }
  }
}

function isLike(a: NumberCodec, b: NumberCodec): boolean {
  if (a.kind !== 'binary' || b.kind !== 'binary') return a.kind === b.kind;
  return a.width === b.width && a.order === b.order;
}

function varies({ values }: Factor, sizes: readonly number[]): boolean {
  const known = values.filter((value) => value !== null);
  return known.length * 2 > sizes.length && new Set(known).size > 1;
}

const BINARIES: readonly BinaryNumber[] = [
  { kind: 'binary', width: 1, order: 'big' },
  ...[2, 3, 4].flatMap((width) =>
    (['big', 'little'] as const).map((order) => ({ kind: 'binary' as const, width, order })),
  ),
];

function* binariesIn({ source, place, cost }: NamedSource, lines: readonly Line[]): Generator<Factor> {
  const places = placesOf(lines, source);
  const size = Math.min(SCAN, place.bytes.length);
  for (let i = 0; i < size; i++) {
    const names: Position[] = [
      { kind: 'start', offset: i },
      { kind: 'end', offset: size - i },
    ];
    for (const codec of BINARIES) {
      for (const from of names) {
        const at = from.kind === 'start' ? i : place.bytes.length - size + i;
        const span = { of: source, from, to: { kind: 'width' as const, width: codec.width } };
        yield { number: { span, codec }, at, cost: cost + 3 + i / 32, values: valuesOf({ span, codec }, places) };
      }
    }
  }
}

function* decimalsIn({ source, place, cost, regions }: NamedSource, lines: readonly Line[]): Generator<Factor> {
  const places = placesOf(lines, source);
  const codec: NumberCodec = { kind: 'decimal', pad: 0 };
  for (const [from, to] of decimalTokens(place).slice(0, MOST_TOKENS)) {
    for (const start of starts(place, from, regions).slice(0, 3)) {
      for (const end of ends(place, from, to, regions).slice(0, 3)) {
        const span = { of: source, from: start.at, to: end.at };
        const values = valuesOf({ span, codec }, places);
        yield { number: { span, codec }, at: from, cost: cost + start.cost + end.cost, values };
      }
    }
  }
}

function valuesOf({ span, codec }: NumberAt, places: readonly (Place | null)[]): (number | null)[] {
  return places.map((place) => {
    const bytes = place && takeFrom(span, place);
    return bytes && readNumber(codec, bytes);
  });
}
