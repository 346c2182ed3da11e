/** The codings in which length fields are looked for, the least likely to be met by chance first. */
import { readNumberAt } from '../model/number.js';
import type { NumberCodec } from '../model/types.js';

export const LENGTH_CODECS: readonly NumberCodec[] = [
  { kind: 'binary', width: 4, order: 'big' },
  { kind: 'binary', width: 4, order: 'little' },
  { kind: 'binary', width: 3, order: 'big' },
  { kind: 'binary', width: 2, order: 'big' },
  { kind: 'binary', width: 2, order: 'little' },
  { kind: 'ber' },
  { kind: 'varint' },
  { kind: 'binary', width: 1, order: 'big' },
  { kind: 'stepped', most: 125, widths: [2, 8], order: 'big', flag: 0 },
  { kind: 'stepped', most: 125, widths: [2, 8], order: 'big', flag: 128 },
  { kind: 'stepped', most: 252, widths: [2, 4, 8], order: 'little', flag: 0 },
  { kind: 'stepped', most: 250, widths: [0, 2, 3, 8], order: 'little', flag: 0 },
];

/** Whether a length that takes more bytes the larger it is, is seen to do so in what starts with `offset` bytes before it. */
export function isSeenToGrow(codec: NumberCodec, frames: readonly Uint8Array[], offset: number): boolean {
  return frames.some((frame) => (readNumberAt(codec, frame, offset)?.width ?? 0) > 1);
}
