/**
 * Requests that were sent without waiting for the answers: whose part of the answers is whose.
 *
 * Where the same kinds of requests were also sent one by one, the answers that they then got are peeled
 * off the front of what came back for all of them; the rest is the last one's, which is met with silence when nothing
 * is left. Kinds of requests that never end what is said before an answer are not answered, nor are those whose usual
 * answers are all known when none of them is there. Requests of which nothing is known are told by what was asked for
 * before them: a command may be followed by lines of a text, which are not answered.
 */
import { concat, EMPTY, equal, occurrences, startsWith, toLatin1, LF } from '../../bytes/bytes.js';
import { fixedBytes, matchRegions } from '../../model/match.js';
import type { Grouping, Request } from '../classes/classes.js';
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
type Habits = ReadonlyMap<string, Habit>;

/** What is known of how requests are answered. */
export interface UsualAnswers {
  readonly habits: Habits;
  /** Kinds of the requests that were said often, or whose habit is known, by the request's key. */
  readonly kinds: ReadonlyMap<string, number>;
  /** Kinds of requests behind which all other requests are (nearly) never answered. */
  readonly texts: ReadonlySet<number>;
}

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
  let habits: Habits = new Map();
  // what is known of some of them tells what the others were answered
  for (let round = 0; round < ROUNDS; round++) {
    const [own, begun] = [habitsOf(fine, dialogs, habits), habitsOf(coarse, dialogs, habits)];
    habits = new Map([...own].map(([key, habit]) => [key, isKnown(habit) ? habit : (begun.get(key) ?? habit)]));
  }
  const isLikeNothing = ({ bytes, count }: Request) => count < LEAST_SAID && !isKnown(habits.get(keyOf(bytes)));
  const kinds = new Map(
    clusters.flatMap(({ requests }, kind) =>
      requests.filter((r) => !isLikeNothing(r)).map(({ bytes }) => [keyOf(bytes), kind] as const),
    ),
  );
  return { habits, kinds, texts: textsIn(dialogs, { habits, kinds, texts: new Set() }) };
}

function isKnown({ answers, isSilent }: Habit = NO_HABIT): boolean {
  return answers.length > 0 || isSilent;
}

/** The lines of texts behind one kind of request, run by run, with the lines of what came back in the end. */
interface Texts {
  said: number;
  answered: number;
  readonly runs: { readonly lines: number; readonly answers: number }[];
}

/** The kinds of requests behind which texts stand: what nothing is known of, and is not answered line by line. */
function textsIn(dialogs: readonly Dialog[], usual: UsualAnswers): Set<number> {
  const found = new Map<number, Texts>();
  for (const dialog of dialogs) {
    let lines = 0;
    const { exchanges } = peeled(dialog, usual);
    behindsOf(exchanges, usual.kinds).forEach((behind, i) => {
      const { request, messages, last } = exchanges[i] ?? { request: EMPTY, messages: [], last: true };
      const its: Texts = found.get(behind) ?? { said: 0, answered: 0, runs: [] };
      found.set(behind, its);
      const isText = i > 0 && !usual.kinds.has(keyOf(request));
      if (messages.length > 0 && lines > 0) its.runs.push({ lines, answers: linesIn(messages) });
      lines = messages.length > 0 ? 0 : lines + Number(isText);
      if (!isText || (last && messages.length === 0)) return;
      its.said++;
      if (messages.length > 0) its.answered++;
    });
  }
  return new Set(
    [...found].filter(([kind, its]) => kind >= 0 && isSeldom(its) && !growsWith(its.runs)).map(([kind]) => kind),
  );
}

/** For each exchange the kind of the last request before it that has one; -1: there is none. */
function behindsOf(exchanges: readonly Exchange[], kinds: UsualAnswers['kinds']): number[] {
  let behind = -1;
  return exchanges.map(({ request }) => {
    const before = behind;
    behind = kinds.get(keyOf(request)) ?? behind;
    return before;
  });
}

function linesIn(messages: readonly Uint8Array[]): number {
  return messages.reduce((sum, bytes) => sum + occurrences(bytes, LINE_END), 0);
}

/** Whether more comes back where more was said: then each line is answered. */
function growsWith(runs: Texts['runs']): boolean {
  const most = Math.max(...runs.map(({ lines }) => lines));
  const least = Math.min(...runs.map(({ lines }) => lines));
  const mean = (of: number) => {
    const its = runs.filter(({ lines }) => lines === of);
    return its.reduce((sum, { answers }) => sum + answers, 0) / its.length;
  };
  return most > least && mean(most) - mean(least) >= (most - least) / 2;
}

function isSeldom({ said, answered }: { readonly said: number; readonly answered: number }): boolean {
  return said >= LEAST_SAID && answered <= said * SELDOM;
}

/** The habits of kinds of requests, given those that are known already. */
function habitsOf(kinds: readonly Grouping[], dialogs: readonly Dialog[], known: Habits): Habits {
  const kind = new Map(kinds.flatMap(({ requests }, id) => requests.map(({ bytes }) => [keyOf(bytes), id] as const)));
  const told = dialogs.map((dialog) => peeled(dialog, { ...NOTHING_TOLD, habits: known }));
  const answers = answersOf(kinds, kind, told);
  const isSilent = (key: string) => known.get(key)?.isSilent ?? false;
  const answering = [...kind].map(
    ([key, id]) => [key, { ...(answers[id] ?? NO_HABIT), isSilent: isSilent(key) }] as const,
  );
  const usual = new Map([...known, ...answering]);
  const silent = silentKinds(
    kind,
    dialogs.map((dialog) => peeled(dialog, { ...NOTHING_TOLD, habits: usual })),
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
const TEXT: Habit = { ...NO_HABIT, isSilent: true };
const NOTHING_TOLD: UsualAnswers = { habits: new Map(), kinds: new Map(), texts: new Set() };
const LINE_END = Uint8Array.of(LF);

/** The kinds of requests that were met with silence, or with more requests. */
function silentKinds(kind: ReadonlyMap<string, number>, dialogs: readonly Dialog[]): Set<number> {
  const counts = new Map<number, { said: number; answered: number }>();
  for (const { request, messages, last } of dialogs.flatMap((d) => d.exchanges.slice(1))) {
    const id = kind.get(keyOf(request));
    if (id === undefined || (last && messages.length === 0)) continue;
    const its = counts.get(id) ?? { said: 0, answered: 0 };
    counts.set(id, { said: its.said + 1, answered: its.answered + (messages.length > 0 ? 1 : 0) });
  }
  return new Set([...counts].filter(([, n]) => isSeldom(n)).map(([id]) => id));
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
  const { habits, kinds, texts } = usual;
  const behinds = texts.size > 0 ? behindsOf(dialog.exchanges, kinds) : [];
  const habitOf = ({ request }: Exchange, i: number): Habit => {
    const habit = habits.get(keyOf(request)) ?? NO_HABIT;
    const isText = texts.has(behinds[i] ?? -1) && !kinds.has(keyOf(request));
    return isText && habit.answers.length === 0 ? TEXT : habit;
  };
  const exchanges: Exchange[] = [];
  let run: Exchange[] = [];
  dialog.exchanges.forEach((exchange, i) => {
    run.push(exchange);
    if (exchange.pipelined && exchange.messages.length === 0 && !exchange.last) return;
    const from = i + 1 - run.length;
    exchanges.push(
      ...(run.length > 1
        ? (peel(
            run,
            run.map((one, k) => habitOf(one, from + k)),
          ) ?? run)
        : run),
    );
    run = [];
  });
  return { ...dialog, exchanges: [...exchanges, ...run] };
}

const SILENCE = { messages: [], freshPort: [], delays: [] } as const;

function peel(run: readonly Exchange[], habits: readonly Habit[]): Exchange[] | null {
  const last = run.at(-1);
  const whole = last?.messages[0];
  if (!last || !whole || last.messages.length > 1) return null;
  let rest = whole;
  const result: Exchange[] = [];
  for (const [i, exchange] of run.slice(0, -1).entries()) {
    const habit = habits[i] ?? NO_HABIT;
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
    return habits.at(-1)?.answers.length ? null : [...result, { ...plain, ...SILENCE, pipelined: false }];
  const named = portsIn(ports, whole.length - rest.length, whole.length);
  return [...result, { ...plain, ...named, messages: [rest], pipelined: false }];
}
