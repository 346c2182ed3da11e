/**
 * Rules proven by many samples, tried where there are too few to prove anything [new].
 *
 * One sample alone can not tell what varies. But where an answer has, behind the same bytes or at the
 * same offset, just what a rule of another answer of the service gives, the rule is believed there too.
 */
import { EMPTY, bytesAsText, concat, equal, indexOf, startsWith, toLatin1 } from '../../bytes/bytes.js';
import { checksumOf, coveredBy } from '../../model/checksum.js';
import { isOfKind } from '../../model/made-up.js';
import { endOfWord, produce, type Context } from '../../model/meaning.js';
import { readNumber, readNumberAt } from '../../model/number.js';
import type { Position, Region, Rule, Span } from '../../model/types.js';
import type { Variant } from './cover.js';
import { timesAs } from './borrow-clock.js';
import { isIdentifier, isMadeUp, madeUp } from './made-up.js';
import { distinctValues } from './costs.js';
import { TO_THE_END, type Draft } from './draft.js';
import { findDrift } from './drift.js';
import type { Sample } from './sample.js';
import { NOTHING, type Without } from './without.js';

export interface Proven {
  readonly rule: Rule;
  /** The literal bytes right before it, and its offset where that is the same in all samples. */
  readonly before: Uint8Array;
  readonly offset: number | null;
  /** A number that is made up within a range: put in place of numbers that nothing explains, but of no literal. */
  readonly isNumber?: true;
}

const PROOF = 3;
const MOST_PROVEN = 300;
const BEFORE = 6;
const MOST_PLACES = 32;
/** Literals longer than this are somebody's file: only their head is looked at. */
const HEAD = 4096;

/** Answers of a state, with the samples that its members are numbers of. */
interface Told {
  readonly variant: Variant;
  readonly samples: readonly Sample[];
  readonly regions: readonly Region[] | null;
}

/** The rules of a service that several samples prove, in a form that does not depend on a class. */
export function provenRules(all: readonly Told[], without: Without = NOTHING): Proven[] {
  const found = new Map<string, Proven>();
  for (const { variant, samples, regions } of all) {
    if (variant.members.length < PROOF) continue;
    const contexts = variant.members.flatMap((m) => samples[m]?.context ?? []);
    for (const drafts of variant.messages) collect(drafts, contexts, regions, found);
  }
  return [...found.values()].filter(({ rule }) => !without.has(rule.kind)).slice(0, MOST_PROVEN);
}

function collect(
  drafts: readonly Draft[],
  contexts: readonly Context[],
  regions: readonly Region[] | null,
  found: Map<string, Proven>,
): void {
  let offset: number | null = 0;
  let before: Uint8Array = new Uint8Array(0);
  const add = (proven: Proven) =>
    found.set(JSON.stringify([proven.rule, toLatin1(proven.before), proven.offset], bytesAsText), proven);
  for (const draft of drafts) {
    const made = before.length === BEFORE ? identifier(draft, contexts) : null;
    const number = !made && before.length === BEFORE ? numberMadeUp(draft, contexts) : null;
    if (made) add({ rule: made, before, offset: null });
    else if (number) add({ rule: number, before, offset: null, isNumber: true });
    else if (draft.kind === 'rule') {
      const rule = withoutRegions(draft.rule, regions);
      if (rule && (before.length > 0 || offset !== null)) add({ rule, before, offset });
    }
    before = draft.kind === 'literal' ? draft.bytes.slice(-BEFORE) : new Uint8Array(0);
    const width = draft.kind === 'literal' ? draft.bytes.length : commonWidth(draft.values);
    offset = offset === null || width === null ? null : offset + width;
  }
}

/** The rule for identifiers of digits and letters that the server makes up; null where a draft is none. */
function identifier(draft: Draft, contexts: readonly Context[]): Rule | null {
  if (draft.kind === 'rule') return draft.rule.kind === 'made up' ? draft.rule : null;
  if (draft.kind === 'literal') return null;
  const different = distinctValues(draft.values);
  const bytes = different.map((d) => d.bytes);
  return bytes.every(isIdentifier) && isMadeUp(different, draft.values, contexts) ? madeUp(bytes) : null;
}

/** The rule for numbers that the server makes up, or counts for all; null where a draft is none. */
function numberMadeUp(draft: Draft, contexts: readonly Context[]): Rule | null {
  if (draft.kind !== 'unknown') return null;
  const different = distinctValues(draft.values);
  const rule = isMadeUp(different, draft.values, contexts)
    ? madeUp(different.map(({ bytes }) => bytes))
    : findDrift(draft.values, contexts);
  return rule?.kind === 'made up' && rule.within?.codec.kind === 'decimal' ? rule : null;
}

function commonWidth(values: readonly (Uint8Array | null)[]): number | null {
  const widths = new Set(values.filter((v) => v !== null).map((v) => v.length));
  return widths.size === 1 ? ([...widths][0] ?? null) : null;
}

/** The rule with offsets in place of regions, where the regions before have a fixed width; null when that can not be. */
function withoutRegions(rule: Rule, regions: readonly Region[] | null): Rule | null {
  if (rule.kind === 'length' || rule.kind === 'checksum' || rule.kind === 'clock' || rule.kind === 'ticks') return rule;
  if (rule.kind === 'masked') {
    const span = absolute(rule.span, regions);
    const by = rule.by instanceof Uint8Array ? rule.by : absolute(rule.by, regions);
    return span && by && { ...rule, span, by };
  }
  if (rule.kind !== 'copy' && rule.kind !== 'transform' && rule.kind !== 'number' && rule.kind !== 'size') return null;
  const span = absolute(rule.span, regions);
  return span && { ...rule, span };
}

function absolute(span: Span, regions: readonly Region[] | null): Span | null {
  const from = asOffset(span.from, regions);
  if (!from) return null;
  if (span.to.kind !== 'region') return { ...span, from };
  const to = asOffset(span.to, regions);
  if (to?.kind === 'start' && from.kind === 'start')
    return { of: span.of, from, to: { kind: 'width', width: to.offset - from.offset } };
  const last =
    regions !== null && span.to.edge === 'end' && span.to.region === regions.length - 1 && span.to.offset === 0;
  return last ? { of: span.of, from, to: { kind: 'end', offset: 0 } } : null;
}

function asOffset(position: Position, regions: readonly Region[] | null): Position | null {
  if (position.kind !== 'region') return position;
  if (!regions) return null;
  let offset = position.offset;
  const until = position.region + (position.edge === 'end' ? 1 : 0);
  for (const region of regions.slice(0, until)) {
    if (region.kind === 'mutating' && region.min !== region.max) return null;
    offset += region.kind === 'fixed' ? region.bytes.length : region.min;
  }
  return { kind: 'start', offset };
}

interface Hit {
  readonly at: number;
  readonly bytes: Uint8Array;
  readonly rule: Rule;
}

/** The drafts of one message with proven rules put into its literals. */
export function borrow(drafts: readonly Draft[], contexts: readonly Context[], proven: readonly Proven[]): Draft[] {
  const result: Draft[] = [];
  const sure = proven.filter(({ isNumber }) => isNumber !== true);
  let offset: number | null = 0;
  drafts.forEach((draft, i) => {
    if (draft.kind !== 'literal') {
      const before = drafts[i - 1];
      result.push(
        draft.kind === 'rule'
          ? rewritten(draft, before, contexts, proven)
          : isAgain(draft, drafts) || isMadeUp(distinctValues(draft.values), draft.values, contexts)
            ? draft
            : madeUpElsewhere(draft, before, proven),
      );
      const width = commonWidth(draft.values);
      offset = offset === null || width === null ? null : offset + width;
      return;
    }
    const all: All = { contexts, rest: restAfter(drafts, i), head: () => headsOf(drafts.slice(0, i), contexts.length) };
    const hits = [
      ...hitsIn(draft.bytes, offset, all, sure),
      ...begunIn(draft.bytes, offset, drafts[i + 1], contexts, sure),
    ];
    result.push(...cut(draft.bytes, apart(hits), contexts.length));
    if (offset !== null) offset += draft.bytes.length;
  });
  return result;
}

/**
 * A copy of values in which nothing had to be escaped or filled up, as the rule that escapes or fills them
 * where other answers have the same text before it.
 */
function rewritten(
  draft: Draft & { kind: 'rule' },
  before: Draft | undefined,
  contexts: readonly Context[],
  proven: readonly Proven[],
): Draft {
  if (draft.rule.kind !== 'copy' || before?.kind !== 'literal') return draft;
  const text = before.bytes.slice(-BEFORE);
  for (const { rule, before: other } of proven) {
    if (rule.kind !== 'transform' || !MAY_CHANGE_NOTHING.has(rule.how.kind) || !equal(text, other)) continue;
    const same = draft.values.every((value, i) => {
      const context = contexts[i];
      const given = value && context ? produce(rule, context, () => 0) : null;
      return !value || (given !== null && equal(given, value));
    });
    if (same) return { ...draft, rule };
  }
  return draft;
}

/** Bytes of the text before a value that nothing explains that are enough to know it again. */
const TEXT = 4;

/** Share of values that have to be different: what comes again and again is chosen, not made up. */
const VARIOUS = 0.75;

/** Values that nothing explains as made up, where other answers make such values up behind the same text. */
function madeUpElsewhere(
  draft: Draft & { kind: 'unknown' },
  before: Draft | undefined,
  proven: readonly Proven[],
): Draft {
  const values = draft.values.filter((value) => value !== null);
  if (before?.kind !== 'literal' || before.bytes.length < TEXT || values.length < 2) return draft;
  if (distinctValues(values).length < values.length * VARIOUS) return draft;
  const text = before.bytes.slice(-TEXT);
  const known = proven.find(
    ({ rule, before: other }) =>
      rule.kind === 'made up' && equal(other.slice(-TEXT), text) && values.every((value) => isMadeBy(rule, value)),
  );
  if (!known) return draft;
  return { kind: 'rule', rule: known.rule, values: draft.values, support: values.length, cost: 0 };
}

/** Whether the values of a draft stand in the message again, or as numbers with more zeros before them: they are one value then, whatever it is. */
function isAgain(draft: Draft & { kind: 'unknown' }, drafts: readonly Draft[]): boolean {
  const own = draft.values.map(bareText);
  const isSame = (other: Draft) =>
    other.kind !== 'literal' && other.values.every((value, i) => bareText(value) === own[i]);
  return drafts.some((other) => other !== draft && isSame(other));
}

/** A value without the zeros before its digits. */
function bareText(value: Uint8Array | null): string {
  const text = toLatin1(value ?? EMPTY);
  return /^[0-9]+$/.test(text) ? text.replace(/^0+(?=[0-9])/, '') : text;
}

/** Whether a value is one of those that a rule makes up, or near to them. */
function isMadeBy(
  { min, max, alphabet, within, again, form = [] }: Rule & { kind: 'made up' },
  value: Uint8Array,
): boolean {
  if (again !== undefined || form.length > 0 || value.length < min || value.length > max) return false;
  if (!within) return value.every((byte) => alphabet.includes(byte));
  const number = readNumber(within.codec, value);
  const near = within.most - within.least;
  return number !== null && number >= within.least - near && number <= within.most + near;
}

const MAY_CHANGE_NOTHING: ReadonlySet<string> = new Set([
  'percent',
  'from percent',
  'escape',
  'unescape',
  'pad',
  'trim',
]);

/** Bytes behind a draft, when they are as many in every sample. */
function restAfter(drafts: readonly Draft[], i: number): number | null {
  let sum = 0;
  for (const draft of drafts.slice(i + 1)) {
    const width = draft.kind === 'literal' ? draft.bytes.length : commonWidth(draft.values);
    if (width === null) return null;
    sum += width;
  }
  return sum;
}

/** The samples that have a literal, and what of their messages stands before and behind it. */
interface All {
  readonly contexts: readonly Context[];
  /** Bytes behind it, where they are as many in all samples. */
  readonly rest: number | null;
  /** What stands before it in each sample. */
  readonly head: () => readonly Uint8Array[];
}

/** What some drafts are in each sample. */
function headsOf(drafts: readonly Draft[], samples: number): Uint8Array[] {
  const valueOf = (draft: Draft, i: number) => (draft.kind === 'literal' ? draft.bytes : (draft.values[i] ?? EMPTY));
  return Array.from({ length: samples }, (_, i) => concat(drafts.map((draft) => valueOf(draft, i))));
}

function hitsIn(literal: Uint8Array, offset: number | null, all: All, proven: readonly Proven[]): Hit[] {
  const hits: Hit[] = [];
  const clocks = new Set<string>();
  for (const candidate of proven) {
    const { rule } = candidate;
    if (rule.kind === 'clock') {
      const key = `${rule.format}/${rule.offset}`;
      if (!clocks.has(key)) hits.push(...timesAs(rule, literal, all.contexts).map((time) => ({ ...time, rule })));
      clocks.add(key);
      continue;
    }
    for (const at of places(candidate, literal, offset)) {
      const bytes = valueAt(candidate.rule, literal, at, all);
      if (bytes && isTelling(bytes, candidate.rule)) hits.push({ at, bytes, rule: candidate.rule });
    }
  }
  return hits;
}

/** Hits that do not overlap, the longest first; in the order of their places. */
function apart(hits: readonly Hit[]): Hit[] {
  const chosen: Hit[] = [];
  for (const hit of [...hits].sort((a, b) => b.bytes.length - a.bytes.length || a.at - b.at)) {
    if (chosen.every((c) => hit.at + hit.bytes.length <= c.at || c.at + c.bytes.length <= hit.at)) chosen.push(hit);
  }
  return chosen.sort((a, b) => a.at - b.at);
}

/** Fewest bytes behind a literal that have to be the rest of the same copy. */
const LEAST_BEHIND = 4;

/**
 * The beginnings of proven copies that go on right behind the literal: a number that was the same in all these
 * requests, and stands before one that was not.
 */
function begunIn(
  literal: Uint8Array,
  offset: number | null,
  next: Draft | undefined,
  contexts: readonly Context[],
  proven: readonly Proven[],
): Hit[] {
  if (next?.kind !== 'rule' || next.rule.kind !== 'copy') return [];
  return proven.flatMap((candidate): Hit[] => {
    const { rule } = candidate;
    if (rule.kind !== 'copy' || rule.transform.kind !== 'copy' || rule.span.to.kind !== 'width') return [];
    const { width } = rule.span.to;
    return places(candidate, literal, offset).flatMap((at) => {
      const bytes = literal.subarray(at);
      const short: Rule = { ...rule, span: { ...rule.span, to: { kind: 'width', width: bytes.length } } };
      const holds = contexts.every((context, i) => {
        const given = produce(rule, context, () => 0);
        const behind = given?.subarray(bytes.length);
        const value = next.values[i];
        if (!given || !behind || !value || behind.length < LEAST_BEHIND || value.length < LEAST_BEHIND) return false;
        const both = Math.min(behind.length, value.length);
        return (
          equal(given.subarray(0, bytes.length), bytes) && equal(behind.subarray(0, both), value.subarray(0, both))
        );
      });
      return holds && width > bytes.length && isTelling(bytes, rule) ? [{ at, bytes, rule: short }] : [];
    });
  });
}

function places({ before, offset }: Proven, literal: Uint8Array, start: number | null): number[] {
  const found: number[] = [];
  if (before.length >= 2) {
    const head = literal.subarray(0, HEAD);
    for (let at = indexOf(head, before); at >= 0 && found.length < MOST_PLACES; at = indexOf(head, before, at + 1))
      found.push(at + before.length);
  }
  if (
    offset !== null &&
    start !== null &&
    offset >= start &&
    offset < start + literal.length &&
    !found.includes(offset - start)
  )
    found.push(offset - start);
  return found;
}

/** What the rule gives, when it is the same for all samples and stands at this place. */
function valueAt(rule: Rule, literal: Uint8Array, at: number, all: All): Uint8Array | null {
  const { contexts, rest } = all;
  if (rule.kind === 'length') {
    const read = readNumberAt(rule.write, literal, at);
    if (!read || rest === null || rule.to !== TO_THE_END) return null;
    const behind = literal.length - at - read.width + rest;
    return behind > 0 && read.value === behind + rule.add ? literal.subarray(at, at + read.width) : null;
  }
  if (rule.kind === 'made up') return identifierAt(rule, literal, at, contexts);
  if (rule.kind === 'checksum') return checksumAt(rule, literal, at, all.head());
  let value: Uint8Array | null = null;
  for (const context of contexts) {
    const given = produce(rule, context, () => 0);
    if (!given || given.length === 0 || (value && !equal(value, given))) return null;
    value ??= given;
    if (!startsWith(literal, given, at)) return null;
  }
  return value;
}

/**
 * A whole word at a place that is an identifier as others are made up there. One that clients say again is left as it
 * is: requests are known by it.
 */
function identifierAt(
  rule: Rule & { kind: 'made up' },
  literal: Uint8Array,
  at: number,
  contexts: readonly Context[],
): Uint8Array | null {
  const value = literal.subarray(at, rule.form ? endOfWord(literal, at + rule.min) : endOfWord(literal, at));
  if (!isOfKind(rule, value) || !isIdentifier(value)) return null;
  const isSaid = contexts.some(({ said }) => said.some(({ request }) => indexOf(request, value) >= 0));
  return isSaid ? null : value;
}

/** A checksum of what stands before it in all samples. */
function checksumAt(
  { how, covered, write }: Rule & { kind: 'checksum' },
  literal: Uint8Array,
  at: number,
  heads: readonly Uint8Array[],
): Uint8Array | null {
  if (covered.what !== 'before' && covered.what !== 'block') return null;
  const read = readNumberAt(write, literal, at, write.kind === 'hex' ? at + write.pad : literal.length);
  if (!read) return null;
  const holds = heads.every((head) => {
    const before = concat([head, literal.subarray(0, at)]);
    const part = coveredBy(covered, before, before.length, before.length + read.width);
    return part !== null && checksumOf(how, part) === read.value;
  });
  return holds ? literal.subarray(at, at + read.width) : null;
}

/** Values that are met by chance too often, such as zeros, prove nothing. */
function isTelling(bytes: Uint8Array, rule: Rule): boolean {
  if (rule.kind === 'length') return bytes.length >= 2 || (bytes[0] ?? 0) > 8;
  return bytes.length >= 2 && new Set(bytes).size > 1;
}

function cut(literal: Uint8Array, hits: readonly Hit[], samples: number): Draft[] {
  const drafts: Draft[] = [];
  let at = 0;
  for (const hit of hits) {
    if (hit.at > at) drafts.push({ kind: 'literal', bytes: literal.subarray(at, hit.at) });
    const values = Array.from({ length: samples }, () => hit.bytes);
    drafts.push({ kind: 'rule', rule: hit.rule, values, support: samples, cost: 0 });
    at = hit.at + hit.bytes.length;
  }
  if (at < literal.length || hits.length === 0) drafts.push({ kind: 'literal', bytes: literal.subarray(at) });
  return drafts;
}
