/**
 * Copies of binary values that follow right on each other, of one message, as one copy [new].
 *
 * What an answer with few samples gives back in one piece was found in several, each named by itself: the places in
 * between are where the one sample has them, and no simpler account of it than that all of it is given back.
 */
import { concat, EMPTY, equal, isText } from '../../bytes/bytes.js';
import { produce, type Context } from '../../model/meaning.js';
import type { Rule } from '../../model/types.js';
import type { Draft } from './draft.js';

/** The drafts with neighbouring copies as one, where that gives the same in all samples. */
export function withJoinedCopies(drafts: readonly Draft[], contexts: readonly Context[]): Draft[] {
  const joined: Draft[] = [];
  for (const draft of drafts) {
    const last = joined.at(-1);
    const both = last && asOne(last, draft, contexts);
    if (both) joined[joined.length - 1] = both;
    else joined.push(draft);
  }
  return joined;
}

function asOne(one: Draft, other: Draft, contexts: readonly Context[]): Draft | null {
  if (one.kind !== 'rule' || other.kind !== 'rule') return null;
  const rule = spanning(one.rule, other.rule);
  if (!rule) return null;
  const values = contexts.map((_, i) => concat([one.values[i] ?? EMPTY, other.values[i] ?? EMPTY]));
  const holds = contexts.every((context, i) => equal(produce(rule, context, () => 0) ?? EMPTY, values[i] ?? EMPTY));
  return holds && !values.every(isText) ? { ...one, rule, values } : null;
}

/** The copy from where one begins to where another one of the same message ends; null where that end goes by its own beginning. */
function spanning(one: Rule, other: Rule): Rule | null {
  if (one.kind !== 'copy' || other.kind !== 'copy') return null;
  if (one.transform.kind !== 'copy' || other.transform.kind !== 'copy') return null;
  const { of, from } = one.span;
  const { of: source, to } = other.span;
  const isPlace = to.kind === 'end' || to.kind === 'region' || to.kind === 'marker' || to.kind === 'behind';
  return isPlace && JSON.stringify(of) === JSON.stringify(source) ? { ...one, span: { of, from, to } } : null;
}
