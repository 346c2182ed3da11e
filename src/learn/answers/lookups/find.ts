/**
 * Where an answer holds records of a table [new]: of the keys that its request names, or of the next ones.
 */
import { equal, toLatin1 } from '../../../bytes/bytes.js';
import {
  beginOf,
  endOf,
  frameAt,
  keysIn,
  recordsAt,
  valueOf,
  wantedKeys,
  type Found as Key,
} from '../../../model/lookup.js';
import { readNumberAt } from '../../../model/number.js';
import type { Lookup, NumberBefore, Way } from '../../../model/types.js';
import type { Context } from '../../../model/meaning.js';
import { BYTE, NARROW_FIRST } from '../../codecs.js';
import type { Line } from '../sample.js';
import type { Table } from './table.js';

/** A lookup that starts `skip` bytes behind the present place of every line; -1: a line that it does not explain. */
export interface FoundLookup {
  readonly rule: Lookup;
  readonly skip: number;
  readonly lengths: Int32Array;
  readonly support: number;
  readonly ways: { readonly all: readonly Way[]; readonly of: Int32Array };
}

/** How far before a key a number of records is looked for. */
const BEFORE = 24;
const MOST_STARTS = 8;
const COUNTS = [BYTE, ...NARROW_FIRST];

/**
 * Lookups that start in what all lines have in common from here on, those that explain the most lines first.
 *
 * @param run how many bytes the lines have in common
 */
export function findLookups(
  lines: readonly Line[],
  at: Int32Array,
  run: number,
  tables: readonly Table[],
): FoundLookup[] {
  const found = tables.flatMap((table) => {
    for (const { skip, from } of startsIn(lines, at, run, table)) {
      const its = lookupFor(lines, at, skip, table, from);
      if (its) return [its];
    }
    return [];
  });
  return found.sort((a, b) => b.support - a.support);
}

interface Start {
  readonly skip: number;
  readonly from: Lookup['from'];
}

/** Where in the common bytes a record starts in any line. */
function startsIn(lines: readonly Line[], at: Int32Array, run: number, { form }: Table): Start[] {
  const starts = new Map<string, Start>();
  lines.forEach(({ bytes }, i) => {
    const here = at[i] ?? 0;
    const keys = keysIn(form, bytes);
    const first = keys.find((key) => key.value !== null && key.end >= here);
    if (!first?.value) return;
    const frame = form.frame && frameAt(form.frame, bytes, first.at, first.end + first.value.length);
    const ways = [
      { skip: (frame ?? -1) - here, from: 'frame' },
      { skip: first.at - here, from: 'key' },
      { skip: first.end - here, from: 'value' },
    ] as const;
    const way = ways.find(({ skip }) => skip >= 0);
    if (way && way.skip <= run) starts.set(`${way.skip} ${way.from}`, way);
  });
  return [...starts.values()].sort((a, b) => a.skip - b.skip).slice(0, MOST_STARTS);
}

function lookupFor(
  lines: readonly Line[],
  at: Int32Array,
  skip: number,
  table: Table,
  from: Lookup['from'],
): FoundLookup | null {
  const records = lines.map(({ bytes }, i) => recordsAt(table.form, from, bytes, (at[i] ?? 0) + skip));
  const { form, entries, rest, writers } = table;
  const choose = { kind: 'leaf', value: { which: 'named' }, samples: lines.length, wrong: 0 } as const;
  const rule: Lookup = { kind: 'lookup', form, from, entries, rest, writers, choose };
  const ways = [{ which: 'named' } as const, ...countsFor(lines, records, table)]
    .map((way) => ({ way, holds: lines.map((line, i) => holds(rule, way, line, records[i] ?? [], table)) }))
    .sort((a, b) => count(b.holds) - count(a.holds));
  const all: Way[] = [];
  const of = new Int32Array(lines.length).fill(-1);
  for (const { way, holds: its } of ways) {
    if (!its.some((hold, i) => hold && of[i] === -1)) continue;
    its.forEach((hold, i) => (of[i] = hold && of[i] === -1 ? all.length : (of[i] ?? -1)));
    all.push(way);
  }
  const [first] = all;
  if (!first) return null;
  const lengths = of.map((way, i) => {
    const last = records[i]?.at(-1);
    return way < 0 || !last ? -1 : endOf(last) - (at[i] ?? 0) - skip;
  });
  const support = of.filter((way) => way >= 0).length;
  return { rule: { ...rule, choose: { ...choose, value: first } }, skip, lengths, support, ways: { all, of } };
}

function count(holds: readonly boolean[]): number {
  return holds.filter(Boolean).length;
}

/** One, and the number before the key that is how many records most lines have. */
function countsFor(lines: readonly Line[], records: readonly (readonly Key[])[], { form }: Table): Way[] {
  const seen = new Map<string, { count: NumberBefore; lines: number }>();
  lines.forEach(({ context }, i) => {
    const request = context.said[context.at]?.request;
    const [first] = request ? keysIn(form, request) : [];
    const many = records[i]?.length ?? 0;
    if (!request || !first || many < 2) return;
    for (const codec of COUNTS) {
      for (let before = 1; before <= Math.min(BEFORE, first.at); before++) {
        if (readNumberAt(codec, request, first.at - before)?.value !== many) continue;
        const key = JSON.stringify([codec, before]);
        const known = seen.get(key);
        if (known) known.lines++;
        else seen.set(key, { count: { before, codec }, lines: 1 });
      }
    }
  });
  const best = [...seen.values()].sort((a, b) => b.lines - a.lines)[0];
  const most = records.reduce((all, { length }) => Math.max(all, length), 0);
  const counts = [1, ...(best ? [best.count] : most > 1 ? [most] : [])];
  return counts.map((many) => ({ which: 'next', count: many }));
}

/** Whether the records of a line are what a way gives; what changes by itself can not be foretold, but stands in its place. */
function holds(rule: Lookup, way: Way, { context }: Line, records: readonly Key[], { varying }: Table): boolean {
  return (
    isOf(rule, way, context, records) &&
    records.every(({ key, value }) => {
      const given = valueOf(rule, key, context);
      return (given && value && equal(given, value)) || varying.has(toLatin1(key));
    })
  );
}

/** Whether records are those that a way names. */
function isOf(rule: Lookup, way: Way, context: Context, records: readonly Key[]): boolean {
  const request = context.said[context.at]?.request;
  const keys = request && records.length > 0 ? wantedKeys(rule, way, request) : null;
  return keys?.length === records.length && keys.every((key, k) => equal(key, records[k]?.key ?? key));
}

/** Where the records end that a lookup gives from a place in a message on (`open`: or behind it), whatever their values; -1: nowhere. */
export function readLookup(
  rule: Lookup,
  ways: readonly Way[],
  context: Context,
  message: Uint8Array,
  at: number,
  open: boolean,
): number {
  const starts = open
    ? keysIn(rule.form, message).flatMap((key) => (key.value ? [beginOf(rule.form, rule.from, message, key)] : []))
    : [at];
  for (const start of starts) {
    if (start === null || start < at) continue;
    const records = recordsAt(rule.form, rule.from, message, start);
    const last = records.at(-1);
    if (last && ways.some((way) => isOf(rule, way, context, records))) return endOf(last);
  }
  return -1;
}
