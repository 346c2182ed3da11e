/**
 * Byte-oriented pairwise similarity of two answers [05 §3.2].
 *
 * The paper names the measure and leaves the formula open; ours is the share of bytes that an optimal
 * alignment without substitutions pairs up: twice the longest common subsequence over both lengths. It is 1
 * exactly for equal answers and 0 exactly where no byte is shared.
 */

import { subsequencesOf } from '../bytes/subsequence.js';

/** Cells of an alignment beyond which both answers are cut into blocks that are aligned one by one. */
const MOST_CELLS = 2 ** 30;

function common(a: Uint8Array, b: Uint8Array): number {
  const cells = a.length * b.length;
  if (cells === 0) return 0;
  if (cells <= MOST_CELLS) return a.length <= b.length ? subsequencesOf(a)(b) : subsequencesOf(b)(a);
  const blocks = Math.ceil(Math.sqrt(cells / MOST_CELLS)) + 1;
  const cut = (of: Uint8Array, i: number): Uint8Array =>
    of.subarray(Math.floor((of.length * i) / blocks), Math.floor((of.length * (i + 1)) / blocks));
  let sum = 0;
  for (let i = 0; i < blocks; i++) sum += common(cut(a, i), cut(b, i));
  return sum;
}

/** 0 (nothing in common) to 1 (equal). Two empty answers are equal. */
export function similarity(a: Uint8Array, b: Uint8Array): number {
  const shorter = Math.min(a.length, b.length);
  let start = 0;
  while (start < shorter && a[start] === b[start]) start++;
  if (start === a.length && start === b.length) return 1;
  let end = 0;
  while (end < shorter - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  const inner = common(a.subarray(start, a.length - end), b.subarray(start, b.length - end));
  return (2 * (start + end + inner)) / (a.length + b.length);
}
