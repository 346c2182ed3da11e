/**
 * Frames whose bodies are like no other [new]: what is encrypted, compressed or made up has nothing in common with any
 * other request but the few bytes before it, which say what it is.
 */
import { EMPTY, isText } from '../../bytes/bytes.js';
import type { LengthField } from '../../model/types.js';
import { FEW, inOrder } from './strays.js';

/** So many strays, and such a share of all requests, show that the bodies of a service are like no other: all, where nothing shows frames. */
const LEAST_STRAYS = 8;
const MOSTLY = 0.8;
/** An offset of the heads with more values than this says something else than what the frame is. */
const MOST_VALUES = 8;
/** Bytes of a head, beside its length. */
const HEAD = 8;
/** So many strays with one head are one thing said with any body. */
const LEAST_OF_HEAD = 4;

/**
 * Clusters with the strays put together that have the same head, where most requests are strays; W = 0 keeps every
 * request apart.
 */
export function gatherByHead(
  clusters: readonly number[][],
  requests: readonly Uint8Array[],
  length: LengthField | undefined,
  W: number,
): number[][] {
  const strays = clusters.filter((cluster) => cluster.length <= FEW).flat();
  const least = requests.length * (length ? MOSTLY : 1);
  if (W === 0 || strays.length < Math.max(LEAST_STRAYS, least)) return [...clusters];
  const its = strays.map((i) => requests[i] ?? EMPTY);
  if (its.filter(isText).length * 2 > its.length) return [...clusters];
  const places = telling(its, length);
  if (places.length === 0) return [...clusters];
  const byHead = new Map<string, number[]>();
  for (const i of strays) {
    const head = places.map((at) => requests[i]?.[at] ?? -1).join();
    byHead.set(head, [...(byHead.get(head) ?? []), i]);
  }
  const gathered = [...byHead.values()].filter((its) => its.length >= LEAST_OF_HEAD);
  const isGathered = new Set(gathered.flat());
  const left = clusters.map((cluster) => cluster.filter((i) => !isGathered.has(i)));
  return inOrder([...left.filter((cluster) => cluster.length > 0), ...gathered]);
}

/** Offsets of the head, beside its length, whose bytes say what a frame is. */
function telling(requests: readonly Uint8Array[], length: LengthField | undefined): number[] {
  const most = Math.min(MOST_VALUES, requests.length / LEAST_OF_HEAD);
  const width = length?.codec.kind === 'binary' ? length.codec.width : 0;
  const [from, to] = length ? [length.offset, length.offset + width] : [0, 0];
  return Array.from({ length: HEAD }, (_, at) => at).filter(
    (at) => (at < from || at >= to) && new Set(requests.map((bytes) => bytes[at])).size <= most,
  );
}
