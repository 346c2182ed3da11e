/** Parts of known contents [new]: from where to where, the request says. */
import { EMPTY, equal } from '../bytes/bytes.js';
import { readNumber } from './number.js';
import type { Context } from './context.js';
import type { Take } from './recall.js';
import type { NumberAt, Part } from './types.js';

/** The part that the request asks for; null where it names no content, or a place that is not in it. */
export function producePart(rule: Part, context: Context, take: Take): Uint8Array | null {
  const content = contentOf(rule, context, take);
  const from = numberAt(rule.from, context, take);
  if (!content || from === null) return null;
  const end = endOf(rule, from, content, context, take);
  if (rule.ends && from >= content.length) return EMPTY;
  return end === null || from >= content.length || end < from ? null : content.subarray(from, end);
}

function contentOf({ key, contents }: Part, context: Context, take: Take): Uint8Array | null {
  if (!key) return contents[0]?.value ?? null;
  const named = take(key, context) ?? EMPTY;
  return contents.find((entry) => equal(entry.key, named))?.value ?? null;
}

function endOf({ until }: Part, from: number, content: Uint8Array, context: Context, take: Take): number | null {
  if (!until) return content.length;
  const number = numberAt(until.number, context, take);
  return number === null ? null : (until.by === 'count' ? from : 0) + number + until.add;
}

/** The number that is read at a span; null: there is none. */
export function numberAt({ span, codec }: NumberAt, context: Context, take: Take): number | null {
  const bytes = take(span, context);
  return bytes && readNumber(codec, bytes);
}
