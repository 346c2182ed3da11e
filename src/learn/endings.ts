/**
 * How a session goes on after an answer [new]: decided apart from what the answer says, since who
 * closes first is often a race, and a client that left tells nothing about the server.
 */
import type { Context } from '../model/meaning.js';
import type { Draft } from './answers/draft.js';
import type { Variant } from './answers/cover.js';
import type { Sample } from './answers/sample.js';
import type { Ending } from './exchanges.js';
import { contentFeatures, contextFeatures } from './features.js';
import { decide } from '../model/meaning.js';
import { growTree, purity } from './tree.js';

/** What samples of one answer say together: a server that is seen to stay once is taken to stay. */
export function endOf(endings: readonly Ending[]): Ending {
  const count = (ending: Ending) => endings.filter((e) => e === ending).length;
  if (count('stay') > 0) return 'stay';
  if (count('fin') + count('rst') > 0) return count('fin') >= count('rst') ? 'fin' : 'rst';
  return 'untold';
}

/** So few samples after which the server closed may have been the last of their sessions by chance. */
const FEW = 3;

/**
 * Which answers close the session. Where most sessions were ended by the server after answers after which it stayed
 * elsewhere, its end follows from something else than what was said, and few samples of an answer say nothing of it.
 */
export function endsOf(answers: readonly (readonly Ending[])[]): Ending[] {
  const closings = answers.map((its) => its.filter((e) => e === 'fin' || e === 'rst').length);
  const isMixed = (its: readonly Ending[]) => its.includes('stay');
  const sum = (which: (its: readonly Ending[], closed: number) => boolean) =>
    answers.reduce((all, its, i) => all + (which(its, closings[i] ?? 0) ? (closings[i] ?? 0) : 0), 0);
  const isChance = sum(isMixed) > sum((its, closed) => !isMixed(its) && closed > FEW);
  return answers.map((its, i) => (isChance && (closings[i] ?? 0) <= FEW ? 'stay' : endOf(its)));
}

/** Whether an answer that ends the session in one way can be one that does in the other. */
export function mayEnd(one: Ending, other: Ending): boolean {
  return one === other || one === 'untold' || other === 'untold';
}

/** Share of the samples whose end a tree has to tell. */
const TOLD = 0.95;

/**
 * An answer after which the server sometimes stayed and sometimes closed, as two where what was asked, or
 * what came before, decides between them. Where nothing does, it is left as it is.
 */
export function partedByEnd(variant: Variant, samples: readonly Sample[]): Variant[] {
  const ends = variant.members.map((m) => samples[m]?.close ?? 'untold');
  const told = variant.members.flatMap((_, i) => (ends[i] === 'untold' ? [] : [i]));
  const labels = Int32Array.from(told, (i) => Number(ends[i] !== 'stay'));
  if (!labels.includes(0) || !labels.includes(1)) return [variant];
  const contextAt = (i: number): Context | undefined => samples[variant.members[i] ?? 0]?.context;
  const contexts = told.map(contextAt).filter((c) => c !== undefined);
  const features = [...contextFeatures(contexts, 0), ...contentFeatures(contexts, null)];
  const tree = growTree(labels, features, { maxDepth: 6, strict: true, least: 2 });
  if (tree.kind === 'leaf' || purity(tree) < TOLD) return [variant];
  const sides = variant.members.map((_, i) => {
    const context = contextAt(i);
    return ends[i] === 'untold' ? (context ? decide(tree, context) : 0) : Number(ends[i] !== 'stay');
  });
  return [0, 1].map((side) =>
    only(
      variant,
      sides.flatMap((s, i) => (s === side ? [i] : [])),
    ),
  );
}

/** A variant with some of its members, by their places in it. */
function only({ members, messages }: Variant, places: readonly number[]): Variant {
  const pick = (values: readonly (Uint8Array | null)[]) => places.map((i) => values[i] ?? null);
  const narrowed = (draft: Draft): Draft =>
    draft.kind === 'literal'
      ? draft
      : draft.kind === 'unknown'
        ? { kind: 'unknown', values: pick(draft.values) }
        : { ...draft, values: pick(draft.values), support: places.length };
  return { members: places.map((i) => members[i] ?? 0), messages: messages.map((drafts) => drafts.map(narrowed)) };
}
