/**
 * Which of several states a request leads to: the tree of questions about the request, about what came before it, and
 * about what was said earlier about the same thing; by rote, where that does better.
 */
import type { Context } from '../../model/meaning.js';
import type { Recall } from '../../model/types.js';
import type { Draft } from '../answers/draft.js';
import { explains } from '../answers/explains.js';
import type { Table } from '../answers/lookups/table.js';
import type { Grouping } from '../classes/classes.js';
import { earlierFeatures } from './earlier.js';
import { contentFeatures, contextFeatures, keyFeatures, sizeFeatures } from './features.js';
import { commonEnds, fieldsOf } from '../classes/fields.js';
import { withoutIdentities } from './identities.js';
import type { Idle } from './idle.js';
import type { Recalled } from './recalled.js';
import { isOfTheMoment, knownByRote, NO_TREE, recordedAnswer, type Grown, type Selected, type Told } from './rote.js';
import { contextOf, type Spot } from '../spots.js';
import { spread } from '../spread.js';
import { textFeatures } from './texts.js';
import { growPlainTree } from './tree.js';
import type { Vocabulary } from '../vocabulary.js';

/** Samples of one class that its tree is grown from. */
const MOST_FOR_TREE = 400;

/** Classes that share their states, and those states. */
export interface Pool {
  readonly classes: readonly number[];
  readonly states: number[];
}

/** What is known of a machine when its trees are grown. */
export interface Asked {
  readonly groupings: readonly Grouping[];
  readonly tables: readonly Table[];
  readonly recalls: Recalled;
  readonly vocabulary: Vocabulary;
  readonly identities: ReadonlySet<number>;
  readonly idle: Idle;
  /** How many states there are, and what the messages of one are. */
  readonly states: number;
  readonly messagesOf: (state: number) => readonly (readonly Draft[])[];
  /** A first look asks less. */
  readonly final: boolean;
  readonly mayRote: boolean;
}

/**
 * The tree that leads requests of a pool to its states.
 * @param placed where they were asked, and answered by one of these states
 */
export function choose({ classes, states }: Pool, placed: readonly Spot[], asked: Asked): Selected {
  if (states.length < 2)
    return { ...NO_TREE, tree: { kind: 'leaf', value: states[0] ?? 0, samples: placed.length, wrong: 0 } };
  const spots = spread(placed, MOST_FOR_TREE);
  const contexts = spots.map(contextOf);
  const labels = Int32Array.from(spots, ({ row, at }) => row.said[at]?.state ?? -1);
  const features = featuresOf({ classes, states }, contexts, labels, asked);
  const grow: Grown['grow'] = (its, about) =>
    growPlainTree(its, about, { maxDepth: 24, strict: false, least: 1, plain: true });
  const tree = grow(labels, features);
  if (!asked.mayRote) return { ...NO_TREE, tree };
  const { messagesOf } = asked;
  const answers = spots.map(({ row, at }) => recordedAnswer(row.dialog.exchanges[at], row.dialog.environment));
  const gives = (state: number, i: number): boolean => {
    const [context, messages] = [contexts[i], answers[i]];
    return context !== undefined && messages !== null && explains(messagesOf(state), context, messages ?? []);
  };
  const isWhole = (state: number) => messagesOf(state).every((its) => its.every(({ kind }) => kind !== 'unknown'));
  const { told, tally } = knownByRote({ labels, features, contexts, answers, grow, gives, isWhole });
  const isFit = ({ state, messages }: Told) =>
    messagesOf(state).length === messages.length && !messagesOf(state).flat().some(isOfTheMoment);
  return { tree, tally, told: told.filter(isFit) };
}

/** All that may be asked about some requests. */
function featuresOf({ classes, states }: Pool, contexts: readonly Context[], labels: Int32Array, asked: Asked) {
  const { groupings, tables, recalls, vocabulary, identities, idle, messagesOf, final } = asked;
  const fields = fieldsOf(groupings, classes);
  const known = recalls.known(classes);
  const ends = commonEnds(classes.map((id) => groupings[id]?.regions ?? []));
  const content = [
    ...contentFeatures(contexts, fields, ends, vocabulary),
    ...sizeFeatures(contexts, fields, vocabulary),
    ...textFeatures(contexts, fields, ends.head, labels, vocabulary),
  ];
  const headOf = (group: number) => recalls.regionsOf(group);
  return [
    ...contextFeatures(
      contexts,
      asked.states,
      known,
      keysIn(states.flatMap((state) => messagesOf(state).flat())),
      labels,
    ),
    ...idle.dearer(withoutIdentities(content, contexts, identities), contexts, states),
    ...tables.flatMap(({ form }) => keyFeatures(contexts, form.begin)),
    ...(final ? earlierFeatures(contexts, vocabulary, identities, known, headOf) : []),
  ];
}

/** The keys of earlier exchanges that some drafts are made of. */
function keysIn(drafts: readonly Draft[]): ReadonlySet<Recall['keys']> {
  const keys = drafts.flatMap((draft) => {
    const of = draft.kind === 'rule' && 'span' in draft.rule ? draft.rule.span.of : null;
    return of?.kind === 'recall' ? [of.keys] : [];
  });
  return new Set(keys);
}
