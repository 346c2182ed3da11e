/**
 * Arrays of equal cells [new]: how they stand in bytes, what a table says of a cell, and what the client
 * wrote to it before.
 */
import { concat } from '../bytes/bytes.js';
import type { Context, Said } from './context.js';
import { readNumberAt, writeNumber } from './number.js';
import { numberAt } from './part.js';
import type { CellForm, CellRun, Cells, CellTable, CellWriter, NumberCodec, Span, Test } from './types.js';

/** What `meaning.ts` lends: it asks here itself, and files that ask each other are a knot. */
export interface Asking {
  readonly take: (span: Span, context: Context) => Uint8Array | null;
  readonly ask: (test: Test, context: Context) => boolean;
}

/** Cells that one request may ask for, or write. */
export const MOST_CELLS = 16_384;
/** Sessions and exchanges that are searched for writes, the latest ones. */
const MOST_SESSIONS = 64;
const MOST_EARLIER = 2048;

/** Bytes that so many cells take; null where that depends on their values. */
export function cellBytes(form: CellForm, count: number): number | null {
  if (form.kind === 'bit') return Math.ceil(count / 8);
  return form.kind === 'binary' ? count * form.width : null;
}

/** The values of the cells that start at `from`, or null when they do not stand there. Unused bits of the last byte have to be zero. */
export function readCells(form: CellForm, bytes: Uint8Array, from: number, count: number): number[] | null {
  if (form.kind === 'bit') return readBits(form.first, bytes, from, count);
  const values: number[] = [];
  let at = from;
  for (let i = 0; i < count; i++) {
    const read = at < 0 ? null : readNumberAt(form, bytes, at);
    if (!read) return null;
    values.push(read.value);
    at += read.width;
  }
  return values;
}

function readBits(first: 'lowest' | 'highest', bytes: Uint8Array, from: number, count: number): number[] | null {
  const size = Math.ceil(count / 8);
  if (from < 0 || from + size > bytes.length) return null;
  const bits = Array.from({ length: size * 8 }, (_, i) => {
    const byte = bytes[from + (i >> 3)] ?? 0;
    return (byte >> (first === 'lowest' ? i & 7 : 7 - (i & 7))) & 1;
  });
  return bits.slice(count).includes(1) ? null : bits.slice(0, count);
}

/** Cells as they stand in a message; null when a value does not fit. */
export function writeCells(form: CellForm, values: readonly number[]): Uint8Array | null {
  if (form.kind === 'bit') {
    const bytes = new Uint8Array(Math.ceil(values.length / 8));
    values.forEach((value, i) => {
      const bit = form.first === 'lowest' ? i & 7 : 7 - (i & 7);
      if (value !== 0) bytes[i >> 3] = (bytes[i >> 3] ?? 0) | (1 << bit);
    });
    return bytes;
  }
  const parts: Uint8Array[] = [];
  for (const value of values) {
    const bytes = writeNumber(form, value);
    if (!bytes) return null;
    parts.push(bytes);
  }
  return concat(parts);
}

/** How many values a cell can hold; Infinity where text sets no bound. */
export function cellRange(form: CellForm): number {
  if (form.kind === 'bit') return 2;
  return form.kind === 'binary' ? 256 ** form.width : Infinity;
}

/** What a run says of a cell in it; binary numbers begin again at zero. */
export function inRun(run: CellRun, index: number, range: number): number {
  const place = index - run.from;
  const length = Math.max(1, run.values.length);
  const value = (run.values[((place % length) + length) % length] ?? 0) + run.step * Math.floor(place / length);
  return range === Infinity ? value : ((value % range) + range) % range;
}

/** What a table says of a cell. */
function inTable({ runs, rest }: CellTable, index: number, range: number): number {
  let low = 0;
  let high = runs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((runs[middle]?.to ?? 0) < index) low = middle + 1;
    else high = middle;
  }
  const run = runs[low];
  const value = run && run.from <= index ? inRun(run, index, range) : rest;
  return Number.isSafeInteger(value) && value >= 0 ? value : rest;
}

/** The number of a table for what a request asks; -1 when its part is unknown. */
function tableFor(rule: Cells, context: Context, { take }: Asking): number {
  if (!rule.part) return 0;
  const part = take(rule.part, context);
  return part ? rule.tables.findIndex((table) => table.parts.some((p) => sameBytes(p, part))) : -1;
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** What the rule gives, or null when the request names no cells. */
export function produceCells(rule: Cells, context: Context, asking: Asking): Uint8Array | null {
  const start = numberAt(rule.index, context, asking.take);
  const told = typeof rule.count === 'number' ? rule.count : numberAt(rule.count, context, asking.take);
  if (start === null || told === null) return null;
  const count = rule.last ? told - start + 1 : told;
  if (count < 0 || count > MOST_CELLS) return null;
  const at = Math.max(0, tableFor(rule, context, asking));
  const table = rule.tables[at];
  if (!table) return null;
  const writers = rule.writers.filter((writer) => writer.table === at);
  const written = writtenBefore(writers, rule.form, context, asking, start, start + count);
  const range = cellRange(rule.form);
  const values = Array.from({ length: count }, (_, i) => written.get(start + i) ?? inTable(table, start + i, range));
  return writeCells(rule.form, values);
}

/** What the client wrote last to each of some cells, in this session or an earlier one of the same source. */
export function writtenBefore(
  writers: readonly CellWriter[],
  form: CellForm,
  context: Context,
  asking: Asking,
  from: number,
  to: number,
): Map<number, number> {
  const written = new Map<number, { value: number; time: number }>();
  for (const there of writers.length > 0 ? earlier(context) : []) {
    for (const writer of writers) {
      const write = writeOf(writer, form, there, asking);
      write?.values.forEach((value, i) => {
        const index = write.start + i;
        const known = written.get(index);
        if (index >= from && index < to && (!known || known.time <= there.now))
          written.set(index, { value, time: there.now });
      });
    }
  }
  return new Map([...written].map(([index, { value }]) => [index, value]));
}

/** The exchanges before the present one, those of earlier sessions first, each as a context of its own. */
export function* earlier(context: Context): Generator<Context> {
  const { said, at, past = [], now } = context;
  const others = past.slice(-MOST_SESSIONS).filter((other) => other !== said);
  let room = MOST_EARLIER;
  const spans = [[said, at] as const, ...others.reverse().map((other) => [other, other.length] as const)].map(
    ([session, end]) => {
      const from = Math.max(1, end - room);
      room -= Math.max(0, end - from);
      return { session, from, end };
    },
  );
  for (const { session, from, end } of spans.reverse()) {
    for (let i = from; i < end; i++) {
      const time = session[i]?.time ?? now;
      if (session === said || time <= now) yield { ...context, said: session, at: i, now: time };
    }
  }
}

/** What a request writes where, when it is a write at all. */
function writeOf(
  writer: CellWriter,
  form: CellForm,
  there: Context,
  asking: Asking,
): { start: number; values: number[] } | null {
  const exchange: Said | undefined = there.said[there.at];
  if (exchange?.group !== writer.group || (writer.when && !asking.ask(writer.when, there))) return null;
  const start = numberAt(writer.index, there, asking.take);
  const bytes = asking.take(writer.values, there);
  if (start === null || !bytes) return null;
  const count = writer.count ? numberAt(writer.count, there, asking.take) : fitting(form, bytes.length);
  if (count === null || count === 0 || count > MOST_CELLS) return null;
  const size = cellBytes(form, count);
  if (size !== null && size !== bytes.length) return null;
  const values = readCells(form, bytes, 0, count);
  return values && { start, values };
}

/** Cells that fill so many bytes; null when none do. Of a text there is one. */
function fitting(form: CellForm, bytes: number): number | null {
  if (form.kind === 'bit') return bytes * 8;
  if (form.kind !== 'binary') return 1;
  return bytes % form.width === 0 ? bytes / form.width : null;
}

/** Whether a form is a number as text. */
export function isText(form: CellForm): form is NumberCodec & { kind: 'decimal' | 'hex' } {
  return form.kind === 'decimal' || form.kind === 'hex';
}
