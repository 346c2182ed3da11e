import fc from 'fast-check';
import { expect, test } from 'vitest';
import { utf8 } from '../bytes/bytes.js';
import { similarity } from './similarity.js';

/** The textbook's quadratic table. */
function oracle(a: Uint8Array, b: Uint8Array): number {
  if (a.length + b.length === 0) return 1;
  let row = new Array<number>(b.length + 1).fill(0);
  for (const byte of a) {
    const next = [0];
    for (let j = 1; j <= b.length; j++)
      next.push(byte === b[j - 1] ? (row[j - 1] ?? 0) + 1 : Math.max(row[j] ?? 0, next[j - 1] ?? 0));
    row = next;
  }
  return (2 * (row.at(-1) ?? 0)) / (a.length + b.length);
}

const bytes = fc.uint8Array({ max: 5, maxLength: 150, size: 'max' });

test('is what the table of the longest common subsequence says', () => {
  fc.assert(
    fc.property(bytes, bytes, (a, b) => {
      expect(similarity(a, b)).toBeCloseTo(oracle(a, b), 12);
    }),
    { numRuns: 500 },
  );
});

test('is 1 for equal answers only, 0 where nothing is shared, and the same both ways', () => {
  fc.assert(
    fc.property(bytes, bytes, (a, b) => {
      expect(similarity(a, a)).toBe(1);
      expect(similarity(a, b)).toBe(similarity(b, a));
      expect(similarity(a, b) === 1).toBe(Buffer.compare(a, b) === 0);
    }),
  );
  expect(similarity(utf8('aaaa'), utf8('bbb'))).toBe(0);
  expect(similarity(utf8(''), utf8('b'))).toBe(0);
  expect(similarity(utf8(''), utf8(''))).toBe(1);
});

test('a changed number costs its bytes', () => {
  expect(similarity(utf8('250 ok id=1234'), utf8('250 ok id=1934'))).toBeCloseTo(26 / 28, 12);
});

test('answers of a megabyte are compared in seconds', () => {
  const a = Uint8Array.from({ length: 1_000_000 }, (_, i) => (i * 7919) >>> 5);
  const b = a.slice();
  b[10] = 1;
  b[999_990] = 1;
  expect(similarity(a, b)).toBeGreaterThan(0.9);
});
