/**
 * Numbers of items [new]: how often a separator, a sign or a tag stands in an earlier message, or in a part of it, plus a
 * constant (there is one word more than there are spaces between words). Proven by all lines: were the numbers drawn at
 * random, a count would hardly agree with every one of them.
 */
import { varietyOf } from '../disorder.js';
import { LF, indexOf, isText, occurrences, toLatin1 } from '../../bytes/bytes.js';
import { takeFrom, type Place } from '../../model/meaning.js';
import type { Span } from '../../model/types.js';
import { isEdge, type Found } from './copy.js';
import { ends, isWord, starts } from './positions.js';
import type { Line } from './sample.js';
import { isOneMessage, messagesOf, placesOf, type NamedSource } from './sources.js';
import { writtenAt, type Written } from './written.js';

const LEAST_LINES = 6;
/** Numbers that differ, and bits that all of them have to show together. */
const LEAST_VALUES = 3;
const BITS = 26;
/** Numbers of items are no larger. */
const MOST_ITEMS = 1000;
/** What there may be more or less of than of the bytes that are counted. */
const MOST_ADD = 3;
const MOST_SOURCES = 4;
/** Messages are looked at so far, parts of them begin at so many places, and bytes are counted of so many kinds. */
const SCAN = 2048;
const MOST_CUTS = 6;
const MOST_SIGNS = 48;
const MOST_TAG = 24;
const COST = 6;
/** What the bytes cost that are no sign or separator of a text. */
const RAW = 2;

/** Bytes that may be counted, and how unlikely it is that a server counts them. */
interface Sign {
  readonly bytes: Uint8Array;
  readonly cost: number;
}

/** The plainest count that explains all lines. */
export function findCount(lines: readonly Line[], at: Int32Array, run: number): Found | null {
  if (lines.length < LEAST_LINES || lines[0]?.use.rough) return null;
  for (const written of writtenAt(lines, at, run)) {
    if (!isTelling(written.values)) continue;
    const found = countOf(lines, written);
    if (found) return found;
  }
  return null;
}

/** Whether the numbers may be of items, and are too many for chance. */
function isTelling(values: readonly number[]): boolean {
  if (values.some((value) => value > MOST_ITEMS)) return false;
  const { different, bits } = varietyOf(values);
  return different >= LEAST_VALUES && bits >= BITS;
}

function countOf(lines: readonly Line[], { write, back, values, lengths }: Written): Found | null {
  // with the most items, it is seen best which bytes there are as many of
  const most = values.indexOf(Math.max(...values));
  const line = lines[most];
  if (!line) return null;
  let best: Found | null = null;
  for (const named of messagesOf(line, MOST_SOURCES)) {
    if (isOneMessage(lines, named.source)) continue;
    const places = placesOf(lines, named.source);
    if (places.includes(null) || named.place.bytes.length > SCAN) continue;
    // a part holds no more of them than the whole
    const signs = signsOf(named.place).filter(
      ({ bytes }) => occurrences(named.place.bytes, bytes) + MOST_ADD >= (values[most] ?? 0),
    );
    if (signs.length === 0) continue;
    for (const { span, cost } of partsOf(named)) {
      const part = takeFrom(span, named.place);
      if (!part || (best && cost >= best.cost)) continue;
      for (const sign of signs) {
        const add = (values[most] ?? 0) - occurrences(part, sign.bytes);
        const price = cost + sign.cost + Math.abs(add) + COST;
        if (Math.abs(add) > MOST_ADD || (best && price >= best.cost)) continue;
        if (!holds(span, sign.bytes, add, places, values)) continue;
        best = {
          rule: { kind: 'count', span, bytes: sign.bytes, add, write },
          back,
          lengths,
          support: lines.length,
          cost: price,
        };
      }
    }
  }
  return best;
}

function holds(
  span: Span,
  bytes: Uint8Array,
  add: number,
  places: readonly (Place | null)[],
  values: readonly number[],
): boolean {
  return places.every((place, i) => {
    const part = place && takeFrom(span, place);
    return part !== null && occurrences(part, bytes) + add === values[i];
  });
}

/** What may be counted in a message: bytes that belong to no word, and words that come again between the same two of them. */
function signsOf({ bytes }: Place): readonly Sign[] {
  const signs = new Map<string, Sign>();
  const add = (sign: Uint8Array, cost: number) => {
    const key = toLatin1(sign);
    if (!signs.has(key) && signs.size < MOST_SIGNS) signs.set(key, { bytes: sign, cost });
  };
  for (const byte of bytes) if (!isWord(byte)) add(Uint8Array.of(byte), byte >= 0x20 && byte < 0x7f ? 0 : RAW);
  for (let at = 1; at < bytes.length; at++) {
    if (isWord(bytes[at - 1] ?? 0) || !isWord(bytes[at] ?? 0)) continue;
    let end = at;
    while (end < bytes.length && isWord(bytes[end] ?? 0)) end++;
    const tag = bytes.slice(at - 1, end + 1);
    if (end < bytes.length && tag.length <= MOST_TAG && indexOf(bytes, tag, end) >= 0) add(tag, 1);
    at = end;
  }
  return [...signs.values()];
}

/** The message, and of a text its first line, and what is from one of its first edges on to either end. */
function* partsOf({ source, place, regions, cost }: NamedSource): Generator<{ span: Span; cost: number }> {
  const { bytes } = place;
  const cuts = [0];
  for (let at = 1; at < bytes.length && cuts.length <= MOST_CUTS; at++) if (isEdge(place, at)) cuts.push(at);
  yield { span: { of: source, from: { kind: 'start', offset: 0 }, to: { kind: 'end', offset: 0 } }, cost: cost + 2 };
  if (!isText(bytes)) return;
  for (const from of cuts) {
    const line = bytes.indexOf(LF, from);
    const whole = from === 0 ? [] : [bytes.length];
    for (const to of line < 0 || line + 2 >= bytes.length ? whole : [...whole, line]) {
      for (const start of starts(place, from, regions).slice(0, 2)) {
        for (const end of ends(place, from, to, regions).slice(0, 2)) {
          if (end.at.kind === 'width') continue;
          yield { span: { of: source, from: start.at, to: end.at }, cost: cost + start.cost + end.cost };
        }
      }
    }
  }
}
