/**
 * What two messages have in common [new]: long parts that vary in both, and what of them may be a value.
 */
import { isText } from '../../bytes/bytes.js';
import type { Place } from '../../model/meaning.js';
import { binaryAt } from '../../model/number.js';
import type { Region, Source, Span } from '../../model/types.js';
import { isWord } from './positions.js';

/** Bytes of a message that are compared, and those of a longer one of which only what varies is: its head says little. */
const SCAN = 256;
export const FAR = 4096;
/** Parts that two messages have in common, of their heads and of what stands behind these. */
const MOST_PARTS = 3;
/** Shortest part that is looked for inside requests; whole regions may be shorter. */
const LEAST = 3;
const SPACE = 0x20;
const DELETE = 0x7f;

/** A part of a message, and a number for what it says: the same for spans that say the same. */
export interface NamedSpan {
  readonly span: Span;
  readonly id: number;
  readonly cost: number;
}

/** A message by one name, with what was found out about it: it is compared with many others. */
export interface Named {
  readonly name: string;
  readonly source: Source;
  readonly place: Place;
  /** Regions that positions may go by. */
  readonly regions: readonly Region[] | null;
  /** What is fixed in it may vary. */
  readonly isNew: boolean;
  /** Offsets of bytes that tell nothing. */
  readonly idle: ReadonlySet<number>;
  readonly cost: number;
  /** What is compared of it. */
  compared: Compared | null;
  /** What it has in common with other messages, by their bytes. */
  readonly met: Map<Uint8Array, readonly Match[]>;
  /** Names for its parts, by their place and length. */
  readonly spans: Map<number, readonly NamedSpan[]>;
}

/** The beginning of a message, as it is compared. */
export interface Compared {
  /** By offset the byte, or -1 where it tells nothing. */
  readonly told: Int16Array;
  /** Places of all that is `LEAST` bytes long and tells something. */
  readonly grams: ReadonlyMap<number, readonly number[]>;
}

export interface Match {
  readonly here: number;
  readonly there: number;
  readonly length: number;
}

/** Longest common parts of two messages that vary in both and hold nothing idle, and varying regions of two bytes that are alike. */
export function matches(here: Named, there: Named): readonly Match[] {
  let known = here.met.get(there.place.bytes);
  if (!known) here.met.set(there.place.bytes, (known = compare(here, there)));
  return known;
}

function compare(here: Named, there: Named): Match[] {
  const { told: a, grams } = (here.compared ??= compared(here));
  const { told: b } = (there.compared ??= compared(there));
  const found = wholeRegions(here, there);
  for (let j = 0; j + LEAST <= b.length; j++) {
    const places = grams.get(gramAt(b, j));
    if (!places) continue;
    const before = j > 0 ? (b[j - 1] ?? -1) : -1;
    for (const i of places) {
      // a part begins where the bytes before it differ; fillings have very many places with the same one before them
      if (before >= 0 && i > 0 && a[i - 1] === before) continue;
      const most = Math.min(a.length - i, b.length - j);
      let length = LEAST;
      while (length < most && a[i + length] === b[j + length] && (a[i + length] ?? -1) >= 0) length++;
      if (varies(here, i, length) && varies(there, j, length)) found.push({ here: i, there: j, length });
    }
  }
  found.sort((x, y) => y.length - x.length);
  const isNear = (match: Match) => match.here + match.length <= SCAN && match.there + match.length <= SCAN;
  const far = found.filter((match) => !isNear(match));
  return [...found.filter(isNear).slice(0, MOST_PARTS), ...far.slice(0, MOST_PARTS)];
}

function compared(named: Named): Compared {
  const { place, idle } = named;
  const told = Int16Array.from(place.bytes.subarray(0, FAR), (byte, i) => (idle.has(i) ? -1 : byte));
  for (const [from, to] of fixedBeyond(named)) told.fill(-1, from, to);
  const grams = new Map<number, number[]>();
  for (let i = 0; i + LEAST <= told.length; i++) {
    const gram = gramAt(told, i);
    if (gram < 0) continue;
    const known = grams.get(gram);
    if (known) known.push(i);
    else grams.set(gram, [i]);
  }
  return { told, grams };
}

/** What does not vary behind the head of a long message. */
function fixedBeyond({ place: { edges }, regions, isNew }: Named): [number, number][] {
  if (!regions || !edges || isNew) return [];
  return regions.flatMap((region, i): [number, number][] => {
    const [from, to] = [Math.max(SCAN, edges[i] ?? 0), Math.min(FAR, edges[i + 1] ?? 0)];
    return region.kind === 'fixed' && from < to ? [[from, to]] : [];
  });
}

/** `LEAST` bytes as a number; negative where one of them tells nothing. */
function gramAt(told: Int16Array, at: number): number {
  return ((told[at] ?? 0) << 16) | ((told[at + 1] ?? 0) << 8) | (told[at + 2] ?? 0);
}

/** Whether some byte of a part lies in a mutating region; where no regions are known all does. */
function varies({ place, regions, isNew }: Named, from: number, length: number): boolean {
  const { edges } = place;
  if (!regions || !edges || isNew || from + length > (edges[regions.length] ?? 0)) return true;
  return regions.some(
    (region, i) => region.kind === 'mutating' && (edges[i] ?? 0) < from + length && (edges[i + 1] ?? 0) > from,
  );
}

function wholeRegions(here: Named, there: Named): Match[] {
  const found: Match[] = [];
  for (const [from, to] of mutating(here)) {
    for (const [start, end] of mutating(there)) {
      const length = to - from;
      if (length < 2 || length >= LEAST || length !== end - start) continue;
      let same = 0;
      while (same < length && here.place.bytes[from + same] === there.place.bytes[start + same]) same++;
      if (here.idle.has(from) || there.idle.has(start)) continue;
      if (same === length && here.place.bytes.subarray(from, to).some((b) => b !== 0))
        found.push({ here: from, there: start, length });
    }
  }
  return found;
}

function mutating({ place, regions }: Named): [number, number][] {
  const { edges } = place;
  if (!regions || !edges) return [];
  return regions.flatMap((region, i) =>
    region.kind === 'mutating' ? [[edges[i] ?? 0, edges[i + 1] ?? 0] as [number, number]] : [],
  );
}

/** Bytes of a number right before a text that says how long it is. */
const COUNTS = [2, 4, 1] as const;

/**
 * The match as a whole, without the separators at its ends, then with the number before it that counts it, its longest part without blanks and line ends, the longest that is plain text, and the longest of several regions that it holds.
 */
export function* parts(here: Named, match: Match): Generator<[skip: number, length: number]> {
  const { bytes } = here.place;
  yield [0, match.length];
  let from = 0;
  let to = match.length;
  while (from < to && !isWord(bytes[match.here + from] ?? 0)) from++;
  while (to > from && !isWord(bytes[match.here + to - 1] ?? 0)) to--;
  if (to - from > 0) {
    // a byte of a number is no value: what is short is one only as a word
    const isValue = to - from >= LEAST || isText(bytes.subarray(match.here, match.here + match.length));
    if (to - from < match.length && isValue) yield [from, to - from];
    const orders = ['big', 'little'] as const;
    const width = COUNTS.find(
      (w) => w <= from && orders.some((order) => binaryAt(bytes, match.here + from - w, w, order) === to - from),
    );
    if (width !== undefined) yield [from - width, to - from + width];
  }
  const [first, behind] = longestToken(bytes, match, (byte) => byte > SPACE);
  if (behind - first >= LEAST && behind - first < to - from) yield [first, behind - first];
  // a byte before a name that says how long it is belongs to no word, however high it is
  const [start, end] = longestToken(bytes, match, (byte) => byte > SPACE && byte < DELETE);
  if (end - start >= LEAST && end - start < Math.min(to - from, behind - first)) yield [start, end - start];
  const inside = mutating(here).filter(([start, end]) => start >= match.here && end <= match.here + match.length);
  if (inside.length < 2) return;
  const [left, right] = inside.reduce((best, one) => (one[1] - one[0] > best[1] - best[0] ? one : best));
  if (right - left >= LEAST) yield [left - match.here, right - left];
}

function longestToken(
  bytes: Uint8Array,
  { here, length }: Match,
  isIn: (byte: number) => boolean,
): [start: number, end: number] {
  let best: [number, number] = [0, 0];
  let start = 0;
  for (let at = 0; at <= length; at++) {
    if (at < length && isIn(bytes[here + at] ?? 0)) continue;
    if (at - start > best[1] - best[0]) best = [start, at];
    start = at + 1;
  }
  return best;
}
