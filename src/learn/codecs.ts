/** Codings of numbers that are looked for, in the orders in which they are tried. */
import { readNumberAt } from '../model/number.js';
import type { BinaryNumber, NumberCodec } from '../model/types.js';

const big = (width: number): BinaryNumber => ({ kind: 'binary', width, order: 'big' });
const little = (width: number): BinaryNumber => ({ kind: 'binary', width, order: 'little' });

export const BYTE = big(1);
/** For numbers that may be any bytes: the fewer there are, the sooner they are met by chance. */
export const WIDE_FIRST: readonly BinaryNumber[] = [big(4), little(4), big(2), little(2)];
/** For numbers that are known: the fewest bytes that hold them. */
export const NARROW_FIRST: readonly BinaryNumber[] = [big(2), little(2), big(4), little(4)];

/** Codings of length fields, the least likely to be met by chance first. */
export const LENGTH_CODECS: readonly NumberCodec[] = [
  big(4),
  little(4),
  big(3),
  big(2),
  little(2),
  { kind: 'ber' },
  { kind: 'varint' },
  BYTE,
  { kind: 'stepped', most: 125, widths: [2, 8], order: 'big', flag: 0 },
  { kind: 'stepped', most: 125, widths: [2, 8], order: 'big', flag: 128 },
  { kind: 'stepped', most: 252, widths: [2, 4, 8], order: 'little', flag: 0 },
  { kind: 'stepped', most: 250, widths: [0, 2, 3, 8], order: 'little', flag: 0 },
];

/** Whether a length that takes more bytes the larger it is, is seen to do so in what starts with `offset` bytes before it. */
export function isSeenToGrow(codec: NumberCodec, frames: readonly Uint8Array[], offset: number): boolean {
  return frames.some((frame) => (readNumberAt(codec, frame, offset)?.width ?? 0) > 1);
}
