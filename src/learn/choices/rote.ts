/**
 * Requests whose answers are known by rote [new]: what was said again, byte for byte, in several sessions, and was
 * answered with the same bytes each time.
 *
 * A tree may still lead such a request elsewhere where it asks what came before, and the rules of a state may give it
 * other bytes: with few samples, nearly everything that came before parts them. Whether what came before decides, or
 * the request alone, is not guessed. Parts of the sessions are held out, the tree is grown from the others, and where
 * it disagrees with what the same request was answered there, it is counted who is right. Only where rote is so
 * clearly more often, such requests are told first, and answered as they were.
 */
import { EMPTY, equal, fromLatin1, indexOf } from '../../bytes/bytes.js';
import { decide, type Context } from '../../model/meaning.js';
import type { Choice, Environment, Span, State, Test } from '../../model/types.js';
import type { Draft } from '../answers/draft.js';
import { keyOf, type Exchange } from '../dialogs/exchanges.js';
import type { Feature } from './tree.js';

/** Sessions in which a request has to be said, and answered alike, to be known by rote. */
const LEAST_SESSIONS = 2;
/** Parts of the sessions that are held out in turn. */
const PARTS = 4;
/** So often rote has to be right where the tree is wrong, and so much more often than the other way round. */
const LEAST_RIGHT = 3;
const CLEARLY = 3;
/** Requests of one tree that are answered by rote, and bytes of each and of its answer. */
const MOST_TOLD = 64;
const LONGEST = 512;
const LONGEST_ANSWER = 4096;

/** A shorter address is met by chance. */
const LEAST_ADDRESS = 4;

const WHOLE: Span = {
  of: { kind: 'request', back: 0 },
  from: { kind: 'start', offset: 0 },
  to: { kind: 'end', offset: 0 },
};

/** An answer as it was recorded; null where it can not be given again as it was. */
export type Answer = readonly Uint8Array[] | null;

/** What a tree is grown from, sample by sample. */
export interface Grown {
  /** The states that the samples led to. */
  readonly labels: Int32Array;
  readonly features: readonly Feature[];
  readonly contexts: readonly Context[];
  readonly answers: readonly Answer[];
  readonly grow: (labels: Int32Array, features: readonly Feature[]) => Choice<number>;
  /** Whether the state could have given the answer of a sample. */
  readonly gives: (state: number, sample: number) => boolean;
  /** Whether all of what a state answers is explained: otherwise it may give an answer, or may not. */
  readonly isWhole: (state: number) => boolean;
}

/** A request that is answered by rote. */
export interface Told {
  readonly request: Uint8Array;
  readonly messages: readonly Uint8Array[];
  /** The state that it leads to. */
  readonly state: number;
  readonly samples: number;
}

/** How often rote was right in parts that were held out where the tree was not, and the other way round. */
export interface Tally {
  readonly rote: number;
  readonly tree: number;
}

/** A tree, the requests of it that are known by rote, and what speaks for rote there. */
export interface Selected {
  readonly tree: Choice<number>;
  readonly told: readonly Told[];
  readonly tally: Tally;
}

export const NO_TREE: Selected = {
  tree: { kind: 'leaf', value: 0, samples: 0, wrong: 0 },
  told: [],
  tally: { rote: 0, tree: 0 },
};

/** The requests of a tree that are known by rote, those with the most samples first, and what speaks for rote there. */
export function knownByRote(grown: Grown): Omit<Selected, 'tree'> {
  const all = byRote(
    grown.contexts.map((_, i) => i),
    grown,
  );
  if (all.size === 0) return { told: [], tally: { rote: 0, tree: 0 } };
  const told = [...all.values()].map(({ messages, samples }): Told => {
    const states = samples.map((i) => grown.labels[i] ?? -1);
    return {
      request: requestOf(grown.contexts[samples[0] ?? 0]),
      messages,
      state: mostFrequent(states),
      samples: samples.length,
    };
  });
  return { told: told.sort((a, b) => b.samples - a.samples).slice(0, MOST_TOLD), tally: heldOut(grown) };
}

/**
 * Whether rote is believed in each of several trees of a service: few samples of one tree tell little, so all of them
 * together have to speak for it, and those of the tree itself not against it.
 */
export function believed(tallies: readonly Tally[]): boolean[] {
  const [rote, tree] = [(t: Tally) => t.rote, (t: Tally) => t.tree].map((of) =>
    tallies.reduce((sum, tally) => sum + of(tally), 0),
  ) as [number, number];
  const isBetter = rote >= LEAST_RIGHT && rote >= CLEARLY * tree;
  return tallies.map((own) => isBetter && own.rote >= CLEARLY * own.tree);
}

/** The tree with the requests that are told by rote before all its questions. */
export function withRote(tree: Choice<number>, told: readonly Told[]): Choice<number> {
  return [...new Set(told.map(({ state }) => state))].reduce<Choice<number>>((no, value) => {
    const its = told.filter(({ state }) => state === value);
    const test: Test = { kind: 'value', span: WHOLE, values: its.map(({ request }) => request) };
    const samples = its.reduce((sum, one) => sum + one.samples, 0);
    return { kind: 'test', test, yes: { kind: 'leaf', value, samples, wrong: 0 }, no };
  }, tree);
}

/**
 * The answer of an exchange, where it can be given again as it was: not where it names a port or comes from one, or
 * says an address, which is another one elsewhere.
 */
export function recordedAnswer(exchange: Exchange | undefined, { client, server }: Environment): Answer {
  if (!exchange || exchange.pipelined || exchange.ports || exchange.afterData) return null;
  const addresses = [client.address, server.address].filter((text) => text.length >= LEAST_ADDRESS).map(fromLatin1);
  const isOwn = exchange.messages.some((message) => addresses.some((address) => indexOf(message, address) >= 0));
  return isOwn || exchange.freshPort.some(Boolean) ? null : exchange.messages;
}

/** Whether a part of an answer is another one each time: few recordings may have had the same one. */
export function isOfTheMoment(draft: Draft): boolean {
  return draft.kind === 'rule' && (draft.rule.kind === 'clock' || draft.rule.kind === 'ticks');
}

/** What a state answers by rote. */
export function roteOf(told: readonly Told[], id: number): Pick<State, 'rote'> {
  const rote = told.filter(({ state }) => state === id).map(({ request, messages }) => ({ request, messages }));
  return rote.length === 0 ? {} : { rote };
}

interface Known {
  readonly messages: readonly Uint8Array[];
  readonly samples: number[];
}

/** Requests that were said in several sessions and were answered with the same bytes each time. */
function byRote(members: readonly number[], { contexts, answers }: Grown): Map<string, Known> {
  const found = new Map<string, Known | null>();
  for (const i of members) {
    const request = requestOf(contexts[i]);
    const messages = answers[i];
    if (request.length === 0 || request.length > LONGEST) continue;
    const key = keyOf(request);
    const its = found.get(key);
    if (its === undefined) found.set(key, messages ? { messages, samples: [i] } : null);
    else if (its && messages && isSame(its.messages, messages)) its.samples.push(i);
    else found.set(key, null);
  }
  const sure = new Map<string, Known>();
  for (const [key, its] of found) {
    const sessions = new Set(its?.samples.map((i) => contexts[i]?.said));
    if (its && sessions.size >= LEAST_SESSIONS && lengthOf(its.messages) <= LONGEST_ANSWER) sure.set(key, its);
  }
  return sure;
}

function isSame(one: readonly Uint8Array[], other: readonly Uint8Array[]): boolean {
  return one.length === other.length && one.every((message, i) => equal(message, other[i] ?? EMPTY));
}

function lengthOf(messages: readonly Uint8Array[]): number {
  return messages.reduce((sum, { length }) => sum + length, 0);
}

function requestOf(context: Context | undefined): Uint8Array {
  return context?.said[context.at]?.request ?? EMPTY;
}

function mostFrequent(states: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const state of states) counts.set(state, (counts.get(state) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0])[0]?.[0] ?? -1;
}

/** Holds parts of the sessions out: is what the same request was answered in the others right, or a tree that is grown from them? */
function heldOut(grown: Grown): Tally {
  const { labels, features, contexts, answers, grow, gives, isWhole } = grown;
  const sessions = [...new Set(contexts.map(({ said }) => said))];
  const number = new Map(sessions.map((said, i) => [said, i]));
  const partOf = contexts.map(({ said }) => (number.get(said) ?? 0) % PARTS);
  let [rote, tree] = [0, 0];
  for (let part = 0; part < Math.min(PARTS, sessions.length); part++) {
    const kept = partOf.flatMap((its, i) => (its === part ? [] : [i]));
    const known = byRote(kept, grown);
    const tested = contexts.flatMap((context, i) => {
      const its = partOf[i] === part ? known.get(keyOf(requestOf(context))) : undefined;
      return its ? [{ i, context, told: its.messages }] : [];
    });
    if (tested.length === 0) continue;
    const other = grow(
      Int32Array.from(kept, (i) => labels[i] ?? -1),
      features.map((feature) => ({ ...feature, yes: Uint8Array.from(kept, (i) => feature.yes[i] ?? 0) })),
    );
    for (const { i, context, told } of tested) {
      const right = answers[i];
      const isRote = right !== null && right !== undefined && isSame(told, right);
      const state = decide(other, context);
      const isAsked = gives(state, i);
      if (isRote && !isAsked) rote++;
      else if (isAsked && !isRote && isWhole(state)) tree++;
    }
  }
  return { rote, tree };
}
