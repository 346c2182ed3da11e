/**
 * Microclustering [05 §2.4.2]: a value that recurs in a mutating region is a functional part of the
 * protocol, not a parameter.
 */
import { toLatin1 } from '../../bytes/bytes.js';
import type { RegionAnalysis } from './regions.js';

/**
 * Splits the samples of one macrocluster: a value that a mutating region takes in at least the
 * fraction `w` of the samples (counted with their weights) gets a cluster of its own; what is left of
 * that region stays together [05 §2.4.2, figure 4]. Where several regions have frequent values, their
 * combinations are told apart.
 *
 * w = 0 keeps every distinct sample apart; w = 1 has no effect: a value that all samples share would
 * have been a fixed region. Clusters are ordered by their smallest member.
 */
export function microclusters(
  samples: readonly Uint8Array[],
  weights: readonly number[],
  analysis: RegionAnalysis,
  w: number,
): number[][] {
  if (w >= 1) return samples.length === 0 ? [] : [samples.map((_, i) => i)];
  if (w <= 0) return group(samples.map(toLatin1));

  let all = 0;
  samples.forEach((_, i) => (all += weights[i] ?? 1));
  let keys: string[] = samples.map(() => '');
  analysis.regions.forEach((region, r) => {
    if (region.kind === 'fixed') return;
    const values = samples.map((sample, i) =>
      toLatin1(sample.subarray(analysis.spans[i]?.[r] ?? 0, analysis.spans[i]?.[r + 1] ?? 0)),
    );
    const counts = new Map<string, number>();
    values.forEach((value, i) => counts.set(value, (counts.get(value) ?? 0) + (weights[i] ?? 1)));
    keys = values.map((value, i) => {
      const frequent = (counts.get(value) ?? 0) >= w * all;
      return `${keys[i] ?? ''}${frequent ? `=${value.length}:${value}` : '*'}`;
    });
  });
  return group(keys);
}

/** Indices with equal keys, in order of first occurrence. */
function group(keys: readonly string[]): number[][] {
  const groups = new Map<string, number[]>();
  keys.forEach((key, i) => {
    const members = groups.get(key);
    if (members === undefined) groups.set(key, [i]);
    else members.push(i);
  });
  return [...groups.values()];
}
