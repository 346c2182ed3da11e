/** What framing means: where one request ends and the next one begins. */
import { concat, equal, indexOf } from '../bytes/bytes.js';
import { readNumberAt } from './number.js';
import type { Framing, LengthField } from './types.js';

/** The length field of the frame that starts at `from`: of its form, by the byte that it begins with. */
export function fieldAt(field: LengthField, bytes: Uint8Array, from: number): Omit<LengthField, 'others' | 'until'> {
  return field.others?.find(({ first }) => first === bytes[from]) ?? field;
}

/** Length of the frame that starts at `from`: null when too little has arrived to tell, -1 when the field is impossible. */
export function frameLength(field: LengthField, bytes: Uint8Array, from: number): number | null {
  if (!field.until) return pieceLength(field, bytes, from);
  for (let at = from; ;) {
    const length = pieceLength(field, bytes, at);
    if (length === null || length < 0) return length;
    at += length;
    if (at > bytes.length) return null;
    if (equal(bytes.subarray(at - length, at), field.until)) return at - from;
  }
}

/** The same of what carries its length: a frame, or where a frame is several pieces, one of these. */
export function pieceLength(field: LengthField, bytes: Uint8Array, from: number): number | null {
  const { offset, codec, add } = fieldAt(field, bytes, from);
  const read = readNumberAt(codec, bytes, from + offset);
  if (!read) return bytes.length - from >= offset + 6 ? -1 : null;
  const total = offset + read.width + read.value + add;
  return total <= offset ? -1 : total;
}

/** Whether a request goes on behind this frame, or behind this piece of one. */
export function goesOn({ length, more = [] }: Framing, piece: Uint8Array): boolean {
  return length?.until ? !equal(piece, length.until) : more.includes(piece[0] ?? -1);
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

/** The frames put together that are one request, for each that does not end before its last one. */
function joinFrames(frames: readonly Uint8Array[], more: readonly number[] = []): Uint8Array[] {
  const requests: Uint8Array[] = [];
  let parts: Uint8Array[] = [];
  frames.forEach((frame, i) => {
    parts.push(frame);
    if (i < frames.length - 1 && more.includes(frame[0] ?? -1)) return;
    requests.push(concat(parts));
    parts = [];
  });
  return requests;
}

/** Bytes of the opening that are still to be said when nothing was. */
export function openingOf({ opening = 0, openingEnd }: Framing): number {
  return openingEnd ? Infinity : opening;
}

/** The same when this was said of it. */
export function leftOfOpening({ openingEnd }: Framing, left: number, said: Uint8Array): number {
  return openingEnd && equal(said.subarray(-openingEnd.length), openingEnd) ? 0 : Math.max(0, left - said.length);
}

/** Where the opening ends in what was said in it, if it ends on certain bytes. */
function endOfOpening({ openingEnd }: Framing, said: Uint8Array): number {
  const found = openingEnd ? indexOf(said, openingEnd) : -1;
  return openingEnd && found >= 0 ? found + openingEnd.length : said.length;
}

/** Parts what one client says, message by message, into what belongs to its opening and what is behind it. */
export function openingCutter(framing: Framing): (message: Uint8Array) => { head: Uint8Array; rest: Uint8Array } {
  let left = openingOf(framing);
  return (message) => {
    const head = message.subarray(0, Math.min(left, endOfOpening(framing, message)));
    left = leftOfOpening(framing, left, head);
    return { head, rest: message.subarray(head.length) };
  };
}

/** Cuts what one client says, message by message: the opening, where there is one, is in no frames. */
export function clientCutter(framing: Framing): (message: Uint8Array) => Uint8Array[] {
  const part = openingCutter(framing);
  return (message) => {
    const { head, rest } = part(message);
    return [...(head.length > 0 ? [head] : []), ...(rest.length > 0 ? cutFrames(framing, rest) : [])];
  };
}

/** Cuts a message of this framing, behind its opening, into requests. */
export function cutFrames(framing: Framing, message: Uint8Array): Uint8Array[] {
  if (framing.length) return joinFrames(cutByLength(framing.length, message) ?? [message], framing.more);
  if (framing.delimiter) return cutByDelimiter(framing.delimiter, message);
  return [message];
}

/** How lines end. */
export const LINE_ENDS: readonly Uint8Array[] = [Uint8Array.of(0x0d, 0x0a), Uint8Array.of(0x0a)];

/** What a message ends its last line with, or null where it does not end with a line. */
export function endOfLine(message: Uint8Array): Uint8Array | null {
  return LINE_ENDS.find((end) => equal(message.subarray(-end.length), end)) ?? null;
}
