/**
 * Requests that are like no other byte by byte, and yet of one build: names of different lengths between the
 * same separators [new].
 *
 * Alignment counts bytes, so that two short requests with long names in them are unlike. Requests that it
 * left almost alone are put together when they are the same but for their words and the lengths of them. The
 * word that says what is asked for has to be the same: the first one, where a request does not begin with a
 * byte that says it. What is put together wrongly is parted again, as everything, by what decides the answer.
 */
import { EMPTY, isPrintable, isTextByte, toLatin1 } from '../bytes/bytes.js';
import { keysIn } from '../model/lookup.js';
import { readNumberAt } from '../model/number.js';
import type { LengthField, RecordForm } from '../model/types.js';

/** A cluster of at most so many different requests is a stray one; more, where length fields tell texts from the rest. */
const FEW = 2;
const FEW_FRAMED = 3;

/**
 * Clusters with the strays of one build put together, or to the largest cluster that holds several of their
 * build; W = 0 keeps every request apart.
 */
export function gatherStrays(
  clusters: readonly number[][],
  shapes: readonly Uint8Array[],
  W: number,
  growing?: LengthField,
): number[][] {
  if (W === 0) return [...clusters];
  const few = growing ? FEW_FRAMED : FEW;
  const codes = growing ? codesIn(shapes, growing) : [];
  const build = (i: number) => (codes[i] ?? '') + buildOf(shapes[i] ?? EMPTY, growing);
  const builds = new Map<string, number[]>();
  const parts = growing ? clusters.flatMap((c) => partedBy(c, (i) => codes[i] ?? '')) : clusters;
  const whole = parts.filter((c) => c.length > few);
  const large = growing ? joinTorn(whole, build) : whole.map((c) => [...c]);
  for (const cluster of [...large].sort((a, b) => b.length - a.length)) {
    for (const [its, count] of countBuilds(cluster, build))
      if (count > few && !builds.has(its)) builds.set(its, cluster);
  }
  const gathered: number[][] = [];
  for (const stray of parts.filter((c) => c.length <= few)) {
    for (const part of growing ? stray.map((i) => [i]) : [stray]) {
      const its = build(part[0] ?? 0);
      const known = builds.get(its);
      if (known) known.push(...part);
      else {
        const own = [...part];
        builds.set(its, own);
        gathered.push(own);
      }
    }
  }
  return inOrder([...large, ...gathered]);
}

function partedBy(cluster: readonly number[], keyOf: (i: number) => string): number[][] {
  const parts = new Map<string, number[]>();
  for (const i of cluster) parts.set(keyOf(i), [...(parts.get(keyOf(i)) ?? []), i]);
  return [...parts.values()];
}

/** Share of a cluster's requests that are of its build. */
const OF_BUILD = 0.8;

/** Clusters joined that are of one build: what tore them apart is how long their texts are. */
function joinTorn(clusters: readonly number[][], build: (i: number) => string): number[][] {
  const joined = new Map<string, number[]>();
  const others: number[][] = [];
  for (const cluster of clusters) {
    const [its, count] = [...countBuilds(cluster, build)].reduce(
      (most, one) => (one[1] > most[1] ? one : most),
      ['', 0],
    );
    const known = joined.get(its);
    if (count < cluster.length * OF_BUILD) others.push([...cluster]);
    else if (known) known.push(...cluster);
    else joined.set(its, [...cluster]);
  }
  return [...joined.values(), ...others];
}

/** Fewest requests with a byte that make it a usual one, the share of all that have a usual one, and how many those may be. */
/** Bytes of a code. */
const MOST_CODE = 4;
const LEAST_USUAL = 3;
const USUAL = 0.8;
const MOST_USUAL = 32;
/** Share of the requests in which a text begins at a byte or right behind it. */
const IN_TEXT = 0.4;

/**
 * What each request that says its own length asks for: its bytes from the start on, and right behind the length, as
 * long as most requests have one of few values there. A byte that no other request has is a dot: it may be anything.
 */
function codesIn(shapes: readonly Uint8Array[], growing: LengthField): string[] {
  const parts = shapes.map((shape) => [shape.subarray(0, growing.offset), bodyOf(shape, growing) ?? EMPTY] as const);
  const [before, behind] = [codesAt(parts.map(([head]) => head)), codesAt(parts.map(([, body]) => body))];
  return shapes.map((_, i) => `${before[i] ?? ''}/${behind[i] ?? ''}/`);
}

function codesAt(parts: readonly Uint8Array[]): string[] {
  let codes = parts.map(() => '');
  for (let at = 0; at < MOST_CODE; at++) {
    const counts = new Map<number, number>();
    let letters = 0;
    for (const part of parts) {
      const [byte, next] = [part[at], part[at + 1]];
      if (byte === undefined) continue;
      counts.set(byte, (counts.get(byte) ?? 0) + 1);
      const isLetter = isPrintable(byte) && next !== undefined && isPrintable(next);
      if (isLetter || isTextOf(part, at + 1, byte)) letters++;
    }
    const usual = [...counts].filter(([, count]) => count >= LEAST_USUAL);
    const usually = usual.reduce((sum, [, count]) => sum + count, 0);
    if (usual.length > MOST_USUAL || usually < parts.length * USUAL || letters > parts.length * IN_TEXT) break;
    codes = codes.map((code, i) => {
      const byte = parts[i]?.[at] ?? -1;
      return code + ((counts.get(byte) ?? 0) > 1 ? `${byte} ` : '.');
    });
  }
  return codes;
}

/** Whether a text of so many letters stands at a place. */
function isTextOf(body: Uint8Array, from: number, letters: number): boolean {
  return letters >= TEXT && from + letters <= body.length && body.subarray(from, from + letters).every(isPrintable);
}

/** What stands behind the length; null where there is none. */
function bodyOf(shape: Uint8Array, { offset, codec }: LengthField): Uint8Array | null {
  const length = readNumberAt(codec, shape, offset);
  return length && shape.subarray(offset + length.width);
}

function countBuilds(cluster: readonly number[], build: (i: number) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const i of cluster) counts.set(build(i), (counts.get(build(i)) ?? 0) + 1);
  return counts;
}

/** Fewest printable bytes in a row of a binary request that are a text. */
const TEXT = 3;

/**
 * What a request that says its own length is built of behind that: texts, each with the byte before it that is its
 * length, and how many bytes there are between them.
 */
function framedBuild(shape: Uint8Array, growing: LengthField): string | null {
  const body = bodyOf(shape, growing);
  if (!body) return null;
  let build = '';
  let between = 0;
  for (let at = 0; at < body.length;) {
    const [to, width] = textFrom(body, at);
    const letters = (to - at) / width;
    // the first letter may be the number of the others
    const isCount = body[at] === letters - 1;
    if (letters >= TEXT && !isCount) {
      const before = between > 0 ? (body[at - 1] ?? 0) : 0;
      build += `${before >= TEXT && before <= to - at ? between - 1 : between}t`;
      between = 0;
      at = to;
    } else {
      between++;
      at++;
    }
  }
  return build + String(between);
}

/** Where the text ends that begins at a place, and how many bytes each of its letters takes. */
function textFrom(body: Uint8Array, from: number): [to: number, width: number] {
  const wide = endOfLetters(body, from, 2);
  return wide - from >= 2 * TEXT ? [wide, 2] : [endOfLetters(body, from, 1), 1];
}

function endOfLetters(body: Uint8Array, from: number, width: 1 | 2): number {
  let to = from;
  while (to + width <= body.length && isTextByte(body[to] ?? 0) && (width === 1 || body[to + 1] === 0)) to += width;
  // a number that happens to be the end of a line or a tab is no part of the text before it
  while (to > from && !isPrintable(body[to - width] ?? 0)) to -= width;
  return to;
}

/** A request with every run of letters and digits as one, and lengths as such; all but the word that asks. */
export function buildOf(shape: Uint8Array, growing?: LengthField): string {
  return (growing ? framedBuild(shape, growing) : null) ?? plainBuild(shape);
}

function plainBuild(shape: Uint8Array): string {
  const text = toLatin1(withoutLengths(shape));
  const asks = /^[\x20-\x7e]/.test(text) ? /[A-Za-z]{2,}/.exec(text) : null;
  const until = asks ? asks.index + asks[0].length : 0;
  return collapsed(text.slice(0, asks?.index ?? 0)) + (asks?.[0] ?? '') + collapsed(text.slice(until));
}

function collapsed(text: string): string {
  return text.replace(/[A-Za-z0-9]+/g, 'w');
}

const LENGTH = 0xff;

/** The request with every byte that tells how much follows, to the end or of text, made alike. */
function withoutLengths(shape: Uint8Array): Uint8Array {
  let run = 0;
  const result = shape.slice();
  for (let at = shape.length - 1; at >= 0; at--) {
    const byte = shape[at] ?? 0;
    if (!isTextByte(byte) && byte > 1 && (byte === run || byte === shape.length - at - 1)) result[at] = LENGTH;
    run = isTextByte(byte) ? run + 1 : 0;
  }
  return result;
}

/**
 * Clusters joined whose requests name keys and are as long before and behind them: which key it is says nothing
 * of what is asked for.
 */
export function gatherByKey(
  clusters: readonly number[][],
  requests: readonly Uint8Array[],
  forms: readonly RecordForm[],
  W: number,
): number[][] {
  if (W === 0 || forms.length === 0) return [...clusters];
  const builds = new Map<string, number[]>();
  const gathered: number[][] = [];
  for (const cluster of clusters) {
    const its = new Set(cluster.map((i) => keyBuild(requests[i] ?? new Uint8Array(0), forms)));
    const known = its.has(null) ? undefined : [...its].map((build) => builds.get(build ?? '')).find((c) => c);
    const own = known ?? [];
    own.push(...cluster);
    if (!known) gathered.push(own);
    for (const build of its) if (build !== null && !builds.has(build)) builds.set(build, own);
  }
  return inOrder(gathered);
}

/** So many strays with one code are what is said with it; fewer are exceptions, but where nothing else is said with it. */
const LEAST_CODED = 4;

/**
 * Clusters with the strays put together that have the same byte at the offset of the one that says what is asked
 * for: whatever else they say, and however long it is.
 */
export function gatherByCode(
  clusters: readonly number[][],
  requests: readonly Uint8Array[],
  offset: number | null,
  W: number,
): number[][] {
  if (W === 0 || offset === null) return [...clusters];
  const codeOf = (cluster: readonly number[]) => {
    const [code, ...others] = new Set(cluster.map((i) => requests[i]?.[offset]));
    return cluster.length > FEW || others.length > 0 ? undefined : code;
  };
  const strays = new Map<number, number[]>();
  for (const cluster of clusters) {
    const code = codeOf(cluster);
    if (code !== undefined) strays.set(code, [...(strays.get(code) ?? []), ...cluster]);
  }
  const others = new Set(clusters.filter((c) => c.length > FEW).flatMap((c) => c.map((i) => requests[i]?.[offset])));
  const coded = [...strays].flatMap(([code, its]) =>
    its.length >= LEAST_CODED || (its.length > 1 && !others.has(code)) ? [its] : [],
  );
  const isCoded = new Set(coded.flat());
  return inOrder([...clusters.filter(([first]) => first === undefined || !isCoded.has(first)), ...coded]);
}

/** Clusters, and the requests of each, in the order of the requests. */
function inOrder(clusters: readonly (readonly number[])[]): number[][] {
  return clusters.map((c) => [...c].sort((a, b) => a - b)).sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0));
}

/** Which form keys have in a request, how many there are, and how much stands around them; null where there are none. */
function keyBuild(request: Uint8Array, forms: readonly RecordForm[]): string | null {
  for (const [i, form] of forms.entries()) {
    const keys = keysIn(form, request);
    const [first, last] = [keys[0], keys.at(-1)];
    if (first && last) return [i, keys.length, first.at, request.length - last.end - (last.value?.length ?? 0)].join();
  }
  return null;
}
