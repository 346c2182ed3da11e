/**
 * Groups of requests that are answered alike [new]: each sets something else, and the server says "done" to all of them.
 * The state behind them does not tell which of them it was.
 */
import type { Context } from '../../model/meaning.js';

/** Exchanges before a request that are looked at, sets of groups, and groups in one of them. */
const MOST_BACK = 64;
const MOST_SETS = 6;
const MOST_GROUPS = 12;

/** The groups whose requests led to one state before some requests, where there are several; those of most requests first. */
export function siblings(contexts: readonly Context[]): readonly (readonly number[])[] {
  const groups = new Map<number, Map<number, number>>();
  for (const { said, at } of contexts) {
    for (let i = Math.max(1, at - MOST_BACK); i < at; i++) {
      const { state = -1, group = -1 } = said[i] ?? {};
      if (state < 0 || group < 0) continue;
      let its = groups.get(state);
      if (!its) groups.set(state, (its = new Map<number, number>()));
      its.set(group, (its.get(group) ?? 0) + 1);
    }
  }
  const total = (its: ReadonlyMap<number, number>) => [...its.values()].reduce((sum, count) => sum + count, 0);
  const sets = [...groups.values()]
    .filter((its) => its.size > 1 && its.size <= MOST_GROUPS)
    .sort((a, b) => total(b) - total(a))
    .map((its) => [...its.keys()].sort((a, b) => a - b));
  return [...new Map(sets.map((set) => [set.join(), set])).values()].slice(0, MOST_SETS);
}
