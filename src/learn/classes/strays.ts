/**
 * Requests that are like no other byte by byte, and yet of one build: names of different lengths between the
 * same separators [new].
 *
 * Alignment counts bytes, so that two short requests with long names in them are unlike. Requests that it
 * left almost alone are put together when they are the same but for their words and the lengths of them. The
 * word that says what is asked for has to be the same: the first one, where a request does not begin with a
 * byte that says it. What is put together wrongly is parted again, as everything, by what decides the answer.
 */
import { EMPTY, isTextByte, toLatin1 } from '../../bytes/bytes.js';
import { keysIn } from '../../model/lookup.js';
import { readNumberAt } from '../../model/number.js';
import type { LengthField, RecordForm } from '../../model/types.js';

/** A cluster of at most so many different requests is a stray one; more, where length fields tell texts from the rest. */
export const FEW = 2;
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
  const build = (i: number) => buildOf(shapes[i] ?? EMPTY, growing);
  const builds = new Map<string, number[]>();
  const large = clusters.filter((c) => c.length > few).map((c) => [...c]);
  for (const cluster of [...large].sort((a, b) => b.length - a.length)) {
    for (const [its, count] of countBuilds(cluster, build))
      if (count > few && !builds.has(its)) builds.set(its, cluster);
  }
  const gathered: number[][] = [];
  for (const stray of clusters.filter((c) => c.length <= few)) {
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

function countBuilds(cluster: readonly number[], build: (i: number) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const i of cluster) counts.set(build(i), (counts.get(build(i)) ?? 0) + 1);
  return counts;
}

/** Fewest printable bytes in a row of a binary request that are a text. */
const TEXT = 3;

/**
 * What a request that says its own length is built of behind that: texts, each with the byte before it that is its
 * length, and how many bytes there are between them. Null for one that has no texts.
 */
function framedBuild(shape: Uint8Array, { offset, codec }: LengthField): string | null {
  const length = readNumberAt(codec, shape, offset);
  if (!length) return null;
  const body = shape.subarray(offset + length.width);
  let build = '';
  let between = 0;
  for (let at = 0; at < body.length;) {
    let to = at;
    while (to < body.length && isTextByte(body[to] ?? 0)) to++;
    if (to - at >= TEXT) {
      const before = between > 0 ? (body[at - 1] ?? 0) : 0;
      build += `${before >= TEXT && before <= to - at ? between - 1 : between}t`;
      between = 0;
      at = to;
    } else {
      between++;
      at++;
    }
  }
  return build === '' ? null : build + String(between);
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

/** Those of such a share of their group are strays there, and the code that this share has is what a group asks for. */
const FOREIGN = 0.3;
const MAIN = 0.5;
/** Fewer there are strays themselves. */
const LEAST_THERE = 4;
/** Of more than so many there, what they were answered has told already which of them are alike. */
const MOST_THERE = 24;

/** Groups with those that ask for something else than most of theirs put to the largest one that asks for the same; some groups may be left empty. */
export function settledByCode<T>(groups: readonly (readonly T[])[], codeOf: (member: T) => number): T[][] {
  const counts = groups.map((group) => {
    const its = new Map<number, number>();
    for (const member of group) its.set(codeOf(member), (its.get(codeOf(member)) ?? 0) + 1);
    return its;
  });
  const homes = new Map<number, number>();
  counts.forEach((its, at) => {
    for (const [code, count] of its) {
      const most = counts[homes.get(code) ?? -1]?.get(code) ?? 0;
      if (count >= MAIN * (groups[at]?.length ?? 0) && count > most) homes.set(code, at);
    }
  });
  const settled = groups.map((): T[] => []);
  groups.forEach((group, at) => {
    for (const member of group) {
      const count = counts[at]?.get(codeOf(member)) ?? 0;
      const home = homes.get(codeOf(member)) ?? at;
      const there = counts[home]?.get(codeOf(member)) ?? 0;
      const isForeign = count <= FOREIGN * group.length && count < there && there >= LEAST_THERE && there <= MOST_THERE;
      settled[isForeign ? home : at]?.push(member);
    }
  });
  return settled;
}

/** Clusters, and the requests of each, in the order of the requests. */
export function inOrder(clusters: readonly (readonly number[])[]): number[][] {
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
