/** Whether the cells of many answers are a function of their index, and what it takes to write that down. */
import { cellRange } from '../../../model/cells.js';
import type { Layout } from './layouts.js';
import type { Candidate, Part } from './numbers.js';
import { fitTable, type Fitted, type KnownCell } from './tables.js';

/** What the client had written to cells of one line, by index. */
export type Written = ReadonlyMap<number, number>;

export interface Guess {
  readonly layout: Layout;
  readonly index: Candidate;
  readonly part: Part | null;
  /** By member: what writes say of its cells. */
  readonly written: readonly (Written | null)[] | null;
}

export interface Fit {
  readonly guess: Guess;
  readonly tables: readonly { readonly parts: readonly string[]; readonly fitted: Fitted }[];
  /** Members that the tables and writes explain. */
  readonly holds: readonly number[];
  readonly bits: number;
}

/** What a guess costs before anything is known of its tables. */
export function costOf({ layout, index, part }: Guess): number {
  return RULE + layout.cost + index.cost + (part ? part.cost : 0);
}

/** Bits that a run saves when it goes on where another one ended. */
const RUN = 24;
/** Bits for the rule itself, and for a table. */
const RULE = 20;
const TABLE = 8;
/** Fewest different cells, and requests for different ones. */
const LEAST_CELLS = 5;
const LEAST_STARTS = 2;
/** Share of the lines that may disagree. */
const WRONG = 0.15;

type Votes = Map<number, Map<number, number>>;

/** Room for indices below the number of a part in one key. */
const KEYS = 2 ** 36;

/**
 * How much a guess promises, without the work of a fit: bits of cells that other answers tell as well, and
 * of lines that go on from one answer to the next. Null: too many lines disagree with what others say.
 */
export function promise({ layout, index, part }: Guess, work: { left: number }): number | null {
  const known = new Map<number, number>();
  const parts = new Map<string, number>();
  const origins = new Map<number, number>();
  const allowed = layout.members.length * WRONG * 2;
  let wrong = 0;
  let again = 0;
  for (let m = 0; m < layout.members.length; m++) {
    const line = layout.members[m] ?? 0;
    const cells = layout.cells[m] ?? [];
    const start = index.values[line] ?? -1;
    let agrees = start >= 0;
    let base = 0;
    if (part) {
      const name = part.values[line] ?? '';
      const number = parts.get(name) ?? parts.size;
      parts.set(name, number);
      base = number * KEYS;
    }
    work.left--;
    for (let i = 0; agrees && i < cells.length; i++) {
      work.left--;
      const key = base + start + i;
      const value = cells[i] ?? 0;
      const before = known.get(key);
      if (before === undefined) known.set(key, value);
      else if (before !== value) agrees = false;
      else again++;
    }
    if (!agrees && ++wrong > allowed) return null;
    if (!agrees) again -= cells.length;
    const first = cells[0] ?? 0;
    const step = cells.length > 1 ? (cells[1] ?? 0) - first : 0;
    const origin = base + first - step * start;
    origins.set(origin, (origins.get(origin) ?? 0) + 1);
  }
  let lines = 0;
  for (const count of origins.values()) lines += count - 1;
  return again * layout.width + lines * (RUN + 2 * layout.width) - index.cost - layout.cost - (part ? part.cost : 0);
}

/** The tables of a guess; null when too little is known, or too many lines disagree. */
export function fit(guess: Guess): Fit | null {
  const { layout, index, part, written } = guess;
  const votes = new Map<string, Votes>();
  const starts = new Set<number>();
  layout.members.forEach((line, m) => {
    const start = index.values[line] ?? -1;
    if (start < 0) return;
    starts.add(start);
    const name = part ? (part.values[line] ?? '') : '';
    let its = votes.get(name);
    if (!its) votes.set(name, (its = new Map<number, Map<number, number>>()));
    for (const [i, value] of (layout.cells[m] ?? []).entries()) {
      if (written?.[m]?.has(start + i)) continue;
      const counts: Map<number, number> = its.get(start + i) ?? new Map<number, number>();
      its.set(start + i, counts.set(value, (counts.get(value) ?? 0) + 1));
    }
  });
  const groups = merged(
    [...votes].map(([name, its]) => toGroup(name, its, layout)),
    layout,
  );
  const seen = groups.reduce((sum, g) => sum + g.cells.length, 0);
  if (starts.size < LEAST_STARTS || (seen < LEAST_CELLS && !written)) return null;
  const holds = holding(guess, groups).filter(isShown(guess, groups));
  const bits = groups.reduce((sum, g) => sum + TABLE + g.fitted.bits, 0);
  return { guess, tables: groups, holds, bits: bits + costOf(guess) };
}

interface Group {
  readonly parts: readonly string[];
  readonly cells: readonly KnownCell[];
  readonly fitted: Fitted;
}

function toGroup(name: string, votes: Votes, layout: Layout): Group {
  const cells = [...votes].map(([index, counts]) => ({ index, value: majority(counts) }));
  cells.sort((a, b) => a.index - b.index);
  return { parts: [name], cells, fitted: fitTable(cells, layout.width, cellRange(layout.form)) };
}

function majority(counts: ReadonlyMap<number, number>): number {
  let best = 0;
  let most = 0;
  for (const [value, count] of counts) if (count > most) [best, most] = [value, count];
  return best;
}

/** Parts that say the same of the cells that both know share a table, where that is shorter. */
function merged(groups: readonly Group[], layout: Layout): Group[] {
  const result: Group[] = [];
  for (const group of [...groups].sort((a, b) => b.cells.length - a.cells.length)) {
    let both: Group | null = null;
    let at = 0;
    for (; at < result.length && !both; at++) both = joined(result[at] ?? group, group, layout);
    if (both) result[at - 1] = both;
    else result.push(group);
  }
  return result;
}

function joined(a: Group, b: Group, layout: Layout): Group | null {
  const known = new Map(a.cells.map(({ index, value }) => [index, value]));
  if (b.cells.some(({ index, value }) => (known.get(index) ?? value) !== value)) return null;
  const more = b.cells.filter(({ index }) => !known.has(index));
  const cells = [...a.cells, ...more].sort((x, y) => x.index - y.index);
  const fitted = fitTable(cells, layout.width, cellRange(layout.form));
  if (fitted.bits >= a.fitted.bits + b.fitted.bits + TABLE) return null;
  return { parts: [...a.parts, ...b.parts], cells, fitted };
}

/**
 * Whether a member of one cell shows that it is one of the table: another one tells the same of it, or a write does, or
 * it follows a function. What it alone tells would hold whatever it is, and so would a table of nothing but such cells.
 */
function isShown({ layout, index, part, written }: Guess, groups: readonly Group[]): (m: number) => boolean {
  if (layout.count !== 1) return () => true;
  const keyOf = (m: number) => {
    const line = layout.members[m] ?? 0;
    return `${index.values[line] ?? -1} ${part ? (part.values[line] ?? '') : ''}`;
  };
  const single = new Set(
    groups.flatMap(({ parts, fitted }) => fitted.single.flatMap((at) => parts.map((name) => `${at} ${name}`))),
  );
  const members = new Map<string, number>();
  for (const m of layout.members.keys()) members.set(keyOf(m), (members.get(keyOf(m)) ?? 0) + 1);
  return (m) =>
    !single.has(keyOf(m)) ||
    (members.get(keyOf(m)) ?? 0) > 1 ||
    written?.[m]?.has(index.values[layout.members[m] ?? 0] ?? -1) === true;
}

function holding({ layout, index, part, written }: Guess, groups: readonly Group[]): number[] {
  const known = new Map<string, Map<number, number>>();
  for (const { parts, cells } of groups) {
    const its = new Map(cells.map((cell) => [cell.index, cell.value]));
    for (const name of parts) known.set(name, its);
  }
  return layout.members.flatMap((line, m) => {
    const start = index.values[line] ?? -1;
    const its = known.get(part ? (part.values[line] ?? '') : '');
    const agrees = (layout.cells[m] ?? []).every(
      (value, i) => (written?.[m]?.get(start + i) ?? its?.get(start + i)) === value,
    );
    return start >= 0 && agrees ? [m] : [];
  });
}
