/** Some bytes again and again [new]: an empty block, a blank screen, as the request says; or up to a multiple. */
import { EMPTY } from '../bytes/bytes.js';
import type { Context } from './context.js';
import { readNumber } from './number.js';
import type { Take } from './recall.js';
import type { Fill, Padding } from './types.js';

/** No filling is longer than this, whatever a request asks for. */
const MOST_FILLED = 1 << 20;

/** The unit as often as the numbers of the request say; null where they are not there, or ask for too much. */
export function produceFill({ unit, counts, scale, less = 0 }: Fill, context: Context, take: Take): Uint8Array | null {
  let size = scale;
  for (const { span, codec } of counts) {
    const bytes = take(span, context);
    const count = bytes && readNumber(codec, bytes);
    if (count === null) return null;
    size *= count;
  }
  size -= less;
  if (!Number.isInteger(size) || size < 0 || size > MOST_FILLED || unit.length === 0) return null;
  return size === 0 ? EMPTY : repeated(unit, size);
}

/** The bytes one behind the other, and cut where so many are full. */
function repeated(unit: Uint8Array, size: number): Uint8Array {
  const filled = new Uint8Array(size);
  for (let i = 0; i < size; i++) filled[i] = unit[i % unit.length] ?? 0;
  return filled;
}

/** No record is filled up to a larger multiple. */
const MOST_MULTIPLE = 4096;

/** What fills up a message of so many bytes. */
export function padding({ multiple, add, byte }: Padding, length: number): Uint8Array {
  if (!Number.isInteger(multiple) || multiple < 1 || multiple > MOST_MULTIPLE || !Number.isInteger(add)) return EMPTY;
  return new Uint8Array((((add - length) % multiple) + multiple) % multiple).fill(byte);
}
