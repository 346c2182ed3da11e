/**
 * Numbers that go one way through the recording, whatever is asked [new]: a process that serves the session, what
 * is free on a disk. Nothing that was said explains them, and they are too short, or told too often, to look made up; but
 * the one that was seen most often would be told for ever.
 */
import { isPrintable, toLatin1 } from '../../bytes/bytes.js';
import type { Context } from '../../model/meaning.js';
import { DECIMAL, readNumber } from '../../model/number.js';
import type { NumberCodec, Rule } from '../../model/types.js';

/** Bytes of a number. */
const WIDEST = 6;
/** So few bytes of a binary number may all look like text. */
const SHORT = 2;
const LEAST_VALUES = 4;
/** Bits by which the order has to speak against chance: of the parts that nothing explains a model has a hundred at most. */
const SURE = 16;

/**
 * A number from the range in which they went. The same one is told for as long as one was told in the recording, if it
 * was told more than once.
 */
export function findDrift(
  values: readonly (Uint8Array | null)[],
  contexts: readonly Context[],
): (Rule & { kind: 'made up' }) | null {
  const lengths = values.map((value) => value?.length ?? 0);
  const [least, width] = [Math.min(...lengths), Math.max(...lengths)];
  if (values.length === 0 || least === 0 || width > WIDEST || (least < width && !values.every(isBareNumber)))
    return null;
  const times = contexts.map(({ now }) => now);
  const order = Array.from(values, (_, i) => i).sort((a, b) => (times[a] ?? 0) - (times[b] ?? 0));
  for (const codec of least < width ? [DECIMAL] : codecsOf(values, width)) {
    const numbers = order.map((i) => readNumber(codec, values[i] ?? new Uint8Array(0)) ?? 0);
    if (!goesOneWay(numbers) || surprise(numbers) < SURE) continue;
    const different = new Set(numbers).size;
    const [from = 0, to = 0] = [numbers[0], numbers.at(-1)];
    const [start = 0, end = 0] = [times[order[0] ?? 0], times[order.at(-1) ?? 0]];
    return {
      kind: 'made up',
      min: least,
      max: width,
      alphabet: Uint8Array.from({ length: 256 }, (_, byte) => byte),
      within: { codec, least: Math.min(from, to), most: Math.max(from, to) },
      ...(different < numbers.length ? { hold: (end - start) / (different - 1) } : {}),
    };
  }
  return null;
}

/** Digits that take only as many bytes as they need. */
function isBareNumber(value: Uint8Array | null): boolean {
  return value !== null && /^(?:0|[1-9][0-9]*)$/.test(toLatin1(value));
}

/** How values of one width may be written as numbers: texts in digits, if at all. */
function codecsOf(values: readonly (Uint8Array | null)[], width: number): NumberCodec[] {
  const texts = values.map((value) => (value?.every(isPrintable) ? toLatin1(value) : null));
  const are = (digits: RegExp) => texts.every((text) => text !== null && digits.test(text));
  if (are(/^[0-9]+$/)) return [{ kind: 'decimal', pad: width }];
  if (width <= SHORT || texts.includes(null))
    return (['big', 'little'] as const).map((order) => ({ kind: 'binary', width, order }));
  return [false, true].flatMap((upper): NumberCodec[] =>
    are(upper ? /^[0-9A-F]+$/ : /^[0-9a-f]+$/) ? [{ kind: 'hex', pad: width, upper }] : [],
  );
}

function goesOneWay(numbers: readonly number[]): boolean {
  const steps = numbers.slice(1).map((number, i) => number - (numbers[i] ?? 0));
  return steps.every((step) => step >= 0) || steps.every((step) => step <= 0);
}

/** Bits that say how few of the orders of these numbers go one way: of two. */
function surprise(numbers: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const number of numbers) counts.set(number, (counts.get(number) ?? 0) + 1);
  if (counts.size < LEAST_VALUES) return 0;
  return [...counts.values()].reduce((bits, count) => bits - factorialBits(count), factorialBits(numbers.length)) - 1;
}

function factorialBits(n: number): number {
  let bits = 0;
  for (let i = 2; i <= n; i++) bits += Math.log2(i);
  return bits;
}
