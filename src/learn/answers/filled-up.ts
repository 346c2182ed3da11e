/**
 * Fields of a fixed width, whatever they hold [new]: zeros behind something of any length up to one place of the message.
 * Proven by answers in which they begin at several places, and are more than fill a record up to a multiple.
 */
import { EMPTY } from '../../bytes/bytes.js';
import type { Found } from './copy.js';
import type { Line } from './sample.js';

/** Places at which the zeros have to begin, and how many of them one line has to have. */
const LEAST_STARTS = 3;
const LEAST_ZEROS = 16;
/** No field ends farther behind the start of its message. */
const MOST_BYTES = 4096;
const COST = 4;
const ZERO = 0;

/** The zeros around a first difference, where they end at one place in all lines. */
export function findFilledUp(lines: readonly Line[], at: Int32Array, run: number): Found | null {
  if (lines.length < LEAST_STARTS || !lines.some(({ bytes }, i) => bytes[at[i] ?? 0] === ZERO)) return null;
  const first = lines[0]?.bytes ?? EMPTY;
  let back = 0;
  while (back < run && first[(at[0] ?? 0) - back - 1] === ZERO) back++;
  const starts = at.map((place) => place - back);
  if (new Set(starts).size < LEAST_STARTS) return null;
  const end = lines.reduce((least, { bytes }, i) => Math.min(least, endOfZeros(bytes, starts[i] ?? 0)), MOST_BYTES);
  const lengths = starts.map((start) => end - start);
  if (lengths.some((length) => length < 0) || Math.max(...lengths) < LEAST_ZEROS) return null;
  return {
    rule: { kind: 'padding', multiple: end, add: 0, byte: ZERO },
    back,
    lengths,
    support: lines.length,
    cost: COST,
  };
}

function endOfZeros(bytes: Uint8Array, from: number): number {
  let end = from;
  while (end < bytes.length && end < MOST_BYTES && bytes[end] === ZERO) end++;
  return end;
}
