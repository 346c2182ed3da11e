/**
 * What a table of cells says, in as few bits as possible: runs that are constant, linear or periodic, and
 * the cells that follow no function one by one. The bits weigh a table against other explanations.
 */
import { inRun } from '../../../model/cells.js';
import type { CellRun } from '../../../model/types.js';

export interface KnownCell {
  readonly index: number;
  readonly value: number;
}

export interface Fitted {
  readonly runs: readonly CellRun[];
  readonly rest: number;
  readonly bits: number;
  /** Indices of the cells that no function gives, and that are told one by one. */
  readonly single: readonly number[];
}

/** Bits to name a function, and where a run of cells stands. */
const FUNCTION = 12;
const PLACE = 12;
const MOST_PERIOD = 32;
/** Share of the cells that a function of the whole table may leave to be told one by one. */
const EXCEPTIONS = 0.1;
const LAST = Number.MAX_SAFE_INTEGER;

/**
 * @param cells in the order of their indices, each once
 * @param width bits of one value
 * @param range values that a cell can hold
 */
export function fitTable(cells: readonly KnownCell[], width: number, range: number): Fitted {
  const rest = mostFrequent(cells.map((c) => c.value));
  const ways = [byRuns(cells, width, range), ...whole(cells, width, range, rest)];
  const best = ways.reduce((a, b) => (b.bits < a.bits ? b : a));
  return { ...best, rest };
}

type Way = Omit<Fitted, 'rest'>;

/** One function for the whole table, with exceptions. */
function whole(cells: readonly KnownCell[], width: number, range: number, usual: number): Way[] {
  const ways: Way[] = [];
  for (const [values, step, anchor] of [...lines(cells, usual), ...periods(cells)]) {
    const run: CellRun = rebased({ from: anchor, to: LAST, values, step }, 0, LAST, range);
    const exceptions = cells.filter((c) => inRun(run, c.index, range) !== c.value);
    if (exceptions.length > cells.length * EXCEPTIONS) continue;
    const bits = FUNCTION + (values.length + (step === 0 ? 0 : 1)) * width + listBits(exceptions, width);
    ways.push({ runs: around(exceptions, run, range), bits, single: exceptions.map((c) => c.index) });
  }
  return ways;
}

type Shape = readonly [values: readonly number[], step: number, anchor: number];

/** The constant and the linear function that most neighbours agree on. */
function lines(cells: readonly KnownCell[], usual: number): Shape[] {
  const found: Shape[] = [[[usual], 0, 0]];
  const steps = cells.slice(1).flatMap((cell, i) => slope(cells[i], cell) ?? []);
  const step = steps.length > 0 ? mostFrequent(steps) : 0;
  const anchor = cells[0]?.index ?? 0;
  if (step !== 0) found.push([[mostFrequent(cells.map((c) => c.value - step * (c.index - anchor)))], step, anchor]);
  return found;
}

function slope(a: KnownCell | undefined, b: KnownCell): number | null {
  if (!a) return null;
  const step = (b.value - a.value) / (b.index - a.index);
  return Number.isInteger(step) ? step : null;
}

/** The shortest period that holds for all cells, and was seen twice at least. */
function periods(cells: readonly KnownCell[]): Shape[] {
  const first = cells[0]?.index ?? 0;
  const width = (cells.at(-1)?.index ?? 0) - first + 1;
  for (let period = 2; period <= Math.min(MOST_PERIOD, cells.length / 2, width / 2); period++) {
    const values = new Map<number, { value: number; count: number }>();
    const holds = cells.every(({ index, value }) => {
      const known = values.get((index - first) % period);
      if (known) known.count++;
      else values.set((index - first) % period, { value, count: 1 });
      return !known || known.value === value;
    });
    const sure = values.size === period && [...values.values()].every(({ count }) => count >= 2);
    if (holds && sure) return [[Array.from({ length: period }, (_, i) => values.get(i)?.value ?? 0), 0, first]];
  }
  return [];
}

/** Runs of cells that one line goes through, where that saves bits; the rest one by one. */
function byRuns(cells: readonly KnownCell[], width: number, range: number): Way {
  const runs: { run: CellRun; open: boolean }[] = [];
  let bits = 0;
  let list: KnownCell[] = [];
  const single: number[] = [];
  const flush = () => {
    single.push(...list.map((c) => c.index));
    bits += listBits(list, width);
    for (const run of listed(list)) runs.push({ run, open: false });
    list = [];
  };
  for (let i = 0; i < cells.length;) {
    const { count, step } = lineFrom(cells, i);
    const cost = PLACE + FUNCTION + width * (step === 0 ? 1 : 2);
    const from = cells[i];
    const to = cells[i + count - 1];
    if (from && to && cost < count * (width + 1)) {
      flush();
      runs.push({ run: { from: from.index, to: to.index, values: [from.value], step }, open: true });
      bits += cost;
      i += count;
    } else {
      if (from) list.push(from);
      i++;
    }
  }
  flush();
  return { runs: opened(runs, range), bits, single };
}

/** How many cells from the i-th on lie on one line. */
function lineFrom(cells: readonly KnownCell[], i: number): { count: number; step: number } {
  const first = cells[i];
  const second = cells[i + 1];
  const step = first && second ? slope(first, second) : null;
  if (!first || step === null) return { count: 1, step: 0 };
  let count = 2;
  for (; i + count < cells.length; count++) {
    const cell = cells[i + count];
    if (!cell || cell.value !== first.value + step * (cell.index - first.index)) break;
  }
  return { count, step };
}

/** Neighbouring cells as lists. */
function listed(cells: readonly KnownCell[]): CellRun[] {
  const runs: { from: number; to: number; values: number[]; step: number }[] = [];
  for (const { index, value } of cells) {
    const last = runs.at(-1);
    if (last?.to === index - 1) {
      last.values.push(value);
      last.to = index;
    } else runs.push({ from: index, to: index, values: [value], step: 0 });
  }
  return runs;
}

function listBits(cells: readonly KnownCell[], width: number): number {
  let bits = cells.length * (width + 1);
  cells.forEach((cell, i) => {
    if (i === 0 || cells[i - 1]?.index !== cell.index - 1) bits += PLACE;
  });
  return bits;
}

/** Runs that follow a function reach to where the next cell is known, or half way to the next such run. */
function opened(runs: readonly { run: CellRun; open: boolean }[], range: number): CellRun[] {
  return runs.map(({ run, open }, i) => {
    if (!open) return run;
    const before = runs[i - 1];
    const after = runs[i + 1];
    const from = !before ? 0 : before.open ? Math.floor((before.run.to + run.from) / 2) + 1 : before.run.to + 1;
    const to = !after ? LAST : after.open ? Math.floor((run.to + after.run.from) / 2) : after.run.from - 1;
    return rebased(run, from, to, range);
  });
}

/** The same function from another index on. */
function rebased(run: CellRun, from: number, to: number, range: number): CellRun {
  const length = run.values.length;
  const values = Array.from({ length }, (_, i) => inRun(run, from + i, range));
  return { ...run, from, to, values };
}

/** A function everywhere but at the exceptions. */
function around(exceptions: readonly KnownCell[], run: CellRun, range: number): CellRun[] {
  const runs: CellRun[] = [];
  let from = run.from;
  for (const list of listed(exceptions)) {
    if (list.from > from) runs.push(rebased(run, from, list.from - 1, range));
    runs.push(list);
    from = list.to + 1;
  }
  runs.push(rebased(run, from, run.to, range));
  return runs;
}

function mostFrequent(values: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  let best = 0;
  let most = 0;
  for (const [value, count] of counts) if (count > most) [best, most] = [value, count];
  return best;
}
