/**
 * Simplifying a built machine [05 §2.4]: from the root, the requests that leave one state are put into
 * classes; each class becomes one transition; the states that it leads to become one; and so on below.
 */
import { matchRegions } from '../../model/match.js';
import type { Region } from '../../model/types.js';
import type { BuiltMachine } from './build.js';
import { DEFAULT_MACRO_BOUNDS, Macroclusterer, type MacroBounds } from './macroclusters.js';
import { microclusters } from './microclusters.js';
import { analyseRegions, type RegionAnalysis } from './regions.js';

export interface SimplifyOptions {
  /** Macroclustering threshold. */
  readonly W: number;
  /** Microclustering threshold. */
  readonly w: number;
  /** See {@link analyseRegions}. Default true. */
  readonly evidence?: boolean;
  readonly bounds?: MacroBounds;
}

export interface SimpleTransition {
  readonly regions: readonly Region[];
  readonly to: number;
  /** Requests seen, and how many different ones. */
  readonly samples: number;
  readonly distinct: number;
}

export interface SimpleState {
  readonly id: number;
  /** States of the built machine that became this one. */
  readonly from: readonly number[];
  /** Answers seen here → how often; indices of messages of the built machine, most frequent first. */
  readonly answers: readonly (readonly [number, number])[];
  readonly transitions: readonly SimpleTransition[];
}

export interface SimpleMachine {
  /** Index = id; 0 is the opening. */
  readonly states: readonly SimpleState[];
  readonly leftOut: readonly string[];
}

/**
 * What was found out about sets of requests, to be used again: the same requests leave many states, and a
 * search for good thresholds simplifies one machine many times.
 */
export class SimplifyCache {
  readonly clusterers = new Map<string, Macroclusterer>();
  readonly analyses = new Map<string, RegionAnalysis>();
}

/** Simplifies a machine with the thresholds W and w [05 §2.4]. */
export function simplify(built: BuiltMachine, options: SimplifyOptions, cache = new SimplifyCache()): SimpleMachine {
  const states: { from: number[]; answers: [number, number][]; transitions: SimpleTransition[] }[] = [];
  const leftOut = new Set<string>();
  const add = (from: number[]): number => {
    states.push({ from, answers: answersOf(built, from), transitions: [] });
    return states.length - 1;
  };
  add([0]);
  // States are appended while the list is walked, so the walk goes on below every one of them.
  for (let id = 0; id < states.length; id++) {
    const state = states[id];
    if (state === undefined) break;
    const { requests, weights, targets } = outgoing(built, state.from);
    if (requests.length === 0) continue;
    for (const group of classes(built, requests, weights, options, cache, leftOut)) {
      const to = add(group.members.flatMap((m) => targets[m] ?? []));
      let samples = 0;
      for (const m of group.members) samples += weights[m] ?? 0;
      state.transitions.push({ regions: group.regions, to, samples, distinct: group.members.length });
    }
  }
  return { states: states.map((state, id) => ({ id, ...state })), leftOut: [...leftOut] };
}

/** The distinct requests that leave some states, how often each was seen, and the states it led to. */
function outgoing(
  built: BuiltMachine,
  from: readonly number[],
): { requests: number[]; weights: number[]; targets: number[][] } {
  const merged = new Map<number, { weight: number; targets: number[] }>();
  for (const state of from) {
    for (const { request, to, count } of built.states[state]?.transitions ?? []) {
      const entry = merged.get(request);
      if (entry === undefined) merged.set(request, { weight: count, targets: [to] });
      else {
        entry.weight += count;
        entry.targets.push(to);
      }
    }
  }
  // In order of first sight, whatever the merging: equal sets of requests then have equal keys.
  const requests = [...merged.keys()].sort((x, y) => x - y);
  return {
    requests,
    weights: requests.map((r) => merged.get(r)?.weight ?? 0),
    targets: requests.map((r) => merged.get(r)?.targets ?? []),
  };
}

function classes(
  built: BuiltMachine,
  requests: readonly number[],
  weights: readonly number[],
  options: SimplifyOptions,
  cache: SimplifyCache,
  leftOut: Set<string>,
): { members: number[]; regions: readonly Region[] }[] {
  const bytes = requests.map((r) => built.messages[r]?.bytes ?? new Uint8Array(0));
  const key = keyOf(requests, weights);
  let clusterer = cache.clusterers.get(key);
  if (clusterer === undefined) {
    clusterer = new Macroclusterer(bytes, weights, options.bounds ?? DEFAULT_MACRO_BOUNDS);
    cache.clusterers.set(key, clusterer);
  }
  const analyse = (members: readonly number[]): RegionAnalysis => {
    const counts = members.map((m) => weights[m] ?? 1);
    const name = `${options.evidence ?? true} ${keyOf(
      members.map((m) => requests[m] ?? 0),
      counts,
    )}`;
    let analysis = cache.analyses.get(name);
    if (analysis === undefined) {
      analysis = analyseRegions(
        members.map((m) => bytes[m] ?? new Uint8Array(0)),
        counts,
        { evidence: options.evidence ?? true },
      );
      cache.analyses.set(name, analysis);
    }
    return analysis;
  };
  const macro = clusterer.cut(options.W);
  for (const sentence of macro.leftOut) leftOut.add(sentence);
  const result: { members: number[]; regions: readonly Region[] }[] = [];
  for (const cluster of macro.clusters) {
    const analysis = analyse(cluster);
    const micro = microclusters(
      cluster.map((m) => bytes[m] ?? new Uint8Array(0)),
      cluster.map((m) => weights[m] ?? 1),
      analysis,
      options.w,
    );
    for (const group of micro) {
      const members = group.map((i) => cluster[i] ?? 0);
      // A part of a macrocluster has more in common than the whole: `USER` is now a fixed region.
      result.push({ members, regions: micro.length === 1 ? analysis.regions : analyse(members).regions });
    }
  }
  return result;
}

function keyOf(requests: readonly number[], weights: readonly number[]): string {
  return requests.map((request, i) => `${request}:${weights[i] ?? 1}`).join(' ');
}

function answersOf(built: BuiltMachine, from: readonly number[]): [number, number][] {
  const counts = new Map<number, number>();
  for (const state of from) {
    for (const [message, count] of built.states[state]?.answers ?? []) {
      counts.set(message, (counts.get(message) ?? 0) + count);
    }
  }
  return [...counts].sort(([, x], [, y]) => y - x);
}

/**
 * The transition of a state that a request takes, or null: of all that match, the one whose fixed regions
 * explain the most bytes [05 §2.5].
 */
export function follow(state: SimpleState, request: Uint8Array): SimpleTransition | null {
  let best: SimpleTransition | null = null;
  let most = -1;
  for (const transition of state.transitions) {
    if (matchRegions(transition.regions, request, true) === null) continue;
    let explained = 0;
    for (const region of transition.regions) if (region.kind === 'fixed') explained += region.bytes.length;
    if (explained <= most) continue;
    most = explained;
    best = transition;
  }
  return best;
}
