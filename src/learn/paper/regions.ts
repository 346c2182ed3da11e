/**
 * Region analysis [05 §2.4.2]: what the requests of one cluster have in common, byte by byte, and the
 * fixed and mutating regions that follow from it.
 *
 * In the order of the work: take off what all requests begin and end with; align the rest; judge each
 * column; make regions of runs of like columns; see whether every request matches the result, and give
 * way where one does not.
 */
import { EMPTY, toLatin1 } from '../../bytes/bytes.js';
import { matchRegions } from '../../model/match.js';
import type { Region } from '../../model/types.js';
import { cellsOf, DEFAULT_BOUND, distance, headLength } from './align.js';
import { dissolveAccidents, type Row } from './evidence.js';
import { alignAll } from './profile.js';
import { firstMisfit } from './relax.js';

export type ColumnType = 'binary' | 'ascii' | 'zero';

/** One aligned byte over all samples [05 §2.4.2]. */
export interface Column {
  /** Most frequent type. */
  readonly type: ColumnType;
  /** Most frequent value. */
  readonly value: number;
  /** Share of the samples that differ from the most frequent value; a gap differs. */
  readonly mutation: number;
  /** Whether some samples have nothing here. */
  readonly gaps: boolean;
}

export interface RegionOptions {
  /** Whether a conserved run needs evidence that it is no accident [new]; false: the plain paper. Default true. */
  readonly evidence?: boolean;
  /** Most distinct samples that are aligned; the others only have to match the result. Default 64. */
  readonly most?: number;
  /** Most cells of alignment matrices. Default 40 million. */
  readonly cells?: number;
  /** Most bytes of a sample that are aligned; the middle of a longer one counts as mutating. Default 512. */
  readonly bound?: number;
}

export interface RegionAnalysis {
  /** Columns of the aligned samples; the unaligned middle of long ones is missing. */
  readonly columns: Column[];
  /** Fixed and mutating regions in turn; none for empty samples only. */
  readonly regions: Region[];
  /** For each sample the boundaries of the regions in it: one more entry than there are regions. */
  readonly spans: Int32Array[];
}

/** How often samples that did not fit are taken into the alignment before regions are given up for them. */
const ROUNDS = 2;
const MORE_PER_ROUND = 8;
/** Long samples of one length are laid side by side when more places agree than this share for each further sample. */
const SIDE_BY_SIDE = 0.3;
/** Samples of one length that tell that their fields have their places, and the share of fixed bytes to be kept then. */
const SAME_LENGTH = 3;
const SAME_LENGTH_SHARE = 0.9;

/**
 * Analyses the requests of one cluster [05 §2.4.2]; `weights` are how often each was seen.
 *
 * Every sample matches the regions that come out, at the boundaries given for it, strictly and loosely.
 * The order of the samples decides nothing.
 */
export function analyseRegions(
  samples: readonly Uint8Array[],
  weights: readonly number[],
  options: RegionOptions = {},
): RegionAnalysis {
  const entries = new Map<string, { bytes: Uint8Array; count: number; place: number }>();
  const entryOf = samples.map((bytes, i) => {
    const key = toLatin1(bytes);
    let entry = entries.get(key);
    if (entry === undefined) {
      entry = { bytes, count: 0, place: 0 };
      entries.set(key, entry);
    }
    entry.count += weights[i] ?? 1;
    return entry;
  });
  // In one order, whatever the order of the samples: which alignment is found must not hang on it.
  const order = [...entries.values()].sort(
    (x, y) => x.bytes.length - y.bytes.length || Buffer.compare(x.bytes, y.bytes),
  );
  order.forEach((entry, place) => (entry.place = place));
  const result = analyseDistinct(
    order.map((entry) => entry.bytes),
    order.map((entry) => entry.count),
    options,
  );
  return { ...result, spans: entryOf.map(({ place }) => result.spans[place] ?? new Int32Array(0)) };
}

function analyseDistinct(
  samples: readonly Uint8Array[],
  weights: readonly number[],
  options: RegionOptions,
): RegionAnalysis {
  const only = samples[0];
  if (only === undefined) return { columns: [], regions: [], spans: [] };
  const edges = commonEdges(samples);
  const apart = new Map<number, number>();
  let chosen = choose(samples, edges, options);
  for (let round = 0; ; round++) {
    const rows = alignRows(chosen, samples, weights, edges, options.bound ?? DEFAULT_BOUND, apart);
    const columns = columnsOf(
      rows,
      chosen.map((i) => weights[i] ?? 1),
    );
    const fixed = fixedOf(columns);
    const placed = inPlaces(chosen, samples, weights, options, columns);
    if (placed) return placed;
    if (options.evidence ?? true) dissolveAccidents(fixed, rows);
    const regions = regionsOf(fixed, rows);
    const misfits = samples.map((_, i) => i).filter((i) => matchRegions(regions, samples[i] ?? only, true) === null);
    if (misfits.length === 0 || round === ROUNDS) {
      return { columns: columns.filter((column) => column.value >= 0), ...fit(regions, samples, weights) };
    }
    // Samples that differ where all those aligned agree say the most: align again with some of them.
    const step = Math.max(1, Math.floor(misfits.length / MORE_PER_ROUND));
    const more = misfits.filter((_, k) => k % step === 0).slice(0, MORE_PER_ROUND);
    chosen = [...new Set([...chosen, ...more])].sort((x, y) => x - y);
  }
}

/** 1 for a column that all rows agree in. */
function fixedOf(columns: readonly Column[]): Uint8Array {
  return Uint8Array.from(columns, (column) => (column.mutation === 0 && !column.gaps ? 1 : 0));
}

/**
 * Samples of one length laid side by side, when the bytes in their places say as much as the aligned ones do
 * [new]. Then a field of fixed width stays one: an alignment takes the zeros in a value for those around it,
 * which are everywhere.
 */
function inPlaces(
  chosen: readonly number[],
  samples: readonly Uint8Array[],
  weights: readonly number[],
  options: RegionOptions,
  aligned: readonly Column[],
): RegionAnalysis | null {
  const first = samples[0];
  if (!first || samples.length < SAME_LENGTH || samples.some(({ length }) => length !== first.length)) return null;
  const rows = chosen.map((i) => inPlace(samples[i] ?? first));
  const columns = columnsOf(
    rows,
    chosen.map((i) => weights[i] ?? 1),
  );
  const count = (of: readonly Column[], zeros: boolean) =>
    of.filter(({ mutation, gaps, value }) => mutation === 0 && !gaps && (zeros || value > 0)).length;
  if (count(columns, false) < count(aligned, false)) return null;
  if (count(columns, true) < count(aligned, true) * SAME_LENGTH_SHARE) return null;
  const fixed = fixedOf(columns);
  if (options.evidence ?? true) dissolveAccidents(fixed, rows);
  const regions = regionsOf(fixed, rows);
  const bounds = new Int32Array(regions.length + 1).fill(first.length);
  for (let at = 0, region = 0; at < first.length; at++) if (fixed[at] !== fixed[at - 1]) bounds[region++] = at;
  const spans = samples.map(() => bounds);
  const measured = measure(regions, samples, weights, spans);
  return samples.every((sample) => matchRegions(measured, sample)) ? { columns, regions: measured, spans } : null;
}

interface Edges {
  readonly prefix: number;
  readonly suffix: number;
}

/** Lengths of what all samples begin and end with; the two never overlap. */
function commonEdges(samples: readonly Uint8Array[]): Edges {
  const first = samples[0] ?? new Uint8Array(0);
  let shortest = first.length;
  for (const sample of samples) shortest = Math.min(shortest, sample.length);
  let prefix = shortest;
  for (const sample of samples) {
    let i = 0;
    while (i < prefix && sample[i] === first[i]) i++;
    prefix = i;
  }
  let suffix = shortest - prefix;
  for (const sample of samples) {
    let i = 0;
    while (i < suffix && sample[sample.length - 1 - i] === first[first.length - 1 - i]) i++;
    suffix = i;
  }
  return { prefix, suffix };
}

/** Which samples are aligned: every k-th (they are in order of length and bytes), so many that the bounds hold. */
function choose(samples: readonly Uint8Array[], edges: Edges, options: RegionOptions): number[] {
  const most = Math.max(1, options.most ?? 64);
  const cells = options.cells ?? 40_000_000;
  const bound = options.bound ?? DEFAULT_BOUND;
  let size = Math.min(most, samples.length);
  for (;;) {
    const chosen = Array.from({ length: size }, (_, k) => Math.floor((k * samples.length) / size));
    const longest = Math.max(...chosen.map((i) => (samples[i]?.length ?? 0) - edges.prefix - edges.suffix));
    if (size <= 4 || (cellsOf(longest, longest, bound) * size * size) / 2 <= cells) return chosen;
    size = Math.max(4, size - Math.ceil(size / 8));
  }
}

/**
 * Aligned samples; the beginning, the end and the hidden middle are columns like the others.
 *
 * @param apart distances of samples, kept from round to round
 */
function alignRows(
  chosen: readonly number[],
  samples: readonly Uint8Array[],
  weights: readonly number[],
  { prefix, suffix }: Edges,
  bound: number,
  apart: Map<number, number>,
): Row[] {
  const whole = chosen.map((i) => samples[i] ?? new Uint8Array(0));
  const cores = whole.map((sample) => sample.subarray(prefix, sample.length - suffix));
  if (sideBySide(cores, bound)) {
    return whole.map(inPlace);
  }
  const head = headLength(bound);
  const hidden = cores.map((core) => Math.max(0, core.length - bound));
  const seen = cores.map((core, k) => {
    if (hidden[k] === 0) return core;
    const short = core.slice(0, bound);
    short.set(core.subarray(core.length - (bound - head)), head);
    return short;
  });
  const aligned = alignAll(
    seen,
    chosen.map((i) => weights[i] ?? 1),
    (i, j) => {
      const pair = (chosen[i] ?? 0) * samples.length + (chosen[j] ?? 0);
      let known = apart.get(pair);
      if (known === undefined) apart.set(pair, (known = distance(seen[i] ?? EMPTY, seen[j] ?? EMPTY)));
      return known;
    },
  );
  // Before which column of the aligned part the hidden middle of some sample lies.
  const seams = new Set<number>();
  aligned.forEach((row, k) => {
    if ((hidden[k] ?? 0) > 0) seams.add(row.indexOf(head));
  });
  return whole.map((bytes, k) => {
    const row = aligned[k] ?? new Int32Array(0);
    const offsets: number[] = [];
    let at = 0;
    for (; at < prefix; at++) offsets.push(at);
    row.forEach((index, column) => {
      if (seams.has(column)) {
        offsets.push(at);
        if ((hidden[k] ?? 0) > 0 && index === head) at += hidden[k] ?? 0;
      }
      offsets.push(at);
      if (index >= 0) at++;
    });
    for (let i = 0; i < suffix; i++) offsets.push(at++);
    offsets.push(at);
    return { bytes, offsets: Int32Array.from(offsets) };
  });
}

/** A sample whose every byte is a column. */
function inPlace(bytes: Uint8Array): Row {
  return { bytes, offsets: Int32Array.from({ length: bytes.length + 1 }, (_, i) => i) };
}

/** Long samples of one length, alike at the same places: no need to align them, and nothing is hidden. */
function sideBySide(cores: readonly Uint8Array[], bound: number): boolean {
  const first = cores[0];
  if (first === undefined || first.length <= bound || cores.some((core) => core.length !== first.length)) return false;
  let same = 0;
  for (let i = 0; i < first.length; i++) if (cores.every((core) => core[i] === first[i])) same++;
  return same >= Math.max(1, first.length * SIDE_BY_SIDE ** (cores.length - 1));
}

function typeOf(byte: number): ColumnType {
  if (byte === 0) return 'zero';
  return (byte >= 0x20 && byte < 0x7f) || byte === 0x09 || byte === 0x0a || byte === 0x0d ? 'ascii' : 'binary';
}

const TYPES: readonly ColumnType[] = ['ascii', 'binary', 'zero'];

/** Value -1 marks a hidden middle. */
function columnsOf(rows: readonly Row[], weights: readonly number[]): Column[] {
  const count = (rows[0]?.offsets.length ?? 1) - 1;
  const values = new Float64Array(256);
  const columns: Column[] = [];
  for (let column = 0; column < count; column++) {
    values.fill(0);
    const types = { ascii: 0, binary: 0, zero: 0 };
    let all = 0;
    let gaps = 0;
    let hidden = 0;
    rows.forEach(({ bytes, offsets }, k) => {
      const weight = weights[k] ?? 1;
      const at = offsets[column] ?? 0;
      const length = (offsets[column + 1] ?? 0) - at;
      all += weight;
      if (length === 0) gaps++;
      else if (length > 1) hidden++;
      else {
        const byte = bytes[at] ?? 0;
        values[byte] = (values[byte] ?? 0) + weight;
        types[typeOf(byte)] += weight;
      }
    });
    let value = 0;
    for (let i = 1; i < 256; i++) if ((values[i] ?? 0) > (values[value] ?? 0)) value = i;
    let type: ColumnType = 'ascii';
    for (const other of TYPES) if (types[other] > types[type]) type = other;
    const agreeing = values[value] ?? 0;
    columns.push({
      type,
      value: hidden > 0 ? -1 : value,
      // The same weights in the same order: a column without mutation sums up to exactly `all`.
      mutation: agreeing === all ? 0 : 1 - agreeing / all,
      gaps: gaps > 0,
    });
  }
  return columns;
}

/** Runs of like columns; lengths and types of the mutating ones come later, from all samples. */
function regionsOf(fixed: Uint8Array, rows: readonly Row[]): Region[] {
  const regions: Region[] = [];
  const first = rows[0];
  if (first === undefined) return regions;
  for (let from = 0; from < fixed.length;) {
    let to = from;
    while (to < fixed.length && fixed[to] === fixed[from]) to++;
    if (fixed[from] === 1) {
      regions.push({ kind: 'fixed', bytes: first.bytes.slice(first.offsets[from], first.offsets[to]) });
    } else regions.push({ kind: 'mutating', type: 'ascii', min: 0, max: 0 });
    from = to;
  }
  return regions;
}

/** Gives up regions until every sample matches, then measures the mutating ones over all samples. */
function fit(
  found: readonly Region[],
  samples: readonly Uint8Array[],
  weights: readonly number[],
): { regions: Region[]; spans: Int32Array[] } {
  const regions = [...found];
  for (const sample of samples) {
    for (let misfit = firstMisfit(regions, sample); misfit >= 0; misfit = firstMisfit(regions, sample)) {
      const before = regions[misfit - 1]?.kind === 'mutating' ? 1 : 0;
      const after = regions[misfit + 1]?.kind === 'mutating' ? 1 : 0;
      regions.splice(misfit - before, 1 + before + after, { kind: 'mutating', type: 'ascii', min: 0, max: 0 });
    }
  }
  let spans = samples.map((sample) => matchRegions(regions, sample, true) ?? new Int32Array(0));
  let measured = measure(regions, samples, weights, spans);
  // Boundaries are those that the emulator will find: strict lengths may move a boundary, and that the lengths.
  for (let again = 0; again < 3; again++) {
    const strict = samples.map((sample, i) => matchRegions(measured, sample) ?? spans[i] ?? new Int32Array(0));
    if (strict.every((span, i) => span.every((bound, k) => bound === spans[i]?.[k]))) break;
    spans = strict;
    measured = measure(regions, samples, weights, spans);
  }
  return { regions: measured, spans };
}

function measure(
  regions: readonly Region[],
  samples: readonly Uint8Array[],
  weights: readonly number[],
  spans: readonly Int32Array[],
): Region[] {
  return regions.map((region, r) => {
    if (region.kind === 'fixed') return region;
    let min = Infinity;
    let max = 0;
    const types = { ascii: 0, binary: 0, zero: 0 };
    samples.forEach((sample, i) => {
      const from = spans[i]?.[r] ?? 0;
      const to = spans[i]?.[r + 1] ?? 0;
      min = Math.min(min, to - from);
      max = Math.max(max, to - from);
      for (let at = from; at < to; at++) types[typeOf(sample[at] ?? 0)] += weights[i] ?? 1;
    });
    let type: ColumnType = 'ascii';
    for (const other of TYPES) if (types[other] > types[type]) type = other;
    return { kind: 'mutating', type, min: Math.min(min, max), max };
  });
}
