/** Numbers as they stand in messages: reading and writing them in every coding that a rule may name. */
import type { NumberCodec } from './types.js';

/** Digits as they are, without zeros before them. */
export const DECIMAL = { kind: 'decimal', pad: 0 } as const;

/** Seven bits a byte. */
export const VARINT = { kind: 'varint' } as const;

/** Largest number of digits read: more would not fit a double exactly. */
const MOST_DIGITS = 15;

/** The number that `bytes`, taken as a whole, mean in this coding; null when they are not such a number. */
export function readNumber(codec: NumberCodec, bytes: Uint8Array): number | null {
  const read = readNumberAt(codec, bytes, 0, bytes.length);
  return read !== null && read.width === bytes.length ? read.value : null;
}

/** The number that starts at `at`, as long as it goes (binary: its width). */
export function readNumberAt(
  codec: NumberCodec,
  bytes: Uint8Array,
  at: number,
  end = bytes.length,
): { value: number; width: number } | null {
  switch (codec.kind) {
    case 'decimal':
      return codec.behind ? readPointed(bytes, at, end, codec.behind) : readDigits(bytes, at, end, 10);
    case 'hex':
      return readDigits(bytes, at, end, 16);
    case 'binary':
      return readBinary(bytes, at, end, codec.width, codec.order);
    case 'ber':
      return readBer(bytes, at, end);
    case 'varint':
      return readVarint(bytes, at, end);
    case 'stepped':
      return readStepped(codec, bytes, at, end);
  }
}

/** The bytes of a number in this coding; null when it does not fit (negative, too wide). */
export function writeNumber(codec: NumberCodec, value: number): Uint8Array | null {
  if (!Number.isSafeInteger(value) || value < 0) return null;
  switch (codec.kind) {
    case 'decimal':
      return codec.behind
        ? pointed(value.toString(10), codec.pad, codec.behind)
        : digits(value.toString(10), codec.pad);
    case 'hex': {
      const text = value.toString(16);
      return digits(codec.upper ? text.toUpperCase() : text, codec.pad);
    }
    case 'binary':
      return writeBinary(value, codec.width, codec.order);
    case 'ber':
      return writeBer(value);
    case 'varint':
      return writeVarint(value);
    case 'stepped':
      return writeStepped(codec, value);
  }
}

function digits(text: string, pad: number): Uint8Array {
  return Uint8Array.from(text.padStart(pad, '0'), (c) => c.charCodeAt(0));
}

/** The digits with a point before the last `behind` ones. */
function pointed(text: string, pad: number, behind: number): Uint8Array | null {
  if (behind > MOST_DIGITS) return null;
  const all = text.padStart(behind + 1, '0');
  return digits(`${all.slice(0, -behind)}.${all.slice(-behind)}`, pad);
}

/** 0…15 for a hexadecimal digit, else -1. */
export function digitValue(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  if (byte >= 0x61 && byte <= 0x66) return byte - 0x57;
  if (byte >= 0x41 && byte <= 0x46) return byte - 0x37;
  return -1;
}

function readDigits(
  bytes: Uint8Array,
  at: number,
  end: number,
  base: 10 | 16,
): { value: number; width: number } | null {
  let value = 0;
  let width = 0;
  for (; at + width < end && width <= MOST_DIGITS; width++) {
    const digit = digitValue(bytes[at + width] ?? 0);
    if (digit < 0 || digit >= base) break;
    value = value * base + digit;
  }
  return width === 0 || width > MOST_DIGITS || !Number.isSafeInteger(value) ? null : { value, width };
}

const POINT = 0x2e;

/** Digits, a point, and just so many digits behind it. */
function readPointed(
  bytes: Uint8Array,
  at: number,
  end: number,
  behind: number,
): { value: number; width: number } | null {
  const whole = readDigits(bytes, at, end, 10);
  const point = at + (whole?.width ?? 0);
  if (!whole || point >= end || bytes[point] !== POINT) return null;
  const part = readDigits(bytes, point + 1, end, 10);
  const value = whole.value * 10 ** behind + (part?.value ?? 0);
  return part?.width === behind && Number.isSafeInteger(value) ? { value, width: whole.width + 1 + behind } : null;
}

function readBinary(bytes: Uint8Array, at: number, end: number, width: number, order: 'big' | 'little') {
  return at + width > end ? null : { value: binaryAt(bytes, at, width, order), width };
}

/** The number that `width` bytes mean; what is not there counts as zero. */
export function binaryAt(bytes: Uint8Array, at: number, width: number, order: 'big' | 'little'): number {
  let value = 0;
  for (let i = 0; i < width; i++) value = value * 256 + (bytes[order === 'big' ? at + i : at + width - 1 - i] ?? 0);
  return value;
}

function writeBinary(value: number, width: number, order: 'big' | 'little'): Uint8Array | null {
  if (value >= 256 ** width) return null;
  const bytes = new Uint8Array(width);
  for (let i = 0; i < width; i++) {
    bytes[order === 'big' ? width - 1 - i : i] = value % 256;
    value = Math.floor(value / 256);
  }
  return bytes;
}

function readBer(bytes: Uint8Array, at: number, end: number): { value: number; width: number } | null {
  const first = bytes[at];
  if (first === undefined || at >= end) return null;
  if (first < 0x80) return { value: first, width: 1 };
  const count = first - 0x80;
  if (count === 0 || count > 4) return null;
  const rest = readBinary(bytes, at + 1, end, count, 'big');
  return rest && { value: rest.value, width: 1 + count };
}

function writeBer(value: number): Uint8Array | null {
  if (value < 0x80) return Uint8Array.of(value);
  let count = 1;
  while (value >= 256 ** count) count++;
  const rest = count > 4 ? null : writeBinary(value, count, 'big');
  return rest && Uint8Array.of(0x80 + count, ...rest);
}

/** Bytes of a number: 35 bits. */
const WIDEST_VARINT = 5;

function readVarint(bytes: Uint8Array, at: number, end: number): { value: number; width: number } | null {
  let value = 0;
  for (let width = 0; width < WIDEST_VARINT && at + width < end; width++) {
    const byte = bytes[at + width] ?? 0;
    value += (byte & 0x7f) * 128 ** width;
    if (byte < 0x80) return { value, width: width + 1 };
  }
  return null;
}

/** The end of the number in seven bits a byte that starts at `from`; -1 where there is none. */
export function endOfVarint(bytes: Uint8Array, from: number): number {
  const read = readVarint(bytes, from, bytes.length);
  return read ? from + read.width : -1;
}

function writeVarint(value: number): Uint8Array | null {
  const bytes: number[] = [];
  do {
    const more = value >= 128;
    bytes.push((value % 128) + (more ? 128 : 0));
    value = Math.floor(value / 128);
  } while (value > 0);
  return bytes.length > WIDEST_VARINT ? null : Uint8Array.from(bytes);
}

type Stepped = NumberCodec & { kind: 'stepped' };

/** Bytes of a number that are read: as many as fit a double exactly. */
const WIDEST = 6;

function readStepped({ most, widths, order, flag }: Stepped, bytes: Uint8Array, at: number, end: number) {
  const first = (bytes[at] ?? -1) - flag;
  if (at >= end || first < 0) return null;
  if (first <= most) return { value: first, width: 1 };
  const width = widths[first - most - 1];
  if (width === undefined || at + 1 + width > end) return null;
  const value = binaryAt(bytes, at + 1, width, order);
  return Number.isSafeInteger(value) ? { value, width: 1 + width } : null;
}

function writeStepped({ most, widths, order, flag }: Stepped, value: number): Uint8Array | null {
  if (value <= most) return Uint8Array.of(flag + value);
  const step = widths.findIndex((width) => value < 256 ** Math.min(width, WIDEST));
  const width = widths[step];
  const rest = width === undefined ? null : writeBinary(value, width, order);
  return rest && Uint8Array.of(flag + most + 1 + step, ...rest);
}
