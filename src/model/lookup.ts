/**
 * Tables by key [new]: what stands behind a key in any answer of the service stands behind it in every
 * later one, until the client writes something else there.
 *
 * Where keys and values begin and end is told by their form alone (a tag, a length, a content), so a key
 * is found in requests and answers of every kind.
 */
import { concat, equal, startsWith, toLatin1 } from '../bytes/bytes.js';
import type { Context, Said } from './context.js';
import { readNumberAt, writeNumber } from './number.js';
import type { Choice, Entry, Field, Lookup, NumberBefore, RecordForm, Way } from './types.js';

/** Bytes of a message that are searched. */
const SCAN = 16 * 1024;
/** Records that one answer holds at most. */
const MOST_RECORDS = 256;
const LOOK_BACK = 256;
const MOST_SESSIONS = 64;

/** A key found in a message: its content, its field from `at` to `end`, and the field behind it if one is there. */
export interface Found {
  readonly at: number;
  readonly end: number;
  readonly key: Uint8Array;
  readonly value: Uint8Array | null;
}

/** A field that starts at `at`: where its content begins, and where it ends. */
export function readField(field: Field, bytes: Uint8Array, at: number): { content: number; end: number } | null {
  const width = field.tag?.length ?? 1;
  if (at < 0 || (field.tag ? !startsWith(bytes, field.tag, at) : at >= bytes.length)) return null;
  const length = readNumberAt(field.length, bytes, at + width);
  if (!length) return null;
  const content = at + width + length.width;
  const end = content + length.value;
  return end <= bytes.length ? { content, end } : null;
}

function writeField(field: Field, content: Uint8Array): Uint8Array | null {
  const length = writeNumber(field.length, content.length);
  return length && concat([field.tag ?? new Uint8Array(1), length, content]);
}

const scanned = new WeakMap<Uint8Array, Map<RecordForm, readonly Found[]>>();

/** All keys that a message names, from left to right; none lies in another one or in the value before it. */
export function keysIn(form: RecordForm, bytes: Uint8Array): readonly Found[] {
  let its = scanned.get(bytes);
  if (!its) scanned.set(bytes, (its = new Map<RecordForm, readonly Found[]>()));
  let found = its.get(form);
  if (!found) its.set(form, (found = scan(form, bytes)));
  return found;
}

function scan({ key, begin, value }: RecordForm, bytes: Uint8Array): Found[] {
  const found: Found[] = [];
  const last = Math.min(bytes.length, SCAN);
  for (let at = 0; at < last && found.length < MOST_RECORDS;) {
    const field = readField(key, bytes, at);
    if (!field || field.end === field.content || !startsWith(bytes.subarray(0, field.end), begin, field.content)) {
      at++;
      continue;
    }
    const behind = readField(value, bytes, field.end);
    found.push({
      at,
      end: field.end,
      key: bytes.subarray(field.content, field.end),
      value: behind && bytes.subarray(field.end, behind.end),
    });
    at = behind?.end ?? field.end;
  }
  return found;
}

/** Where the frame around a record starts; null where there is none just around it. */
export function frameAt(frame: Field, bytes: Uint8Array, from: number, to: number): number | null {
  const tag = frame.tag?.length ?? 1;
  for (let width = tag + 1; width <= tag + 5; width++) {
    const field = readField(frame, bytes, from - width);
    if (field?.content === from && field.end === to) return from - width;
  }
  return null;
}

interface Table {
  readonly values: ReadonlyMap<string, Uint8Array>;
  readonly keys: readonly Uint8Array[];
}

const tables = new WeakMap<readonly Entry[], Table>();

function tableOf(entries: readonly Entry[]): Table {
  let table = tables.get(entries);
  if (!table) {
    const values = new Map(entries.map(({ key, value }) => [toLatin1(key), value]));
    table = { values, keys: entries.map((e) => e.key).sort(inOrder) };
    tables.set(entries, table);
  }
  return table;
}

/** Of two keys the one with the lower first differing byte comes first, else the shorter one. */
export function inOrder(a: Uint8Array, b: Uint8Array): number {
  const most = Math.min(a.length, b.length);
  for (let i = 0; i < most; i++) if (a[i] !== b[i]) return (a[i] ?? 0) - (b[i] ?? 0);
  return a.length - b.length;
}

/** The first of sorted keys that comes behind one. */
function next(keys: readonly Uint8Array[], key: Uint8Array): Uint8Array | null {
  let [low, high] = [0, keys.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (inOrder(keys[middle] ?? key, key) <= 0) low = middle + 1;
    else high = middle;
  }
  return keys[low] ?? null;
}

/** How many of the next records a request wants for each key; null where it does not say. */
function countOf(count: number | NumberBefore, request: Uint8Array, first: number): number | null {
  if (typeof count === 'number') return count;
  return first < count.before ? null : (readNumberAt(count.codec, request, first - count.before)?.value ?? null);
}

/** The keys whose records the answer holds; null where the request names none. */
export function wantedKeys(rule: Lookup, way: Way, request: Uint8Array): Uint8Array[] | null {
  const named = keysIn(rule.form, request);
  const first = named[0];
  if (!first) return null;
  if (way.which === 'named') return named.map((n) => n.key);
  const count = countOf(way.count, request, first.at);
  if (count === null) return null;
  const { keys } = tableOf(rule.entries);
  const wanted: Uint8Array[] = [];
  let here: (Uint8Array | null)[] = named.map((n) => n.key);
  for (let i = 0; i < count && wanted.length < MOST_RECORDS; i++) {
    here = here.map((key) => key && next(keys, key));
    if (here.every((key) => key === null)) break;
    wanted.push(...here.filter((key) => key !== null));
  }
  return wanted.length === 0 ? null : wanted.slice(0, MOST_RECORDS);
}

/** What stands behind a key now; null where nobody can tell. */
export function valueOf(rule: Lookup, key: Uint8Array, context: Context): Uint8Array | null {
  return written(rule, key, context) ?? tableOf(rule.entries).values.get(toLatin1(key)) ?? rule.rest;
}

/** The records that a lookup gives, or null when it can not be applied. */
export function produceRecords(
  rule: Lookup,
  context: Context,
  decide: (choice: Choice<Way>, context: Context) => Way,
): Uint8Array | null {
  const request = context.said[context.at]?.request;
  const keys = request && wantedKeys(rule, decide(rule.choose, context), request);
  if (!keys) return null;
  const parts: Uint8Array[] = [];
  for (const [i, content] of keys.entries()) {
    const value = valueOf(rule, content, context);
    const record = value && writeRecord(rule, content, value, i === 0 ? rule.from : 'frame');
    if (!record) return null;
    parts.push(record);
  }
  return concat(parts);
}

function writeRecord(
  { form }: Lookup,
  content: Uint8Array,
  value: Uint8Array,
  from: Lookup['from'],
): Uint8Array | null {
  if (from === 'value') return value;
  const key = writeField(form.key, content);
  const both = key && concat([key, value]);
  return both && form.frame && from === 'frame' ? writeField(form.frame, both) : both;
}

/** What the client wrote behind a key last, in this request, this session or another one. */
function written(rule: Lookup, key: Uint8Array, context: Context): Uint8Array | null {
  const { said, at, now } = context;
  const present = said[at];
  const own = present ? writtenBy(rule.form, key, present.request) : null;
  if (own || rule.writers.length === 0) return own;
  let best = lastWrite(rule, key, said, at - 1, now);
  const past = context.past ?? [];
  for (let i = past.length - 1; i >= 0 && past.length - i <= MOST_SESSIONS; i--) {
    const other = past[i];
    const found = other && other !== said ? lastWrite(rule, key, other, other.length - 1, now) : null;
    if (found && (!best || found.exchange.time > best.exchange.time)) best = found;
  }
  return best?.value ?? null;
}

function lastWrite(
  { form, writers }: Lookup,
  key: Uint8Array,
  said: readonly Said[],
  last: number,
  now: number,
): { exchange: Said; value: Uint8Array } | null {
  for (let at = last; at > 0 && last - at < LOOK_BACK; at--) {
    const exchange = said[at];
    if (!exchange || !writers.includes(exchange.group) || exchange.time > now) continue;
    const value = writtenBy(form, key, exchange.request);
    if (value && isSaid(form, key, value, exchange.answer)) return { exchange, value };
  }
  return null;
}

/** What a request puts behind a key. */
export function writtenBy(form: RecordForm, key: Uint8Array, request: Uint8Array): Uint8Array | null {
  for (const one of keysIn(form, request)) {
    if (equal(one.key, key)) return one.value && !(form.blank && equal(one.value, form.blank)) ? one.value : null;
  }
  return null;
}

/** Whether a message holds this value behind this key. */
export function isSaid(form: RecordForm, key: Uint8Array, value: Uint8Array, message: Uint8Array): boolean {
  return keysIn(form, message).some((one) => equal(one.key, key) && one.value !== null && equal(one.value, value));
}

/** The records that stand behind each other in a message from a place on, where the first of them lacks what is before that. */
export function recordsAt(form: RecordForm, from: Lookup['from'], bytes: Uint8Array, start: number): Found[] {
  const records: Found[] = [];
  let place = start;
  for (const key of keysIn(form, bytes)) {
    if (!key.value || key.end < start) continue;
    if (beginOf(form, records.length > 0 ? 'frame' : from, bytes, key) !== place) break;
    records.push(key);
    place = endOf(key);
  }
  return records;
}

/** Where a record, or what is given of it, begins; null where it has no frame. */
export function beginOf(form: RecordForm, from: Lookup['from'], bytes: Uint8Array, record: Found): number | null {
  if (from === 'value') return record.end;
  return from === 'frame' && form.frame ? frameAt(form.frame, bytes, record.at, endOf(record)) : record.at;
}

/** Where a record ends. */
export function endOf({ end, value }: Found): number {
  return end + (value?.length ?? 0);
}
