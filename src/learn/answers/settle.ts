/** Drafts → the pieces of an answer: lengths between pieces, unknown parts settled, literals joined. */
import { concat, EMPTY, equal, toLatin1 } from '../../bytes/bytes.js';
import { DECIMAL, readNumber, writeNumber } from '../../model/number.js';
import type { Choice, Lookup, NumberCodec, Piece, Rule, Way } from '../../model/types.js';
import { BYTE, NARROW_FIRST } from '../codecs.js';
import { keyFeatures } from '../choices/features.js';
import { growTree, mapLeaves } from '../choices/tree.js';
import { MOST_OF_HEAD } from './length.js';
import { THE_PADDING, TO_THE_PADDING, withPadding, type Padded } from './padding.js';
import type { Draft } from './draft.js';
import { withPoints } from './points.js';
import { withoutSigns } from './signs-behind.js';
import { settle, type Questions } from './unknown.js';
import type { Families } from './sample.js';
import { NOTHING, type Without } from './without.js';

/** The pieces of one answer message; `padded`: how other answers of the service are filled up. */
export function finish(
  told: readonly Draft[],
  questions: Questions,
  families: Families,
  without: Without = NOTHING,
  padded: readonly Padded[] = [],
): Piece[] {
  const bare = families === 'all' ? withoutSigns(told) : told;
  const apart = families === 'all' && !without.has('made up') ? withPoints(bare, questions.contexts) : bare;
  const drafts = families === 'all' && !without.has('padding') ? withPadding(apart, padded) : apart;
  const lengths = families === 'all' && !without.has('length') ? innerLengths(drafts) : new Map<number, Piece>();
  const alike = alikeLines(drafts);
  const pieces = drafts
    .map((draft, i) => lengths.get(i) ?? toPiece(draft, drafts, questions, families, i, without, alike))
    .map((piece, i, all) => againIn(all, drafts, piece, i));
  return families === 'all' && lengths.size > 0 ? pieces : joined(pieces);
}

function toPiece(
  draft: Draft,
  drafts: readonly Draft[],
  questions: Questions,
  families: Families,
  index: number,
  without: Without,
  alike: readonly number[],
): Piece {
  if (draft.kind === 'literal') return draft;
  if (draft.kind === 'unknown') return settle(draft.values, questions, families, without, alike);
  const example = draft.values.find((v) => v !== null) ?? new Uint8Array(0);
  if (draft.rule.kind === 'lookup' && draft.ways) {
    const rule = { ...draft.rule, choose: chosenWay(draft.rule, draft.ways, questions) };
    return { kind: 'rule', rule, example, support: draft.support, samples: draft.values.length };
  }
  const rule = ruleAt(draft, drafts, index);
  return { kind: 'rule', rule, example, support: draft.support, samples: draft.values.length };
}

/** The lines of most samples whose pieces are as long: what varies in them says nothing about lengths. */
function alikeLines(drafts: readonly Draft[]): readonly number[] {
  const values = drafts.flatMap((draft) => (draft.kind === 'literal' ? [] : [draft.values]));
  const groups = new Map<string, number[]>();
  (values[0] ?? []).forEach((_, line) => {
    const key = values.map((its) => its[line]?.length ?? -1).join();
    const known = groups.get(key);
    if (known) known.push(line);
    else groups.set(key, [line]);
  });
  return [...groups.values()].reduce((best, its) => (its.length > best.length ? its : best), []);
}

/** Different values that two made-up ones have in common, each sample its own, where they are the same. */
const LEAST_AGAIN = 3;

/** A piece that is made up, as the same value that an earlier one is, or as a number beside that one, where it always was. */
function againIn(pieces: readonly Piece[], drafts: readonly Draft[], piece: Piece, i: number): Piece {
  if (drafts[i]?.kind !== 'unknown') return piece;
  const beside = besideIn(pieces, drafts, i);
  if (beside) return beside;
  if (piece.kind !== 'rule' || piece.rule.kind !== 'made up') return piece;
  const values = textsOf(drafts[i]);
  if (new Set(values).size < LEAST_AGAIN) return piece;
  const again = pieces.findIndex((other, j) => {
    if (j >= i || other.kind !== 'rule' || other.rule.kind !== 'made up') return false;
    const others = textsOf(drafts[j]);
    return values.every((value, line) => value !== null && value === others[line]);
  });
  return again < 0 ? piece : { ...piece, rule: { ...piece.rule, again } };
}

/** An unknown number as one that was made up for an earlier piece, written otherwise or a constant more, where it always was. */
function besideIn(pieces: readonly Piece[], drafts: readonly Draft[], i: number): Piece | null {
  const draft = drafts[i];
  if (draft?.kind !== 'unknown') return null;
  for (const [j, other] of pieces.slice(0, i).entries()) {
    if (other.kind !== 'rule' || other.rule.kind !== 'made up') continue;
    // digits with zeros before them have no range, but are numbers all the same
    const codec = writingOf(other.rule.within?.codec ?? DECIMAL, draft);
    const [numbers, others] = [numbersOf(codec, draft), numbersOf(codec, drafts[j])];
    const add = (numbers[0] ?? 0) - (others[0] ?? 0);
    const isSame = add === 0 && isAlikeWritten(draft, drafts[j]);
    if (isSame || numbers.length === 0 || new Set(numbers).size < LEAST_AGAIN) continue;
    if (!numbers.every((number, line) => number === (others[line] ?? NaN) + add)) continue;
    if (codec.kind === 'decimal' && !isWrittenSo(codec, numbers, draft)) continue;
    const { least, most } = other.rule.within ?? { least: Math.min(...others), most: Math.max(...others) };
    const within = { codec, least: least + add, most: most + add };
    const example = draft.values.find((value) => value !== null) ?? EMPTY;
    const samples = numbers.length;
    const rule: Rule = { ...other.rule, within, again: j, add: add + (other.rule.add ?? 0) };
    return {
      kind: 'rule',
      rule: other.rule.again === undefined ? rule : { ...rule, again: other.rule.again },
      example,
      support: samples,
      samples,
    };
  }
  return null;
}

function isWrittenSo(codec: NumberCodec, numbers: readonly number[], { values }: Draft & { kind: 'unknown' }): boolean {
  return values.every((value, line) => value && equal(writeNumber(codec, numbers[line] ?? -1) ?? EMPTY, value));
}

function isAlikeWritten(draft: Draft, other: Draft | undefined): boolean {
  const others = textsOf(other);
  return textsOf(draft).every((text, line) => text === others[line]);
}

const ZERO = 0x30;

/** How the values of a draft are written, where they are digits as another number is: with zeros before them or without. */
function writingOf(codec: NumberCodec, { values }: Draft & { kind: 'unknown' }): NumberCodec {
  if (codec.kind !== 'decimal' || codec.behind !== undefined) return codec;
  const known = values.filter((value) => value !== null);
  const isFilled = known.some(({ length, 0: first }) => length > 1 && first === ZERO);
  return { ...codec, pad: isFilled ? Math.min(...known.map(({ length }) => length)) : 0 };
}

/** The numbers that the values of a draft are; none where one is not. */
function numbersOf(codec: NumberCodec, draft: Draft | undefined): number[] {
  if (draft === undefined || draft.kind === 'literal') return [];
  const width = codec.kind === 'binary' ? codec.width : null;
  const numbers = draft.values.flatMap((value) => {
    const number = value && (width === null || value.length === width) ? readNumber(codec, value) : null;
    return number === null ? [] : [number];
  });
  return numbers.length === draft.values.length ? numbers : [];
}

function textsOf(draft: Draft | undefined): (string | null)[] {
  return draft === undefined || draft.kind === 'literal' ? [] : draft.values.map((value) => value && toLatin1(value));
}

/** The rule of a draft with what it says of the other pieces of its message. */
function ruleAt({ rule, values }: Draft & { kind: 'rule' }, drafts: readonly Draft[], index: number): Rule {
  if (rule.kind === 'length') return { ...rule, ...piecesOf(rule.to, drafts, index) };
  if (rule.kind !== 'clock') return rule;
  const before = drafts.slice(0, index).findLast((draft) => draft.kind === 'rule' && draft.rule.kind === 'clock');
  if (before?.kind !== 'rule' || before.rule.kind !== 'clock' || before.rule.format !== rule.format) return rule;
  // two clocks that always agreed to their finest digit tell one moment
  const isSame = values.every((value, i) => value === null || equal(value, before.values[i] ?? EMPTY));
  return isSame && before.rule.offset === rule.offset ? { ...rule, again: true } : rule;
}

/** The pieces that a length behind which `to` says how far it reaches is of. */
function piecesOf(to: number, drafts: readonly Draft[], index: number): { from: number; to: number } {
  const filling = drafts.findIndex((draft, i) => i > index && draft.kind === 'rule' && draft.rule.kind === 'padding');
  if (to === THE_PADDING) return { from: filling, to: filling };
  return { from: index + 1, to: to === TO_THE_PADDING ? filling - 1 : drafts.length - 1 };
}

/** What is asked of a request to tell which records it wants. */
function chosenWay(
  { form, choose }: Lookup,
  { all, of }: { readonly all: readonly Way[]; readonly of: Int32Array },
  questions: Questions,
): Choice<Way> {
  const [first] = all;
  if (!first || all.length < 2) return choose;
  const features = [...keyFeatures(questions.contexts, form.begin), ...questions.features];
  const tree = growTree(of, features, { maxDepth: 24, strict: false, least: 1 });
  return mapLeaves(tree, (way) => all[way] ?? first);
}

const CODECS: readonly NumberCodec[] = [{ kind: 'decimal', pad: 0 }, BYTE, ...NARROW_FIRST];
const REACH = 10;
/** Bytes that a length counts beyond what is behind it. */
const MOST_MORE = 256;

/** Unknown numbers that are the length of pieces behind them, plus a constant. */
function innerLengths(drafts: readonly Draft[]): Map<number, Piece> {
  const found = new Map<number, Piece>();
  drafts.forEach((draft, i) => {
    // what is as long as a part of the answer is its length, whatever else is as long
    if (draft.kind === 'literal' || (draft.kind === 'rule' && draft.rule.kind !== 'size')) return;
    for (const codec of CODECS) {
      const numbers = draft.values.map((v) => (v ? readNumber(codec, v) : null));
      if (numbers.some((n) => n === null)) continue;
      const piece = lengthOf(drafts, i, codec, numbers as number[], draft.values[0] ?? new Uint8Array(0));
      if (piece) {
        found.set(i, piece);
        return;
      }
    }
  });
  return found;
}

function lengthOf(
  drafts: readonly Draft[],
  at: number,
  write: NumberCodec,
  numbers: readonly number[],
  example: Uint8Array,
): Piece | null {
  if (new Set(numbers).size < 3) return null;
  const last = drafts.length - 1;
  const behind = Array.from({ length: Math.min(last - at, REACH - 1) }, (_, i) => [at + 1, at + 1 + i] as const);
  // what a head says of the content behind it
  const content = drafts.findIndex((draft, i) => i > at && draft.kind === 'rule' && draft.rule.kind === 'part');
  for (const [from, to] of content < 0 ? behind : [...behind, [content, content] as const]) {
    const add = constant(drafts, from, to, numbers);
    if (add === null || add > MOST_MORE || add < -MOST_OF_HEAD) continue;
    return {
      kind: 'rule',
      rule: { kind: 'length', from, to, add, write },
      example,
      support: numbers.length,
      samples: numbers.length,
    };
  }
  return null;
}

/** What is left of every number when the lengths of the pieces are taken away, if that is the same for all. */
function constant(drafts: readonly Draft[], from: number, to: number, numbers: readonly number[]): number | null {
  let add: number | null = null;
  for (let line = 0; line < numbers.length; line++) {
    let length = 0;
    for (let i = from; i <= to; i++) {
      const draft = drafts[i];
      length += draft?.kind === 'literal' ? draft.bytes.length : (draft?.values[line]?.length ?? 0);
    }
    const rest = (numbers[line] ?? 0) - length;
    add ??= rest;
    if (rest !== add) return null;
  }
  return add;
}

/** Neighbouring literals as one; piece numbers in length rules move along. */
function joined(pieces: readonly Piece[]): Piece[] {
  const result: Piece[] = [];
  const place: number[] = [];
  for (const piece of pieces) {
    const last = result.at(-1);
    if (piece.kind === 'literal' && last?.kind === 'literal') {
      result[result.length - 1] = { kind: 'literal', bytes: concat([last.bytes, piece.bytes]) };
    } else result.push(piece);
    place.push(result.length - 1);
  }
  return result.map((piece) => {
    if (piece.kind !== 'rule') return piece;
    if (piece.rule.kind === 'made up' && piece.rule.again !== undefined)
      return { ...piece, rule: { ...piece.rule, again: place[piece.rule.again] ?? 0 } };
    if (piece.rule.kind !== 'length') return piece;
    const from = place[piece.rule.from] ?? result.length;
    return {
      ...piece,
      rule: { ...piece.rule, from, to: Math.max(from - 1, place[piece.rule.to] ?? result.length - 1) },
    };
  });
}
