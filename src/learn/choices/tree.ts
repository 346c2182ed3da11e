/**
 * Decision trees: which question about the request, or about what came before it, tells the cases
 * apart [new]. It stands where the papers' microclustering looks at frequency alone [05 §2.4.2]: a
 * value is functional when it decides what the server does.
 */
import { disorder } from '../disorder.js';
import { ask, isPresent, type Context } from '../../model/meaning.js';
import type { Choice, Recall, Test } from '../../model/types.js';

/** A question with its answer for each sample, and what it costs in bits to name it. */
export interface Feature {
  readonly test: Test;
  readonly yes: Uint8Array;
  readonly cost: number;
}

export interface TreeOptions {
  readonly maxDepth: number;
  /** Accept a question only if it pays for itself: gain × samples > cost + bits to pick it among all. */
  readonly strict: boolean;
  /** Smallest side of a split. */
  readonly least: number;
  /** How often each sample was seen; once when left out. */
  readonly weights?: Int32Array;
  /** Of few samples the plainest tree is looked for, not only the best question: see `plainest`. */
  readonly plain?: boolean;
  /** Questions that are asked before all others where they pay for themselves. */
  readonly first?: readonly Feature[];
}

/** So few samples are looked at more than one question ahead, and so many first questions are tried for them. */
const FEW = 16;
const MOST_FIRST = 40;
/** Bits that a tree has to save against the one that begins with the best question. */
const MARGIN = 6;
/** What a question costs at least, and a sample that a tree puts wrong. */
const LEAST_PRICE = 0.5;
const WRONG = 24;

const disorderIn = (counts: ReadonlyMap<number, number>) => disorder(counts.values(), total(counts));

function tally(labels: Int32Array, weights: Int32Array | null, members: readonly number[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const m of members) counts.set(labels[m] ?? -1, (counts.get(labels[m] ?? -1) ?? 0) + (weights?.[m] ?? 1));
  return counts;
}

function total(counts: ReadonlyMap<number, number>): number {
  let sum = 0;
  for (const count of counts.values()) sum += count;
  return sum;
}

/** Most frequent label; the smaller one on a tie. */
function majority(counts: Map<number, number>): number {
  let best = -1;
  let most = -1;
  for (const [label, count] of counts)
    if (count > most || (count === most && label < best)) [best, most] = [label, count];
  return best;
}

/**
 * The plainest of several trees: of one that may ask anything at any time, and of those that ask what came before only
 * where the request, or what was said about the same thing, leaves something open. Few recorded sessions do more than
 * one thing: so where in a session something was said tells as much there as what was said, and elsewhere nothing.
 */
export function growPlainTree(labels: Int32Array, features: readonly Feature[], options: TreeOptions): Choice<number> {
  const any = growTree(labels, features, options);
  if (!asksBefore(any)) return any;
  const dear = features.map((feature) => ({ ...feature, cost: feature.cost + surcharge(feature.test) }));
  const aboutIt = dear.filter(({ test }) => !isOfBefore(test));
  const present = aboutIt.filter(({ test }) => test.kind !== 'recalled' && !('of' in test && test.of.kind === 'group'));
  const costs = new Map(dear.map(({ test, cost }) => [test, cost]));
  const trees = [present, aboutIt].map((first) => growTree(labels, dear, { ...options, first }));
  return [...trees, any].reduce((best, tree) => (priceOf(tree, costs) < priceOf(best, costs) - CLOSE ? tree : best));
}

/** Bits that questions about what came before, and about sizes, cost more than by themselves where others do as well. */
const BEFORE = 12;
const SIZE = 8;
/** Bits that any question costs: three that part the samples by chance are soon found among many. */
const ASKED = 4;
/** Bits that a tree has to save to be better. */
const CLOSE = 2;

function surcharge(test: Test): number {
  if (test.kind === 'length' || test.kind === 'number') return SIZE;
  return isOfBefore(test) ? BEFORE : 0;
}

function isOfBefore(test: Test): boolean {
  if (test.kind === 'recalled') return !(test.among[test.which]?.keys ?? []).every(isOfPresent);
  return ['state', 'visited', 'said', 'exchange'].includes(test.kind);
}

/** Whether the present request itself says what is meant. */
export function isOfPresent({ here: { of } }: Recall['keys'][number]): boolean {
  return isPresent(of);
}

function asksBefore(tree: Choice<unknown>): boolean {
  return tree.kind === 'test' && (isOfBefore(tree.test) || asksBefore(tree.yes) || asksBefore(tree.no));
}

function priceOf(tree: Choice<unknown>, costs: ReadonlyMap<Test, number>): number {
  if (tree.kind === 'leaf') return WRONG * tree.wrong;
  return ASKED + (costs.get(tree.test) ?? 0) + priceOf(tree.yes, costs) + priceOf(tree.no, costs);
}

/** Grows a tree whose leaves are labels. Deterministic: of equal features the first one wins. */
export function growTree(labels: Int32Array, features: readonly Feature[], options: TreeOptions): Choice<number> {
  const all = Array.from(labels, (_, i) => i);
  return grow(all, options.maxDepth);

  function grow(members: readonly number[], depth: number): Choice<number> {
    const counts = tally(labels, options.weights ?? null, members);
    const value = majority(counts);
    const samples = total(counts);
    const wrong = samples - (counts.get(value) ?? 0);
    const leaf: Choice<number> = { kind: 'leaf', value, samples, wrong };
    if (wrong === 0 || depth === 0) return leaf;
    const best =
      (options.first && bestFeature(labels, options.first, members, counts, { ...options, strict: true })) ??
      (options.plain === true && members.length <= FEW
        ? plainest(labels, features, members, options)
        : bestFeature(labels, features, members, counts, options));
    if (!best) return leaf;
    const { test, yes: is } = best.test.kind === 'recalled' ? byItself(best, features, members) : best;
    const yes = members.filter((m) => is[m] === 1);
    const no = members.filter((m) => is[m] !== 1);
    const [one, other] = [grow(yes, depth - 1), grow(no, depth - 1)];
    // what comes to the same either way is not asked
    return isSame(one, other) ? leaf : requestFirst({ kind: 'test', test, yes: one, no: other }, yes);
  }

  /**
   * A question about earlier exchanges, behind it one about the present request that all for whom the first one holds
   * answer alike: the other way round it is the same tree for all samples, and one about a request that is said again.
   */
  function requestFirst(tree: Choice<number> & { kind: 'test' }, held: readonly number[]): Choice<number> {
    const { test, yes, no } = tree;
    if (test.kind !== 'recalled' || yes.kind !== 'leaf' || no.kind !== 'test' || !isOfRequest(no.test)) return tree;
    const is = features.find((feature) => feature.test === no.test)?.yes;
    const answers = new Set(held.map((m) => is?.[m]));
    if (answers.size !== 1) return tree;
    return answers.has(1)
      ? { ...no, yes: { kind: 'test', test, yes, no: no.yes } }
      : { ...no, no: { kind: 'test', test, yes, no: no.no } };
  }
}

/**
 * The plainest question about the present request itself that parts the samples as one about earlier exchanges does, with
 * whichever answer: else that one. A client that always asks for one thing and then for another looks as if the
 * server told them apart by what it was asked before; the first time that a client asks twice shows that it does not.
 */
function byItself(best: Feature, features: readonly Feature[], members: readonly number[]): Feature {
  const [first = 0] = members;
  const parts = ({ yes }: Feature) =>
    members.every((m) => (yes[m] === yes[first]) === (best.yes[m] === best.yes[first]));
  return features
    .filter((feature) => feature.cost <= best.cost && isOfRequest(feature.test) && parts(feature))
    .reduce((plainest, feature) => (plainest === best || feature.cost < plainest.cost ? feature : plainest), best);
}

/** Whether a question is about what bytes the present request has. */
export function isOfRequest(test: Test): boolean {
  const of = test.kind === 'value' ? test.span.of : test.kind === 'contains' || test.kind === 'at' ? test.of : null;
  return of !== null && isPresent(of);
}

function isSame(one: Choice<number>, other: Choice<number>): boolean {
  return one.kind === 'leaf' && other.kind === 'leaf' && one.value === other.value;
}

/**
 * The first question of the plainest tree that can be found for a few samples: one that costs little to write down
 * as a whole. The question that parts a few samples best is too often a chance one, and needs more such behind it.
 */
function plainest(
  labels: Int32Array,
  features: readonly Feature[],
  members: readonly number[],
  options: TreeOptions,
): Feature | null {
  const different = withoutDoubles(features, members, options);
  const counts = tally(labels, options.weights ?? null, members);
  const scored = different.flatMap((feature) => {
    const parts = part(labels, feature, members, options);
    const gain = disorderIn(counts) - disorderIn(parts.yes) - disorderIn(parts.no);
    return gain > 1e-9 ? [{ feature, score: gain - feature.cost + favour(feature, parts, counts) }] : [];
  });
  scored.sort((a, b) => b.score - a.score);
  let best = bestFeature(labels, features, members, counts, options);
  let least = best ? priceWith(labels, different, best, members, options, Infinity) - MARGIN : Infinity;
  for (const { feature } of scored.slice(0, MOST_FIRST)) {
    const price = priceWith(labels, different, feature, members, options, least);
    if (price < least - 1e-9) [best, least] = [feature, price];
  }
  return best;
}

/** Of the questions that part some samples in the same way the cheapest one. */
function withoutDoubles(features: readonly Feature[], members: readonly number[], { least }: TreeOptions): Feature[] {
  const known = new Map<string, Feature>();
  for (const feature of features) {
    let key = '';
    let yes = 0;
    for (const m of members) {
      key += feature.yes[m] === 1 ? '1' : '0';
      yes += feature.yes[m] ?? 0;
    }
    if (yes < least || members.length - yes < least) continue;
    const other = known.get(key);
    if (!other || feature.cost < other.cost) known.set(key, feature);
  }
  return [...known.values()];
}

/** Bits of the tree that begins with a question and goes on with the best ones; those above a bound are not counted. */
function priceWith(
  labels: Int32Array,
  features: readonly Feature[],
  feature: Feature,
  members: readonly number[],
  options: TreeOptions,
  bound: number,
): number {
  const counts = tally(labels, options.weights ?? null, members);
  const parts = part(labels, feature, members, options);
  let price = Math.max(LEAST_PRICE, feature.cost - favour(feature, parts, counts));
  for (const answer of [1, 0]) {
    const its = answer === 1 ? parts.yes : parts.no;
    if (price >= bound) return price;
    if (its.size < 2) continue;
    const side = members.filter((m) => (feature.yes[m] === 1) === (answer === 1));
    const next = bestFeature(labels, features, side, its, options);
    price += next ? priceWith(labels, features, next, side, options, bound - price) : WRONG * wrongIn(its);
  }
  return price;
}

function wrongIn(counts: Map<number, number>): number {
  return total(counts) - (counts.get(majority(counts)) ?? 0);
}

/** The labels on both sides of a question. */
interface Parts {
  readonly yes: Map<number, number>;
  readonly no: Map<number, number>;
}

/** Parts samples by a question; `into` is emptied and used again. */
function part(
  labels: Int32Array,
  feature: Feature,
  members: readonly number[],
  { weights }: TreeOptions,
  into: Parts = { yes: new Map(), no: new Map() },
): Parts {
  into.yes.clear();
  into.no.clear();
  for (const m of members) {
    const label = labels[m] ?? -1;
    const side = feature.yes[m] === 1 ? into.yes : into.no;
    side.set(label, (side.get(label) ?? 0) + (weights?.[m] ?? 1));
  }
  return into;
}

/** Bits in favour of a question for what it tells, whatever it parts. */
function favour(feature: Feature, { yes, no }: Parts, counts: ReadonlyMap<number, number>): number {
  const isException = feature.test.kind === 'state' && no.size === 1 && total(yes) === 1;
  return isException ? EXCEPTION : telling(yes, counts);
}

function bestFeature(
  labels: Int32Array,
  features: readonly Feature[],
  members: readonly number[],
  counts: Map<number, number>,
  options: TreeOptions,
): Feature | null {
  const { strict, least } = options;
  const all = total(counts);
  const before = disorder(counts.values(), all);
  let best: Feature | null = null;
  let bestScore = -Infinity;
  const pick = Math.log2(features.length + 1);
  const parts: Parts = { yes: new Map(), no: new Map() };
  for (const feature of features) {
    part(labels, feature, members, options, parts);
    const yes = total(parts.yes);
    const no = all - yes;
    if (yes < least || no < least) continue;
    const gain = before - disorder(parts.yes.values(), yes) - disorder(parts.no.values(), no);
    if (gain <= 1e-9 || (strict && gain + telling(parts.yes, counts) < feature.cost + pick)) continue;
    const score = gain - feature.cost + favour(feature, parts, counts);
    if (score > bestScore + 1e-9) [best, bestScore] = [feature, score];
  }
  return best;
}

/** Bits in favour of naming the only state that is unlike all others: one never met then counts as the rest. */
const EXCEPTION = 4;

/**
 * Bits in favour of a question that says yes to one label only: what a server looks at names one case,
 * while a chance split is all too likely to cut through several.
 */
function telling(yes: ReadonlyMap<number, number>, counts: ReadonlyMap<number, number>): number {
  if (yes.size !== 1) return 0;
  for (const [label, count] of yes) if (count > 1) return count === counts.get(label) ? 8 : 3;
  return 0;
}

/** Share of the samples that a tree puts right. */
export function purity(tree: Choice<unknown>): number {
  const [right, all] = count(tree);
  return all === 0 ? 1 : right / all;
}

function count(tree: Choice<unknown>): [number, number] {
  if (tree.kind === 'leaf') return [tree.samples - tree.wrong, tree.samples];
  const [a, b] = count(tree.yes);
  const [c, d] = count(tree.no);
  return [a + c, b + d];
}

/** The same tree with other leaves. */
export function mapLeaves<A, B>(tree: Choice<A>, map: (value: A) => B): Choice<B> {
  if (tree.kind === 'leaf') return { ...tree, value: map(tree.value) };
  return { kind: 'test', test: tree.test, yes: mapLeaves(tree.yes, map), no: mapLeaves(tree.no, map) };
}

/** The path to the leaf that a context ends in: the same for all contexts of one leaf. */
export function leafOf(tree: Choice<unknown>, context: Context): string {
  let path = '';
  for (let node = tree; node.kind === 'test';) {
    const yes = ask(node.test, context);
    path += yes ? '1' : '0';
    node = yes ? node.yes : node.no;
  }
  return path;
}
