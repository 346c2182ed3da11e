/** Values written anew: in digits, in an alphabet of 64 characters, escaped, widened, turned round, padded. */
import { EMPTY, LF, concat, fromLatin1, isPrintable, toLatin1, isAlphanumeric } from '../bytes/bytes.js';
import { digitValue } from './number.js';
import type { Recoding } from './types.js';

/** A padded value is no wider than this, whatever a model says. */
const MOST_PADDED = 4096;

/** The value in another writing, or null when it is not one that can be written (or read) so. */
export function recode(how: Recoding, bytes: Uint8Array): Uint8Array | null {
  switch (how.kind) {
    case 'hex':
      return toHex(bytes, how.upper);
    case 'from hex':
      return fromHex(bytes);
    case 'base64':
      return toBase64(bytes, how.url, how.pad);
    case 'from base64':
      return fromBase64(bytes);
    case 'percent':
      return toPercent(how, bytes);
    case 'from percent':
      return fromPercent(how.sign, how.plus, bytes);
    case 'escape':
      return escaped(how, bytes);
    case 'unescape':
      return unescaped(how, bytes);
    case 'utf-16':
      return widened(bytes, how.order);
    case 'from utf-16':
      return narrowed(bytes, how.order);
    case 'reverse':
      return bytes.slice().reverse();
    case 'pad':
      return padded(how, bytes);
    case 'trim':
      return trimmed(bytes);
    default:
      return null;
  }
}

const LOWER = fromLatin1('0123456789abcdef');
const UPPER = fromLatin1('0123456789ABCDEF');

function toHex(bytes: Uint8Array, upper: boolean): Uint8Array {
  const digits = upper ? UPPER : LOWER;
  const text = new Uint8Array(2 * bytes.length);
  bytes.forEach((byte, i) => {
    text[2 * i] = digits[byte >> 4] ?? 0;
    text[2 * i + 1] = digits[byte & 15] ?? 0;
  });
  return text;
}

/** The byte that two digits at `at` stand for, or -1. */
export function hexPair(text: Uint8Array, at: number): number {
  const high = digitValue(text[at] ?? 0);
  const low = digitValue(text[at + 1] ?? 0);
  return at < 0 || at + 2 > text.length || high < 0 || low < 0 ? -1 : 16 * high + low;
}

function fromHex(text: Uint8Array): Uint8Array | null {
  if (text.length % 2 !== 0) return null;
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) {
    const byte = hexPair(text, 2 * i);
    if (byte < 0) return null;
    bytes[i] = byte;
  }
  return bytes;
}

function toBase64(bytes: Uint8Array, url: boolean, pad: boolean): Uint8Array {
  let text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
  if (url) text = text.replaceAll('+', '-').replaceAll('/', '_');
  if (!pad) text = text.replaceAll('=', '');
  return fromLatin1(text);
}

function fromBase64(text: Uint8Array): Uint8Array | null {
  const plain = toLatin1(text);
  if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(plain)) return null;
  const bytes = Buffer.from(plain, 'base64');
  return bytes.length === Math.floor((plain.replaceAll('=', '').length * 3) / 4) ? new Uint8Array(bytes) : null;
}

/** Shorter runs of letters are words, and texts are looked for in no more of a message than this. */
const CODED = /[A-Za-z0-9+/]{8,}={0,2}/g;
const SCAN = 4096;
const LINE_END = Uint8Array.of(LF);
const texts = new WeakMap<Uint8Array, Uint8Array>();

/** The texts (and zeros between them) that stand in a message in base64, each on a line of its own. */
export function textsInBase64(message: Uint8Array): Uint8Array {
  const known = texts.get(message);
  if (known) return known;
  const found = [...toLatin1(message.subarray(0, SCAN)).matchAll(CODED)].flatMap(([coded]) => {
    const bytes = coded.length % 4 === 0 ? fromBase64(fromLatin1(coded)) : null;
    return bytes?.every((byte) => byte === 0 || isPrintable(byte)) === true ? [bytes, LINE_END] : [];
  });
  const text = concat(found);
  texts.set(message, text);
  return text;
}

function toPercent(how: Recoding & { kind: 'percent' }, bytes: Uint8Array): Uint8Array {
  const text = new Uint8Array(3 * bytes.length);
  const digits = how.upper ? UPPER : LOWER;
  let at = 0;
  for (const byte of bytes) {
    if (isAlphanumeric(byte) || how.keep.includes(byte)) text[at++] = byte;
    else if (how.plus && byte === 0x20) text[at++] = 0x2b;
    else {
      text[at++] = how.sign;
      text[at++] = digits[byte >> 4] ?? 0;
      text[at++] = digits[byte & 15] ?? 0;
    }
  }
  return text.subarray(0, at);
}

function fromPercent(sign: number, plus: boolean, text: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(text.length);
  let to = 0;
  for (let at = 0; at < text.length; at++) {
    const byte = text[at] ?? 0;
    const pair = byte === sign ? hexPair(text, at + 1) : -1;
    bytes[to++] = pair >= 0 ? pair : plus && byte === 0x2b ? 0x20 : byte;
    if (pair >= 0) at += 2;
  }
  return bytes.subarray(0, to);
}

/** Whether the byte at `at` stands where an escape is looked for. */
export function isEscapePlace(where: 'everywhere' | 'line start', bytes: Uint8Array, at: number): boolean {
  return where === 'everywhere' || at === 0 || bytes[at - 1] === LF;
}

function escaped(how: Recoding & { kind: 'escape' }, bytes: Uint8Array): Uint8Array {
  const text = new Uint8Array(2 * bytes.length);
  let to = 0;
  bytes.forEach((byte, at) => {
    if (how.bytes.includes(byte) && isEscapePlace(how.where, bytes, at)) text[to++] = how.by;
    text[to++] = byte;
  });
  return text.subarray(0, to);
}

function unescaped(how: Recoding & { kind: 'unescape' }, text: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(text.length);
  let to = 0;
  for (let at = 0; at < text.length; at++) {
    const behind = text[at + 1];
    const escapes = text[at] === how.by && behind !== undefined && how.bytes.includes(behind);
    if (escapes && isEscapePlace(how.where, text, at)) at++;
    bytes[to++] = text[at] ?? 0;
  }
  return bytes.subarray(0, to);
}

function widened(bytes: Uint8Array, order: 'big' | 'little'): Uint8Array {
  const wide = new Uint8Array(2 * bytes.length);
  bytes.forEach((byte, i) => (wide[2 * i + (order === 'big' ? 1 : 0)] = byte));
  return wide;
}

function narrowed(wide: Uint8Array, order: 'big' | 'little'): Uint8Array | null {
  if (wide.length % 2 !== 0) return null;
  const bytes = new Uint8Array(wide.length / 2);
  for (let i = 0; i < bytes.length; i++) {
    const [low = 0, high = 0] = order === 'big' ? [wide[2 * i + 1], wide[2 * i]] : [wide[2 * i], wide[2 * i + 1]];
    if (high !== 0) return null;
    bytes[i] = low;
  }
  return bytes;
}

function padded(how: Recoding & { kind: 'pad' }, bytes: Uint8Array): Uint8Array {
  const width = Math.min(how.width, MOST_PADDED);
  if (!(bytes.length < width)) return bytes;
  const wide = new Uint8Array(width).fill(how.byte);
  wide.set(bytes, how.side === 'left' ? width - bytes.length : 0);
  return wide;
}

/** Spaces, tabs and line ends. */
function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0d || byte === 0x0a;
}

function trimmed(bytes: Uint8Array): Uint8Array {
  let [from, to] = [0, bytes.length];
  while (from < to && isBlank(bytes[from])) from++;
  while (to > from && isBlank(bytes[to - 1])) to--;
  return from === to ? EMPTY : bytes.subarray(from, to);
}
