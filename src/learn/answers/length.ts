/**
 * Length fields [new]: a number in the answer that says how much follows it, in decimal,
 * hexadecimal, binary, BER or base 128. Proven by samples of different lengths whose difference to the number is the same.
 */
import { EMPTY, LF, toLatin1 } from '../../bytes/bytes.js';
import { digitValue, readNumberAt } from '../../model/number.js';
import type { NumberCodec } from '../../model/types.js';
import { LENGTH_CODECS } from '../codecs.js';
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
/** … or leaves out, where it is a length of a content: the rest of a head. */
export const MOST_OF_HEAD = 4096;
const ZERO = 0x30;
/** Widths of hexadecimal lengths that are padded. */
const HEX_WIDTHS = [8, 6, 4] as const;

/** Looks for a length of the rest of the message around a first difference. */
export function findLength(lines: readonly Line[], at: Int32Array, run: number): FoundLength | null {
  const first = lines[0];
  if (!first || lines.length < 2) return null;
  const framed = ofFrame(lines, at, run);
  if (framed) return framed;
  const digits = digitsBefore(first.bytes, at[0] ?? 0, run);
  const read = check(lines, at, digits, { kind: 'decimal', pad: 0 });
  const decimal = read && padded(read, lines, at);
  if (decimal && !('pad' in decimal.write && decimal.write.pad > 0)) {
    // a byte that was a digit in every sample may be one of a binary length
    const binary = isOneDigit(decimal) && decimal.add !== 0 ? findBinary(lines, at, run) : null;
    return binary && Math.abs(binary.add) < Math.abs(decimal.add) ? binary : decimal;
  }
  const hex = findHex(lines, at, run);
  // few lengths may have digits only, and be read either way: a length that counts nearly what is there is the right one
  if (decimal && hex) return Math.abs(hex.add) < Math.abs(decimal.add) ? hex : decimal;
  return decimal ?? hex ?? findBinary(lines, at, run);
}

/** The length that frames of this service carry, where it stands: what is beside it may be read with it by chance. */
function ofFrame(lines: readonly Line[], at: Int32Array, run: number): FoundLength | null {
  const field = lines[0]?.use.field;
  if (field?.codec.kind !== 'binary') return null;
  const back = (at[0] ?? 0) - field.offset;
  if (back < 0 || back >= field.codec.width || back > run || at.some((place) => place !== at[0])) return null;
  return check(lines, at, back, field.codec);
}

function isOneDigit({ lengths }: FoundLength): boolean {
  return lengths.every((width) => width === 1);
}

function findBinary(lines: readonly Line[], at: Int32Array, run: number): FoundLength | null {
  for (const codec of LENGTH_CODECS) {
    const width = codec.kind === 'binary' ? codec.width : 3;
    for (let back = 0; back < width && back <= run; back++) {
      const found = check(lines, at, back, codec);
      if (found) return found;
    }
  }
  return null;
}

/** A length in hexadecimal digits: as many as it needs, or of one width with zeros before it. */
function findHex(lines: readonly Line[], at: Int32Array, run: number): FoundLength | null {
  const bytes = lines[0]?.bytes ?? EMPTY;
  const start = at[0] ?? 0;
  let digits = 0;
  while (digits < Math.min(run, HEX_WIDTHS[0]) && digitValue(bytes[start - digits - 1] ?? 0) >= 0) digits++;
  const isUpper = lines.some((line, i) => /^[0-9]*[A-F]/.test(toLatin1(line.bytes.subarray((at[i] ?? 0) - digits))));
  const codec = (pad: number) => ({ kind: 'hex', pad, upper: isUpper }) as const;
  for (const width of HEX_WIDTHS)
    for (let back = Math.min(digits, width - 1); back >= 0; back--) {
      if (bytes[start - back] !== ZERO) continue;
      const found = check(lines, at, back, codec(width), width);
      if (found && new Set(found.lengths).size === 1) return found;
    }
  const free = check(lines, at, digits, codec(0));
  return free && isShown(free, lines, at) ? free : null;
}

/** Whether a number has letters among its digits, and none a zero before it: else it is read otherwise, or it is a word. */
function isShown({ back, lengths }: FoundLength, lines: readonly Line[], at: Int32Array): boolean {
  const texts = lines.map(({ bytes }, i) => toLatin1(bytes.subarray((at[i] ?? 0) - back).subarray(0, lengths[i])));
  return texts.some((text) => /[a-f]/i.test(text)) && texts.every((text) => /^[1-9a-f]/i.test(text));
}

function check(
  lines: readonly Line[],
  at: Int32Array,
  back: number,
  codec: NumberCodec,
  width?: number,
): FoundLength | null {
  const lengths = new Int32Array(lines.length);
  const rests = new Set<number>();
  let add: number | null = null;
  for (let i = 0; i < lines.length; i++) {
    const bytes = lines[i]?.bytes;
    if (!bytes) return null;
    const from = (at[i] ?? 0) - back;
    const read = readNumberAt(codec, bytes, from, width === undefined ? undefined : from + width);
    if (!read || (width !== undefined && read.width !== width)) return null;
    const rest = bytes.length - from - read.width;
    add ??= read.value - rest;
    if (read.value - rest !== add) return null;
    if (Math.abs(add) > MOST_ADD && !(codec.kind === 'decimal' && isContent(bytes, read.value, -add))) return null;
    rests.add(rest);
    lengths[i] = read.width;
  }
  // narrow numbers meet by chance: two lengths prove a decimal or a wide one, three a single byte or what may be letters
  const enough = codec.kind === 'hex' || (codec.kind === 'binary' && codec.width === 1) ? 3 : 2;
  if (codec.kind === 'stepped' && lengths.every((length) => length === 1)) return null;
  return add === null || rests.size < Math.min(enough, lines.length) ? null : { write: codec, add, back, lengths };
}

/** Whether the last bytes of a message are what stands behind the end of some line of its head. */
function isContent(bytes: Uint8Array, length: number, left: number): boolean {
  return left > 0 && left <= MOST_OF_HEAD && bytes[bytes.length - length - 1] === LF;
}

/** A decimal number with leading zeros is written in its width. */
function padded(found: FoundLength, lines: readonly Line[], at: Int32Array): FoundLength {
  const widths = new Set(found.lengths);
  const zero = lines.some((line, i) => line.bytes[(at[i] ?? 0) - found.back] === 0x30 && (found.lengths[i] ?? 0) > 1);
  const width = [...widths][0] ?? 0;
  return zero && widths.size === 1 ? { ...found, write: { kind: 'decimal', pad: width } } : found;
}
