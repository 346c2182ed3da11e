/**
 * Values of earlier messages in another writing [new]. A writing that can be undone is undone at the place
 * where the answers differ; the first bytes that come out are looked for in the messages before, and what is
 * found there is named and held against all samples, as a copy is.
 */
import { EMPTY, startsWith, toLatin1 } from '../../bytes/bytes.js';
import { Pairs } from '../../bytes/pairs.js';
import { locate, take, takeUntil, type Place } from '../../model/meaning.js';
import { recode } from '../../model/recode.js';
import type { Recoding, Span } from '../../model/types.js';
import { isEdge, isTorn, TORN, type Found } from './copy.js';
import { ends, isWord, starts } from './positions.js';
import { better } from './reach.js';
import type { Line } from './sample.js';
import { keyOf, placesOf, sourcesOf, type NamedSource } from './sources.js';
import { WRITINGS, type Extent, type Pair, type Writing } from './writings.js';
import { Kept, once } from '../kept.js';

const SCAN = 2048;
const MOST_SOURCES = 12;
const MOST_HITS = 4;
const MOST_CANDIDATES = 5;
const MOST_BACK = 64;
const MOST_NAMES = 5;
/** Lines that are looked at for values before they are named. */
const LOOKS = 4;
const MORE_LOOKS = 8;
/** Fewer answers prove no writing. */
const LEAST_LINES = 3;
/** Lines that a rule is looked for in; it is then held against all. */
const ENOUGH = 24;
/** A value of fewer bytes, or of one byte only, is met everywhere. */
const LEAST_VALUE = 3;

interface Candidate {
  readonly named: NamedSource;
  readonly extent: Extent;
  readonly back: number;
}

/** What is the same for all candidates of a place. */
interface Where {
  readonly lines: readonly Line[];
  readonly at: Int32Array;
  readonly writing: Writing;
}

/**
 * The best rule "a value of an earlier message in another writing" around a first difference.
 *
 * @param copied for each line how many bytes from the first difference on the best copy explains, or -1
 */
export function findTransform(
  lines: readonly Line[],
  at: Int32Array,
  run: number,
  copied: Int32Array | null,
): Found | null {
  if (lines.length < LEAST_LINES) return null;
  const some = spreadOver(lines.length, ENOUGH);
  const chosen = some.map((i) => lines[i]).filter((l) => l !== undefined);
  const places = Int32Array.from(some, (i) => at[i] ?? 0);
  const found = search(
    chosen,
    places,
    run,
    inTurn(chosen, places, copied && copied.filter((_, i) => some.includes(i))),
  );
  return found && (lines.length > ENOUGH ? onAll(found, lines, at) : found);
}

/** The lines ordered so that those come early in which different bytes follow a copy: there an escape may be. */
function inTurn(lines: readonly Line[], at: Int32Array, copied: Int32Array | null): number[] {
  const groups = new Map<number, number[]>();
  lines.forEach((line, i) => {
    const length = copied?.[i] ?? 0;
    const next = length < 0 ? -1 : (line.bytes[(at[i] ?? 0) + length] ?? -1);
    groups.set(next, [...(groups.get(next) ?? []), i]);
  });
  const turns: number[] = [];
  for (let round = 0; turns.length < lines.length; round++) {
    for (const group of groups.values()) {
      const i = group[round];
      if (i !== undefined) turns.push(i);
    }
  }
  return turns;
}

function onAll(found: Found, lines: readonly Line[], at: Int32Array): Found | null {
  const { rule, back } = found;
  if (rule.kind !== 'transform') return null;
  const lengths = Int32Array.from(lines, (line, i) => {
    const value = take(rule.span, line.context);
    return value ? lengthIn({ value, answer: line.bytes, at: (at[i] ?? 0) - back }, rule.how, back) : -1;
  });
  return { ...found, lengths, support: lengths.filter((l) => l >= 0).length };
}

function search(lines: readonly Line[], at: Int32Array, run: number, turns: readonly number[]): Found | null {
  let best: Found | null = null;
  const some = spreadOver(lines.length, LOOKS);
  for (const [w, writing] of WRITINGS.entries()) {
    const shown = writing.isPlain
      ? some
      : turns.filter((i) => writing.shows(lines[i]?.bytes ?? EMPTY, at[i] ?? 0)).slice(0, MORE_LOOKS);
    const looks = shown.map((i): Look => {
      const line = lines[i];
      return { line: i, found: line ? candidatesIn(line, at[i] ?? 0, run, w) : [] };
    });
    for (const { line, candidate } of recurring(looks)) {
      const found = generalise(candidate, line, { lines, at, writing }, best);
      if (found && better(found, best)) best = found;
    }
    if (best && best.support === lines.length) return best;
  }
  return best;
}

/** A message that values are looked for in, with its bytes as text. */
interface Searched {
  readonly named: NamedSource;
  readonly message: Uint8Array;
  readonly text: string;
}

/** The messages that values are looked for in, and the pairs of bytes that are in them: most values are in none. */
interface Sources {
  readonly all: readonly Searched[];
  readonly pairs: Pairs;
}

const gather = once((sources: readonly NamedSource[]): Sources => {
  const named = [...sources].sort((a, b) => a.cost - b.cost).slice(0, MOST_SOURCES);
  const all = named.map((source): Searched => {
    const message = source.place.bytes.subarray(0, SCAN);
    return { named: source, message, text: toLatin1(message) };
  });
  const pairs = new Pairs();
  for (const { message } of all) pairs.add(message);
  return { all, pairs };
});

interface Look {
  readonly line: number;
  readonly found: readonly Candidate[];
}

/** What was found in several lines in the same message and as far from the difference: one line alone is soon met by chance. */
function recurring(looks: readonly Look[]): { line: number; candidate: Candidate }[] {
  const seen = new Map<string, { line: number; candidate: Candidate; lines: Set<number> }>();
  for (const { line, found } of looks) {
    for (const candidate of found) {
      const key = `${keyOf(candidate.named.source)}/${candidate.back}`;
      const known = seen.get(key);
      if (known) known.lines.add(line);
      else seen.set(key, { line, candidate, lines: new Set([line]) });
    }
  }
  return [...seen.values()].filter(({ lines }) => lines.size > 1).slice(0, MOST_CANDIDATES);
}

function spreadOver(count: number, most: number): number[] {
  const some = Math.min(count, most);
  return Array.from({ length: some }, (_, i) => Math.floor((i * count) / some));
}

/** Where in the answer a value may begin that reaches over the difference. */
function beginnings(answer: Uint8Array, at: number, run: number): number[] {
  let word = at;
  while (word > at - run && isWord(answer[word - 1] ?? 0)) word--;
  let text = word;
  while (text > at - run && text > word - 8 && !isSpace(answer[text - 1] ?? 0)) text--;
  const all = new Set([at, word, at - 1, at - 2, text]);
  if (run <= MOST_BACK) all.add(at - run);
  return [...all].filter((s) => s >= at - run && s >= 0 && at - s <= MOST_BACK);
}

function isSpace(byte: number): boolean {
  return byte <= 0x20;
}

function candidatesIn(line: Line, at: number, run: number, writing: number): Candidate[] {
  const answer = line.bytes;
  const found: Candidate[] = [];
  if (at >= answer.length) return found;
  for (const start of beginnings(answer, at, run))
    for (const met of metAt(line, start, writing)) found.push({ ...met, back: at - start });
  const size = ({ extent, named }: Candidate) => Math.min(32, extent.to - extent.from) - named.cost;
  return found.sort((a, b) => size(b) - size(a)).slice(0, 2 * MOST_CANDIDATES);
}

/** A value of an earlier message that goes with the answer from a place on. */
type Met = Pick<Candidate, 'named' | 'extent'>;

const NONE: readonly Met[] = [];
/** For each line, by the place in the answer: for each writing. */
const met = new Kept<Line, number, (readonly Met[] | undefined)[]>();

/** What a line may have at a place in a writing; the same lines are looked at in many groups. */
function metAt(line: Line, start: number, writing: number): readonly Met[] {
  const here = met.of(line, start, () => new Array<undefined>(WRITINGS.length));
  return (here[writing] ??= findMet(line, start, WRITINGS[writing]));
}

function findMet(line: Line, start: number, writing: Writing | undefined): readonly Met[] {
  const found: Met[] = [];
  if (!writing) return NONE;
  for (const needle of writing.needles(line.bytes, start)) {
    const { all, pairs } = gather(sourcesOf(line));
    if (!pairs.mayHold(needle)) continue;
    const text = toLatin1(needle);
    for (const source of all) found.push(...hits(source, text, line.bytes, start, writing));
  }
  return found.length === 0 ? NONE : found;
}

function hits({ named, message, text }: Searched, needle: string, answer: Uint8Array, start: number, writing: Writing) {
  const found: Met[] = [];
  let q = text.indexOf(needle);
  for (let n = 0; q >= 0 && n < MOST_HITS; n++, q = text.indexOf(needle, q + 1)) {
    const extent = writing.extent(message, q, answer, start);
    if (isTelling(message, extent)) found.push({ named, extent });
  }
  return found;
}

function isTelling(message: Uint8Array, { from, to }: Extent): boolean {
  if (to - from < LEAST_VALUE) return false;
  for (let i = from + 1; i < to; i++) if (message[i] !== message[from]) return true;
  return false;
}

function endsOf({ place }: NamedSource, { from, to }: Extent): number[] {
  const all = new Set([to, to - 1, to - 2]);
  for (let i = to; i > from && all.size < 8; i--) if (isEdge(place, i)) all.add(i);
  return [...all].filter((end) => end > from);
}

function generalise(candidate: Candidate, reference: number, where: Where, best: Found | null): Found | null {
  const { named, extent, back } = candidate;
  const { lines, writing } = where;
  const places = placesOf(lines, named.source);
  let found = best;
  for (const from of starts(named.place, extent.from, named.regions).slice(0, MOST_NAMES)) {
    const froms = places.map((place) => (place ? locate(from.at, place) : -1));
    if (froms.filter((f) => f >= 0).length < leastOf(lines)) continue;
    for (const end of endsOf(named, extent)) {
      for (const to of ends(named.place, extent.from, end, named.regions).slice(0, MOST_NAMES)) {
        const torn = Number(isTorn(named.place, extent.from)) + Number(isTorn(named.place, end));
        const cost = named.cost + from.cost + to.cost + writing.cost + torn * TORN;
        if (found && found.support === lines.length && cost >= found.cost) continue;
        const need = Math.max(leastOf(lines), found?.support ?? 0);
        const held = hold(to.at, froms, places, back, reference, where, need);
        if (!held) continue;
        const { how, lengths, support } = held;
        const span: Span = { of: named.source, from: from.at, to: to.at };
        const next: Found = { rule: { kind: 'transform', span, how }, back, lengths, support, cost };
        if (better(next, found)) found = next;
      }
    }
  }
  return found === best ? null : found;
}

/** Fewer lines than this are no hint of a rule even. */
function leastOf(lines: readonly Line[]): number {
  return Math.max(2, Math.ceil(lines.length / 2));
}

interface Held {
  readonly how: Recoding;
  readonly lengths: Int32Array;
  readonly support: number;
}

/** A span held against all lines, with the details of the writing that hold for the most of them. */
function hold(
  to: Span['to'],
  froms: readonly number[],
  places: readonly (Place | null)[],
  back: number,
  reference: number,
  { lines, at, writing }: Where,
  need: number,
): Held | null {
  const pairAt = (i: number): Pair | null => {
    const place = places[i];
    const line = lines[i];
    const start = (at[i] ?? 0) - back;
    const value = place && start >= 0 ? takeUntil(place, froms[i] ?? -1, to) : null;
    return value && line ? { value, answer: line.bytes, at: start } : null;
  };
  const own = pairAt(reference);
  const shown = own ? writing.details([own]).filter((how) => lengthIn(own, how, back) > 0) : [];
  if (!own || shown.length === 0) return null;
  const hows = writing.isPlain ? shown : writing.details(lines.map((_, i) => pairAt(i)).filter((p) => p !== null));
  let best: Held | null = null;
  for (const how of hows) {
    const lengths = new Int32Array(lines.length).fill(-1);
    let support = 0;
    for (let i = 0; i < lines.length && support + lines.length - i >= need; i++) {
      const pair = pairAt(i);
      lengths[i] = pair ? lengthIn(pair, how, back) : -1;
      if ((lengths[i] ?? -1) >= 0) support++;
    }
    if (support >= need && support > (best?.support ?? 0)) best = { how, lengths, support };
  }
  return best;
}

/** Length of the value where it stands in the answer and reaches over the difference, else -1. */
function lengthIn({ value, answer, at }: Pair, how: Recoding, back: number): number {
  const text = recode(how, value);
  if (!text || !startsWith(answer, text, at)) return -1;
  return text.length > back || text.length === 0 ? text.length : -1;
}
