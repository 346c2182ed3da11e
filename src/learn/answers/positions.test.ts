/** How places in messages are named. */
import { describe, expect, it } from 'vitest';
import { concat, fromLatin1, indexOf } from '../../bytes/bytes.js';
import { locate } from '../../model/meaning.js';
import type { Position } from '../../model/types.js';
import { behindBlankNames, ends, starts } from './positions.js';

const place = (text: string) => ({ bytes: fromLatin1(text), edges: null });
const at = (text: string, word: string) => indexOf(fromLatin1(text), fromLatin1(word));

describe('a place behind a word', () => {
  it('is not found behind a longer word that ends so', () => {
    const recorded = ':here 265 report5686 1 1\r\n:here 266 report5686 1 1\r\n';
    const other = ':here 265 gazette266 1 1\r\n:here 266 gazette266 1 1\r\n';
    const wanted = recorded.lastIndexOf('report5686');
    const [marker] = starts(place(recorded), wanted, false).filter((named) => named.at.kind === 'marker');
    expect(marker && locate(marker.at, place(other))).toBe(other.lastIndexOf('gazette266'));
  });

  it('is found at the beginning of a message', () => {
    const [marker] = starts(place('USER anna'), at('USER anna', 'anna'), false).filter((n) => n.at.kind === 'marker');
    expect(marker && locate(marker.at, place('USER bertha'))).toBe(5);
  });
});

describe('a place behind several signs', () => {
  // a blank stands in the values as well, and may stand in what is behind them
  const recorded = "('anna', 'red cedar', 19028)\0#.%";
  const other = "('bertha', 'pine', 512)\0# %";

  it('is found by all of them where the last one alone stands elsewhere too', () => {
    const names = starts(place(recorded), at(recorded, '19028'), false).filter(({ at: { kind } }) => kind === 'marker');
    const alone = names.filter((named) => named.at.kind === 'marker' && named.at.bytes.length === 1);
    const found = (named: (typeof names)[number]) => locate(named.at, place(other)) === at(other, '512');
    expect(alone.some(found)).toBe(false);
    expect(names.some(found)).toBe(true);
  });
});

describe('a place behind a sign and a blank', () => {
  it('is found where other messages have none', () => {
    const recorded = '{"name": "anna", "id": 17}';
    const [named] = behindBlankNames(fromLatin1(recorded), at(recorded, '17'));
    for (const other of ['{"name": "bertha", "id": 4}', '{"name":"bertha","id":4}'])
      expect(named && locate(named.at, place(other))).toBe(at(other, '4'));
  });

  it('has no name of its own behind a word, nor where no blank stands', () => {
    expect(behindBlankNames(fromLatin1('USER anna'), 5)).toEqual([]);
    expect(behindBlankNames(fromLatin1('{"id":17}'), 6)).toEqual([]);
  });
});

describe('the end of a value among bytes that are no text', () => {
  it('is where it was rather than at the next byte that any value may hold', () => {
    const bytes = Uint8Array.of(0, 0, 201, 7, 130, 44, 219, 0, 1, 0, 0, 0);
    const [first] = ends({ bytes, edges: null }, 2, 7, false);
    expect(first?.at.kind).not.toBe('until');
  });

  it('is behind a text that says its length rather than after so many bytes', () => {
    const [first] = ends(place('\x02\x01\x01\x04\x06public\xa0\x1c\x02'), 0, 11, false);
    expect(first && locate(first.at as Position, place('\x02\x01\x01\x04\x07monitor\xa0\x1c\x02'))).toBe(12);
  });

  it('is the zero that ends a text rather than after so many bytes', () => {
    const bytes = fromLatin1('\0\x01\0\0/settings/units\x0042');
    expect(ends({ bytes, edges: null }, 4, 19, false)[0]?.at).toEqual({ kind: 'until', bytes: Uint8Array.of(0) });
  });

  it('is a separator in a text', () => {
    expect(ends(place('one,two,three'), 4, 7, false)[0]?.at).toEqual({ kind: 'until', bytes: fromLatin1(',') });
  });
});

describe('a place among the fields of a binary message', () => {
  it('is so far from the beginning rather than behind what other fields happen to hold', () => {
    const bytes = Uint8Array.of(0, 1, 0, 0, 0, 6, 0x7e, 3, 0, 0x33, 0, 0x1d);
    expect(starts({ bytes, edges: null }, 6, false)[0]?.at).toEqual({ kind: 'start', offset: 6 });
    const high = concat([Uint8Array.of(0x82, 0x13, 0, 1), fromLatin1('\0\x0ecedar/niaj6968')]);
    expect(starts({ bytes: high, edges: null }, 4, false)[0]?.at).toEqual({ kind: 'start', offset: 4 });
  });

  it('is behind a word where one stands there', () => {
    const bytes = fromLatin1('\0\x01\0\0size=\0\x07\x01\0\0');
    const [marker] = starts({ bytes, edges: null }, 9, false).filter((named) => named.at.kind === 'marker');
    expect(marker?.cost).toBeLessThan(3);
  });
});

describe('a place behind a text whose length stands before it', () => {
  const counted = (text: string) => concat([Uint8Array.of(0, text.length), fromLatin1(text)]);
  const message = (head: readonly number[], name: string) => {
    const bytes = concat([Uint8Array.from(head), counted(name), Uint8Array.of(0, 1), fromLatin1('what was said')]);
    return { bytes, edges: Int32Array.of(0, head.length, bytes.length) };
  };

  it('is named by that text, also where what stands before it may be longer', () => {
    const known = message([0x33, 0x70], 'red/ox217');
    const where = (of: typeof known, name: string) => (of.edges[1] ?? 0) + 2 + name.length + 2;
    const noMarker = ({ at }: { at: Position }) => at.kind !== 'marker';
    const [first] = starts(known, where(known, 'red/ox217'), true).filter(noMarker);
    const other = message([0x33, 0x8a, 0x01], 'crimson/marmot4');
    expect(first && locate(first.at, other)).toBe(where(other, 'crimson/marmot4'));
    const [plain] = starts({ ...known, edges: null }, where(known, 'red/ox217'), false).filter(noMarker);
    expect(plain && locate(plain.at, message([0x33, 0x21], 'blue/gnat'))).toBe(
      where(message([0x33, 0x21], ''), 'blue/gnat'),
    );
  });
});

describe('a place behind texts that are filled up, or that zeros end', () => {
  const placeOf = (...parts: readonly (string | readonly number[])[]) => ({
    bytes: concat(parts.map((part) => (typeof part === 'string' ? fromLatin1(part) : Uint8Array.from(part)))),
    edges: null,
  });
  const named = (place: { bytes: Uint8Array; edges: null }, at: number) =>
    starts(place, at, false)
      .map((name) => name.at)
      .filter((position) => position.kind === 'behind');

  it('is behind what fills them up, whatever that is', () => {
    const known = placeOf([0, 0, 0, 9], [0, 0, 0, 5], 'ounce', [7, 7, 7], [0, 0, 0, 6], 'walrus', [1, 2], [0, 0, 0, 4]);
    const other = placeOf([0, 0, 0, 9], [0, 0, 0, 3], 'gnu', [9], [0, 0, 0, 4], 'lynx', [0, 0, 0, 4]);
    expect(named(known, 28).map((position) => locate(position, other))).toContain(20);
  });

  it('is behind the zero', () => {
    const known = placeOf([0, 2, 0], 'name.txt\0octet\0', [4, 0]);
    const other = placeOf([0, 2, 0], 'a longer name\0mail\0', [4, 0]);
    expect(named(known, 18).map((position) => locate(position, other))).toContain(22);
  });
});
