/**
 * Two answers to the same request side by side, the emulator's and the real host's [06 §4.3; new]: how alike
 * they are, and where they differ, which is where each side made up a value of its own.
 */

/** Bytes of an answer that are compared; what lies behind them is taken to be alike. */
const MOST = 64 * 1024;
/** Bytes in a row that are taken for the same place in two answers of different lengths. */
const GRAM = 4;
/** Places of one such run that are remembered. */
const MOST_PLACES = 8;
/** A difference of this length is one value, also when a run of it is in both at another place. */
const ONE_VALUE = 24;
/** Two differences with fewer bytes between them that happen to be equal are one. */
const CHANCE = 3;

/** Where both answers say the same. */
export interface Same {
  readonly ours: number;
  readonly theirs: number;
  readonly length: number;
}

/** Where they differ: both are ranges of bytes, one of them may be empty. */
export interface Difference {
  readonly ours: readonly [number, number];
  readonly theirs: readonly [number, number];
}

/** How two answers compare. */
export interface Comparison {
  /** 1: equal; 0: nothing in common. */
  readonly similarity: number;
  /** The same, but in their order only. */
  readonly aligned: number;
  readonly same: readonly Same[];
  readonly differences: readonly Difference[];
}

/** Compares two answers; the work grows with their length only. */
export function compare(oursWhole: Uint8Array, theirsWhole: Uint8Array): Comparison {
  const ours = oursWhole.subarray(0, MOST);
  const theirs = theirsWhole.subarray(0, MOST);
  const same = align(ours, theirs);
  const common = same.reduce((sum, { length }) => sum + length, 0);
  const all = ours.length + theirs.length;
  const aligned = all === 0 ? 1 : (2 * common) / all;
  return {
    similarity: aligned === 1 ? 1 : Math.max(aligned, inAnyOrder(ours, theirs)),
    aligned,
    same,
    differences: between(same, ours.length, theirs.length),
  };
}

/** Where a place of ours lies in theirs, when the byte before it is the same in both (or both begin there). */
export function placeOf({ same }: Comparison, at: number): number | null {
  if (at === 0) return 0;
  const run = same.find(({ ours, length }) => ours < at && at <= ours + length);
  return run ? run.theirs + at - run.ours : null;
}

function align(ours: Uint8Array, theirs: Uint8Array): Same[] {
  const most = Math.min(ours.length, theirs.length);
  let head = 0;
  while (head < most && ours[head] === theirs[head]) head++;
  let tail = 0;
  while (tail < most - head && ours[ours.length - 1 - tail] === theirs[theirs.length - 1 - tail]) tail++;
  const runs: Same[] = [];
  if (head > 0) runs.push({ ours: 0, theirs: 0, length: head });
  const middle = [ours.subarray(head, ours.length - tail), theirs.subarray(head, theirs.length - tail)] as const;
  for (const run of alignMiddle(...middle))
    runs.push({ ours: run.ours + head, theirs: run.theirs + head, length: run.length });
  if (tail > 0) runs.push({ ours: ours.length - tail, theirs: theirs.length - tail, length: tail });
  return runs;
}

/** Byte by byte where both are equally long, and short or explained as well by that, else by runs that are in both. */
function alignMiddle(ours: Uint8Array, theirs: Uint8Array): Same[] {
  if (ours.length === theirs.length && ours.length <= ONE_VALUE) return bytewise(ours, theirs);
  const anchored = byGrams(ours, theirs);
  if (ours.length !== theirs.length) return anchored;
  const sum = (runs: readonly Same[]) => runs.reduce((all, { length }) => all + length, 0);
  const straight = bytewise(ours, theirs);
  return sum(straight) >= sum(anchored) ? straight : anchored;
}

function bytewise(ours: Uint8Array, theirs: Uint8Array): Same[] {
  const runs: Same[] = [];
  for (let at = 0; at < ours.length; at++) {
    const from = at;
    while (at < ours.length && ours[at] === theirs[at]) at++;
    if (at > from) runs.push({ ours: from, theirs: from, length: at - from });
  }
  return runs;
}

/** Runs of both in their order, each the nearest one behind the run before. */
function byGrams(ours: Uint8Array, theirs: Uint8Array): Same[] {
  const places = gramsOf(ours);
  const runs: Same[] = [];
  let next = 0;
  for (let at = 0; at + GRAM <= theirs.length;) {
    const from = places.get(gramAt(theirs, at))?.find((place) => place >= next);
    if (from === undefined) {
      at++;
      continue;
    }
    let length = GRAM;
    while (from + length < ours.length && at + length < theirs.length && ours[from + length] === theirs[at + length])
      length++;
    runs.push({ ours: from, theirs: at, length });
    next = from + length;
    at += length;
  }
  return runs;
}

/** How much of one is in the other, in whatever order: a server may list the same things in another one each time. */
function inAnyOrder(ours: Uint8Array, theirs: Uint8Array): number {
  const setOf = (bytes: Uint8Array) => {
    const grams = new Set<number>();
    for (let at = 0; at + GRAM <= bytes.length; at++) grams.add(gramAt(bytes, at));
    return grams;
  };
  const [a, b] = [setOf(ours), setOf(theirs)];
  let common = 0;
  for (const gram of a) if (b.has(gram)) common++;
  return a.size + b.size === 0 ? 0 : (2 * common) / (a.size + b.size);
}

function gramAt(bytes: Uint8Array, at: number): number {
  let gram = 0;
  for (let i = 0; i < GRAM; i++) gram = (gram << 8) | (bytes[at + i] ?? 0);
  return gram;
}

function gramsOf(bytes: Uint8Array): Map<number, number[]> {
  const places = new Map<number, number[]>();
  for (let at = 0; at + GRAM <= bytes.length; at++) {
    const gram = gramAt(bytes, at);
    const known = places.get(gram);
    if (!known) places.set(gram, [at]);
    else if (known.length < MOST_PLACES) known.push(at);
  }
  return places;
}

/** What lies between the runs; short runs are chance. */
function between(same: readonly Same[], ours: number, theirs: number): Difference[] {
  const differences: { ours: [number, number]; theirs: [number, number] }[] = [];
  let [a, b, last] = [0, 0, Infinity];
  for (const run of [...same, { ours, theirs, length: 0 }]) {
    const before = differences.at(-1);
    const isGap = run.ours > a || run.theirs > b;
    if (isGap && before && last < CHANCE) {
      before.ours[1] = run.ours;
      before.theirs[1] = run.theirs;
    } else if (isGap) differences.push({ ours: [a, run.ours], theirs: [b, run.theirs] });
    a = run.ours + run.length;
    b = run.theirs + run.length;
    last = run.length;
  }
  return differences;
}
