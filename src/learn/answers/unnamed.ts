/**
 * What a source said last in another session, where no key in the present request names it [new]: what was put into a
 * list there, or chosen, is what this session is told of.
 *
 * That an answer gives back words of such a request, which the present session has not said, is the proof; what
 * undoes it again is told by the answers that no longer do.
 */
import { EMPTY, toLatin1, isAlphanumeric } from '../../bytes/bytes.js';
import { type Context, type Said } from '../../model/meaning.js';
import { isSignal } from '../../model/signals.js';
import type { Recall } from '../../model/types.js';
import { once } from '../kept.js';

/** Shortest word that is not met by chance. */
const LEAST = 4;
/** Bytes of a message that are looked at. */
const SCAN = 4096;
const MOST_SESSIONS = 32;
/** Exchanges of one session that are looked at, from its end. */
const MOST_BACK = 64;
/** Answers that give back something, counted less where other sources' answers hold it too. */
const LEAST_PROOF = 2;
/** Share of the answers after such a request that have to give back something. */
const OFTEN = 0.25;
const MOST_KEPT = 2;
/** Answers that have to show that something is undone. */
const LEAST_UNDONE = 2;

/** What is known of one sample. */
interface Seen {
  /** The latest exchange of each group, in any session of the source. */
  readonly latest: ReadonlyMap<number, Said>;
  /** Groups of which the latest is in another session. */
  readonly elsewhere: ReadonlySet<number>;
  /** Words of the answer that the present session has not said. */
  readonly told: ReadonlySet<string>;
  readonly source: string;
}

/** Recalls without a key, of what undoes them as well; `named` are groups of which requests are named by a key. */
export function findUnnamed(contexts: readonly Context[], named: ReadonlySet<number>): Recall[] {
  if (!contexts.some(({ past = [], said }) => past.some((other) => other !== said))) return [];
  const seen = contexts.map(seenBy);
  const answers = new Map<string, Map<string, number>>();
  const sizes = new Map<string, number>();
  for (const { told, source } of seen) {
    sizes.set(source, (sizes.get(source) ?? 0) + 1);
    for (const word of told) count(answers, word, source);
  }
  /** Share of the other sources' answers that hold a word. */
  const chanceOf = (word: string, source: string): number => {
    const its = answers.get(word);
    const own = its?.get(source) ?? 0;
    const all = [...(its?.values() ?? [])].reduce((sum, n) => sum + n, 0);
    return (all - own) / Math.max(1, seen.length - (sizes.get(source) ?? 0));
  };
  const groups = new Set(seen.flatMap(({ elsewhere }) => [...elsewhere]));
  const proven = [...groups]
    .filter((group) => !named.has(group))
    .map((group) => ({ group, proof: proofOf(group, seen, chanceOf) }))
    .filter(({ proof }) => proof >= LEAST_PROOF)
    .sort((a, b) => b.proof - a.proof || a.group - b.group)
    .slice(0, MOST_KEPT);
  const undoing = proven.flatMap(({ group }) => undoes(group, groups, seen));
  return [...new Set([...proven.map(({ group }) => group), ...undoing])].flatMap(recallsOf);
}

function recallsOf(group: number): Recall[] {
  const one: Recall = { kind: 'recall', group, keys: [], side: 'request' };
  return [one, { ...one, side: 'answer' }];
}

function count(counts: Map<string, Map<string, number>>, word: string, source: string): void {
  const its = counts.get(word) ?? new Map<string, number>();
  counts.set(word, its);
  its.set(source, (its.get(source) ?? 0) + 1);
}

function seenBy({ said, at, past = [], now, environment }: Context): Seen {
  const latest = new Map<number, Said>();
  const elsewhere = new Set<number>();
  const add = (session: readonly Said[], last: number, isOther: boolean) => {
    for (let i = last; i > 0 && last - i < MOST_BACK; i--) {
      const exchange = session[i];
      if (!exchange || exchange.group < 0 || exchange.time > now || isSignal(exchange.request)) continue;
      const known = latest.get(exchange.group);
      if (known && known.time >= exchange.time) continue;
      latest.set(exchange.group, exchange);
      if (isOther) elsewhere.add(exchange.group);
    }
  };
  add(said, at - 1, false);
  for (const other of past.slice(-MOST_SESSIONS)) if (other !== said) add(other, other.length - 1, true);
  const own = new Set<string>();
  if (elsewhere.size > 0)
    for (let i = Math.max(1, at - MOST_BACK); i <= at; i++)
      for (const word of wordsOf(said[i]?.request ?? EMPTY)) own.add(word);
  const told = [...wordsOf(said[at]?.answer ?? EMPTY)].filter((word) => !own.has(word));
  return { latest, elsewhere, told: new Set(told), source: environment.client.address };
}

const wordsOf = once((message: Uint8Array): ReadonlySet<string> => {
  const bytes = message.subarray(0, SCAN);
  const words = new Set<string>();
  let start = 0;
  for (let at = 0; at <= bytes.length; at++) {
    if (at < bytes.length && isAlphanumeric(bytes[at] ?? 0)) continue;
    if (at - start >= LEAST) words.add(toLatin1(bytes.subarray(start, at)));
    start = at + 1;
  }
  return words;
});

/** Words of the latest request of a group elsewhere that the answer gives back. */
function givenBack(group: number, { latest, elsewhere, told }: Seen): string[] {
  return elsewhere.has(group) ? [...wordsOf(latest.get(group)?.request ?? EMPTY)].filter((word) => told.has(word)) : [];
}

/** How much speaks for what was said of a group elsewhere being told of here. */
function proofOf(group: number, seen: readonly Seen[], chanceOf: (word: string, source: string) => number): number {
  const words = new Set<string>();
  let proof = 0;
  let all = 0;
  for (const one of seen) {
    if (one.elsewhere.has(group)) all++;
    const [best] = givenBack(group, one)
      .map((word) => ({ word, chance: chanceOf(word, one.source) }))
      .sort((a, b) => a.chance - b.chance);
    if (!best || best.chance >= 0.5) continue;
    words.add(best.word);
    proof += 1 - best.chance;
  }
  return words.size >= 2 && proof >= OFTEN * all ? proof : 0;
}

/** Groups of requests behind which the answers never give back what was said before them. */
function undoes(group: number, groups: ReadonlySet<number>, seen: readonly Seen[]): number[] {
  return [...groups]
    .filter((other) => other !== group)
    .map((other) => {
      const behind = seen.filter(
        ({ latest }) => (latest.get(other)?.time ?? -Infinity) > (latest.get(group)?.time ?? Infinity),
      );
      const isUndone = behind.every((one) => givenBack(group, one).length === 0);
      return { other, undone: isUndone ? behind.length : 0 };
    })
    .filter(({ undone }) => undone >= LEAST_UNDONE)
    .sort((a, b) => b.undone - a.undone || a.other - b.other)
    .slice(0, MOST_KEPT)
    .map(({ other }) => other);
}
