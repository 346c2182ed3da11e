/**
 * Which sessions are learned from and which are asked, for cross-validation: what one source said stays
 * together, so that nothing is asked that the same source had shown before.
 */
import { seeded } from '../bytes/random.js';
import type { Session } from '../capture/types.js';
import { serviceOfSession } from '../learn/index.js';

/** Fewer sources than this, and sessions are dealt out instead. */
const FEWEST_SOURCES = 4;

/** A source with more than this share of the sessions, and sessions are dealt out: without it, there is little to learn. */
const LARGEST_SOURCE = 0.5;

export type FoldedBy = 'source' | 'session';

export interface Fold {
  readonly training: readonly Session[];
  readonly test: readonly Session[];
}

export interface Split {
  readonly folds: readonly Fold[];
  /** How each service was dealt out; services that can not be (one session) are left out. */
  readonly by: ReadonlyMap<string, FoldedBy>;
}

/** What a session is learned as: `tcp/21`, or `tcp/21/data`. */
export const serviceOf: (session: Session) => string = serviceOfSession;

/** Sessions that can be learned from and asked: whole ones in which the server speaks. */
export function isUsable({ outcome, messages, openedBy }: Session): boolean {
  return outcome === 'complete' && openedBy === undefined && messages.some((m) => m.from === 'server');
}

function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const name = key(item);
    const known = groups.get(name);
    if (known) known.push(item);
    else groups.set(name, [item]);
  }
  return groups;
}

export { groupBy };

/** Fisher and Yates. */
function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const all = [...items];
  for (let i = all.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    const [a, b] = [all[i], all[j]];
    if (a !== undefined && b !== undefined) [all[i], all[j]] = [b, a];
  }
  return all;
}

function spread<T>(items: readonly T[], most: number): T[] {
  if (items.length <= most) return [...items];
  return Array.from({ length: most }, (_, i) => items[Math.floor((i * items.length) / most)]).filter(
    (item) => item !== undefined,
  );
}

/**
 * At most so many sessions of a service, in their order: of many sources rather than many of one, drawn by lot.
 */
export function sampleSessions(sessions: readonly Session[], most: number, seed: number): Session[] {
  if (sessions.length <= most) return [...sessions];
  const sources = shuffled([...groupBy(sessions, (s) => s.client.address).values()], seeded(seed));
  const each = Math.ceil(most / Math.min(sources.length, 2 * FEWEST_SOURCES));
  const chosen = new Set<Session>();
  for (const own of sources) for (const session of spread(own, Math.min(each, most - chosen.size))) chosen.add(session);
  // Where sources are small but few, there is room left.
  for (const session of spread(
    sessions.filter((s) => !chosen.has(s)),
    most - chosen.size,
  ))
    chosen.add(session);
  return sessions.filter((s) => chosen.has(s));
}

/** Whether sources are so many, and so even, that what is left without one of them can teach the rest. */
function isSpread(own: readonly Session[], foldOfSource: ReadonlyMap<string, number>): boolean {
  const sources = groupBy(own, (s) => s.client.address);
  const used = new Set([...sources.keys()].map((address) => foldOfSource.get(address)));
  const largest = Math.max(...[...sources.values()].map((its) => its.length));
  return sources.size >= FEWEST_SOURCES && used.size > 1 && largest <= LARGEST_SOURCE * own.length;
}

/** Deals sessions out to folds; each is the test of one fold and in the training of all others. */
export function split(sessions: readonly Session[], folds: number, seed: number): Split {
  const services = [...groupBy(sessions, serviceOf)].filter(([, own]) => own.length > 1);
  const random = seeded(seed);
  // Sources of one service next to each other, so that each service is spread over all folds.
  const foldOfSource = new Map<string, number>();
  for (const [, own] of [...services].sort(([, a], [, b]) => b.length - a.length)) {
    const sources = groupBy(own, (s) => s.client.address);
    const unknown = shuffled(
      [...sources.keys()].filter((address) => !foldOfSource.has(address)),
      random,
    ).sort((a, b) => (sources.get(b)?.length ?? 0) - (sources.get(a)?.length ?? 0));
    const load = new Array<number>(folds).fill(0);
    for (const [address, its] of sources) {
      const fold = foldOfSource.get(address);
      if (fold !== undefined) load[fold] = (load[fold] ?? 0) + its.length;
    }
    for (const address of unknown) {
      const fold = load.indexOf(Math.min(...load));
      foldOfSource.set(address, fold);
      load[fold] = (load[fold] ?? 0) + (sources.get(address)?.length ?? 0);
    }
  }
  const by = new Map<string, FoldedBy>();
  const foldOf = new Map<Session, number>();
  for (const [service, own] of services) {
    const bySource = isSpread(own, foldOfSource);
    by.set(service, bySource ? 'source' : 'session');
    if (bySource) for (const session of own) foldOf.set(session, foldOfSource.get(session.client.address) ?? 0);
    else shuffled(own, random).forEach((session, i) => foldOf.set(session, i % folds));
  }
  const dealt = sessions.filter((session) => foldOf.has(session));
  const parts = Array.from({ length: folds }, (_, fold) => ({
    training: dealt.filter((session) => foldOf.get(session) !== fold),
    test: dealt.filter((session) => foldOf.get(session) === fold),
  }));
  return { folds: parts.filter((part) => part.test.length > 0), by };
}
