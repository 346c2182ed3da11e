/**
 * Values that two servers made up for the same thing, taken out of two answers that were compared [06 §4.3; new].
 */
import { indexOf } from '../../bytes/bytes.js';
import type { Comparison, Difference } from './compare.js';

/** The longest value: what is longer is content, and nobody sends it back. */
const LONGEST = 64;
/** Answers that have less in common, in this order, are not compared value by value; nor are those that differ in more places. */
const ALIGNED = 0.4;
const MOST_DIFFERENCES = 64;
/** A message of which so much is printable is text. */
const TEXT = 0.9;
/** Bytes before a value that say what it is, where it is too short to be told from chance. */
const CONTEXT = 4;

/** One value under its two names. */
export interface Pair {
  readonly ours: Uint8Array;
  readonly theirs: Uint8Array;
  /** A word of letters and digits in a text. */
  readonly isWord: boolean;
  /** Where it stands in our answer and in theirs. */
  readonly at: number;
  readonly theirsAt: number;
  /** What stands before it in both. */
  readonly before: Uint8Array;
}

/**
 * The values in which two answers differ: none where they have little in common in their order, and none that
 * both sides know, because what somebody made up is not known to others.
 */
export function pairsOf(ours: Uint8Array, theirs: Uint8Array, { aligned, differences }: Comparison): Pair[] {
  if (aligned < ALIGNED || differences.length > MOST_DIFFERENCES) return [];
  const isText = isPrintable(ours) && isPrintable(theirs);
  return differences
    .flatMap((difference) => (isText ? wordsOf(ours, theirs, difference) : rawOf(ours, theirs, difference)))
    .filter((pair) => !isKnown(pair.ours, theirs, pair) && !isKnown(pair.theirs, ours, pair));
}

/** Whether a value that can not be there by chance stands in a message. */
function isKnown(value: Uint8Array, message: Uint8Array, { isWord }: Pair): boolean {
  return value.length >= (isWord ? 3 : 4) && indexOf(message, value) >= 0;
}

function isPrintable(bytes: Uint8Array): boolean {
  let printable = 0;
  for (const byte of bytes) if ((byte >= 0x20 && byte < 0x7f) || (byte >= 9 && byte <= 13)) printable++;
  return printable >= bytes.length * TEXT;
}

/** Letters and digits. */
export function isWordByte(byte: number | undefined): boolean {
  if (byte === undefined) return false;
  return (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a);
}

/** Binary values are as long on both sides: else what follows would lie elsewhere. */
function rawOf(ours: Uint8Array, theirs: Uint8Array, { ours: a, theirs: b }: Difference): Pair[] {
  const length = a[1] - a[0];
  if (length === 0 || length > LONGEST || length !== b[1] - b[0]) return [];
  return [pairAt(ours, theirs, a, b, false)];
}

/** Whole words, one by one where both sides have as many of them with the same between them. */
function wordsOf(ours: Uint8Array, theirs: Uint8Array, difference: Difference): Pair[] {
  const { ours: a, theirs: b } = widen(ours, theirs, difference);
  if (a[1] - a[0] > 8 * LONGEST || b[1] - b[0] > 8 * LONGEST) return [];
  const left = cut(ours, a);
  const right = cut(theirs, b);
  if (left.length !== right.length) return [];
  const pairs: Pair[] = [];
  for (const [i, x] of left.entries()) {
    const y = right[i];
    if (!y || x.isWord !== y.isWord) return [];
    const isSame = equalRuns(ours, x.run, theirs, y.run);
    if (!x.isWord && !isSame) return [];
    if (x.isWord && !isSame && x.run[1] - x.run[0] <= LONGEST && y.run[1] - y.run[0] <= LONGEST)
      pairs.push(pairAt(ours, theirs, x.run, y.run, true));
  }
  return pairs;
}

/** A difference with the rest of the words in which it begins and ends. */
function widen(ours: Uint8Array, theirs: Uint8Array, { ours: a, theirs: b }: Difference): Difference {
  let [from, to, from2, to2] = [a[0], a[1], b[0], b[1]];
  while (from > 0 && from2 > 0 && isWordByte(ours[from - 1]) && ours[from - 1] === theirs[from2 - 1]) {
    from--;
    from2--;
  }
  while (isWordByte(ours[to]) && ours[to] === theirs[to2]) {
    to++;
    to2++;
  }
  return { ours: [from, to], theirs: [from2, to2] };
}

type Run = readonly [number, number];

/** Words, and what is between them. */
function cut(bytes: Uint8Array, [from, to]: Run): { isWord: boolean; run: Run }[] {
  const parts: { isWord: boolean; run: Run }[] = [];
  for (let at = from; at < to;) {
    const start = at;
    const isWord = isWordByte(bytes[at]);
    while (at < to && isWordByte(bytes[at]) === isWord) at++;
    parts.push({ isWord, run: [start, at] });
  }
  return parts;
}

function equalRuns(a: Uint8Array, x: Run, b: Uint8Array, y: Run): boolean {
  if (x[1] - x[0] !== y[1] - y[0]) return false;
  for (let i = 0; i < x[1] - x[0]; i++) if (a[x[0] + i] !== b[y[0] + i]) return false;
  return true;
}

function pairAt(ours: Uint8Array, theirs: Uint8Array, a: Run, b: Run, isWord: boolean): Pair {
  let known = 0;
  while (known < CONTEXT && known < a[0] && known < b[0] && ours[a[0] - 1 - known] === theirs[b[0] - 1 - known])
    known++;
  return {
    ours: ours.slice(...a),
    theirs: theirs.slice(...b),
    isWord,
    at: a[0],
    theirsAt: b[0],
    before: ours.slice(a[0] - known, a[0]),
  };
}
