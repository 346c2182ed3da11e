/** Numbers in requests that may say which cells are asked for, or how many; and bytes that may choose the table. */
import { EMPTY, isDigit, toLatin1 } from '../../../bytes/bytes.js';
import { resolve, takeFrom, type Place } from '../../../model/meaning.js';
import { DECIMAL, binaryAt, readNumber } from '../../../model/number.js';
import type { NumberAt, NumberCodec, Position, Source, Span } from '../../../model/types.js';
import { ends, starts } from '../positions.js';
import type { Line } from '../sample.js';
import { Kept } from '../../kept.js';

export interface Candidate {
  readonly number: NumberAt;
  /** By line; -1: there is no such number. */
  readonly values: Float64Array;
  /** How unlikely it is, in rough bits. */
  readonly cost: number;
}

const REQUEST: Source = { kind: 'request', back: 0 };
const HEAD = 48;
const WIDTHS = [1, 2, 4] as const;
const MOST_TOKENS = 6;
const TAIL = 8;
/** Four bytes that are more than this are an address, a time or made up. */
const MOST_INDEX = 2 ** 28;

const known = new Kept<readonly Line[], number, readonly Candidate[]>();

/**
 * All numbers of the requests that are not the same in every line; the same lines are asked about at every place of
 * their answers.
 *
 * @param most numbers of a text that are looked at, so far into it
 */
export function numbersOf(lines: readonly Line[], most = MOST_TOKENS, reach = 4 * HEAD): readonly Candidate[] {
  return known.of(lines, most * 65_536 + reach, () => findNumbers(lines, most, reach));
}

function findNumbers(lines: readonly Line[], most: number, reach: number): Candidate[] {
  const places = lines.map((line) => resolve(REQUEST, line.context));
  const first = places[0];
  const line = lines[0];
  if (!first || !line) return [];
  const isText = places.every((p) => p !== null && p.bytes.every((b) => b >= 0x09 && b < 0x7f));
  const found = isText ? decimals(places, first, line.use.own, most, reach) : binaries(places);
  return found.filter(({ values }) => values.some((v) => v !== values[0]));
}

function binaries(places: readonly (Place | null)[]): Candidate[] {
  const requests = places.map((p) => p?.bytes ?? EMPTY);
  const shortest = Math.min(...requests.map((r) => r.length));
  const found: (Candidate | null)[] = [];
  const fromStart = fixedBytes(requests, (_, i) => i, Math.min(shortest, HEAD + 4));
  const fromEnd = fixedBytes(requests, (r, i) => r.length - i, Math.min(shortest, TAIL) + 1);
  for (let offset = 0; offset < Math.min(shortest, HEAD); offset++) {
    for (const width of WIDTHS) {
      if (offset + width > shortest) continue;
      for (const order of ['big', 'little'] as const)
        found.push(binary(requests, fromStart, { kind: 'start', offset }, { kind: 'binary', width, order }));
    }
  }
  // counted from the end it is another place only where requests are not of one length
  const sameLength = requests.every((r) => r.length === shortest);
  for (let offset = 1; !sameLength && offset <= Math.min(shortest, TAIL); offset++) {
    for (const width of WIDTHS) {
      if (width > offset) continue;
      for (const order of ['big', 'little'] as const)
        found.push(binary(requests, fromEnd, { kind: 'end', offset }, { kind: 'binary', width, order }));
    }
  }
  return found.filter((c) => c !== null);
}

/** For each place the byte that all requests have there, or -1. */
function fixedBytes(
  requests: readonly Uint8Array[],
  at: (request: Uint8Array, i: number) => number,
  count: number,
): Int16Array {
  const first = requests[0] ?? EMPTY;
  return Int16Array.from({ length: count }, (_, i) => {
    const byte = first[at(first, i)] ?? 0;
    return requests.every((r) => (r[at(r, i)] ?? 0) === byte) ? byte : -1;
  });
}

/**
 * A number of all requests whose lowest byte varies, and in which nothing is always the same but zeros.
 *
 * @param same by offset the byte that all requests have
 */
function binary(
  requests: readonly Uint8Array[],
  same: Int16Array,
  from: Position & { kind: 'start' | 'end' },
  codec: NumberCodec & { kind: 'binary' },
): Candidate | null {
  const { width, order } = codec;
  if (width === 1 && order === 'little') return null;
  const fixed = Array.from({ length: width }, (_, i) => {
    const step = order === 'big' ? i : width - 1 - i;
    return same[from.kind === 'start' ? from.offset + step : from.offset - step] ?? 0;
  });
  if (fixed[width - 1] !== -1 || fixed.some((digit) => digit > 0)) return null;
  let most = 0;
  const values = Float64Array.from(requests, (r) => {
    const value = binaryAt(r, from.kind === 'start' ? from.offset : r.length - from.offset, width, order);
    if (value > most) most = value;
    return value;
  });
  if (most >= MOST_INDEX) return null;
  let cost = (from.kind === 'start' ? 5 : 7) + (order === 'big' ? 0 : 1);
  // zeros in front are what a wide number has
  for (let i = 0; i < width && fixed[i] === 0; i++) cost -= 1;
  return { number: { span: { of: REQUEST, from, to: { kind: 'width', width } }, codec }, values, cost };
}

function decimals(
  places: readonly (Place | null)[],
  first: Place,
  regions: boolean,
  most: number,
  reach: number,
): Candidate[] {
  const found: Candidate[] = [];
  for (const [from, to] of tokens(first, most, reach)) {
    for (const start of starts(first, from, regions).slice(0, 3)) {
      for (const end of ends(first, from, to, regions).slice(0, 2)) {
        const span: Span = { of: REQUEST, from: start.at, to: end.at };
        const values = Float64Array.from(places, (place) => {
          const bytes = place && takeFrom(span, place);
          return (bytes && readNumber(DECIMAL, bytes)) ?? -1;
        });
        found.push({ number: { span, codec: DECIMAL }, values, cost: start.cost + end.cost });
      }
    }
  }
  return found;
}

function tokens({ bytes }: Place, most: number, reach: number): [number, number][] {
  const found: [number, number][] = [];
  for (let at = 0; at < Math.min(bytes.length, reach) && found.length < most; at++) {
    if (!isDigit(bytes[at]) || isDigit(bytes[at - 1])) continue;
    let stop = at;
    while (isDigit(bytes[stop])) stop++;
    found.push([at, stop]);
  }
  return found;
}

/** A part of the request that takes a few values. */
export interface Part {
  readonly span: Span | null;
  /** By line. */
  readonly values: readonly string[];
  readonly cost: number;
}

const MOST_PARTS = 4;
const MOST_VALUES = 8;

/** Bytes that may choose the table, those with the fewest values first. */
export function partsOf(lines: readonly Line[]): Part[] {
  const requests = lines.map((line) => resolve(REQUEST, line.context)?.bytes ?? EMPTY);
  const shortest = Math.min(HEAD, ...requests.map((r) => r.length));
  const found: Part[] = [];
  for (let offset = 0; offset < shortest; offset++) {
    const different = new Set(requests.map((r) => r[offset])).size;
    if (different < 2 || different > Math.min(MOST_VALUES, lines.length / 2)) continue;
    const values = requests.map((r) => toLatin1(r.subarray(offset, offset + 1)));
    const span: Span = { of: REQUEST, from: { kind: 'start', offset }, to: { kind: 'width', width: 1 } };
    found.push({ span, values, cost: 6 + different });
  }
  return found.sort((a, b) => a.cost - b.cost).slice(0, MOST_PARTS);
}
