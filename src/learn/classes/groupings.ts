/** Requests that are of one kind, and what becomes of them on the way to classes. */
import type { Region } from '../../model/types.js';

/** A different request, how often it was said, and the kinds of answers that it got. */
export interface Request {
  readonly bytes: Uint8Array;
  /** The same with the client's own address made unlike any other: it is nobody's functional part. */
  readonly shape: Uint8Array;
  /** The same with all that another request may have otherwise made unlike, where nothing but this one tells what varies. */
  readonly loose?: Uint8Array;
  count: number;
  readonly labels: Map<number, number>;
  /** The kinds of answers after which it was said. */
  readonly after: Map<number, number>;
  /** The kinds of its answers within its macrocluster, finer than `labels`: what rules can not make one of. */
  readonly kinds: Map<number, number>;
  /** Some of the clients' addresses that said it; absent: that is not known. */
  readonly sources?: Set<string>;
}

/** A class in the making; classes of one group get the same kinds of answers for the same reason. */
export interface Grouping {
  readonly group: number;
  /** The group together with whose classes the answers are learned: others are asked for, but answered alike. */
  readonly with?: number;
  readonly regions: readonly Region[];
  readonly requests: readonly Request[];
}

/** Requests of one class to be, and what their group is known by. */
export interface Part<R = Request> {
  readonly group: string;
  /** The same for several groups that are answered alike. */
  readonly alike?: string;
  readonly requests: readonly R[];
}

export interface Described extends Part {
  readonly regions: readonly Region[];
}

/** The kind of answer that most of some requests got. */
export function commonLabel(requests: readonly Request[]): number {
  return mostFrequent(requests.map(({ labels }) => labels));
}

/** The same within a macrocluster, finer. */
export function commonKind(requests: readonly Pick<Request, 'kinds'>[]): number {
  return mostFrequent(requests.map(({ kinds }) => kinds));
}

function mostFrequent(all: readonly ReadonlyMap<number, number>[]): number {
  const counts = new Map<number, number>();
  for (const its of all) for (const [label, count] of its) counts.set(label, (counts.get(label) ?? 0) + count);
  return frequent(counts);
}

export function frequent(labels: ReadonlyMap<number, number>): number {
  let best = -1;
  let most = 0;
  for (const [label, count] of labels)
    if (count > most || (count === most && label < best)) [best, most] = [label, count];
  return best;
}
