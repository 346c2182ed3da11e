/** UPGMA: the shape of the tree, and the cut. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cut, upgma, type Tree } from './upgma.js';

const points = fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 1, maxLength: 24 });
const treeOf = (xs: readonly number[]): Tree =>
  upgma(xs.length, (i, j) => Math.abs((xs[i] ?? 0) - (xs[j] ?? 0)) / 1000);

/** The textbook algorithm: join the nearest pair, O(n³). Returns the heights in ascending order. */
function naiveHeights(xs: readonly number[]): number[] {
  let clusters = xs.map((x) => [x]);
  const heights: number[] = [];
  const mean = (a: readonly number[], b: readonly number[]): number =>
    a.flatMap((x) => b.map((y) => Math.abs(x - y) / 1000)).reduce((sum, d) => sum + d, 0) / (a.length * b.length);
  while (clusters.length > 1) {
    let best = { i: 0, j: 1, d: Infinity };
    clusters.forEach((a, i) =>
      clusters.forEach((b, j) => {
        if (i < j && mean(a, b) < best.d) best = { i, j, d: mean(a, b) };
      }),
    );
    heights.push(best.d);
    const joined = [...(clusters[best.i] ?? []), ...(clusters[best.j] ?? [])];
    clusters = clusters.filter((_, k) => k !== best.i && k !== best.j);
    clusters.push(joined);
  }
  return heights.sort((x, y) => x - y);
}

function heightsOf(tree: Tree): number[] {
  if (tree.left === null || tree.right === null) return [];
  return [tree.height, ...heightsOf(tree.left), ...heightsOf(tree.right)].sort((x, y) => x - y);
}

function check(tree: Tree): void {
  if (tree.left === null || tree.right === null) {
    expect(tree.members.length).toBe(1);
    expect(tree.height).toBe(0);
    return;
  }
  expect(tree.height).toBeGreaterThanOrEqual(Math.max(tree.left.height, tree.right.height));
  expect([...tree.left.members, ...tree.right.members].sort((x, y) => x - y)).toEqual(tree.members);
  check(tree.left);
  check(tree.right);
}

describe('upgma [05 §2.4.1]', () => {
  it('members partition, heights never fall towards the root', () => {
    fc.assert(
      fc.property(points, (xs) => {
        const tree = treeOf(xs);
        expect(tree.members).toEqual(xs.map((_, i) => i));
        check(tree);
      }),
    );
  });

  it('joins at the heights of the textbook algorithm', () => {
    // Without ties, which may be broken either way.
    const apart = fc.uniqueArray(fc.integer({ min: 0, max: 1_000_000 }), { minLength: 2, maxLength: 10 });
    fc.assert(
      fc.property(apart, (xs) => {
        const gaps = xs.flatMap((x, i) => xs.slice(i + 1).map((y) => Math.abs(x - y)));
        fc.pre(new Set(gaps).size === gaps.length);
        const mine = heightsOf(treeOf(xs));
        naiveHeights(xs).forEach((height, i) => expect(mine[i]).toBeCloseTo(height, 6));
      }),
    );
  });

  it('counts weights as equal items', () => {
    const weighted = upgma(3, (i, j) => [0, 2, 10][j - i] ?? 4, [3, 1, 1]);
    const d = (i: number, j: number): number => {
      const place = (k: number): number => Math.max(0, k - 2);
      return place(i) === place(j) ? 0 : ([0, 2, 10][Math.abs(place(i) - place(j))] ?? 4);
    };
    expect(weighted.height).toBeCloseTo(upgma(5, d).height, 10);
  });

  it('has a leaf without members for nothing', () => {
    expect(
      cut(
        upgma(0, () => 0),
        1,
      ),
    ).toEqual([]);
  });
});

describe('cut at W [05 §2.4.2]', () => {
  it('W = 0 keeps every item apart, W = 1 puts all together, and between the number only falls', () => {
    fc.assert(
      fc.property(points, (xs) => {
        const tree = treeOf(xs);
        const counts = [0, 0.01, 0.1, 0.3, 0.5, 0.9, 1].map((W) => cut(tree, W).length);
        expect(counts[0]).toBe(xs.length);
        expect(counts[counts.length - 1]).toBe(1);
        expect([...counts].sort((x, y) => y - x)).toEqual(counts);
      }),
    );
  });

  it('orders clusters by their smallest member', () => {
    expect(cut(treeOf([0, 900, 10, 910, 20]), 0.2)).toEqual([
      [0, 2, 4],
      [1, 3],
    ]);
  });
});
