/** Places behind texts of any length: those whose length stands before them, and those that a zero ends. */
import type { Place } from './context.js';
import { readNumberAt } from './number.js';
import type { Position } from './types.js';

/** Most values with their lengths before them that are passed over. */
const MOST_STEPS = 16;

/** Where the last of some values ends that stand one behind the other, each behind its length; -1: nowhere. */
export function behindCounted(
  { bytes, edges }: Place,
  { at, region, codec, letters = 1, align = 1, steps, gap }: Position & { kind: 'behind' },
): number {
  const base = region === undefined ? 0 : edges?.[region];
  if (base === undefined) return -1;
  let end = base + at - gap;
  for (let i = 0; i < Math.min(steps, MOST_STEPS); i++) {
    const from = end + gap;
    const size = from < 0 ? null : codec.kind === 'ended' ? endedSize(bytes, from) : readNumberAt(codec, bytes, from);
    if (!size) return -1;
    end = from + size.width + letters * size.value;
    end += (align - (end % align)) % align;
    if (end > bytes.length) return -1;
  }
  return end;
}

/** A text that a zero ends, with which it is one byte wider; null: none does. */
function endedSize(bytes: Uint8Array, from: number): { readonly value: number; readonly width: number } | null {
  const end = bytes.indexOf(0, from);
  return end < 0 ? null : { value: end - from, width: 1 };
}
