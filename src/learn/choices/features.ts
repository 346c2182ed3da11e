/**
 * The questions that a decision tree may ask of a set of samples.
 *
 * Each kind costs more bits the less it is likely to be what the server itself looks at: a region's
 * value before a byte at an offset, a state before a length.
 */
import { EMPTY, fromLatin1, indexOf, isPrintable, isText, toLatin1, isAlphanumeric } from '../../bytes/bytes.js';
import {
  ask,
  endOfWord,
  locate,
  resolve,
  stateBefore,
  take,
  takeFrom,
  type Context,
  type Place,
} from '../../model/meaning.js';
import { readNumber } from '../../model/number.js';
import { promptOf } from '../../model/prompt.js';
import { recall } from '../../model/recall.js';
import type { NumberCodec, Recall, Region, Source, Span, Test } from '../../model/types.js';
import { behindTexts } from './behind-texts.js';
import { gapsIn } from './elapsed.js';

import { regionsIn, spansOf, stableIn, wideOffsets, type Fields, type Stable } from '../classes/fields.js';
import { siblings } from './siblings.js';
import { isOfPresent, type Feature } from './tree.js';
import { lengthButNames, WIDE_WORDS } from '../vocabulary.js';

const REQUEST: Source = { kind: 'request', back: 0 };
const DECODED: Source = { kind: 'decoded' };
const LAST_ANSWER: Source = { kind: 'answer', back: 1 };
const MOST_TOKENS = 250;
const MOST_FEATURES = 1500;
const HEAD = 48;
const TAIL = 8;
const SCAN = 1024;
/** A word of a binary request that is shorter, with what separates it, is met by chance. */
export const LEAST_CHANCE = 3;
/** The first bytes of a request stand where they stand, whatever varies behind them. */
const ALWAYS = 2;

/**
 * Features of the content of the present requests.
 *
 * @param fields what regions their classes have, or fields of all of them alike
 */
export function contentFeatures(
  contexts: readonly Context[],
  fields: Fields,
  stable: Stable = stableIn(fields),
  words: Words | null = null,
): Feature[] {
  const features: Feature[] = [];
  spanFeatures(features, contexts, spansOf(fields), words);
  tokenFeatures(features, contexts, words, REQUEST, 0);
  // classes are told by what stands in the request as it is
  if (words) tokenFeatures(features, contexts, words, DECODED, 2);
  offsetFeatures(features, contexts, stable, words);
  // of requests of which nothing is known yet, it would be asked again for each of many parts
  if (fields) behindFeatures(features, contexts);
  return features.slice(0, MOST_FEATURES);
}

/** What is known of the words that clients say. */
export interface Words {
  /** Whether a value names something of one client alone: it can not be what the server looks at. */
  isPrivate(value: Uint8Array): boolean;
}

/** What a question about one client's own word costs more. */
const PRIVATE = 8;
/** What it costs to ask for a value that one sample has: most are any of many, but nothing is only nothing. */
const ONCE = 9;
const NOTHING = 7;
/** What a question about a byte inside a text of any length, or about a part of a word, costs more. */
const IN_TEXT = 4;

/** Features of size: lengths and numbers. A class can not be told by them, a state can. */
export function sizeFeatures(contexts: readonly Context[], fields: Fields, words: Words | null = null): Feature[] {
  const features: Feature[] = [];
  numbersInHead(features, contexts, regionsIn(fields));
  const requests = contexts.map((c) => resolve(REQUEST, c)?.bytes ?? EMPTY);
  // the names in few requests are as long as they are by chance
  const told = words && requests.length <= FEW ? requests.map((bytes) => lengthButNames(bytes, words)) : [];
  const lengths = new Set(told).size === 1 ? [] : requests.map((bytes) => bytes.length);
  for (const atMost of thresholds(lengths)) push(features, contexts, { kind: 'length', of: REQUEST, atMost }, 10);
  for (const span of spansOf(fields)) {
    const isName = words !== null && isMostlyPrivate(places(contexts), span, words);
    for (const codec of codecsFor(contexts, span)) {
      if (isName && codec.kind === 'binary') continue;
      const numbers = contexts.map((c) => numberAt(c, span, codec));
      const known = numbers.filter((n) => n !== null);
      if (known.length * 2 < numbers.length) continue;
      const cost = saysLength(contexts, span, numbers) ? 8 + SIZE : 8;
      for (const atMost of thresholds(known)) push(features, contexts, { kind: 'number', span, codec, atMost }, cost);
    }
  }
  return features;
}

/** What it costs more to ask for the length of a text: a server looks at what it says. */
const SIZE = 4;
/** Zeros that may stand between the last byte of a number and the text that it counts. */
const MOST_ZEROS = 3;

/** Whether numbers at a place mostly say how long the text right behind them is. */
function saysLength(contexts: readonly Context[], span: Span, numbers: readonly (number | null)[]): boolean {
  let right = 0;
  contexts.forEach((context, i) => {
    const place = resolve(REQUEST, context);
    const said = place && takeFrom(span, place);
    const length = numbers[i] ?? 0;
    if (!place || !said || length < LEAST_CHANCE) return;
    let at = locate(span.from, place) + said.length;
    for (let zeros = 0; zeros < MOST_ZEROS && place.bytes[at] === 0; zeros++) at++;
    const text = place.bytes.subarray(at, at + length);
    if (text.length === length && text.every(isPrintable) && !isPrintable(place.bytes[at + length])) right++;
  });
  return right * 4 >= contexts.length * 3;
}

/** So few requests. */
const FEW = 16;

/** Bytes of a binary request that may be numbers, and what such a question costs more than one about a region. */
const NUMBERS = 16;
const LOOSE_NUMBER = 3;

/** Features of bytes as numbers at offsets, where they are part of a region: among text, of varying length, or with others. */
function numbersInHead(features: Feature[], contexts: readonly Context[], regions: readonly Region[] | null): void {
  const requests = places(contexts).map(({ bytes }) => bytes);
  if (!regions || requests.length < contexts.length) return;
  if (requests.filter((bytes) => isText(bytes.subarray(0, NUMBERS))).length * 2 > requests.length) return;
  const offsets = wideOffsets(regions, NUMBERS);
  const shortest = Math.min(NUMBERS, ...requests.map((bytes) => bytes.length));
  const codec: NumberCodec = { kind: 'binary', width: 1, order: 'big' };
  for (const offset of offsets.filter((place) => place < shortest)) {
    // mostly letters: a text, whose signs are no numbers
    if (requests.filter((bytes) => isPrintable(bytes[offset])).length * 2 > requests.length) continue;
    const span: Span = { of: REQUEST, from: { kind: 'start', offset }, to: { kind: 'width', width: 1 } };
    for (const atMost of thresholds(requests.map((bytes) => bytes[offset] ?? 0)))
      push(features, contexts, { kind: 'number', span, codec, atMost }, 8 + LOOSE_NUMBER + offset / 24);
  }
}

/**
 * Features of what came before: states, and whether a value was said before.
 *
 * @param given keys of what some of the answers give back: such an answer is given where there is something to give
 * @param labels what is to be told apart: what became of the same thing before may tell it
 */
export function contextFeatures(
  contexts: readonly Context[],
  states: number,
  recalls: readonly Recall[] = [],
  given: ReadonlySet<Recall['keys']> = new Set(),
  labels?: Int32Array,
): Feature[] {
  const features: Feature[] = [];
  const latest = recalls.filter((recall) => recall.side === 'request' && recall.ahead === undefined);
  for (const one of latest) {
    const cost = (given.has(one.keys) ? 6 : 7) + keyCost(one);
    push(features, contexts, { kind: 'recalled', among: [one], which: 0 }, cost);
    for (const within of gapsIn(one, contexts))
      push(features, contexts, { kind: 'recalled', among: [one], which: 0, within }, cost + AGO);
    for (const led of labels ? tellingStates(one, contexts, labels) : [])
      push(features, contexts, { kind: 'recalled', among: [one], which: 0, states: led }, cost + 1);
    for (const other of latest)
      if (other !== one && !isHanded(one.keys) && !isHanded(other.keys))
        push(features, contexts, { kind: 'recalled', among: [one, other], which: 0 }, 8 + keyCost(one));
  }
  for (const one of recalls)
    if (one.ahead !== undefined)
      push(features, contexts, { kind: 'recalled', among: [one], which: 0 }, 9 + keyCost(one));
  for (const answered of [false, true]) {
    for (const back of [1, 2, 3]) {
      const seen = new Set(contexts.map((c) => stateBefore(back, answered, c)));
      if (answered && contexts.every((c) => stateBefore(back, true, c) === stateBefore(back, false, c))) continue;
      const cost = 2.5 + back * 2 + Number(answered);
      for (const state of [...seen].sort((a, b) => a - b))
        if (state >= 0)
          push(features, contexts, { kind: 'state', back, states: [state], ...(answered ? { answered } : {}) }, cost);
    }
  }
  promptFeatures(features, contexts);
  for (let state = 0; state < Math.min(states, 200); state++)
    push(features, contexts, { kind: 'visited', states: [state] }, 8);
  for (const among of siblings(contexts))
    for (const which of among) push(features, contexts, { kind: 'said', among, which }, SAID);
  for (const atMost of thresholds(contexts.map((c) => c.at)).slice(0, 8))
    push(features, contexts, { kind: 'exchange', atMost }, 10);
  return features;
}

/** Which of several requests that are answered alike was said last. */
const SAID = 7;

/** What it costs more how long ago something was said. */
const AGO = 3;

/** What it costs more where what names the earlier exchange does not stand in the present request. */
const ELSEWHERE = 4;

function keyCost(one: Recall): number {
  const named = one.keys.every(isOfPresent) ? 0 : ELSEWHERE;
  return named + (isHanded(one.keys) ? HANDED : 0) + (one.open === true ? OPEN : 0);
}

/** What it costs more that the session of it is not over. */
const OPEN = 1;

/** What it costs more whether something was handed out: mostly it was. */
const HANDED = 2;

/** Whether it goes by what the server handed out. */
export function isHanded(keys: Recall['keys']): boolean {
  return keys.some(({ there: { of } }) => of.kind === 'answer' && of.back === 0);
}

/** For each label the states behind which, about the same thing, it is the only one. */
function tellingStates(one: Recall, contexts: readonly Context[], labels: Int32Array): number[][] {
  const found = new Map<number, Set<number>>();
  contexts.forEach((context, i) => {
    const state = recall(one, context, take)?.state ?? -1;
    if (state < 0) return;
    const its = found.get(state) ?? new Set();
    found.set(state, its.add(labels[i] ?? -1));
  });
  const telling = new Map<number, number[]>();
  for (const [state, [label, ...others]] of [...found].sort((a, b) => a[0] - b[0]))
    if (label !== undefined && others.length === 0) telling.set(label, [...(telling.get(label) ?? []), state]);
  return [...telling.values()];
}

/** Questions that are told apart. */
const MOST_PROMPTS = 16;

/** Features of what the answer before asks for: that goes for states that were never met in this order as well. */
function promptFeatures(features: Feature[], contexts: readonly Context[]): void {
  const prompts = new Map<string, Uint8Array>();
  for (const context of contexts) {
    const prompt = promptOf(resolve(LAST_ANSWER, context)?.bytes ?? EMPTY);
    if (prompt.length > 0 && prompts.size < MOST_PROMPTS) prompts.set(toLatin1(prompt), prompt);
  }
  for (const bytes of prompts.values())
    push(features, contexts, { kind: 'at', of: LAST_ANSWER, offset: -bytes.length, bytes }, 4);
}

/** A question, where some but not all samples answer it with yes. */
export function push(features: Feature[], contexts: readonly Context[], test: Test, cost: number): void {
  const yes = new Uint8Array(contexts.length);
  let count = 0;
  contexts.forEach((context, i) => {
    if (ask(test, context)) {
      yes[i] = 1;
      count++;
    }
  });
  if (count > 0 && count < contexts.length) features.push({ test, yes, cost });
}

function spanFeatures(
  features: Feature[],
  contexts: readonly Context[],
  spans: readonly Span[],
  words: Words | null,
): void {
  for (const span of spans) {
    const values = new Map<string, { bytes: Uint8Array; count: number; dearer: number }>();
    for (const context of contexts) {
      const place = resolve(REQUEST, context);
      const bytes = place && takeFrom(span, place);
      if (!bytes || bytes.length > 64) continue;
      const word = words ? wordAround(place.bytes, locate(span.from, place), bytes.length) : EMPTY;
      const dearer = words?.isPrivate(word) === true ? PRIVATE : word.length > bytes.length + 1 ? IN_TEXT : 0;
      const known = values.get(toLatin1(bytes));
      if (known) {
        known.count++;
        known.dearer = Math.min(known.dearer, dearer);
      } else values.set(toLatin1(bytes), { bytes, count: 1, dearer });
    }
    const late = lateness(places(contexts).map((place) => locate(span.from, place)));
    const frequent = [...values.values()].sort((a, b) => b.count - a.count).slice(0, 24);
    for (const { bytes, count, dearer } of frequent) {
      const own = words?.isPrivate(bytes) === true ? PRIVATE : dearer;
      const once = bytes.length === 0 ? NOTHING : ONCE;
      push(features, contexts, { kind: 'value', span, values: [bytes] }, (count > 1 ? 4 : once) + late + own);
    }
  }
}

/** Bytes before a key that are looked at, and how few different ones a byte that chooses may be. */
const BEFORE_KEY = 24;
const MOST_CHOICES = 16;

/** Features of the bytes that stand so far before the first key of a request, wherever that is. */
export function keyFeatures(contexts: readonly Context[], begin: Uint8Array): Feature[] {
  const features: Feature[] = [];
  if (begin.length === 0) return features;
  for (let before = BEFORE_KEY; before > 0; before--) {
    const from = { kind: 'marker', bytes: begin, nth: 0, edge: 'start', offset: -before } as const;
    const span: Span = { of: REQUEST, from, to: { kind: 'width', width: 1 } };
    const counts = new Map<number, number>();
    for (const place of places(contexts)) {
      const byte = takeFrom(span, place)?.[0];
      if (byte !== undefined) counts.set(byte, (counts.get(byte) ?? 0) + 1);
    }
    if (counts.size > MOST_CHOICES) continue;
    for (const [byte, count] of [...counts].sort((a, b) => a[0] - b[0]))
      push(features, contexts, { kind: 'value', span, values: [Uint8Array.of(byte)] }, count > 1 ? 4 : 9);
  }
  return features;
}

function places(contexts: readonly Context[]): Place[] {
  return contexts.map((c) => resolve(REQUEST, c)).filter((p) => p !== null);
}

/** What a request asks for mostly stands early in it: bits for the mean offset of a feature. */
function lateness(offsets: readonly number[]): number {
  const found = offsets.filter((o) => o >= 0);
  const mean = found.reduce((sum, o) => sum + o, 0) / Math.max(1, found.length);
  return Math.min(3, mean / 24);
}

/** Words and words with the separator before or behind them, with how many but not all of some messages hold them. */
export function countTokens(messages: readonly Uint8Array[], words: Words | null): [token: string, count: number][] {
  const counts = new Map<string, number>();
  for (const bytes of messages) {
    const tokens = new Set<string>();
    collectTokens(bytes, tokens);
    if (words) collectWide(bytes, tokens);
    for (const token of tokens) counts.set(token, (counts.get(token) ?? 0) + 1);
  }
  return [...counts]
    .filter(([, count]) => count < messages.length)
    .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
}

/** Features of the words of a message; `more`: bits that they cost beyond those of the request itself. */
function tokenFeatures(
  features: Feature[],
  contexts: readonly Context[],
  words: Words | null,
  of: Source,
  more: number,
): void {
  const all = contexts.map((context) => resolve(of, context)?.bytes ?? EMPTY);
  for (const [token, count] of countTokens(all, words).slice(0, MOST_TOKENS)) {
    const bytes = fromLatin1(token);
    if (words && bytes.length < LEAST_CHANCE && isOfBinary(contexts, bytes)) continue;
    const late = lateness(all.map((message) => indexOf(message, bytes)));
    const own = words?.isPrivate(bytes) === true ? PRIVATE : 0;
    push(features, contexts, { kind: 'contains', of, bytes }, (count > 1 ? 6 : 10) + late + own + more);
  }
}

/** In binary requests bytes make letters by chance: so short a word is none there. */
function isOfBinary(contexts: readonly Context[], token: Uint8Array): boolean {
  const place = places(contexts).find(({ bytes }) => indexOf(bytes, token) >= 0);
  return place !== undefined && !isText(place.bytes);
}

/** Words of letters that take two bytes each. */
function collectWide(bytes: Uint8Array, into: Set<string>): void {
  for (const [wide] of toLatin1(bytes.subarray(0, SCAN)).matchAll(WIDE_WORDS)) into.add(wide);
}

function collectTokens(bytes: Uint8Array, into: Set<string>): void {
  const end = Math.min(bytes.length, SCAN);
  for (let at = 0; at < end;) {
    if (!isAlphanumeric(bytes[at] ?? 0)) {
      at++;
      continue;
    }
    let stop = at;
    while (stop < end && isAlphanumeric(bytes[stop] ?? 0)) stop++;
    if (stop - at <= 32) {
      if (stop - at >= 2) into.add(toLatin1(bytes.subarray(at, stop)));
      if (at > 0) into.add(toLatin1(bytes.subarray(at - 1, stop)));
      if (stop < end) into.add(toLatin1(bytes.subarray(at, stop + 1)));
    }
    at = stop;
  }
}

/** Single bytes at offsets from the start and from the end. */
function offsetFeatures(features: Feature[], contexts: readonly Context[], stable: Stable, words: Words | null): void {
  const requests = contexts.map((c) => resolve(REQUEST, c)?.bytes ?? new Uint8Array(0));
  for (let offset = -TAIL; offset < HEAD; offset++) {
    const values = new Map<number, number>();
    for (const bytes of requests) {
      const byte = bytes[offset < 0 ? bytes.length + offset : offset];
      if (byte !== undefined) values.set(byte, (values.get(byte) ?? 0) + 1);
    }
    if (values.size < 2 || values.size > 64) continue;
    for (const [byte, count] of [...values].sort((a, b) => a[0] - b[0])) {
      const loose = offset < 0 ? -offset > stable.tail : offset >= Math.max(stable.head, ALWAYS);
      const own = words !== null && isInPrivate(requests, offset, byte, words) ? PRIVATE : 0;
      const inText = loose && isInText(requests, offset, byte) ? IN_TEXT : 0;
      const cost = (count > 1 ? 6 : 10) + (offset < 0 ? 1 : offset / 24) + (loose ? 6 : 0) + own + inText;
      push(features, contexts, { kind: 'at', of: REQUEST, offset, bytes: Uint8Array.of(byte) }, cost);
    }
  }
}

/** Single bytes behind texts of any length. */
function behindFeatures(features: Feature[], contexts: readonly Context[]): void {
  const requests = contexts.map((c) => resolve(REQUEST, c)?.bytes ?? EMPTY);
  for (const { test, cost } of behindTexts(requests)) push(features, contexts, test, cost);
}

/** Whether the first request that has a byte there is a binary one and has it within a text of any length. */
function isInText(requests: readonly Uint8Array[], offset: number, byte: number): boolean {
  const its = requests.find((bytes) => bytes.at(offset) === byte);
  if (!its || !isPrintable(byte) || isText(its)) return false;
  const at = offset < 0 ? its.length + offset : offset;
  return isPrintable(its[at - 1]) && isPrintable(its[at + 1]);
}

/** Whether the first request that has a byte there has it within one client's own word. */
function isInPrivate(requests: readonly Uint8Array[], offset: number, byte: number, words: Words): boolean {
  for (const bytes of requests) {
    const at = offset < 0 ? bytes.length + offset : offset;
    if (bytes[at] === byte && isAlphanumeric(byte)) return isInPrivateWord(bytes, at, 1, words);
  }
  return false;
}

/** Whether a span is mostly within words that are one client's own: then its bytes are letters, and no numbers. */
function isMostlyPrivate(requests: readonly Place[], span: Span, words: Words): boolean {
  const within = requests.filter((place) => {
    const length = takeFrom(span, place)?.length ?? 0;
    return length > 0 && isInPrivateWord(place.bytes, locate(span.from, place), length, words);
  });
  return within.length * 2 > requests.length;
}

/** Whether some bytes are within a word, of letters of one byte or of two, that is one client's own. */
function isInPrivateWord(bytes: Uint8Array, at: number, length: number, words: Words): boolean {
  const word = wordAround(bytes, at, length);
  return word.length > 0 && words.isPrivate(word);
}

/** The whole word of which some bytes are a part, of letters of one byte or of two; empty where they are none. */
function wordAround(bytes: Uint8Array, at: number, length: number): Uint8Array {
  let [from, to] = [at, at + length];
  if (at < 0 || length < 1 || !isAlphanumeric(bytes[from] ?? 0)) return EMPTY;
  const isWide = (place: number) =>
    isAlphanumeric(bytes[place] ?? 0) && bytes[place + 1] === 0 && !isAlphanumeric(bytes[place - 1] ?? 0);
  if (isWide(from)) {
    while (from > 1 && isWide(from - 2)) from -= 2;
    to += (to - from) % 2;
    while (isWide(to)) to += 2;
  } else {
    if (!isAlphanumeric(bytes[to - 1] ?? 0)) return EMPTY;
    while (from > 0 && isAlphanumeric(bytes[from - 1] ?? 0)) from--;
    to = endOfWord(bytes, to);
  }
  return bytes.subarray(from, to);
}

function numberAt(context: Context, span: Span, codec: NumberCodec): number | null {
  const place = resolve(span.of, context);
  const bytes = place && takeFrom(span, place);
  return bytes && readNumber(codec, bytes);
}

/** How a span's values can be read as numbers; of two byte orders the one that gives smaller numbers first. */
function codecsFor(contexts: readonly Context[], span: Span): NumberCodec[] {
  const values = contexts.flatMap((context) => {
    const place = resolve(span.of, context);
    const bytes = place && takeFrom(span, place);
    return bytes ? [bytes] : [];
  });
  const decimal: NumberCodec = { kind: 'decimal', pad: 0 };
  if (values.every((bytes) => readNumber(decimal, bytes) !== null)) return [decimal];
  const width = values[0]?.length ?? 0;
  if (width < 1 || width > 4 || values.some((bytes) => bytes.length !== width)) return [];
  const orders = (['big', 'little'] as const).map((order) => ({ kind: 'binary', width, order }) as const);
  const largest = orders.map((codec) => Math.max(...values.map((bytes) => readNumber(codec, bytes) ?? 0)));
  return (largest[1] ?? 0) < (largest[0] ?? 0) ? orders.reverse() : orders;
}

/** Up to 16 values that part the numbers into pieces of like size. */
function thresholds(numbers: readonly number[]): number[] {
  const sorted = [...new Set(numbers)].sort((a, b) => a - b).slice(0, -1);
  if (sorted.length <= 16) return sorted;
  return Array.from({ length: 16 }, (_, i) => sorted[Math.floor((i * sorted.length) / 16)] ?? 0);
}
