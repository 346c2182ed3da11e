/** Numbers in messages: what was written is read back, and what does not fit is not written. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat, fromLatin1 } from '../bytes/bytes.js';
import { readNumber, readNumberAt, writeNumber } from './number.js';
import type { NumberCodec } from './types.js';

interface Range {
  readonly codec: NumberCodec;
  readonly most: number;
  /** Whether `most` is the coding's own limit: one more can not be written. */
  readonly limit: boolean;
}

const binaries = [1, 2, 3, 4, 5, 6].flatMap((width) =>
  (['big', 'little'] as const).map((order): Range => ({
    codec: { kind: 'binary', width, order },
    most: 256 ** width - 1,
    limit: true,
  })),
);
const ranges: readonly Range[] = [
  ...[0, 1, 4, 10].map((pad): Range => ({ codec: { kind: 'decimal', pad }, most: 999_999_999_999_999, limit: false })),
  ...[true, false].flatMap((upper) =>
    [0, 8].map((pad): Range => ({ codec: { kind: 'hex', pad, upper }, most: Number.MAX_SAFE_INTEGER, limit: false })),
  ),
  ...[1, 2, 4].map((behind): Range => ({
    codec: { kind: 'decimal', pad: 0, behind },
    most: 99_999_999_999,
    limit: false,
  })),
  ...binaries,
  { codec: { kind: 'ber' }, most: 2 ** 32 - 1, limit: true },
  { codec: { kind: 'varint' }, most: 2 ** 35 - 1, limit: true },
  { codec: { kind: 'stepped', most: 125, widths: [2, 8], order: 'big', flag: 0 }, most: 2 ** 48 - 1, limit: true },
  { codec: { kind: 'stepped', most: 125, widths: [2, 8], order: 'big', flag: 128 }, most: 2 ** 48 - 1, limit: true },
  { codec: { kind: 'stepped', most: 252, widths: [2, 4], order: 'little', flag: 0 }, most: 2 ** 32 - 1, limit: true },
  {
    codec: { kind: 'stepped', most: 250, widths: [0, 2, 3], order: 'little', flag: 0 },
    most: 2 ** 24 - 1,
    limit: true,
  },
];
/** Numbers of every size, and those next to where codings grow by a byte. */
const upTo = (most: number): fc.Arbitrary<number> =>
  fc.oneof(
    fc.maxSafeNat().map((n) => n % (most + 1)),
    fc.nat(300).map((n) => Math.min(n, most)),
    fc
      .tuple(
        fc.constantFrom(2 ** 7, 2 ** 8, 2 ** 14, 2 ** 16, 2 ** 21, 2 ** 24, 2 ** 28, 2 ** 32),
        fc.integer({ min: -1, max: 1 }),
      )
      .map(([power, off]) => Math.min(power + off, most)),
  );

describe.each(ranges.map((range) => ({ ...range, name: JSON.stringify(range.codec) })))(
  '$name',
  ({ codec, most, limit }) => {
    it('reads back what it wrote, from zero to the largest number', () => {
      for (const value of [0, most])
        expect(readNumber(codec, writeNumber(codec, value) ?? new Uint8Array(0))).toBe(value);
      fc.assert(
        fc.property(upTo(most), (value) => {
          const bytes = writeNumber(codec, value);
          expect(bytes && readNumber(codec, bytes)).toBe(value);
        }),
      );
    });

    it('reads it back amid other bytes and knows how wide it is', () => {
      fc.assert(
        fc.property(upTo(most), fc.uint8Array({ maxLength: 5 }), (value, before) => {
          const bytes = writeNumber(codec, value) ?? new Uint8Array(0);
          const message = concat([before, bytes, fromLatin1(' x')]);
          expect(readNumberAt(codec, message, before.length)).toEqual({ value, width: bytes.length });
        }),
      );
    });

    it('does not write what is no number of it', () => {
      for (const value of [-1, 0.5, NaN, Infinity, 2 ** 53]) expect(writeNumber(codec, value)).toBeNull();
      if (limit) expect(writeNumber(codec, most + 1)).toBeNull();
    });

    it('reads any bytes without throwing, never beyond their end', () => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 20 }), fc.nat(25), (bytes, at) => {
          const read = readNumberAt(codec, bytes, at);
          if (!read) return;
          expect(at + read.width).toBeLessThanOrEqual(bytes.length);
          expect(Number.isSafeInteger(read.value) && read.value >= 0).toBe(true);
        }),
      );
    });
  },
);

describe('numbers as people know them', () => {
  const text = (bytes: Uint8Array | null): string => Buffer.from(bytes ?? []).toString('latin1');

  it('are padded with zeros to their width, and wider where they must be', () => {
    expect(text(writeNumber({ kind: 'decimal', pad: 4 }, 42))).toBe('0042');
    expect(text(writeNumber({ kind: 'decimal', pad: 4 }, 12_345))).toBe('12345');
    expect(text(writeNumber({ kind: 'hex', pad: 4, upper: true }, 0xbeef))).toBe('BEEF');
  });

  it('have their bytes in order', () => {
    expect(writeNumber({ kind: 'binary', width: 2, order: 'big' }, 0x1234)).toEqual(Uint8Array.of(0x12, 0x34));
    expect(writeNumber({ kind: 'binary', width: 2, order: 'little' }, 0x1234)).toEqual(Uint8Array.of(0x34, 0x12));
  });

  it('are as long as BER and base 128 say', () => {
    expect(writeNumber({ kind: 'ber' }, 127)).toEqual(Uint8Array.of(127));
    expect(writeNumber({ kind: 'ber' }, 128)).toEqual(Uint8Array.of(0x81, 0x80));
    expect(writeNumber({ kind: 'ber' }, 300)).toEqual(Uint8Array.of(0x82, 1, 44));
    expect(writeNumber({ kind: 'varint' }, 300)).toEqual(Uint8Array.of(0xac, 2));
  });

  it('are no number when something else stands with them', () => {
    for (const words of ['', ' 1', '1 ', '-1', '+1', '1.5', '0x10', '1e3', '9'.repeat(16)]) {
      expect(readNumber({ kind: 'decimal', pad: 0 }, fromLatin1(words))).toBeNull();
    }
    expect(readNumber({ kind: 'ber' }, Uint8Array.of(0x80))).toBeNull();
    expect(readNumber({ kind: 'ber' }, Uint8Array.of(0x82, 1))).toBeNull();
    expect(readNumber({ kind: 'varint' }, Uint8Array.of(0x80, 0x80, 0x80, 0x80, 0x80, 0))).toBeNull();
  });
});
