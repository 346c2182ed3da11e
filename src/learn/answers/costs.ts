/** Rough bits: what it takes to write drafts down, and the samples with them. */
import { toLatin1 } from '../../bytes/bytes.js';
import type { Draft } from './draft.js';
import type { Line } from './sample.js';

export const PIECE_COST = 20;

/** Different values of a piece, most frequent first (the earlier one on a tie). */
export function distinctValues(values: readonly (Uint8Array | null)[]): { bytes: Uint8Array; count: number }[] {
  const seen = new Map<string, { bytes: Uint8Array; count: number }>();
  for (const value of values) {
    if (!value) continue;
    const key = toLatin1(value);
    const known = seen.get(key);
    if (known) known.count++;
    else seen.set(key, { bytes: value, count: 1 });
  }
  return [...seen.values()].sort((a, b) => b.count - a.count);
}

/** How many samples speak for what they have in common: those of one client for no more than one does, where there are others. */
export function witnesses(lines: readonly Line[], live: readonly number[]): number {
  if (lines[0]?.use.bySource !== true) return live.length;
  const clients = new Set(live.map((line) => lines[line]?.context.environment.client.address));
  return clients.size > 1 ? live.length : 1;
}

export function costOf(drafts: readonly Draft[], live: number, seen: number): number {
  let bits = 0;
  for (const draft of drafts) {
    if (draft.kind === 'literal') bits += literalCost(draft.bytes, seen);
    else if (draft.kind === 'rule') bits += PIECE_COST + draft.cost;
    else bits += unknownCost(draft.values, live);
  }
  return bits;
}

/** A byte that is repeated more often than this says no more. */
const MOST_REPEATED = 16;

/** Bytes that two samples have in common are the server's own text, cheap to repeat; of one sample nothing is known. */
export function literalCost(bytes: Uint8Array, live: number): number {
  let [length, repeated] = [0, 0];
  for (let i = 0; i < bytes.length; i++) {
    repeated = bytes[i] === bytes[i - 1] ? repeated + 1 : 0;
    if (repeated < MOST_REPEATED) length++;
  }
  return live === 1 ? 8 * length : 8 + 0.5 * length;
}

/** The different values once, and for each sample which one it is. */
export function unknownCost(values: readonly (Uint8Array | null)[], live: number): number {
  const different = distinctValues(values);
  let bits = PIECE_COST;
  for (const { bytes } of different) bits += 8 * bytes.length + 4;
  return bits + live * Math.log2(Math.max(1, different.length)) * 0.5;
}
