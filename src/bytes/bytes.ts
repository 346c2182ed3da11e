/** Small helpers on byte strings that every folder needs. */

export const EMPTY = new Uint8Array(0);

const encoder = new TextEncoder();

/** Bytes of a text, UTF-8. */
export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/** One byte for each character; characters above U+00FF are cut to eight bits. */
export function fromLatin1(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** One character for each byte (U+0000…U+00FF): a reversible key for maps. */
export function toLatin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

/** For `JSON.stringify`: bytes as text, everything else as it is. */
export function bytesAsText(_key: string, value: unknown): unknown {
  return value instanceof Uint8Array ? toLatin1(value) : value;
}

/** For people: printable text as it is, the rest as \r \n \t \xNN. */
export function printable(bytes: Uint8Array, most = Infinity): string {
  let text = '';
  const end = Math.min(bytes.length, most);
  for (let i = 0; i < end; i++) {
    const byte = bytes[i] ?? 0;
    if (byte === 0x5c) text += '\\\\';
    else if (byte >= 0x20 && byte < 0x7f) text += String.fromCharCode(byte);
    else if (byte === 0x0d) text += '\\r';
    else if (byte === 0x0a) text += '\\n';
    else if (byte === 0x09) text += '\\t';
    else text += `\\x${byte.toString(16).padStart(2, '0')}`;
  }
  return end < bytes.length ? `${text}… (${bytes.length} bytes)` : text;
}

export function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && startsWith(a, b, 0);
}

/** Whether `bytes` stand in `data` at `at`. */
export function startsWith(data: Uint8Array, bytes: Uint8Array, at: number): boolean {
  if (at < 0 || at + bytes.length > data.length) return false;
  for (let i = 0; i < bytes.length; i++) if (data[at + i] !== bytes[i]) return false;
  return true;
}

/** True when `data` ends with these bytes. */
export function endsWith(data: Uint8Array, bytes: Uint8Array): boolean {
  return startsWith(data, bytes, data.length - bytes.length);
}

/** First place of `bytes` in `data` at or after `from`, or -1. */
export function indexOf(data: Uint8Array, bytes: Uint8Array, from = 0): number {
  if (bytes.length === 0) return from <= data.length ? from : -1;
  const first = bytes[0] ?? 0;
  const last = data.length - bytes.length;
  for (let at = data.indexOf(first, from); at !== -1 && at <= last; at = data.indexOf(first, at + 1)) {
    if (startsWith(data, bytes, at)) return at;
  }
  return -1;
}

/** Bytes that are compared at once, as long as they are the same. */
const CHUNKS = [4096, 256, 32] as const;

/** How many bytes of `a` from `atA` on are those of `b` from `atB` on. */
export function commonLength(a: Uint8Array, atA: number, b: Uint8Array, atB: number): number {
  const end = Math.min(a.length - atA, b.length - atB);
  const one = Buffer.from(a.buffer, a.byteOffset, a.length);
  let length = 0;
  for (const size of CHUNKS) {
    const isSame = () => one.compare(b, atB + length, atB + length + size, atA + length, atA + length + size) === 0;
    while (length + size <= end && isSame()) length += size;
  }
  while (length < end && a[atA + length] === b[atB + length]) length++;
  return length;
}

/** How often some bytes stand in others, none of them overlapping. */
export function occurrences(data: Uint8Array, bytes: Uint8Array): number {
  if (bytes.length === 0) return 0;
  let count = 0;
  for (let at = indexOf(data, bytes); at >= 0; at = indexOf(data, bytes, at + bytes.length)) count++;
  return count;
}

/** Last place of `bytes` in `data` that starts at or before `from`, or -1. */
export function lastIndexOf(data: Uint8Array, bytes: Uint8Array, from = data.length): number {
  for (let at = Math.min(from, data.length - bytes.length); at >= 0; at--) if (startsWith(data, bytes, at)) return at;
  return -1;
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const all = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** The byte that every line ends with, whatever stands before it. */
export const LF = 0x0a;

export function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

/** An ASCII letter or digit. */
export function isAlphanumeric(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a);
}

/** A space or a visible ASCII character. */
export function isPrintable(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x20 && byte < 0x7f;
}

/** Printable, or a tab or the end of a line. */
export function isTextByte(byte: number): boolean {
  return isPrintable(byte) || byte === 0x09 || byte === 0x0a || byte === 0x0d;
}

/** A space or a tab. */
export function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09;
}

/** The place behind a blank at `at`; that place itself, where none stands there. */
export function behindBlank(bytes: Uint8Array, at: number): number {
  return isBlank(bytes[at]) ? at + 1 : at;
}

/** The bytes exclusive-or'd with as many others; null where there are not as many. */
export function exclusiveOr(bytes: Uint8Array, by: Uint8Array): Uint8Array | null {
  return by.length < bytes.length ? null : bytes.map((byte, i) => byte ^ (by[i] ?? 0));
}

export function isText(bytes: Uint8Array): boolean {
  return bytes.every(isTextByte);
}
