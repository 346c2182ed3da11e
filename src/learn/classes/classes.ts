/**
 * Requests → classes [05 §2.4.2].
 *
 * Macroclusters by alignment come first, as in the paper. Inside each, microclustering by frequency
 * (threshold w) is there for those who ask for it; by default a macrocluster is parted where a part
 * of the request decides what kind of answer it gets [new]: `USER` against `PASS` because the server
 * answers otherwise, not because the words are frequent. Each part then gets regions of its own.
 */
import { EMPTY } from '../../bytes/bytes.js';
import { fixedBytes, matchRegions } from '../../model/match.js';
import type { Context } from '../../model/meaning.js';
import type { Environment, Framing, LengthField, RecordForm, Region } from '../../model/types.js';
import { byWord } from './by-word.js';
import { contentFeatures } from '../choices/features.js';
import { stableEnds, type Stable } from './fields.js';
import {
  commonKind,
  commonLabel,
  frequent,
  type Described,
  type Grouping,
  type Part,
  type Request,
} from './groupings.js';
import { macroclusters } from '../paper/macroclusters.js';
import { microclusters } from '../paper/microclusters.js';
import { framedRegions, growingLength, plainRegions, withOwnLength } from './framed-regions.js';
import { analyseRegions } from '../paper/regions.js';
import { unmasked } from './shape.js';
import { gatherRest, scattered } from './rest.js';
import { spread } from '../spread.js';
import { gatherByCode, gatherByKey, gatherStrays, settledByCode } from './strays.js';
import { gatherByHead } from './heads.js';
import { growTree, leafOf } from '../choices/tree.js';

export type { Grouping, Request } from './groupings.js';

export interface ClassOptions {
  readonly macro: number;
  readonly micro: number;
  readonly framing?: Framing;
}

const NOBODY: Environment = { client: { address: '', port: 0 }, server: { address: '', port: 0 } };

/** Macroclusters of the different requests of a service, each with its regions [05 §2.4.2]. */
export function clusterRequests(
  requests: readonly Request[],
  options: ClassOptions,
  remarks: string[],
  forms: readonly RecordForm[] = [],
  code: number | null = null,
): Grouping[] {
  const growing = growingLength(options.framing?.length);
  const { clusters, leftOut } = macroclusters(
    requests.map((r) => r.shape),
    requests.map((r) => r.count),
    options.macro,
  );
  remarks.push(...leftOut);
  const shapes = requests.map((r) => r.shape);
  const gathered = gatherStrays(clusters, shapes, options.macro, growing);
  const bytes = requests.map((r) => r.bytes);
  const coded = gatherByCode(gatherByKey(gathered, bytes, forms, options.macro), bytes, code, options.macro);
  return numbered(
    gatherByHead(coded, bytes, options.framing?.length, options.macro).map((members, i) =>
      describe({ group: String(i), requests: members.map((m) => requests[m]).filter((r) => r !== undefined) }, growing),
    ),
  );
}

/** A macrocluster of some requests. */
export function clusterOf(requests: readonly Request[], group: number, framing?: Framing): Grouping {
  return { ...describe({ group: String(group), requests }, growingLength(framing?.length)), group };
}

/**
 * Macroclusters → classes: each macrocluster parted by what decides, in the whole service, which kind of answer is given.
 *
 * @param code offset of the byte that says what is asked for, where there is one
 */
export function classify(clusters: readonly Grouping[], options: ClassOptions, code: number | null = null): Grouping[] {
  if (options.macro === 0) return [...clusters];
  const growing = growingLength(options.framing?.length);
  const described = (part: Part) => describe(part, growing);
  if (options.micro < 1) {
    const parts = clusters.flatMap((cluster) => byFrequency(cluster, options.micro));
    return numbered(parts.map((requests, i) => described({ group: String(i), requests })));
  }
  const parts = byAnswer(clusters, code, growing).flatMap(byWord);
  return numbered(uniteConfused(gatherRest(settleStrays(parts.map(described)), growing).map(described), described));
}

/** Different requests of a class that are held against the other classes. */
const HELD = 24;
/** A class that would take this share of the requests of another one is no class beside it. */
const TAKEN = 0.3;
/** What two classes fixed by chance each, such as a space in a text, may be lost when they become one. */
const NEARLY = 0.75;

/**
 * Classes that are answered otherwise, and whose regions do not tell them apart, are one class: what parted them is
 * no part of the regions, so the requests of one would be taken for the other's. The tree of the united class asks
 * what parted them.
 */
function uniteConfused(groupings: readonly Described[], described: (part: Part) => Described): Described[] {
  const into = groupings.map((_, i) => i);
  const root = (i: number): number => (into[i] === i ? i : root(into[i] ?? i));
  const fixed = groupings.map(({ regions }) => fixedBytes(regions));
  // kinds are numbered within a macrocluster, labels in the whole service
  const kinds = groupings.map(({ requests }) => `${commonLabel(requests)}/${commonKind(requests)}`);
  const meant = scattered(groupings);
  const after = groupings.map(
    ({ requests }) => new Set(requests.flatMap((r) => [...r.after.keys()].map((label) => meant.get(label) ?? label))),
  );
  groupings.forEach((own, i) => {
    const { requests } = own;
    const held = spread(requests, HELD);
    for (const [j, other] of groupings.entries()) {
      if (root(i) === root(j) || Math.min(requests.length, other.requests.length) < 2) continue;
      if ((fixed[j] ?? 0) < (fixed[i] ?? 0) || kinds[i] === kinds[j]) continue;
      const taken = held.filter(
        (r) =>
          [...r.after.keys()].some((label) => after[j]?.has(meant.get(label) ?? label)) &&
          matchRegions(other.regions, r.bytes, false) !== null,
      );
      if (taken.length < Math.max(2, held.length * TAKEN)) continue;
      const both = described({ group: '', requests: [...requests, ...other.requests] }).regions;
      // what they have in common has to tell them from all others as well as before
      const least = Math.min(fixed[i] ?? 0, fixed[j] ?? 0);
      const kept = fixedBytes(both);
      if (kept >= least || (kept >= least * NEARLY && takesNoMore(both, [own, other], groupings)))
        into[Math.max(root(i), root(j))] = Math.min(root(i), root(j));
    }
  });
  return groupings.flatMap((own, i) => {
    if (root(i) !== i) return [];
    const parts = groupings.filter((_, j) => root(j) === i);
    return parts.length === 1 ? [own] : [described({ group: own.group, requests: parts.flatMap((p) => p.requests) })];
  });
}

/** Whether the regions of two classes together fit no request of the others that does not fit one of the two. */
function takesNoMore(both: readonly Region[], two: readonly Described[], all: readonly Described[]): boolean {
  const fits = (regions: readonly Region[], { bytes }: Request) => matchRegions(regions, bytes, false) !== null;
  return all.every(
    (other) =>
      two.includes(other) ||
      spread(other.requests, HELD).every((r) => !fits(both, r) || two.some(({ regions }) => fits(regions, r))),
  );
}

/**
 * Requests that fit a more telling class than their own go there: an unusually long or short one that
 * the alignment set apart, as long as it gets the kind of answer that the class gets.
 */
function settleStrays(groupings: readonly Described[]): Described[] {
  const order = groupings.map((g) => ({
    grouping: g,
    fixed: fixedBytes(g.regions),
    label: commonLabel(g.requests),
    members: [...g.requests],
  }));
  const byFixed = [...order].sort((a, b) => b.fixed - a.fixed);
  for (const own of order) {
    for (const request of own.grouping.requests) {
      const better = byFixed.find(
        (other) =>
          other !== own &&
          other.grouping.requests.length > 1 &&
          (other.fixed > own.fixed ||
            (own.grouping.requests.length <= 2 && other.grouping.requests.length > own.grouping.requests.length)) &&
          other.fixed >= 3 &&
          other.label === frequent(request.labels) &&
          matchRegions(other.grouping.regions, request.bytes, true) !== null,
      );
      if (!better) continue;
      better.members.push(request);
      own.members.splice(own.members.indexOf(request), 1);
    }
  }
  return order.filter((o) => o.members.length > 0).map((o) => ({ ...o.grouping, requests: o.members }));
}

/** Groups numbered from 0 in the order of their first class. */
function numbered(groupings: readonly Described[]): Grouping[] {
  const numbers = new Map<string, number>();
  for (const { group } of groupings) if (!numbers.has(group)) numbers.set(group, numbers.size);
  const first = new Map<string, number>();
  return groupings.map(({ alike, ...g }) => {
    const group = numbers.get(g.group) ?? 0;
    if (alike === undefined) return { ...g, group };
    const known = first.get(alike) ?? group;
    first.set(alike, known);
    return { ...g, group, ...(known === group ? {} : { with: known }) };
  });
}

/** Regions of requests, by the first of them: many clusters become a class as they are. */
const described = new WeakMap<
  Request,
  { readonly requests: readonly Request[]; readonly regions: readonly Region[] }[]
>();

function describe({ requests, ...names }: Part, growing: LengthField | undefined): Described {
  const [first] = requests;
  if (!first) return { ...names, regions: [], requests };
  const its = described.get(first) ?? [];
  described.set(first, its);
  let known = its.find((other) => isSame(other.requests, requests));
  if (!known) its.push((known = { requests: [...requests], regions: regionsOf(requests, growing) }));
  return { ...names, regions: known.regions, requests };
}

function isSame(a: readonly Request[], b: readonly Request[]): boolean {
  return a.length === b.length && a.every((request, i) => request === b[i]);
}

/** So few requests do not show by themselves what varies in them. */
const THIN = 2;

function regionsOf(requests: readonly Request[], growing: LengthField | undefined): readonly Region[] {
  const isThin = requests.reduce((sum, r) => sum + r.count, 0) <= THIN;
  const shapes = requests.map((r) => (isThin ? (r.loose ?? r.shape) : r.shape));
  const counts = requests.map((r) => r.count);
  const whole = (growing && framedRegions(shapes, counts, growing)) ?? plainRegions(shapes, counts);
  const regions = requests.reduce<readonly Region[]>(
    (known, r, i) => unmasked(known, shapes[i] ?? r.shape, r.bytes),
    whole,
  );
  return growing && isThin && requests.length === 1
    ? withOwnLength(regions, requests[0]?.bytes ?? EMPTY, growing)
    : regions;
}

/** Microclustering by frequency [05 §2.4.2]. */
function byFrequency({ requests }: Grouping, micro: number): Request[][] {
  const bytes = requests.map((r) => r.shape);
  const weights = requests.map((r) => r.count);
  const groups = microclusters(bytes, weights, analyseRegions(bytes, weights), micro);
  return groups.map((g) => g.map((i) => requests[i]).filter((r) => r !== undefined));
}

/** Different requests of a service from which it is learned what decides the kind of answer. */
const MOST_FOR_TREE = 1500;

/** The stable ends that the larger macroclusters have in common. */
function commonEnds(clusters: readonly Grouping[]): Stable {
  const ends = clusters.filter((c) => c.requests.length > 1).map((c) => stableEnds(c.regions));
  return { head: Math.min(64, ...ends.map((e) => e.head)), tail: Math.min(64, ...ends.map((e) => e.tail)) };
}

/** Parts the macroclusters by what decides the kind of the answer in the service as a whole. */
function byAnswer(clusters: readonly Grouping[], code: number | null, growing: LengthField | undefined): Part[] {
  const all = clusters.flatMap(({ requests, regions }, cluster) =>
    requests.map((request) => ({ request, regions, cluster })),
  );
  const some = spread(
    all.filter(({ request }) => request.kinds.size > 0),
    MOST_FOR_TREE,
  );
  const labels = Int32Array.from(some, ({ request }) => frequent(request.kinds));
  const features = contentFeatures(
    some.map(({ request, regions }) => alone(request.bytes, regions)),
    null,
    commonEnds(clusters),
  );
  const tree = growTree(labels, features, {
    maxDepth: 16,
    strict: true,
    least: 1,
    weights: Int32Array.from(some, ({ request }) => request.count),
  });
  const leaves = new Map<string, number>();
  const parts = new Map<string, { group: string; requests: Request[]; cluster: number }>();
  for (const { request, regions, cluster } of all) {
    const leaf = leafOf(tree, alone(request.bytes, regions));
    const group = leaves.get(leaf) ?? leaves.size;
    leaves.set(leaf, group);
    const known = parts.get(`${group}/${cluster}`);
    if (known) known.requests.push(request);
    else parts.set(`${group}/${cluster}`, { group: String(group), requests: [request], cluster });
  }
  // clusters are of one build each where lengths of any width say what requests are built of
  const settled = growing ? settledByBuild([...parts.values()]) : settledParts([...parts.values()], code);
  return byCode(
    settled.flatMap((part) => partedByCode(part, code)),
    code,
  );
}

/**
 * Parts of macroclusters with the requests that ask for something else than most of theirs in the part that asks for
 * it: what they are answered is asked there.
 */
function settledParts(parts: readonly (Part & { readonly cluster: number })[], code: number | null): readonly Part[] {
  if (code === null) return parts;
  const settled = new Map<Part, readonly Request[]>();
  for (const cluster of new Set(parts.map((part) => part.cluster))) {
    const its = parts.filter((part) => part.cluster === cluster);
    const requests = settledByCode(
      its.map((part) => part.requests),
      ({ bytes }) => bytes[code] ?? -1,
    );
    its.forEach((part, i) => settled.set(part, requests[i] ?? []));
  }
  return parts
    .map((part) => ({ ...part, requests: settled.get(part) ?? [] }))
    .filter(({ requests }) => requests.length > 0);
}

/** Fewest requests of one build that tell what kind of answer it gets. */
const LEAST_OF_BUILD = 3;

/** Parts all of whose requests get another kind of answer than most of their group do, as groups of their own: the build decides. */
function settledByBuild(parts: readonly Part[]): Part[] {
  const kinds = new Map<string, Map<number, number>>();
  for (const { group, requests } of parts) {
    const counts = kinds.get(group) ?? new Map<number, number>();
    kinds.set(group, counts);
    for (const request of requests) counts.set(frequent(request.kinds), (counts.get(frequent(request.kinds)) ?? 0) + 1);
  }
  return parts.map(({ group, requests }) => {
    const [kind = -1, ...others] = new Set(requests.map((request) => frequent(request.kinds)));
    const isOther = others.length === 0 && kind !== frequent(kinds.get(group) ?? new Map<number, number>());
    return { group: isOther && requests.length >= LEAST_OF_BUILD ? `${group}/${kind}` : group, requests };
  });
}

/** What is asked for so often is a part of its own, where so many things are asked for in one part. */
const LEAST_OF_CODE = 4;
const LEAST_CODES = 8;

/** A part whose requests ask for different things, parted by what they ask for; what is seldom asked stays together. */
function partedByCode(part: Part, code: number | null): Part[] {
  if (code === null || codeOf(part, code) !== undefined) return [part];
  const byValue = new Map<number, Request[]>();
  for (const request of part.requests) {
    const value = request.bytes[code] ?? -1;
    const its = byValue.get(value);
    if (its) its.push(request);
    else byValue.set(value, [request]);
  }
  // few operations that are built alike are often answered alike, and teach more together
  if (byValue.size < LEAST_CODES) return [part];
  const all = [...byValue.values()];
  const isOften = (requests: readonly Request[]) => requests.reduce((sum, r) => sum + r.count, 0) >= LEAST_OF_CODE;
  const often = all.filter(isOften);
  const seldom = all.filter((requests) => !isOften(requests)).flat();
  return [...often, seldom]
    .filter((requests) => requests.length > 0)
    .map((requests) => ({ group: `${part.group}/${requests === seldom ? '' : requests[0]?.bytes[code]}`, requests }));
}

/**
 * Parts with their groups: what asks for something else is no part of a group, even where it is answered alike. Where
 * requests of one part ask for different things, nothing holds the groups apart.
 */
function byCode(parts: readonly Part[], code: number | null): Part[] {
  const mixed = new Set(parts.filter((part) => codeOf(part, code) === undefined).map(({ group }) => group));
  return parts.map((part) => {
    const { group: alike, requests } = part;
    return { group: mixed.has(alike) ? alike : `${alike} ${codeOf(part, code) ?? ''}`, alike, requests };
  });
}

/** The byte that says what all of some requests ask for. */
function codeOf({ requests }: Pick<Part, 'requests'>, offset: number | null): number | undefined {
  if (offset === null) return undefined;
  const code = requests[0]?.bytes[offset];
  return requests.every(({ bytes }) => bytes[offset] === code) ? code : undefined;
}

/** A context in which only the request itself is known. */
function alone(bytes: Uint8Array, regions: readonly Region[]): Context {
  const edges = matchRegions(regions, bytes, true);
  return {
    said: [{ request: bytes, class: -1, group: -1, edges, answer: EMPTY, state: -1, time: 0 }],
    at: 0,
    environment: NOBODY,
    now: 0,
  };
}
