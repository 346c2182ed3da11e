/**
 * Checksums in answers [new]: a value of one to four bytes, in binary or in hexadecimal digits, that is a
 * checksum in common use of what stands before it, behind it or around it. Proven by different values in
 * several samples: a checksum that fits them all is hardly met by chance.
 */
import { CHECKSUMS, checksumOf, checksumWidth, coveredBy } from '../../model/checksum.js';
import { digitValue, readNumberAt } from '../../model/number.js';
import type { Checksum, Covered, NumberCodec } from '../../model/types.js';
import type { Found } from './copy.js';
import type { Line } from './sample.js';
import { Kept } from '../kept.js';

const MOST_BYTES = 2048;
const MOST_SKIPPED = 40;
const MOST_BLOCK = 64;
/** Lines that a checksum is looked for in; it is then held against all. */
const ENOUGH = 12;
const COST = 7;

interface Field {
  readonly back: number;
  readonly width: number;
  readonly write: NumberCodec;
}

/** A checksum around a first difference that holds in all lines. */
export function findChecksum(lines: readonly Line[], at: Int32Array, run: number): Found | null {
  const first = lines[0];
  if (!first || lines.length < 3 || (at[0] ?? 0) > MOST_BYTES) return null;
  for (const size of [4, 2, 1]) {
    for (const field of fieldsOf(lines, at, run, size)) {
      const [one, ...others] = lines.slice(0, ENOUGH).map((line, i) => ({ line, from: (at[i] ?? 0) - field.back }));
      if (!one) continue;
      for (const [how, covered] of heldBy(one.line, one.from, field, size)) {
        if (!others.every(({ line, from }) => holds(how, covered, field, line, from))) continue;
        if (!lines.every((line, i) => holds(how, covered, field, line, (at[i] ?? 0) - field.back))) continue;
        const lengths = new Int32Array(lines.length).fill(field.width);
        const rule = { kind: 'checksum', how, covered, write: field.write } as const;
        return { rule, back: field.back, lengths, support: lines.length, cost: COST };
      }
    }
  }
  return null;
}

type Told = readonly [how: Checksum, covered: Covered];

const told = new Kept<Line, string, readonly Told[]>();

/** The checksums that a field of one line is; the same lines are looked at in many groups. */
function heldBy(line: Line, from: number, field: Field, size: number): readonly Told[] {
  return told.of(line, `${from}/${size}/${JSON.stringify(field.write)}`, () => {
    const all = coverages(line.bytes, from, field);
    const fitting = CHECKSUMS.filter((how) => checksumWidth(how) === size);
    return fitting.flatMap((how) =>
      all.flatMap((covered): Told[] => (holds(how, covered, field, line, from) ? [[how, covered]] : [])),
    );
  });
}

/** Where a checksum of so many bytes may stand, in which codec. */
function fieldsOf(lines: readonly Line[], at: Int32Array, run: number, size: number): Field[] {
  const fields: Field[] = [];
  for (let back = 0; back <= Math.min(run, 2 * size - 1); back++) {
    if (isHex(lines, at, back, 2 * size)) {
      const upper = lines.some(({ bytes }, i) => hasUpper(bytes, (at[i] ?? 0) - back, 2 * size));
      fields.push({ back, width: 2 * size, write: { kind: 'hex', pad: 2 * size, upper } });
    }
    if (back >= size || !varies(lines, at, back, size)) continue;
    for (const order of ['big', 'little'] as const) {
      if (size > 1 || order === 'big')
        fields.push({ back, width: size, write: { kind: 'binary', width: size, order } });
    }
  }
  return fields;
}

/** Every byte of a checksum varies, not all of them are text, and they do not just go on with the bytes before them. */
function varies(lines: readonly Line[], at: Int32Array, back: number, size: number): boolean {
  let text = true;
  if (lines.every(({ bytes }, i) => isRun(bytes, (at[i] ?? 0) - back, size))) return false;
  const whole = new Set<string>();
  for (let i = 0; i < size; i++) {
    const seen = new Set<number>();
    for (let j = 0; j < lines.length; j++) {
      const byte = lines[j]?.bytes[(at[j] ?? 0) - back + i];
      if (byte === undefined) return false;
      seen.add(byte);
      if (byte < 0x20 || byte > 0x7e) text = false;
    }
    if (seen.size < 2) return false;
    if (size === 1 && seen.size < 5) return false;
  }
  lines.forEach(({ bytes }, j) => whole.add(bytes.subarray((at[j] ?? 0) - back, (at[j] ?? 0) - back + size).join()));
  return !text && whole.size >= 3;
}

/** Whether bytes are the same one as beside them, before or behind: a part of a filling. */
function isRun(bytes: Uint8Array, from: number, size: number): boolean {
  const byte = bytes[from];
  for (let i = 1; i < size; i++) if (bytes[from + i] !== byte) return false;
  return bytes[from - 1] === byte || bytes[from + size] === byte;
}

function isHex(lines: readonly Line[], at: Int32Array, back: number, digits: number): boolean {
  const values = new Set<string>();
  for (let i = 0; i < lines.length; i++) {
    const bytes = lines[i]?.bytes;
    const from = (at[i] ?? 0) - back;
    if (!bytes || digitValue(bytes[from + digits] ?? 0) >= 0 || digitsBefore(bytes, from) % 2 !== 0) return false;
    for (let j = 0; j < digits; j++) if (digitValue(bytes[from + j] ?? 0) < 0) return false;
    values.add(bytes.subarray(from, from + digits).join());
  }
  return values.size >= (digits === 2 ? 5 : 3);
}

/** Digits right before a place: where all of an answer is in digits, its checksum is too. */
function digitsBefore(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at > 0 && digitValue(bytes[at - 1] ?? 0) >= 0) at--;
  return from - at;
}

function hasUpper(bytes: Uint8Array, from: number, digits: number): boolean {
  return bytes.subarray(from, from + digits).some((b) => b >= 0x41 && b <= 0x46);
}

/** What a checksum in this place may cover, the most likely first. */
function coverages(message: Uint8Array, from: number, { width, write }: Field): Covered[] {
  const all: Covered[] = [];
  const most = Math.min(MOST_SKIPPED, from - 2);
  for (let count = 0; count <= most; count++) all.push({ what: 'before', count });
  for (let count = 2; count <= Math.min(MOST_BLOCK, from); count++) all.push({ what: 'block', count });
  if (write.kind === 'hex') for (let count = 0; count < most; count++) all.push({ what: 'before', count, gap: 1 });
  const digits = write.kind === 'hex' ? digitsBefore(message, from) : 0;
  for (let count = from - digits; count < from; count += 2) all.push({ what: 'before', count, digits: true });
  const behind = message.length - from - width;
  if (behind >= 2 && behind <= MOST_BYTES) {
    all.push({ what: 'behind', count: 0 });
    for (let count = 0; count <= Math.min(8, from); count++) all.push({ what: 'around', count });
  }
  return all;
}

function holds(how: Checksum, covered: Covered, { width, write }: Field, { bytes }: Line, from: number): boolean {
  const part = coveredBy(covered, bytes, from, from + width);
  if (!part) return false;
  const read = readNumberAt(write, bytes, from, from + width);
  return read !== null && read.width === width && read.value === checksumOf(how, part);
}
