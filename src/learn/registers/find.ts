/**
 * Finds what all clients of a service share [new]: settings that one makes and another one reads, and numbers that the
 * whole server counts.
 *
 * A value in an answer that the session itself has not said is held against what was said last before it, in all
 * sessions, at the places that may tell the same thing. A setting is believed where other sources read what some
 * source set; a number that is counted, where it goes on by the same step from one session to the next.
 */
import { bytesAsText, toLatin1 } from '../../bytes/bytes.js';
import { writeNumber } from '../../model/number.js';
import type { Region, Register } from '../../model/types.js';
import { familiesIn } from '../answers/without.js';
import type { MachineOptions } from '../options.js';
import type { Row } from '../rows.js';
import { holdRegisters } from './events.js';
import { laterOf, Ledger, rightOf, rightOfLater, type Before } from './ledger.js';
import { placesIn, type Place, type Places, type Told } from './places.js';

/** Registers of one service, and places that tell one. */
const MOST_REGISTERS = 8;
const MOST_WRITERS = 8;
const MOST_IN_ALL = 24;
/** Readings at one place that are looked at, the first ones, and at all places against each other; bounds the work. */
const MOST_READ = 400;
const MOST_WORK = 40_000_000;
/** Readings that a further place has to make right. */
const LEAST_GAIN = 2;
/** Bits that speak for a register, of which each of its two sides has so many, and the share of the readings that it may get wrong. */
const LEAST_BITS = 24;
const EACH_SIDE = 8;
/** The share of them that is enough beside another register that the same exchanges tell. */
const BESIDE = 0.25;
const WRONG = 0.1;
/** The greatest step from one value to the next, and what it is worth at most. */
const MOST_STEP = 100;
const STEP_BITS = 3;
/** Share of the values that tell the client's address or port, and how far before a value the rest of it is looked for. */
const BY_CLIENT = 0.8;
const BEFORE = 4;
/** Seconds by which the values of a clock may be apart from the time. */
const MOST_APART = 2.5;
/** How far whole numbers of a steady count are off its line, with a little spare. */
const WHOLE = 1.3;

/** The registers of a service; each row is given what they held before each of its exchanges. */
export function findRegisters(
  rows: readonly Row[],
  regionsOf: (id: number) => readonly Region[],
  { links, without }: MachineOptions,
): Register[] {
  if (links !== 'all' || familiesIn(without).has('register')) return [];
  const found = linked(placesIn(rows, regionsOf));
  if (found.length === 0) return [];
  const held = holdRegisters(
    rows,
    found.map(({ places }) => ({ writers: places.map(({ writer }) => writer), first: new Uint8Array(0) })),
    found.map(heldBefore),
  );
  return found.map(({ places }, id) => ({
    writers: places.map(({ writer }) => writer),
    first: held[id] ?? new Uint8Array(0),
  }));
}

interface Linked {
  /** The one that reads it first. */
  readonly places: readonly Place[];
  readonly step: number;
  /** Bits that speak for what is said being what is told later, and for others being told the same. */
  readonly news: number;
  readonly others: number;
}

/** Where the places that tell what a reader says are looked for, and how much may still be looked at. */
interface Search {
  readonly places: readonly Place[];
  readonly ledger: Ledger;
  readonly work: { left: number };
}

/** The sets of places that tell one value, those that most speaks for first. */
function linked({ all: places, everywhere }: Places): Linked[] {
  const found = new Map<string, Linked>();
  const ways = new Set<string>();
  const search = { places, ledger: new Ledger(places), work: { left: MOST_WORK } };
  const all = places
    .filter((reader) => reader.isAnswer && !isOfClient(reader) && !isOfTheTime(reader))
    .flatMap((reader) =>
      stepsOf(reader).flatMap((step) => (search.work.left < 0 ? [] : (tellers(reader, search, step) ?? []))),
    );
  for (const one of all) if (isProven(one)) ways.add(wayOf(one));
  for (const one of all) {
    // what is told beside something that is shared, by the same exchanges, is soon believed to be shared as well
    if (!isProven(one) && !(ways.has(wayOf(one)) && isProven(one, BESIDE))) continue;
    const key = one.places
      .map((place) => places.indexOf(place))
      .sort((a, b) => a - b)
      .join();
    const known = found.get(key);
    if (!known || bitsOf(known) < bitsOf(one)) found.set(key, one);
  }
  const apart = [...found.values()].filter((one, _, others) => !others.some((other) => isWithin(one, other)));
  const best = apart.sort((a, b) => bitsOf(b) - bitsOf(a)).slice(0, MOST_REGISTERS);
  return best.map((one) => ({ ...one, places: withOthers(one, everywhere) }));
}

/**
 * Whether the number of one register overlaps the wider one of another in the same messages: which of the zeros around
 * it are its upper bytes is better told by more of them.
 */
function isWithin({ places: [a] }: Linked, { places: [b] }: Linked): boolean {
  if (!a?.number || !b?.number || a.number.width >= b.number.width || a.writer.class !== b.writer.class) return false;
  const [one, other] = [a.writer.value.from, b.writer.value.from];
  if (one.kind !== 'start' || other.kind !== 'start') return false;
  return one.offset < other.offset + b.number.width && other.offset < one.offset + a.number.width;
}

function bitsOf({ news, others }: Linked): number {
  return news + others;
}

function isProven(one: Linked, share = 1): boolean {
  return bitsOf(one) >= LEAST_BITS * share && Math.min(one.news, one.others) >= EACH_SIDE * share;
}

/** The kinds of exchanges that tell a value. */
function wayOf({ places: [reader, ...others] }: Linked): string {
  const kindOf = ({ writer, isAnswer }: Place) => JSON.stringify([writer.class, writer.when, isAnswer], bytesAsText);
  return [reader ? kindOf(reader) : '', ...others.map(kindOf).sort()].join();
}

/**
 * Whether values are the client's port, or the end of its address behind the rest of it. That they go by the address
 * alone says nothing: clients that came one after the other are counted by the server as well.
 */
function isOfClient({ told }: Place): boolean {
  const its = told.filter((one) => {
    const { address, port } = clientOf(one);
    const parts = address.split('.');
    if (one.value === String(port) || one.value === address) return true;
    if (parts.length !== 4 || one.value !== parts[3]) return false;
    const before = toLatin1(one.message.subarray(Math.max(0, one.from - BEFORE), one.from));
    return new RegExp(`(^|\\D)${parts[2] ?? ''}\\D$`).test(before);
  });
  return its.length >= BY_CLIENT * told.length;
}

/** Whether values are seconds, from whenever they are counted: a clock's, which sessions one second apart seem to count. */
function isOfTheTime({ told }: Place): boolean {
  if (!told.every(({ value }) => isNumber(value))) return false;
  const apart = told.map(({ value, event }) => Number(value) - event.context.now / 1000).sort((a, b) => a - b);
  const spare = Math.floor(((1 - BY_CLIENT) / 2) * apart.length);
  return (apart.at(-1 - spare) ?? 0) - (apart[spare] ?? 0) <= MOST_APART || runsWithTime(told);
}

/** Whether values lie on a line over the time as close as whole numbers can: they run by themselves, nobody counts. */
function runsWithTime(told: readonly Told[]): boolean {
  const points = told.map(({ value, event }) => [event.context.now / 1000, Number(value)] as const);
  const mean = (of: (point: readonly [number, number]) => number) =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [time, value] = [mean(([t]) => t), mean(([, v]) => v)];
  const rate = mean(([t, v]) => (t - time) * (v - value)) / mean(([t]) => (t - time) ** 2);
  const off = points.map(([t, v]) => v - value - rate * (t - time));
  return Math.max(...off) - Math.min(...off) <= WHOLE;
}

function isNumber(value: string): boolean {
  return /^\d{1,15}$/.test(value);
}

/** How much a value may be more than the one told before: nothing, and for numbers what it mostly is. */
function stepsOf({ told }: Place): number[] {
  if (!told.every(({ value }) => isNumber(value))) return [0];
  const counts = new Map<number, number>();
  for (const [i, { value }] of told.entries()) {
    const step = i === 0 ? 0 : Number(value) - Number(told[i - 1]?.value);
    if (step !== 0 && Math.abs(step) <= MOST_STEP) counts.set(step, (counts.get(step) ?? 0) + 1);
  }
  const [most] = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
  return most ? [0, most[0]] : [0];
}

/** Whether two places write their values alike. */
function isAlike({ number: a }: Place, { number: b }: Place): boolean {
  return a?.width === b?.width && a?.order === b?.order;
}

/** What was told last before each reading; null: nothing. */
type Last = readonly (Told | null)[];

/** The places that together tell what a reader says next; null where too much has been looked at. */
function tellers(all: Place, { places, ledger, work }: Search, step: number): Linked | null {
  const reader: Place = { ...all, told: all.told.slice(0, MOST_READ) };
  const alike = places.filter((place) => place !== all && isAlike(place, reader));
  for (const { told } of alike) work.left -= told.length + reader.told.length;
  // a place that tells less of what is read than a further one has to make right can not be chosen
  const telling = ledger.tellingSome(all, MOST_READ, step, LEAST_GAIN);
  const others = alike
    .filter((place) => telling.has(place))
    .map((place) => ({ place, its: ledger.before(all, MOST_READ, place, step) }))
    .filter(({ its }) => rightOf(its) >= LEAST_GAIN);
  const chosen = [all];
  let last = ledger.before(all, MOST_READ, all, step);
  let right = rightOf(last);
  while (chosen.length < MOST_WRITERS) {
    work.left -= alike.length * reader.told.length;
    if (work.left < 0) return null;
    let best: { place: Place; its: Before; right: number } | null = null;
    for (const { place, its } of others) {
      if (chosen.includes(place)) continue;
      const count = rightOfLater(last, its);
      if (count > (best?.right ?? right)) best = { place, its, right: count };
    }
    if (!best || best.right < right + LEAST_GAIN) break;
    chosen.push(best.place);
    last = laterOf(last, best.its);
    ({ right } = best);
  }
  return { places: chosen, step, ...proofOf(reader, lastOf(reader, [reader, ...chosen.slice(1)]), step) };
}

/** With the answers to other classes that tell the same in the same place, though too seldom to be found by themselves. */
function withOthers({ places, step }: Linked, everywhere: Places['everywhere']): readonly Place[] {
  const chosen = [...places];
  const known = new Set(places.map(({ writer }) => writer.class));
  for (const place of places.filter(({ isAnswer }) => isAnswer)) {
    for (const other of everywhere(place)) {
      if (known.has(other.writer.class) || chosen.length >= MOST_IN_ALL) continue;
      const last = lastOf(other, [...chosen, other]);
      if (rightIn(other, last, step) < other.told.length) continue;
      known.add(other.writer.class);
      chosen.push(other);
    }
  }
  return chosen;
}

/** What it held before anybody told it; null: that is not known. */
function heldBefore({ places, step }: Linked): Uint8Array | null {
  const orderOf = ({ told }: Place) => told[0]?.event.order ?? Infinity;
  const [earliest] = [...places].sort((a, b) => orderOf(a) - orderOf(b));
  const [first] = earliest?.told ?? [];
  if (!first || earliest?.isAnswer !== true) return null;
  if (step === 0) return first.bytes;
  const pad = first.value.startsWith('0') ? first.value.length : 0;
  const value = Number(first.value) - step;
  return value < 0 ? null : writeNumber(earliest.number ?? { kind: 'decimal', pad }, value);
}

function later(a: Told | null, b: Told | null): Told | null {
  if (!a || !b) return a ?? b;
  return b.event.order > a.event.order ? b : a;
}

/** What some places told last before each reading. */
function lastOf(reader: Place, places: readonly Place[]): Last {
  return places.map((by) => lastBefore(reader, by)).reduce((a, b) => a.map((one, i) => later(one, b[i] ?? null)));
}

/** What a place told last before each reading. */
function lastBefore({ told }: Place, by: Place): Last {
  let next = 0;
  return told.map(({ event }) => {
    while (next < by.told.length && (by.told[next]?.event.order ?? Infinity) < event.order) next++;
    return by.told[next - 1] ?? null;
  });
}

function isRight(said: Told | undefined, told: Told | null | undefined, step: number): boolean {
  if (!said || !told) return false;
  return step === 0 ? told.value === said.value : Number(told.value) + step === Number(said.value);
}

function rightIn({ told }: Place, last: Last, step: number): number {
  return told.reduce((count, said, i) => count + Number(isRight(said, last[i] ?? null, step)), 0);
}

const NO_PROOF: Pick<Linked, 'news' | 'others'> = { news: 0, others: 0 };

/**
 * Bits that speak for what some places tell being what a reader says; none where too much is wrong, or where nobody is
 * told what somebody else said: what changes has to follow from what was said, by whomever, and others have to be told
 * the same. What a session said itself proves nothing of others.
 */
function proofOf(reader: Place, last: Last, step: number): Pick<Linked, 'news' | 'others'> {
  const { told } = reader;
  const isNews = told.map(({ value }, i) => step !== 0 || told[i - 1]?.value !== value);
  const [all, runs] = [isNews.filter(Boolean).length, new Map<string, number>()];
  told.forEach(({ value }, i) => {
    if (isNews[i] === true) runs.set(value, (runs.get(value) ?? 0) + 1);
  });
  let [read, wrong, news, others] = [0, 0, 0, 0];
  const rares = told.map(({ value }, i) => {
    if (!isRight(told[i], last[i], step)) return 0;
    const rare = Math.min(step === 0 ? Infinity : STEP_BITS, Math.log2(all / (runs.get(value) ?? 1)));
    if (isNews[i] === true) news += rare;
    return rare;
  });
  if (news < EACH_SIDE * BESIDE) return NO_PROOF;
  for (const [i, said] of told.entries()) {
    const by = last[i];
    if (!by || by.event.row === said.event.row || reader.own(i)) continue;
    read++;
    if (!isRight(said, by, step)) wrong++;
    else if (step !== 0 || clientOf(said).address !== clientOf(by).address) others += rares[i] ?? 0;
    if (wrong > WRONG * told.length) return NO_PROOF;
  }
  return wrong > WRONG * read ? NO_PROOF : { news, others };
}

function clientOf({ event }: Told) {
  return event.context.environment.client;
}
