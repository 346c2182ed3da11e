/** What is typed: printable bytes, up to what ends a line. */
import { isPrintable } from '../bytes/bytes.js';

/** The printable bytes that something ends with: what was typed behind what terminals agree on. */
export function typedPart(bytes: Uint8Array): Uint8Array {
  let from = bytes.length;
  while (from > 0 && isPrintable(bytes[from - 1] ?? 0)) from--;
  return bytes.subarray(from);
}

/** Whether all of it was typed. */
export function isTyped(bytes: Uint8Array): boolean {
  return bytes.every((byte) => isPrintable(byte));
}
