/**
 * Answers that are an array of cells whose contents follow from an index in the request [new].
 *
 * The rest of the answers is read as cells in every way that fits; the index is the number of the request
 * that makes the same cells hold the same values in all answers, or a function of where they are. What
 * disagrees may have been written by the client. A reading is believed when it takes far fewer bits than
 * to tell the answers as they are.
 */
import { fromLatin1, toLatin1 } from '../../../bytes/bytes.js';
import type { Cells, CellWriter } from '../../../model/types.js';
import type { Found } from '../copy.js';
import type { Line } from '../sample.js';
import { costOf, fit, promise, type Fit, type Guess } from './fit.js';
import { layoutsOf, plainBits, type Layout, type Spot } from './layouts.js';
import { numbersOf, partsOf, type Candidate, type Part } from './numbers.js';
import { writersOf, writtenTo, type Draft } from './writers.js';

/** Bits that a reading has to save. */
const MARGIN = 24;
/** Fewest bits that a rule costs, with those that it has to save. */
const LEAST = 64;
/** Cells looked at in all guesses for one place; bounds the work. */
const MOST_WORK = 150_000;
/** Numbers of the requests that are looked at. */
const MOST_NUMBERS = 40;
/** Guesses of one layout that are worked out, and those of them for which writers are looked for. */
const MOST_FITTED = 4;
const MOST_TRIED = 2;
const WRITER = 30;
/** Share of the written cells that may hold something else. */
const WRONG = 0.1;

interface Reading extends Fit {
  readonly writers: readonly Draft[];
  readonly plain: number;
  readonly saved: number;
}

/** The best reading of what follows a first difference, for the lines that it holds for. */
export function findCells(spot: Spot): Found | null {
  const { lines, at } = spot;
  if (lines.length < 2) return null;
  const rest = lines.reduce((sum, line, i) => sum + line.bytes.length - (at[i] ?? 0), 0);
  if (8 * rest < LEAST) return null;
  const { numbers, parts } = namedIn(lines);
  if (numbers.length === 0) return null;
  const work = { left: MOST_WORK };
  const least = MARGIN + Math.log2(1 + numbers.length);
  let best: Reading | null = null;
  for (const layout of layoutsOf(spot, numbers)) {
    const plain = plainBits(spot, layout);
    if (plain < LEAST || (best && plain <= best.saved)) continue;
    // no table costs less than nothing
    const enough = plain - Math.max(least, best?.saved ?? 0);
    const guesses = promising(layout, numbers, parts, work).filter((guess) => costOf(guess) < enough);
    const readings = guesses.flatMap((guess) => weighed(fit(guess), plain, []) ?? []);
    readings.sort((a, b) => b.saved - a.saved);
    for (const reading of readings.slice(0, MOST_TRIED)) {
      const whole = withWriters(spot, reading);
      if (!best || whole.saved > best.saved) best = whole;
    }
  }
  return best && best.saved >= least ? toFound(best, spot) : null;
}

let last: { lines: readonly Line[]; numbers: readonly Candidate[]; parts: readonly Part[] } | null = null;

/** What the requests of some lines name: the same lines are asked for at every place of their answers. */
function namedIn(lines: readonly Line[]) {
  if (last?.lines.length !== lines.length || !lines.every((line, i) => line.context === last?.lines[i]?.context))
    last = { lines, numbers: different(numbersOf(lines)), parts: partsOf(lines) };
  return last;
}

/** One candidate of those that differ by a constant in all lines: the plainest. */
function different(numbers: readonly Candidate[]): Candidate[] {
  const known = new Map<string, Candidate>();
  for (const candidate of numbers) {
    const { values } = candidate;
    const first = values[0] ?? 0;
    const apart = values.includes(-1) ? values : values.map((v) => v - first);
    const key = toLatin1(new Uint8Array(apart.buffer));
    const other = known.get(key);
    if (!other || candidate.cost < other.cost) known.set(key, candidate);
  }
  return [...known.values()].sort((a, b) => a.cost - b.cost).slice(0, MOST_NUMBERS);
}

/** The guesses of one layout that promise the most. */
function promising(
  layout: Layout,
  numbers: readonly Candidate[],
  parts: readonly Part[],
  work: { left: number },
): Guess[] {
  const found: { guess: Guess; bits: number }[] = [];
  for (const index of numbers) {
    if (typeof layout.count !== 'number' && index.number.span === layout.count.span) continue;
    if (layout.first && layout.first !== index) continue;
    for (const part of [null, ...parts]) {
      const guess: Guess = { layout, index, part, written: null };
      if (work.left < 0) break;
      const bits = promise(guess, work);
      if (bits !== null) found.push({ guess, bits });
    }
  }
  return found
    .sort((a, b) => b.bits - a.bits)
    .slice(0, MOST_FITTED)
    .map(({ guess }) => guess);
}

function weighed(found: Fit | null, plain: number, writers: readonly Draft[]): Reading | null {
  if (!found) return null;
  const { layout } = found.guess;
  const holds = new Set(found.holds);
  const left = layout.sizes.reduce((sum, size, m) => (holds.has(m) ? sum : sum + 8 * size + 4), 0);
  return { ...found, writers, plain, saved: plain - found.bits - left - WRITER * writers.length };
}

/** The same reading with the requests that write to its cells, as far as those explain more. */
function withWriters(spot: Spot, reading: Reading): Reading {
  const { guess, plain } = reading;
  let best = reading;
  // a writer has its price, whatever it explains
  if (plain - costOf(guess) - WRITER <= reading.saved) return best;
  for (const writer of writersOf(spot, guess.layout, guess.index)) {
    const writers = [...best.writers, writer];
    const written = writtenTo(spot, guess.layout, guess.index, writers);
    const found = weighed(fit({ ...guess, written: heard(guess, written) }), plain, writers);
    if (found && found.saved > best.saved) best = found;
  }
  return best;
}

/** Writes count for the parts in which they are read again, not for those in which something else is. */
function heard({ layout, index, part }: Guess, written: readonly (ReadonlyMap<number, number> | null)[]) {
  const agree = new Map<string, number>();
  const disagree = new Map<string, number>();
  const partOf = (m: number) => (part ? (part.values[layout.members[m] ?? 0] ?? '') : '');
  layout.members.forEach((line, m) => {
    const start = index.values[line] ?? 0;
    for (const [i, value] of (layout.cells[m] ?? []).entries()) {
      const wrote = written[m]?.get(start + i);
      const counts = wrote === value ? agree : disagree;
      if (wrote !== undefined) counts.set(partOf(m), (counts.get(partOf(m)) ?? 0) + 1);
    }
  });
  const deaf = (m: number) => (disagree.get(partOf(m)) ?? 0) > WRONG * (agree.get(partOf(m)) ?? 0);
  return written.map((its, m) => (deaf(m) ? null : its));
}

function toFound({ guess, tables, holds, writers, bits }: Reading, { lines }: Spot): Found {
  const { layout, index, part } = guess;
  const lengths = new Int32Array(lines.length).fill(-1);
  for (const m of holds) lengths[layout.members[m] ?? 0] = layout.sizes[m] ?? 0;
  const rule: Cells = {
    kind: 'cells',
    form: layout.form,
    index: index.number,
    count: layout.count,
    ...(layout.first ? { last: true as const } : {}),
    part: part?.span ?? null,
    tables: tables.map(({ parts, fitted }) => ({ parts: parts.map(fromLatin1), runs: fitted.runs, rest: fitted.rest })),
    writers: writers.flatMap((writer) => heardBy(guess, tables, writer)),
  };
  return { rule, back: layout.back, lengths, support: holds.length, cost: bits + WRITER * writers.length };
}

/** A writer for each table that it writes to. */
function heardBy({ layout, part, written }: Guess, tables: Fit['tables'], writer: Draft): CellWriter[] {
  return tables.flatMap(({ parts }, table) => {
    const hears = layout.members.some(
      (line, m) => written?.[m] && (part === null || parts.includes(part.values[line] ?? '')),
    );
    return hears ? [{ ...writer, table }] : [];
  });
}
