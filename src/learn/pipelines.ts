/**
 * Requests that were sent without waiting for the answers: whose part of the answers is whose.
 *
 * Where the same kinds of requests were also sent one by one, the answers that they then got are peeled
 * off the front of what came back for all of them; the rest is the last one's, which is met with silence when nothing
 * is left. Kinds of requests that never end what is said before an answer are not answered, nor are those whose usual
 * answers are all known when none of them is there.
 */
import { concat, equal, startsWith, toLatin1 } from '../bytes/bytes.js';
import { fixedBytes, matchRegions } from '../model/match.js';
import type { Grouping, Request } from './classes.js';
import { keyOf, portsIn, type Dialog, type Exchange } from './exchanges.js';

/** How a kind of request is answered. */
export interface Habit {
  /** Answers that it got more than once when it was asked alone. */
  readonly answers: readonly Uint8Array[];
  /** These were nearly all that it got. */
  readonly isUsual: boolean;
  /** It was (nearly) never the last thing said before an answer. */
  readonly isSilent: boolean;
}

/** Habits of the kinds of requests, by the request's key. */
export type UsualAnswers = ReadonlyMap<string, Habit>;

const MOST_USUAL = 8;
/** A kind of request is known to be silent from so many of them on, of which so many may have been answered all the same. */
const LEAST_SAID = 8;
const SELDOM = 0.05;
const ROUNDS = 2;

/**
 * How the requests of every macrocluster are answered, of those that begin alike.
 * @param code offset of the byte that says what is asked for; null: there is none
 */
export function usualAnswers(
  clusters: readonly Grouping[],
  dialogs: readonly Dialog[],
  code: number | null,
): UsualAnswers {
  const fine = clusters.flatMap((cluster) => kindsOf(cluster, code));
  // frames that begin alike are of one kind where nothing is known of those that are more like each other
  const all: Grouping = { group: 0, regions: [], requests: clusters.flatMap(({ requests }) => requests) };
  const coarse = code === null ? [] : kindsOf(all, null);
  let habits: UsualAnswers = new Map();
  // what is known of some of them tells what the others were answered
  for (let round = 0; round < ROUNDS; round++) {
    const [own, begun] = [habitsOf(fine, dialogs, habits), habitsOf(coarse, dialogs, habits)];
    const isKnown = ({ answers, isSilent }: Habit) => answers.length > 0 || isSilent;
    habits = new Map([...own].map(([key, habit]) => [key, isKnown(habit) ? habit : (begun.get(key) ?? habit)]));
  }
  return habits;
}

/** The habits of kinds of requests, given those that are known already. */
function habitsOf(kinds: readonly Grouping[], dialogs: readonly Dialog[], known: UsualAnswers): UsualAnswers {
  const kind = new Map(kinds.flatMap(({ requests }, id) => requests.map(({ bytes }) => [keyOf(bytes), id] as const)));
  const told = dialogs.map((dialog) => peeled(dialog, known));
  const answers = answersOf(kinds, kind, told);
  const isSilent = (key: string) => known.get(key)?.isSilent ?? false;
  const answering = [...kind].map(
    ([key, id]) => [key, { ...(answers[id] ?? NO_HABIT), isSilent: isSilent(key) }] as const,
  );
  const usual = new Map([...known, ...answering]);
  const silent = silentKinds(
    kind,
    dialogs.map((dialog) => peeled(dialog, usual)),
  );
  return new Map([...kind].map(([key, id]) => [key, { ...(answers[id] ?? NO_HABIT), isSilent: silent.has(id) }]));
}

/** The requests of a macrocluster by the byte that they begin with, and the one that says what is asked for. */
function kindsOf(cluster: Grouping, code: number | null): Grouping[] {
  const kinds = new Map<string, Request[]>();
  for (const request of cluster.requests) {
    const { bytes } = request;
    const kind = `${bytes[0]} ${bytes[code ?? 0]}`;
    const its = kinds.get(kind);
    if (its) its.push(request);
    else kinds.set(kind, [request]);
  }
  return [...kinds.values()].map((requests) => ({ ...cluster, requests }));
}

/** What each kind is answered when it is asked alone; where that says nothing, what one is that it is like. */
function answersOf(kinds: readonly Grouping[], kind: ReadonlyMap<string, number>, dialogs: readonly Dialog[]): Habit[] {
  const counts = kinds.map(() => new Map<string, { bytes: Uint8Array; count: number }>());
  for (const exchange of dialogs.flatMap((d) => d.exchanges.slice(1))) {
    const [answer, ...more] = exchange.messages;
    if (exchange.pipelined || !answer || more.length > 0 || exchange.close === 'fin' || exchange.close === 'rst')
      continue;
    const its = counts[kind.get(keyOf(exchange.request)) ?? -1];
    const known = its?.get(toLatin1(answer));
    if (known) known.count++;
    else its?.set(toLatin1(answer), { bytes: answer, count: 1 });
  }
  const habits = counts.map((its): Habit => {
    const all = [...its.values()].sort((a, b) => b.count - a.count);
    const usual = all.filter((a) => a.count > 1);
    const [often, sum] = [sumOf(usual), sumOf(all)];
    const isUsual = often > 0 && sum - often <= sum * SELDOM;
    return { answers: usual.slice(0, MOST_USUAL).map((a) => a.bytes), isUsual, isSilent: false };
  });
  return habits.map((habit, id) => (habit.answers.length > 0 ? habit : (habits[likeness(kinds, id, habits)] ?? habit)));
}

function sumOf(answers: readonly { readonly count: number }[]): number {
  return answers.reduce((sum, { count }) => sum + count, 0);
}

const NO_HABIT: Habit = { answers: [], isUsual: false, isSilent: false };

/** The kinds of requests that were met with silence, or with more requests. */
function silentKinds(kind: ReadonlyMap<string, number>, dialogs: readonly Dialog[]): Set<number> {
  const counts = new Map<number, { said: number; answered: number }>();
  for (const { request, messages, last } of dialogs.flatMap((d) => d.exchanges.slice(1))) {
    const id = kind.get(keyOf(request));
    if (id === undefined || (last && messages.length === 0)) continue;
    const its = counts.get(id) ?? { said: 0, answered: 0 };
    counts.set(id, { said: its.said + 1, answered: its.answered + (messages.length > 0 ? 1 : 0) });
  }
  return new Set(
    [...counts].filter(([, n]) => n.said >= LEAST_SAID && n.answered <= n.said * SELDOM).map(([id]) => id),
  );
}

/** A kind of another macrocluster that a request without usual answers fits, or -1. */
function likeness(kinds: readonly Grouping[], id: number, habits: readonly Habit[]): number {
  const own = kinds[id];
  const request = own?.requests[0]?.bytes;
  if (!request) return -1;
  return kinds.findIndex(
    (other, i) =>
      other.regions !== own.regions &&
      (habits[i]?.answers.length ?? 0) > 0 &&
      fixedBytes(other.regions) >= 3 &&
      matchRegions(other.regions, request, true) !== null,
  );
}

/** The dialog with the answers of every run of pipelined requests given to the requests, where that can be told. */
export function peeled(dialog: Dialog, usual: UsualAnswers): Dialog {
  const exchanges: Exchange[] = [];
  let run: Exchange[] = [];
  for (const exchange of dialog.exchanges) {
    run.push(exchange);
    if (exchange.pipelined && exchange.messages.length === 0 && !exchange.last) continue;
    exchanges.push(...(run.length > 1 ? (peel(run, usual) ?? run) : run));
    run = [];
  }
  return { ...dialog, exchanges: [...exchanges, ...run] };
}

const SILENCE = { messages: [], freshPort: [], delays: [] } as const;

function peel(run: readonly Exchange[], usual: UsualAnswers): Exchange[] | null {
  const last = run.at(-1);
  const whole = last?.messages[0];
  if (!last || !whole || last.messages.length > 1) return null;
  let rest = whole;
  const result: Exchange[] = [];
  for (const exchange of run.slice(0, -1)) {
    const habit = usual.get(keyOf(exchange.request)) ?? NO_HABIT;
    const answer = [...habit.answers].sort((a, b) => b.length - a.length).find((a) => startsWith(rest, a, 0));
    if (!answer && !habit.isSilent && !habit.isUsual) return null;
    rest = rest.subarray(answer?.length ?? 0);
    result.push({
      ...exchange,
      ...(answer ? { messages: [answer], freshPort: [false], delays: [0] } : SILENCE),
      pipelined: false,
    });
  }
  if (!equal(concat([...result.map((r) => r.messages[0] ?? new Uint8Array(0)), rest]), whole)) return null;
  const { ports, ...plain } = last;
  // nothing is left for the last one: that is no wonder where it never got the same twice
  if (rest.length === 0)
    return usual.get(keyOf(last.request))?.answers.length
      ? null
      : [...result, { ...plain, ...SILENCE, pipelined: false }];
  const named = portsIn(ports, whole.length - rest.length, whole.length);
  return [...result, { ...plain, ...named, messages: [rest], pipelined: false }];
}
