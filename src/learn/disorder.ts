/** Entropy: how much a list of values tells. */

/** Bits that it takes to say of each of `all` which one it is, where there are so many of each. */
export function disorder(counts: Iterable<number>, all: number): number {
  let bits = 0;
  for (const count of counts) bits += count * Math.log2(all / count);
  return bits;
}

/** How many different values there are, and the bits that it takes to say which one each is. */
export function varietyOf(values: readonly number[]): { readonly different: number; readonly bits: number } {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return { different: counts.size, bits: disorder(counts.values(), values.length) };
}
