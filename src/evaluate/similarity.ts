/**
 * Byte-oriented pairwise similarity of two answers [05 §3.2].
 *
 * The paper names the measure and leaves the formula open; ours is the share of bytes that an optimal
 * alignment without substitutions pairs up: twice the longest common subsequence over both lengths. It is 1
 * exactly for equal answers and 0 exactly where no byte is shared.
 */

/** Cells of an alignment beyond which both answers are cut into blocks that are aligned one by one. */
const MOST_CELLS = 2 ** 30;
const WORD = 32;

function popcount(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return (((bits + (bits >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24;
}

/**
 * Length of the longest common subsequence, 32 cells at a time (Hyyrö, "Bit-parallel LCS-length
 * computation revisited", 2004): row by row V := (V + (V & M)) | (V & ¬M), and every zero bit of V is one of its bytes.
 */
function lcs(a: Uint8Array, b: Uint8Array): number {
  const words = Math.ceil(a.length / WORD);
  const matches = new Map<number, Uint32Array>();
  a.forEach((byte, i) => {
    let row = matches.get(byte);
    if (row === undefined) matches.set(byte, (row = new Uint32Array(words)));
    row[i >>> 5] = (row[i >>> 5] ?? 0) | (1 << (i & 31));
  });
  const v = new Uint32Array(words).fill(0xffffffff);
  for (const byte of b) {
    const row = matches.get(byte);
    if (row === undefined) continue;
    let carry = 0;
    for (let w = 0; w < words; w++) {
      const value = v[w] ?? 0;
      const match = row[w] ?? 0;
      const sum = value + ((value & match) >>> 0) + carry;
      carry = sum > 0xffffffff ? 1 : 0;
      v[w] = sum | (value & ~match);
    }
  }
  let zeros = 0;
  for (const word of v) zeros += WORD - popcount(word);
  // Bits beyond the end of `a` match nothing and stay ones.
  return zeros;
}

function common(a: Uint8Array, b: Uint8Array): number {
  const cells = a.length * b.length;
  if (cells === 0) return 0;
  if (cells <= MOST_CELLS) return a.length <= b.length ? lcs(a, b) : lcs(b, a);
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
