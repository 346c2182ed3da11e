/**
 * Known requests that the host answered otherwise than the machine does: where something new explains it, the
 * tree of their class gets a branch for that, and all the rest of it stays.
 *
 * What came before is always believed: that the session went through a new state, or that the source has said
 * something new about the same thing. No known dialogue has that in it. What is in the request is believed only
 * on demand (`correct`), and only where it tells the samples from all requests of training that are kept.
 */
import { EMPTY } from '../../bytes/bytes.js';
import { matchRegions } from '../../model/match.js';
import type { Context } from '../../model/meaning.js';
import type { Choice, Environment, Recall, RequestClass, ServiceModel, Test } from '../../model/types.js';
import { contentFeatures, contextFeatures, sizeFeatures } from '../choices/features.js';
import { spread } from '../spread.js';
import { contextOf, type Spot } from '../spots.js';
import type { StateBuilder } from '../states.js';
import { growTree, type Feature } from '../choices/tree.js';
import type { Row } from '../rows.js';
import { gives } from './gives.js';

/** Samples of one class that a branch is grown from. */
const MOST = 400;
/** Bits of the question whether something new was said about the same thing. */
const RECALLED = 1;
/** The state of samples that are answered as before. */
const AS_BEFORE = -1;

const NOBODY: Environment = { client: { address: '', port: 0 }, server: { address: '', port: 0 } };

/** Trees of known classes with new branches. */
export function otherwise(
  service: ServiceModel,
  rows: readonly Row[],
  builder: StateBuilder,
  mayLookInside: boolean,
): Map<number, Choice<number>> {
  const trees = new Map<number, Choice<number>>();
  for (const [id, spots] of spotsOf(service, rows)) {
    const of = service.classes[id];
    const wrong = spots.filter((spot) => !isRight(service, spot));
    if (!of || wrong.length === 0) continue;
    const right = spots.filter((spot) => isRight(service, spot));
    const tree = branch(service, of, spread(wrong, MOST), spread(right, MOST), builder, mayLookInside);
    if (tree) trees.set(id, tree);
  }
  return trees;
}

/** Where known requests were asked one by one. */
function spotsOf(service: ServiceModel, rows: readonly Row[]): Map<number, Spot[]> {
  const spots = new Map<number, Spot[]>();
  for (const row of rows) {
    row.said.forEach(({ class: id }, at) => {
      if (at === 0 || id < 0 || id >= service.classes.length) return;
      if (row.dialog.exchanges[at]?.pipelined !== false) return;
      const its = spots.get(id);
      if (its) its.push({ row, at });
      else spots.set(id, [{ row, at }]);
    });
  }
  return spots;
}

function isRight(service: ServiceModel, spot: Spot, state = spot.row.said[spot.at]?.state ?? -1): boolean {
  const of = service.states[state];
  return of !== undefined && gives(of, contextOf(spot), spot.row.dialog.exchanges[spot.at]?.messages ?? []);
}

function branch(
  service: ServiceModel,
  of: RequestClass,
  wrong: readonly Spot[],
  right: readonly Spot[],
  builder: StateBuilder,
  mayLookInside: boolean,
): Choice<number> | null {
  // requests of training answer no to all that is asked about what is new: where nothing new is, all is as before
  const known = [of.example, ...(of.seen ?? [])].map((bytes) => alone(of, bytes));
  const contexts = [...[...wrong, ...right].map(contextOf), ...known];
  const recalls = builder.recallsOf(
    [of.id],
    contexts.slice(0, wrong.length).map((context) => ({ context })),
    { of, requests: known, newFrom: groupsOf(service) },
  );
  const features: Feature[] = contextFeatures(contexts, builder.count(), recalls)
    .filter(({ test }) => isNew(test, service))
    // what is about the same thing changes less than what is about all that follows
    .map((feature) => (feature.test.kind === 'recalled' ? { ...feature, cost: RECALLED } : feature));
  const looksInside = mayLookInside && of.seen !== undefined;
  if (looksInside) features.push(...contentFeatures(contexts, of.regions), ...sizeFeatures(contexts, of.regions));
  if (features.length === 0) return null;
  // first which samples a branch could be for: those that nothing tells from what is known get no state
  const labels = Int32Array.from(contexts, (_, i) => (i < wrong.length ? 0 : AS_BEFORE));
  const rough = growTree(labels, features, { maxDepth: 6, strict: looksInside, least: 1 });
  const leaves = new Map<Leaf, Spot[]>();
  wrong.forEach((spot, i) => {
    const leaf = leafOf(rough, features, i);
    if (leaf.value !== AS_BEFORE && leaf.wrong === 0) leaves.set(leaf, [...(leaves.get(leaf) ?? []), spot]);
  });
  const told = [...leaves.values()].flat();
  if (told.length === 0) return null;
  const already = [...new Set(statesIn(of.select))];
  const states = new Map<Spot, number>();
  for (const spot of told) {
    const state = already.find((s) => isRight(service, spot, s));
    if (state !== undefined) states.set(spot, state);
  }
  builder.answersOfSpots(
    of.id,
    told.filter((spot) => !states.has(spot)),
  );
  const stateOf = (spot: Spot): number => states.get(spot) ?? spot.row.said[spot.at]?.state ?? -1;
  const behind = (spots: readonly Spot[]) => among(spots, stateOf, of, builder, recalls);
  return grafted(rough, of.select, (leaf) => behind(leaves.get(leaf) ?? []));
}

type Leaf = Choice<number> & { kind: 'leaf' };

/** The leaf in which a sample ends. */
function leafOf(tree: Choice<number>, features: readonly Feature[], sample: number): Leaf {
  let node = tree;
  while (node.kind === 'test') {
    const { test } = node;
    node = features.find((f) => f.test === test)?.yes[sample] === 1 ? node.yes : node.no;
  }
  return node;
}

/** Which of the new answers is given where nothing is as before: there anything may decide. */
function among(
  spots: readonly Spot[],
  stateOf: (spot: Spot) => number,
  { regions }: RequestClass,
  builder: StateBuilder,
  recalls: readonly Recall[],
): Choice<number> | null {
  if (spots.length === 0) return null;
  const contexts = spots.map(contextOf);
  const features = [
    ...contextFeatures(contexts, builder.count(), recalls),
    ...contentFeatures(contexts, regions),
    ...sizeFeatures(contexts, regions),
  ];
  return growTree(Int32Array.from(spots, stateOf), features, { maxDepth: 24, strict: false, least: 1 });
}

/** What only sessions or sources can have that did something new. */
function isNew(test: Test, service: ServiceModel): boolean {
  if (test.kind === 'visited' || test.kind === 'state') return test.states.every((s) => s >= service.states.length);
  const groups = groupsOf(service);
  return (
    test.kind === 'recalled' && test.which === 0 && test.among.length === 1 && (test.among[0]?.group ?? 0) >= groups
  );
}

/** How many groups of classes the service has. */
function groupsOf({ classes }: ServiceModel): number {
  return classes.reduce((most, { group }) => Math.max(most, group + 1), 0);
}

/** The branch where nothing is as before, the old tree everywhere else. */
function grafted(
  tree: Choice<number>,
  old: Choice<number>,
  behind: (leaf: Leaf) => Choice<number> | null,
): Choice<number> | null {
  if (tree.kind === 'leaf') return behind(tree);
  const [yes, no] = [grafted(tree.yes, old, behind), grafted(tree.no, old, behind)];
  if (!yes && !no) return null;
  return { ...tree, yes: yes ?? old, no: no ?? old };
}

function statesIn(choice: Choice<number>): number[] {
  return choice.kind === 'leaf' ? [choice.value] : [...statesIn(choice.yes), ...statesIn(choice.no)];
}

/** A request of training, of which nothing but itself is kept. */
function alone(of: RequestClass, bytes: Uint8Array): Context {
  const edges = matchRegions(of.regions, bytes) ?? matchRegions(of.regions, bytes, true);
  const said = { request: bytes, class: of.id, group: of.group, edges, answer: EMPTY, state: -1, time: 0 };
  return { said: [said], at: 0, environment: NOBODY, now: 0 };
}
