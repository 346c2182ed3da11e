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
const LONGEST = 64;
/** Answers that are given with and without a word at least; one is enough where how long the text is decides. What a question about such a one costs more. */
const LEAST_ANSWERS = 2;
const IDLE = 12;

/** What the requests of a service tell of the words that make no difference. */
export class Idle {
  private readonly asked: readonly Said[];
  /** For every word and length the states that it makes no difference for. */
  private readonly known = new Map<string, ReadonlySet<number>>();

  /** @param asked the exchanges of a service, with the states that they led to */
  constructor(asked: readonly Said[]) {
    const told = asked.filter(({ request, state }) => state >= 0 && request.length > 0);
    this.asked = spread(told, MOST);
  }

  /** The questions that may be asked of a few samples, those about idle words at their price; `own`: the states that they part. */
  dearer(features: readonly Feature[], contexts: readonly Context[], own: readonly number[]): Feature[] {
    const areTexts = contexts.every(({ said, at }) => isText(said[at]?.request ?? EMPTY));
    if (contexts.length > FEW || !areTexts) return [...features];
    return features.map((feature) => {
      const { test } = feature;
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

/** What the samples that a question says yes to hold there, with the byte before and behind; of an empty value, what the others hold. */
function wordsOf({ test, yes }: Feature, contexts: readonly Context[]): Uint8Array[] {
  if (test.kind === 'contains') return isOfRequest(test) && !test.within ? [test.bytes] : [];
  if (test.kind !== 'value' && test.kind !== 'number') return [];
  const at = (answer: number) =>
    contexts.flatMap((context, i) => ((yes[i] ?? 0) === answer ? (wordAt(test, context) ?? []) : []));
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
