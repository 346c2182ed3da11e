/**
 * What becomes of a part of the answer that no rule explains: one of the values seen, chosen by what
 * was asked; a value that the server makes up; or the value seen most often, as a literal.
 */
import { EMPTY, equal, toLatin1 } from '../../bytes/bytes.js';
import { ask, type Context } from '../../model/meaning.js';
import type { Choice, Piece, Recall } from '../../model/types.js';
import { earlierFeatures } from '../choices/earlier.js';
import { contentFeatures, contextFeatures, sizeFeatures, type Words } from '../choices/features.js';
import type { Fields } from '../classes/fields.js';
import { withoutIdentities } from '../choices/identities.js';
import { growTree, purity, type Feature } from '../choices/tree.js';
import { drawnNumber } from './drawn.js';
import { findDrift } from './drift.js';
import { isMadeUp, madeUp } from './made-up.js';
import { distinctValues } from './costs.js';
import type { RegionsOf } from './key-names.js';
import type { Families } from './sample.js';
import { NOTHING, type Without } from './without.js';

/** What is known of a service beside the samples of one answer. */
interface Told {
  readonly recalls: readonly Recall[];
  readonly words: Words | null;
  readonly identities: ReadonlySet<number>;
  readonly regionsOf: RegionsOf;
}

/** The features of a variant's samples, made once and only when needed. */
export class Questions {
  readonly contexts: readonly Context[];
  private readonly fields: Fields;
  private readonly states: number;
  private readonly told: Told;
  private made: Feature[] | null = null;

  constructor(contexts: readonly Context[], fields: Fields, states: number, told: Told) {
    this.contexts = contexts;
    this.fields = fields;
    this.states = states;
    this.told = told;
  }

  get features(): Feature[] {
    const { recalls, words, identities, regionsOf } = this.told;
    this.made ??= [
      ...contextFeatures(this.contexts, this.states, recalls),
      ...withoutIdentities(
        [
          ...contentFeatures(this.contexts, this.fields, undefined, words),
          ...sizeFeatures(this.contexts, this.fields, words),
        ],
        this.contexts,
        identities,
      ),
      ...earlierFeatures(this.contexts, words, identities, recalls, regionsOf),
    ];
    return this.made;
  }
}

const MOST_VALUES = 64;
/** Samples of which each may be a case of its own. */
const FEW = 4;

/** A choice that explains no more than this share of the samples is none where the values can be drawn by lot. */
const POOR = 0.5;

/**
 * The piece for an unknown part; `values` run parallel to the questions' contexts.
 *
 * @param alike samples in which all parts of the answer are as long
 */
export function settle(
  values: readonly (Uint8Array | null)[],
  questions: Questions,
  families: Families,
  without: Without = NOTHING,
  alike: readonly number[] = [],
): Piece {
  const different = distinctValues(values);
  const total = values.length;
  const most = different[0]?.bytes ?? EMPTY;
  const literal: Piece = { kind: 'literal', bytes: most };
  if (families === 'none' || different.length < 2) return literal;
  if (families === 'all' && !without.has('made up') && isMadeUp(different, values, questions.contexts)) {
    return { kind: 'rule', rule: madeUp(different.map((d) => d.bytes)), example: most, support: total, samples: total };
  }
  const drift = families === 'all' && !without.has('made up') ? findDrift(values, questions.contexts) : null;
  if (drift) return { kind: 'rule', rule: drift, example: most, support: total, samples: total };
  // values seen once are one case, "something else", where others recur; where none does, they are a table
  const recurring = different.filter((d) => d.count > 1);
  const known =
    recurring.length > 0 ? [...recurring, ...different.filter((d) => d.count === 1).slice(0, 1)] : different;
  const index = new Map(known.map((d, i) => [toLatin1(d.bytes), i]));
  const labels = Int32Array.from(values, (v) => (v ? (index.get(toLatin1(v)) ?? known.length - 1) : 0));
  const orDrawn = (piece: Piece): Piece => {
    if (families !== 'all' || without.has('made up')) return piece;
    const its = alike.map((line) => values[line] ?? null);
    const rule = drawnNumber(
      its,
      alike.map((line) => questions.contexts[line]),
    );
    return rule ? { kind: 'rule', rule, example: most, support: total, samples: total } : piece;
  };
  if (known.length > MOST_VALUES) return orDrawn(literal);
  if (without.has('choice')) return literal;
  // of a few samples each may be another case; what chooses between them is a guess, but none of them is lost
  const strict = recurring.length === 0 && total > FEW;
  const tree = growTree(labels, questions.features, { maxDepth: 24, strict, least: 1 });
  if (tree.kind === 'leaf') return orDrawn(literal);
  const choose = withValues(tree, Array.from(values.keys()), { values, contexts: questions.contexts, labels, known });
  const right = Math.round(purity(choose) * total);
  const choice: Piece = {
    kind: 'rule',
    rule: { kind: 'choice', choose },
    example: most,
    support: right,
    samples: total,
  };
  return right <= POOR * total ? orDrawn(choice) : choice;
}

/** What a tree was grown from: a value for each sample, and its case, the last of which is "something else". */
interface Cases {
  readonly values: readonly (Uint8Array | null)[];
  readonly contexts: readonly Context[];
  readonly labels: Int32Array;
  readonly known: readonly { readonly bytes: Uint8Array }[];
}

/** The tree with values for cases. Of the samples that are "something else" each leaf says what its own have most often. */
function withValues(tree: Choice<number>, members: readonly number[], cases: Cases): Choice<Uint8Array> {
  const { values, contexts, labels, known } = cases;
  if (tree.kind === 'test') {
    const { test } = tree;
    const holds = (m: number) => {
      const context = contexts[m];
      return context !== undefined && ask(test, context);
    };
    const yes = withValues(tree.yes, members.filter(holds), cases);
    return {
      ...tree,
      yes,
      no: withValues(
        tree.no,
        members.filter((m) => !holds(m)),
        cases,
      ),
    };
  }
  const its = members.filter((m) => labels[m] === tree.value).map((m) => values[m] ?? null);
  const [most] = distinctValues(its);
  const value = most?.bytes ?? known[tree.value]?.bytes ?? EMPTY;
  const right = its.filter((one) => one === null || equal(one, value)).length;
  return { kind: 'leaf', value, samples: tree.samples, wrong: tree.samples - right };
}
