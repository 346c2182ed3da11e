/**
 * Macroclustering [05 §2.4.2]: which requests are alike enough to be regarded together.
 *
 * Every distance between two distinct requests is quadratic in their lengths, and there is one for every
 * pair. So only a bounded sample of them is clustered as in the paper; each of the others joins the
 * cluster of the sample member it is nearest to. The work is then close to linear in their number.
 */
import { cellsOf, distance } from './align.js';
import { cut, upgma, type Tree } from './upgma.js';
import { toLatin1 } from '../../bytes/bytes.js';

export interface MacroBounds {
  /** Most requests that are compared each with each. */
  readonly most: number;
  /** Most cells of alignment matrices that this may take. */
  readonly cells: number;
}

export interface Macroclusters {
  /** Indices of requests, ascending; clusters ordered by their smallest member. */
  readonly clusters: number[][];
  /** Sentences: what was sampled and what was not compared. */
  readonly leftOut: string[];
}

export const DEFAULT_MACRO_BOUNDS: MacroBounds = { most: 300, cells: 400_000_000 };

/** Members of the sample that a remaining request is really compared with. */
const CANDIDATES = 4;
/** Bytes of a message that these comparisons look at. */
const CANDIDATE_BOUND = 192;
/** Requests that founded a cluster of their own are compared with later ones, up to so many × `most`. */
const MOST_FOUNDERS = 2;

/**
 * Groups distinct requests with threshold W; `weights` are how often each was seen [05 §2.4.2].
 *
 * W = 0 keeps every request apart and W = 1 puts all together, whatever the bounds. Requests that are
 * given twice are one request and always share a cluster, except that W = 0 takes the indices as they are.
 */
export function macroclusters(
  requests: readonly Uint8Array[],
  weights: readonly number[],
  W: number,
  bounds: MacroBounds = DEFAULT_MACRO_BOUNDS,
): Macroclusters {
  return new Macroclusterer(requests, weights, bounds).cut(W);
}

/**
 * The tree of one set of requests, made once and cut at as many thresholds as wanted: choosing W means
 * trying many of them.
 */
export class Macroclusterer {
  private readonly requests: readonly Uint8Array[];
  private readonly weights: readonly number[];
  private readonly bounds: MacroBounds;
  private sampled: { sample: number[]; tree: Tree } | undefined;
  private nearest: Nearest[] | undefined;

  constructor(requests: readonly Uint8Array[], weights: readonly number[], bounds: MacroBounds = DEFAULT_MACRO_BOUNDS) {
    this.requests = requests;
    this.weights = weights;
    this.bounds = bounds;
  }

  cut(W: number): Macroclusters {
    const all = this.requests.map((_, i) => i);
    if (all.length === 0) return { clusters: [], leftOut: [] };
    if (W <= 0) return { clusters: all.map((i) => [i]), leftOut: [] };
    if (W >= 1) return { clusters: [all], leftOut: [] };

    const { sample, tree } = this.tree();
    const clusters = cut(tree, W).map((members) => members.map((i) => sample[i] ?? 0));
    const leftOut: string[] = [];
    if (sample.length < all.length) {
      const founded = this.assign(clusters, sample, W);
      leftOut.push(
        `Of ${all.length} different requests ${sample.length} were compared each with each; the others were put to the nearest of these${
          founded > 0 ? `, ${founded} of them apart because nothing was near enough` : ''
        }.`,
      );
    }
    for (const cluster of clusters) cluster.sort((x, y) => x - y);
    return { clusters: clusters.sort((x, y) => (x[0] ?? 0) - (y[0] ?? 0)), leftOut };
  }

  private tree(): { sample: number[]; tree: Tree } {
    if (this.sampled !== undefined) return this.sampled;
    const sample = spreadSample(this.requests, this.bounds);
    const at = (i: number): Uint8Array => this.requests[sample[i] ?? 0] ?? new Uint8Array(0);
    const tree = upgma(
      sample.length,
      (i, j) => distance(at(i), at(j)),
      sample.map((i) => this.weights[i] ?? 1),
    );
    this.sampled = { sample, tree };
    return this.sampled;
  }

  /** Adds the requests outside the sample to the clusters; returns how many clusters were added. */
  private assign(clusters: number[][], sample: readonly number[], W: number): number {
    const clusterOf = new Map<number, number>();
    clusters.forEach((members, c) => {
      for (const member of members) clusterOf.set(member, c);
    });
    const before = clusters.length;
    // Requests that found nothing near, for the later ones that are like them; W decides which, so not kept.
    const founders = new Sketches(this.requests);
    for (const { index, member, distance: apart } of this.nearestOf(sample)) {
      let best = member;
      let least = apart;
      if (least >= W && founders.size > 0) {
        const request = this.requests[index] ?? new Uint8Array(0);
        for (const candidate of founders.candidates(index)) {
          const d = distance(request, this.requests[candidate] ?? request, { bound: CANDIDATE_BOUND });
          if (d < least) {
            least = d;
            best = candidate;
          }
        }
      }
      const cluster = least < W ? clusterOf.get(best) : undefined;
      if (cluster !== undefined) {
        clusters[cluster]?.push(index);
        continue;
      }
      clusterOf.set(index, clusters.length);
      clusters.push([index]);
      if (founders.size < MOST_FOUNDERS * this.bounds.most) founders.add(index);
    }
    return clusters.length - before;
  }

  /** For each request outside the sample the nearest member of the sample. */
  private nearestOf(sample: readonly number[]): Nearest[] {
    if (this.nearest !== undefined) return this.nearest;
    const sketches = new Sketches(this.requests);
    const inSample = new Set(sample);
    const same = new Map<string, number>();
    for (const i of sample) {
      sketches.add(i);
      same.set(toLatin1(this.requests[i] ?? new Uint8Array(0)), i);
    }
    const nearest: Nearest[] = [];
    this.requests.forEach((request, index) => {
      if (inSample.has(index)) return;
      const twin = same.get(toLatin1(request));
      if (twin !== undefined) {
        nearest.push({ index, member: twin, distance: 0 });
        return;
      }
      let best: Nearest = { index, member: sample[0] ?? 0, distance: Infinity };
      for (const member of sketches.candidates(index)) {
        const d = distance(request, this.requests[member] ?? request, { bound: CANDIDATE_BOUND });
        if (d < best.distance) best = { index, member, distance: d };
      }
      nearest.push(best);
    });
    this.nearest = nearest;
    return nearest;
  }
}

interface Nearest {
  readonly index: number;
  readonly member: number;
  readonly distance: number;
}

/** Every k-th request in order of length and bytes, so many that both bounds hold; indices ascending. */
function spreadSample(requests: readonly Uint8Array[], bounds: MacroBounds): number[] {
  const order = requests.map((_, i) => i);
  const cells = (chosen: readonly number[]): number => {
    let sum = 0;
    let squares = 0;
    for (const i of chosen) {
      const length = requests[i]?.length ?? 0;
      squares += cellsOf(length, length);
      sum += Math.sqrt(cellsOf(length, length));
    }
    return (sum * sum - squares) / 2;
  };
  if (order.length <= bounds.most && cells(order) <= bounds.cells) return order;
  order.sort((x, y) => {
    const a = requests[x] ?? new Uint8Array(0);
    const b = requests[y] ?? new Uint8Array(0);
    return a.length - b.length || Buffer.compare(a, b) || x - y;
  });
  let size = Math.min(order.length, Math.max(1, bounds.most));
  for (;;) {
    const chosen = Array.from({ length: size }, (_, k) => order[Math.floor((k * order.length) / size)] ?? 0);
    const needed = cells(chosen);
    if (needed <= bounds.cells || size <= 2) return chosen.sort((x, y) => x - y);
    size = Math.max(2, Math.min(size - 1, Math.floor(size * Math.sqrt(bounds.cells / needed))));
  }
}

const WORDS = 16;

/** Small fingerprints (which pairs of bytes occur, 512 bits) to find the few requests worth a real comparison. */
class Sketches {
  private readonly requests: readonly Uint8Array[];
  private readonly indices: number[] = [];
  private bits = new Int32Array(WORDS * 64);

  constructor(requests: readonly Uint8Array[]) {
    this.requests = requests;
  }

  get size(): number {
    return this.indices.length;
  }

  add(index: number): void {
    const at = this.indices.length * WORDS;
    if (at + WORDS > this.bits.length) {
      const wider = new Int32Array(this.bits.length * 2);
      wider.set(this.bits);
      this.bits = wider;
    }
    this.sketch(index, this.bits, at);
    this.indices.push(index);
  }

  /** The indices that look most like request `index`, best first. */
  candidates(index: number): number[] {
    const own = new Int32Array(WORDS);
    this.sketch(index, own, 0);
    const length = this.requests[index]?.length ?? 0;
    const best: { index: number; score: number }[] = [];
    this.indices.forEach((other, k) => {
      let both = 0;
      let either = 0;
      for (let w = 0; w < WORDS; w++) {
        const x = own[w] ?? 0;
        const y = this.bits[k * WORDS + w] ?? 0;
        both += ones(x & y);
        either += ones(x | y);
      }
      const otherLength = this.requests[other]?.length ?? 0;
      const longer = Math.max(length, otherLength, 1);
      // Jaccard's index of the fingerprints; a difference in length bounds the distance from below.
      const score = both / Math.max(either, 1) - (0.5 * Math.abs(length - otherLength)) / longer;
      if (best.length === CANDIDATES && score <= (best[CANDIDATES - 1]?.score ?? 0)) return;
      const place = best.findIndex((entry) => entry.score < score);
      best.splice(place < 0 ? best.length : place, 0, { index: other, score });
      if (best.length > CANDIDATES) best.pop();
    });
    return best.map((entry) => entry.index);
  }

  private sketch(index: number, into: Int32Array, at: number): void {
    const request = this.requests[index] ?? new Uint8Array(0);
    const end = Math.min(request.length, CANDIDATE_BOUND);
    let previous = 256;
    for (let i = 0; i < end; i++) {
      const byte = request[i] ?? 0;
      const hash = Math.imul(previous * 257 + byte, 0x9e3779b1) >>> 23;
      const word = at + (hash >> 5);
      into[word] = (into[word] ?? 0) | (1 << (hash & 31));
      previous = byte;
    }
  }
}

function ones(word: number): number {
  let x = word - ((word >>> 1) & 0x55555555);
  x = (x & 0x33333333) + ((x >>> 2) & 0x33333333);
  return Math.imul((x + (x >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
