/**
 * What a session said in several requests, one part behind the other [new]: the blocks of a content that was sent one
 * by one, the lines of a text, what was added to something bit by bit.
 */
import { EMPTY, concat, startsWith } from '../bytes/bytes.js';
import type { Context } from './context.js';
import { numberAt } from './part.js';
import type { Take } from './recall.js';
import type { Gathered, Head } from './types.js';

/** Exchanges that are looked at, from the present one back, and bytes that are gathered. */
const LOOK_BACK = 2048;
const MOST_BYTES = 1024 * 1024;

/** The parts as one; null where there is none. */
export function gathered({ head, part, since, by }: Gathered, context: Context, take: Take): Uint8Array | null {
  const { said, at } = context;
  const parts: { readonly bytes: Uint8Array; readonly number: number }[] = [];
  let bytes = 0;
  for (let i = at; i > 0 && at - i < LOOK_BACK && bytes < MOST_BYTES; i--) {
    const request = said[i]?.request ?? EMPTY;
    if (i < at && since && isLike(request, since)) break;
    if (head ? !isLike(request, head) : i === at) continue;
    const then = { ...context, at: i };
    const found = take(part, then);
    if (!found) continue;
    parts.push({ bytes: found, number: (by && numberAt(by, then, take)) ?? -i });
    bytes += found.length;
  }
  if (parts.length === 0) return null;
  return concat((by ? inOrder(parts) : parts.reverse()).map((one) => one.bytes));
}

/** Whether a request is of the kind that has such a head. */
export function isLike(request: Uint8Array, { offset, bytes }: Head): boolean {
  return startsWith(request, bytes, offset);
}

/** By their numbers; of two with one number the one that was said later, which comes first. */
function inOrder<T extends { readonly number: number }>(parts: readonly T[]): T[] {
  const latest = new Map<number, T>();
  for (const part of parts) if (!latest.has(part.number)) latest.set(part.number, part);
  return [...latest.values()].sort((a, b) => a.number - b.number);
}
