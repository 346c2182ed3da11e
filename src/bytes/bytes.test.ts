/** Bytes that two arrays have in common, told as a plain loop tells them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commonLength } from './bytes.js';

function plainly(a: Uint8Array, atA: number, b: Uint8Array, atB: number): number {
  let length = 0;
  while (atA + length < a.length && atB + length < b.length && a[atA + length] === b[atB + length]) length++;
  return length;
}

describe('commonLength', () => {
  it('is what a plain loop counts, in runs of any length', () => {
    const runs = fc.array(fc.tuple(fc.nat(1), fc.nat(6000)), { maxLength: 3 });
    const bytes = runs.map((all) => Uint8Array.from(all.flatMap(([byte, n]) => new Array<number>(n).fill(byte))));
    fc.assert(
      fc.property(bytes, bytes, fc.nat(300), fc.nat(300), (a, b, atA, atB) => {
        const [i, j] = [Math.min(atA, a.length), Math.min(atB, b.length)];
        expect(commonLength(a, i, b, j)).toBe(plainly(a, i, b, j));
      }),
      { numRuns: 200 },
    );
  });
});
