/**
 * One answer message of many samples, taken apart from left to right into what is the same in all of
 * them, what a rule explains, and what stays unknown [06 §4.1, with the samples read side by side].
 *
 * As in the papers' consolidation, a sample that disagrees with what most samples say takes no
 * further part; it is handed back for an answer of its own.
 */
import { EMPTY, concat, equal, isDigit } from '../../bytes/bytes.js';
import { fieldAt, frameLength } from '../../model/frames.js';
import { readNumberAt, writeNumber } from '../../model/number.js';
import type { LengthField, Rule } from '../../model/types.js';
import { growingLength } from '../classes/framed-regions.js';
import { withCarry } from './carry.js';
import { addressBehind } from './endpoints.js';
import { findLookups } from './lookups/find.js';
import { withLengths } from './lookups/lengths.js';
import { TO_THE_END, type Draft } from './draft.js';
import { inside } from './inside.js';
import { digitsBefore } from './number.js';
import { findPort } from './port.js';
import { allEnd, commonRun, resync } from './resync.js';
import type { Families, Line } from './sample.js';
import { allowed, NOTHING, type Without } from './without.js';
import { witnesses, costOf } from './costs.js';
import { explain } from './which-rule.js';

export interface Parsed {
  readonly drafts: readonly Draft[];
  /** Indices of the lines that the drafts describe, and of those that dropped out. */
  readonly live: readonly number[];
  readonly dropped: readonly number[];
  /** Lines that one rule would explain where the whole group has none: a way to part the group. */
  readonly hints: readonly (readonly number[])[];
  /** The same, where just those lines have what the rule takes the value from. */
  readonly told: readonly (readonly number[])[];
  /** Rough bits: what it takes to write the drafts down and then the lines with them. */
  readonly cost: number;
}

const MOST_PIECES = 400;
/** Rough bits of a record that is looked up, and of a port that is told. */
const LOOKUP_COST = 8;
const PORT_COST = 4;

/** Unknown pieces behind which no cells are looked for; bounds the work. */
const MOST_CELLED = 3;

/**
 * Takes one answer message of many samples apart.
 *
 * @param lines its samples, each with what had been said before
 * @param families the kinds of rules that may explain a difference
 * @param without families of rules that are switched off
 */
export function parse(lines: readonly Line[], families: Families, without: Without = NOTHING): Parsed {
  return new Parser(lines, families, without).parsed();
}

/** The samples side by side, each read up to its own place. */
class Parser {
  readonly #lines: readonly Line[];
  readonly #families: Families;
  readonly #without: Without;
  readonly #drafts: Draft[] = [];
  readonly #hints: number[][] = [];
  readonly #told: number[][] = [];
  readonly #dropped: number[] = [];
  #live: readonly number[];
  /** The lines that are left: the same array as long as they are the same, what is known of them is kept by it. */
  #current: readonly Line[];
  /** How far each of them is read. */
  #at: Int32Array;
  #unknowns = 0;
  /** The length field of the frames that all lines are, until it is taken. */
  #frame: Omit<LengthField, 'others' | 'until'> | null;

  constructor(lines: readonly Line[], families: Families, without: Without) {
    this.#lines = lines;
    this.#families = families;
    this.#without = without;
    this.#live = lines.map((_, i) => i);
    this.#current = lines;
    this.#at = new Int32Array(lines.length);
    this.#frame = families === 'all' && !without.has('length') ? frameOf(lines) : null;
  }

  parsed(): Parsed {
    while (this.#step());
    const [lines, drafts, live] = [this.#lines, this.#drafts, this.#live];
    const needed = frameOf(lines) ? withoutNeed(drafts) : drafts;
    const all = this.#families === 'all' ? withLengths(withCarry(needed, lines)) : needed;
    const cost = costOf(all, live.length, witnesses(lines, live));
    return { drafts: all, live, dropped: this.#dropped, hints: this.#hints, told: this.#told, cost };
  }

  /** Takes what comes next; false when nothing is left. */
  #step(): boolean {
    const run = commonRun(this.#current, this.#at);
    if (this.#takeFrame(run)) return true;
    if (this.#families === 'all' && (this.#takePort(run) || this.#takeAddress(run) || this.#takeLookup(run)))
      return true;
    this.#at = this.#at.map((a) => a + run);
    if (allEnd(this.#current, this.#at) || this.#drafts.length > MOST_PIECES) {
      this.#literal(-run, run);
      if (!allEnd(this.#current, this.#at)) this.#unknown(this.#at, ends(this.#current));
      return false;
    }
    if (!this.#takeRule(run)) this.#takeUnknown(run);
    return true;
  }

  #takeFrame(run: number): boolean {
    const frame = this.#frame;
    const start = this.#at[0] ?? 0;
    if (!frame || this.#at.some((a) => a !== start) || start + run < frame.offset || start > frame.offset) return false;
    const { offset, codec, add } = frame;
    this.#literal(0, offset - start);
    this.#at = this.#at.map(() => offset);
    const next = Int32Array.from(
      this.#current,
      ({ bytes }) => offset + (readNumberAt(codec, bytes, offset)?.width ?? 0),
    );
    const rule: Rule = { kind: 'length', from: 0, to: TO_THE_END, add: -add, write: codec };
    this.#rule({ rule, support: this.#live.length, cost: 0 }, next);
    this.#frame = null;
    return true;
  }

  #takePort(run: number): boolean {
    const port = findPort(this.#current, this.#at, run);
    if (!port) return false;
    this.#skip(port.skip);
    const { write, lengths, support } = port;
    this.#rule({ rule: { kind: 'port', write }, support, cost: PORT_COST }, this.#behind(lengths));
    return true;
  }

  #takeAddress(run: number): boolean {
    const beside = allowed(addressBehind(this.#drafts.at(-1), this.#current, this.#at, run), this.#without);
    if (!beside) return false;
    this.#rule(beside, this.#behind(beside.lengths));
    return true;
  }

  #takeLookup(run: number): boolean {
    const tables = this.#current[0]?.use.tables ?? [];
    if (tables.length === 0 || this.#without.has('lookup')) return false;
    const lookups = findLookups(this.#current, this.#at, run, tables);
    const [best] = lookups;
    if (best?.support === this.#current.length) {
      this.#skip(best.skip);
      const ways = { all: best.ways.all, of: spreadOver(this.#lines, this.#live, best.ways.of) };
      const { rule, support, lengths } = best;
      this.#rule({ rule, support, cost: LOOKUP_COST, ways }, this.#behind(lengths));
      return true;
    }
    for (const { lengths, support } of lookups)
      if (support > 1) this.#hints.unshift(this.#live.filter((_, i) => (lengths[i] ?? -1) >= 0));
    return false;
  }

  /** The lines differ from here on: a rule that explains it, with lines that it does not explain dropped. */
  #takeRule(run: number): boolean {
    const found = explain({
      current: this.#current,
      at: this.#at,
      run,
      live: this.#live,
      hints: this.#hints,
      told: this.#told,
      families: this.#families,
      without: this.#without,
      early: this.#unknowns < MOST_CELLED,
      before: this.#drafts.at(-1),
    });
    if (!found) return false;
    const { back, lengths, rule, cost } = found;
    this.#literal(-run, run - back);
    this.#keep((i) => (lengths[i] ?? -1) >= 0);
    this.#at = this.#at.map((a) => a - back);
    const next = this.#behind(lengths.filter((length) => length >= 0));
    this.#rule({ rule, support: this.#live.length, cost }, next);
    return true;
  }

  /** What nothing explains, up to where the lines agree again. */
  #takeUnknown(run: number): void {
    // a number is one value: take the digits that are the same in all samples with it
    const back = this.#families === 'none' ? 0 : digitsBack(this.#current, this.#at, run);
    this.#literal(-run, run - back);
    const again = resync(this.#current, this.#at);
    if (again?.includes(-1)) this.#keep((i) => again[i] !== -1);
    const from = this.#at.map((a) => a - back);
    const until = again ? again.filter((a) => a !== -1) : ends(this.#current);
    const next = this.#families === 'none' ? until : inside(this.#current, from, until, this.#without);
    this.#unknown(from, next);
    this.#unknowns++;
    this.#at = Int32Array.from(next);
  }

  /** Drops the lines, of those that are left, of which it does not hold. */
  #keep(holds: (i: number) => boolean): void {
    const staying: number[] = [];
    const places: number[] = [];
    this.#live.forEach((line, i) => {
      if (holds(i)) {
        staying.push(line);
        places.push(this.#at[i] ?? 0);
      } else this.#dropped.push(line);
    });
    if (staying.length < this.#live.length)
      this.#current = staying.map((i) => this.#lines[i]).filter((line) => line !== undefined);
    this.#live = staying;
    this.#at = Int32Array.from(places);
  }

  /** So many bytes that are the same in all lines, from so far off the place where they are read. */
  #literal(off: number, length: number): void {
    const start = (this.#at[0] ?? 0) + off;
    const bytes = this.#current[0]?.bytes.subarray(start, start + length) ?? EMPTY;
    if (length > 0) this.#drafts.push({ kind: 'literal', bytes });
  }

  /** What is the same in all lines before something is taken. */
  #skip(length: number): void {
    this.#literal(0, length);
    this.#at = this.#at.map((a) => a + length);
  }

  #behind(lengths: ArrayLike<number>): Int32Array {
    return this.#at.map((a, i) => a + (lengths[i] ?? 0));
  }

  /** A rule for what stands up to `next`. */
  #rule(draft: Omit<Draft & { kind: 'rule' }, 'kind' | 'values'>, next: Int32Array): void {
    const { rule, support, cost, ways } = draft;
    const values = this.#slices(this.#at, next);
    this.#drafts.push({ kind: 'rule', rule, values, support, cost, ...(ways ? { ways } : {}) });
    this.#at = next;
  }

  #unknown(from: Int32Array, to: Int32Array): void {
    this.#drafts.push({ kind: 'unknown', values: this.#slices(from, to) });
  }

  #slices(from: Int32Array, to: Int32Array): (Uint8Array | null)[] {
    const values: (Uint8Array | null)[] = this.#lines.map(() => null);
    this.#live.forEach(
      (line, i) => (values[line] = this.#lines[line]?.bytes.subarray(from[i] ?? 0, to[i] ?? 0) ?? null),
    );
    return values;
  }
}

/** The length field that all lines have, and whose coding leaves no choice; null where some line is no frame, or one of another form. */
function frameOf(lines: readonly Line[]): Omit<LengthField, 'others' | 'until'> | null {
  const [first] = lines;
  // one of a fixed width would only stand in the way of other rules
  const frame = growingLength(first?.use.field);
  if (!first || !frame) return null;
  const field = fieldAt(frame, first.bytes, 0);
  const isFrame = ({ bytes }: Line): boolean => {
    const read = readNumberAt(field.codec, bytes, field.offset);
    return (
      read !== null &&
      fieldAt(frame, bytes, 0) === field &&
      writeNumber(field.codec, read.value)?.length === read.width &&
      frameLength(frame, bytes, 0) === bytes.length
    );
  };
  return lines.every(isFrame) ? field : null;
}

/** What is the same in all lines has one length. */
function withoutNeed(drafts: readonly Draft[]): readonly Draft[] {
  const parts = drafts.map((draft) => {
    if (draft.kind === 'literal') return draft.bytes;
    const value = draft.values.find((v) => v !== null);
    const isSame = draft.values.every((v) => v === null || (value && equal(v, value)));
    return draft.kind === 'rule' && draft.rule.kind === 'length' && isSame ? (value ?? EMPTY) : null;
  });
  return parts.includes(null) ? drafts : [{ kind: 'literal', bytes: concat(parts.filter((p) => p !== null)) }];
}

/** Numbers of the lines that are left, in the places of those lines. */
function spreadOver(lines: readonly Line[], live: readonly number[], of: Int32Array): Int32Array {
  const all = new Int32Array(lines.length).fill(-1);
  live.forEach((line, i) => (all[line] = of[i] ?? -1));
  return all;
}

function digitsBack(lines: readonly Line[], at: Int32Array, run: number): number {
  const first = lines[0];
  if (!first) return 0;
  const touches = lines.every((line, i) => isDigit(line.bytes[at[i] ?? 0]) || isDigit(line.bytes[(at[i] ?? 0) - 1]));
  return touches ? digitsBefore(first.bytes, at[0] ?? 0, Math.min(run, 20)) : 0;
}

function ends(lines: readonly Line[]): Int32Array {
  return Int32Array.from(lines, (line) => line.bytes.length);
}
