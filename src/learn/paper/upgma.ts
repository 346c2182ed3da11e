/**
 * UPGMA: the guide tree over the distances of requests, and cutting it into clusters [05 §2.4.1, §2.4.2].
 *
 * Average linkage is reducible (joining two clusters never brings a third one closer than the nearer
 * of them was), so the nearest-neighbour chain finds the same tree as the textbook algorithm in O(n²).
 */

/** A leaf has no children, height 0 and one member; above it `height` is the mean distance of the two sides. */
export interface Tree {
  readonly left: Tree | null;
  readonly right: Tree | null;
  readonly height: number;
  /** Indices of the items below, ascending. */
  readonly members: number[];
}

/** The clusters that are left while they are joined two by two, and the mean distances between them. */
class Clusters {
  readonly #n: number;
  /** The lower triangle, row by row. */
  readonly #distances: Float64Array;
  readonly #trees: (Tree | null)[] = [];
  readonly #sizes: Float64Array;

  constructor(n: number, distance: (i: number, j: number) => number, weights?: readonly number[]) {
    this.#n = n;
    this.#distances = new Float64Array((n * (n - 1)) / 2);
    for (let j = 1, at = 0; j < n; j++) for (let i = 0; i < j; i++) this.#distances[at++] = distance(i, j);
    this.#sizes = new Float64Array(n);
    for (let i = 0; i < n; i++) {
      this.#trees.push({ left: null, right: null, height: 0, members: [i] });
      this.#sizes[i] = Math.max(weights?.[i] ?? 1, Number.MIN_VALUE);
    }
  }

  /** The cluster of the lowest index; once all are joined, the tree. */
  get first(): number {
    return this.#trees.findIndex((tree) => tree !== null);
  }

  get root(): Tree {
    return this.#trees[0] ?? { left: null, right: null, height: 0, members: [] };
  }

  #place(i: number, j: number): number {
    return i < j ? (j * (j - 1)) / 2 + i : (i * (i - 1)) / 2 + j;
  }

  #distance(i: number, j: number): number {
    return this.#distances[this.#place(i, j)] ?? 0;
  }

  /** The cluster nearest to `to`; `first` wins ties, -1 is none. */
  nearest(to: number, first: number): { nearest: number; least: number } {
    let nearest = first;
    let least = first < 0 ? Infinity : this.#distance(to, first);
    for (let other = 0; other < this.#n; other++) {
      if (other === to || this.#trees[other] === null) continue;
      const d = this.#distance(to, other);
      if (d < least) {
        least = d;
        nearest = other;
      }
    }
    return { nearest, least };
  }

  /** The joined cluster takes the place of `keep`, the lower index, so the root ends up at 0. */
  join(keep: number, drop: number, height: number): void {
    const left = this.#trees[keep] ?? null;
    const right = this.#trees[drop] ?? null;
    if (left === null || right === null) return;
    const sizeKeep = this.#sizes[keep] ?? 1;
    const sizeDrop = this.#sizes[drop] ?? 1;
    for (let other = 0; other < this.#n; other++) {
      if (other === keep || other === drop || this.#trees[other] === null) continue;
      const sum = this.#distance(keep, other) * sizeKeep + this.#distance(drop, other) * sizeDrop;
      this.#distances[this.#place(keep, other)] = sum / (sizeKeep + sizeDrop);
    }
    this.#sizes[keep] = sizeKeep + sizeDrop;
    this.#trees[keep] = {
      left,
      right,
      // Rounding may lower a mean by a hair.
      height: Math.max(height, left.height, right.height),
      members: [...left.members, ...right.members].sort((x, y) => x - y),
    };
    this.#trees[drop] = null;
  }
}

/**
 * Builds the tree over `n` items. `weights` are how many equal samples each item stands for: the
 * tree is the one that would come out if every sample were an item of its own.
 *
 * Heights never fall towards the root. For no items the tree is a leaf without members.
 */
export function upgma(n: number, distance: (i: number, j: number) => number, weights?: readonly number[]): Tree {
  const clusters = new Clusters(n, distance, weights);
  const chain: number[] = [];
  let left = n;
  while (left > 1) {
    if (chain.length === 0) chain.push(clusters.first);
    const top = chain[chain.length - 1] ?? 0;
    const previous = chain[chain.length - 2] ?? -1;
    // The one below on the chain wins ties, else the chain could run in circles.
    const { nearest, least } = clusters.nearest(top, previous);
    if (nearest !== previous) {
      chain.push(nearest);
      continue;
    }
    chain.length -= 2;
    clusters.join(Math.min(top, previous), Math.max(top, previous), least);
    left--;
  }
  return clusters.root;
}

/**
 * Cuts the tree at the macroclustering threshold [05 §2.4.2]: two sides stay together when their mean
 * distance is below `threshold`.
 *
 * The comparison is strict, so that at 0 every item is on its own, even beside one at distance 0. At 1
 * everything is one cluster, even items that have nothing in common. Clusters are ordered by their
 * smallest member.
 */
export function cut(tree: Tree, threshold: number): number[][] {
  const clusters: number[][] = [];
  const open: Tree[] = [tree];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (node.left === null || node.right === null || node.height < threshold || threshold >= 1) {
      if (node.members.length > 0) clusters.push([...node.members]);
    } else open.push(node.left, node.right);
  }
  return clusters.sort((x, y) => (x[0] ?? 0) - (y[0] ?? 0));
}
