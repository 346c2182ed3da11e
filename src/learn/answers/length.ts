/**
 * Length fields [new]: a number in the answer that says how much follows it, in decimal, binary,
 * BER or base 128. Proven by samples of different lengths whose difference to the number is the same.
 */
import { readNumberAt } from '../../model/number.js';
import type { NumberCodec } from '../../model/types.js';
import { LENGTH_CODECS } from '../length-codecs.js';
import { digitsBefore } from './number.js';
import type { Line } from './sample.js';

/** A number in an answer message that stands `add` above the count of bytes behind it. */
export interface FoundLength {
  readonly write: NumberCodec;
  readonly add: number;
  readonly back: number;
  readonly lengths: Int32Array;
}

/** What a length may count besides the bytes behind it: a trailer, or itself. */
const MOST_ADD = 128;

/** Looks for a length of the rest of the message around a first difference. */
export function findLength(lines: readonly Line[], at: Int32Array, run: number): FoundLength | null {
  const first = lines[0];
  if (!first || lines.length < 2) return null;
  const digits = digitsBefore(first.bytes, at[0] ?? 0, run);
  const decimal = check(lines, at, digits, { kind: 'decimal', pad: 0 });
  if (decimal) return padded(decimal, lines, at);
  for (const codec of LENGTH_CODECS) {
    const width = codec.kind === 'binary' ? codec.width : 3;
    for (let back = 0; back < width && back <= run; back++) {
      const found = check(lines, at, back, codec);
      if (found) return found;
    }
  }
  return null;
}

function check(lines: readonly Line[], at: Int32Array, back: number, codec: NumberCodec): FoundLength | null {
  const lengths = new Int32Array(lines.length);
  const rests = new Set<number>();
  let add: number | null = null;
  for (let i = 0; i < lines.length; i++) {
    const bytes = lines[i]?.bytes;
    if (!bytes) return null;
    const from = (at[i] ?? 0) - back;
    const read = readNumberAt(codec, bytes, from);
    if (!read) return null;
    const rest = bytes.length - from - read.width;
    add ??= read.value - rest;
    if (read.value - rest !== add || Math.abs(add) > MOST_ADD) return null;
    rests.add(rest);
    lengths[i] = read.width;
  }
  // narrow numbers meet by chance: two lengths prove a decimal or a wide one, three a single byte
  const enough = codec.kind === 'binary' && codec.width === 1 ? 3 : 2;
  return add === null || rests.size < Math.min(enough, lines.length) ? null : { write: codec, add, back, lengths };
}

/** A decimal number with leading zeros is written in its width. */
function padded(found: FoundLength, lines: readonly Line[], at: Int32Array): FoundLength {
  const widths = new Set(found.lengths);
  const zero = lines.some((line, i) => line.bytes[(at[i] ?? 0) - found.back] === 0x30 && (found.lengths[i] ?? 0) > 1);
  const width = [...widths][0] ?? 0;
  return zero && widths.size === 1 ? { ...found, write: { kind: 'decimal', pad: width } } : found;
}
