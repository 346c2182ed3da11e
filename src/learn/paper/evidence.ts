/**
 * Which conserved bytes of a cluster are evidence of the protocol, and which are an accident [new].
 *
 * The paper takes every column without mutation for a fixed region and names the price: too few or too
 * uniform samples make an accident look like meaning [05 §3.1.1]. `bob` and `carol` share an `o`, and no
 * name without one would ever be recognised again. Here a conserved run must be less likely than
 * about one in a thousand to have come about by chance.
 */
import { EMPTY, indexOf, isText, lastIndexOf, toLatin1 } from '../../bytes/bytes.js';
import { byteClass, ByteClass } from './align.js';

/** One aligned sample: `offsets[c]` is where column c begins in `bytes`; one more entry than columns. */
export interface Row {
  readonly bytes: Uint8Array;
  readonly offsets: Int32Array;
}

/** Least evidence in bits. */
const ENOUGH = 10;
/** What it says that one more distinct value agrees in one byte: bytes of texts are easier to guess. */
const BITS_TEXT = 4;
const BITS_OTHER = 6;
const BITS_BINARY = 7;
/** A neighbourhood is text when at most one byte in so many is not. */
const TEXT = 10;
/** So few samples of a text this long have words in common, in one order, whatever they say. */
const FEW = 5;
const LONG = 64;
/** What a word says among many: which one of a vocabulary it is, however many letters it has. */
const BITS_WORD = 10;

/**
 * Takes back columns of `fixed` (1: conserved) that are probably an accident; changes it in place.
 *
 * - Between two mutating parts, a run counts (distinct values around it − 1) × (its bits − log₂ of the
 *   places that it could as well have been found at). Values are those of both parts around it together:
 *   twenty messages that say `bob` and `carol` are two witnesses, not twenty.
 * - In text, delimiters (anything but letters and digits) are structure and stay.
 * - Few long texts have words in common by chance: what they say more than once tells nothing by where it stands.
 * - In text, letters or digits that hang on to a mutating part without a delimiter between are half a
 *   value (`<b|ob` and `<b|ill`): they must have evidence of their own.
 *
 * Weakest first, because what is taken back joins the mutating parts around it and changes the
 * evidence for the runs beside it.
 */
export function dissolveAccidents(fixed: Uint8Array, rows: readonly Row[]): void {
  for (;;) {
    const judged = runsOf(fixed).map((run) => judge(run, rows));
    const drop: [number, number][] = [];
    judged.forEach((verdict, i) => {
      // Where neighbours are both weak, only the weaker one goes; the other is judged anew.
      const before = judged[i - 1];
      const after = judged[i + 1];
      if (before !== undefined && before.drop.length > 0 && before.bits <= verdict.bits) return;
      if (after !== undefined && after.drop.length > 0 && after.bits < verdict.bits) return;
      drop.push(...verdict.drop);
    });
    for (const [from, to] of drop) fixed.fill(0, from, to);
    if (drop.length === 0) return;
  }
}

interface Run {
  /** Columns of the run, and of the mutating parts before and after it (empty at the edges of the message). */
  readonly left: number;
  readonly from: number;
  readonly to: number;
  readonly right: number;
}

function runsOf(fixed: Uint8Array): Run[] {
  const runs: Run[] = [];
  let left = 0;
  for (let from = 0; from < fixed.length; from++) {
    if (fixed[from] !== 1) continue;
    let to = from;
    while (to < fixed.length && fixed[to] === 1) to++;
    let right = to;
    while (right < fixed.length && fixed[right] !== 1) right++;
    runs.push({ left, from, to, right });
    left = to;
    from = to;
  }
  return runs;
}

interface Verdict {
  /** Evidence for what is dropped. */
  readonly bits: number;
  readonly drop: [number, number][];
}

function judge(run: Run, rows: readonly Row[]): Verdict {
  const keep: Verdict = { bits: Infinity, drop: [] };
  const { left, from, to, right } = run;
  const first = rows[0];
  const others = witnesses(rows, run) - 1;
  if (first === undefined || (left === from && to === right)) return keep;
  const byteAt = (column: number): number => first.bytes[first.offsets[column] ?? 0] ?? 0;
  const before = nature(rows, left, from, 'last');
  const after = nature(rows, to, right, 'first');
  const text = before.text && after.text;
  const inside = left < from && to < right;
  if (inside && (before.text || after.text) && isLong(rows, run)) {
    const bits = isSaidAgain(rows, run) ? 0 : others * (bitsOfWords(rows, run) - Math.log2(freedom(rows, run)));
    if (bits < ENOUGH) return { bits, drop: [[from, to]] };
  }

  // What hangs on to a value on either side.
  let head = from;
  if (before.text && before.word) while (head < to && isWord(byteAt(head))) head++;
  let tail = to;
  if (after.text && after.word) while (tail > from && isWord(byteAt(tail - 1))) tail--;
  let structure = false;
  for (let column = from; column < to; column++) if (!isWord(byteAt(column))) structure = true;

  if (head < to && tail > from && (!inside || (text && structure))) {
    const drop: [number, number][] = [];
    let least = Infinity;
    const halves: [number, number][] = [
      [from, head],
      [tail, to],
    ];
    for (const half of halves) {
      const bits = others * (half[1] - half[0]) * BITS_TEXT;
      if (half[0] === half[1] || bits >= ENOUGH) continue;
      drop.push(half);
      least = Math.min(least, bits);
    }
    return { bits: least, drop };
  }
  let bits = 0;
  for (let column = from; column < to; column++) bits += worth(byteAt(column), text);
  if (inside) bits = Math.max(0, bits - Math.log2(freedom(rows, run)));
  bits *= others;
  return bits < ENOUGH ? { bits, drop: [[from, to]] } : keep;
}

function worth(byte: number, text: boolean): number {
  const kind = byteClass(byte);
  if (kind === ByteClass.Letter || kind === ByteClass.Digit) return text ? BITS_TEXT : BITS_OTHER;
  return kind === ByteClass.Binary ? BITS_BINARY : BITS_OTHER;
}

/** Letters and digits, and bytes of letters in other encodings. */
function isWord(byte: number): boolean {
  const kind = byteClass(byte);
  return kind === ByteClass.Letter || kind === ByteClass.Digit || byte >= 0x80;
}

/** Distinct pairs of values before and after the run. */
function witnesses(rows: readonly Row[], { left, from, to, right }: Run): number {
  const values = new Set<string>();
  for (const { bytes, offsets } of rows) {
    values.add(`${latin1(bytes, offsets, left, from)}\n${latin1(bytes, offsets, to, right)}`);
  }
  return values.size;
}

function latin1(bytes: Uint8Array, offsets: Int32Array, from: number, to: number): string {
  const start = offsets[from] ?? 0;
  const end = offsets[to] ?? 0;
  return `${end - start}:${Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1')}`;
}

/** Whether a run stands anywhere in few long texts. */
function isLong(rows: readonly Row[], run: Run): boolean {
  return rows.length <= FEW && freedom(rows, run) > LONG && isText(saidIn(rows, run));
}

/** Whether such a run stands in one of them several times. */
function isSaidAgain(rows: readonly Row[], run: Run): boolean {
  const said = saidIn(rows, run);
  return rows.some(({ bytes }) => indexOf(bytes, said) !== lastIndexOf(bytes, said));
}

function bitsOfWords(rows: readonly Row[], run: Run): number {
  const words = toLatin1(saidIn(rows, run)).match(/[0-9A-Za-z]+|[^0-9A-Za-z \n]/g) ?? [];
  return words.reduce((sum, word) => sum + (isWord(word.charCodeAt(0)) ? BITS_WORD : BITS_OTHER), 0);
}

function saidIn([first]: readonly Row[], { from, to }: Run): Uint8Array {
  return first ? first.bytes.subarray(first.offsets[from] ?? 0, first.offsets[to] ?? 0) : EMPTY;
}

/** At how many places of its neighbourhood the alignment could have found such a run: one when nothing can shift. */
function freedom(rows: readonly Row[], { left, from, to, right }: Run): number {
  let shifts = false;
  let longest = 0;
  let before = -1;
  let after = -1;
  for (const { offsets } of rows) {
    const lengthBefore = (offsets[from] ?? 0) - (offsets[left] ?? 0);
    const lengthAfter = (offsets[right] ?? 0) - (offsets[to] ?? 0);
    if (before >= 0 && (lengthBefore !== before || lengthAfter !== after)) shifts = true;
    before = lengthBefore;
    after = lengthAfter;
    longest = Math.max(longest, lengthBefore + lengthAfter);
  }
  return shifts ? longest + 1 : 1;
}

/** Whether a mutating part holds text, and whether its byte next to the run is mostly of a word. */
function nature(
  rows: readonly Row[],
  from: number,
  to: number,
  edge: 'first' | 'last',
): { text: boolean; word: boolean } {
  let all = 0;
  let binary = 0;
  let values = 0;
  let words = 0;
  for (const { bytes, offsets } of rows) {
    const start = offsets[from] ?? 0;
    const end = offsets[to] ?? 0;
    if (start === end) continue;
    values++;
    if (isWord(bytes[edge === 'first' ? start : end - 1] ?? 0)) words++;
    for (let i = start; i < end; i++) {
      all++;
      const kind = byteClass(bytes[i] ?? 0);
      if (kind >= ByteClass.Binary) binary++;
    }
  }
  return { text: binary * TEXT <= all, word: words * 2 >= values && values > 0 };
}
