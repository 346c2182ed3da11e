/**
 * Where a client says again what it said before about the same thing: keys of the memory [new].
 *
 * A key is a part of the present request (or of an earlier one of its session) that also stands in an
 * earlier exchange of the same source. Candidates come from what some samples have in common with the
 * exchanges before them; each is held against all samples, and the best ones of every group are kept.
 */
import { EMPTY, equal, indexOf, toLatin1 } from '../../bytes/bytes.js';
import { seeded } from '../../bytes/random.js';
import { isPresent, take, type Context, type Said } from '../../model/meaning.js';
import type { Recall } from '../../model/types.js';
import { spread } from '../spread.js';
import { matches, parts, type Match, type Named, type NamedSpan } from './common-parts.js';
import { Judge, type Candidate, type Earlier, type Judged, type Sample } from './key-judge.js';
import { type RegionsOf, type Beside, type Says, MOST_SPANS, Messages, NOBODY } from './key-names.js';

const NOTHING_BESIDE: Beside = { of: null, requests: [], newFrom: Infinity };

const REFERENCES = 12;
/** The same for what the first keys do not name, and how much of that there has to be. */
const REFERENCES_OF_REST = 6;
const LEAST_REST = 4;
/** Earlier exchanges of one group that one sample is compared with. */
const EACH = 3;
const MOST_EARLIER = 60;
const MOST_PAST = 32;
const MOST_CANDIDATES = 400;
const MOST_OF_WAY = 200;
const MORE = 10;
const BEST_OF_WAY = 32;
const KEPT_OF_GROUP = 2;
const MOST_KEPT = 6;
const MOST_HANDED = 3;
const OF_HANDED = 2;

/** What a server hands out has so many bytes at least, and so many different ones. */
const LEAST_HANDED = 4;
const VARIOUS = 3;
/** So few samples may each be the only one that something was said about before. */
const FEW = 8;
/** A key, by its parts of the request and of an exchange of a group before it. */
type Key = Pick<Judged, 'group' | 'here' | 'there'>;

/** What was proposed, with how often, and no more of one way than can be judged. */
class Candidates {
  /** All samples may name the same key: much looks like one then, and the one that all have is wanted. */
  private readonly isOneKey: boolean;
  private readonly all = new Map<string, Map<number, { readonly candidate: Candidate; seen: number }>>();

  constructor(isOneKey: boolean) {
    this.isOneKey = isOneKey;
  }

  /** @param way the group, and the messages that are compared */
  add(way: string, here: NamedSpan, there: NamedSpan, group: number, cost: number): void {
    let its = this.all.get(way);
    if (!its) this.all.set(way, (its = new Map<number, { readonly candidate: Candidate; seen: number }>()));
    const key = here.id * MOST_SPANS + there.id;
    const known = its.get(key);
    if (known) known.seen++;
    else if (its.size < MOST_OF_WAY * (this.isOneKey ? MORE : 1))
      its.set(key, { candidate: { group, here, there, cost }, seen: 1 });
  }

  /** The plainest ones of every way; those that more than one sample proposed first. */
  best(): Candidate[] {
    const most = this.isOneKey ? Infinity : 2;
    const all = [...this.all.values()].flatMap((its) =>
      [...its.values()]
        .sort((a, b) => Math.min(most, b.seen) - Math.min(most, a.seen) || a.candidate.cost - b.candidate.cost)
        .slice(0, BEST_OF_WAY)
        .map(({ candidate }) => candidate),
    );
    return all.sort((a, b) => a.cost - b.cost).slice(0, MOST_CANDIDATES);
  }
}

/**
 * The recalls that mean something for these samples, those that most of them have first.
 *
 * @param idle what says whose a request is: all requests of a session have the same, so it names none
 * @param isOwn whether a value is one client's own: such a one names something, even if it is the only one seen
 */
export function findRecalls(
  contexts: readonly Context[],
  regionsOf: RegionsOf,
  beside: Beside = NOTHING_BESIDE,
  idle: Says = NOBODY,
  isOwn: (value: Uint8Array) => boolean = () => false,
): Recall[] {
  const samples = contexts.map((context): Sample => ({ context, earlier: earlierOf(context) }));
  const messages = new Messages(regionsOf, beside, idle);
  const isAlone = samples.length <= FEW ? isOwn : () => false;
  const first = bestOf(samples, messages, beside, REFERENCES, KEPT_OF_GROUP, propose, isAlone);
  // what those do not name may be named in another way
  const rest = first.length > 0 ? samples.filter((sample) => !first.some((one) => holds(one, sample))) : [];
  const second = rest.length >= LEAST_REST ? bestOf(rest, messages, beside, REFERENCES_OF_REST, 1) : [];
  // whether the very same was asked before tells what is known of nothing else, such as that it was taken away already
  const own = new Set(contexts.map(({ said, at }) => said[at]?.group));
  const others = first.slice(MOST_KEPT).filter(({ group }) => own.has(group));
  const again = [...others.filter(isNamedNow), ...others];
  const all = [...first.slice(0, MOST_KEPT), ...again.slice(0, 1), ...second.slice(0, 1)];
  return all.flatMap((one) => recallsOf(one, one.isRepeated));
}

/**
 * Recalls by what the server handed out: a value of an earlier answer that the client gives back says what the present
 * request is about, namely what it was handed out for.
 */
export function findHanded(contexts: readonly Context[], regionsOf: RegionsOf, idle: Says = NOBODY): Recall[] {
  const samples = contexts.map((context): Sample => ({ context, earlier: earlierOf(context) }));
  const messages = new Messages(regionsOf, NOTHING_BESIDE, idle);
  // of two values that are given back, one may be right or wrong where the other one always names what is meant
  const isBeside = (one: Key, other: Key) => !sayTheSame(one, other, samples);
  const isSaid = saidByMost(contexts);
  const proposed: typeof propose = (...given) => {
    proposeHanded(...given, isSaid);
  };
  const best = bestOf(samples, messages, NOTHING_BESIDE, REFERENCES, OF_HANDED, proposed, () => false, isBeside);
  return best.slice(0, MOST_HANDED).flatMap((one) => recallsOf(one, false));
}

/** Requests that tell what is said whatever was handed out, and the share of them that has to say it. */
const MOST_SAID = 24;
const MOSTLY = 0.5;

/** Whether most requests hold a value: then it is a word of theirs, and nothing that was handed out. */
function saidByMost(contexts: readonly Context[]): (value: Uint8Array) => boolean {
  const sessions = new Map(contexts.map(({ said, at }) => [said, said[at]?.request ?? EMPTY]));
  const requests = spread([...sessions.values()], MOST_SAID);
  return (value) => {
    const holding = requests.filter((request) => indexOf(request, value) >= 0);
    return requests.length >= FEW && holding.length > requests.length * MOSTLY;
  };
}

/** Whether two keys are the same part of nearly all requests, by two names. */
function sayTheSame({ here: one }: Key, { here: other }: Key, samples: readonly Sample[]): boolean {
  const values = samples.map(({ context }) => [one, other].map((span) => toLatin1(take(span, context) ?? EMPTY)));
  return values.filter(([a = '', b = '']) => a.includes(b) || b.includes(a)).length * 2 > samples.length;
}

/** The keys that name most of what some samples are about, a few for each group. */
function bestOf(
  samples: readonly Sample[],
  messages: Messages,
  beside: Beside,
  most: number,
  ofGroup: number,
  proposed = propose,
  isAlone: (value: Uint8Array) => boolean = () => false,
  isBeside = (one: Judged, other: Judged) => other.support > one.support || !isLike(other, one),
): readonly Judged[] {
  const candidates = new Candidates(beside.of !== null);
  for (const { context, earlier } of references(
    samples.filter((sample) => sample.earlier.length > 0),
    most,
  ))
    proposed(context, aFew(earlier), messages, candidates);
  const judge = new Judge(samples, beside, isAlone);
  const judged = candidates
    .best()
    .map((candidate) => judge.judged(candidate))
    .filter((j) => j !== null)
    .sort((a, b) => b.support - a.support || a.common - b.common || a.cost - b.cost);
  const kept = new Map<number, Judged[]>();
  for (const one of judged) {
    const its = kept.get(one.group) ?? [];
    // what the request itself names is the plainest, also where others are named more often
    const isRoom = its.length < ofGroup || (its.length === ofGroup && isNamedNow(one) && !its.some(isNamedNow));
    if (isRoom && its.every((other) => isBeside(one, other))) kept.set(one.group, [...its, one]);
  }
  return [...kept.values()].flat();
}

/** Whether the present request itself says the key. */
function isNamedNow({ here: { of } }: Key): boolean {
  return isPresent(of);
}

/** Whether a key names an earlier exchange of a sample. */
function holds({ group, here, there }: Key, { context, earlier }: Sample): boolean {
  const value = take(here, context);
  if (value === null || value.length === 0) return false;
  return earlier.some((one) => one.exchange.group === group && equal(take(there, one.context) ?? EMPTY, value));
}

/**
 * So many of some samples, as far apart as can be, and half as many more in no order: clients repeat themselves, and every
 * eighth sample may be the first one of its session.
 */
function references(samples: readonly Sample[], most: number): readonly Sample[] {
  const even = spread(samples, most);
  if (even.length === samples.length) return even;
  const random = seeded(samples.length);
  const more = Array.from({ length: most / 2 }, () => samples[Math.floor(random() * samples.length)]);
  return [...new Set([...even, ...more.filter((sample) => sample !== undefined)])];
}

/** Two ways to say the same: only the plainer one is of use. */
function isLike(a: Judged, b: Judged): boolean {
  return JSON.stringify(a.here.of) === JSON.stringify(b.here.of);
}

function recallsOf({ group, here, there }: Key, isRepeated: boolean): Recall[] {
  const one: Recall = { kind: 'recall', group, keys: [{ here, there }], side: 'request' };
  const both: Recall[] = [one, { ...one, side: 'answer' }];
  return isRepeated ? [...both, ...[1, 0, -1].map((ahead): Recall => ({ ...one, ahead }))] : both;
}

/** What was said before the present request: in its session, then in the source's other sessions. */
function earlierOf(context: Context): Earlier[] {
  const found: Earlier[] = [];
  const add = (said: readonly Said[], last: number) => {
    for (let at = last; at > 0 && found.length < MOST_EARLIER; at--) {
      const exchange = said[at];
      if (exchange && exchange.group >= 0 && exchange.time <= context.now)
        found.push({ context: { ...context, said, at, now: exchange.time }, exchange });
    }
  };
  add(context.said, context.at - 1);
  const past = context.past ?? [];
  for (let i = past.length - 1; i >= 0 && past.length - i <= MOST_PAST; i--) {
    const said = past[i];
    if (said && said !== context.said) add(said, said.length - 1);
  }
  return found;
}

/** The first few of every group. */
function aFew(earlier: readonly Earlier[]): Earlier[] {
  const counts = new Map<number, number>();
  return earlier.filter(({ exchange }) => {
    const count = counts.get(exchange.group) ?? 0;
    counts.set(exchange.group, count + 1);
    return count < EACH;
  });
}

function propose(context: Context, earlier: readonly Earlier[], messages: Messages, into: Candidates): void {
  const heres = messages.of(context);
  for (const { context: then, exchange } of earlier) {
    const theres = messages.of(then);
    heres.forEach((here, h) => {
      theres.forEach((there, t) => {
        const way = `${exchange.group} ${here.name} ${there.name}`;
        // what an exchange has in common with itself says nothing
        if (here.place.bytes === there.place.bytes || (h > 0 && t > 0 && then.said === context.said)) return;
        for (const match of matches(here, there)) collect(way, exchange.group, here, there, match, messages, into);
      });
    });
  }
}

/** The same for what an earlier answer said first; `isSaid`: what is a word of the requests. */
function proposeHanded(
  context: Context,
  earlier: readonly Earlier[],
  messages: Messages,
  into: Candidates,
  isSaid: (value: Uint8Array) => boolean,
): void {
  const [here] = messages.of(context);
  if (!here) return;
  for (const { context: then, exchange } of earlier) {
    const there = messages.answer(then);
    for (const match of there ? matches(here, there) : []) {
      const value = here.place.bytes.subarray(match.here, match.here + match.length);
      if (value.length < LEAST_HANDED || new Set(value).size < VARIOUS || indexOf(exchange.request, value) >= 0)
        continue;
      if (there && !isSaid(value)) collect(`${exchange.group}`, exchange.group, here, there, match, messages, into);
    }
  }
}

/** The natural parts of a match, named in both messages. */
function collect(
  way: string,
  group: number,
  here: Named,
  there: Named,
  match: Match,
  messages: Messages,
  into: Candidates,
): void {
  for (const [skip, length] of parts(here, match)) {
    const theres = messages.spansOf(there, match.there + skip, length);
    for (const h of messages.spansOf(here, match.here + skip, length))
      // what is found in both by one name is named once
      for (const t of theres)
        into.add(way, h, t, group, here.cost + there.cost + h.cost + (h.id === t.id ? 0 : t.cost));
  }
}
