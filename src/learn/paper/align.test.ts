/** Alignment and distance: properties, and the shapes that clustering relies on. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromLatin1 } from '../../bytes/bytes.js';
import { align, distance } from './align.js';

const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc.string({ unit: fc.constantFrom('a', 'b', ' ', '1', '\r', '\n', '\0'), maxLength: 40 }).map(fromLatin1),
);

function drawn(a: string, b: string): [string, string] {
  const alignment = align(fromLatin1(a), fromLatin1(b));
  const row = (text: string, side: Int32Array): string => Array.from(side, (i) => (i < 0 ? '_' : text[i])).join('');
  return [row(a, alignment.a), row(b, alignment.b)];
}

function checkComplete(side: Int32Array, length: number): void {
  expect(Array.from(side).filter((i) => i >= 0)).toEqual(Array.from({ length }, (_, i) => i));
}

describe('align [05 §2.4.1]', () => {
  it('lays values of different length over each other as one block', () => {
    expect(drawn('GET MSG FROM <alice>', 'GET MSG FROM <bob>')).toEqual([
      'GET MSG FROM <alice>',
      'GET MSG FROM <__bob>',
    ]);
  });

  it('aligns what is the same behind values of different length', () => {
    const [a, b] = drawn('LOGIN: bob TIME: 12:13', 'LOGIN: alexander TIME: 09:45');
    expect(a.indexOf(' TIME: ')).toBe(b.indexOf(' TIME: '));
  });

  it('gives every index once, in order, and no empty column', () => {
    fc.assert(
      fc.property(bytes, bytes, (a, b) => {
        const alignment = align(a, b);
        expect(alignment.a.length).toBe(alignment.b.length);
        checkComplete(alignment.a, a.length);
        checkComplete(alignment.b, b.length);
        for (let i = 0; i < alignment.a.length; i++)
          expect((alignment.a[i] ?? -1) + (alignment.b[i] ?? -1)).toBeGreaterThan(-2);
      }),
    );
  });

  it('gives every index once beyond the bound, too', () => {
    const long = fc.uint8Array({ minLength: 0, maxLength: 60 });
    fc.assert(
      fc.property(long, long, (a, b) => {
        const alignment = align(a, b, { bound: 16 });
        checkComplete(alignment.a, a.length);
        checkComplete(alignment.b, b.length);
      }),
    );
  });

  it('pairs identical messages byte by byte', () => {
    fc.assert(
      fc.property(bytes, (a) => {
        expect(align(a, a).a).toEqual(align(a, a).b);
      }),
    );
  });
});

describe('distance [05 §2.4.1]', () => {
  it('is 0 for identical messages only, at most 1, and symmetric', () => {
    fc.assert(
      fc.property(bytes, bytes, (a, b) => {
        const d = distance(a, b);
        expect(d).toBe(distance(b, a));
        expect(distance(a, a.slice())).toBe(0);
        expect(d === 0).toBe(Buffer.compare(a, b) === 0);
        expect(d).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('is 1 when nothing is in common', () => {
    expect(distance(fromLatin1('aaaa'), fromLatin1('\x01\x02'))).toBe(1);
    expect(distance(fromLatin1(''), fromLatin1('a'))).toBe(1);
  });

  it('counts the identities that the alignment shows', () => {
    fc.assert(
      fc.property(bytes, bytes, (a, b) => {
        if (Math.max(a.length, b.length) === 0 || Buffer.compare(a, b) === 0) return;
        const { a: inA, b: inB } = align(a, b);
        let same = 0;
        inA.forEach((i, column) => {
          const j = inB[column] ?? -1;
          if (i >= 0 && j >= 0 && a[i] === b[j]) same++;
        });
        expect(distance(a, b)).toBeCloseTo(1 - same / Math.max(a.length, b.length), 10);
      }),
    );
  });

  it('takes the middle of long messages to be as alike as their ends', () => {
    const noise = (seed: number, length: number): Uint8Array => {
      let state = seed;
      return Uint8Array.from({ length }, () => (state = (Math.imul(state, 1103515245) + 12345) >>> 0) >>> 24);
    };
    expect(distance(noise(1, 5000), noise(2, 5000))).toBeGreaterThan(0.7);
    const one = noise(3, 5000);
    const other = one.slice();
    other[2000] = (other[2000] ?? 0) ^ 1;
    other[3000] = (other[3000] ?? 0) ^ 1;
    expect(distance(one, other)).toBeLessThan(0.01);
    expect(distance(one, other)).toBeGreaterThan(0);
  });
});
