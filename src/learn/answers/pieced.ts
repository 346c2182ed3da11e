/**
 * Contents that no answer gave whole [new]: what several answers gave of one from different offsets is put together,
 * where the pieces overlap and agree. Then any part of it is given, whichever is asked for.
 */
import { equal, toLatin1 } from '../../bytes/bytes.js';
import type { Part } from '../../model/types.js';
import { spread } from '../spread.js';
import { numbersOf, type Candidate } from './cells/numbers.js';
import type { Found } from './copy.js';
import type { Line } from './sample.js';

const LEAST_PIECES = 3;
const LEAST_PIECE = 48;
const LONGEST = 64 * 1024;
/** Bytes that pieces of different offsets have in common, and how various they are: what fills and blanks are always agree. */
const LEAST_SHARED = 32;
const LEAST_VARIOUS = 8;
/** Bytes at the beginning of a piece that are looked for in the others, and pieces that are looked at. */
const GRAM = 12;
const MOST_LOOKED_AT = 32;
/** Numbers of the requests that are looked at, and how far into them. */
const MOST_NUMBERS = 16;
const REACH = 1024;
/** As for a part of a content that was given whole. */
const COST = 8;

/** The part of a content put together from all the answers that go on from the difference to their ends. */
export function findPieced(lines: readonly Line[], at: Int32Array): Found | null {
  if (lines.length < LEAST_PIECES || !lines[0]?.use.contents || lines[0].use.rough === true) return null;
  const pieces = lines.map(({ bytes }, i) => bytes.subarray(at[i] ?? 0));
  if (pieces.some(({ length }) => length < LEAST_PIECE)) return null;
  const numbers = numbersOf(lines, MOST_NUMBERS, REACH);
  if (numbers.length === 0 || !someOverlap(pieces, GRAM)) return null;
  for (const from of numbers) {
    const value = putTogether(pieces, from.values);
    const until = value && untilOf(pieces, from, numbers, () => value.length);
    if (!until) continue;
    const contents = [{ key: new Uint8Array(0), value }];
    const rule: Part = { kind: 'part', key: null, contents, from: from.number, until };
    return { rule, back: 0, lengths: Int32Array.from(pieces, (p) => p.length), support: lines.length, cost: COST };
  }
  return null;
}

/** Whether so many bytes at the beginning of one piece stand inside another one; `most`: bytes of each that are looked at. */
export function someOverlap(pieces: readonly Uint8Array[], gram: number, most = Infinity): boolean {
  const long = pieces.filter(({ length }) => length >= gram);
  const some = spread(long, MOST_LOOKED_AT).map((piece) => toLatin1(piece.subarray(0, most)));
  return some.some((piece) => some.some((other) => other.includes(piece.slice(0, gram), 1)));
}

/** The content with every piece at its offset; null where the pieces do not agree, or too little speaks for it. */
function putTogether(pieces: readonly Uint8Array[], offsets: Float64Array): Uint8Array | null {
  const end = pieces.reduce((most, { length }, i) => Math.max(most, (offsets[i] ?? 0) + length), 0);
  if (end > LONGEST || offsets.some((offset) => offset < 0)) return null;
  const inOrder = [...longestAt(pieces, offsets)].sort((a, b) => a[0] - b[0]);
  if (!goOn(inOrder)) return null;
  const content = new Uint8Array(end);
  const isKnown = new Uint8Array(end);
  const shared = new Set<number>();
  const values = new Set<number>();
  for (const [offset, piece] of inOrder) {
    for (let i = 0; i < piece.length; i++) {
      const place = offset + i;
      if (isKnown[place] === 1) {
        if (content[place] !== piece[i]) return null;
        shared.add(place);
        values.add(piece[i] ?? 0);
      }
      content[place] = piece[i] ?? 0;
      isKnown[place] = 1;
    }
  }
  if (shared.size < LEAST_SHARED || values.size < LEAST_VARIOUS) return null;
  if (pieces.some((piece, i) => !equal(piece, content.subarray(offsets[i] ?? 0, (offsets[i] ?? 0) + piece.length))))
    return null;
  fillUp(content, isKnown);
  return content;
}

/** Whether pieces that overlap the next one agree with it, and enough of them do: seen before anything is copied. */
function goOn(inOrder: readonly (readonly [number, Uint8Array])[]): boolean {
  let shared = 0;
  for (const [i, [offset, piece]] of inOrder.entries()) {
    const [next, other] = inOrder[i + 1] ?? [Infinity, piece];
    const both = Math.min(offset + piece.length - next, other.length);
    if (both <= 0) continue;
    if (!equal(piece.subarray(next - offset, next - offset + both), other.subarray(0, both))) return false;
    shared += both;
  }
  return shared >= LEAST_SHARED;
}

/** Of the pieces from one offset the longest: that one is like the other says nothing of the offset. */
function longestAt(pieces: readonly Uint8Array[], offsets: Float64Array): Map<number, Uint8Array> {
  const longest = new Map<number, Uint8Array>();
  pieces.forEach((piece, i) => {
    const offset = offsets[i] ?? 0;
    if (piece.length > (longest.get(offset)?.length ?? 0)) longest.set(offset, piece);
  });
  return longest;
}

/** What was never given is filled with what was: it is at least of the same kind. */
export function fillUp(content: Uint8Array, isKnown: Uint8Array): void {
  const known = content.filter((_, i) => isKnown[i] === 1);
  let next = 0;
  for (let i = 0; i < content.length; i++) if (isKnown[i] !== 1) content[i] = known[next++ % known.length] ?? 0;
}

/**
 * What tells where the parts end: another number, or how long all of them are; the end of the content may come first.
 *
 * @param end where the content of a piece ends
 */
export function untilOf(
  pieces: readonly Uint8Array[],
  from: Candidate,
  numbers: readonly Candidate[],
  end: (piece: number) => number,
): Part['until'] {
  const offset = (i: number): number => from.values[i] ?? 0;
  for (const number of [...numbers.filter((other) => other !== from), from]) {
    for (const by of ['offset', 'count'] as const) {
      if (number === from && by === 'count') continue;
      const start = (i: number): number => (number.values[i] ?? 0) - (by === 'offset' ? offset(i) : 0);
      const adds = pieces.flatMap(({ length }, i) => (offset(i) + length < end(i) ? [length - start(i)] : []));
      const [add] = adds;
      if (add === undefined || adds.some((other) => other !== add)) continue;
      if (pieces.every(({ length }, i) => length === Math.min(start(i) + add, Math.max(0, end(i) - offset(i)))))
        return { number: number.number, by, add };
    }
  }
  return null;
}
