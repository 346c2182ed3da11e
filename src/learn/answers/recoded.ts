/**
 * Numbers that are said as text and told in binary, or the other way round [new]: the amount in a statement and in the
 * row that it put there, a size in a command and in the head of what follows.
 */
import { readNumber, binaryAt, DECIMAL } from '../../model/number.js';
import { takeFrom } from '../../model/meaning.js';
import type { BinaryNumber, NumberCodec, Rule, Span } from '../../model/types.js';
import { once } from '../kept.js';
import { spread } from '../spread.js';
import { better, type Found } from './reach.js';
import { decimalsIn, digitsBefore, plainDecimal } from './number.js';
import { ends, starts } from './positions.js';
import type { Line } from './sample.js';
import { messagesOf, placesOf, type NamedSource } from './sources.js';

/** Lines that are looked at for a value, and messages of each. */
const LOOKS = 3;
const MOST_MESSAGES = 16;
/** Bytes of a message that are looked at for binary numbers. */
const SCAN = 256;
const MOST_STARTS = 6;
const MOST_ENDS = 4;
/** Different values, and the least of the largest: smaller ones are met everywhere. */
const LEAST_VALUES = 3;
const LEAST_LARGE = 100;
const COST = 6;

const CODECS: readonly BinaryNumber[] = [2, 4, 3, 1].flatMap((width) =>
  (width === 1 ? (['big'] as const) : (['big', 'little'] as const)).map((order) => ({
    kind: 'binary' as const,
    width,
    order,
  })),
);

/** The number that stands at a first difference in each line, where it begins, and how it is written. */
interface Target {
  readonly codec: NumberCodec;
  readonly back: number;
  readonly values: readonly (number | null)[];
  readonly lengths: ArrayLike<number>;
}

/** The plainest number of an earlier message in another writing that holds for all lines, or for most of them. */
export function findRecoded(lines: readonly Line[], at: Int32Array, run: number): Found | null {
  let best: Found | null = null;
  for (const target of targets(lines, at, run)) {
    // small numbers stand everywhere
    const large: number[] = [];
    target.values.forEach((value, i) => {
      if (value !== null && value >= LEAST_LARGE) large.push(i);
    });
    let isVarious: boolean | null = null;
    for (const reference of spread(large, LOOKS)) {
      const line = lines[reference];
      const value = target.values[reference] ?? null;
      if (!line || value === null) continue;
      for (const { span, codec, cost } of saidIn(line, value, target.codec)) {
        // most numbers were said nowhere: only then it matters how many there are
        if (!(isVarious ??= saysVarious(target))) break;
        const found = held(span, codec, cost, target, lines);
        if (found && better(found, best)) best = found;
      }
    }
  }
  const found: Found | null = best;
  return found && isTold(found, lines, at) ? found : null;
}

function saysVarious({ values }: Target): boolean {
  return new Set(values.filter((value) => value !== null)).size >= LEAST_VALUES;
}

/** In how many ways the place of the first difference may be a number. */
function* targets(lines: readonly Line[], at: Int32Array, run: number): Generator<Target> {
  const first = lines[0];
  if (!first) return;
  const back = digitsBefore(first.bytes, at[0] ?? 0, run);
  const decimals = lines.map(({ bytes }, i) => plainDecimal(bytes, (at[i] ?? 0) - back));
  if (decimals.filter((d) => d !== null).length * 3 >= lines.length * 2) {
    const values = decimals.map((d) => d?.value ?? null);
    yield { codec: DECIMAL, back, values, lengths: decimals.map((d) => d?.width ?? -1) };
  }
  for (const codec of CODECS) {
    for (let before = 0; before < codec.width && before <= run; before++) {
      if (lines.some(({ bytes }, i) => (at[i] ?? 0) - before + codec.width > bytes.length)) continue;
      const values = lines.map(({ bytes }, i) => binaryAt(bytes, (at[i] ?? 0) - before, codec.width, codec.order));
      yield { codec, back: before, values, lengths: new Int32Array(lines.length).fill(codec.width) };
    }
  }
}

interface Said {
  readonly span: Span;
  readonly codec: NumberCodec;
  readonly cost: number;
}

/** Where a number was said in the other writing before a line. */
function* saidIn(line: Line, value: number, told: NumberCodec): Generator<Said> {
  if (told.kind === 'binary' && !decimalsBefore(line).has(value)) return;
  for (const named of messagesOf(line, MOST_MESSAGES)) {
    if (told.kind === 'binary') yield* asText(named, value);
    else yield* asBinary(named, value);
  }
}

/** The decimal numbers that were said before a line. */
const decimalsBefore = once(
  (line: Line): ReadonlySet<number | null> =>
    new Set(messagesOf(line, MOST_MESSAGES).flatMap(({ place }) => decimalsIn(place).map(({ value }) => value))),
);

function* asText({ source, place, regions, cost }: NamedSource, value: number): Generator<Said> {
  for (const { from, to, value: said } of decimalsIn(place)) {
    if (said !== value) continue;
    for (const start of starts(place, from, regions).slice(0, MOST_STARTS))
      for (const end of ends(place, from, to, regions).slice(0, MOST_ENDS))
        yield { span: { of: source, from: start.at, to: end.at }, codec: DECIMAL, cost: cost + start.cost + end.cost };
  }
}

function* asBinary({ source, place, regions, cost }: NamedSource, value: number): Generator<Said> {
  for (const codec of CODECS) {
    const { width, order } = codec;
    for (let at = 0; at + width <= Math.min(place.bytes.length, SCAN); at++) {
      if (binaryAt(place.bytes, at, width, order) !== value) continue;
      for (const start of starts(place, at, regions).slice(0, MOST_STARTS))
        yield { span: { of: source, from: start.at, to: { kind: 'width', width } }, codec, cost: cost + start.cost };
    }
  }
}

function held(span: Span, read: NumberCodec, price: number, target: Target, lines: readonly Line[]): Found | null {
  const { codec, back, values } = target;
  const places = placesOf(lines, span.of);
  const lengths = new Int32Array(lines.length).fill(-1);
  let support = 0;
  for (let i = 0; i < lines.length && (support + lines.length - i) * 2 >= lines.length; i++) {
    const place = places[i];
    const bytes = place && takeFrom(span, place);
    const number = bytes && readNumber(read, bytes);
    if (typeof number !== 'number' || number !== values[i]) continue;
    lengths[i] = target.lengths[i] ?? -1;
    if ((lengths[i] ?? -1) >= 0) support++;
  }
  if (support * 2 < lines.length) return null;
  const rule: Rule = { kind: 'number', span, read, add: 0, write: codec };
  return { rule, back, lengths, support, cost: COST + price };
}

/** Whether the values that are explained are several, and large enough to be met by no chance. */
function isTold({ rule, lengths, back }: Found, lines: readonly Line[], at: Int32Array): boolean {
  if (rule.kind !== 'number') return false;
  const values = new Set<number>();
  lines.forEach(({ bytes }, i) => {
    const from = (at[i] ?? 0) - back;
    const length = lengths[i] ?? -1;
    const value = length > 0 ? readNumber(rule.write, bytes.subarray(from, from + length)) : null;
    if (value !== null) values.add(value);
  });
  return values.size >= LEAST_VALUES && Math.max(...values) >= LEAST_LARGE;
}
