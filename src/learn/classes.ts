/**
 * Requests → classes [05 §2.4.2].
 *
 * Macroclusters by alignment come first, as in the paper. Inside each, microclustering by frequency
 * (threshold w) is there for those who ask for it; by default a macrocluster is parted where a part
 * of the request decides what kind of answer it gets [new]: `USER` against `PASS` because the server
 * answers otherwise, not because the words are frequent. Each part then gets regions of its own.
 */
import { EMPTY, equal } from '../bytes/bytes.js';
import { matchRegions } from '../model/match.js';
import type { Context } from '../model/meaning.js';
import type { Environment, Region } from '../model/types.js';
import { contentFeatures } from './features.js';
import { macroclusters } from './paper/macroclusters.js';
import { microclusters } from './paper/microclusters.js';
import { analyseRegions } from './paper/regions.js';
import { growTree, leafGroups } from './tree.js';

/** A different request, how often it was said, and the kinds of answers that it got. */
export interface Request {
  readonly bytes: Uint8Array;
  count: number;
  readonly labels: Map<number, number>;
}

export interface Grouping {
  readonly regions: readonly Region[];
  readonly requests: readonly Request[];
}

export interface ClassOptions {
  readonly macro: number;
  readonly micro: number;
}

const NOBODY: Environment = { client: { address: '', port: 0 }, server: { address: '', port: 0 } };

/** Classes of the different requests of a service, in the order of their first request. */
export function classify(requests: readonly Request[], options: ClassOptions, remarks: string[]): Grouping[] {
  const { clusters, leftOut } = macroclusters(
    requests.map((r) => r.bytes),
    requests.map((r) => r.count),
    options.macro,
  );
  remarks.push(...leftOut);
  const groups: Grouping[] = [];
  for (const members of clusters) {
    const cluster = members.map((m) => requests[m]).filter((r) => r !== undefined);
    for (const part of parts(cluster, options)) groups.push(describe(part));
  }
  return groups;
}

function describe(requests: readonly Request[]): Grouping {
  const { regions } = analyseRegions(
    requests.map((r) => r.bytes),
    requests.map((r) => r.count),
  );
  return { regions, requests };
}

function parts(cluster: readonly Request[], { micro }: ClassOptions): Request[][] {
  if (micro < 1) {
    const bytes = cluster.map((r) => r.bytes);
    const weights = cluster.map((r) => r.count);
    const groups = microclusters(bytes, weights, analyseRegions(bytes, weights), micro);
    return groups.map((g) => g.map((i) => cluster[i]).filter((r) => r !== undefined));
  }
  return byAnswer([...cluster]);
}

/** Parts a macrocluster by what decides the kind of the answer. */
function byAnswer(cluster: Request[]): Request[][] {
  const most = cluster.map((r) => frequent(r.labels));
  if (cluster.length < 2 || new Set(most).size < 2) return [cluster];
  const regions = describe(cluster).regions;
  const contexts = cluster.map((r) => alone(r.bytes, regions));
  const features = contentFeatures(contexts, regions);
  const tree = growTree(Int32Array.from(most), features, { maxDepth: 12, strict: true, least: 1 });
  const answers = new Map(features.map((f) => [f.test, f.yes]));
  const groups = leafGroups(tree, answers, cluster.map((_, i) => i));
  return groups.map((g) => g.map((i) => cluster[i]).filter((r) => r !== undefined));
}

function frequent(labels: ReadonlyMap<number, number>): number {
  let best = -1;
  let most = 0;
  for (const [label, count] of labels) if (count > most || (count === most && label < best)) [best, most] = [label, count];
  return best;
}

/** A context in which only the request itself is known. */
function alone(bytes: Uint8Array, regions: readonly Region[]): Context {
  const edges = matchRegions(regions, bytes, true);
  return { said: [{ request: bytes, class: -1, edges, answer: EMPTY, state: -1 }], at: 0, environment: NOBODY };
}

/** How much of a request the fixed regions explain [05 §2.5]: the score of a match. */
export function fixedBytes(regions: readonly Region[]): number {
  return regions.reduce((sum, r) => sum + (r.kind === 'fixed' ? r.bytes.length : 0), 0);
}

/** Whether two classes have the same regions. */
export function sameRegions(a: readonly Region[], b: readonly Region[]): boolean {
  return (
    a.length === b.length &&
    a.every((r, i) => {
      const s = b[i];
      return r.kind === 'fixed' ? s?.kind === 'fixed' && equal(r.bytes, s.bytes) : s?.kind === 'mutating';
    })
  );
}
