/**
 * Words of text requests that make no difference elsewhere [new]: of requests that are answered alike some hold them and
 * some do not.
 *
 * The name of a client's program and what only one program says tell a few requests apart as well as what is asked
 * for does. But other requests show that the server does not look at them: questions about them cost more.
 */
import { EMPTY, indexOf, isText, startsWith, toLatin1 } from '../../bytes/bytes.js';
import { type Context, type Said } from '../../model/meaning.js';
import type { Test } from '../../model/types.js';
import { rangeOf } from './identities.js';
import { spread } from '../spread.js';
import { isOfRequest, type Feature } from './tree.js';

/** Where there are more samples, they tell by themselves. */
const FEW = 16;
/** Requests of the service that are looked at, values of one question, and the length of the longest of them. */
const MOST = 400;
const MOST_WORDS = 4;
const LONGEST = 96;
/** Answers that are given with and without a word at least; one is enough where how long the text is decides. What a question about such a one costs more. */
const LEAST_ANSWERS = 2;
const IDLE = 12;
/** The same for what clients say of themselves: only many samples can show that a server looks at it. */
const OWN = 30;

/** What the requests of a service tell of the words that make no difference. */
export class Idle {
  private readonly asked: readonly Said[];
  /** For every word and length the states that it makes no difference for. */
  private readonly known = new Map<string, ReadonlySet<number>>();
  private readonly own: OwnPlaces;

  /**
   * @param asked the exchanges of a service, with the states that they led to
   * @param own places of what clients say of themselves, whatever they ask for
   */
  constructor(asked: readonly Said[], own: OwnPlaces = () => []) {
    this.own = own;
    const told = asked.filter(({ request, state }) => state >= 0 && request.length > 0);
    this.asked = spread(told, MOST);
  }

  /** The questions that may be asked of a few samples, those about idle words at their price; `own`: the states that they part. */
  dearer(features: readonly Feature[], contexts: readonly Context[], own: readonly number[]): Feature[] {
    const areTexts = contexts.every(({ said, at }) => isText(said[at]?.request ?? EMPTY));
    if (!areTexts) return [...features];
    const places = contexts.map(({ said, at }) => this.own(said[at]?.request ?? EMPTY));
    return features.map((feature) => {
      const { test } = feature;
      if (isAboutOwn(feature, contexts, places)) return { ...feature, cost: feature.cost + OWN };
      if (contexts.length > FEW) return feature;
      if (this.isIdlePlace(test, own)) return { ...feature, cost: feature.cost + IDLE };
      const words = wordsOf(feature, contexts);
      const idle = words.filter((word) => this.isIdle(word, own)).length;
      return idle * 2 > words.length ? { ...feature, cost: feature.cost + IDLE } : feature;
    });
  }

  private isIdle(word: Uint8Array, own: readonly number[]): boolean {
    return this.isMixed(toLatin1(word), (request) => indexOf(request, word) >= 0, own, LEAST_ANSWERS);
  }

  /** Whether the length of a text, or a byte so far from one of its ends, makes no difference elsewhere. */
  private isIdlePlace(test: Test, own: readonly number[]): boolean {
    if (test.kind === 'length')
      return this.isMixed(`\0${test.atMost}`, (request) => request.length <= test.atMost, own, 1);
    if (test.kind !== 'at' || !isOfRequest(test)) return false;
    const { offset, bytes } = test;
    const has = (request: Uint8Array) => startsWith(request, bytes, offset < 0 ? request.length + offset : offset);
    return this.isMixed(`\0${offset} ${toLatin1(bytes)}`, has, own, offset < 0 ? 1 : LEAST_ANSWERS);
  }

  /** Whether other answers are given to requests with a property as to those without it. */
  private isMixed(key: string, has: (request: Uint8Array) => boolean, own: readonly number[], least: number): boolean {
    let states = this.known.get(key);
    if (!states) this.known.set(key, (states = this.statesOf(has)));
    let others = states.size;
    for (const state of own) if (states.has(state)) others--;
    return others >= least;
  }

  private statesOf(has: (request: Uint8Array) => boolean): ReadonlySet<number> {
    const [having, lacking] = [new Set<number>(), new Set<number>()];
    for (const { request, state } of this.asked) (has(request) ? having : lacking).add(state);
    return new Set([...having].filter((state) => lacking.has(state)));
  }
}

/** Places of what a client says of itself in a request. */
export type OwnPlaces = (request: Uint8Array) => readonly (readonly [from: number, to: number])[];

/** Whether what a question says yes to, or else no, is always what clients say of themselves, with the byte before or behind. */
function isAboutOwn(
  { test, yes }: Feature,
  contexts: readonly Context[],
  places: readonly ReturnType<OwnPlaces>[],
): boolean {
  if (places.every((its) => its.length === 0)) return false;
  const answer = yes.includes(1) ? 1 : 0;
  let some = false;
  for (const [i, context] of contexts.entries()) {
    if (yes[i] !== answer) continue;
    const range = rangeOf(test, context);
    if (!range || !(places[i] ?? []).some(([from, to]) => from <= range.from + 1 && range.to <= to + 1)) return false;
    some = true;
  }
  return some;
}

/** What the samples that a question says yes to hold there, with the byte before and behind; of an empty value, what the others hold. */
function wordsOf({ test, yes }: Feature, contexts: readonly Context[]): Uint8Array[] {
  if (test.kind === 'contains' && !test.within) return isOfRequest(test) ? [test.bytes] : [];
  // of a sign in a text it is the text that makes a difference or none
  const about: Test = test.kind === 'contains' && test.within ? { kind: 'value', span: test.within, values: [] } : test;
  if (about.kind !== 'value' && about.kind !== 'number') return [];
  const at = (answer: number) =>
    contexts.flatMap((context, i) => ((yes[i] ?? 0) === answer ? (wordAt(about, context) ?? []) : []));
  const words = at(1).filter(({ isEmpty }) => !isEmpty);
  const others = words.length > 0 ? words : at(0);
  return others.slice(0, MOST_WORDS).map(({ bytes }) => bytes);
}

function wordAt(test: Test, context: Context): { bytes: Uint8Array; isEmpty: boolean } | null {
  const request = context.said[context.at]?.request;
  const range = rangeOf(test, context);
  if (!request || !range || range.from < 0 || range.to - range.from > LONGEST) return null;
  const isEmpty = range.from === range.to;
  return { bytes: request.subarray(Math.max(0, range.from - 1), range.to + 1), isEmpty };
}
