/**
 * The longest common subsequence of two messages, 32 cells at a time (Hyyrö, "Bit-parallel LCS-length computation
 * revisited", 2004).
 */

const WORD = 32;

function popcount(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return (((bits + (bits >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24;
}

/**
 * What tells the length of the longest subsequence that some bytes have in common with others; made once, asked often.
 *
 * Row by row V := (V + (V & M)) | (V & ¬M), and every zero bit of V is one of its bytes.
 */
export function subsequencesOf(a: Uint8Array): (b: Uint8Array) => number {
  const words = Math.ceil(a.length / WORD);
  const matches = new Map<number, Uint32Array>();
  a.forEach((byte, i) => {
    let row = matches.get(byte);
    if (row === undefined) matches.set(byte, (row = new Uint32Array(words)));
    row[i >>> 5] = (row[i >>> 5] ?? 0) | (1 << (i & 31));
  });
  return (b) => {
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
    // bits beyond the end of `a` match nothing and stay ones
    return zeros;
  };
}
