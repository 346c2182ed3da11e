/**
 * What becomes of a part of the answer that no rule explains: one of the values seen, chosen by what
 * was asked; a value that the server makes up; or the value seen most often, as a literal.
 */
import { toLatin1 } from '../../bytes/bytes.js';
import type { Context } from '../../model/meaning.js';
import type { Piece, Region } from '../../model/types.js';
import { contentFeatures, contextFeatures, sizeFeatures } from '../features.js';
import { growTree, mapLeaves, purity, type Feature } from '../tree.js';
import { distinctValues } from './parse.js';
import type { Families } from './sample.js';
import { NOTHING, type Without } from './without.js';

/** The features of a variant's samples, made once and only when needed. */
export class Questions {
  readonly contexts: readonly Context[];
  private readonly regions: readonly Region[] | null;
  private readonly states: number;
  private made: Feature[] | null = null;

  constructor(contexts: readonly Context[], regions: readonly Region[] | null, states: number) {
    this.contexts = contexts;
    this.regions = regions;
    this.states = states;
  }

  get features(): Feature[] {
    this.made ??= [
      ...contextFeatures(this.contexts, this.states),
      ...contentFeatures(this.contexts, this.regions),
      ...sizeFeatures(this.contexts, this.regions),
    ];
    return this.made;
  }
}

const MOST_VALUES = 64;

/** The piece for an unknown part; `values` run parallel to the questions' contexts. */
export function settle(
  values: readonly (Uint8Array | null)[],
  questions: Questions,
  families: Families,
  without: Without = NOTHING,
): Piece {
  const different = distinctValues(values);
  const total = values.length;
  const most = different[0]?.bytes ?? new Uint8Array(0);
  const literal: Piece = { kind: 'literal', bytes: most };
  if (families === 'none' || different.length < 2) return literal;
  if (
    families === 'all' &&
    !without.has('made up') &&
    isMadeUp(
      different.map((d) => d.bytes),
      total,
    )
  ) {
    const lengths = different.map((d) => d.bytes.length);
    const rule = {
      kind: 'made up',
      min: Math.min(...lengths),
      max: Math.max(...lengths),
      alphabet: alphabetOf(different.map((d) => d.bytes)),
    } as const;
    return { kind: 'rule', rule, example: most, support: total, samples: total };
  }
  // values seen once are one case, "something else", where others recur; where none does, they are a table
  const recurring = different.filter((d) => d.count > 1);
  const known =
    recurring.length > 0 ? [...recurring, ...different.filter((d) => d.count === 1).slice(0, 1)] : different;
  const index = new Map(known.map((d, i) => [toLatin1(d.bytes), i]));
  const labels = Int32Array.from(values, (v) => (v ? (index.get(toLatin1(v)) ?? known.length - 1) : 0));
  if (known.length > MOST_VALUES || without.has('choice')) return literal;
  const tree = growTree(labels, questions.features, { maxDepth: 24, strict: recurring.length === 0, least: 1 });
  if (tree.kind === 'leaf') return literal;
  const right = Math.round(purity(tree) * total);
  return {
    kind: 'rule',
    rule: { kind: 'choice', choose: mapLeaves(tree, (label) => known[label]?.bytes ?? most) },
    example: most,
    support: right,
    samples: total,
  };
}

/** All values different, four bytes or more, and nearly every place of them varies: nobody could foresee them. */
function isMadeUp(values: readonly Uint8Array[], total: number): boolean {
  if (values.length < 3 || values.length < total * 0.9) return false;
  const shortest = Math.min(...values.map((v) => v.length));
  const longest = Math.max(...values.map((v) => v.length));
  if (shortest < 4 || longest > 256 || longest > shortest + 4) return false;
  let varied = 0;
  for (let i = 0; i < shortest; i++)
    if (new Set(values.map((v) => v[i])).size > Math.min(4, values.length * 0.5)) varied++;
  return varied >= shortest * 0.8;
}

const ALPHABETS = [
  '0123456789',
  '0123456789abcdef',
  '0123456789ABCDEF',
  'abcdefghijklmnopqrstuvwxyz',
  'abcdefghijklmnopqrstuvwxyz0123456789',
  'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789',
  'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789',
];

/** The smallest common alphabet that holds all bytes seen; the bytes themselves when no common one does. */
function alphabetOf(values: readonly Uint8Array[]): Uint8Array {
  const seen = new Set<number>();
  for (const value of values) for (const byte of value) seen.add(byte);
  for (const alphabet of ALPHABETS) {
    const bytes = Uint8Array.from(alphabet, (c) => c.charCodeAt(0));
    if ([...seen].every((b) => bytes.includes(b))) return bytes;
  }
  const printable = [...seen].every((b) => b >= 0x20 && b < 0x7f);
  return printable ? Uint8Array.from([...seen].sort((a, b) => a - b)) : Uint8Array.from({ length: 256 }, (_, b) => b);
}
