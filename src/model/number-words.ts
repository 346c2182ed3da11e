/** Numbers in words: how they are written, and how many bytes there are. */
import { printable } from '../bytes/bytes.js';
import type { NumberCodec, NumberRange, Rule } from './types.js';

/** Bytes of a value that are shown. */
export const SHOWN = 60;

/** `1 byte`, `2 bytes`. */
export function bytesText(n: number): string {
  return `${n} byte${n === 1 ? '' : 's'}`;
}

/** The numbers of a range, and how they are written. */
export function rangeText({ codec, least, most }: NumberRange): string {
  return `${least} to ${most}, written as ${codecText(codec)}`;
}

/** How a number is written. */
export function codecText(codec: NumberCodec): string {
  switch (codec.kind) {
    case 'decimal':
      return `decimal${codec.pad === 0 ? '' : ` of ${codec.pad} digits`}${codec.behind ? ` with ${codec.behind} behind a point` : ''}`;
    case 'hex':
      return `${codec.upper ? 'upper-case ' : ''}hexadecimal${codec.pad === 0 ? '' : ` of ${codec.pad} digits`}`;
    case 'binary':
      return codec.width === 1 ? 'one byte' : `${codec.width} bytes, ${codec.order}-endian`;
    case 'ber':
      return 'a BER length';
    case 'varint':
      return 'a varint';
    case 'stepped':
      return `a byte${codec.flag === 0 ? '' : ` (less ${codec.flag})`}, or what follows one above ${codec.most}`;
    default:
      return plain(codec);
  }
}

/** A kind that is younger than this file. */
export function plain(part: unknown): string {
  return JSON.stringify(part, (_, value: unknown) => (value instanceof Uint8Array ? printable(value, SHOWN) : value));
}

/** Places of a made-up value that hold bytes of their own. */
export function formText(form: (Rule & { kind: 'made up' })['form'] = []): string {
  return form.map(({ at, bytes }) => `, at byte ${at} from ${quoted(bytes)}`).join('');
}

/** Bytes in quotes, cut after `most`. */
export function quoted(bytes: Uint8Array, most = SHOWN): string {
  const text = printable(bytes.subarray(0, most)).replaceAll('"', '\\"');
  return bytes.length > most ? `"${text}…" (${bytes.length} bytes)` : `"${text}"`;
}
