import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat, utf8 } from '../bytes/bytes.js';
import { Defragmenter } from './fragments.js';
import { Frame } from './frame.js';
import { dialogue, frame, ip, read, udpHeader } from './testing.js';

/** Adds a piece of one datagram; the whole as text once it is complete. */
function add(
  to: Defragmenter,
  at: number,
  text: string,
  more: boolean,
  options: { kind?: number; id?: number; time?: number } = {},
): string | undefined {
  const piece = new Frame();
  piece.source = 'ab';
  piece.destination = 'cd';
  piece.data = utf8(text);
  piece.end = piece.data.length;
  piece.time = options.time ?? 0;
  const whole = to.add(piece, options.kind ?? 17, options.id ?? 1, at, more, 17);
  return whole === undefined ? undefined : Buffer.from(piece.data.subarray(piece.at, piece.end)).toString();
}

function defragmenter(): { d: Defragmenter; lost: string[] } {
  const lost: string[] = [];
  return { d: new Defragmenter((cause) => lost.push(cause)), lost };
}

describe('Defragmenter', () => {
  it('in order', () => {
    const { d } = defragmenter();
    expect(add(d, 0, 'abcdefgh', true)).toBeUndefined();
    expect(add(d, 8, 'ij', false)).toBe('abcdefghij');
    expect(d.cost).toBe(0);
  });

  it('backwards, with repetition', () => {
    const { d } = defragmenter();
    add(d, 8, 'ij', false);
    add(d, 8, 'ij', false);
    expect(add(d, 0, 'abcdefgh', true)).toBe('abcdefghij');
  });

  it('IPv4 overlap: the bytes seen first win', () => {
    const { d } = defragmenter();
    add(d, 8, 'IJKLMNOP', true);
    add(d, 0, 'abcdefghXXXX', true);
    expect(add(d, 16, 'q', false)).toBe('abcdefghIJKLMNOPq');
  });

  it('IPv6 overlap: all is given up', () => {
    const { d, lost } = defragmenter();
    add(d, 8, 'IJKLMNOP', true, { kind: 44 });
    add(d, 0, 'abcdefghXXXX', true, { kind: 44 });
    expect(add(d, 16, 'q', false, { kind: 44 })).toBeUndefined();
    d.finish();
    expect(lost).toEqual(['IPv6 fragments that overlap']);
  });

  it('different identifications do not mix', () => {
    const { d } = defragmenter();
    add(d, 0, 'abcdefgh', true, { id: 0x10001 });
    expect(add(d, 8, 'ij', false, { id: 1 })).toBeUndefined();
    expect(add(d, 8, 'kl', false, { id: 0x10001 })).toBe('abcdefghkl');
  });

  it('gives up after a minute, at the end, and beyond its bounds', () => {
    const { d, lost } = defragmenter();
    add(d, 0, 'abcdefgh', true);
    expect(add(d, 8, 'ij', false, { time: 61 })).toBeUndefined();
    expect(lost).toEqual(['IP fragments without the rest']);
    for (let id = 2; id < 1500; id++) add(d, 0, 'abcdefgh', true, { id, time: 62 });
    expect(lost.filter((cause) => cause === 'IP fragments too many at once')).toHaveLength(499);
    d.finish();
    expect(d.cost).toBe(0);
    const big = new Defragmenter(() => undefined, 100_000);
    for (let id = 0; id < 50; id++) {
      add(big, 0, 'x'.repeat(8000), true, { id });
      expect(big.cost).toBeLessThanOrEqual(100_000);
    }
  });

  it('impossible lengths are refused', () => {
    const { d, lost } = defragmenter();
    expect(add(d, 65_528, 'abcdefgh', false)).toBeUndefined();
    expect(lost).toEqual(['IP fragment with impossible length']);
  });

  it('any cut, order and repetition gives the datagram', () => {
    const cuts = fc.uniqueArray(fc.integer({ min: 1, max: 40 }), { maxLength: 10 });
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary-ascii', minLength: 330, maxLength: 400 }),
        cuts,
        fc.array(fc.nat(), { minLength: 12, maxLength: 12 }),
        (text, at, order) => {
          const edges = [0, ...at.map((n) => n * 8).sort((a, b) => a - b), text.length];
          const pieces = edges.slice(0, -1).map((from, i) => ({ from, to: edges[i + 1] ?? 0, rank: order[i] ?? 0 }));
          const shuffled = [...pieces].sort((a, b) => a.rank - b.rank);
          const { d } = defragmenter();
          const whole = shuffled.flatMap(({ from, to }, i) => {
            const more = to < text.length;
            // Repeated, but for the one that completes.
            const repeated = i + 1 < shuffled.length ? add(d, from, text.slice(from, to), more) : undefined;
            return [repeated, add(d, from, text.slice(from, to), more)].filter((w) => w !== undefined);
          });
          expect(whole).toEqual([text]);
          expect(d.cost).toBe(0);
        },
      ),
    );
  });
});

describe('fragments in a capture', () => {
  it.each([
    ['10.8.0.2', '10.8.0.1'],
    ['fd00::2', 'fd00::1'],
  ])('from %s become one datagram', async (from, to) => {
    const datagram = udpHeader(4000, 53, concat([utf8('x'.repeat(40)), utf8('end')]));
    const part = (at: number, end: number): Uint8Array =>
      frame(
        ip(
          { from, to, protocol: 17, id: 99, fragmentAt: at, moreFragments: end < datagram.length },
          datagram.subarray(at, end),
        ),
      );
    const { sessions, report } = await read([part(16, 32), part(32, datagram.length), part(0, 16)]);
    expect(sessions.map(dialogue)).toEqual([[`C: ${'x'.repeat(40)}end`]]);
    expect([...report.leftOut]).toEqual([]);
  });
});
