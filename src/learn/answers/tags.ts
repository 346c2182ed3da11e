/** Values of several kinds, each of which begins with a byte of its own. */
import { isPrintable } from '../../bytes/bytes.js';

/** Kinds that are told apart. */
const MOST_TAGS = 3;

/** Values of the most frequent first bytes that are no text, by their indices; at least so many of each. */
export function byTag(values: readonly (Uint8Array | null)[], least: number): number[][] {
  const alike = new Map<number, number[]>();
  values.forEach((value, i) => {
    const [first] = value ?? [];
    if (first !== undefined && !isPrintable(first)) alike.set(first, [...(alike.get(first) ?? []), i]);
  });
  const tags = [...alike.values()].filter((its) => its.length >= least);
  return tags.sort((a, b) => b.length - a.length).slice(0, MOST_TAGS);
}
