/**
 * Ways to name a place in a message, cheapest first [06 §4.1 "markers"; new: positions from either
 * end, and after the n-th separator].
 */
import { indexOf, isBlank, isPrintable, isText, isTextByte, lastIndexOf, isAlphanumeric } from '../../bytes/bytes.js';
import { endOfCounted, endOfWord, type Place } from '../../model/meaning.js';
import { endOfVarint } from '../../model/number.js';
import type { BinaryNumber, Ended, Position, Span } from '../../model/types.js';
import { BYTE, NARROW_FIRST } from '../codecs.js';
import { Kept, once } from '../kept.js';

export interface Named<T> {
  readonly at: T;
  /** How unlikely it is, in rough bits, that this is what the server goes by. */
  readonly cost: number;
}

const FAR = 512;
const MARKER = 16;
const COUNTED = 1.9;
/** The same where the number could be a sign of the text. */
const COUNTED_IN_TEXT = 2.1;
/** The same where a zero stands behind a text. */
const ENDED = 2.4;
/** Texts shorter than this, and other values, have their length beside them by chance. */
const LEAST_COUNTED = 3;

/** What a separator costs more among bytes that are no text, and how far is looked: any byte may turn up there as a value. */
const RAW = 3;
const NEAR = 16;

function amongRaw(bytes: Uint8Array, at: number): boolean {
  return !isText(bytes.subarray(Math.max(0, at - NEAR), at + NEAR));
}

/** Letters, digits and everything beyond ASCII that text may hold: what separators separate. */
export function isWord(byte: number): boolean {
  return isAlphanumeric(byte) || (byte >= 0x80 && !isNoText(byte));
}

/** Bytes that no text in UTF-8 holds, as good for a separator as a control byte. */
function isNoText(byte: number): boolean {
  return byte === 0xc0 || byte === 0xc1 || byte >= 0xf5;
}

/** Names that are kept, of places and of ends; the same places are asked about with every rule that is tried. */
const MOST_KEPT = 16_384;

const plainStarts = new Kept<Uint8Array, number, readonly Named<Position>[]>(MOST_KEPT);
const plainEnds = new Kept<Uint8Array, number, readonly Named<Span['to']>[]>(MOST_KEPT);

/** The same for messages with regions, by the edges of these. */
const ownStarts = new Kept<Int32Array, number, Names<Position>>(MOST_KEPT);
const ownEnds = new Kept<Int32Array, number, Names<Span['to']>>(MOST_KEPT);

/** Names of a place in a message. */
interface Names<T> {
  readonly bytes: Uint8Array;
  readonly all: readonly Named<T>[];
}

/** Names for the place where a value starts, the cheapest first. */
export function starts(place: Place, at: number, regions: boolean): readonly Named<Position>[] {
  const { bytes, edges } = place;
  const plain = plainStarts.of(bytes, at, () => startsIn(bytes, at));
  if (!regions || !edges) return plain;
  const find = () => [...regionNames(place, at, 'start'), ...behindFromRegion(place, at, GAP, BEHIND)];
  return keptNames(ownStarts, edges, at, bytes, () => withRegions(find(), plain));
}

/** What was found for a message, by the edges that it has. */
function keptNames<T>(
  kept: Kept<Int32Array, number, Names<T>>,
  edges: Int32Array,
  key: number,
  bytes: Uint8Array,
  find: () => readonly Named<T>[],
): readonly Named<T>[] {
  const known = kept.of(edges, key, () => ({ bytes, all: find() }));
  return known.bytes === bytes ? known.all : find();
}

/** Names for the place where a value that starts at `from` ends, the cheapest first. */
export function ends(place: Place, from: number, to: number, regions: boolean): readonly Named<Span['to']>[] {
  const { bytes, edges } = place;
  const key = from * 2 ** 26 + to;
  const plain = plainEnds.of(bytes, key, () => endsIn(bytes, from, to));
  if (!regions || !edges) return plain;
  const behindTexts = () => (to - from > 1 ? behindFromRegion(place, to, 0, END_BEHIND) : []);
  const find = () => [...regionNames(place, to, 'end'), ...behindTexts()];
  return keptNames(ownEnds, edges, key, bytes, () => withRegions(find(), plain));
}

function withRegions<T>(names: readonly Named<T>[], plain: readonly Named<T>[]): readonly Named<T>[] {
  return names.length === 0 ? plain : [...names, ...plain].sort((a, b) => a.cost - b.cost);
}

function startsIn(bytes: Uint8Array, at: number): Named<Position>[] {
  const named: Named<Position>[] = [];
  if (at === 0) named.push({ at: { kind: 'start', offset: 0 }, cost: 1 });
  else if (at <= FAR) named.push({ at: { kind: 'start', offset: at }, cost: 3 + at / 64 + over(bytes, at) });
  textMarker(named, bytes, at);
  separatorBefore(named, bytes, at);
  named.push(...behind(bytes, at, GAP, BEHIND));
  const fromEnd = bytes.length - at;
  if (fromEnd <= FAR) named.push({ at: { kind: 'end', offset: fromEnd }, cost: 4.5 + fromEnd / 64 });
  return named.sort((a, b) => a.cost - b.cost);
}

function endsIn(bytes: Uint8Array, from: number, to: number): Named<Span['to']>[] {
  const named: Named<Span['to']>[] = [];
  const left = bytes.length - to;
  if (left === 0) named.push({ at: { kind: 'end', offset: 0 }, cost: 1 });
  else if (left <= FAR) named.push({ at: { kind: 'end', offset: left }, cost: 3.5 + left / 64 });
  until(named, bytes, from, to);
  counted(named, bytes, from, to);
  if (to - from > 1) named.push(...behind(bytes, to, 0, END_BEHIND));
  if (endOfWord(bytes, from) === to && to > from) named.push({ at: { kind: 'word' }, cost: 2.3 });
  // every other byte is such a number, and every fourth pair: where all are as wide, that is how wide they are
  if (to - from > 1 && endOfVarint(bytes, from) === to) named.push({ at: { kind: 'varint' }, cost: 4.5 });
  named.push({ at: { kind: 'width', width: to - from }, cost: 4 });
  return named.sort((a, b) => a.cost - b.cost);
}

function regionNames({ edges }: Place, at: number, edge: 'start' | 'end'): Named<Position>[] {
  const named: Named<Position>[] = [];
  if (!edges) return named;
  for (let region = 0; region + 1 < edges.length; region++) {
    const from = edges[region] ?? 0;
    const to = edges[region + 1] ?? 0;
    if (from === to) continue;
    if (edge === 'start' ? at === from : at === to) {
      named.push({ at: { kind: 'region', region, edge, offset: 0 }, cost: 1 });
    } else if (at > from && at < to) {
      named.push({ at: { kind: 'region', region, edge: 'start', offset: at - from }, cost: 4 + (at - from) / 16 });
      named.push({ at: { kind: 'region', region, edge: 'end', offset: at - to }, cost: 4.5 + (to - at) / 16 });
    }
  }
  return named;
}

/** The word and separators right before the place, where they occur just once ("significant" in [06 §4.1]). */
function textMarker(named: Named<Position>[], bytes: Uint8Array, at: number): void {
  let from = at;
  while (from > 0 && at - from < MARKER && !isWord(bytes[from - 1] ?? 0)) from--;
  if (from === at) return;
  const separators = from;
  while (from > 0 && at - from < MARKER && isWord(bytes[from - 1] ?? 0)) from--;
  // without a word of letters it is the values of fields, where it is among such
  const isSaying = from < separators && bytes.subarray(from, separators).every(isAlphanumeric);
  const raw = !isSaying && amongRaw(bytes, at) ? RAW : 0;
  // with what is before the word, it is never the end of a longer one
  const isWhole = from > 0 && isText(bytes.subarray(from - 1, from)) && !isWord(bytes[from - 1] ?? 0);
  for (const begin of isWhole ? [from - 1, from] : [from]) {
    const marker = bytes.subarray(begin, at);
    if (at - from < 3 || indexOf(bytes, marker) !== begin || lastIndexOf(bytes, marker) !== begin) continue;
    const cost = (isWhole && begin === from ? 2.6 : 2.5) + raw;
    named.push({ at: { kind: 'marker', bytes: marker.slice(), nth: 0, edge: 'end', offset: 0 }, cost });
  }
}

/** What it costs more to say that a blank is left out: where it stands in all messages, that says nothing. */
const LEFT_OUT = 0.4;

/** Names for a place behind a word, a sign and a blank, which other messages may not have: `name: value` and `name:value` are the same. */
export function behindBlankNames(bytes: Uint8Array, at: number): readonly Named<Position>[] {
  const end = at - 1;
  const sign = bytes[end - 1];
  if (
    !isBlank(bytes[end]) ||
    isBlank(sign) ||
    sign === undefined ||
    isWord(sign) ||
    !isText(bytes.subarray(end - 1, end))
  )
    return [];
  const named: Named<Position>[] = [];
  textMarker(named, bytes, end);
  return named.map(({ at: position, cost }) => ({
    at: { ...position, blank: true } as Position,
    cost: cost + LEFT_OUT,
  }));
}

/** Signs between two values, and what it costs more to count all of them than the last one. */
const MOST_SIGNS = 4;
const SEVERAL = 0.3;

/** The last sign before the place, and all signs that stand between it and the value before, counted from either end. */
function separatorBefore(named: Named<Position>[], bytes: Uint8Array, at: number): void {
  const byte = bytes[at - 1];
  if (byte === undefined || isWord(byte)) return;
  const raw = amongRaw(bytes, at) ? RAW : 0;
  countedMarkers(named, bytes, at, 1, raw);
  let signs = 1;
  while (signs < MOST_SIGNS && isSign(bytes[at - signs - 1])) signs++;
  if (signs > 1 && isSign(byte)) countedMarkers(named, bytes, at, signs, raw + SEVERAL);
}

function isSign(byte: number | undefined): boolean {
  return byte !== undefined && isPrintable(byte) && !isWord(byte);
}

function countedMarkers(named: Named<Position>[], bytes: Uint8Array, at: number, width: number, more: number): void {
  const marker = bytes.slice(at - width, at);
  const [before, behind] = [countOf(marker, bytes.subarray(0, at - 1)), countOf(marker, bytes.subarray(at))];
  const place = (nth: number): Position => ({ kind: 'marker', bytes: marker, nth, edge: 'end', offset: 0 });
  if (before <= 8) named.push({ at: place(before), cost: 3 + before / 4 + more });
  if (behind <= 4) named.push({ at: place(-1 - behind), cost: 3.5 + behind / 4 + more });
}

/** How often a marker stands in some bytes; places may overlap. */
function countOf(marker: Uint8Array, bytes: Uint8Array): number {
  let times = 0;
  for (let at = indexOf(bytes, marker); at >= 0; at = indexOf(bytes, marker, at + 1)) times++;
  return times;
}

const COUNTS = [BYTE, ...NARROW_FIRST];

/** Letters of two bytes, as some systems write them, are counted as letters. */
const WIDTHS = [{}, { letters: 2 }] as const;

/** A number right before a text, or at its beginning, that says how long it is, is seldom there by chance. */
function counted(named: Named<Span['to']>[], bytes: Uint8Array, from: number, to: number): void {
  if (to - from < LEAST_COUNTED) return;
  for (const codec of COUNTS) {
    for (const by of ['before', 'here'] as const) {
      for (const width of WIDTHS) {
        const at = { kind: 'counted', by, codec, ...width } as const;
        if (endOfCounted(bytes, from, at) !== to) continue;
        if (!isLetters(bytes.subarray(by === 'before' ? from : from + codec.width, to), width)) continue;
        const isInText = isTextByte(bytes[by === 'before' ? from - 1 : from] ?? 0);
        named.push({ at, cost: isInText ? COUNTED_IN_TEXT : COUNTED });
      }
    }
  }
}

/** Whether some bytes are letters of that width, and enough of them; the zero that ends a text may be counted with it. */
function isLetters(content: Uint8Array, { letters = 1 }: { readonly letters?: number }): boolean {
  const text = letters === 1 && content.at(-1) === 0 ? content.subarray(0, -1) : content;
  if (text.length < LEAST_COUNTED * letters) return false;
  return text.every((byte, i) => (i % letters === 0 ? isPrintable(byte) : byte === 0));
}

/** What a place costs that values of changing lengths stand before: more than its offset. */
const BEHIND = 3.4;
/** The same for an end: cheaper than a fixed width, which holds as well where few such texts are of one length. */
const END_BEHIND = 2.9;
/** What is cheaper where the number stands at the beginning of a region, as what an offset costs that goes over such a text. */
const INSIDE = 0.3;
const OVER = 1.5;
/** Numbers that say a length are looked for up to here; between a value and what is behind it are a few bytes at most. */
const MOST_BEFORE = 64;
const GAP = 4;
const MOST_FIELDS = 12;
/** What a name costs more that goes by how texts are filled up, and the multiples that they are filled up to. */
const FILLED = 0.4;
const MULTIPLES = [4] as const;
/** Texts of a kind that are passed over where they are filled up. */
const MOST_FILLED = 3;

/** A text (or some of a kind) whose length stands before it, or that a zero ends: where that is, and where the text ends. */
export interface CountedField {
  readonly at: number;
  readonly codec: BinaryNumber | Ended;
  readonly letters?: number;
  readonly align?: number;
  readonly steps: number;
  readonly gap: number;
  readonly end: number;
}

/** The texts of a message, in its beginning, whose length stands before them. */
export const countedFields = once(findCounted);

/** Names for a place a few bytes behind a text (or two of a kind) whose length stands before it. */
function behind(bytes: Uint8Array, at: number, most: number, cost: number): Named<Position>[] {
  return countedFields(bytes).flatMap(({ end, ...field }) => {
    const offset = at - end;
    if (offset < 0 || offset > most) return [];
    return [{ at: { kind: 'behind', ...field, offset }, cost: cost + field.at / 64 + costOf(field) }];
  });
}

/** The same from the region on that the number begins: where what stands before that may be longer, the offset from the start is another one. */
function behindFromRegion(place: Place, at: number, most: number, cost: number): Named<Position>[] {
  return countedFields(place.bytes).flatMap(({ end, ...field }) => {
    const offset = at - end;
    const region = offset < 0 || offset > most ? -1 : regionOf(place, field.at);
    if (region <= 0) return [];
    const into = field.at - (place.edges?.[region] ?? 0);
    const from: Position = { kind: 'behind', ...field, at: into, region, offset };
    return [{ at: from, cost: cost - INSIDE + into / 64 + costOf(field) }];
  });
}

function costOf({ steps, align }: Pick<CountedField, 'steps' | 'align'>): number {
  return steps / 2 + (align === undefined ? 0 : FILLED);
}

/** The region that a number stands in or a few bytes behind whose beginning; -1: none. */
function regionOf({ edges }: Place, at: number): number {
  if (!edges) return -1;
  const region = edges.findLastIndex((edge, i) => edge <= at && edge < (edges[i + 1] ?? edge));
  return at - (edges[region] ?? 0) <= GAP ? region : -1;
}

/** What an offset costs more that goes over a text whose length, which is no sign of a text, stands before it. */
function over(bytes: Uint8Array, at: number): number {
  const isOver = ({ at: number, codec, steps, end }: CountedField) =>
    codec.kind === 'binary' &&
    steps === 1 &&
    end <= at &&
    end + GAP >= at &&
    !isText(bytes.subarray(number, number + codec.width));
  return countedFields(bytes).some(isOver) ? OVER : 0;
}

function findCounted(bytes: Uint8Array): CountedField[] {
  const fields: CountedField[] = [];
  const filled: CountedField[] = [];
  const ended: CountedField[] = [];
  for (let at = 0; at < Math.min(MOST_BEFORE, bytes.length); at++) {
    for (const codec of COUNTS) {
      for (const width of WIDTHS) {
        const end = endOfText(bytes, at, codec, width);
        if (end < 0) continue;
        const field = { at, codec, ...width };
        if (fields.length < MOST_FIELDS) {
          fields.push({ ...field, steps: 1, gap: 0, end });
          for (let gap = 0; gap <= GAP; gap++) {
            const next = endOfText(bytes, end + gap, codec, width);
            if (next >= 0) fields.push({ ...field, steps: 2, gap, end: next });
          }
        }
        if (codec.width > 1 && filled.length < MOST_FIELDS) filled.push(...filledUp(bytes, { ...field, end }));
      }
    }
    if (ended.length < MOST_FIELDS) ended.push(...endedAt(bytes, at));
  }
  return [...fields, ...filled, ...ended];
}

/** The same texts where each is filled up to a multiple, with whatever bytes. */
function filledUp(bytes: Uint8Array, { end: first, ...field }: Omit<CountedField, 'steps' | 'gap'>): CountedField[] {
  const { codec, letters } = field;
  if (codec.kind === 'ended') return [];
  return MULTIPLES.flatMap((align) => {
    const found: CountedField[] = [];
    for (let end = first, steps = 1; end >= 0 && steps <= MOST_FILLED; steps++) {
      end += (align - (end % align)) % align;
      if (end > bytes.length) break;
      found.push({ ...field, align, steps, gap: 0, end });
      end = endOfText(bytes, end, codec, letters === undefined ? {} : { letters });
    }
    return found;
  });
}

/** The text that begins at a place and a zero ends, and the one behind it. */
function endedAt(bytes: Uint8Array, at: number): CountedField[] {
  if (isPrintable(bytes[at - 1])) return [];
  const found: CountedField[] = [];
  for (let from = at, steps = 1; steps <= 2; steps++) {
    const end = endOfEnded(bytes, from);
    if (end < 0) break;
    found.push({ at, codec: { kind: 'ended' }, steps, gap: 0, end });
    from = end;
  }
  return found;
}

/** Where a text ends, behind its zero, that begins at a place; -1 where none does, or one that is too short to tell. */
function endOfEnded(bytes: Uint8Array, from: number): number {
  let to = from;
  while (isPrintable(bytes[to])) to++;
  return to - from >= LEAST_COUNTED && bytes[to] === 0 && to + 1 < bytes.length ? to + 1 : -1;
}

/** Where a text ends whose length stands at a place; -1 where none does, or one that is too short to tell. */
function endOfText(bytes: Uint8Array, at: number, codec: BinaryNumber, width: { readonly letters?: number }): number {
  const from = at + codec.width;
  const end = from > bytes.length ? -1 : endOfCounted(bytes, from, { kind: 'counted', by: 'before', codec, ...width });
  return end >= from && end < bytes.length && isLetters(bytes.subarray(from, end), width) ? end : -1;
}

function until(named: Named<Span['to']>[], bytes: Uint8Array, from: number, to: number): void {
  const next = bytes[to];
  if (next === undefined || isWord(next)) return;
  const raw = amongRaw(bytes, to) ? RAW : 0;
  const one = Uint8Array.of(next);
  // a zero behind a text ends it, whatever else stands around
  const isEnded = next === 0 && to - from >= LEAST_COUNTED && bytes.subarray(from, to).every(isPrintable);
  if (indexOf(bytes, one, from) === to)
    named.push({ at: { kind: 'until', bytes: one }, cost: isEnded ? ENDED : 2 + raw });
  const two = bytes.slice(to, to + 2);
  if (two.length === 2 && !isWord(two[1] ?? 0) && indexOf(bytes, two, from) === to)
    named.push({ at: { kind: 'until', bytes: two }, cost: 2.2 + raw });
}
