/**
 * A decimal number in a request is one value: where some of its digits happened to be the same in all
 * samples, region analysis made them part of a fixed region. They go to the mutating region beside them.
 */
import { concat, equal, isDigit } from '../../bytes/bytes.js';
import type { Region } from '../../model/types.js';

type Mutating = Region & { kind: 'mutating' };

/** The regions with digits at the seams moved from fixed to mutating regions. */
export function wholeNumbers(
  regions: readonly Region[],
  spans: readonly Int32Array[],
  samples: readonly Uint8Array[],
): Region[] {
  const result: Region[] = regions.map((r) => r);
  regions.forEach((region, i) => {
    if (region.kind !== 'mutating') return;
    if (touches(i, spans, samples, 'start')) move(result, i, -1);
    if (touches(i, spans, samples, 'end')) move(result, i, 1);
  });
  return merged(result);
}

/** Whether a value of the region is empty there or starts (ends) with a digit in every sample. */
function touches(
  i: number,
  spans: readonly Int32Array[],
  samples: readonly Uint8Array[],
  edge: 'start' | 'end',
): boolean {
  return samples.every((sample, s) => {
    const from = spans[s]?.[i] ?? 0;
    const to = spans[s]?.[i + 1] ?? 0;
    return from === to || isDigit(sample[edge === 'start' ? from : to - 1]);
  });
}

/** Takes the digits of the fixed region before (-1) or behind (1) into the mutating region `i`. */
function move(regions: Region[], i: number, side: -1 | 1): void {
  const own = regions[i];
  const beside = regions[i + side];
  if (own?.kind !== 'mutating' || beside?.kind !== 'fixed') return;
  const { bytes } = beside;
  let digits = 0;
  while (digits < bytes.length && isDigit(bytes[side === -1 ? bytes.length - 1 - digits : digits])) digits++;
  if (digits === 0) return;
  regions[i] = { ...own, min: own.min + digits, max: own.max + digits };
  regions[i + side] = {
    kind: 'fixed',
    bytes: side === -1 ? bytes.slice(0, bytes.length - digits) : bytes.slice(digits),
  };
}

/** Without empty fixed regions, and neighbouring regions of one kind as one. */
export function merged(regions: readonly Region[]): Region[] {
  const result: Region[] = [];
  for (const region of regions) {
    const last = result.at(-1);
    if (region.kind === 'fixed' && region.bytes.length === 0) continue;
    if (region.kind === 'mutating' && last?.kind === 'mutating') result[result.length - 1] = joined(last, region);
    else if (region.kind === 'fixed' && last?.kind === 'fixed')
      result[result.length - 1] = { kind: 'fixed', bytes: concat([last.bytes, region.bytes]) };
    else result.push(region);
  }
  return result;
}

function joined(a: Mutating, b: Mutating): Mutating {
  return { kind: 'mutating', type: a.type === b.type ? a.type : 'ascii', min: a.min + b.min, max: a.max + b.max };
}

/** The regions with which several lists of them begin; null where there are none. */
export function commonHead(lists: readonly (readonly Region[])[]): readonly Region[] | null {
  const [first, ...others] = lists;
  if (!first || others.length === 0) return first ?? null;
  let count = 0;
  while (count < first.length && others.every((other) => isSame(first[count], other[count]))) count++;
  // where the last one ends is another matter in each list
  while (count > 0 && first[count - 1]?.kind === 'mutating') count--;
  return count > 0 ? first.slice(0, count) : null;
}

function isSame(a: Region | undefined, b: Region | undefined): boolean {
  if (a?.kind === 'fixed') return b?.kind === 'fixed' && equal(a.bytes, b.bytes);
  return a !== undefined && b?.kind === a.kind;
}
