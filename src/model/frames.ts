/** What framing means: where one request ends and the next one begins. */
import { concat, equal, indexOf } from '../bytes/bytes.js';
import { readNumberAt } from './number.js';
import type { Framing, LengthField } from './types.js';

/** Length of the frame that starts at `from`: null when too little has arrived to tell, -1 when the field is impossible. */
export function frameLength(field: LengthField, bytes: Uint8Array, from: number): number | null {
  const read = readNumberAt(field.codec, bytes, from + field.offset);
  if (!read) return bytes.length - from >= field.offset + 6 ? -1 : null;
  const total = field.offset + read.width + read.value + field.add;
  return total <= field.offset ? -1 : total;
}

/** The frames of a message, or null when they do not fill it. */
export function cutByLength(field: LengthField, message: Uint8Array): Uint8Array[] | null {
  const frames: Uint8Array[] = [];
  let at = 0;
  while (at < message.length) {
    const length = frameLength(field, message, at);
    if (length === null || length <= 0 || at + length > message.length) return null;
    frames.push(message.subarray(at, at + length));
    at += length;
  }
  return frames;
}

/** The pieces of a message, each with its delimiter; what is behind the last delimiter is a piece too. */
export function cutByDelimiter(delimiter: Uint8Array, message: Uint8Array): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let at = 0;
  while (at < message.length) {
    const found = indexOf(message, delimiter, at);
    const end = found < 0 ? message.length : found + delimiter.length;
    pieces.push(message.subarray(at, end));
    at = end;
  }
  return pieces;
}

/** Cuts a message of this framing into requests. */
export function cutFrames(framing: Framing, message: Uint8Array): Uint8Array[] {
  if (framing.length) return cutByLength(framing.length, message) ?? [message];
  if (framing.delimiter) return cutByDelimiter(framing.delimiter, message);
  return [message];
}

/** How lines end. */
export const LINE_ENDS: readonly Uint8Array[] = [Uint8Array.of(0x0d, 0x0a), Uint8Array.of(0x0a)];

/** What a message ends its last line with, or null where it does not end with a line. */
export function endOfLine(message: Uint8Array): Uint8Array | null {
  return LINE_ENDS.find((end) => equal(message.subarray(-end.length), end)) ?? null;
}

/** A request as it is read: its line end may be written in another way than most write it. */
export function asRead({ lineEnd }: Framing, request: Uint8Array): Uint8Array {
  const end = lineEnd ? endOfLine(request) : null;
  if (!lineEnd || !end || equal(end, lineEnd)) return request;
  return concat([request.subarray(0, request.length - end.length), lineEnd]);
}
