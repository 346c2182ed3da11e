/**
 * Matching links [06 §4.1], over any earlier message and with positions from either end.
 *
 * At a place where the recorded answers differ, each sample's answer is correlated with the messages
 * before it; every maximal match is named in all the ways that its place can be named, and the name
 * that holds for the most samples wins, the plainest one among equals.
 */
import { locate, resolve, takeUntil, type Place } from '../../model/meaning.js';
import type { Position, Rule, Source, Span, Transform } from '../../model/types.js';
import { ends, isWord, starts } from './positions.js';
import type { Line } from './sample.js';
import { sourcesOf } from './sources.js';

export interface Found {
  readonly rule: Rule;
  /** How many bytes before the first difference the value starts. */
  readonly back: number;
  /** For each line: length of the value that the rule gives, or -1 where the rule does not hold. */
  readonly lengths: Int32Array;
  readonly support: number;
  readonly cost: number;
}

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
const REFERENCES = 3;
/** Lines that a rule is looked for in; it is then held against all. */
const ENOUGH = 32;
/** Cost of an edge inside a word. */
export const TORN = 4;

/** Byte maps of the transforms that work byte by byte. */
const MAPS: readonly { kind: Transform['kind']; map: Uint8Array; cost: number }[] = (
  ['copy', 'upper', 'lower'] as const
).map((kind, i) => ({
  kind,
  map: Uint8Array.from({ length: 256 }, (_, b) =>
    kind === 'upper' && b >= 0x61 && b <= 0x7a ? b - 0x20 : kind === 'lower' && b >= 0x41 && b <= 0x5a ? b + 0x20 : b,
  ),
  cost: i === 0 ? 0 : 3,
}));

const IDENTITY = Uint8Array.from({ length: 256 }, (_, b) => b);

interface Match {
  readonly source: Source;
  readonly place: Place;
  readonly regions: boolean;
  readonly cost: number;
  /** Place in the message of the byte at the first difference; bytes that match before it and from it on. */
  readonly at: number;
  readonly before: number;
  readonly behind: number;
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
  const { best, plain } = search(
    some.map((i) => lines[i]).filter((l) => l !== undefined),
    Int32Array.from(some, (i) => at[i] ?? 0),
    run,
  );
  return { best: best && onAll(best, lines, at), plain: plain && onAll(plain, lines, at) };
}

/** A rule that was found on some lines, held against all of them. */
function onAll(found: Found, lines: readonly Line[], at: Int32Array): Found {
  if (found.rule.kind !== 'copy') return found;
  const { span, transform } = found.rule;
  const places = lines.map((line) => resolve(span.of, line.context));
  const map = MAPS.find((m) => m.kind === transform.kind)?.map ?? IDENTITY;
  const froms = holdStart(span.from, found.back, places, lines, at, map);
  return froms
    ? { ...found, ...holdSpan(span.to, froms, found.back, places, lines, at, map, 1) }
    : { ...found, support: 0 };
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
        if (found.best && better(found.best, best)) best = found.best;
        if (found.plain && better(found.plain, plain)) plain = found.plain;
        if (best && best.support === lines.length && best.cost <= 3) return { best, plain };
      }
      if (best && best.support === lines.length) break;
    }
    if (best && best.support * 2 >= lines.length) break;
  }
  return { best, plain };
}

/** Whether a rule explains more lines, or as many at less cost. */
export function better(a: Found, b: Found | null): boolean {
  return !b || a.support > b.support || (a.support === b.support && a.cost < b.cost - 1e-9);
}

/** A few lines whose bytes at the difference are not the same. */
function references(lines: readonly Line[], at: Int32Array): number[] {
  const chosen: number[] = [];
  const bytes = new Set<number>();
  for (let i = 0; i < lines.length && chosen.length < REFERENCES; i++) {
    const byte = lines[i]?.bytes[at[i] ?? 0];
    if (byte === undefined || bytes.has(byte)) continue;
    bytes.add(byte);
    chosen.push(i);
  }
  return chosen;
}

function matches(line: Line, at: number, run: number, map: Uint8Array): Match[] {
  const found: Match[] = [];
  const answer = line.bytes;
  const first = answer[at];
  if (first === undefined) return found;
  for (const { source, place, regions, cost } of sourcesOf(line)) {
    const { bytes } = place;
    const scan = Math.min(bytes.length, SCAN);
    for (let q = 0; q < scan; q++) {
      if (map[bytes[q] ?? 0] !== first) continue;
      let before = 0;
      while (before < run && q - before > 0 && map[bytes[q - before - 1] ?? 0] === answer[at - before - 1]) before++;
      let behind = 1;
      while (
        q + behind < bytes.length &&
        at + behind < answer.length &&
        map[bytes[q + behind] ?? 0] === answer[at + behind]
      )
        behind++;
      if (before + behind < 2 && bytes.length > 64) continue;
      found.push({ source, place, regions, cost, at: q, before, behind });
    }
  }
  found.sort((a, b) => Math.min(32, b.before + b.behind) - b.cost - (Math.min(32, a.before + a.behind) - a.cost));
  return found.slice(0, MOST_MATCHES);
}

/** Offsets inside a match where a value may naturally begin (or end): its limits, region edges, and where words meet separators. */
function naturalStarts(match: Match): number[] {
  const { at, before, place } = match;
  const all = new Set<number>([at, at - before]);
  for (let i = at - before + 1; i < at && all.size < 8; i++) if (isEdge(place, i)) all.add(i);
  return [...all];
}

function naturalEnds(match: Match): number[] {
  const { at, behind, place } = match;
  const all = new Set<number>([at + behind]);
  for (let i = at + behind - 1; i > at && all.size < 8; i--) if (isEdge(place, i)) all.add(i);
  for (let i = at + 1; i < at + behind && all.size < 12; i++) if (isEdge(place, i)) all.add(i);
  for (const width of [1, 2, 4, 8]) if (width < behind) all.add(at + width);
  return [...all];
}

/** Whether a value may naturally begin or end at a place: a region or a word does. */
export function isEdge({ bytes, edges }: Place, at: number): boolean {
  if (edges?.includes(at)) return true;
  return isWord(bytes[at - 1] ?? 0) !== isWord(bytes[at] ?? 0);
}

function generalise(match: Match, lines: readonly Line[], at: Int32Array, transform: (typeof MAPS)[number]): Copies {
  const places = lines.map((line) => resolve(match.source, line.context));
  let best: Found | null = null;
  let plain: Found | null = null;
  for (const start of naturalStarts(match)) {
    const back = match.at - start;
    for (const from of starts(match.place, start, match.regions)) {
      const froms = holdStart(from.at, back, places, lines, at, transform.map);
      if (!froms) continue;
      for (const end of naturalEnds(match)) {
        for (const to of ends(match.place, start, end, match.regions)) {
          const torn = Number(isTorn(match.place, start)) + Number(isTorn(match.place, end));
          const cost = match.cost + from.cost + to.cost + transform.cost + torn * TORN;
          if (best && best.support === lines.length && cost >= best.cost) continue;
          const span: Span = { of: match.source, from: from.at, to: to.at };
          const need = Math.min(best?.support ?? 1, plain?.support ?? 1);
          const held = holdSpan(to.at, froms, back, places, lines, at, transform.map, need);
          if (held.support < need) continue;
          const { lengths, support } = held;
          const ragged = (held.torn * 3 > support ? TORN : 0) + (held.empty * 3 > support ? TORN : 0);
          const found: Found = {
            rule: { kind: 'copy', span, transform: { kind: transform.kind } },
            back,
            lengths,
            support,
            cost: cost + ragged,
          };
          if (better(found, best)) best = found;
          if (found.cost < PLAIN && better(found, plain)) plain = found;
        }
      }
    }
  }
  return { best, plain };
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

/** For each line where the start is, or -1; null when fewer than a third have the byte of the difference where it would put it. */
function holdStart(
  from: Position,
  back: number,
  places: readonly (Place | null)[],
  lines: readonly Line[],
  at: Int32Array,
  map: Uint8Array,
): Int32Array | null {
  const starts = new Int32Array(lines.length).fill(-1);
  let holds = 0;
  for (let i = 0; i < lines.length; i++) {
    const place = places[i];
    const line = lines[i];
    if (!place || !line) continue;
    const start = locate(from, place);
    if (start < 0) continue;
    const byte = place.bytes[start + back];
    starts[i] = start;
    if (byte !== undefined && map[byte] === line.bytes[at[i] ?? 0]) holds++;
  }
  return holds * 3 >= lines.length ? starts : null;
}

/** The lines that the value from the starts to `to` stands in; looking ends early when `need` of them can no longer be reached. */
function holdSpan(
  to: Span['to'],
  starts: Int32Array,
  back: number,
  places: readonly (Place | null)[],
  lines: readonly Line[],
  at: Int32Array,
  map: Uint8Array,
  need: number,
) {
  const lengths = new Int32Array(lines.length).fill(-1);
  let support = 0;
  let torn = 0;
  let empty = 0;
  for (let i = 0; i < lines.length && support + lines.length - i >= need; i++) {
    const place = places[i];
    const line = lines[i];
    if (!place || !line) continue;
    const value = takeUntil(place, starts[i] ?? -1, to);
    if (!value || !stands(value, line.bytes, (at[i] ?? 0) - back, map)) continue;
    // the value has to reach over the difference, or it explains nothing
    if (value.length <= back && value.length > 0) continue;
    lengths[i] = value.length;
    support++;
    if (isTorn(line, (at[i] ?? 0) - back + value.length)) torn++;
    if (value.length === 0) empty++;
  }
  return { lengths, support, torn, empty };
}

function stands(value: Uint8Array, answer: Uint8Array, at: number, map: Uint8Array): boolean {
  if (at < 0 || at + value.length > answer.length) return false;
  for (let i = 0; i < value.length; i++) if (map[value[i] ?? 0] !== answer[at + i]) return false;
  return true;
}
