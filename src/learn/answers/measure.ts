/**
 * Numbers in answers that measure what was said before [new]: the length of a part of an earlier message, or a
 * number of it that is written there in another way (decimal there and binary here, wide there and narrow here).
 * Proven by the spread of the values: the constant between the two is the same in all samples.
 */
import { takeFrom, type Place } from '../../model/meaning.js';
import { DECIMAL, binaryAt, readNumber } from '../../model/number.js';
import { recode } from '../../model/recode.js';
import { codedIn } from './coded.js';
import type { NumberCodec, Recoding, Rule, Span } from '../../model/types.js';
import { BYTE, WIDE_FIRST } from '../codecs.js';
import { isEdge, type Found } from './copy.js';
import { ends, starts } from './positions.js';
import type { Line } from './sample.js';
import { isOneMessage, messagesOf, placesOf, type NamedSource } from './sources.js';
import { writtenAt, type Written } from './written.js';

const LEAST_LINES = 4;
const MOST_SOURCES = 4;
const MOST_TOKENS = 12;
/** Names for where a part begins that are tried: one that counts from the end is seldom the plainest. */
const MOST_NAMES = 6;
const MOST_OFFSET = 48;
const MOST_ADD = 300;
/** Parts are measured with what belongs to them, not with more. */
const MOST_PART_ADD = 16;
const COST = 5;
/** What it costs more that a value is measured as it is when decoded. */
const DECODED = 2;
/** Bits that the values have to show: a length is one of few things to measure, a number may stand anywhere. */
const SIZE_BITS = 12;
const NUMBER_BITS = 20;

/** A number that stands at the difference in every line, and how much the lines tell of it. */
interface Field extends Written {
  readonly bits: number;
}

/** What makes a number of the messages before; `of` gives it in one line. */
interface Measure {
  readonly span: Span;
  readonly cost: number;
  readonly rule: (add: number) => Rule;
  readonly of: (bytes: Uint8Array) => number | null;
}

/** A length or a number in another coding, plus a constant, that explains all lines. */
export function findMeasure(lines: readonly Line[], at: Int32Array, run: number): Found | null {
  const line = lines[0];
  if (!line || lines.length < LEAST_LINES) return null;
  const messages = messagesOf(line, MOST_SOURCES);
  for (const field of fieldsOf(lines, at, run)) {
    let best: Found | null = null;
    for (const named of messages) {
      if (isOneMessage(lines, named.source)) continue;
      const places = placesOf(lines, named.source);
      if (places.some((place) => place === null)) continue;
      for (const measure of measuresOf(named, field)) {
        if (best && measure.cost >= best.cost) continue;
        const add = constant(measure, places, field.values);
        if (add === null) continue;
        const { back, lengths } = field;
        best = {
          rule: measure.rule(add),
          back,
          lengths,
          support: lines.length,
          cost: measure.cost + Math.abs(add) / 64,
        };
      }
    }
    if (best) return best;
  }
  return null;
}

/** The numbers that the lines have at the difference, where they are too many for chance. */
function fieldsOf(lines: readonly Line[], at: Int32Array, run: number): Field[] {
  return writtenAt(lines, at, run).flatMap((written) => {
    const { values } = written;
    const different = new Set(values).size;
    const bits = (different - 1) * Math.log2(1 + Math.max(...values) - Math.min(...values));
    return different >= 3 && bits >= SIZE_BITS ? [{ ...written, bits }] : [];
  });
}

/** What is left of every value, if that is the same in all lines. */
function constant({ span, of }: Measure, places: readonly (Place | null)[], values: readonly number[]): number | null {
  let add: number | null = null;
  for (let i = 0; i < places.length; i++) {
    const place = places[i];
    const bytes = place && takeFrom(span, place);
    const number = bytes && of(bytes);
    if (typeof number !== 'number') return null;
    const rest = (values[i] ?? 0) - number;
    add ??= rest;
    if (rest !== add || Math.abs(add) > MOST_ADD) return null;
  }
  return add;
}

function* measuresOf(named: NamedSource, field: Field): Generator<Measure> {
  const { source, place, cost, regions } = named;
  const { write } = field;
  const size = (span: Span, more: number): Measure => ({
    span,
    cost: cost + more + COST,
    rule: (add) => ({ kind: 'size', span, add, write }),
    of: (bytes) => bytes.length,
  });
  const decoded = (span: Span, how: Recoding, more: number): Measure => ({
    span,
    cost: cost + more + COST + DECODED,
    rule: (add) => ({ kind: 'size', span, how, add, write }),
    of: (bytes) => recode(how, bytes)?.length ?? null,
  });
  const number = (span: Span, read: NumberCodec, more: number): Measure => ({
    span,
    cost: cost + more + COST,
    rule: (add) => ({ kind: 'number', span, read, add, write }),
    of: (bytes) => readNumber(read, bytes),
  });
  yield size({ of: source, from: { kind: 'start', offset: 0 }, to: { kind: 'end', offset: 0 } }, 1);
  const target = field.values[0] ?? 0;
  for (const [from, to] of tokensOf(place, target)) {
    // naming a part takes longer than seeing that it is no measure
    const here = readNumber(DECIMAL, place.bytes.subarray(from, to)) ?? Infinity;
    if (Math.min(Math.abs(target - (to - from)), Math.abs(target - here)) > MOST_PART_ADD) continue;
    for (const start of starts(place, from, regions).slice(0, MOST_NAMES)) {
      for (const end of ends(place, from, to, regions).slice(0, 2)) {
        const span: Span = { of: source, from: start.at, to: end.at };
        yield size(span, start.cost + end.cost);
        if (field.bits < NUMBER_BITS || write.kind === 'decimal') continue;
        yield number(span, DECIMAL, start.cost + end.cost);
      }
    }
  }
  for (const { from, to, how } of codedIn(place.bytes)) {
    const length = recode(how, place.bytes.subarray(from, to))?.length ?? Infinity;
    if (Math.abs(target - length) > MOST_PART_ADD) continue;
    for (const start of starts(place, from, regions).slice(0, 2)) {
      for (const end of ends(place, from, to, regions).slice(0, 3))
        if (end.at.kind !== 'width')
          yield decoded({ of: source, from: start.at, to: end.at }, how, start.cost + end.cost);
    }
  }
  if (field.bits < NUMBER_BITS) return;
  for (let offset = 0; offset <= Math.min(MOST_OFFSET, place.bytes.length - 1); offset++) {
    for (const read of BINARIES) {
      if (offset + read.width > place.bytes.length || sameCodec(read, write)) continue;
      const here = binaryAt(place.bytes, offset, read.width, read.order);
      if (Math.abs(target - here) > MOST_ADD) continue;
      const to = { kind: 'width', width: read.width } as const;
      yield number({ of: source, from: { kind: 'start', offset }, to }, read, 4 + offset / 32);
    }
  }
}

const BINARIES = [...WIDE_FIRST, BYTE];

function sameCodec(a: NumberCodec & { kind: 'binary' }, b: NumberCodec): boolean {
  return b.kind === 'binary' && a.width === b.width && a.order === b.order;
}

/** Parts of a message that may be measured: regions, words, and what is from each of them to the end. */
function* tokensOf(place: Place, target: number): Generator<[number, number]> {
  const { bytes, edges } = place;
  const cuts: number[] = [];
  for (let at = 0; at <= Math.min(bytes.length, 512); at++) {
    if (at !== bytes.length && (at === 0 || !isEdge(place, at))) continue;
    if (cuts.length < MOST_TOKENS) cuts.push(at);
    // the zeros of a binary head are edges, each of them
    else if (Math.abs(target - (bytes.length - at)) <= MOST_PART_ADD) yield [at, bytes.length];
  }
  for (const edge of edges ?? []) {
    if (cuts.length >= 2 * MOST_TOKENS) break;
    if (!cuts.includes(edge)) cuts.push(edge);
  }
  cuts.sort((a, b) => a - b);
  for (const [i, from] of cuts.entries()) {
    const next = cuts[i + 1];
    if (next !== undefined && next > from) yield [from, next];
    if (bytes.length > from && next !== bytes.length) yield [from, bytes.length];
  }
}
