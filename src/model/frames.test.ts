/** Framing: frames are the message again, and no length that a client may send leads astray. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat, fromLatin1, toLatin1 } from '../bytes/bytes.js';
import { cutByDelimiter, cutByLength, cutFrames, frameLength } from './frames.js';
import { writeNumber } from './number.js';
import type { LengthField, NumberCodec } from './types.js';

const codecs: readonly NumberCodec[] = [
  { kind: 'binary', width: 1, order: 'big' },
  { kind: 'binary', width: 2, order: 'big' },
  { kind: 'binary', width: 2, order: 'little' },
  { kind: 'binary', width: 4, order: 'big' },
  { kind: 'ber' },
  { kind: 'varint' },
  { kind: 'decimal', pad: 4 },
];
const codec = fc.constantFrom(...codecs);
const field: fc.Arbitrary<LengthField> = fc.record({
  offset: fc.nat(8),
  codec,
  add: fc.integer({ min: -64, max: 64 }),
});

/** A frame of this field with so many bytes behind it. */
function frame({ offset, codec, add }: LengthField, rest: Uint8Array): Uint8Array {
  const head = new Uint8Array(offset).fill(0x68);
  const length = writeNumber(codec, rest.length - add) ?? new Uint8Array(0);
  return concat([head, length, rest]);
}

const lines = (text: string, delimiter: string): string[] =>
  cutByDelimiter(fromLatin1(delimiter), fromLatin1(text)).map(toLatin1);

describe('cutting by a length', () => {
  it('gives the frames that were put together', () => {
    const positive = field.map((f) => ({ ...f, add: -Math.abs(f.add) }));
    fc.assert(
      fc.property(
        positive,
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 180 }), { maxLength: 8 }),
        (of, rests) => {
          // digits behind a decimal number would belong to it
          const frames = rests.map((rest) => frame(of, of.codec.kind === 'decimal' ? rest.map((b) => b | 0x80) : rest));
          expect(cutByLength(of, concat(frames))?.map(toLatin1)).toEqual(frames.map(toLatin1));
        },
      ),
    );
  });

  it('gives the message again, or nothing, whatever the bytes', () => {
    fc.assert(
      fc.property(field, fc.uint8Array({ maxLength: 200 }), (of, message) => {
        const frames = cutByLength(of, message);
        if (frames) expect(concat(frames)).toEqual(message);
        for (const one of frames ?? []) expect(one.length).toBeGreaterThan(0);
      }),
      { numRuns: 500 },
    );
  });

  it('does not take half a frame', () => {
    const of: LengthField = { offset: 1, codec: { kind: 'binary', width: 2, order: 'big' }, add: 0 };
    const whole = frame(of, fromLatin1('walrus'));
    for (let length = 1; length < whole.length; length++) expect(cutByLength(of, whole.subarray(0, length))).toBeNull();
    expect(frameLength(of, whole.subarray(0, 2), 0)).toBeNull();
    expect(frameLength(of, whole.subarray(0, 3), 0)).toBe(whole.length);
  });

  it('knows a length that can not be', () => {
    const of: LengthField = { offset: 2, codec: { kind: 'binary', width: 2, order: 'big' }, add: -10 };
    expect(frameLength(of, Uint8Array.of(1, 2, 0, 3, 9, 9, 9, 9), 0)).toBe(-1);
    const ber: LengthField = { offset: 0, codec: { kind: 'ber' }, add: 0 };
    expect(frameLength(ber, Uint8Array.of(0x80, 0, 0, 0, 0, 0, 0), 0)).toBe(-1);
    const digits: LengthField = { offset: 0, codec: { kind: 'decimal', pad: 0 }, add: 0 };
    expect(frameLength(digits, fromLatin1('no number'), 0)).toBe(-1);
  });

  it('a length of all bits set waits, it does not loop', () => {
    const of: LengthField = { offset: 0, codec: { kind: 'binary', width: 4, order: 'big' }, add: 0 };
    expect(frameLength(of, Uint8Array.of(255, 255, 255, 255, 1), 0)).toBe(4 + 2 ** 32 - 1);
    expect(cutByLength(of, Uint8Array.of(255, 255, 255, 255, 1))).toBeNull();
  });

  it('never says that a frame of no length, or one that ends in its own field, is one', () => {
    fc.assert(
      fc.property(field, fc.uint8Array({ maxLength: 40 }), fc.nat(45), (of, message, from) => {
        const length = frameLength(of, message, from);
        if (length !== null && length !== -1) expect(length).toBeGreaterThan(of.offset);
      }),
    );
  });
});

describe('cutting by a delimiter', () => {
  it('keeps the delimiter with what it ends', () => {
    expect(lines('one\r\ntwo\r\n', '\r\n')).toEqual(['one\r\n', 'two\r\n']);
  });

  it('keeps what is behind the last one, and empty lines', () => {
    expect(lines('one\n\ntwo', '\n')).toEqual(['one\n', '\n', 'two']);
    expect(lines('', '\n')).toEqual([]);
  });

  it('gives the message again, and the delimiter only at the ends of pieces', () => {
    const delimiter = fc.constantFrom('\r\n', '\n', '\0', 'aa').map(fromLatin1);
    const message = fc
      .array(fc.constantFrom('a', 'b', '\r', '\n', '\0'), { maxLength: 60 })
      .map((parts) => fromLatin1(parts.join('')));
    fc.assert(
      fc.property(delimiter, message, (end, bytes) => {
        const pieces = cutByDelimiter(end, bytes);
        expect(concat(pieces)).toEqual(bytes);
        for (const piece of pieces.slice(0, -1))
          expect(toLatin1(piece).indexOf(toLatin1(end))).toBe(piece.length - end.length);
      }),
    );
  });
});

describe('cutting by what is known of a service', () => {
  it('goes by the length field, the delimiter, or not at all', () => {
    const message = fromLatin1('\x02ab\x01\n');
    const length: LengthField = { offset: 0, codec: { kind: 'binary', width: 1, order: 'big' }, add: 0 };
    const cut = (framing: Parameters<typeof cutFrames>[0]) => cutFrames(framing, message).map(toLatin1);
    expect(cut({ length, silence: 0 })).toEqual(['\x02ab', '\x01\n']);
    expect(cut({ delimiter: fromLatin1('a'), silence: 0 })).toEqual(['\x02a', 'b\x01\n']);
    expect(cut({ silence: 0 })).toEqual(['\x02ab\x01\n']);
  });

  it('takes pieces together up to the one that ends a request', () => {
    const length: LengthField = { offset: 0, codec: { kind: 'binary', width: 1, order: 'big' }, add: 0 };
    const whole: LengthField = { ...length, until: fromLatin1('\x00') };
    const message = fromLatin1('\x02ab\x01c\0\x01d\0');
    expect(cutFrames({ length: whole, silence: 0 }, message).map(toLatin1)).toEqual(['\x02ab\x01c\0', '\x01d\0']);
    expect(frameLength(whole, message, 0)).toBe(6);
    expect(frameLength(whole, message.subarray(0, 5), 0)).toBeNull();
    expect(frameLength(whole, message.subarray(0, 4), 0)).toBeNull();
  });

  it('leaves a message whole that its length field does not fill', () => {
    const length: LengthField = { offset: 0, codec: { kind: 'binary', width: 1, order: 'big' }, add: 0 };
    expect(cutFrames({ length, silence: 0 }, fromLatin1('\x09ab')).map(toLatin1)).toEqual(['\x09ab']);
  });
});
