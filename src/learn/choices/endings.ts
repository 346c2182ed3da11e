/**
 * How a session goes on after an answer [new]: decided apart from what the answer says, since who
 * closes first is often a race, and a client that left tells nothing about the server.
 */
import { equal } from '../../bytes/bytes.js';
import { decide, type Context } from '../../model/meaning.js';
import type { Choice } from '../../model/types.js';
import type { Draft } from '../answers/draft.js';
import type { Variant } from '../answers/cover.js';
import type { Sample } from '../answers/sample.js';
import type { Ending } from '../dialogs/exchanges.js';
import { contentFeatures, contextFeatures } from './features.js';
import { spread } from '../spread.js';
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
 * Nor do many of silence: what the client says behind a request that is not answered is read as a part of it, so that
 * such a one is always the last.
 *
 * @param silent the answers that say nothing
 */
export function endsOf(answers: readonly (readonly Ending[])[], silent: ReadonlySet<number> = new Set()): Ending[] {
  const closings = answers.map((its) => its.filter((e) => e === 'fin' || e === 'rst').length);
  const isMixed = (its: readonly Ending[]) => its.includes('stay');
  const sum = (which: (its: readonly Ending[], closed: number) => boolean) =>
    answers.reduce((all, its, i) => all + (which(its, closings[i] ?? 0) ? (closings[i] ?? 0) : 0), 0);
  const isChance = sum(isMixed) > sum((its, closed) => !isMixed(its) && closed > FEW);
  return answers.map((its, i) => {
    const saysNothing = (closings[i] ?? 0) <= FEW || silent.has(i);
    return isChance && saysNothing ? 'stay' : endOf(its);
  });
}

/** Whether an answer that ends the session in one way can be one that does in the other. */
export function mayEnd(one: Ending, other: Ending): boolean {
  return one === other || one === 'untold' || other === 'untold';
}

/** Samples of all answers that are looked at. */
const MOST_SAMPLES = 400;
/** Share of the samples whose end a tree has to tell. */
const TOLD = 0.95;

/** How the sessions of one service go on. */
export class Endings {
  private readonly all: () => readonly (Sample | null)[];
  private usual: Deciding | null | undefined;

  /** @param all samples of all answers */
  constructor(all: () => readonly (Sample | null)[]) {
    this.all = all;
  }

  /**
   * An answer after which the server sometimes stayed and sometimes closed, as two where what was asked, or what came
   * before, decides between them: for this answer, or for all of the service where its samples are too few to show it
   * and nothing in it is open. Where nothing does, it is left as it is.
   */
  parted(variant: Variant, samples: readonly Sample[]): Variant[] {
    const own = told(variant.members.map((m) => samples[m] ?? null));
    if (own.every(({ ends }) => ends) || !own.some(({ ends }) => ends)) return [variant];
    const tree = decidingOf(own);
    if (tree) return isRight(tree, own) ? partedBy(tree, variant, samples) : [variant];
    const usual = this.ofAll();
    const parts = usual && isRight(usual, own) ? partedBy(usual, variant, samples) : [variant];
    return parts.every(isClear) ? parts : [variant];
  }

  private ofAll(): Deciding | null {
    if (this.usual === undefined) this.usual = decidingOf(told(spread(this.all(), MOST_SAMPLES)));
    return this.usual;
  }
}

/** Whether nothing in an answer is open: what a few samples leave open is better looked for in all of them. */
function isClear({ messages }: Variant): boolean {
  const isOne = (values: readonly (Uint8Array | null)[]) => values.every((v) => v && values[0] && equal(v, values[0]));
  return messages.flat().every((draft) => draft.kind !== 'unknown' || isOne(draft.values));
}

function partedBy(tree: Deciding, variant: Variant, samples: readonly Sample[]): Variant[] {
  const sides = variant.members.map((m) => {
    const { close = 'untold', context } = samples[m] ?? {};
    return close === 'untold' ? (context ? decide(tree, context) : 0) : Number(close !== 'stay');
  });
  return [0, 1].map((side) =>
    only(
      variant,
      sides.flatMap((s, i) => (s === side ? [i] : [])),
    ),
  );
}

/** A sample of which is known whether the server closed the session. */
interface Told {
  readonly context: Context;
  readonly ends: boolean;
}

function told(samples: readonly (Sample | null)[]): Told[] {
  return samples.flatMap((sample) =>
    !sample || sample.close === 'untold' ? [] : [{ context: sample.context, ends: sample.close !== 'stay' }],
  );
}

/** Leads to 1 where the server closes the session, and to 0 where it stays. */
type Deciding = Choice<number>;

function decidingOf(samples: readonly Told[]): Deciding | null {
  const contexts = samples.map(({ context }) => context);
  const features = [...contextFeatures(contexts, 0), ...contentFeatures(contexts, null)];
  const labels = Int32Array.from(samples, ({ ends }) => Number(ends));
  const tree = growTree(labels, features, { maxDepth: 6, strict: true, least: 2 });
  return tree.kind === 'leaf' || purity(tree) < TOLD ? null : tree;
}

function isRight(tree: Deciding, samples: readonly Told[]): boolean {
  const right = samples.filter(({ context, ends }) => decide(tree, context) === Number(ends));
  return right.length >= TOLD * samples.length;
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
