/**
 * What an answer tells of all that was said in several requests [new]: the whole of it, how long it is, its checksum.
 *
 * Which requests belong together is guessed from the session in which most of one kind were said, and proven by all.
 */
import { varietyOf } from '../disorder.js';
import { EMPTY, commonLength, indexOf, isText, startsWith, toLatin1 } from '../../bytes/bytes.js';
import type { Context, Said } from '../../model/context.js';
import { isLike } from '../../model/gathered.js';
import { resolve } from '../../model/meaning.js';
import { binaryAt } from '../../model/number.js';
import type { Gathered, Head, Rule, Source, Span } from '../../model/types.js';
import { BYTE, WIDE_FIRST } from '../codecs.js';
import { Kept, once } from '../kept.js';
import type { Found } from './copy.js';
import { findDigest } from './digest.js';
import { spread } from '../spread.js';
import type { Line, RegionUse } from './sample.js';
import { placesOf, type NamedSource } from './sources.js';
import { allowed, type Without } from './without.js';
import { writtenAt } from './written.js';

const LEAST_LINES = 4;
/** Different contents that prove that the whole of one is told. */
const LEAST_WHOLE = 3;
/** Lines of which the one with the most parts is looked at, and exchanges of it. */
const MOST_LINES = 12;
const LOOK_BACK = 256;
/** Kinds that come again, and what their requests are looked at for. */
const MOST_KINDS = 2;
const MOST_CODES = 24;
const MOST_MARKS = 2;
const MOST_REQUESTS = 60;
const HEAD = 40;
const MOST_HEAD = 32;
/** What a number may be more or less, and bits that all numbers have to show together. */
const MOST_ADD = 16;
const BITS = 20;
const COST = 4;
const BLANK = 0x20;
const WIDTHS = [...WIDE_FIRST, BYTE];

const WHOLE = { from: { kind: 'start', offset: 0 }, to: { kind: 'end', offset: 0 } } as const;
const PRESENT: Source = { kind: 'request', back: 0 };
const ONE_EACH: Span = { of: PRESENT, from: WHOLE.from, to: { kind: 'width', width: 1 } };

/** All that was said in several requests, where the answer tells it from the difference on. */
export function findWhole(lines: readonly Line[], at: Int32Array, run: number): Found | null {
  const [first] = lines;
  if (!first) return null;
  for (const { source, cost } of gatheredBy(lines)) {
    const whole = resolve(source, first.context)?.bytes;
    const start = whole ? indexOf(first.bytes, whole, Math.max(0, (at[0] ?? 0) - Math.min(run, whole.length))) : -1;
    if (!whole || start < 0 || start > (at[0] ?? 0) || start + whole.length <= (at[0] ?? 0)) continue;
    const back = (at[0] ?? 0) - start;
    const places = placesOf(lines, source);
    const stands = places.every((place, i) => {
      const here = (at[i] ?? 0) - back;
      return place && here >= 0 && startsWith(lines[i]?.bytes ?? place.bytes, place.bytes, here);
    });
    if (!stands || new Set(places.map((p) => toLatin1(p?.bytes ?? whole))).size < LEAST_WHOLE) continue;
    const lengths = Int32Array.from(places, (place) => place?.bytes.length ?? 0);
    const rule: Rule = { kind: 'copy', span: { of: source, ...WHOLE }, transform: { kind: 'copy' } };
    return { rule, back, lengths, support: lines.length, cost };
  }
  return null;
}

/** How long it is, or its checksum. */
export function findGathered(lines: readonly Line[], at: Int32Array, run: number, without: Without): Found | null {
  const sources = gatheredBy(lines);
  if (sources.length === 0) return null;
  return allowed(lengthOf(sources, lines, at, run), without) ?? allowed(findDigest(lines, at, run, sources), without);
}

/** A number that is as much more than the bytes that were gathered in all lines; one byte of each part: than the parts. */
function lengthOf(sources: readonly NamedSource[], lines: readonly Line[], at: Int32Array, run: number): Found | null {
  for (const { write, values, back, lengths } of writtenAt(lines, at, run)) {
    if (!isTelling(values)) continue;
    for (const { source, cost } of sources) {
      const places = placesOf(lines, source);
      const add = (values[0] ?? 0) - (places[0]?.bytes.length ?? 0);
      if (
        Math.abs(add) > MOST_ADD ||
        places.some((p, i) => p && p.bytes.length + add !== values[i]) ||
        places.includes(null)
      )
        continue;
      const rule: Rule = { kind: 'size', span: { of: source, ...WHOLE }, add, write };
      return { rule, back, lengths, support: lines.length, cost };
    }
  }
  return null;
}

/** Whether numbers are too various to be met by chance. */
function isTelling(values: readonly number[]): boolean {
  const { different, bits } = varietyOf(values);
  return different >= LEAST_WHOLE && bits >= BITS;
}

const kept = new Kept<RegionUse, 'gathered', readonly NamedSource[]>();

/** What kind a request is of; -1: of none. */
type Label = (exchange: Said) => number;

/** What may have been gathered in the sessions of some samples, told from those that are looked at first, which are all of them. */
function gatheredBy(lines: readonly Line[]): readonly NamedSource[] {
  const use = lines[0]?.use;
  if (!use || use.rough || lines.length < LEAST_LINES) return [];
  return kept.of(use, 'gathered', () => {
    const contexts = spread(lines, MOST_LINES).map(({ context }) => context);
    const [longest] = contexts.toSorted((a, b) => b.at - a.at);
    if (!longest) return [];
    const code = codeIn(contexts);
    const labels: Label[] = [({ group }) => group];
    // requests with several codes may be of one group
    if (code !== null) labels.push(({ request }) => request[code] ?? -1);
    const found = labels.flatMap((label) => {
      const all = contexts.map((context) => ({ context, repeated: repeatedIn(context, label) }));
      const [most] = all.sort((a, b) => (b.repeated[0]?.length ?? 0) - (a.repeated[0]?.length ?? 0));
      return most?.repeated.slice(0, MOST_KINDS).flatMap((at) => sourcesOf(at, most.context, contexts, label)) ?? [];
    });
    return [...found, ...behindMarks(longest, contexts)].flatMap((source, i): NamedSource[] => {
      if (!areSeveral(source, contexts)) return [];
      const place = contexts.map((context) => resolve(source, context)).find((known) => known !== null);
      // of two that fit the plainer one comes first
      return place ? [{ source, place, regions: false, cost: COST + i / 64 }] : [];
    });
  });
}

/** Whether what is gathered was said in several requests in enough sessions: one part is what that request says by itself. */
function areSeveral(source: Gathered, contexts: readonly Context[]): boolean {
  const counted = { ...source, part: ONE_EACH };
  const several = contexts.filter((context) => (resolve(counted, context)?.bytes.length ?? 0) > 1);
  return several.length >= LEAST_WHOLE && several.length * 3 >= contexts.length;
}

/** The present exchange of a session and those before it, as far back as is looked. */
const latelySaid = once(({ said, at }: Context): readonly Said[] => said.slice(Math.max(1, at - LOOK_BACK), at + 1));

/** The first byte of requests that has a few values, more than two: it may say what kind they are of. */
function codeIn(contexts: readonly Context[]): number | null {
  const requests = contexts.flatMap(latelySaid).map(({ request }) => request);
  const shortest = Math.min(MOST_HEAD, ...requests.flatMap(({ length }) => (length > 0 ? [length] : [])));
  for (let at = 0; at < shortest; at++) {
    const values = new Set(requests.map((request) => request[at]));
    if (values.size > 2 && values.size <= MOST_CODES && values.size * 4 <= requests.length) return at;
  }
  return null;
}

/** Where requests of one kind stand that was said several times before, or now; those said most often first. */
function repeatedIn({ said, at }: Context, label: Label): (readonly number[])[] {
  const kinds = new Map<number, number[]>();
  for (let i = Math.max(1, at - LOOK_BACK); i <= at; i++) {
    const one = said[i];
    const kind = one ? label(one) : -1;
    if (kind >= 0) kinds.set(kind, [...(kinds.get(kind) ?? []), i]);
  }
  return [...kinds.values()].filter((its) => its.length > 1).sort((a, b) => b.length - a.length);
}

/** Parts of requests of a kind: since what came before the first of them, or since the session began. */
function sourcesOf(
  at: readonly number[],
  { said, at: now }: Context,
  contexts: readonly Context[],
  label: Label,
): Gathered[] {
  const kindAt = (i: number) => (said[i] ? label(said[i]) : -1);
  const kind = kindAt(at[0] ?? 0);
  const head = headOf(contexts, label, kind);
  if (!head) return [];
  const marks = [kindAt((at[0] ?? 0) - 1), kindAt(now)].map((mark) =>
    mark < 0 || mark === kind ? null : headOf(contexts, label, mark),
  );
  const sinces = [...marks.filter((mark) => mark !== null), null].slice(0, MOST_MARKS);
  const by = numberIn(at.flatMap((i) => said[i] ?? []));
  return sinces.flatMap((since) =>
    partsOf(saidBy(contexts, label, kind)).map((part): Gathered => ({
      kind: 'gathered',
      head,
      part,
      since,
      ...(by ? { by } : {}),
    })),
  );
}

/** Requests of a kind in some sessions. */
function saidBy(contexts: readonly Context[], label: Label, kind: number): Uint8Array[] {
  const requests = contexts.flatMap(latelySaid).filter((one) => label(one) === kind);
  return requests.slice(0, MOST_REQUESTS).map(({ request }) => request);
}

/** What all requests of a kind have at one place, and the fewest others; null where most others have it too. */
function headOf(contexts: readonly Context[], label: Label, kind: number): Head | null {
  const requests = saidBy(contexts, label, kind);
  const shortest = Math.min(MOST_HEAD, ...requests.map(({ length }) => length));
  const others = contexts.flatMap(latelySaid).filter((one) => label(one) !== kind);
  let [best, fewest] = [null as Head | null, others.length / 2];
  for (let offset = 0; offset < shortest; offset++) {
    const bytes = commonAt(requests, offset);
    if (bytes.length === 0) continue;
    const head = { offset, bytes };
    const alike = others.filter(({ request }) => isLike(request, head)).length;
    if (alike < fewest) [best, fewest] = [head, alike];
    offset += bytes.length;
  }
  return best;
}

/** The bytes that all of some requests have from an offset on; words that begin alike are no part of them. */
function commonAt([first, ...others]: readonly Uint8Array[], offset: number): Uint8Array {
  if (!first) return EMPTY;
  const lengths = others.map((other) => commonLength(first, offset, other, offset));
  const common = first.subarray(offset, Math.min(first.length, offset + Math.min(...lengths, MOST_HEAD)));
  const isWhole = others.every((other) => other.length === first.length) && offset + common.length === first.length;
  const word = isText(common) && !isWhole ? common.lastIndexOf(BLANK) + 1 : 0;
  return word > 0 ? common.subarray(0, word) : common;
}

/** What is behind the head of some requests, one byte of each (so that they are counted), and each as a whole. */
function partsOf(requests: readonly Uint8Array[]): Span[] {
  const [first] = requests;
  if (!first) return [];
  const shortest = Math.min(...requests.map(({ length }) => length));
  const head = commonAt(requests, 0).length;
  let tail = 0;
  while (head + tail < shortest && requests.every((r) => r[r.length - tail - 1] === first[first.length - tail - 1]))
    tail++;
  const starts = new Set([...countedFrom(requests, shortest), head]);
  const spans = [...starts].slice(0, 2).map((from) => spanOf(from, from > head ? 0 : tail));
  return [...spans, ONE_EACH, spanOf(0, 0)];
}

function spanOf(from: number, tail: number): Span {
  return { of: PRESENT, from: { kind: 'start', offset: from }, to: { kind: 'end', offset: tail } };
}

/** Where what a length counts begins, when that is the rest of each request. */
function countedFrom(requests: readonly Uint8Array[], shortest: number): number[] {
  const found: number[] = [];
  for (let at = 0; at + 1 <= Math.min(shortest, HEAD); at++) {
    for (const { width, order } of WIDTHS) {
      const from = at + width;
      const counts = (bytes: Uint8Array) => binaryAt(bytes, at, width, order) === bytes.length - from;
      if (from <= shortest && requests.every(counts)) found.push(from);
    }
  }
  return found;
}

/** The number of each of some requests: as many different ones as steps from the least to the most of them, all alike. */
function numberIn(said: readonly Said[]): Gathered['by'] | null {
  const shortest = Math.min(HEAD, ...said.map(({ request }) => request.length));
  for (const codec of WIDTHS) {
    for (let at = 0; at + codec.width <= shortest; at++) {
      const values = said.map(({ request }) => binaryAt(request, at, codec.width, codec.order));
      const sorted = [...new Set(values)].sort((a, b) => a - b);
      const step = (sorted[1] ?? 0) - (sorted[0] ?? 0);
      const isEven = sorted.every((value, i) => i === 0 || value - (sorted[i - 1] ?? 0) === step);
      const isNumber = sorted.length > 2 && sorted.length * 2 > values.length && (sorted[0] ?? 0) <= step;
      if (!isEven || !isNumber) continue;
      const width = { kind: 'width', width: codec.width } as const;
      return { span: { of: PRESENT, from: { kind: 'start', offset: at }, to: width }, codec };
    }
  }
  return null;
}

/** All that was said since the latest request of another kind, whatever it was. */
function behindMarks({ said, at }: Context, contexts: readonly Context[]): Gathered[] {
  const marks = new Set<number>();
  for (let i = at - 2; i > 0 && at - i < LOOK_BACK && marks.size < MOST_MARKS; i--) {
    const group = said[i]?.group ?? -1;
    const isLatest = !said.slice(i + 1, at).some((one) => one.group === group);
    // what was answered is a command, what was not is what was said behind it
    if (group >= 0 && isLatest && (said[i]?.answer.length ?? 0) > 0) marks.add(group);
  }
  const heads = [...marks]
    .map((mark) => headOf(contexts, ({ group }) => group, mark))
    .filter((since) => since !== null);
  return heads.map((since) => ({ kind: 'gathered', head: null, part: { of: PRESENT, ...WHOLE }, since }));
}
