import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat, fromLatin1, toLatin1 } from '../bytes/bytes.js';
import { StreamAssembler, distance } from './assembler.js';

/** Adds a segment and takes all that becomes ready. */
function add(stream: StreamAssembler, seq: number, text: string): string {
  const parts: Uint8Array[] = [];
  const now = stream.add(seq, fromLatin1(text), true, undefined);
  if (now !== undefined) parts.push(now);
  for (let more = stream.take(undefined); more !== undefined; more = stream.take(undefined)) parts.push(more);
  return toLatin1(concat(parts));
}

describe('StreamAssembler', () => {
  it('delivers what is in order at once', () => {
    const stream = new StreamAssembler(100);
    expect(add(stream, 100, 'abc')).toBe('abc');
    expect(add(stream, 103, 'de')).toBe('de');
    expect(stream.next).toBe(105);
  });

  it('holds what is early and delivers it when the hole is filled', () => {
    const stream = new StreamAssembler(0);
    expect(add(stream, 3, 'def')).toBe('');
    expect(add(stream, 0, 'abc')).toBe('abcdef');
    expect(stream.cost).toBe(0);
  });

  it('exact retransmission: nothing', () => {
    const stream = new StreamAssembler(0);
    add(stream, 0, 'abc');
    expect(add(stream, 0, 'abc')).toBe('');
  });

  it('front overlap with delivered bytes: only the new tail', () => {
    const stream = new StreamAssembler(0);
    add(stream, 0, 'abc');
    expect(add(stream, 1, 'XXdef')).toBe('def');
  });

  it('a keep-alive with one garbage byte before the next: nothing', () => {
    const stream = new StreamAssembler(50);
    expect(add(stream, 49, '\0')).toBe('');
    expect(stream.next).toBe(50);
  });

  it('front overlap with a held segment: the held bytes win', () => {
    const stream = new StreamAssembler(0);
    add(stream, 2, 'cd');
    expect(add(stream, 0, 'abXXef')).toBe('abcdef');
  });

  it('back overlap with a held segment: the held bytes win', () => {
    const stream = new StreamAssembler(0);
    add(stream, 4, 'efgh');
    add(stream, 2, 'cdXX');
    expect(add(stream, 0, 'ab')).toBe('abcdefgh');
  });

  it('covers several held segments: fills only the holes', () => {
    const stream = new StreamAssembler(0);
    add(stream, 2, 'c');
    add(stream, 5, 'f');
    add(stream, 1, 'bXdeXg');
    expect(add(stream, 0, 'a')).toBe('abcdefg');
  });

  it('wraps around the sequence space', () => {
    const stream = new StreamAssembler(0xfffffffe);
    expect(add(stream, 1, 'def')).toBe('');
    expect(add(stream, 0xfffffffe, 'abc')).toBe('abcdef');
    expect(stream.next).toBe(4);
    expect(distance(4, 0xfffffffe)).toBe(6);
  });

  it('waits until the other direction has delivered what was acknowledged', () => {
    const stream = new StreamAssembler(0);
    expect(stream.add(0, fromLatin1('late'), false, 500)).toBeUndefined();
    expect(stream.take(499)).toBeUndefined();
    expect(toLatin1(stream.take(500) ?? fromLatin1(''))).toBe('late');
  });

  it('delivers the stream whatever the segmentation, order, repetition and start', () => {
    const segment = fc.record({ at: fc.nat(200), length: fc.integer({ min: 1, max: 60 }) });
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 200 }),
        fc.integer({ min: 0, max: 0xffffffff }),
        fc.array(segment, { maxLength: 60 }),
        fc.integer({ min: 1, max: 50 }),
        (data, start, random, step) => {
          // Random segments first, then all of the stream in steps, from the back: everything must come out once.
          const segments = random.map(({ at, length }) => [at % data.length, length] as const);
          const all = Array.from({ length: Math.ceil(data.length / step) }, (_, i) => [i * step, step] as const);
          const stream = new StreamAssembler(start);
          const out: Uint8Array[] = [];
          for (const [at, length] of [...segments, ...all.reverse()]) {
            const bytes = data.subarray(at, at + length);
            const now = stream.add((start + at) >>> 0, bytes, true, undefined);
            if (now !== undefined) out.push(now.slice());
            for (let more = stream.take(undefined); more !== undefined; more = stream.take(undefined)) out.push(more);
            for (let i = 1; i < stream.held.length; i++) {
              const [a, b] = [stream.held[i - 1], stream.held[i]];
              if (a && b) expect(distance(b.seq, a.seq + a.bytes.length)).toBeGreaterThanOrEqual(0);
            }
          }
          expect(concat(out)).toEqual(data);
          expect(stream.cost).toBe(0);
        },
      ),
    );
  });

  it('the byte seen first wins, checked against an array of bytes', () => {
    const segment = fc.record({ at: fc.nat(30), bytes: fc.uint8Array({ minLength: 1, maxLength: 12 }) });
    fc.assert(
      fc.property(fc.array(segment, { maxLength: 40 }), (segments) => {
        const oracle: (number | undefined)[] = [];
        const stream = new StreamAssembler(0xfffffff0);
        const out: number[] = [];
        for (const { at, bytes } of segments) {
          bytes.forEach((byte, i) => (oracle[at + i] ??= byte));
          const now = stream.add((0xfffffff0 + at) >>> 0, bytes, true, undefined);
          if (now !== undefined) out.push(...now);
          for (let more = stream.take(undefined); more !== undefined; more = stream.take(undefined)) out.push(...more);
        }
        const hole = Array.from({ length: oracle.length + 1 }, (_, i) => oracle[i]).indexOf(undefined);
        expect(out).toEqual(oracle.slice(0, hole));
      }),
    );
  });
});
