/**
 * Messages that are exclusive-or'd with something [new]: with bytes that stand in them, with what was said right
 * before, or with a key that all have. What is behind the mask is more regular, or text where there was none.
 */
import { EMPTY, commonLength } from '../../bytes/bytes.js';
import { behindLength, decoded } from '../../model/coding.js';
import type { CodedAs, Coding, LengthField } from '../../model/types.js';
import { LIKE_TEXT, bitsOf, textShare, wordShare, type Side } from './regularity.js';
import { spread } from '../spread.js';

/** Bytes before what is masked, where no length field stands there and where one does, widths of masks, and of keys. */
const MOST_SKIPPED = 16;
const WIDTHS = [4, 8, 2, 1, 16];
const LONGEST_KEY = 16;
/** Messages that tell soon. */
const FIRST_LOOK = 60;
/** Share of the bits that are left when a mask is taken away. */
const LESS = 0.8;
/** Share of the different values that bytes drawn by lot would have, at each place of a mask: it is made up each time. */
const DRAWN = 0.8;
const NEARLY_ALL = 0.97;
/** Share of text that proves a key, and that what is said under one does not have. */
const TEXT = 0.98;
const NO_TEXT = 0.95;
/** Share of bytes that stand in words where there is no text, and where there is one. */
const FEW_WORDS = 0.1;
const WORDS = 0.15;
/** Likeness of what is at most half a text (`LIKE_TEXT`), for each byte. */
const LEAST_LIKE = -8;
/** Share of zeros that is met where there is no text behind a key. */
const FEW_ZEROS = 0.1;
/** Bytes for each of a key. */
const LEAST_FOR_KEY = 30;

/** The mask of the messages of a side; `other`: how the other side is written. */
export function maskOf(side: Side, least: number, other?: CodedAs): Coding | null {
  return ownMask(side, least) ?? chained(side) ?? keyed(side, other?.kind === 'key' ? other.key : undefined);
}

const codingOf = (skip: number, how: CodedAs): Coding => ({ skip, start: EMPTY, end: EMPTY, how });

/** A mask that stands in each message before what it masks. */
function ownMask({ messages, field }: Side, least: number): Coding | null {
  const first = spread(messages, FIRST_LOOK);
  let best: { coding: Coding; bits: number } | null = null;
  for (let skip = 0; skip <= MOST_SKIPPED; skip++)
    for (const width of WIDTHS) {
      const coding = codingOf(skip, { kind: 'mask', width });
      const bits = bitsLeft(coding, field, first);
      if (bits !== null && (!best || bits < best.bits)) best = { coding, bits };
    }
  return best && bitsLeft(best.coding, field, messages, least) !== null ? best.coding : null;
}

/** Bits of messages whose mask is taken away; null where they are not much less than those of what is masked. */
function bitsLeft(
  coding: Coding,
  field: LengthField | undefined,
  messages: readonly Uint8Array[],
  least = 0,
): number | null {
  const width = coding.how.kind === 'mask' ? coding.how.width : 0;
  const masks = bodiesOf({ messages, field }, coding.skip).map((body) => body.subarray(0, width));
  if (!areDrawn(masks, width)) return null;
  const meant = messages.map((message) => decoded(coding, field, message));
  const plain = meant.filter((m) => m !== null);
  if (plain.length < Math.max(least, messages.length * NEARLY_ALL)) return null;
  const bits = (its: readonly Uint8Array[]) => bitsOf(bodiesOf({ messages: its, field }, coding.skip + width));
  const before = bits(messages.filter((_, i) => meant[i] !== null));
  // the mask itself is told, too: without it a wide one would seem better than a narrow one
  return bits(plain) < LESS * before ? bitsOf(plain) + 8 * width * plain.length : null;
}

/** Whether all bytes of masks are any bytes: the upper ones of numbers, which others of a row are like, are not. */
function areDrawn(masks: readonly Uint8Array[], width: number): boolean {
  const expected = 256 * (1 - (255 / 256) ** masks.length);
  return Array.from({ length: width }, (_, i) => new Set(masks.map((mask) => mask[i])).size).every(
    (different) => different >= DRAWN * expected,
  );
}

/** What stands in messages behind their length field and so many bytes. */
function bodiesOf({ messages, field }: Side, skip: number): Uint8Array[] {
  return messages.map((m) => m.subarray((behindLength(field, m) ?? 0) + skip)).filter((body) => body.length > 0);
}

/** Each byte exclusive-or'd with the one before it: a text is behind it, and was not before. */
function chained(side: Side): Coding | null {
  const first = { ...side, messages: spread(side.messages, FIRST_LOOK) };
  for (let skip = 0; skip <= MOST_SKIPPED; skip++) {
    const coding = codingOf(skip, { kind: 'chain' });
    if (isPlain(bodiesOf(first, skip))) continue;
    // the first byte is not behind anything
    if (makesText(coding, first, 1) && makesText(coding, side, 1)) return coding;
  }
  return null;
}

/** Whether what was said is plain: a text, whatever stands around it, or something with words in it, or with the zeros that small numbers have. */
function isPlain(said: readonly Uint8Array[]): boolean {
  return textShare(withoutEnds(said)) >= NO_TEXT || wordShare(said) >= FEW_WORDS || zeroShare(said) >= FEW_ZEROS;
}

/** What differs in messages: without the bytes that all of them begin with and end on, such as the signs of a frame. */
function withoutEnds(said: readonly Uint8Array[]): Uint8Array[] {
  const [first = EMPTY] = said;
  if (said.length < 2) return [...said];
  const head = said.reduce((most, body) => Math.min(most, commonLength(first, 0, body, 0)), first.length);
  const end = said.reduce((most, body) => Math.min(most, commonEnd(first, body)), first.length);
  return said.map((body) => body.subarray(head, Math.max(head, body.length - end)));
}

function commonEnd(a: Uint8Array, b: Uint8Array): number {
  let same = 0;
  while (same < Math.min(a.length, b.length) && a.at(-1 - same) === b.at(-1 - same)) same++;
  return same;
}

function zeroShare(bodies: readonly Uint8Array[]): number {
  const zeros = bodies.reduce((sum, body) => sum + body.reduce((its, byte) => its + Number(byte === 0), 0), 0);
  return zeros / Math.max(1, sizeOf(bodies));
}

function sizeOf(bodies: readonly Uint8Array[]): number {
  return bodies.reduce((sum, body) => sum + body.length, 0);
}

/** Whether what messages of a side mean in a coding is text with words in it, from so many bytes behind its beginning on. */
function makesText(coding: Coding, { messages, field }: Side, behind = 0): boolean {
  const meant = messages.map((message) => decoded(coding, field, message)).filter((m) => m !== null);
  if (meant.length < messages.length * NEARLY_ALL) return false;
  // what all messages have in common is one text, or none, however often it was said
  const bodies = withoutEnds(bodiesOf({ messages: meant, field }, coding.skip + behind));
  return sizeOf(bodies) >= 2 * LEAST_FOR_KEY && textShare(bodies) >= TEXT && wordShare(bodies) >= WORDS;
}

/** One key in all messages: a text is behind it, and was not before; `other`: that of the other side. */
function keyed(side: Side, other?: Uint8Array): Coding | null {
  const first = { ...side, messages: spread(side.messages, FIRST_LOOK) };
  for (let skip = 0; skip <= MOST_SKIPPED; skip++) {
    const said = bodiesOf(first, skip);
    if (isPlain(said)) continue;
    const widths = Array.from({ length: LONGEST_KEY }, (_, i) => i + 1);
    for (const key of [...(other ? [other] : []), ...widths.map((width) => keyOfWidth(said, width))]) {
      const coding = key && codingOf(skip, { kind: 'key', key });
      if (coding && makesText(coding, first) && makesText(coding, side)) return coding;
    }
  }
  return null;
}

/** The key of a width that most text is behind; null where too little was said to tell. */
function keyOfWidth(bodies: readonly Uint8Array[], width: number): Uint8Array | null {
  const counts = Array.from({ length: width }, () => new Uint32Array(256));
  let all = 0;
  for (const body of bodies)
    body.forEach((byte, i) => {
      const its = counts[i % width];
      if (its) its[byte] = (its[byte] ?? 0) + 1;
      all++;
    });
  if (all < LEAST_FOR_KEY * width) return null;
  const key: number[] = [];
  for (const its of counts) {
    const byte = mostLikely(its);
    if (byte === null) return null;
    key.push(byte);
  }
  return Uint8Array.from(key);
}

/** The byte that makes most text of bytes that are there so often; null where it makes none. */
function mostLikely(counts: Uint32Array): number | null {
  const met = [...counts.entries()].filter(([, count]) => count > 0);
  const all = met.reduce((sum, [, count]) => sum + count, 0);
  let best = { key: 0, score: -Infinity };
  for (let key = 0; key < 256; key++) {
    const score = met.reduce((sum, [byte, count]) => sum + count * (LIKE_TEXT[byte ^ key] ?? 0), 0);
    if (score > best.score) best = { key, score };
  }
  return best.score < all * LEAST_LIKE ? null : best.key;
}
