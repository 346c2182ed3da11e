/**
 * Which earlier requests wrote to cells [new]: those in which the values of a later answer stand, with the
 * index at which they were read. What such requests write elsewhere has to be read there too.
 */
import { EMPTY, equal, indexOf, isDigit } from '../../../bytes/bytes.js';
import { earlier, isText, writtenBefore } from '../../../model/cells.js';
import { ask, take, type Context } from '../../../model/meaning.js';
import { readNumber } from '../../../model/number.js';
import type { CellWriter, NumberAt, NumberCodec, Source, Span, Test } from '../../../model/types.js';
import { ends, starts } from '../positions.js';
import type { Spot, Layout } from './layouts.js';
import type { Written } from './fit.js';
import type { Candidate } from './numbers.js';
import { once } from '../../kept.js';

export type Draft = Omit<CellWriter, 'table'>;

const REQUEST: Source = { kind: 'request', back: 0 };
/** Exchanges before an answer in which its values are looked for, and how much of each request. */
const MOST_EARLIER = 48;
const HEAD = 64;
/** Places of the same values in one request. */
const MOST_PLACES = 3;
const MOST_WRITERS = 4;
const MOST_NAMES = 12;
/** Bits of values that have to be found again for a writer to be believed. */
const PROOF = 32;

interface Vote {
  readonly writer: Draft;
  readonly lines: Set<number>;
  readonly exchanges: Set<unknown>;
  bits: number;
}

/** Requests that seem to write what lines of a layout read, those that explain the most first. */
export function writersOf(spot: Spot, layout: Layout, index: Candidate): Draft[] {
  const votes = new Map<string, Vote>();
  layout.members.forEach((line, m) => {
    const at = spot.lines[line];
    const from = (spot.at[line] ?? 0) - layout.back;
    const values = at?.bytes.subarray(from, from + (layout.sizes[m] ?? 0)) ?? EMPTY;
    const start = index.values[line] ?? -1;
    const count = layout.cells[m]?.length ?? 0;
    if (!at || start < 0 || values.length === 0 || (!isText(layout.form) && new Set(values).size < 2)) return;
    for (const there of latest(at.context)) {
      for (const writer of writersIn(there, values, start, count, layout, index.number.codec))
        cast(votes, writer, line, there, values.length);
    }
  });
  const sure = [...votes.values()].filter((vote) => vote.lines.size >= 2 && vote.bits >= PROOF);
  sure.sort((a, b) => b.lines.size - a.lines.size || b.bits - a.bits);
  const chosen: Vote[] = [];
  for (const vote of sure) {
    // the same writes by another name
    if (chosen.some((c) => [...vote.exchanges].every((e) => c.exchanges.has(e)))) continue;
    if (chosen.push(vote) >= MOST_WRITERS) break;
  }
  return chosen.map(({ writer, exchanges }) => ({ ...writer, when: telling(spot, writer.group, exchanges) }));
}

/** What was said last before an answer; the same answer is looked at in many layouts. */
const latest = once((context: Context): readonly Context[] => [...earlier(context)].slice(-MOST_EARLIER));

function cast(votes: Map<string, Vote>, writer: Draft, line: number, there: Context, bytes: number): void {
  const { group, index, values, count } = writer;
  const key = [group, textOf(index.span), textOf(values), count ? textOf(count.span) : ''].join();
  let vote = votes.get(key);
  if (!vote) votes.set(key, (vote = { writer, lines: new Set(), exchanges: new Set(), bits: 0 }));
  if (!vote.lines.has(line)) vote.bits += 8 * bytes;
  vote.lines.add(line);
  vote.exchanges.add(there.said[there.at]);
}

/** A span of the request as text; the codec is that of the index that is looked for. */
function textOf({ from, to }: Span): string {
  return `${placeOf(from)} ${placeOf(to)}`;
}

function placeOf(place: Span['from'] | Span['to']): string {
  if (place.kind === 'start' || place.kind === 'end') return place.kind + String(place.offset);
  if (place.kind === 'width') return `width${place.width}`;
  return JSON.stringify(place, (_, value: unknown) => (value instanceof Uint8Array ? [...value] : value));
}

/** The ways in which a request writes just these values at this index. */
function writersIn(
  there: Context,
  values: Uint8Array,
  start: number,
  count: number,
  layout: Layout,
  codec: NumberCodec,
): Draft[] {
  const exchange = there.said[there.at];
  if (!exchange || exchange.group < 0) return [];
  const { request, group } = exchange;
  if (isText(layout.form)) return asText(there, values, start, group);
  const found: Draft[] = [];
  const head = request.subarray(0, HEAD);
  for (
    let at = indexOf(request, values), n = 0;
    at >= 0 && n < MOST_PLACES;
    at = indexOf(request, values, at + 1), n++
  ) {
    const behind = at + values.length;
    const span: Span = { of: REQUEST, from: offsetAt(at), to: { kind: 'end', offset: request.length - behind } };
    for (const index of placesOf(head, start, codec, at, behind)) {
      const counts: (NumberAt | null)[] =
        layout.form.kind === 'bit' && typeof layout.count !== 'number'
          ? placesOf(head, count, layout.count.codec, at, behind).filter((c) => !equalAt(c, index))
          : [null];
      for (const number of counts) found.push({ group, when: null, index, values: span, count: number });
    }
  }
  return found.slice(0, MOST_NAMES);
}

function offsetAt(offset: number) {
  return { kind: 'start', offset } as const;
}

function equalAt(a: NumberAt, b: NumberAt): boolean {
  return a.span.from.kind === 'start' && b.span.from.kind === 'start' && a.span.from.offset === b.span.from.offset;
}

/** Where a number stands in a request, but for what lies from `from` to `to`. */
function placesOf(request: Uint8Array, number: number, codec: NumberCodec, from: number, to: number): NumberAt[] {
  if (codec.kind !== 'binary') return [];
  const found: NumberAt[] = [];
  for (let at = 0; at + codec.width <= request.length; at++) {
    if (at + codec.width > from && at < to) continue;
    if (readNumber(codec, request.subarray(at, at + codec.width)) !== number) continue;
    found.push({ span: { of: REQUEST, from: offsetAt(at), to: { kind: 'width', width: codec.width } }, codec });
  }
  return found;
}

/** A request in words that names the index and the value. */
function asText(there: Context, value: Uint8Array, start: number, group: number): Draft[] {
  const exchange = there.said[there.at];
  if (!exchange) return [];
  const place = { bytes: exchange.request, edges: null };
  const codec: NumberCodec = { kind: 'decimal', pad: 0 };
  const named = (from: number, to: number): Span[] =>
    starts(place, from, false)
      .slice(0, 3)
      .flatMap((s) =>
        ends(place, from, to, false)
          .filter((e) => e.at.kind !== 'width')
          .slice(0, 2)
          .map((e) => ({ of: REQUEST, from: s.at, to: e.at })),
      );
  const tokens = digitRuns(exchange.request);
  const found: Draft[] = [];
  for (const [from, to] of tokens) {
    if (readNumber(codec, exchange.request.subarray(from, to)) !== start) continue;
    for (const [valueFrom, valueTo] of tokens) {
      if (valueFrom === from || !equal(exchange.request.subarray(valueFrom, valueTo), value)) continue;
      for (const span of named(from, to))
        for (const values of named(valueFrom, valueTo))
          found.push({ group, when: null, index: { span, codec }, values, count: null });
    }
  }
  return found.slice(0, 2 * MOST_NAMES);
}

function digitRuns(bytes: Uint8Array): [number, number][] {
  const found: [number, number][] = [];
  for (let at = 0; at < Math.min(bytes.length, 4 * HEAD) && found.length < MOST_NAMES; at++) {
    if (!isDigit(bytes[at]) || isDigit(bytes[at - 1])) continue;
    let stop = at;
    while (isDigit(bytes[stop])) stop++;
    found.push([at, stop]);
  }
  return found;
}

/** The byte that these exchanges have and the fewest others of their group: what makes a write of them. */
function telling(spot: Spot, group: number, exchanges: ReadonlySet<unknown>): Test | null {
  const own: Uint8Array[] = [];
  const others: Uint8Array[] = [];
  const seen = new Set<unknown>();
  for (const { context } of spot.lines) {
    const all = [...latest(context), context];
    for (const there of all) {
      const exchange = there.said[there.at];
      if (exchange?.group !== group || seen.has(exchange)) continue;
      seen.add(exchange);
      (exchanges.has(exchange) ? own : others).push(exchange.request);
    }
  }
  const shortest = Math.min(HEAD, ...own.map((r) => r.length));
  let best: Test | null = null;
  let fewest = others.length;
  for (let offset = 0; offset < shortest; offset++) {
    const byte = own[0]?.[offset];
    if (byte === undefined || !own.every((r) => r[offset] === byte)) continue;
    const alike = others.filter((r) => r[offset] === byte).length;
    if (alike < fewest) [best, fewest] = [{ kind: 'at', of: REQUEST, offset, bytes: Uint8Array.of(byte) }, alike];
  }
  return best;
}

/** What writers had written, by member, to the cells that the member reads. */
export function writtenTo(spot: Spot, layout: Layout, index: Candidate, writers: readonly Draft[]): (Written | null)[] {
  const all = writers.map((writer) => ({ ...writer, table: 0 }));
  return layout.members.map((line, m) => {
    const context = spot.lines[line]?.context;
    const start = index.values[line] ?? -1;
    if (!context || start < 0) return null;
    const written = writtenBefore(
      all,
      layout.form,
      context,
      { take, ask },
      start,
      start + (layout.cells[m]?.length ?? 0),
    );
    return written.size > 0 ? written : null;
  });
}
