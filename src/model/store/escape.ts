/**
 * Byte strings as text inside JSON, reversibly, and told apart from text that is text.
 *
 * | in the file         | means                                                               |
 * | ------------------- | ------------------------------------------------------------------- |
 * | `"b:USER bob\r\n"`  | bytes, one character for each; what is not printable in JSON's own escapes |
 * | `"x:ff00a1"`        | bytes in hexadecimal, where fewer than half of them are printable    |
 * | `"sha256:9f86…"`    | bytes that are kept in `literals/9f86…`                             |
 * | `"t:b:not bytes"`   | text that begins like one of these four                              |
 * | any other string    | text                                                                |
 */
import { fromLatin1, isTextByte, toLatin1 } from '../../bytes/bytes.js';

/** What a string in a model file stands for. */
export type Decoded =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'literal'; readonly hash: string };

const TAGGED = /^(?:b|x|t|sha256):/;

/** Text form of bytes. Characters above U+007E have yet to be escaped by the JSON writer. */
export function escapeBytes(bytes: Uint8Array): string {
  let count = 0;
  for (const byte of bytes) if (isTextByte(byte)) count++;
  if (count * 2 >= bytes.length) return `b:${toLatin1(bytes)}`;
  return `x:${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')}`;
}

/** Text form of text. */
export function escapeText(text: string): string {
  return TAGGED.test(text) ? `t:${text}` : text;
}

/** Text form of bytes that are kept in a file of their own. */
export function escapeLiteral(hash: string): string {
  return `sha256:${hash}`;
}

/** The reverse of the three above; null when the string is none of theirs. */
export function unescape(string: string): Decoded | null {
  const tag = TAGGED.exec(string)?.[0];
  if (tag === undefined) return { kind: 'text', text: string };
  const rest = string.slice(tag.length);
  if (tag === 't:') return { kind: 'text', text: rest };
  if (tag === 'b:') return /^[\0-\xff]*$/.test(rest) ? { kind: 'bytes', bytes: fromLatin1(rest) } : null;
  if (tag === 'x:') {
    if (!/^(?:[0-9a-f]{2})*$/.test(rest)) return null;
    return { kind: 'bytes', bytes: new Uint8Array(Buffer.from(rest, 'hex')) };
  }
  return /^[0-9a-f]{64}$/.test(rest) ? { kind: 'literal', hash: rest } : null;
}
