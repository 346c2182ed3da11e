/** Checksums of parts of an answer: cyclic ones by their parameters, sums, and the sum of 16-bit words with carries. */
import { EMPTY, concat } from '../bytes/bytes.js';
import { recode } from './recode.js';
import type { Checksum, Covered } from './types.js';

/** The checksums in common use; what is met by chance the least comes first. */
export const CHECKSUMS: readonly Checksum[] = [
  { kind: 'crc', bits: 32, polynomial: 0x04c11db7, start: 0xffffffff, reflected: true, xor: 0xffffffff },
  { kind: 'crc', bits: 32, polynomial: 0x1edc6f41, start: 0xffffffff, reflected: true, xor: 0xffffffff },
  { kind: 'adler' },
  { kind: 'crc', bits: 16, polynomial: 0x8005, start: 0xffff, reflected: true, xor: 0 },
  { kind: 'crc', bits: 16, polynomial: 0x8005, start: 0, reflected: true, xor: 0 },
  { kind: 'crc', bits: 16, polynomial: 0x1021, start: 0xffff, reflected: false, xor: 0 },
  { kind: 'crc', bits: 16, polynomial: 0x1021, start: 0, reflected: false, xor: 0 },
  { kind: 'crc', bits: 16, polynomial: 0x1021, start: 0xffff, reflected: true, xor: 0xffff },
  { kind: 'crc', bits: 16, polynomial: 0x1021, start: 0, reflected: true, xor: 0 },
  { kind: 'crc', bits: 16, polynomial: 0x3d65, start: 0, reflected: true, xor: 0xffff },
  { kind: 'internet' },
  { kind: 'sum', bits: 32, negated: false },
  { kind: 'sum', bits: 16, negated: false },
  { kind: 'sum', bits: 16, negated: true },
  { kind: 'crc', bits: 8, polynomial: 0x07, start: 0, reflected: false, xor: 0 },
  { kind: 'xor' },
  { kind: 'sum', bits: 8, negated: false },
  { kind: 'sum', bits: 8, negated: true },
];

/** How many bytes a checksum takes in binary. */
export function checksumWidth(how: Checksum): number {
  switch (how.kind) {
    case 'crc':
    case 'sum':
      return how.bits / 8;
    case 'adler':
      return 4;
    case 'internet':
      return 2;
    case 'xor':
      return 1;
  }
}

/** The checksum of some bytes. */
export function checksumOf(how: Checksum, bytes: Uint8Array): number {
  switch (how.kind) {
    case 'crc':
      return crc(how, bytes);
    case 'sum': {
      let sum = how.start ?? 0;
      for (const byte of bytes) sum += byte;
      const size = 2 ** how.bits;
      return how.negated ? (size - (sum % size)) % size : sum % size;
    }
    case 'xor': {
      let all = how.start ?? 0;
      for (const byte of bytes) all ^= byte;
      return all;
    }
    case 'adler':
      return adler(bytes);
    case 'internet':
      return internet(bytes);
    default:
      return 0;
  }
}

/** Whether a constant goes into a checksum. */
export function takesConstant({ kind }: Checksum): boolean {
  return kind === 'crc' || kind === 'sum' || kind === 'xor';
}

/** The same checksum with the constant that makes it `value` over some bytes; null where no constant goes into it. */
export function withConstant(how: Checksum, bytes: Uint8Array, value: number): Checksum | null {
  switch (how.kind) {
    case 'crc':
      return { ...how, xor: (checksumOf(how, bytes) ^ how.xor ^ value) >>> 0 };
    case 'sum': {
      const size = 2 ** how.bits;
      const rest = (value - checksumOf(how, bytes) + size) % size;
      return { ...how, start: how.negated ? (size - rest) % size : rest };
    }
    case 'xor':
      return { ...how, start: checksumOf(how, bytes) ^ value };
    default:
      return null;
  }
}

type Crc = Checksum & { kind: 'crc' };

const tables = new Map<string, Int32Array>();

/** By byte, what it does to the register; the register is kept at the high end, or at the low end when reflected. */
function tableOf({ bits, polynomial, reflected }: Crc): Int32Array {
  const key = `${bits}/${polynomial}/${reflected}`;
  const known = tables.get(key);
  if (known) return known;
  const table = new Int32Array(256);
  const poly = reflected ? mirror(polynomial, bits) : polynomial << (32 - bits);
  const step = (register: number): number => {
    if (reflected) return register & 1 ? (register >>> 1) ^ poly : register >>> 1;
    return register < 0 ? (register << 1) ^ poly : register << 1;
  };
  // what a byte does is what its bits do, one over the other
  for (let bit = 1; bit < 256; bit *= 2) {
    let register = reflected ? bit : bit << 24;
    for (let i = 0; i < 8; i++) register = step(register);
    for (let byte = bit; byte < 2 * bit; byte++) table[byte] = register ^ (table[byte - bit] ?? 0);
  }
  if (tables.size < 64) tables.set(key, table);
  return table;
}

function mirror(value: number, bits: number): number {
  let turned = 0;
  for (let i = 0; i < bits; i++) turned = (turned << 1) | ((value >>> i) & 1);
  return turned;
}

function crc(how: Crc, bytes: Uint8Array): number {
  const { bits, reflected, start, xor } = how;
  const table = tableOf(how);
  let register = reflected ? mirror(start, bits) : start << (32 - bits);
  for (const byte of bytes) {
    register = reflected
      ? (register >>> 8) ^ (table[(register ^ byte) & 255] ?? 0)
      : (register << 8) ^ (table[(register >>> 24) ^ byte] ?? 0);
  }
  const value = reflected ? register : register >>> (32 - bits);
  return (value ^ xor) >>> 0;
}

function adler(bytes: Uint8Array): number {
  let [a, b] = [1, 0];
  for (const byte of bytes) {
    a = (a + byte) % 65_521;
    b = (b + a) % 65_521;
  }
  return b * 65_536 + a;
}

function internet(bytes: Uint8Array): number {
  let sum = 0;
  bytes.forEach((byte, i) => (sum += i % 2 === 0 ? byte * 256 : byte));
  while (sum > 0xffff) sum = (sum % 65_536) + Math.floor(sum / 65_536);
  return 0xffff - sum;
}

/** The bytes of a message that a checksum covers which stands from `from` to `to` in it; null when there are none. */
export function coveredBy(covered: Covered, message: Uint8Array, from: number, to: number): Uint8Array | null {
  const { what, count, gap = 0 } = covered;
  let bytes: Uint8Array = EMPTY;
  if (what === 'before' && count >= 0) bytes = message.subarray(count, Math.max(count, from - gap));
  else if (what === 'block' && count <= from) bytes = message.subarray(from - count, from);
  else if (what === 'behind') bytes = message.subarray(to);
  else if (what === 'around' && count <= from)
    bytes = concat([message.subarray(count, from), new Uint8Array(to - from), message.subarray(to)]);
  if (covered.digits) bytes = recode({ kind: 'from hex' }, bytes) ?? EMPTY;
  return bytes.length === 0 ? null : bytes;
}
