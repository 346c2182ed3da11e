/**
 * Times in the literals of lone answers [new]: what is, to a second or two, the time that a clock proven in other
 * answers of the service shows. No two answers tell the same time, so that it can not be held against the very bytes.
 */
import { toLatin1 } from '../../bytes/bytes.js';
import { COUNT_FORMATS, TEXT_FORMATS, findTimes, readCount, type Seen } from '../../model/clock.js';
import type { Context } from '../../model/meaning.js';
import type { Rule } from '../../model/types.js';
import { lateOf, TOLERANCE } from './clock.js';

/** Literals longer than this are somebody's file: only their head is looked at. */
const HEAD = 4096;

/** Where a literal tells the time that a clock shows, in all samples. */
export function timesAs(
  { format, offset }: Rule & { kind: 'clock' },
  literal: Uint8Array,
  contexts: readonly Context[],
): { readonly at: number; readonly bytes: Uint8Array }[] {
  const late = lateOf(format);
  const isNow = ({ time }: Seen) =>
    contexts.every(({ now }) => Math.abs(time + late - now - offset) <= late + TOLERANCE);
  return seenIn(format, literal.subarray(0, HEAD), contexts[0]?.now ?? 0)
    .filter(isNow)
    .map(({ from, to }) => ({ at: from, bytes: literal.subarray(from, to) }));
}

function seenIn(format: (Rule & { kind: 'clock' })['format'], literal: Uint8Array, near: number): Seen[] {
  const text = TEXT_FORMATS.find((name) => name === format);
  if (text) return findTimes(text, toLatin1(literal), near);
  const count = COUNT_FORMATS.find((name) => name === format);
  if (!count) return [];
  return Array.from(literal, (_, at) => readCount(count, literal, at)).filter((seen) => seen !== null);
}
