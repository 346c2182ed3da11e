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
import { findLookups, type FoundLookup } from './lookups/find.js';
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
const LOOKUP_COST = 8;

/** Unknown pieces behind which no cells are looked for; bounds the work. */
const MOST_CELLED = 3;

export function parse(lines: readonly Line[], families: Families, without: Without = NOTHING): Parsed {
  const drafts: Draft[] = [];
  const hints: number[][] = [];
  const told: number[][] = [];
  const dropped: number[] = [];
  let live = lines.map((_, i) => i);
  // the same array as long as the same lines are left: what is known of them is kept by it
  let current = lines;
  let at = new Int32Array(lines.length);
  let unknowns = 0;
  let frame = families === 'all' && !without.has('length') ? frameOf(lines) : null;
  const keep = (holds: (i: number) => boolean) => {
    const staying: number[] = [];
    const places: number[] = [];
    live.forEach((line, i) => {
      if (holds(i)) {
        staying.push(line);
        places.push(at[i] ?? 0);
      } else dropped.push(line);
    });
    if (staying.length < live.length) current = staying.map((i) => lines[i]).filter((l) => l !== undefined);
    live = staying;
    at = Int32Array.from(places);
  };

  for (;;) {
    const run = commonRun(current, at);
    const start = at[0] ?? 0;
    const first = current[0]?.bytes ?? new Uint8Array(0);
    if (frame && at.every((a) => a === start) && start + run >= frame.offset && start <= frame.offset) {
      if (frame.offset > start) drafts.push({ kind: 'literal', bytes: first.subarray(start, frame.offset) });
      const { offset, codec, add } = frame;
      at = Int32Array.from(current, ({ bytes }) => offset + (readNumberAt(codec, bytes, offset)?.width ?? 0));
      const values = slices(lines, live, new Int32Array(live.length).fill(offset), at);
      const rule: Rule = { kind: 'length', from: 0, to: TO_THE_END, add: -add, write: codec };
      drafts.push({ kind: 'rule', rule, values, support: live.length, cost: 0 });
      frame = null;
      continue;
    }
    const port = families === 'all' ? findPort(current, at, run) : null;
    if (port) {
      if (port.skip > 0) drafts.push({ kind: 'literal', bytes: first.subarray(start, start + port.skip) });
      const from = at.map((a) => a + port.skip);
      at = from.map((a, i) => a + (port.lengths[i] ?? 0));
      const values = slices(lines, live, from, at);
      drafts.push({ kind: 'rule', rule: { kind: 'port', write: port.write }, values, support: port.support, cost: 4 });
      continue;
    }
    const beside = families === 'all' ? allowed(addressBehind(drafts.at(-1), current, at, run), without) : null;
    if (beside) {
      const next = at.map((a, i) => a + (beside.lengths[i] ?? 0));
      const { rule, support, cost } = beside;
      drafts.push({ kind: 'rule', rule, values: slices(lines, live, at, next), support, cost });
      at = next;
      continue;
    }
    const lookups = families === 'all' ? lookupsAt(current, at, run, without) : [];
    const lookup = lookups[0];
    if (lookup?.support === current.length) {
      if (lookup.skip > 0) drafts.push({ kind: 'literal', bytes: first.subarray(start, start + lookup.skip) });
      const from = at.map((a) => a + lookup.skip);
      at = from.map((a, i) => a + (lookup.lengths[i] ?? 0));
      const values = slices(lines, live, from, at);
      const ways = { all: lookup.ways.all, of: spreadOver(lines, live, lookup.ways.of) };
      drafts.push({ kind: 'rule', rule: lookup.rule, values, support: lookup.support, cost: LOOKUP_COST, ways });
      continue;
    }
    for (const { lengths, support } of lookups)
      if (support > 1) hints.unshift(live.filter((_, i) => (lengths[i] ?? -1) >= 0));
    at = at.map((a) => a + run);
    if (allEnd(current, at) || drafts.length > MOST_PIECES) {
      if (run > 0) drafts.push({ kind: 'literal', bytes: first.subarray(start, start + run) });
      if (!allEnd(current, at)) drafts.push(unknown(lines, live, at, ends(current)));
      break;
    }
    const found = explain(current, at, run, families, { hints, told }, live, without, unknowns < MOST_CELLED);
    if (found) {
      if (run > found.back) drafts.push({ kind: 'literal', bytes: first.subarray(start, start + run - found.back) });
      const { lengths } = found;
      const kept = lengths.filter((l) => l >= 0);
      keep((i) => (lengths[i] ?? -1) >= 0);
      at = at.map((a) => a - found.back);
      const next = at.map((a, i) => a + (kept[i] ?? 0));
      drafts.push({
        kind: 'rule',
        rule: found.rule,
        values: slices(lines, live, at, next),
        support: live.length,
        cost: found.cost,
      });
      at = next;
      continue;
    }
    // a number is one value: take the digits that are the same in all samples with it
    const back = families === 'none' ? 0 : digitsBack(current, at, run);
    if (run > back) drafts.push({ kind: 'literal', bytes: first.subarray(start, start + run - back) });
    const again = resync(current, at);
    if (again?.includes(-1)) keep((i) => again[i] !== -1);
    const from = at.map((a) => a - back);
    const until = again ? again.filter((a) => a !== -1) : ends(current);
    const next = families === 'none' ? until : inside(current, from, until, without);
    drafts.push(unknown(lines, live, from, next));
    unknowns++;
    at = Int32Array.from(next);
  }
  const needed = frameOf(lines) ? withoutNeed(drafts) : drafts;
  const all = families === 'all' ? withLengths(withCarry(needed, lines)) : needed;
  return { drafts: all, live, dropped, hints, told, cost: costOf(all, live.length, witnesses(lines, live)) };
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

function lookupsAt(current: readonly Line[], at: Int32Array, run: number, without: Without): FoundLookup[] {
  const tables = current[0]?.use.tables ?? [];
  return tables.length === 0 || without.has('lookup') ? [] : findLookups(current, at, run, tables);
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

function slices(
  lines: readonly Line[],
  live: readonly number[],
  from: Int32Array,
  to: Int32Array,
): (Uint8Array | null)[] {
  const values: (Uint8Array | null)[] = lines.map(() => null);
  live.forEach((line, i) => (values[line] = lines[line]?.bytes.subarray(from[i] ?? 0, to[i] ?? 0) ?? null));
  return values;
}

function unknown(lines: readonly Line[], live: readonly number[], from: Int32Array, to: Int32Array): Draft {
  return { kind: 'unknown', values: slices(lines, live, from, to) };
}
