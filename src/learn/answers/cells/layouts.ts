/** Ways in which the rest of an answer may be read as cells: how wide, how many, and from where on. */
import { varietyOf } from '../../disorder.js';
import { toLatin1 } from '../../../bytes/bytes.js';
import { cellBytes, readCells, MOST_CELLS } from '../../../model/cells.js';
import { DECIMAL, readNumberAt } from '../../../model/number.js';
import type { CellForm, NumberAt } from '../../../model/types.js';
import { digitsBefore } from '../number.js';
import type { Line } from '../sample.js';
import type { Candidate } from './numbers.js';

export interface Layout {
  readonly form: CellForm;
  readonly count: NumberAt | number;
  /** The first cell, where the number is that of the last one. */
  readonly first?: Candidate;
  /** Bytes before the first difference at which the cells start. */
  readonly back: number;
  /** The lines that can be read so; the other lists run parallel to it. */
  readonly members: readonly number[];
  readonly cells: readonly (readonly number[])[];
  readonly sizes: readonly number[];
  /** Bits of one value. */
  readonly width: number;
  readonly cost: number;
}

/** What answers are tried as: the lines, the place of the first difference in each, and how much before it is the same. */
export interface Spot {
  readonly lines: readonly Line[];
  readonly at: Int32Array;
  readonly run: number;
}

const WIDTHS = [1, 2, 4] as const;
/** The same where two numbers say from where to where: a mark may stand before the value of each. */
const MARKED_WIDTHS = [...WIDTHS, 3, 5, 6] as const;
/** A block of always as many cells. */
const MOST_FIXED = 64;
const MOST_LAYOUTS = 16;
/** Bytes before the difference at which cells may start, when something stands behind them. */
const MOST_BACK = 8;
/** Bytes that may follow cells whose number is read. */
const MOST_BEHIND = 8;
/** Bits that a number has to tell about the lengths of the answers. */
const SURPRISE = 2;
/** Share of the lines that a layout has to fit. */
const SHARE = 0.25;

/** All layouts that fit enough lines. */
export function layoutsOf(spot: Spot, numbers: readonly Candidate[]): Layout[] {
  const found = [
    text(spot),
    ...numbers.flatMap((number) => counted(spot, number)),
    ...rangesIn(numbers).flatMap(({ first, count }) => counted(spot, count, first)),
    ...fixedCounts(spot),
  ];
  return found.filter((l) => l !== null).slice(0, MOST_LAYOUTS);
}

/** One number as text. */
function text({ lines, at, run }: Spot): Layout | null {
  const back = digitsBefore(lines[0]?.bytes ?? new Uint8Array(0), at[0] ?? 0, run);
  const members: number[] = [];
  const cells: number[][] = [];
  const sizes: number[] = [];
  const zeros = new Set<boolean>();
  lines.forEach((line, i) => {
    const from = (at[i] ?? 0) - back;
    const read = readNumberAt(DECIMAL, line.bytes, from);
    if (!read) return;
    members.push(i);
    cells.push([read.value]);
    sizes.push(read.width);
    zeros.add(read.width > 1 && line.bytes[from] === 0x30);
  });
  const padded = zeros.has(true);
  const [width = 1, ...others] = new Set(sizes);
  if (members.length < enough(lines.length) || (padded && others.length > 0)) return null;
  const mean = sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
  const form = padded ? ({ kind: 'decimal', pad: width } as const) : DECIMAL;
  return { form, count: 1, back, members, cells, sizes, width: 8 * mean, cost: 4 };
}

function enough(lines: number): number {
  return Math.max(2, Math.ceil(lines * SHARE));
}

/** As many cells in every answer: one, where the answers differ, or all that is left of them. */
function fixedCounts(spot: Spot): Layout[] {
  const varies = varying(spot);
  const found: (Layout | null)[] = [];
  for (const width of varies > 4 ? WIDTHS : WIDTHS.filter((w) => w >= varies).slice(0, 1)) {
    const back = varies > 4 ? 0 : width - varies;
    if (width > 1 || varies === 1) found.push(...bothOrders(spot, width, back, 1, () => 1, 6));
  }
  const rest = varies > 4 ? commonRest(spot) : null;
  for (const width of rest === null ? [] : WIDTHS) {
    for (let back = 0; back < width && back <= spot.run; back++) {
      const count = ((rest ?? 0) + back) / width;
      if (count > 1 && Number.isInteger(count) && count <= MOST_FIXED)
        found.push(...bothOrders(spot, width, back, count, () => count, 6 + back));
    }
  }
  return found.filter((l) => l !== null);
}

/** Bytes from the first difference on until the lines agree on one; more than four are not counted. */
function varying({ lines, at }: Spot): number {
  const first = lines[0];
  for (let i = 1; i <= 4; i++) {
    const byte = first?.bytes[(at[0] ?? 0) + i];
    if (lines.every((line, l) => line.bytes[(at[l] ?? 0) + i] === byte)) return i;
  }
  return 5;
}

function commonRest({ lines, at }: Spot): number | null {
  const rests = new Set(lines.map((line, i) => line.bytes.length - (at[i] ?? 0)));
  return rests.size === 1 ? ([...rests][0] ?? null) : null;
}

function bothOrders(
  spot: Spot,
  width: number,
  back: number,
  count: NumberAt | number,
  countOf: (line: number) => number,
  cost: number,
): (Layout | null)[] {
  const orders = width === 1 ? (['big'] as const) : (['big', 'little'] as const);
  return orders.map((order) =>
    layout(spot, { kind: 'binary', width, order }, back, count, countOf, cost + (order === 'big' ? 0 : 1)),
  );
}

/** Two numbers of which the second one, right behind the first, is never less: how many there are from one to the other. */
function rangesIn(numbers: readonly Candidate[]): { readonly first: Candidate; readonly count: Candidate }[] {
  return numbers.flatMap((first) =>
    numbers.flatMap((last) => {
      if (!isBeside(first.number, last.number)) return [];
      const values = last.values.map((value, line) => value - (first.values[line] ?? 0) + 1);
      return values.every((value) => value >= 1) ? [{ first, count: { ...last, values } }] : [];
    }),
  );
}

function isBeside(first: NumberAt, last: NumberAt): boolean {
  const [a, b] = [first.codec, last.codec];
  const [start, next] = [first.span.from, last.span.from];
  if (a.kind !== 'binary' || b.kind !== 'binary' || a.width !== b.width || a.order !== b.order) return false;
  if (start.kind === 'start' && next.kind === 'start') return next.offset === start.offset + a.width;
  return start.kind === 'end' && next.kind === 'end' && next.offset === start.offset - a.width;
}

/** As many cells as a number of the request says, or as a range has: the sizes have to vary with it. */
function counted(spot: Spot, { number, values, cost }: Candidate, first?: Candidate): Layout[] {
  const countOf = (line: number) => values[line] ?? -1;
  const found: (Layout | null)[] = [];
  for (const width of first ? MARKED_WIDTHS : WIDTHS) {
    for (const back of backs(spot, countOf, { kind: 'binary', width, order: 'big' }, width))
      found.push(...bothOrders(spot, width, back, number, countOf, cost + back));
  }
  for (const bit of ['lowest', 'highest'] as const) {
    for (const back of backs(spot, countOf, { kind: 'bit', first: bit }, 1))
      found.push(layout(spot, { kind: 'bit', first: bit }, back, number, countOf, cost + back));
  }
  return found.flatMap((one) => (one === null ? [] : first ? [{ ...one, first }] : [one]));
}

/** Where the cells may start, when most lines have the same rest behind them. */
function backs({ lines, at, run }: Spot, countOf: (line: number) => number, form: CellForm, width: number): number[] {
  const rests = new Map<number, number[]>();
  lines.forEach((line, i) => {
    const count = countOf(i);
    const size = count > 0 && count <= MOST_CELLS ? cellBytes(form, count) : null;
    if (size === null) return;
    const rest = line.bytes.length - (at[i] ?? 0) - size;
    if (rest < -MOST_BACK || rest > MOST_BEHIND) return;
    const sizes = rests.get(rest);
    if (sizes) sizes.push(size);
    else rests.set(rest, [size]);
  });
  const [best] = [...rests]
    .filter(([, sizes]) => sizes.length >= enough(lines.length) && surprise(sizes) >= SURPRISE)
    .sort((a, b) => surprise(b[1]) - surprise(a[1]) || Math.abs(a[0]) - Math.abs(b[0]));
  if (!best) return [];
  const [rest] = best;
  const least = Math.max(0, -rest);
  const most = rest <= 0 ? least : width - 1;
  const all = Array.from({ length: Math.max(0, most - least + 1) }, (_, i) => least + i);
  return all.filter((back) => back <= Math.min(run, MOST_BACK));
}

/** Bits that say how long the answers are, had the request not said it. */
function surprise(sizes: readonly number[]): number {
  return varietyOf(sizes).bits;
}

function layout(
  { lines, at }: Spot,
  form: CellForm,
  back: number,
  count: NumberAt | number,
  countOf: (line: number) => number,
  cost: number,
): Layout | null {
  const members: number[] = [];
  const cells: number[][] = [];
  const sizes: number[] = [];
  const rests = new Map<number, number>();
  lines.forEach((line, i) => {
    const many = countOf(i);
    const size = many > 0 && many <= MOST_CELLS ? cellBytes(form, many) : null;
    const from = (at[i] ?? 0) - back;
    const values = size === null ? null : readCells(form, line.bytes, from, many);
    if (size === null || !values) return;
    members.push(i);
    cells.push(values);
    sizes.push(size);
    const rest = line.bytes.length - from - size;
    rests.set(rest, (rests.get(rest) ?? 0) + 1);
  });
  const width = form.kind === 'bit' ? 1 : form.kind === 'binary' ? 8 * form.width : 8;
  const all: Layout = { form, count, back, members, cells, sizes, width, cost };
  const kept = typeof count === 'number' ? all : withRest(all, lines, at, mostFrequent(rests));
  return kept.members.length < enough(lines.length) ? null : kept;
}

function mostFrequent(counts: ReadonlyMap<number, number>): number {
  return [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0])[0]?.[0] ?? 0;
}

/** The lines with so many bytes behind the cells: where their number is read, what follows has to be as long everywhere. */
function withRest(all: Layout, lines: readonly Line[], at: Int32Array, rest: number): Layout {
  const kept = all.members.flatMap((line, m) => {
    const end = (at[line] ?? 0) - all.back + (all.sizes[m] ?? 0);
    return (lines[line]?.bytes.length ?? 0) - end === rest ? [m] : [];
  });
  const pick = <T>(list: readonly T[]) => kept.map((m) => list[m]).filter((x) => x !== undefined);
  return { ...all, members: pick(all.members), cells: pick(all.cells), sizes: pick(all.sizes) };
}

/**
 * Bits to tell the cells of a layout without knowing of an index: as different answers, value by value, or, where there
 * are always as many, place by place. What all answers have at one place is no cell of an array, but common text: a
 * table that each answer but adds its own cells to would else seem to save what they are padded with.
 */
export function plainBits({ lines, at }: Spot, { members, cells, sizes, back, width, count }: Layout): number {
  const different = new Map<string, readonly number[]>();
  members.forEach((line, m) => {
    const from = (at[line] ?? 0) - back;
    const bytes = lines[line]?.bytes.subarray(from, from + (sizes[m] ?? 0));
    if (bytes) different.set(toLatin1(bytes), cells[m] ?? []);
  });
  const answers = [...different.values()];
  const whole = [...different.keys()].reduce((sum, key) => sum + 8 * key.length + 4, 0);
  const single = bitsOf(answers.flat(), width);
  const placed = typeof count === 'number' && count > 1 ? bitsByPlace(answers, count, width) : Infinity;
  const which = members.length * Math.log2(Math.max(1, different.size)) * 0.5;
  // where nothing comes again, nobody has to be told which of the values it is
  const inTurn = members.reduce((sum, _, m) => sum + (cells[m]?.length ?? 0), 0) * width;
  return Math.min(Math.min(whole, single, placed) + which, inTurn);
}

/** Bits to name the values of a list and to tell which is which. */
function bitsOf(values: readonly number[], width: number): number {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  let bits = counts.size * width;
  for (const times of counts.values()) bits += times * Math.log2(values.length / times);
  return bits;
}

/** The same for the values at each place, none of which takes more than to be told as it is. */
function bitsByPlace(answers: readonly (readonly number[])[], count: number, width: number): number {
  return Array.from({ length: count }, (_, i) => {
    const values = answers.map((cells) => cells[i] ?? 0);
    const isSame = values.every((value) => value === values[0]);
    return isSame ? 0 : Math.min(values.length * width, bitsOf(values, width));
  }).reduce((sum, bits) => sum + bits, 0);
}
