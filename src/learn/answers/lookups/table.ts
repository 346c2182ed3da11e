/**
 * What all answers of a service say of each key [new], and whether that is a table: the same value behind
 * the same key in answers that have nothing else in common, or keys that come one after the other.
 */
import { equal, toLatin1, fromLatin1 } from '../../../bytes/bytes.js';
import { frameAt, inOrder, isSaid, keysIn, readField, writtenBy, type Found } from '../../../model/lookup.js';
import type { Entry, RecordForm } from '../../../model/types.js';
import type { Said } from '../../../model/context.js';
import { spread } from '../../spread.js';
import { findForms, type Asked } from './forms.js';

/** A table of a service, and how sure it is of every key. */
export interface Table {
  readonly form: RecordForm;
  readonly entries: readonly Entry[];
  /** Keys with more than one value in training. */
  readonly varying: ReadonlySet<string>;
  readonly rest: Uint8Array | null;
  readonly writers: readonly number[];
}

const MOST_ASKED = 4000;
const MOST_TABLES = 2;
const MOST_ENTRIES = 1000;
const MOST_BYTES = 64 * 1024;
/** Evidence that a table has to have: values that agree, or keys in order. */
const LEAST_AGREED = 3;
const LEAST_IN_ORDER = 5;
/** Share of the records without a frame that end where a message or another record does. */
const CLOSED = 0.8;
/** Requests that name keys and are answered with records, and their share. */
const LEAST_TOLD = 4;
const MOST_TOLD = 0.75;
/** Share of the records of a form that have to be framed for the frame to be a part of it. */
const FRAMED = 0.9;

/** The tables that the answers of a service tell of; which requests write to them is yet to be told. */
export function findTables(asked: readonly Asked[]): Table[] {
  const some = spread(asked, MOST_ASKED);
  const tables: Table[] = [];
  for (const form of findForms(some)) {
    const table = tables.length < MOST_TABLES ? tabulate(form, some) : null;
    if (table && tables.every((other) => !isLike(other, table))) tables.push(table);
  }
  return tables;
}

function isLike(a: Table, b: Table): boolean {
  const values = new Set(a.entries.map((e) => toLatin1(e.value)));
  return b.entries.some((e) => values.has(toLatin1(e.value)));
}

/** What was seen behind one key. */
interface Seen {
  readonly key: Uint8Array;
  readonly values: Uint8Array[];
  /** It stood in an answer to a request that did not name it. */
  isTold: boolean;
  /** A request named it. */
  isNamed: boolean;
}

function tabulate(plain: RecordForm, asked: readonly Asked[]): Table | null {
  const form = { ...plain, frame: frameOf(plain, asked), blank: blankOf(plain, asked) };
  if (!isAnswered(form, asked) || !isClosed(form, asked)) return null;
  const seen = seenIn(form, asked);
  const rest = restOf(form, seen);
  const real = [...seen.values()].filter((s) => s.isTold || !rest || !s.values.every((v) => equal(v, rest)));
  const entries = bounded(real);
  if (new Set(entries.map((e) => toLatin1(e.value))).size < 2) return null;
  const varying = new Set(real.filter(({ values }) => distinct(values) > 1).map((s) => toLatin1(s.key)));
  if (!agrees(form, real) && !isInOrder(form, entries, asked)) return null;
  return { form, entries, varying, rest, writers: [] };
}

function distinct(values: readonly Uint8Array[]): number {
  return new Set(values.map(toLatin1)).size;
}

function seenIn(form: RecordForm, asked: readonly Asked[]): Map<string, Seen> {
  const seen = new Map<string, Seen>();
  const names = new Set<string>();
  for (const { request, answer } of asked) {
    const named = new Map(keysIn(form, request).map((n): [string, Found] => [toLatin1(n.key), n]));
    for (const name of named.keys()) names.add(name);
    for (const { key, value } of keysIn(form, answer)) {
      if (!value) continue;
      const name = toLatin1(key);
      let its = seen.get(name);
      if (!its) seen.set(name, (its = { key, values: [], isTold: false, isNamed: false }));
      its.values.push(value);
      its.isTold ||= !named.has(name);
    }
  }
  for (const [name, its] of seen) its.isNamed = names.has(name);
  return seen;
}

/**
 * Whether most requests that name keys are answered with records of theirs, or of those behind them. What the
 * answer only says after the request is no record, and says neither.
 */
function isAnswered(form: RecordForm, asked: readonly Asked[]): boolean {
  let told = 0;
  let other = 0;
  for (const { request, answer } of asked) {
    const named = keysIn(form, request);
    const [first] = named;
    if (!first) continue;
    const names = new Map(named.map((n): [string, Found] => [toLatin1(n.key), n]));
    const records = keysIn(form, answer).filter((r) => r.value !== null);
    const isSaid = ({ key, value }: Found) => {
      const asked = names.get(toLatin1(key))?.value;
      return asked && value && equal(asked, value);
    };
    if (records.length > 0 && records.every(isSaid)) continue;
    const telling = records.filter((r) => !isSaid(r));
    if (telling.some((r) => names.has(toLatin1(r.key)))) told++;
    else if (telling[0] && inOrder(first.key, telling[0].key) < 0) told++;
    else other++;
  }
  return told >= LEAST_TOLD && told >= MOST_TOLD * (told + other);
}

/** Whether records end where something ends: the message, the frame around them, or where the next one begins. */
function isClosed(form: RecordForm, asked: readonly Asked[]): boolean {
  if (form.frame) return true;
  let closed = 0;
  let all = 0;
  for (const { answer } of asked) {
    const found = keysIn(form, answer);
    found.forEach((record, i) => {
      if (!record.value) return;
      all++;
      const end = record.end + record.value.length;
      if (end === answer.length || end === found[i + 1]?.at) closed++;
    });
  }
  return closed >= CLOSED * all;
}

/** What stands behind keys that nothing but a request ever named: the value that most of them share, or one without content. */
function restOf(form: RecordForm, seen: ReadonlyMap<string, Seen>): Uint8Array | null {
  const counts = new Map<string, number>();
  const only = [...seen.values()].filter((s) => !s.isTold && distinct(s.values) === 1);
  for (const { values } of only) {
    const value = toLatin1(values[0] ?? new Uint8Array(0));
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  const isEmpty = (value: string) => {
    const field = readField(form.value, fromLatin1(value), 0);
    return field?.content === field?.end;
  };
  const ranked = [...counts].sort((a, b) => b[1] - a[1]);
  const most = ranked.find(([value, count]) => isEmpty(value) || (count >= 2 && count * 2 >= only.length));
  return most ? fromLatin1(most[0]) : null;
}

/** Whether values are seen again behind their keys, and tell the keys apart. */
function agrees({ blank }: RecordForm, seen: readonly Seen[]): boolean {
  let same = 0;
  let other = 0;
  const values = new Set<string>();
  for (const its of seen.filter((one) => one.isNamed)) {
    its.values.forEach((value, i) => {
      const last = its.values[i - 1];
      if (!last || (blank && equal(value, blank))) return;
      if (equal(last, value)) {
        same++;
        values.add(toLatin1(value));
      } else other++;
    });
  }
  return same >= LEAST_AGREED && same >= other && values.size >= 2;
}

/** Whether keys that were not asked for follow those that were, one after the other. */
function isInOrder(form: RecordForm, entries: readonly Entry[], asked: readonly Asked[]): boolean {
  const places = new Map(entries.map((e, i) => [toLatin1(e.key), i]));
  let right = 0;
  let wrong = 0;
  for (const { request, answer } of asked) {
    const [named] = keysIn(form, request);
    const [told] = keysIn(form, answer);
    if (!named || !told?.value || equal(named.key, told.key)) continue;
    const before = entries[(places.get(toLatin1(told.key)) ?? 0) - 1];
    const follows = inOrder(named.key, told.key) < 0 && (!before || inOrder(before.key, named.key) <= 0);
    if (follows) right++;
    else wrong++;
  }
  return right >= LEAST_IN_ORDER && right >= 4 * wrong;
}

/** The most frequent value of every key (of equals, the latest), in order; as many as there is room for. */
function bounded(seen: readonly Seen[]): Entry[] {
  const entries: Entry[] = [];
  let bytes = 0;
  for (const { key, values } of [...seen].sort((a, b) => b.values.length - a.values.length)) {
    const counts = new Map<string, number>();
    for (const value of values) counts.set(toLatin1(value), (counts.get(toLatin1(value)) ?? 0) + 1);
    const [value] = [...counts].reverse().sort((a, b) => b[1] - a[1])[0] ?? [''];
    bytes += key.length + value.length;
    if (entries.length >= MOST_ENTRIES || bytes > MOST_BYTES) break;
    entries.push({ key: key.slice(), value: fromLatin1(value) });
  }
  return entries.sort((a, b) => inOrder(a.key, b.key));
}

/** What goes just around most records. */
function frameOf(form: RecordForm, asked: readonly Asked[]): RecordForm['frame'] {
  const tags = new Map<number, number>();
  let records = 0;
  const any = { tag: null, length: form.key.length };
  for (const { answer } of asked) {
    for (const found of keysIn(form, answer)) {
      if (!found.value) continue;
      records++;
      const at = frameAt(any, answer, found.at, found.end + found.value.length);
      const tag = at === null ? undefined : answer[at];
      if (tag !== undefined) tags.set(tag, (tags.get(tag) ?? 0) + 1);
    }
  }
  const [tag, count] = [...tags].sort((a, b) => b[1] - a[1])[0] ?? [0, 0];
  return records > 0 && count >= FRAMED * records ? { tag: Uint8Array.of(tag), length: form.key.length } : null;
}

/** What stands behind keys in most requests that were answered with something else behind them. */
function blankOf(form: RecordForm, asked: readonly Asked[]): Uint8Array | null {
  const counts = new Map<string, number>();
  for (const { request, answer } of asked) {
    const told = new Map(keysIn(form, answer).map((t): [string, Found] => [toLatin1(t.key), t]));
    for (const { key, value } of keysIn(form, request)) {
      const name = value && toLatin1(value);
      const other = told.get(toLatin1(key))?.value;
      if (name !== null && value && !(other && equal(other, value))) counts.set(name, (counts.get(name) ?? 0) + 1);
    }
  }
  const [value, count] = [...counts].sort((a, b) => b[1] - a[1])[0] ?? ['', 0];
  return count >= 2 ? fromLatin1(value) : null;
}

/** The table with the groups of requests that have a value of their own behind a key, which the answer says again. */
export function withWriters(table: Table, rows: readonly { readonly said: readonly Said[] }[]): Table {
  const { form } = table;
  const groups = new Set<number>();
  for (const { said } of rows) {
    for (const { request, answer, group } of said) {
      if (group < 0 || groups.has(group)) continue;
      for (const { key } of keysIn(form, request)) {
        const value = writtenBy(form, key, request);
        if (value && isSaid(form, key, value, answer)) groups.add(group);
      }
    }
  }
  return { ...table, writers: [...groups].sort((a, b) => a - b) };
}
