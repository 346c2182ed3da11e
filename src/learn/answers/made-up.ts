/** Values that the server makes up [new]: that nobody could foresee them, and what is made up in their place. */
import { indexOf, isPrintable, toLatin1, isAlphanumeric } from '../../bytes/bytes.js';
import { type Context } from '../../model/meaning.js';
import { DECIMAL, VARINT, readNumber } from '../../model/number.js';
import type { NumberCodec, NumberRange, Rule } from '../../model/types.js';

/** Fewest bytes of a value that few samples show to be made up; a shorter one takes more of them. */
const LONG = 4;
/** Different values that show a short one to be made up. */
const MANY = 6;
/** The same when the client says them again. */
const LEAST_RETURNED = 3;
/** So many different values of digits and letters are identifiers. */
const LEAST_IDS = 4;

/**
 * All values different, and nearly every place of them varies: nobody could foresee them. What a request
 * that recurs gets each time, what stands in the request, and sentences are not made up.
 */
export function isMadeUp(
  different: readonly { readonly bytes: Uint8Array; readonly count: number }[],
  values: readonly (Uint8Array | null)[],
  contexts: readonly Context[],
): boolean {
  const bytes = different.map((d) => d.bytes);
  if (bytes.length < 2 || bytes.length < values.length * 0.9) return false;
  const shortest = Math.min(...bytes.map((v) => v.length));
  const longest = Math.max(...bytes.map((v) => v.length));
  if (shortest < 1 || longest < 2 || longest > 256 || longest > shortest + 4) return false;
  const many = isReturned(values, contexts) ? LEAST_RETURNED : MANY;
  if (bytes.length >= many && rangeIn(DECIMAL, bytes)) return !isAsked(values, contexts);
  if (shortest < 2) return false;
  if (shortest < LONG ? bytes.length < many || longest > shortest : bytes.length < 3 && !bytes.every(isIdentifier))
    return false;
  let varied = 0;
  for (let i = 0; i < shortest; i++) {
    const most = bytes.length === 2 ? 1 : Math.min(4, bytes.length * 0.5);
    if (new Set(bytes.map((v) => v[i])).size > most) varied++;
  }
  // an identifier may be of a moment and of a number that grew a little: half of its digits tell
  const isId = bytes.length >= LEAST_IDS && bytes.every(isIdentifier);
  const share = shortest < LONG || isId ? 0.5 : 0.8;
  return varied >= shortest * share && !bytes.every(isSentence) && !isAsked(values, contexts);
}

/** Whether the client says every value again soon, always at the same place: that is what it was made up for. */
function isReturned(values: readonly (Uint8Array | null)[], contexts: readonly Context[]): boolean {
  let common: ReadonlySet<number> | null = null;
  for (const [i, value] of values.entries()) {
    const context = contexts[i];
    const next = context?.said[context.at + 1]?.request.subarray(0, SCAN);
    if (!value || !next) continue;
    const places = new Set<number>();
    for (let at = indexOf(next, value); at >= 0; at = indexOf(next, value, at + 1)) places.add(at);
    const known: ReadonlySet<number> = common ?? places;
    common = new Set([...known].filter((at) => places.has(at)));
    if (common.size === 0) return false;
  }
  return common !== null;
}

/** Digits of base 16 in a row that are no word any more. */
const HEX = /^(?:[0-9a-f]{8,}|[0-9A-F]{8,})$/;

/** Letters or digits with at least two digits among them, none of them a word of its own. */
function isHash(value: Uint8Array): boolean {
  const text = toLatin1(value);
  const isMixed = value.length >= 6 && /^(?=.*[0-9].*[0-9])[0-9A-Za-z]+$/.test(text);
  return isMixed && (HEX.test(text) || !/[A-Za-z]{4}/.test(text));
}

/** Fewest letters and digits of an identifier in parts, and different letters among them: a time has none, or one. */
const LEAST_IN_PARTS = 16;
const LEAST_LETTERS = 3;

/** One hash, or one in parts with a sign between two of them. */
export function isIdentifier(value: Uint8Array): boolean {
  if (isHash(value)) return true;
  const own = value.filter(isAlphanumeric);
  if (own.length < LEAST_IN_PARTS || own.length * 4 < value.length * 3 || !isHash(own)) return false;
  return HEX.test(toLatin1(own)) && new Set(toLatin1(own).replaceAll(/[0-9]/g, '')).size >= LEAST_LETTERS;
}

/** Words with spaces between them. */
function isSentence(value: Uint8Array): boolean {
  return /^[ -~]*[A-Za-z]{2,} [ -~]*$/.test(toLatin1(value)) && /^[A-Za-z0-9 .,:;'"()!?_-]+$/.test(toLatin1(value));
}

/** Fewest bytes that a value and a request have in common by more than chance. */
const SHARED = 5;
const SCAN = 2048;
/** Requests before the present one that a value is looked for in. */
const EARLIER = 8;

/** Whether the values follow from what was said: a part of them stands in a request, or it gets the same one whenever it is said. */
function isAsked(values: readonly (Uint8Array | null)[], contexts: readonly Context[]): boolean {
  let shared = 0;
  const known = new Map<string, string>();
  let same = 0;
  let other = 0;
  values.forEach((value, i) => {
    const context = contexts[i];
    const request = context?.said[context.at]?.request;
    if (!value || !request || request.length === 0) return;
    const said = context.said.slice(Math.max(0, context.at - EARLIER), context.at + 1);
    if (said.some((s) => sharesRun(value, s.request.subarray(0, SCAN)))) shared++;
    const key = toLatin1(request);
    const before = known.get(key);
    if (before === undefined) known.set(key, toLatin1(value));
    else if (before === toLatin1(value)) same++;
    else other++;
  });
  return shared * 2 > values.length || same > other;
}

function sharesRun(value: Uint8Array, request: Uint8Array): boolean {
  for (let at = 0; at + SHARED <= value.length; at++)
    if (indexOf(request, value.subarray(at, at + SHARED)) >= 0) return true;
  return false;
}

const ALPHABETS = [
  '0123456789',
  '0123456789abcdef',
  '0123456789ABCDEF',
  'abcdefghijklmnopqrstuvwxyz',
  'abcdefghijklmnopqrstuvwxyz0123456789',
  'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789',
  'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789',
];

/** The smallest common alphabet that holds all bytes seen; the bytes themselves when no common one does. */
function alphabetOf(values: readonly Uint8Array[]): Uint8Array {
  const seen = new Set<number>();
  for (const value of values) for (const byte of value) seen.add(byte);
  for (const alphabet of ALPHABETS) {
    const bytes = Uint8Array.from(alphabet, (c) => c.charCodeAt(0));
    if ([...seen].every((b) => bytes.includes(b))) return bytes;
  }
  const printable = [...seen].every((b) => b >= 0x20 && b < 0x7f);
  return printable ? Uint8Array.from([...seen].sort((a, b) => a - b)) : Uint8Array.from({ length: 256 }, (_, b) => b);
}

/** A fresh value of the kind that these are of. */
export function madeUp(values: readonly Uint8Array[]): Rule & { kind: 'made up' } {
  const lengths = values.map((value) => value.length);
  const within = rangeOf(values);
  const form = within ? [] : formOf(values);
  const own = new Set(form.map(({ at }) => at));
  return {
    kind: 'made up',
    min: Math.min(...lengths),
    max: Math.max(...lengths),
    alphabet: alphabetOf(own.size === 0 ? values : values.map((value) => value.filter((_, i) => !own.has(i)))),
    ...(form.length > 0 ? { form } : {}),
    ...(within ? { within } : {}),
  };
}

/** How seldom the same few bytes may stand at some place of made-up values by chance. */
const BY_CHANCE = 1e-5;

/**
 * Places of values of one length that hold other bytes than the rest: a sign that stands there in all of them and nowhere
 * else, or so few of the bytes of the others that it is no chance.
 */
function formOf(values: readonly Uint8Array[]): readonly { readonly at: number; readonly bytes: Uint8Array }[] {
  const [first] = values;
  if (!first || values.some(({ length }) => length !== first.length)) return [];
  const at = Array.from(first, (_, i) => new Set(values.map((value) => value[i] ?? 0)));
  const isSign = at.map((its) => {
    const [byte = 0, ...others] = its;
    return others.length === 0 && !isAlphanumeric(byte) && at.every((other) => !other.has(byte) || other.size === 1);
  });
  const rest = alphabetOf(values.map((value) => value.filter((_, i) => isSign[i] !== true))).length;
  return at.flatMap((its, i) => {
    const isOwn = isSign[i] === true || chance(its.size, rest, values.length) * first.length < BY_CHANCE;
    return isOwn ? [{ at: i, bytes: Uint8Array.from(its).sort() }] : [];
  });
}

/** How likely so many draws from an alphabet give no more than so many different bytes: at most. */
function chance(different: number, alphabet: number, draws: number): number {
  if (different >= alphabet) return 1;
  let ways = 1;
  for (let i = 0; i < different; i++) ways *= (alphabet - i) / (i + 1);
  return ways * (different / alphabet) ** draws;
}

const ZERO = 0x30;

/** Bytes of a binary number, and the share of all numbers of its width that a range may have: a wider one says nothing. */
const WIDEST = 6;
const NARROW = 0.5;
/** Fewest values that show a range. */
const LEAST_OF_RANGE = 3;

/** The range that values are numbers of: digits that never begin with a zero, or bytes that take few of all numbers of their width. */
function rangeOf(values: readonly Uint8Array[]): NumberRange | null {
  const [first] = values;
  if (!first || values.length < LEAST_OF_RANGE) return null;
  const decimal = rangeIn(DECIMAL, values);
  if (decimal) return values.some((value) => value.length > 1 && value[0] === ZERO) ? null : decimal;
  const varint = values.length >= LEAST_IDS && values.every(isLongVarint) ? rangeIn(VARINT, values) : null;
  if (varint) return varint;
  const width = first.length;
  if (width > WIDEST || values.some((value) => value.length !== width)) return null;
  if (values.every((value) => value.every(isPrintable))) return null;
  const range = narrowest(values, width);
  return range && range.most - range.least < NARROW * 256 ** width ? range : null;
}

/** The smallest range of which values of one width are binary numbers, in whichever order of bytes. */
export function narrowest(values: readonly Uint8Array[], width: number): NumberRange | null {
  const ranges = (['big', 'little'] as const).map((order) => rangeIn({ kind: 'binary', width, order }, values));
  return ranges.reduce(
    (best, one) => (one && (!best || one.most - one.least < best.most - best.least) ? one : best),
    null,
  );
}

/** Whether a value is one number in seven bits a byte, of several bytes: by chance every other byte would not go on so. */
function isLongVarint(value: Uint8Array): boolean {
  return value.length > 1 && readNumber(VARINT, value) !== null;
}

function rangeIn(codec: NumberCodec, values: readonly Uint8Array[]): NumberRange | null {
  const numbers = values.map((value) => readNumber(codec, value));
  if (numbers.some((number) => number === null)) return null;
  const known = numbers.map((number) => number ?? 0);
  return { codec, least: Math.min(...known), most: Math.max(...known) };
}
