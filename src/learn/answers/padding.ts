/**
 * Records that are filled up to a multiple of so many bytes [new]: zeros behind a content of any length, with the
 * length of the content, and perhaps of the filling, before it. Proven by answers of several lengths whose fillings
 * all end at such a multiple; where few answers show it, it is believed when the numbers before it are right.
 */
import { concat, EMPTY } from '../../bytes/bytes.js';
import { readNumber } from '../../model/number.js';
import { padding } from '../../model/fill.js';
import type { BinaryNumber, Padding, Rule } from '../../model/types.js';
import { BYTE, WIDE_FIRST } from '../codecs.js';
import type { Draft } from './draft.js';
import { TO_THE_END } from './draft.js';

/** A length up to the next filling, and the length of that one: `finish` tells which pieces these are. */
export const TO_THE_PADDING = -2;
export const THE_PADDING = -3;

/** How a service fills its records up, and what stands before their content. */
export interface Padded {
  readonly how: Padding;
  /** The length of the content: how it is written, and so many bytes from its end to where the content begins. */
  readonly length?: { readonly codec: BinaryNumber; readonly gap: number };
  /** The byte that says how long the filling is: so far behind the start of the length. */
  readonly size?: number;
}

const MULTIPLES = [2, 4, 8, 16] as const;
/** Bits that the lengths of the samples have to show, as chance would have it one in a multiple each time. */
const PROOF = 8;
const MOST_GAP = 16;
const MOST_BEFORE = 12;
/** A shorter content is met by chance behind a number. */
const LEAST_CONTENT = 4;
const COST = 4;

const CODECS = [...WIDE_FIRST, BYTE];

type Values = readonly Uint8Array[];

/** How answers of a service are filled up, as far as they prove that by themselves; what is proven best first. */
export function paddedIn(answers: readonly (readonly Draft[])[]): Padded[] {
  const found = answers.map(withoutTorn).flatMap((drafts) =>
    drafts.flatMap((_, at) => {
      const found = fillingAt(drafts, at);
      if (!found || found.bits < PROOF) return [];
      const { padded } = measured(...filled(drafts, at, found));
      return [{ padded, bits: found.bits }];
    }),
  );
  return found.sort((a, b) => b.bits - a.bits).map(({ padded }) => padded);
}

/**
 * The drafts of an answer with its fillings, and the lengths before them, as rules.
 *
 * @param proven how other answers of the service are filled up
 */
export function withPadding(drafts: readonly Draft[], proven: readonly Padded[]): readonly Draft[] {
  let result = withoutTorn(drafts);
  for (let at = 0; at < result.length; at++) {
    const found = fillingAt(result, at, proven);
    if (!found || !(found.bits >= PROOF || proven.some(({ how }) => isSame(how, found.how)))) continue;
    const next = measured(...filled(result, at, found));
    result = next.drafts;
    at = result.findIndex((draft, i) => i >= at - 1 && draft.kind === 'rule' && draft.rule.kind === 'padding');
  }
  const isFilled = result.some((draft) => draft.kind === 'rule' && draft.rule.kind === 'padding');
  return isFilled ? result : frozen(drafts, proven);
}

function isSame(a: Padding, b: Padding): boolean {
  return a.multiple === b.multiple && a.add === b.add && a.byte === b.byte;
}

interface Filling {
  readonly how: Padding;
  /** Zeros that all samples have here, at the ends of the literals before and behind: those that fill nothing up are of what follows. */
  readonly before: number;
  readonly behind: number;
  readonly rest: number;
  readonly bits: number;
}

/**
 * What a part fills up that no rule explains, or one that copies nothing but zeros: runs of them that end at the same
 * multiple in all samples; the multiples that other answers prove first.
 */
function fillingAt(drafts: readonly Draft[], at: number, proven: readonly Padded[] = []): Filling | null {
  const values = zerosOf(drafts[at]);
  const ends = values && startsOf(drafts, at + 1, values.length);
  if (!values || !ends || values.length < 2 || new Set(values.map((value) => value.length)).size < 2) return null;
  const [left, right] = [drafts[at - 1], drafts[at + 1]];
  const before = left?.kind === 'literal' ? zeros(left.bytes.toReversed()) : 0;
  const behind = right?.kind === 'literal' ? zeros(right.bytes) : 0;
  const lengths = values.map((value) => before + value.length + behind);
  const known = proven.map(({ how }) => how.multiple);
  for (const multiple of [...known, ...MULTIPLES.filter((other) => !known.includes(other))]) {
    const [end, ...others] = new Set(ends.map((one) => (one + behind) % multiple));
    const least = Math.max(0, Math.max(...lengths) - (multiple - 1));
    if (end === undefined || others.length > 0 || least > Math.min(...lengths)) continue;
    // a message is mostly filled up to a multiple itself
    const rest = Array.from({ length: Math.min(...lengths) - least + 1 }, (_, i) => least + i).find(
      (one) => (end - one) % multiple === 0,
    );
    const own = rest ?? least;
    const add = (((end - own) % multiple) + multiple) % multiple;
    const starts = new Set(ends.map((one, i) => one - (lengths[i] ?? 0)));
    const bits = (starts.size - 1) * Math.log2(multiple);
    return { how: { kind: 'padding', multiple, add, byte: ZERO }, before, behind, rest: own, bits };
  }
  return null;
}

/** What records are filled up with. */
const ZERO = 0;

/** The values of a part that is nothing but zeros in all samples, and no number; null where it is something else. */
function zerosOf(draft: Draft | undefined): Values | null {
  const isOpen = draft?.kind === 'unknown' || (draft?.kind === 'rule' && draft.rule.kind === 'copy');
  const values = isOpen ? whole(draft.values) : null;
  return values?.every((value) => value.every((byte) => byte === ZERO)) === true ? values : null;
}

/** The drafts with neighbouring parts that are nothing but zeros as one. */
function withoutTorn(drafts: readonly Draft[]): readonly Draft[] {
  const result: Draft[] = [];
  for (const draft of drafts) {
    const last = result.at(-1);
    const [one, other] = [zerosOf(last), zerosOf(draft)];
    if (one && one.length === other?.length)
      result[result.length - 1] = {
        kind: 'unknown',
        values: one.map((value, i) => concat([value, other[i] ?? EMPTY])),
      };
    else result.push(draft);
  }
  return result.length < drafts.length ? result : drafts;
}

/** How many zeros some bytes begin with. */
function zeros(bytes: Uint8Array): number {
  const first = bytes.findIndex((byte) => byte !== ZERO);
  return first < 0 ? bytes.length : first;
}

/** Values that all samples have. */
function whole(values: readonly (Uint8Array | null)[]): Values | null {
  const all = values.filter((value) => value !== null);
  return all.length === values.length ? all : null;
}

/** Where a draft begins in each of so many samples; null where that is not known. */
function startsOf(drafts: readonly Draft[], at: number, samples: number): number[] | null {
  const starts = Array.from({ length: samples }, () => 0);
  for (const draft of drafts.slice(0, at)) {
    const values = draft.kind === 'literal' ? null : whole(draft.values);
    if (draft.kind !== 'literal' && values?.length !== samples) return null;
    for (let i = 0; i < samples; i++)
      starts[i] = (starts[i] ?? 0) + (draft.kind === 'literal' ? draft.bytes.length : (values?.[i]?.length ?? 0));
  }
  return starts;
}

/** The drafts with the zeros around a place as a filling, and where that is. */
function filled(drafts: readonly Draft[], at: number, { how, before, behind, rest }: Filling): [Draft[], number] {
  const values = zerosOf(drafts[at]) ?? [];
  const fillings = values.map((value) => new Uint8Array(before + value.length + behind - rest));
  const rule: Draft = { kind: 'rule', rule: how, values: fillings, support: values.length, cost: COST };
  const [left, right] = [drafts[at - 1], drafts[at + 1]];
  const head =
    left?.kind === 'literal'
      ? [...drafts.slice(0, at - 1), ...literal(left.bytes.subarray(0, left.bytes.length - before))]
      : drafts.slice(0, at);
  const tail =
    right?.kind === 'literal'
      ? [...literal(concat([new Uint8Array(rest), right.bytes.subarray(behind)])), ...drafts.slice(at + 2)]
      : [...literal(new Uint8Array(rest)), ...drafts.slice(at + 1)];
  return [[...head, rule, ...tail], head.length];
}

function literal(bytes: Uint8Array): Draft[] {
  return bytes.length > 0 ? [{ kind: 'literal', bytes }] : [];
}

/** The drafts with the numbers before a filling that are the lengths of the content and of the filling. */
function measured(drafts: readonly Draft[], at: number): { drafts: readonly Draft[]; padded: Padded } {
  const filling = drafts[at];
  if (filling?.kind !== 'rule' || filling.rule.kind !== 'padding') throw new RangeError('there is no filling');
  const { rule: how } = filling;
  const sizes = whole(filling.values) ?? [];
  const end = startsOf(drafts, at, sizes.length);
  let result = drafts;
  let sizeAt = -1;
  for (let i = at - 1; end && i >= Math.max(0, at - MOST_BEFORE); i--) {
    const draft = drafts[i];
    // what is as long as the content is its length, whatever else is as long
    const isOpen = draft?.kind === 'unknown' || (draft?.kind === 'rule' && draft.rule.kind === 'size');
    const values = isOpen ? whole(draft.values) : null;
    const starts = values && startsOf(drafts, i, values.length);
    if (!starts) continue;
    const head = headOf(drafts[i - 1], values, starts, end, sizes);
    if (head) {
      const size = sizeAt === i + 1 && head.padded.length ? { size: head.padded.length.codec.width } : {};
      return { drafts: withHead(result, i, head, values), padded: { how, ...size, ...head.padded } };
    }
    if (sizeAt >= 0 || !values.every((value, k) => value.length === 1 && value[0] === sizes[k]?.length)) continue;
    const told: Draft = { kind: 'rule', rule: SIZE_OF_PADDING, values, support: values.length, cost: COST };
    result = result.with(i, told);
    sizeAt = i;
  }
  return { drafts: result, padded: { how } };
}

const SIZE_OF_PADDING: Rule = {
  kind: 'length',
  from: 0,
  to: THE_PADDING,
  add: 0,
  write: BYTE,
};

interface Head {
  /** Bytes of the literal before that belong to the length, and what the whole unknown part is. */
  readonly taken: number;
  readonly padded: Pick<Padded, 'length' | 'size'>;
}

/** What an unknown part is when all of it is the length of the content, or that and the length of the filling. */
function headOf(
  before: Draft | undefined,
  values: Values,
  starts: readonly number[],
  end: readonly number[],
  sizes: Values,
): Head | null {
  const [width, ...others] = new Set(values.map((value) => value.length));
  if (width === undefined || others.length > 0) return null;
  const tail = before?.kind === 'literal' ? before.bytes.subarray(-3) : new Uint8Array(0);
  for (const codec of CODECS) {
    for (let taken = Math.min(tail.length, codec.width - 1); taken >= 0; taken--) {
      const own = codec.width - taken;
      if (own > width) continue;
      const gaps = values.map((value, i) => {
        const number = readNumber(codec, concat([tail.subarray(tail.length - taken), value.subarray(0, own)]));
        return (end[i] ?? 0) - (starts[i] ?? 0) - own - (number ?? Infinity);
      });
      const [gap, ...more] = new Set(gaps);
      if (gap === undefined || more.length > 0 || gap < width - own || gap > MOST_GAP) continue;
      if (width === own) return { taken, padded: { length: { codec, gap } } };
      const isSize = values.every((value, i) => value[own] === sizes[i]?.length);
      if (isSize && width === own + 1) return { taken, padded: { length: { codec, gap }, size: codec.width } };
    }
  }
  return null;
}

/** The drafts with an unknown part, and the end of the literal before it, as those lengths. */
function withHead(drafts: readonly Draft[], at: number, { taken, padded }: Head, values: Values): Draft[] {
  const before = drafts[at - 1];
  const tail = taken > 0 && before?.kind === 'literal' ? before.bytes.subarray(-taken) : new Uint8Array(0);
  const rest = before?.kind === 'literal' && taken > 0 ? literal(before.bytes.subarray(0, -taken)) : [];
  const all = values.map((value) => concat([tail, value]));
  return [...drafts.slice(0, taken > 0 ? at - 1 : at), ...rest, ...lengths(padded, all), ...drafts.slice(at + 1)];
}

/** The lengths of content and filling as rules, one behind the other. */
function lengths({ length, size }: Pick<Padded, 'length' | 'size'>, values: Values): Draft[] {
  if (!length) return [];
  const { codec, gap } = length;
  const rule = (to: number, add: number, write: BinaryNumber, from: number): Draft => ({
    kind: 'rule',
    rule: { kind: 'length', from: 0, to, add, write },
    values: values.map((value) => value.subarray(from, from + write.width)),
    support: values.length,
    cost: COST,
  });
  const content = rule(TO_THE_PADDING, -gap, codec, 0);
  if (size === undefined) return [content];
  return [content, rule(THE_PADDING, 0, BYTE, size)];
}

/** The drafts with a record that is built as proven ones are, though its samples have as much of a filling, or are of one length. */
function frozen(drafts: readonly Draft[], proven: readonly Padded[]): readonly Draft[] {
  for (const padded of proven) {
    for (const head of padded.length ? headsIn(drafts, padded.length.codec) : []) {
      const found = frozenAt(drafts, head, padded);
      if (found) return found;
    }
  }
  return drafts;
}

/** A number that may be the length of a record: where it stands, and what it is in each sample. */
interface Told {
  readonly index: number;
  /** Its offset in a literal; -1: it is all of the draft. */
  readonly at: number;
  readonly starts: readonly number[];
  readonly values: Values;
}

/** The numbers in literals, and those that were taken for the length of all that is behind them. */
function headsIn(drafts: readonly Draft[], codec: BinaryNumber): Told[] {
  const samples = drafts.find((draft) => draft.kind !== 'literal')?.values.length ?? 0;
  return drafts.flatMap((draft, index): Told[] => {
    const starts = startsOf(drafts, index, samples) ?? [];
    if (starts.length === 0) return [];
    if (draft.kind === 'literal')
      return Array.from({ length: Math.max(0, draft.bytes.length - codec.width) }, (_, at) => {
        const bytes = draft.bytes.subarray(at, at + codec.width);
        return { index, at, starts: starts.map((start) => start + at), values: starts.map(() => bytes) };
      });
    const values = whole(draft.values);
    const isLength = draft.kind === 'rule' && draft.rule.kind === 'length' && draft.rule.to === TO_THE_END;
    return isLength && values ? [{ index, at: -1, starts, values }] : [];
  });
}

/** The drafts with the record whose length such a number is; null where it is none, or holds nothing that varies. */
function frozenAt(drafts: readonly Draft[], { index, at, starts, values }: Told, padded: Padded): Draft[] | null {
  const { how, length, size } = padded;
  if (!length) return null;
  const { codec, gap } = length;
  const contents = values.map((value) => readNumber(codec, value) ?? 0);
  const ends = contents.map((content, i) => (starts[i] ?? 0) + codec.width + gap + content);
  const [fill, ...others] = new Set(ends.map((end) => padding(how, end).length));
  if (fill === undefined || others.length > 0 || Math.min(...contents) < LEAST_CONTENT) return null;
  // without a filling, and a number that says so, it is a number like any other
  if (fill === 0 && size === undefined) return null;
  const head = drafts[index];
  const behind = drafts[index + 1];
  const rest = head?.kind === 'literal' ? head.bytes.subarray(at) : behind?.kind === 'literal' ? behind.bytes : EMPTY;
  const said = size === undefined ? 0 : rest[head?.kind === 'literal' ? size : size - codec.width];
  if (said !== (size === undefined ? 0 : fill)) return null;
  const tail = endIn(drafts, index, ends);
  if (!tail || tail.bytes.subarray(tail.cut, tail.cut + fill).some((byte) => byte !== how.byte)) return null;
  if (tail.bytes.length < tail.cut + fill) return null;
  const width = size === undefined ? codec.width : size + 1;
  const all = values.map((value) => concat([value, rest.subarray(head?.kind === 'literal' ? codec.width : 0)]));
  const fillings = values.map(() => new Uint8Array(fill));
  const rule: Draft = { kind: 'rule', rule: how, values: fillings, support: values.length, cost: COST };
  const own = literal(head?.kind === 'literal' ? head.bytes.subarray(0, at) : EMPTY);
  const [left, from] =
    head?.kind === 'literal' ? [rest.subarray(width), index + 1] : [rest.subarray(width - codec.width), index + 2];
  return [
    ...drafts.slice(0, index),
    ...own,
    ...lengths(padded, all),
    ...literal(left),
    ...drafts.slice(from, tail.index),
    ...literal(tail.bytes.subarray(0, tail.cut)),
    rule,
    ...literal(tail.bytes.subarray(tail.cut + fill)),
    ...drafts.slice(tail.index + 1),
  ];
}

/** The literal in which a record ends, with something before it that is none; null: it ends elsewhere. */
function endIn(
  drafts: readonly Draft[],
  from: number,
  ends: readonly number[],
): { index: number; bytes: Uint8Array; cut: number } | null {
  for (let index = from + 2; index < drafts.length; index++) {
    const draft = drafts[index];
    const starts = draft?.kind === 'literal' ? startsOf(drafts, index, ends.length) : null;
    if (draft?.kind !== 'literal' || !starts) continue;
    const [cut, ...others] = new Set(ends.map((end, i) => end - (starts[i] ?? 0)));
    const isVaried = drafts.slice(from + 1, index).some(({ kind }) => kind !== 'literal');
    if (cut !== undefined && others.length === 0 && cut >= 0 && cut <= draft.bytes.length && isVaried)
      return { index, bytes: draft.bytes, cut };
  }
  return null;
}
