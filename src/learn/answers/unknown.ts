/**
 * What becomes of a part of the answer that no rule explains: one of the values seen, chosen by what
 * was asked; a value that the server makes up; or the value seen most often, as a literal.
 */
import { indexOf, toLatin1 } from '../../bytes/bytes.js';
import type { Context } from '../../model/meaning.js';
import type { Piece, Recall, Region } from '../../model/types.js';
import { earlierFeatures } from '../earlier.js';
import { contentFeatures, contextFeatures, sizeFeatures, type Words } from '../features.js';
import { withoutIdentities } from '../identities.js';
import { growTree, mapLeaves, purity, type Feature } from '../tree.js';
import { distinctValues } from './parse.js';
import type { Families } from './sample.js';
import { NOTHING, type Without } from './without.js';

/** The features of a variant's samples, made once and only when needed. */
export class Questions {
  readonly contexts: readonly Context[];
  private readonly regions: readonly Region[] | null;
  private readonly states: number;
  private readonly recalls: readonly Recall[];
  private readonly words: Words | null;
  private readonly identities: ReadonlySet<number>;
  private made: Feature[] | null = null;

  constructor(
    contexts: readonly Context[],
    regions: readonly Region[] | null,
    states: number,
    recalls: readonly Recall[] = [],
    words: Words | null = null,
    identities: ReadonlySet<number> = new Set(),
  ) {
    this.contexts = contexts;
    this.regions = regions;
    this.states = states;
    this.recalls = recalls;
    this.words = words;
    this.identities = identities;
  }

  get features(): Feature[] {
    this.made ??= [
      ...contextFeatures(this.contexts, this.states, this.recalls),
      ...withoutIdentities(
        [
          ...contentFeatures(this.contexts, this.regions, undefined, this.words),
          ...sizeFeatures(this.contexts, this.regions),
        ],
        this.contexts,
        this.identities,
      ),
      ...earlierFeatures(this.contexts, this.words, this.identities, this.recalls),
    ];
    return this.made;
  }
}

const MOST_VALUES = 64;
/** Samples of which each may be a case of its own. */
const FEW = 4;

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
  if (families === 'all' && !without.has('made up') && isMadeUp(different, values, questions.contexts)) {
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
  // of a few samples each may be another case; what chooses between them is a guess, but none of them is lost
  const strict = recurring.length === 0 && total > FEW;
  const tree = growTree(labels, questions.features, { maxDepth: 24, strict, least: 1 });
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

/** Fewest bytes of a value that few samples show to be made up; a shorter one takes more of them. */
const LONG = 4;
/** Different values that show a short one to be made up. */
const MANY = 6;
/** The same when the client says them again. */
const LEAST_RETURNED = 3;

/**
 * All values different, and nearly every place of them varies: nobody could foresee them. What a request
 * that recurs gets each time, what stands in the request, and sentences are not made up.
 */
function isMadeUp(
  different: readonly { readonly bytes: Uint8Array; readonly count: number }[],
  values: readonly (Uint8Array | null)[],
  contexts: readonly Context[],
): boolean {
  const bytes = different.map((d) => d.bytes);
  if (bytes.length < 2 || bytes.length < values.length * 0.9) return false;
  const shortest = Math.min(...bytes.map((v) => v.length));
  const longest = Math.max(...bytes.map((v) => v.length));
  if (shortest < 2 || longest > 256 || longest > shortest + 4) return false;
  const many = isReturned(values, contexts) ? LEAST_RETURNED : MANY;
  if (shortest < LONG ? bytes.length < many || longest > shortest : bytes.length < 3 && !bytes.every(isHash))
    return false;
  let varied = 0;
  for (let i = 0; i < shortest; i++) {
    const most = bytes.length === 2 ? 1 : Math.min(4, bytes.length * 0.5);
    if (new Set(bytes.map((v) => v[i])).size > most) varied++;
  }
  const share = shortest < LONG ? 0.5 : 0.8;
  return varied >= shortest * share && !bytes.every(isSentence) && !isAsked(values, contexts);
}

/** Whether the client says every value again soon, always at the same place: that is what it was made up for. */
function isReturned(values: readonly (Uint8Array | null)[], contexts: readonly Context[]): boolean {
  let common: ReadonlySet<number> | null = null;
  for (const [i, value] of values.entries()) {
    const context = contexts[i];
    const next = context?.said[context.at + 1]?.request.subarray(0, SCAN);
    if (!value || !next) continue;
    const places = new Set<number>();
    for (let at = indexOf(next, value); at >= 0; at = indexOf(next, value, at + 1)) places.add(at);
    const known: ReadonlySet<number> = common ?? places;
    common = new Set([...known].filter((at) => places.has(at)));
    if (common.size === 0) return false;
  }
  return common !== null;
}

/** Letters or digits with at least two digits among them, none of them a word of its own. */
function isHash(value: Uint8Array): boolean {
  return (
    value.length >= 6 &&
    /^(?=.*[0-9].*[0-9])[0-9A-Za-z]+$/.test(toLatin1(value)) &&
    !/[A-Za-z]{4}/.test(toLatin1(value))
  );
}

/** Words with spaces between them. */
function isSentence(value: Uint8Array): boolean {
  return /^[ -~]*[A-Za-z]{2,} [ -~]*$/.test(toLatin1(value)) && /^[A-Za-z0-9 .,:;'"()!?_-]+$/.test(toLatin1(value));
}

/** Fewest bytes that a value and a request have in common by more than chance. */
const SHARED = 5;
const SCAN = 2048;
/** Requests before the present one that a value is looked for in. */
const EARLIER = 8;

/** Whether the values follow from what was said: a part of them stands in a request, or it gets the same one whenever it is said. */
function isAsked(values: readonly (Uint8Array | null)[], contexts: readonly Context[]): boolean {
  let shared = 0;
  const known = new Map<string, string>();
  let same = 0;
  let other = 0;
  values.forEach((value, i) => {
    const context = contexts[i];
    const request = context?.said[context.at]?.request;
    if (!value || !request || request.length === 0) return;
    const said = context.said.slice(Math.max(0, context.at - EARLIER), context.at + 1);
    if (said.some((s) => sharesRun(value, s.request.subarray(0, SCAN)))) shared++;
    const key = toLatin1(request);
    const before = known.get(key);
    if (before === undefined) known.set(key, toLatin1(value));
    else if (before === toLatin1(value)) same++;
    else other++;
  });
  return shared * 2 > values.length || same > other;
}

function sharesRun(value: Uint8Array, request: Uint8Array): boolean {
  for (let at = 0; at + SHARED <= value.length; at++)
    if (indexOf(request, value.subarray(at, at + SHARED)) >= 0) return true;
  return false;
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
