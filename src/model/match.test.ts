/** The matcher: geometry first, then against a naive oracle. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { worked } from '../../tests/helpers/patience.js';
import { fromLatin1, toLatin1 } from '../bytes/bytes.js';
import { fixedBefore, matchRegions, significantRegions } from './match.js';
import type { Region } from './types.js';

const F = (text: string): Region => ({ kind: 'fixed', bytes: fromLatin1(text) });
const M = (min = 0, max = 1000): Region => ({ kind: 'mutating', type: 'ascii', min, max });

function pieces(regions: readonly Region[], text: string, loose = false): string[] | null {
  const bounds = matchRegions(regions, fromLatin1(text), loose);
  if (bounds === null) return null;
  return regions.map((_, i) => text.slice(bounds[i], bounds[i + 1]));
}

const login = [F('LOGIN:'), M(), F('TIME:'), M(), F(':'), M()];

describe('matching by regions [05 §2.5]', () => {
  it('matches `LOGIN: bob TIME: 12:13`', () => {
    expect(pieces(login, 'LOGIN: bob TIME: 12:13')).toEqual(['LOGIN:', ' bob ', 'TIME:', ' 12', ':', '13']);
  });

  it('is anchored at both ends', () => {
    expect(pieces([F('a'), M(), F('z')], 'a--z')).toEqual(['a', '--', 'z']);
    expect(pieces([F('a'), M(), F('z')], 'xa--z')).toBeNull();
    expect(pieces([F('a'), M(), F('z')], 'a--zx')).toBeNull();
  });

  it('does not let the first and the last region overlap', () => {
    expect(pieces([F('aa'), M(), F('aa')], 'aaa')).toBeNull();
    expect(pieces([F('aa'), M(), F('aa')], 'aaaa')).toEqual(['aa', '', 'aa']);
  });

  it('takes the leftmost way', () => {
    expect(pieces([M(), F(':'), M()], 'a:b:c')).toEqual(['a', ':', 'b:c']);
  });

  it('holds a mutating region of one length to it when strict', () => {
    const regions = [M(3, 3), F(':'), M()];
    expect(pieces(regions, 'a:b:c')).toEqual(['a:b', ':', 'c']);
    expect(pieces(regions, 'a:b:c', true)).toEqual(['a', ':', 'b:c']);
    expect(pieces(regions, 'ab:c')).toBeNull();
    expect(pieces(regions, 'ab:c', true)).toEqual(['ab', ':', 'c']);
  });

  it('bounds other lengths from above and, where never seen empty, from below when strict', () => {
    expect(pieces([F('<'), M(1, 2), F('>')], '<>')).toBeNull();
    expect(pieces([F('<'), M(0, 2), F('>')], '<>')).toEqual(['<', '', '>']);
    expect(pieces([F('<'), M(1, 2), F('>')], `<${'x'.repeat(72)}>`)).not.toBeNull();
    expect(pieces([F('<'), M(1, 2), F('>')], `<${'x'.repeat(73)}>`)).toBeNull();
    expect(pieces([F('<'), M(1, 2), F('>')], `<${'x'.repeat(73)}>`, true)).not.toBeNull();
  });

  it('matches nothing but the empty message without regions', () => {
    expect(matchRegions([], new Uint8Array(0))).toEqual(Int32Array.of(0));
    expect(matchRegions([], new Uint8Array(1))).toBeNull();
  });

  it('is quick on repetitive messages', () => {
    const message = fromLatin1('a'.repeat(60_000));
    const regions: Region[] = [];
    for (let i = 0; i < 60; i++) regions.push(F(`${'a'.repeat(50)}${i === 59 ? 'b' : ''}`), M(1, 3));
    const long = [M(1, 2), F(`${'a'.repeat(20_000)}b`), M(2, 2)];
    const time = worked(() => {
      expect(matchRegions(regions, message)).toBeNull();
      expect(matchRegions(long, message)).toBeNull();
      expect(matchRegions([M(7, 7), ...regions.slice(0, 40), M(5, 5)], message)).toBeNull();
    });
    expect(time).toBeLessThan(2000);
  });

  it('agrees with a regular expression', () => {
    const text = (most: number) => fc.string({ unit: fc.constantFrom('a', 'b', ':'), maxLength: most });
    const region = fc.oneof(
      text(3).map(F),
      fc.tuple(fc.nat(2), fc.nat(2)).map(([min, more]) => M(min, min + more)),
    );
    fc.assert(
      fc.property(fc.array(region, { maxLength: 7 }), text(14), fc.boolean(), (regions, message, loose) => {
        const source = regions.map((r) => {
          if (r.kind === 'fixed') return `(${toLatin1(r.bytes)})`;
          if (loose) return '([^]*?)';
          if (r.min === r.max) return `([^]{${r.min}})`;
          return `([^]{${Math.min(r.min, 1)},${4 * r.max + 64}}?)`;
        });
        const expected = new RegExp(`^${source.join('')}$`).exec(message);
        expect(pieces(regions, message, loose)).toEqual(expected === null ? null : expected.slice(1));
      }),
      { numRuns: 2000 },
    );
  });

  it('agrees with a regular expression where messages are made to match', () => {
    const value = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 4 });
    fc.assert(
      fc.property(fc.array(fc.tuple(value, value), { minLength: 1, maxLength: 5 }), (parts) => {
        const regions = parts.flatMap(([fixed, value]) => [F(fixed), M(value.length, value.length)]);
        const message = parts.map(([fixed, value]) => fixed + value).join('');
        expect(pieces(regions, message)).not.toBeNull();
        expect(pieces(regions, message, true)).not.toBeNull();
      }),
    );
  });
});

describe('significant fixed regions [06 §4.1]', () => {
  const significant = (regions: readonly Region[], text: string): boolean[] => {
    const message = fromLatin1(text);
    return significantRegions(regions, message, matchRegions(regions, message) ?? new Int32Array(0));
  };

  it('F("LOGIN:") is significant, F(":") is not', () => {
    expect(significant(login, 'LOGIN: bob TIME: 12:13')).toEqual([true, false, true, false, false, false]);
  });

  it('counts overlapping occurrences', () => {
    expect(significant([F('aa'), M()], 'aab')).toEqual([true, false]);
    expect(significant([F('aa'), M()], 'aaab')).toEqual([false, false]);
  });
});

describe('how much of a message is how a class begins', () => {
  const regions = [M(1, 8), F('STORE\0\0'), M(1, 40), F('\0\0')];

  it.each([
    ['z', 0],
    ['zST', 2],
    ['zSTORE\0', 6],
    ['zSTORE\0\0', 7],
    ['zSTORE\0\0walrus', 0],
    ['zSTORE\0\0walrus\0', 8],
    ['zSTORE\0\0walrus\0\0', 8],
    ['zFETCH\0', 0],
  ])('%j', (text, fixed) => {
    expect(fixedBefore(regions, fromLatin1(text))).toBe(fixed);
  });
});
