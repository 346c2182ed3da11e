/**
 * Matching links [06 §4.1], over any earlier message and with positions from either end.
 *
 * At a place where the recorded answers differ, each sample's answer is correlated with the messages
 * before it; every maximal match is named in all the ways that its place can be named, and the name
 * that holds for the most samples wins, the plainest one among equals.
 */
import { startsWith } from '../../bytes/bytes.js';
import { once } from '../kept.js';
import { endOfCounted, endOfWord, locate, transform, type Place } from '../../model/meaning.js';
import { endOfVarint } from '../../model/number.js';
import type { Position, Rule, Source, Span, Transform } from '../../model/types.js';
import { behindBlankNames, ends, isWord, starts, type Named } from './positions.js';
import { behindValues, better, leavesOpen, MOST_BEYOND, reachesBetter, worthMore, type Found } from './reach.js';
import type { Line } from './sample.js';
import { leastOf, references } from './references.js';
import { isAddress, isOneValue, placesOf, sourcesOf } from './sources.js';

export type { Found };

/** The rule that holds for the most lines, and the one among those that are easily believed. */
export interface Copies {
  readonly best: Found | null;
  readonly plain: Found | null;
}

/** A rule that costs less than this is easily believed. */
export const PLAIN = 9;

const SCAN = 4096;
const MOST_MATCHES = 14;
const MOST_BACK = 64;
/** So many times the same byte are a run: a filling, an empty block. */
const LONG_RUN = 16;
/** Bytes that match beyond these make a match worth no more. */
const MOST_WORTH = 32;
/** Lines that a rule is looked for in; it is then held against all. */
const ENOUGH = 32;
/** Lines in which a value may go on that are looked at once more. */
const MOST_ODD = 8;
/** Cost of an edge inside a word. */
export const TORN = 4;

const IDENTITY = Uint8Array.from({ length: 256 }, (_, b) => b);

/** Byte maps of the transforms that work byte by byte. */
const MAPS: readonly { kind: Transform['kind']; map: Uint8Array; cost: number }[] = [
  { kind: 'copy', map: IDENTITY, cost: 0 },
  { kind: 'upper', map: transform('upper', IDENTITY), cost: 3 },
  { kind: 'lower', map: transform('lower', IDENTITY), cost: 3 },
];

interface Match {
  readonly source: Source;
  readonly place: Place;
  readonly regions: boolean;
  readonly cost: number;
  /** Place in the message of the byte at the first difference; bytes that match before it and from it on. */
  readonly at: number;
  readonly before: number;
  readonly behind: number;
  /** How much it matches, less what its message costs. */
  readonly worth: number;
}

/**
 * The best copy rule for the values around a first difference.
 *
 * @param at for each line the offset of the first difference
 * @param run how many bytes before it are the same in all lines (the value may start among them)
 */
export function findCopy(lines: readonly Line[], at: Int32Array, run: number): Copies {
  if (lines.length <= ENOUGH) return search(lines, at, run);
  const some = Array.from({ length: ENOUGH }, (_, i) => Math.floor((i * lines.length) / ENOUGH));
  const found = searchSome(some, lines, at, run);
  const odd = found.best ? goingOn(found.best, lines, at) : [];
  if (odd.length === 0) return found;
  const again = searchSome([...new Set([...some.slice(odd.length), ...odd])], lines, at, run);
  return again.best?.support === lines.length ? again : found;
}

function searchSome(some: readonly number[], lines: readonly Line[], at: Int32Array, run: number): Copies {
  const { best, plain } = search(
    some.map((i) => lines[i]).filter((l) => l !== undefined),
    Int32Array.from(some, (i) => at[i] ?? 0),
    run,
  );
  return { best: best && onAll(best, lines, at), plain: plain && onAll(plain, lines, at) };
}

/** The few lines in which something else stands behind the value than in the others: there it may go on. */
function goingOn(found: Found, lines: readonly Line[], at: Int32Array): number[] {
  if (found.support < lines.length) return [];
  const next = behindValues(found, lines, at);
  const counts = new Map<number, number>();
  for (const byte of next) counts.set(byte, (counts.get(byte) ?? 0) + 1);
  const [usual, count] = [...counts].reduce((most, one) => (one[1] > most[1] ? one : most), [-1, 0]);
  if (count === lines.length || count * 4 < lines.length * 3) return [];
  return next.flatMap((byte, i) => (byte === usual ? [] : [i])).slice(0, MOST_ODD);
}

/** A rule that was found on some lines, held against all of them. */
function onAll(found: Found, lines: readonly Line[], at: Int32Array): Found {
  if (found.rule.kind !== 'copy') return found;
  const { span } = found.rule;
  const { kind } = found.rule.transform;
  const map = MAPS.find((m) => m.kind === kind)?.map ?? IDENTITY;
  const places = placesOf(lines, span.of);
  const where: Where = { lines, places, least: leastOf(span.of, places), at, back: found.back, map };
  const froms = holdStart(span.from, where);
  if (!froms) return { ...found, support: 0 };
  const lengths = new Int32Array(lines.length);
  return { ...found, ...holdSpan(span.to, froms, where, 1, lengths), lengths };
}

function search(lines: readonly Line[], at: Int32Array, run: number): Copies {
  let best: Found | null = null;
  let plain: Found | null = null;
  for (const transform of MAPS) {
    for (const reference of references(lines, at)) {
      const line = lines[reference];
      if (!line) continue;
      for (const match of matches(line, at[reference] ?? 0, Math.min(run, MOST_BACK), transform.map)) {
        const found = generalise(match, lines, at, transform);
        if (found.best && reachesBetter(found.best, best, lines, at)) best = found.best;
        if (found.plain && better(found.plain, plain)) plain = found.plain;
        if (best && best.support === lines.length && best.cost <= 3) return { best, plain };
      }
      // another one may show where the value ends that goes on by chance in this one
      if (best && best.support === lines.length && !leavesOpen(best, lines, at)) break;
    }
    if (best && best.support * 2 >= lines.length) break;
  }
  return { best, plain };
}

function matches(line: Line, at: number, run: number, map: Uint8Array): Match[] {
  const found: Match[] = [];
  const answer = line.bytes;
  const first = answer[at];
  if (first === undefined) return found;
  // a byte that the map changes is in nothing that it gives
  if (map[first] !== first) return found;
  for (const { source, place, regions, cost } of sourcesOf(line)) {
    const { bytes } = place;
    const scan = Math.min(bytes.length, SCAN);
    for (let q = next(bytes, first, 0, map); q >= 0 && q < scan; q = next(bytes, first, q + 1, map)) {
      const skip = insideRun(bytes, q, answer, at, map);
      if (skip > 0) {
        q += skip - 1;
        continue;
      }
      let before = 0;
      while (before < run && q - before > 0 && map[bytes[q - before - 1] ?? 0] === answer[at - before - 1]) before++;
      const few = Math.min(MOST_WORTH, bytes.length - q, answer.length - at);
      if (before < q && (isAddress(source) || isOneValue(source))) continue;
      let behind = sameBehind(bytes, q, answer, at, map, 1, few);
      if (before + behind < 2 && bytes.length > 64) continue;
      const worth = Math.min(MOST_WORTH, before + behind) - cost;
      if (found.length >= MOST_MATCHES && worth <= (found.at(-1)?.worth ?? 0)) continue;
      // only what is kept is followed to its end: a run of one byte matches everywhere in another one
      if (behind === few)
        behind = sameBehind(bytes, q, answer, at, map, few, Math.min(bytes.length - q, answer.length - at));
      insert(found, { source, place, regions, cost, at: q, before, behind, worth });
    }
  }
  return found;
}

/**
 * How many places to pass over in a long run of one byte: against a run in the answer all of them match, but
 * only where the runs begin or end together, or at the first places, has the match a name.
 */
function insideRun(bytes: Uint8Array, q: number, answer: Uint8Array, at: number, map: Uint8Array): number {
  const byte = answer[at];
  if (q < LONG_RUN || map[bytes[q - LONG_RUN] ?? 0] !== byte) return 0;
  for (let i = 1; i < LONG_RUN; i++) if (map[bytes[q - i] ?? 0] !== byte) return 0;
  let start = at;
  while (start > 0 && answer[start - 1] === byte) start--;
  let end = at;
  while (answer[end] === byte) end++;
  const [before, behind] = [at - start, end - at];
  let [first, last] = [q, q];
  while (first > 0 && map[bytes[first - 1] ?? 0] === byte) first--;
  while (last < bytes.length && map[bytes[last] ?? 0] === byte) last++;
  const named = [first + before, last - behind, last].filter((place) => place >= q);
  return Math.min(...named) - q;
}

/** How many bytes from `from` on are the same, up to `most`; those before are known to be. */
function sameBehind(
  bytes: Uint8Array,
  q: number,
  answer: Uint8Array,
  at: number,
  map: Uint8Array,
  from: number,
  most: number,
): number {
  let behind = from;
  while (behind < most && map[bytes[q + behind] ?? 0] === answer[at + behind]) behind++;
  return behind;
}

/** The next place of a byte that the map makes `wanted` of, or -1. */
function next(bytes: Uint8Array, wanted: number, from: number, map: Uint8Array): number {
  if (map === IDENTITY) return bytes.indexOf(wanted, from);
  for (let q = from; q < bytes.length; q++) if (map[bytes[q] ?? 0] === wanted) return q;
  return -1;
}

/** Keeps the best matches in their order, the earlier one first among equals. */
function insert(matches: Match[], match: Match): void {
  let i = matches.length;
  while (i > 0 && (matches[i - 1]?.worth ?? 0) < match.worth) i--;
  matches.splice(i, 0, match);
  if (matches.length > MOST_MATCHES) matches.pop();
}

/** Offsets inside a match where a value may naturally begin (or end): its limits, region edges, and where words meet separators. */
function naturalStarts(match: Match): number[] {
  const { at, before, place } = match;
  if (isOneValue(match.source)) return [0];
  const all = new Set<number>([at, at - before]);
  for (let i = at - before + 1; i < at && all.size < 8; i++) if (isEdge(place, i)) all.add(i);
  return [...all];
}

function naturalEnds(match: Match): number[] {
  const { at, behind, place } = match;
  if (isOneValue(match.source)) return at + behind === place.bytes.length ? [at + behind] : [];
  const all = new Set<number>([at + behind]);
  for (let i = at + behind - 1; i > at && all.size < 8; i--) if (isEdge(place, i)) all.add(i);
  for (let i = at + 1; i < at + behind && all.size < 12; i++) if (isEdge(place, i)) all.add(i);
  for (const width of [1, 2, 4, 8]) if (width < behind) all.add(at + width);
  return [...all];
}

const edgesIn = once((edges: Int32Array): ReadonlySet<number> => new Set(edges));

/** Whether a value may naturally begin or end at a place: a region or a word does. */
export function isEdge({ bytes, edges }: Place, at: number): boolean {
  if (edges && edgesIn(edges).has(at)) return true;
  return isWord(bytes[at - 1] ?? 0) !== isWord(bytes[at] ?? 0);
}

/** What is the same for all names of a match's start. */
interface Where {
  readonly lines: readonly Line[];
  /** The message in each line. */
  readonly places: readonly (Place | null)[];
  /** Lines that a rule has to hold for to be of interest. */
  readonly least: number;
  readonly at: Int32Array;
  readonly back: number;
  readonly map: Uint8Array;
}

function generalise(match: Match, lines: readonly Line[], at: Int32Array, how: (typeof MAPS)[number]): Copies {
  const places = placesOf(lines, match.source);
  const least = leastOf(match.source, places);
  const lengths = new Int32Array(lines.length);
  let best: Found | null = null;
  let plain: Found | null = null;
  let open = false;
  for (const start of naturalStarts(match)) {
    const where: Where = { lines, places, least, at, back: match.at - start, map: how.map };
    let named: NamedEnd[] | null = null;
    const known: Int32Array[] = [];
    const names = starts(match.place, start, match.regions);
    for (const from of [...names, ...behindBlankNames(match.place.bytes, start)]) {
      const froms = holdStart(from.at, where);
      if (!froms) continue;
      // a dearer name for the same places is no better, where nothing that holds for all lines has been found
      if ((!best || best.support < lines.length) && known.some((other) => isSame(other, froms.starts))) continue;
      known.push(froms.starts);
      for (const to of (named ??= namedEnds(match, start))) {
        const cost = match.cost + from.cost + to.cost + how.cost + to.torn * TORN;
        const cheaper: Found | null = best && best.support === lines.length && cost >= best.cost ? best : null;
        if (cheaper && (!open || cost >= cheaper.cost + MOST_BEYOND)) continue;
        // a blank that is left out says something only where that holds for all
        const all = from.at.kind === 'marker' && from.at.blank ? lines.length : 1;
        const need = Math.max(all, Math.min(best?.support ?? 1, plain?.support ?? 1));
        const { support, torn, empty } = holdSpan(to.at, froms, where, need, lengths);
        if (support < need) continue;
        // where a number says how long the value is, the next one may follow on it without a separator
        const cut = to.at.kind !== 'counted' && torn * 3 > support;
        const ragged = (cut ? TORN : 0) + (empty * 3 > support ? TORN : 0);
        const span: Span = { of: match.source, from: from.at, to: to.at };
        const rule: Rule = { kind: 'copy', span, transform: { kind: how.kind } };
        const found: Found = { rule, back: where.back, lengths, support, cost: cost + ragged };
        const more = cheaper ? worthMore(found, cheaper, lines, at) : 0;
        const isBest: boolean = cheaper ? found.cost - cheaper.cost < more : reachesBetter(found, best, lines, at);
        const isPlain = found.cost < PLAIN && better(found, plain);
        if (!isBest && !isPlain) continue;
        // what is explained beyond the cheaper one, or is left open by that one only, speaks for the dearer one
        const paid: number = cheaper && isBest ? Math.max(cheaper.cost, found.cost - more) : found.cost;
        const kept: Found = { ...found, lengths: lengths.slice(), cost: paid };
        if (isBest) {
          best = kept;
          open = kept.support === lines.length && leavesOpen(kept, lines, at);
        }
        if (isPlain) plain = kept;
      }
    }
  }
  return { best, plain };
}

function isSame(a: Int32Array, b: Int32Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

interface NamedEnd extends Named<Span['to']> {
  /** How many edges of the value are inside words. */
  readonly torn: number;
}

function namedEnds(match: Match, start: number): NamedEnd[] {
  const { place, regions } = match;
  return naturalEnds(match).flatMap((end) => {
    const torn = Number(isTorn(place, start)) + Number(isTorn(place, end));
    return ends(place, start, end, regions).map((to) => ({ ...to, torn }));
  });
}

/** Whether a place is inside a word or number: a value seldom starts or ends there. */
export function isTorn({ bytes }: { readonly bytes: Uint8Array }, at: number): boolean {
  return (
    at > 0 &&
    at < bytes.length &&
    bytes[at - 1] !== 0 &&
    bytes[at] !== 0 &&
    isWordOnly(bytes[at - 1] ?? 0) &&
    isWordOnly(bytes[at] ?? 0)
  );
}

function isWordOnly(byte: number): boolean {
  return byte < 0x80 && isWord(byte);
}

/** Where a value starts in the message of each line (-1: nowhere), and how many bytes from there stand in the answer. */
interface Starts {
  readonly starts: Int32Array;
  readonly reach: Int32Array;
}

/** The starts in all lines; null when fewer than a third have the byte of the difference where they would put it. */
function holdStart(from: Position, { lines, places, least, at, back, map }: Where): Starts | null {
  const starts = new Int32Array(lines.length).fill(-1);
  let holds = 0;
  for (let i = 0; i < lines.length && holds + lines.length - i >= least; i++) {
    const place = places[i];
    const line = lines[i];
    if (!place || !line) continue;
    const start = locate(from, place);
    if (start < 0) continue;
    const byte = place.bytes[start + back];
    starts[i] = start;
    if (byte !== undefined && map[byte] === line.bytes[at[i] ?? 0]) holds++;
  }
  if (holds < least) return null;
  const reach = starts.map((start, i) => {
    const bytes = places[i]?.bytes;
    const answer = lines[i]?.bytes;
    return bytes && answer && start >= 0 ? common(bytes, start, answer, (at[i] ?? 0) - back, map) : -1;
  });
  return { starts, reach };
}

/** How many bytes from one place on, mapped, stand in the answer from another on. */
function common(bytes: Uint8Array, from: number, answer: Uint8Array, at: number, map: Uint8Array): number {
  const most = Math.min(bytes.length - from, answer.length - at);
  let n = 0;
  while (n < most && map[bytes[from + n] ?? 0] === answer[at + n]) n++;
  return n;
}

/**
 * The lines that the value from the starts to `to` stands in; looking ends early when `need` of them can no longer
 * be reached.
 *
 * @param lengths receives the length of the value in each line, or -1
 */
function holdSpan(
  to: Span['to'],
  { starts, reach }: Starts,
  { lines, places, at, back }: Where,
  need: number,
  lengths: Int32Array,
) {
  lengths.fill(-1);
  let support = 0;
  let torn = 0;
  let empty = 0;
  for (let i = 0; i < lines.length && support + lines.length - i >= need; i++) {
    const place = places[i];
    const line = lines[i];
    const start = starts[i] ?? -1;
    if (!place || !line || start < 0) continue;
    const length = lengthWithin(place, start, to, reach[i] ?? -1);
    // the value has to reach over the difference, or it explains nothing
    if (length < 0 || (length <= back && length > 0)) continue;
    lengths[i] = length;
    support++;
    if (isTorn(line, (at[i] ?? 0) - back + length)) torn++;
    if (length === 0) empty++;
  }
  if (empty === 0 || empty === support || lines[0]?.use.rough === true) return { support, torn, empty };
  const left = dropUnlike(lines, at, back, lengths);
  return { support: support - left, torn, empty: empty - left };
}

/**
 * Drops the lines with an empty value behind which stands what stands behind none of the other values: nothing is
 * left out there, it is the value that begins with something else.
 *
 * @returns how many
 */
function dropUnlike(lines: readonly Line[], at: Int32Array, back: number, lengths: Int32Array): number {
  const bytes = behindValues({ back, lengths }, lines, at);
  const behind = new Set(bytes.filter((_, i) => (lengths[i] ?? -1) > 0));
  let dropped = 0;
  lengths.forEach((length, i) => {
    if (length !== 0 || behind.has(bytes[i] ?? -1)) return;
    lengths[i] = -1;
    dropped++;
  });
  return dropped;
}

/** Length of the value that starts at `from`, or -1 when it ends nowhere or is longer than `most`. */
function lengthWithin(place: Place, from: number, end: Span['to'], most: number): number {
  if (end.kind === 'until') {
    for (let n = 0; n <= most; n++) if (startsWith(place.bytes, end.bytes, from + n)) return n;
    return -1;
  }
  const length = end.kind === 'width' ? end.width : endIn(place, from, end) - from;
  return length <= most ? length : -1;
}

function endIn(place: Place, from: number, end: Exclude<Span['to'], { kind: 'width' | 'until' }>): number {
  if (end.kind === 'word') return endOfWord(place.bytes, from);
  if (end.kind === 'varint') return endOfVarint(place.bytes, from);
  return end.kind === 'counted' ? endOfCounted(place.bytes, from, end) : locate(end, place);
}
