/**
 * Requests that are like no other byte by byte, and yet are answered as one [new]: short binary ones that are mostly
 * values, such as a code that the server does not know with a number of the request. That they are of one build is
 * told by their answers: one program makes them all out of what each request holds.
 */
import { isText, toLatin1 } from '../../bytes/bytes.js';
import { isPresent } from '../../model/meaning.js';
import type { Rule } from '../../model/types.js';
import { cover, type Variant } from '../answers/cover.js';
import type { Sample } from '../answers/sample.js';
import { familiesIn } from '../answers/without.js';
import { clusterOf, type Grouping, type Request } from './classes.js';
import { keyOf, type Dialog } from '../dialogs/exchanges.js';
import type { MachineOptions } from '../options.js';
import { classified } from '../rows.js';
import type { Shared } from '../shared.js';
import { isGuess, toSample } from '../spots.js';
import { spread } from '../spread.js';

/** A cluster of at most so many different requests is a stray one; so many strays that are answered as one are a cluster. */
const FEW = 2;
const LEAST = 4;
const MOST = 24;
/** Longer requests are alike, where they are. */
const LONGEST = 64;
/** Bytes of each answer that have to be made of what only its request holds. */
const LEAST_GIVEN = 2;

/** The clusters with the strays of one length put together whose answers one program makes out of the requests. */
export function gatherAlike(
  clusters: readonly Grouping[],
  dialogs: readonly Dialog[],
  options: MachineOptions,
  shared: Shared,
): readonly Grouping[] {
  if (options.macro === 0 || options.links !== 'all') return clusters;
  const byLength = new Map<number, Grouping[]>();
  for (const cluster of clusters) {
    const [length, ...others] = new Set(cluster.requests.map(({ bytes }) => bytes.length));
    if (length === undefined || others.length > 0 || length > LONGEST || cluster.requests.length > FEW) continue;
    if (cluster.requests.some(({ bytes }) => isText(bytes))) continue;
    byLength.set(length, [...(byLength.get(length) ?? []), cluster]);
  }
  const candidates = [...byLength.values()].filter((its) => its.length >= LEAST);
  if (candidates.length === 0) return clusters;
  const samples = samplesOf(clusters, dialogs, new Set(candidates.flat()));
  const into = new Map<Grouping, Grouping>();
  for (const its of candidates) {
    const alike = answeredAlike(its, samples, options, shared);
    const [first] = alike;
    if (!first) continue;
    const all = clusterOf(
      alike.flatMap(({ requests }) => requests),
      first.group,
      options.framing,
    );
    for (const cluster of alike) into.set(cluster, all);
  }
  const gathered = new Set<Grouping>();
  for (const cluster of clusters) gathered.add(into.get(cluster) ?? cluster);
  return [...gathered];
}

/** For each request of some clusters, what it was answered for sure when it was first said. */
function samplesOf(
  clusters: readonly Grouping[],
  dialogs: readonly Dialog[],
  wanted: ReadonlySet<Grouping>,
): ReadonlyMap<string, Sample> {
  const samples = new Map<string, Sample>();
  for (const row of classified(dialogs, clusters)) {
    row.said.forEach(({ request, class: id }, at) => {
      const cluster = clusters[id];
      if (!cluster || !wanted.has(cluster) || isGuess({ row, at }) || samples.has(keyOf(request))) return;
      const sample = toSample({ row, at });
      if (sample && sample.messages.length > 0) samples.set(keyOf(request), sample);
    });
  }
  return samples;
}

/** Those of some clusters whose requests are answered by one program; none where that is not proven. */
function answeredAlike(
  clusters: readonly Grouping[],
  known: ReadonlyMap<string, Sample>,
  { links, without }: MachineOptions,
  { seal }: Shared,
): Grouping[] {
  const sampleOf = ({ bytes }: Request) => known.get(keyOf(bytes));
  const answered = spread(
    clusters.filter(({ requests }) => requests.every(sampleOf)),
    MOST,
  );
  const samples = answered.flatMap(({ requests }) => requests.map(sampleOf).filter((s) => s !== undefined));
  if (answered.length < LEAST) return [];
  const { variants } = cover(samples, links, { own: false, groups: new Set(), seal }, false, familiesIn(without));
  const [most] = [...variants].sort((a, b) => b.members.length - a.members.length);
  if (!most || !isOfRequests(most)) return [];
  const requests = answered.flatMap(({ requests: its }) => its);
  const members = new Set(most.members.map((m) => requests[m]));
  const alike = answered.filter(({ requests: its }) => its.every((request) => members.has(request)));
  return alike.length < LEAST ? [] : alike;
}

/** Whether all of an answer is explained, and enough of it is made out of its very request. */
function isOfRequests({ messages, members }: Variant): boolean {
  let given = 0;
  for (const draft of messages.flat()) {
    if (draft.kind === 'unknown') return false;
    if (draft.kind !== 'rule' || !isOfPresent(draft.rule)) continue;
    const values = draft.values.filter((value) => value !== null);
    // what most requests have in common is no value of theirs
    if (new Set(values.map(toLatin1)).size * 2 > members.length)
      given += Math.min(...values.map((value) => value.length));
  }
  return given >= LEAST_GIVEN;
}

function isOfPresent(rule: Rule): boolean {
  return 'span' in rule && isPresent(rule.span.of);
}
