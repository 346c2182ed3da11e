/**
 * Pairwise alignment of messages and the distance that follows from it [05 §2.4.1].
 *
 * Needleman–Wunsch with the gap costs of Gotoh, as Protocol Informatics does it for the paper: opening
 * a gap is dear and widening it is cheap, so that two values of different length are laid over each
 * other as one block instead of being torn apart at every letter that they share by accident.
 *
 * Messages are aligned in full after their common beginning and end have been taken off (which never
 * changes the best score: an alignment that pairs two equal first bytes is as good as any other).
 * What is left is bounded: of more than `bound` bytes only the first three quarters of `bound` and the
 * last quarter are aligned; what lies between is laid side by side without looking at it.
 */

/** Column → index in `a` / `b`, or -1 where that side has a gap. */
export interface Alignment {
  readonly a: Int32Array;
  readonly b: Int32Array;
}

export interface AlignOptions {
  /** Most bytes of one message that are aligned byte by byte (default 512, at most 4096). */
  readonly bound?: number;
}

export const DEFAULT_BOUND = 512;
const LARGEST_BOUND = 4096;

/** What a byte is, as far as the alignment cares. */
export const ByteClass = { Letter: 0, Digit: 1, Printable: 2, Control: 3, Binary: 4, Zero: 5 } as const;
const CLASSES = 6;

/**
 * Symbols that are aligned: 0…255 are bytes; `OPEN + class` stands for a column of a profile whose
 * value varies, so that it fits any byte of its class equally and none exactly.
 */
export const OPEN = 256;
const SYMBOLS = OPEN + CLASSES;

/** Class of a byte. Tab, line feed, carriage return and space count as printable structure. */
export function byteClass(byte: number): number {
  if (byte === 0) return ByteClass.Zero;
  if (byte >= 0x80) return ByteClass.Binary;
  const lower = byte | 0x20;
  if (lower >= 0x61 && lower <= 0x7a) return ByteClass.Letter;
  if (byte >= 0x30 && byte <= 0x39) return ByteClass.Digit;
  if ((byte >= 0x20 && byte < 0x7f) || byte === 0x09) return ByteClass.Printable;
  if (byte === 0x0a || byte === 0x0d) return ByteClass.Control;
  return ByteClass.Binary;
}

/** Worth of an identity by class: structure holds an alignment together better than a letter or a NUL. */
const IDENTITY: readonly number[] = [4, 4, 6, 6, 5, 3];
const SAME_CLASS = -2;
/** Letters and digits mix in names and hexadecimal numbers. */
const LETTER_DIGIT = -3;
const OTHER_CLASS = -5;
const GAP_OPEN = 9;
const GAP_EXTEND = 1;

/**
 * Scores carry the number of identities in their low bits. Sums and maxima then work on both at once,
 * ties go to the alignment with more identities, and the fast path needs no second pass to count them.
 */
const UNIT = 8192;
const WORST = -(1 << 30);

function mismatch(classX: number, classY: number): number {
  if (classX === classY) return SAME_CLASS;
  return classX <= ByteClass.Digit && classY <= ByteClass.Digit ? LETTER_DIGIT : OTHER_CLASS;
}

const SCORES: Int32Array = (() => {
  const scores = new Int32Array(SYMBOLS * SYMBOLS);
  for (let x = 0; x < SYMBOLS; x++) {
    const classX = x < OPEN ? byteClass(x) : x - OPEN;
    for (let y = 0; y < SYMBOLS; y++) {
      const classY = y < OPEN ? byteClass(y) : y - OPEN;
      let score = mismatch(classX, classY) * UNIT;
      if (x === y && x < OPEN) score = (IDENTITY[classX] ?? 0) * UNIT + 1;
      // Two varying columns of one class are a good place for each other: better than a chance letter is bad.
      else if (x === y) score = 0;
      scores[x * SYMBOLS + y] = score;
    }
  }
  return scores;
})();

const OPENING = GAP_OPEN * UNIT;
const EXTENDING = GAP_EXTEND * UNIT;
/** A gap of one. */
const OPENING_ONE = OPENING + EXTENDING;

/** The scores of bytes alone, rows of 256. */
const BYTE_SCORES: Int32Array = Int32Array.from(
  { length: 65536 },
  (_, i) => SCORES[(i >> 8) * SYMBOLS + (i & 255)] ?? 0,
);

/** Best score (even) and best score that ends in a downward gap (odd) of each column; kept between calls. */
let cells = new Int32Array(2048);

/**
 * Best score of two byte strings with the identities in its low bits; no traceback, one row of cells.
 *
 * Clustering spends nearly all its time here. Two rows are computed in one pass, so that what the first
 * leaves for the second stays in registers, and a gap to the right is opened from the best score
 * without such a gap (opening one where one ends is never better), which shortens the chain of
 * operations that each wait for the one before.
 */
function bestScore(a: Uint8Array, b: Uint8Array): number {
  const height = a.length;
  const width = b.length;
  if (cells.length < 2 * width + 2) cells = new Int32Array(2 * width + 2048);
  const row = cells;
  row[0] = 0;
  for (let j = 1; j <= width; j++) {
    row[2 * j] = -OPENING - j * EXTENDING;
    row[2 * j + 1] = WORST;
  }
  let i = 0;
  for (; i + 1 < height; i += 2) {
    const upper = (a[i] ?? 0) << 8;
    const lower = (a[i + 1] ?? 0) << 8;
    let diagonal = row[0];
    let diagonalLower = -OPENING - (i + 1) * EXTENDING;
    row[0] = diagonalLower - EXTENDING;
    let right = diagonalLower - OPENING - EXTENDING;
    let rightLower = right - EXTENDING;
    for (let j = 0, k = 2; j < width; j++, k += 2) {
      const byte = b[j] ?? 0;
      const above = row[k] ?? 0;
      let down = Math.max(((row[k + 1] ?? 0) - EXTENDING) | 0, (above - OPENING_ONE) | 0);
      let value = Math.max((diagonal + (BYTE_SCORES[upper | byte] ?? 0)) | 0, down);
      const best = Math.max(value, right);
      right = Math.max((right - EXTENDING) | 0, (value - OPENING_ONE) | 0);
      diagonal = above;

      down = Math.max((down - EXTENDING) | 0, (best - OPENING_ONE) | 0);
      value = Math.max((diagonalLower + (BYTE_SCORES[lower | byte] ?? 0)) | 0, down);
      row[k] = Math.max(value, rightLower);
      rightLower = Math.max((rightLower - EXTENDING) | 0, (value - OPENING_ONE) | 0);
      diagonalLower = best;
      row[k + 1] = down;
    }
  }
  if (i < height) {
    const upper = (a[i] ?? 0) << 8;
    let diagonal = row[0];
    let right = -2 * OPENING - (i + 2) * EXTENDING;
    for (let j = 0, k = 2; j < width; j++, k += 2) {
      const above = row[k] ?? 0;
      const down = Math.max(((row[k + 1] ?? 0) - EXTENDING) | 0, (above - OPENING_ONE) | 0);
      const value = Math.max((diagonal + (BYTE_SCORES[upper | (b[j] ?? 0)] ?? 0)) | 0, down);
      row[k] = Math.max(value, right);
      right = Math.max((right - EXTENDING) | 0, (value - OPENING_ONE) | 0);
      diagonal = above;
    }
  }
  return row[2 * width] ?? 0;
}

/** Length of the common beginning, then of the common end of what is left. */
function common(a: ArrayLike<number>, b: ArrayLike<number>): [number, number] {
  const shorter = Math.min(a.length, b.length);
  let prefix = 0;
  while (prefix < shorter && a[prefix] === b[prefix]) prefix++;
  let suffix = 0;
  while (suffix < shorter - prefix && a[a.length - 1 - suffix] === b[b.length - 1 - suffix]) suffix++;
  return [prefix, suffix];
}

function boundOf(options: AlignOptions): number {
  return Math.max(8, Math.min(LARGEST_BOUND, options.bound ?? DEFAULT_BOUND));
}

/** How much of a message of `bound` or more bytes is aligned at its head; the rest of `bound` at its tail. */
export function headLength(bound: number): number {
  return bound - (bound >> 2);
}

/** `bytes` itself, or its head and tail when it is longer than `bound`. */
function condensed(bytes: Uint8Array, from: number, to: number, bound: number): Uint8Array {
  if (to - from <= bound) return bytes.subarray(from, to);
  const head = headLength(bound);
  const short = bytes.slice(from, from + bound);
  short.set(bytes.subarray(to - (bound - head), to), head);
  return short;
}

/**
 * Distance of two messages: 0 identical … 1 nothing in common [05 §2.4.1].
 *
 * The share of the longer message that the best alignment leaves without an identical partner. Of
 * long messages the unseen middle is taken to be as alike as the ends. Distinct messages are never
 * at distance 0.
 */
export function distance(a: Uint8Array, b: Uint8Array, options: AlignOptions = {}): number {
  const longer = Math.max(a.length, b.length);
  const [prefix, suffix] = common(a, b);
  if (prefix === longer) return 0;
  const bound = boundOf(options);
  const left = a.length - prefix - suffix;
  const right = b.length - prefix - suffix;
  let identities = 0;
  if (left > 0 && right > 0) {
    const coreA = condensed(a, prefix, a.length - suffix, bound);
    const coreB = condensed(b, prefix, b.length - suffix, bound);
    // The shorter string across makes the rows shorter; the scores are symmetric.
    // Longer rows have less to set up; the score is the same either way.
    const score = coreA.length < coreB.length ? bestScore(coreA, coreB) : bestScore(coreB, coreA);
    // Where both are cut, what was seen of the shorter one stands for all of it.
    identities = (score & (UNIT - 1)) * Math.max(1, Math.min(left, right) / Math.min(coreA.length, coreB.length));
  }
  return Math.min(1, Math.max(1 / (2 * longer), 1 - (prefix + suffix + identities) / longer));
}

/** Work of one call of {@link distance} for messages of these lengths, at most: cells of the matrix. */
export function cellsOf(lengthA: number, lengthB: number, bound = DEFAULT_BOUND): number {
  return Math.min(lengthA, bound) * Math.min(lengthB, bound);
}

/** Aligns two messages; the columns of each side count upwards and every index occurs once. */
export function align(a: Uint8Array, b: Uint8Array, options: AlignOptions = {}): Alignment {
  const bound = boundOf(options);
  const [prefix, suffix] = common(a, b);
  const endA = a.length - suffix;
  const endB = b.length - suffix;
  const coreA = condensed(a, prefix, endA, bound);
  const coreB = condensed(b, prefix, endB, bound);
  const core = alignSymbols(coreA, coreB);
  const columns = new Columns();
  for (let i = 0; i < prefix; i++) columns.add(i, i);

  const head = headLength(bound);
  const hiddenA = endA - prefix - coreA.length;
  const hiddenB = endB - prefix - coreB.length;
  let nextA = 0;
  let nextB = 0;
  let openA = hiddenA > 0;
  let openB = hiddenB > 0;
  for (let column = 0; column <= core.a.length; column++) {
    // The middle that was left out comes back where the head of its message ends.
    const seamA = openA && nextA === head;
    const seamB = openB && nextB === head;
    if (seamA || seamB) {
      const countA = seamA ? hiddenA : 0;
      const countB = seamB ? hiddenB : 0;
      for (let i = 0; i < Math.max(countA, countB); i++) {
        columns.add(i < countA ? prefix + head + i : -1, i < countB ? prefix + head + i : -1);
      }
      if (seamA) openA = false;
      if (seamB) openB = false;
    }
    if (column === core.a.length) break;
    const inA = core.a[column] ?? -1;
    const inB = core.b[column] ?? -1;
    columns.add(
      inA < 0 ? -1 : prefix + inA + (hiddenA > 0 && !openA ? hiddenA : 0),
      inB < 0 ? -1 : prefix + inB + (hiddenB > 0 && !openB ? hiddenB : 0),
    );
    if (inA >= 0) nextA = inA + 1;
    if (inB >= 0) nextB = inB + 1;
  }
  for (let i = 0; i < suffix; i++) columns.add(endA + i, endB + i);
  return columns.done();
}

class Columns {
  private readonly inA: number[] = [];
  private readonly inB: number[] = [];

  add(a: number, b: number): void {
    this.inA.push(a);
    this.inB.push(b);
  }

  done(): Alignment {
    return { a: Int32Array.from(this.inA), b: Int32Array.from(this.inB) };
  }
}

const FROM_DIAGONAL = 0;
const FROM_ABOVE = 1;
const FROM_LEFT = 2;
const DOWN_WIDENS = 4;
const RIGHT_WIDENS = 8;

/**
 * Gotoh's algorithm with traceback over symbols (bytes, or the columns of a profile), unbounded: the
 * matrix of directions takes one byte for each pair of symbols.
 */
export function alignSymbols(a: ArrayLike<number>, b: ArrayLike<number>): Alignment {
  const height = a.length;
  const width = b.length;
  const stride = width + 1;
  const directions = new Uint8Array((height + 1) * stride);
  const best = new Int32Array(stride);
  const down = new Int32Array(stride);
  for (let j = 1; j <= width; j++) {
    best[j] = -OPENING - j * EXTENDING;
    down[j] = WORST;
    directions[j] = FROM_LEFT | (j > 1 ? RIGHT_WIDENS : 0);
  }
  for (let i = 1; i <= height; i++) {
    const scores = (a[i - 1] ?? 0) * SYMBOLS;
    let diagonal = best[0] ?? 0;
    let left = -OPENING - i * EXTENDING;
    let right = WORST;
    best[0] = left;
    directions[i * stride] = FROM_ABOVE | (i > 1 ? DOWN_WIDENS : 0);
    for (let j = 1; j <= width; j++) {
      const above = best[j] ?? 0;
      let direction = FROM_DIAGONAL;
      let value = diagonal + (SCORES[scores + (b[j - 1] ?? 0)] ?? 0);
      let d = (down[j] ?? 0) - EXTENDING;
      const openedDown = above - OPENING - EXTENDING;
      let flags = DOWN_WIDENS;
      if (openedDown > d) {
        d = openedDown;
        flags = 0;
      }
      down[j] = d;
      right -= EXTENDING;
      const openedRight = left - OPENING - EXTENDING;
      if (openedRight > right) right = openedRight;
      else flags |= RIGHT_WIDENS;
      if (d > value) {
        value = d;
        direction = FROM_ABOVE;
      }
      if (right > value) {
        value = right;
        direction = FROM_LEFT;
      }
      directions[i * stride + j] = direction | flags;
      diagonal = above;
      left = value;
      best[j] = value;
    }
  }
  return traceBack(directions, height, width);
}

function traceBack(directions: Uint8Array, height: number, width: number): Alignment {
  const inA = new Int32Array(height + width);
  const inB = new Int32Array(height + width);
  let at = height + width;
  let i = height;
  let j = width;
  // While a gap lasts, its own flag says whether it goes on, not the best direction of the cell.
  let gap = 0;
  while (i > 0 || j > 0) {
    const cell = directions[i * (width + 1) + j] ?? 0;
    const direction = gap === 0 ? cell & 3 : gap;
    at--;
    if (direction === FROM_DIAGONAL) {
      inA[at] = --i;
      inB[at] = --j;
    } else if (direction === FROM_ABOVE) {
      gap = (cell & DOWN_WIDENS) !== 0 ? FROM_ABOVE : 0;
      inA[at] = --i;
      inB[at] = -1;
    } else {
      gap = (cell & RIGHT_WIDENS) !== 0 ? FROM_LEFT : 0;
      inA[at] = -1;
      inB[at] = --j;
    }
  }
  return { a: inA.slice(at), b: inB.slice(at) };
}
