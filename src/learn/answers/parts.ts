/**
 * Parts of contents that other answers of the service gave whole [new]: a request that names an offset, and where the
 * part ends or how long it is, gets that part, whichever it is.
 *
 * The text at a difference is looked for in the contents. A number of the request that is as far from the place found
 * in every sample is the offset; the same goes for the end.
 */
import { commonLength, concat, equal, indexOf, toLatin1 } from '../../bytes/bytes.js';
import { takeFrom } from '../../model/meaning.js';
import type { Entry, NumberAt, Part, Source, Span } from '../../model/types.js';
import type { Dialog } from '../dialogs/exchanges.js';
import { numbersOf, type Candidate } from './cells/numbers.js';
import type { Found } from './copy.js';
import { ends, starts } from './positions.js';
import type { Contents, Line, Spot } from './sample.js';
import { isOneMessage, placesOf } from './sources.js';

/** Contents that are looked at, the bytes of each and of all. */
const MOST_CONTENTS = 32;
const LEAST_CONTENT = 256;
const LONGEST = 64 * 1024;
const MOST_BYTES = 256 * 1024;
/** Bytes in a row that are looked for. */
const GRAM = 12;
/** Places of one gram that are known, and those of them that are tried: what is alike for longest. */
const MOST_PLACES = 256;
const MOST_TRIED = 8;
/** Samples that prove a rule, with as many different offsets. */
const LEAST_LINES = 3;
/** Parts beyond the first of each content that prove a rule. */
const LEAST_PROOF = 2;
/** Numbers of the requests that are looked at, and how far into them. */
const MOST_NUMBERS = 16;
const REACH = 1024;
/** What follows a part may be like what follows it in the content, by chance. */
const SLACK = 3;
const MOST_BACK = 64;
const COST = 8;
const REQUEST: Source = { kind: 'request', back: 0 };
const MOST_KEYS = 24;

/** The longest answers of a service that are no part of each other. */
export function contentsIn(dialogs: readonly Dialog[]): Contents {
  const answers = dialogs.flatMap(({ exchanges }) =>
    exchanges.map(({ messages }) => (messages.length === 1 ? messages[0] : null) ?? concat(messages)),
  );
  const long = answers
    .filter(({ length }) => length >= LEAST_CONTENT && length <= LONGEST)
    .sort((a, b) => b.length - a.length);
  const all: Uint8Array[] = [];
  let bytes = 0;
  const seen = new Set<string>();
  for (const answer of long) {
    const tail = answer.subarray(answer.length >> 1);
    const key = toLatin1(tail.subarray(0, 128));
    if (seen.has(key)) continue;
    seen.add(key);
    if (bytes + answer.length > MOST_BYTES || all.some((other) => indexOf(other, tail) >= 0)) continue;
    all.push(answer);
    bytes += answer.length;
    if (all.length >= MOST_CONTENTS) break;
  }
  return { all, grams: gramsOf(all) };
}

function gramsOf(all: readonly Uint8Array[]): Map<string, Spot[]> {
  const grams = new Map<string, Spot[]>();
  all.forEach((bytes, content) => {
    for (let at = 0; at + GRAM <= bytes.length; at++) {
      const gram = toLatin1(bytes.subarray(at, at + GRAM));
      const known = grams.get(gram);
      if (!known) grams.set(gram, [{ content, at }]);
      else if (known.length < MOST_PLACES) known.push({ content, at });
    }
  });
  return grams;
}

/** Where one line's text was found: so far before the difference, and so far behind it, it is as in the content. */
interface Place extends Spot {
  readonly before: number;
  readonly behind: number;
}

/** The part of a content that stands at the difference, in the lines in which there is one. */
export function findPart(lines: readonly Line[], at: Int32Array, run: number): Found | null {
  const contents = lines[0]?.use.contents;
  if (!contents || contents.all.length === 0 || lines.length < LEAST_LINES) return null;
  if (isOneMessage(lines, REQUEST)) return null;
  const found = lines.map(({ bytes }, i) => placesIn(contents, bytes, at[i] ?? 0, Math.min(run, MOST_BACK)));
  const some = lines.map((_, i) => i).filter((i) => (found[i] ?? []).length > 0);
  if (some.length < LEAST_LINES || some.length * 4 < lines.length) return null;
  const its = some.length === lines.length ? lines : some.map((i) => lines[i]).filter((line) => line !== undefined);
  const best = bestOf(
    its,
    some.map((i) => found[i] ?? []),
    contents,
  );
  if (!best) return null;
  const lengths = new Int32Array(lines.length).fill(-1);
  some.forEach((line, i) => (lengths[line] = best.lengths[i] ?? -1));
  return { ...best, lengths };
}

function bestOf(lines: readonly Line[], found: readonly (readonly Place[])[], contents: Contents): Found | null {
  const different = new Set(found.flatMap((places) => places.map(({ content, at }) => content * LONGEST + at)));
  if (different.size <= LEAST_PROOF) return null;
  let best: Found | null = null;
  const numbers = numbersOf(lines, MOST_NUMBERS, REACH).filter(({ values }) => isOffset(values));
  for (const number of numbers) {
    const places = agreeing(found, number);
    const one = places && partOf(lines, places, number, numbers, contents);
    if (one && (!best || one.cost < best.cost)) best = one;
  }
  return best;
}

function isOffset(values: Float64Array): boolean {
  return values.every((value) => value >= 0) && new Set(values).size >= 2;
}

function placesIn({ all, grams }: Contents, answer: Uint8Array, at: number, run: number): Place[] {
  if (answer.length - at < GRAM) return [];
  const spots = grams.get(toLatin1(answer.subarray(at, at + GRAM))) ?? [];
  const places = spots.flatMap(({ content, at: place }): Place[] => {
    const bytes = all[content];
    // what an answer has in common with itself says nothing
    if (!bytes || (bytes.length === answer.length && equal(bytes, answer))) return [];
    let before = 0;
    while (before < run && place > before && bytes[place - before - 1] === answer[at - before - 1]) before++;
    const behind = commonLength(bytes, place, answer, at);
    return [{ content, at: place, before, behind }];
  });
  return places.sort((a, b) => b.behind - a.behind).slice(0, MOST_TRIED);
}

/** For each line the place that is as far from the number as in all other lines of that content. */
function agreeing(found: readonly (readonly Place[])[], { values }: Candidate): Place[] | null {
  const bases = new Map<number, number>();
  const chosen: Place[] = [];
  // what stands in one place alone is told first
  const order = found.map((_, i) => i).sort((a, b) => (found[a]?.length ?? 0) - (found[b]?.length ?? 0));
  for (const i of order) {
    const place = found[i]?.find(
      ({ content, at }) => (bases.get(content) ?? at - (values[i] ?? 0)) === at - (values[i] ?? 0),
    );
    if (!place) return null;
    bases.set(place.content, place.at - (values[i] ?? 0));
    chosen[i] = place;
  }
  // one part of a content fits any number
  const different = new Set(chosen.map(({ content, at }) => `${content} ${at}`));
  return different.size - bases.size >= LEAST_PROOF ? chosen : null;
}

function partOf(
  lines: readonly Line[],
  places: readonly Place[],
  from: Candidate,
  numbers: readonly Candidate[],
  contents: Contents,
): Found | null {
  const back = Math.min(...places.map(({ before }) => before));
  const until = untilOf(places, back, from, numbers, contents);
  const entries = until && keyed(lines, places, back, from, contents);
  if (!until || !entries) return null;
  const rule: Part = { kind: 'part', ...entries, from: from.number, until: until.until };
  return { rule, back, lengths: until.lengths, support: lines.length, cost: COST + until.cost };
}

/** Where the parts end, and how long they are from so far before the difference. */
function untilOf(
  places: readonly Place[],
  back: number,
  from: Candidate,
  numbers: readonly Candidate[],
  contents: Contents,
): { until: Part['until']; lengths: Int32Array; cost: number } | null {
  const whole = places.every(({ content, at, behind }) => at + behind === contents.all[content]?.length);
  if (whole) return { until: null, lengths: Int32Array.from(places, ({ behind }) => back + behind), cost: 0 };
  for (const number of numbers) {
    if (number === from) continue;
    for (const by of ['offset', 'count'] as const) {
      const rests = places.map(({ behind }, i) => {
        const own = by === 'offset' ? (number.values[i] ?? 0) - (from.values[i] ?? 0) : (number.values[i] ?? 0);
        return back + behind - own;
      });
      const add = Math.min(...rests);
      if (Math.max(...rests) - add > SLACK) continue;
      const lengths = Int32Array.from(places, ({ behind }, i) => back + behind - (rests[i] ?? 0) + add);
      if (lengths.some((length) => length < back)) continue;
      return { until: { number: number.number, by, add }, lengths, cost: 1 };
    }
  }
  return null;
}

/** The contents from where they are counted from, by what names them in the requests. */
function keyed(
  lines: readonly Line[],
  places: readonly Place[],
  back: number,
  from: Candidate,
  contents: Contents,
): Pick<Part, 'key' | 'contents'> | null {
  const values = new Map<number, Uint8Array>();
  places.forEach(({ content, at }, i) => {
    const base = at - back - (from.values[i] ?? 0);
    const bytes = contents.all[content];
    if (bytes && base >= 0) values.set(content, bytes.subarray(base));
  });
  if (places.some(({ content }) => !values.has(content))) return null;
  const [only] = values.values();
  if (values.size === 1 && only) return { key: null, contents: [{ key: new Uint8Array(0), value: only }] };
  const key = keyOf(lines, places, from.number);
  const entries =
    key &&
    placesOf(lines, REQUEST).map((request, i): Entry | null => {
      const named = request && takeFrom(key, request);
      const content = places[i]?.content ?? -1;
      const value = values.get(content);
      return named && value ? { key: named, value } : null;
    });
  if (!entries || entries.some((entry) => entry === null)) return null;
  const byKey = new Map(entries.flatMap((entry) => (entry ? [[toLatin1(entry.key), entry] as const] : [])));
  return { key, contents: [...byKey.values()] };
}

/** A part of the requests that is the same for one content, and another one for each other. */
function keyOf(lines: readonly Line[], places: readonly Place[], { span: own }: NumberAt): Span | null {
  const requests = placesOf(lines, REQUEST);
  const [first] = requests;
  if (!first || requests.some((request) => request === null)) return null;
  for (const [from, to] of words(first.bytes)) {
    for (const start of starts(first, from, lines[0]?.use.own ?? false).slice(0, 3)) {
      for (const end of ends(first, from, to, lines[0]?.use.own ?? false).slice(0, 3)) {
        const span: Span = { of: REQUEST, from: start.at, to: end.at };
        if (JSON.stringify(span) === JSON.stringify(own)) continue;
        const named = new Map<string, number>();
        const its = new Map<number, string>();
        const isKey = requests.every((request, i) => {
          const bytes = request && takeFrom(span, request);
          if (!bytes || bytes.length === 0) return false;
          const [key, content] = [toLatin1(bytes), places[i]?.content ?? -1];
          if ((named.get(key) ?? content) !== content || (its.get(content) ?? key) !== key) return false;
          named.set(key, content);
          its.set(content, key);
          return true;
        });
        if (isKey) return span;
      }
    }
  }
  return null;
}

/** Runs of what is neither a blank nor a line end nor binary. */
function words(bytes: Uint8Array): [from: number, to: number][] {
  const found: [number, number][] = [];
  for (let at = 0; at < Math.min(bytes.length, REACH) && found.length < MOST_KEYS; at++) {
    let to = at;
    while (to < bytes.length && (bytes[to] ?? 0) > 0x20 && (bytes[to] ?? 0) < 0x7f) to++;
    if (to > at) found.push([at, to]);
    at = to;
  }
  return found;
}
