/** Numbers as they may be written at a difference: in every line one, in one coding. */
import { EMPTY, startsWith } from '../../bytes/bytes.js';
import { DECIMAL, digitValue, readNumberAt, writeNumber } from '../../model/number.js';
import type { NumberCodec } from '../../model/types.js';
import { Kept } from '../kept.js';
import { digitsBefore } from './number.js';
import type { Line } from './sample.js';

/** A number that stands at the difference in every line. */
export interface Written {
  readonly write: NumberCodec;
  /** How many bytes before the difference it begins. */
  readonly back: number;
  readonly values: readonly number[];
  readonly lengths: Int32Array;
}

/** Most hexadecimal digits that all lines have in common. */
const MOST_COMMON = 4;

const known = new Kept<Int32Array, number, readonly Written[]>();

/** What the lines have at a difference, read as a number in every coding in which all of them have one; several finders ask. */
export function writtenAt(lines: readonly Line[], at: Int32Array, run: number): readonly Written[] {
  return known.of(at, run, () => findWritten(lines, at, run));
}

function findWritten(lines: readonly Line[], at: Int32Array, run: number): Written[] {
  const first = lines[0]?.bytes ?? EMPTY;
  const found = decimalsAt(lines, at, digitsBefore(first, at[0] ?? 0, run));
  for (const upper of [false, true]) {
    const most = Math.min(run, MOST_COMMON);
    for (let back = 0; back <= most; back++) {
      if (back > 0 && !isHexDigit(first[(at[0] ?? 0) - back], upper)) break;
      found.push(...hexAt(lines, at, back, upper));
    }
  }
  for (const width of [4, 2, 1]) {
    for (const order of ['big', 'little'] as const) {
      if (width === 1 && order === 'little') continue;
      for (let back = 0; back < width && back <= run; back++)
        found.push(...readAll(lines, at, back, { kind: 'binary', width, order }));
    }
  }
  return found;
}

function readAll(lines: readonly Line[], at: Int32Array, back: number, write: NumberCodec): Written[] {
  const values: number[] = [];
  const lengths = new Int32Array(lines.length);
  for (const [i, { bytes }] of lines.entries()) {
    const read = readNumberAt(write, bytes, (at[i] ?? 0) - back);
    if (!read) return [];
    values.push(read.value);
    lengths[i] = read.width;
  }
  return [{ write, back, values, lengths }];
}

/** Decimal numbers; with zeros before them where all are of one width. */
function decimalsAt(lines: readonly Line[], at: Int32Array, back: number): Written[] {
  const [plain] = readAll(lines, at, back, DECIMAL);
  if (!plain) return [];
  const { lengths } = plain;
  const zero = lines.some(({ bytes }, i) => bytes[(at[i] ?? 0) - back] === 0x30 && (lengths[i] ?? 0) > 1);
  const pad = zero && new Set(lengths).size === 1 ? (lengths[0] ?? 0) : 0;
  return [{ ...plain, write: { kind: 'decimal', pad } }];
}

/** Hexadecimal numbers of which some have letters: without those they are decimal. */
function hexAt(lines: readonly Line[], at: Int32Array, back: number, upper: boolean): Written[] {
  const [found] = readAll(lines, at, back, { kind: 'hex', pad: 0, upper });
  if (!found) return [];
  const { values, lengths } = found;
  const hasLetters = lines.some(({ bytes }, i) => {
    const from = (at[i] ?? 0) - back;
    return bytes.subarray(from, from + (lengths[i] ?? 0)).some((byte) => byte > 0x40);
  });
  if (!hasLetters) return [];
  const pad = new Set(lengths).size === 1 ? (lengths[0] ?? 0) : 0;
  const write: NumberCodec = { kind: 'hex', pad, upper };
  const isWritten = lines.every(({ bytes }, i) => {
    const digits = writeNumber(write, values[i] ?? 0);
    return digits !== null && digits.length === lengths[i] && startsWith(bytes, digits, (at[i] ?? 0) - back);
  });
  return isWritten ? [{ ...found, write }] : [];
}

function isHexDigit(byte: number | undefined, upper: boolean): boolean {
  return byte !== undefined && digitValue(byte) >= 0 && (byte < 0x40 || byte < 0x60 === upper);
}
