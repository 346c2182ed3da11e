/**
 * Contents that are known by what was said about them before [new]: a file that was opened under a number is read in
 * parts by an offset. What several answers gave of one content is put together where the pieces agree.
 *
 * First a number of the requests is looked for by which many pieces overlap as they should. Then a part of some message
 * is looked for whose values part the samples so that those with the same value never contradict each other.
 */
import { EMPTY, isText, toLatin1 } from '../../bytes/bytes.js';
import { takeFrom, type Place } from '../../model/meaning.js';
import type { Entry, Part, Source, Span } from '../../model/types.js';
import { spread } from '../spread.js';
import { numbersOf, type Candidate } from './cells/numbers.js';
import type { Found } from './copy.js';
import { fillUp, someOverlap, untilOf } from './pieced.js';
import { ends, isWord, starts } from './positions.js';
import type { Line } from './sample.js';
import { keyOf, placesOf, sourcesOf } from './sources.js';

const LEAST_LINES = 6;
const LONGEST = 64 * 1024;
/** Bytes that pieces of different offsets have in common, of how many different values, and pairs of pieces that have some. */
const LEAST_SHARED = 32;
const LEAST_VARIOUS = 8;
const LEAST_PAIRS = 3;
/** Bytes that two pieces have in common are worth something where they are as various as this. */
const VARIOUS = 4;
/** Bytes at the beginning of a piece that are looked for in the others, in so many pieces and bytes of them. */
const GRAM = 8;
const MOST_LOOKED_AT = 32;
const SCAN = 1024;
/** Numbers of the requests that are looked at, how far into them, and those that are tried as offsets. */
const MOST_NUMBERS = 16;
const REACH = 1024;
const MOST_OFFSETS = 4;
/** Messages in which a key is looked for, places in one of them, and different values that it may have. */
const MOST_SOURCES = 24;
const HEAD = 48;
const TAIL = 16;
const MOST_WORDS = 12;
const MOST_KEYS = 32;
const COST = 8;

/** What two pieces have in common, by their lines: bytes; 0: nothing, -1: they contradict each other. */
type Pairs = readonly Int32Array[];

/** Samples parted by what they say of a content. */
interface Parting {
  readonly key: Span | null;
  /** By line: the number of its value. */
  readonly of: Int32Array;
  readonly values: readonly Uint8Array[];
  readonly cost: number;
}

interface Proven extends Parting {
  readonly shared: number;
  /** Values whose lines do not contradict each other. */
  readonly sound: ReadonlySet<number>;
}

/** The part of a content that goes on from the difference to the end, in the lines in which there is one. */
export function findKeyedPieces(lines: readonly Line[], at: Int32Array): Found | null {
  const use = lines[0]?.use;
  if (lines.length < LEAST_LINES || !use?.contents || use.rough === true) return null;
  const pieces = lines.map(({ bytes }, i) => bytes.subarray(at[i] ?? 0));
  if (pieces.some(({ length }) => length > LONGEST) || !someOverlap(pieces, GRAM, SCAN)) return null;
  const numbers = numbersOf(lines, MOST_NUMBERS, REACH);
  const offsets = numbers
    .filter(({ values }) => values.every((value) => value >= 0 && value < LONGEST))
    .map((from) => ({ from, agreeing: agreeingIn(pieces, from.values) }))
    .filter(({ agreeing }) => agreeing >= LEAST_SHARED)
    .sort((a, b) => b.agreeing - a.agreeing || a.from.cost - b.from.cost)
    .slice(0, MOST_OFFSETS);
  if (offsets.length === 0) return null;
  const partings = partingsOf(lines);
  for (const { from } of offsets) {
    const pairs = pairsOf(pieces, from.values);
    const best = partings
      .map((parting) => proven(parting, pairs))
      .filter((one) => one !== null)
      .sort((a, b) => b.shared - a.shared || a.values.length - b.values.length || a.cost - b.cost)[0];
    const found = best && partOf(pieces, best, from, numbers);
    if (found) return found;
  }
  return null;
}

/** Visits every two pieces that overlap by their offsets; `skip`: how far behind the first one the other one begins. */
function overlaps(
  pieces: readonly Uint8Array[],
  offsets: Float64Array,
  visit: (one: number, other: number, skip: number) => void,
): void {
  const offsetOf = (i: number): number => offsets[i] ?? 0;
  const inOrder = pieces.map((_, i) => i).sort((a, b) => offsetOf(a) - offsetOf(b));
  inOrder.forEach((one, k) => {
    const { length } = pieces[one] ?? EMPTY;
    for (let next = k + 1; next < inOrder.length; next++) {
      const other = inOrder[next] ?? 0;
      const skip = offsetOf(other) - offsetOf(one);
      if (skip >= length) break;
      visit(one, other, skip);
    }
  });
}

function inCommon(one: Uint8Array, skip: number, other: Uint8Array): number {
  const both = Math.min(one.length - skip, other.length);
  for (let i = 0; i < both; i++) if (one[skip + i] !== other[i]) return -1;
  // from the same offset, they say nothing of it
  return skip > 0 && new Set(other.subarray(0, Math.min(both, SCAN))).size >= VARIOUS ? both : 0;
}

function pairsOf(pieces: readonly Uint8Array[], offsets: Float64Array): Pairs {
  const pairs = pieces.map((_, i) => new Int32Array(i));
  overlaps(pieces, offsets, (one, other, skip) => {
    const its = pairs[Math.max(one, other)];
    if (its) its[Math.min(one, other)] = inCommon(pieces[one] ?? EMPTY, skip, pieces[other] ?? EMPTY);
  });
  return pairs;
}

/** The bytes that pieces of different offsets have in common: nearly all numbers are no offsets, which is soon seen. */
function agreeingIn(pieces: readonly Uint8Array[], offsets: Float64Array): number {
  let sum = 0;
  overlaps(pieces, offsets, (one, other, skip) => {
    if (skip > 0) sum += Math.max(0, inCommon(pieces[one] ?? EMPTY, skip, pieces[other] ?? EMPTY));
  });
  return sum;
}

/** The partings that anything said before makes, each once: by its plainest name. */
function partingsOf(lines: readonly Line[]): Parting[] {
  const one: Parting = { key: null, of: new Int32Array(lines.length), values: [EMPTY], cost: 0 };
  const found = new Map<string, Parting>([[one.of.join(), one]]);
  for (const { source, cost, regions } of sourcesIn(lines)) {
    const places = placesOf(lines, source);
    for (const { span, dear } of spansIn(places, source, regions)) {
      const parting = partedBy(span, places, cost + dear);
      const key = parting?.of.join() ?? '';
      const known = found.get(key);
      if (parting && (!known || parting.cost < known.cost)) found.set(key, parting);
    }
  }
  return [...found.values()];
}

/** What some of the lines can name, the plainest first. */
function sourcesIn(lines: readonly Line[]): { source: Source; cost: number; regions: boolean }[] {
  const named = new Map<string, { source: Source; cost: number; regions: boolean }>();
  for (const line of spread(lines, MOST_LOOKED_AT))
    for (const { source, cost, regions } of sourcesOf(line))
      if (source.kind !== 'environment' && source.kind !== 'register' && source.kind !== 'greeting')
        named.set(keyOf(source), { source, cost, regions });
  return [...named.values()].sort((a, b) => a.cost - b.cost).slice(0, MOST_SOURCES);
}

function spansIn(places: readonly (Place | null)[], of: Source, regions: boolean): { span: Span; dear: number }[] {
  const there = places.filter((place) => place !== null);
  const [first] = there;
  if (!first) return [];
  const words = wordsIn(first.bytes).flatMap(([from, to]) =>
    starts(first, from, regions)
      .slice(0, 3)
      .flatMap((start) =>
        ends(first, from, to, regions)
          .slice(0, 3)
          .map((end) => ({ span: { of, from: start.at, to: end.at }, dear: start.cost + end.cost })),
      ),
  );
  if (there.every(({ bytes }) => isText(bytes))) return words;
  const byte = (from: Span['from'], dear: number) => ({
    span: { of, from, to: { kind: 'width', width: 1 } } as const,
    dear,
  });
  const shortest = Math.min(...there.map(({ bytes }) => bytes.length));
  const head = Array.from({ length: Math.min(HEAD, shortest) }, (_, offset) => byte({ kind: 'start', offset }, 6));
  const tail = Array.from({ length: Math.min(TAIL, shortest) }, (_, i) => byte({ kind: 'end', offset: i + 1 }, 7));
  return [...words, ...head, ...tail];
}

function wordsIn(bytes: Uint8Array): [from: number, to: number][] {
  const found: [number, number][] = [];
  for (let at = 0; at < Math.min(bytes.length, REACH) && found.length < MOST_WORDS; at++) {
    let to = at;
    while (to < bytes.length && isWord(bytes[to] ?? 0)) to++;
    if (to > at + 1) found.push([at, to]);
    at = to;
  }
  return found;
}

/** Lines that name nothing are together. */
function partedBy(key: Span, places: readonly (Place | null)[], cost: number): Parting | null {
  const ids = new Map<string, number>();
  const values: Uint8Array[] = [];
  const of = Int32Array.from(places, (place) => {
    const value = (place && takeFrom(key, place)) ?? EMPTY;
    const text = toLatin1(value);
    let id = ids.get(text);
    if (id === undefined) {
      ids.set(text, (id = values.length));
      values.push(value);
    }
    return id;
  });
  return values.length > 1 && values.length <= MOST_KEYS ? { key, of, values, cost } : null;
}

/** What speaks for a parting; null where too little does. */
function proven(parting: Parting, pairs: Pairs): Proven | null {
  const { of, values } = parting;
  const shared = new Int32Array(values.length);
  const proofs = new Int32Array(values.length);
  const wrong = new Set<number>();
  pairs.forEach((its, i) => {
    const id = of[i] ?? -1;
    its.forEach((common, j) => {
      if (of[j] !== id) return;
      if (common < 0) wrong.add(id);
      if (common > 0) {
        shared[id] = (shared[id] ?? 0) + common;
        proofs[id] = (proofs[id] ?? 0) + 1;
      }
    });
  });
  const sound = new Set(values.map((_, id) => id).filter((id) => !wrong.has(id)));
  const sum = (all: Int32Array) => all.reduce((total, one, id) => total + (sound.has(id) ? one : 0), 0);
  return sum(shared) >= LEAST_SHARED && sum(proofs) >= LEAST_PAIRS ? { ...parting, sound, shared: sum(shared) } : null;
}

function partOf(
  pieces: readonly Uint8Array[],
  { key, of, values, sound, cost }: Proven,
  from: Candidate,
  numbers: readonly Candidate[],
): Found | null {
  const lengths = Int32Array.from(pieces, ({ length }, i) => (sound.has(of[i] ?? -1) ? length : -1));
  const its = pieces.map((_, i) => i).filter((i) => (lengths[i] ?? -1) >= 0);
  const offset = (i: number) => from.values[i] ?? 0;
  // behind its end there is nothing: that an offset is there says nothing of how long it is
  const endings = values.map((_, id) => {
    const there = its.filter((i) => of[i] === id && (pieces[i]?.length ?? 0) > 0);
    return Math.max(0, ...there.map((i) => offset(i) + (pieces[i]?.length ?? 0)));
  });
  const contents: Entry[] = [];
  const various = new Set<number>();
  for (const id of sound) {
    const content = new Uint8Array(endings[id] ?? 0);
    const isKnown = new Uint8Array(content.length);
    for (const i of its.filter((line) => of[line] === id)) {
      content.set(pieces[i] ?? EMPTY, Math.min(offset(i), content.length));
      isKnown.fill(1, offset(i), offset(i) + (pieces[i]?.length ?? 0));
    }
    if (!isKnown.includes(1)) continue;
    for (const byte of content) various.add(byte);
    fillUp(content, isKnown);
    contents.push({ key: values[id] ?? EMPTY, value: content });
  }
  if (various.size < LEAST_VARIOUS) return null;
  const pick = (all: Float64Array) => Float64Array.from(its, (i) => all[i] ?? 0);
  const some = numbers.map((number) => ({ ...number, values: pick(number.values) }));
  const start = some[numbers.indexOf(from)];
  if (!start) return null;
  const pieceOf = its.map((i) => pieces[i] ?? EMPTY);
  const until = untilOf(pieceOf, start, some, (i) => endings[of[its[i] ?? 0] ?? 0] ?? 0);
  if (!until) return null;
  const hasEnd = pieceOf.some(({ length }) => length === 0);
  const rule: Part = { kind: 'part', key, contents, from: from.number, until, ...(hasEnd ? { ends: true } : {}) };
  return { rule, back: 0, lengths, support: its.length, cost: COST + cost };
}
