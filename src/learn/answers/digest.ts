/**
 * Checksums and hashes of what was said before [new]: the tag of a content that was put, the name of a script that was
 * loaded, the check of what was sent in parts. Proven by their width: what fits two samples is hardly met by chance.
 */
import { EMPTY, LF, isAlphanumeric, isDigit, isText, startsWith, toLatin1 } from '../../bytes/bytes.js';
import { CHECKSUMS, checksumOf, checksumWidth } from '../../model/checksum.js';
import { HASHES, digestOf, type Hash } from '../../model/digest.js';
import { resolve, takeFrom, type Place } from '../../model/meaning.js';
import { DECIMAL, digitValue, readNumberAt } from '../../model/number.js';
import type { Digest, NumberCodec, Span } from '../../model/types.js';
import { Kept, once } from '../kept.js';
import { isEdge, type Found } from './copy.js';
import { ends, starts } from './positions.js';
import type { Line } from './sample.js';
import { isOneMessage, messagesBefore, placesOf, type NamedSource } from './sources.js';

/** Messages and parts of each that are tried, and the longest. */
const MOST_MESSAGES = 6;
const MOST_CUTS = 12;
const MOST_OFFSET = 24;
const MOST_LASTS = 3;
const LEAST_PART = 2;
const MOST_BYTES = 65_536;
const MOST_NAMES = 6;
const VARIOUS = 0.6;
/** Different values that prove a digest of 4 bytes or more, and a narrower one. */
const LEAST_WIDE = 2;
const LEAST_NARROW = 4;
const COST = 6;
/** What an offset costs more in a text, where words have all lengths. */
const IN_TEXT = 3;

/** A value of one width that may be a digest, from so many bytes before the difference on. */
interface Field {
  readonly back: number;
  readonly digests: readonly Digest[];
}

/** What a value is the digest of, in one line. */
interface Hit {
  readonly digest: Digest;
  readonly named: readonly NamedSource[];
  readonly from: number;
  readonly to: number;
}

/** A digest of a part of an earlier message that holds in all lines; `wholes`: of the whole of one of these. */
export function findDigest(
  lines: readonly Line[],
  at: Int32Array,
  run: number,
  wholes?: readonly NamedSource[],
): Found | null {
  const [first] = lines;
  if (!first || lines.length < LEAST_WIDE) return null;
  for (const field of [...hashesAt(lines, at, run), ...checksumsAt(lines, at, run)]) {
    for (const hit of hitsOf(first, (at[0] ?? 0) - field.back, field, wholes)) {
      const found = named(hit, field, lines, at);
      if (found) return found;
    }
  }
  return null;
}

/** The plainest name for what was met in the first line that holds in all of them. */
function named({ digest, named, from, to }: Hit, field: Field, lines: readonly Line[], at: Int32Array): Found | null {
  let best: Found | null = null;
  for (const { source, place, regions, cost } of named) {
    if (isOneMessage(lines, source)) continue;
    const places = placesOf(lines, source);
    if (places.some((known) => known === null)) continue;
    const inText = isText(place.bytes) ? IN_TEXT : 0;
    for (const start of starts(place, from, regions).slice(0, MOST_NAMES)) {
      const far = start.at.kind === 'start' && start.at.offset > 0 ? inText : 0;
      for (const end of ends(place, from, to, regions).slice(0, MOST_NAMES)) {
        const its = COST + cost / 2 + (start.cost + far + end.cost) / 4;
        if (best && its >= best.cost) continue;
        const span: Span = { of: source, from: start.at, to: end.at };
        const lengths = held(digest, span, places, field.back, lines, at);
        const rule = { kind: 'digest', span, digest } as const;
        if (lengths) best = { rule, back: field.back, lengths, support: lines.length, cost: its };
      }
    }
  }
  return best;
}

/** How long the digest is in each line; null where it does not stand in one, or where too few values differ. */
function held(
  digest: Digest,
  span: Span,
  places: readonly (Place | null)[],
  back: number,
  lines: readonly Line[],
  at: Int32Array,
): Int32Array | null {
  const lengths = new Int32Array(lines.length);
  const different = new Set<string>();
  for (const [i, { bytes }] of lines.entries()) {
    const place = places[i];
    const part = place && takeFrom(span, place);
    const value = part && digestOf(digest, part);
    const from = (at[i] ?? 0) - back;
    if (!value || !stands(value, bytes, from)) return null;
    lengths[i] = value.length;
    different.add(toLatin1(value));
  }
  const isNarrow = digest.of === 'checksum' && checksumWidth(digest.how) < 4;
  return different.size >= (isNarrow ? LEAST_NARROW : LEAST_WIDE) ? lengths : null;
}

/** Whether a value stands in a message, and no digit that would belong to it beside it. */
function stands(value: Uint8Array, bytes: Uint8Array, from: number): boolean {
  if (from < 0 || !startsWith(bytes, value, from)) return false;
  const isNumber = value.every((byte) => isDigit(byte));
  return !isNumber || !(isDigit(bytes[from - 1]) || isDigit(bytes[from + value.length]));
}

/** Hashes of the width that the digits, or the bytes, around the difference have. */
function hashesAt(lines: readonly Line[], at: Int32Array, run: number): Field[] {
  const fields: Field[] = [];
  const [bytes, here] = [lines[0]?.bytes ?? EMPTY, at[0] ?? 0];
  const [hexFrom, hexTo] = around(bytes, here, run, (byte) => digitValue(byte) >= 0);
  const digits = bytes.subarray(hexFrom, hexTo);
  const [from, to] = around(bytes, here, run, isBase64);
  for (const [name, width] of HASHES) {
    const hash = (back: number, how?: Hash['how']): number =>
      fields.push({ back, digests: [{ of: 'hash', name, ...(how ? { how } : {}) }] });
    if (digits.length === 2 * width)
      hash(here - hexFrom, { kind: 'hex', upper: digits.some((b) => b > 0x40 && b < 0x60) });
    if (to - from === Math.ceil((width * 4) / 3)) {
      const url = bytes.subarray(from, to).some((b) => b === 0x2d || b === 0x5f);
      hash(here - from, { kind: 'base64', url, pad: width % 3 !== 0 && bytes[to] === 0x3d });
    }
    for (let back = 0; back <= Math.min(run, 3); back++)
      if (isVarious(bytes.subarray(here - back, here - back + width), width) && varies(lines, at, back, width))
        hash(back);
  }
  return fields;
}

/** Whether bytes are as different from each other as those of a hash. */
function isVarious(bytes: Uint8Array, width: number): boolean {
  return bytes.length === width && !isText(bytes) && new Set(bytes).size > width * VARIOUS;
}

/** The run of such bytes around a place, which begins no more than `run` before it. */
function around(
  bytes: Uint8Array,
  at: number,
  run: number,
  belongs: (byte: number) => boolean,
): [from: number, to: number] {
  let [from, to] = [at, at];
  while (from > at - run && belongs(bytes[from - 1] ?? 0)) from--;
  while (to < bytes.length && belongs(bytes[to] ?? 0)) to++;
  return [from, to];
}

function isBase64(byte: number): boolean {
  return isAlphanumeric(byte) || [0x2b, 0x2f, 0x2d, 0x5f].includes(byte);
}

/** Checksums of the widths that what varies at the difference may have. */
function checksumsAt(lines: readonly Line[], at: Int32Array, run: number): Field[] {
  const [first] = lines;
  if (!first) return [];
  const place = at[0] ?? 0;
  const fields: Field[] = [];
  const add = (back: number, size: number, write: NumberCodec) => {
    const read = readNumberAt(write, first.bytes, place - back);
    if (read && read.value > 0) fields.push({ back, digests: checksums(size, write) });
  };
  for (const size of [4, 2]) {
    const [from, to] = around(first.bytes, place, run, (byte) => digitValue(byte) >= 0);
    const digits = first.bytes.subarray(from, to);
    if (digits.length === 2 * size)
      for (const upper of [false, true]) add(place - from, size, { kind: 'hex', pad: 2 * size, upper });
    for (let back = 0; back < size && back <= run; back++)
      if (varies(lines, at, back, size))
        for (const order of ['big', 'little'] as const) add(back, size, { kind: 'binary', width: size, order });
  }
  const [from, to] = around(first.bytes, place, run, isDigit);
  if (to - from >= 7) add(place - from, 4, DECIMAL);
  return fields;
}

function checksums(size: number, write: NumberCodec): Digest[] {
  const fitting = CHECKSUMS.filter((how) => checksumWidth(how) === size && how.kind !== 'sum');
  return fitting.map((how) => ({ of: 'checksum', how, write }));
}

/** Every byte varies, and not all of them are text. */
function varies(lines: readonly Line[], at: Int32Array, back: number, size: number): boolean {
  const partOf = ({ bytes }: Line, i: number) => bytes.subarray((at[i] ?? 0) - back, (at[i] ?? 0) - back + size);
  const [one, ...others] = lines.map(partOf);
  if (!one || one.length < size || others.some((other) => other.length < size)) return false;
  if (one.some((byte, i) => others.every((other) => other[i] === byte))) return false;
  return !isText(one) || others.some((other) => !isText(other));
}

/** A part of a message, with all names of the message. */
interface Part {
  readonly bytes: Uint8Array;
  readonly named: readonly NamedSource[];
  readonly from: number;
  readonly to: number;
}

const hitsKept = new Kept<Line, string, readonly Hit[]>();
const values = new Kept<readonly Part[], string, readonly (number | Uint8Array)[]>();

/** What a value of one line is the digest of; the same lines are looked at in many groups. */
function hitsOf(line: Line, from: number, { digests }: Field, wholes?: readonly NamedSource[]): readonly Hit[] {
  const find = (parts: readonly Part[]) => digests.flatMap((digest) => hitsIn(digest, parts, line, from));
  // they may have been named in another line
  if (wholes) return find(wholes.flatMap((one) => [...partsIn([one], line, ({ bytes }) => [[0, bytes.length]])]));
  return hitsKept.of(line, `${from}/${JSON.stringify(digests[0])}`, () => find(partsOf(line)));
}

/** Digests of all parts are worked out once for all places of the line. */
function hitsIn(digest: Digest, parts: readonly Part[], { bytes }: Line, at: number): Hit[] {
  const all = values.of(parts, nameOf(digest), () => parts.map((part) => valueOf(digest, part.bytes)));
  const read = digest.of === 'checksum' ? readNumberAt(digest.write, bytes, at)?.value : null;
  return parts.flatMap(({ named, from, to }, i) => {
    const value = all[i] ?? EMPTY;
    const isHit = typeof value === 'number' ? value === read : startsWith(bytes, value, at);
    return isHit && value !== EMPTY ? [{ digest, named, from, to }] : [];
  });
}

const nameOf = (digest: Digest) => JSON.stringify(digest.of === 'checksum' ? digest.how : digest);

function valueOf(digest: Digest, bytes: Uint8Array): number | Uint8Array {
  return digest.of === 'checksum' ? checksumOf(digest.how, bytes) : (digestOf(digest, bytes) ?? EMPTY);
}

/** Parts of what was said before the line: words, regions and what is from each of them to the end. */
const partsOf = once((line: Line): readonly Part[] => {
  const all: Part[] = [];
  let left = MOST_BYTES;
  for (const named of messagesBefore(line, MOST_MESSAGES).values()) {
    for (const part of partsIn(named, line, cutOut)) {
      if (part.bytes.length < LEAST_PART || part.bytes.length > left) continue;
      left -= part.bytes.length;
      all.push(part);
    }
  }
  return all;
});

function* partsIn(
  named: readonly NamedSource[],
  { context }: Line,
  cut: (place: Place) => [from: number, to: number][],
): Generator<Part> {
  const place = named[0] && resolve(named[0].source, context);
  if (!place) return;
  const here = named.map((one) => ({ ...one, place }));
  for (const [from, to] of cut(place)) yield { bytes: place.bytes.subarray(from, to), named: here, from, to };
}

/** A content begins behind a head: near the beginning, at a word, or at one of the last lines; it ends at the end, or with a sign behind it. */
function cutOut(place: Place): [from: number, to: number][] {
  const { bytes, edges } = place;
  const [cuts, lasts] = [new Set([0]), new Set([bytes.length])];
  for (let at = 1; at < bytes.length && cuts.size < MOST_CUTS; at++) if (isEdge(place, at)) cuts.add(at);
  for (const edge of edges ?? []) cuts.add(edge);
  for (let at = bytes.length - 1; at > 0 && cuts.size < 3 * MOST_CUTS; at--) if (bytes[at - 1] === LF) cuts.add(at);
  for (let at = bytes.length - 1; at > 0 && lasts.size < MOST_LASTS; at--)
    if (isEdge(place, at) || at > bytes.length - MOST_LASTS) lasts.add(at);
  const parts = new Map<number, [number, number]>();
  const add = (from: number, to: number) => parts.set(from * (bytes.length + 1) + to, [from, to]);
  for (const to of lasts) {
    for (const from of cuts) add(from, to);
    for (let from = 0; from <= Math.min(MOST_OFFSET, to); from++) add(from, to);
  }
  for (const from of cuts) for (const to of cuts) add(from, to);
  return [...parts.values()];
}
