/**
 * Optimistic links [06 §4.1]: what an answer with too few samples to prove anything has in common with what the
 * client said is taken for a copy.
 *
 * For the requests seen a copy gives what the literal gave, so nothing is lost there; another request of the same
 * kind gets its own words back instead of somebody else's. What counts is a value: words that few clients say (of
 * earlier requests, one alone), or bytes too various to be met by chance. And a date with its time that is the very second of the answer
 * is the clock, in one sample as in fifty.
 */
import {
  EMPTY,
  LF,
  equal,
  indexOf,
  isDigit,
  isText,
  isTextByte,
  lastIndexOf,
  toLatin1,
  isAlphanumeric,
} from '../../bytes/bytes.js';
import { TEXT_FORMATS, findTimes, isCoarse } from '../../model/clock.js';
import { resolve, type Context, type Place } from '../../model/meaning.js';
import { binaryAt, readNumberAt, writeNumber } from '../../model/number.js';
import type { NumberCodec, Position, Recall, Rule, Source, Span } from '../../model/types.js';
import { WIDE_FIRST } from '../codecs.js';
import type { Draft } from './draft.js';
import { withJoinedCopies } from './joined-copies.js';
import { writtenIn } from './optimistic-encoded.js';
import { withTextLength } from './optimistic-lengths.js';
import { gives, numbersIn } from './optimistic-numbers.js';
import { TO_THE_END } from './draft.js';
import { ends, starts } from './positions.js';
import type { RegionUse } from './sample.js';

/** As many different requests prove something by themselves. */
const FEW = 2;
/** Shortest word, and shortest run of other bytes, that is a value. */
const WORD = 4;
const BYTES = 4;
const VARIOUS = 3;
/** Bytes of a literal and of a request that are looked at, and copies that are made of one literal. */
const HEAD = 8192;
const MOST = 64;
/** Bytes of a number right before a text that says how long it is. */
const COUNTS = [2, 4] as const;
/** Earlier requests of the session that words may come from. */
const BACK = 8;
/** Names of a place that are tried. */
const NAMES = 6;
/** What an offset, or a marker with digits, costs more in a text, where words have all lengths. */
const OFFSET = 3;
/** What the sign behind a value costs more than the end of a word. */
const SIGN = 1;
/** A port or an address shorter than this is met by chance. */
const ENDPOINT = 5;
/** A text shorter than this is met by chance. */
const DATE = 17;

/** What is known of the words that clients say. */
interface Words {
  /** One source alone said it. */
  isOwn(word: string): boolean;
  /** Most sources said it. */
  isCommon(word: string): boolean;
}

interface Copied {
  readonly from: number;
  readonly to: number;
  readonly rule: Rule;
}

/**
 * The drafts of one message with what its literals have in common with requests, and the present second, as rules.
 *
 * @param use whether all requests are of one class, so that places may go by its regions, and what they recall
 */
export function withOptimism(
  drafts: readonly Draft[],
  contexts: readonly Context[],
  use: Pick<RegionUse, 'own' | 'groups' | 'recalls'>,
  words: Words,
): Draft[] {
  const different = new Set(contexts.map(({ said, at }) => toLatin1(said[at]?.request ?? new Uint8Array(0))));
  const isThin = different.size <= FEW;
  const hoped = drafts.flatMap((draft) => {
    if (draft.kind !== 'literal') return [draft];
    const sure = [...timesIn(draft.bytes, contexts), ...endpointsIn(draft.bytes, contexts)];
    const copies = isThin ? copiesIn(draft.bytes, contexts, use, words) : [];
    // an address within what the client said is there because the client said it
    const known = sure.filter((s) => !copies.some((c) => c.from <= s.from && s.to <= c.to));
    const taken = [...known, ...copies.filter((c) => known.every((s) => c.to <= s.from || s.to <= c.from))];
    return replaced(draft.bytes, taken, contexts);
  });
  if (!isThin) return hoped;
  return withTextLength(withLength(withJoinedCopies(hoped, contexts), contexts.length), contexts.length);
}

/** How lengths at the beginning of a message are written. */
const LENGTHS: readonly NumberCodec[] = [...WIDE_FIRST, { kind: 'ber' }, { kind: 'varint' }];
/** Where such a length may stand, and the least that it is of: a small number is met by chance. */
const FRONT = 4;
const LEAST_REST = 6;

/** A number at the beginning that is the length of everything behind it, once something there may be longer. */
function withLength(drafts: readonly Draft[], samples: number): Draft[] {
  const [first, ...others] = drafts;
  if (first?.kind !== 'literal' || !others.some((d) => d.kind === 'rule' && d.rule.kind !== 'clock'))
    return [...drafts];
  if (drafts.some((d) => d.kind === 'rule' && (d.rule.kind === 'length' || d.rule.kind === 'checksum')))
    return [...drafts];
  const rests = Array.from({ length: samples }, (_, i) =>
    others.reduce((sum, d) => sum + (d.kind === 'literal' ? d.bytes.length : (d.values[i]?.length ?? Infinity)), 0),
  );
  // in a text the byte that would be a length is a letter
  if (drafts.every((d) => (d.kind === 'literal' ? isText(d.bytes) : d.values.every((v) => !v || isText(v)))))
    return [...drafts];
  for (let at = 0; at <= FRONT; at++) {
    for (const write of LENGTHS) {
      const read = readNumberAt(write, first.bytes, at);
      const behind = first.bytes.length - at - (read?.width ?? 0);
      if (!read || read.value < LEAST_REST || rests.some((rest) => rest + behind !== read.value)) continue;
      const bytes = first.bytes.subarray(at, at + read.width);
      if (!equal(bytes, writeNumber(write, read.value) ?? EMPTY)) continue;
      const rule: Rule = { kind: 'length', from: 0, to: TO_THE_END, add: 0, write };
      const length: Draft = { kind: 'rule', rule, values: rests.map(() => bytes), support: samples, cost: 0 };
      const parts: Draft[] = [{ kind: 'literal', bytes: first.bytes.subarray(0, at) }, length];
      parts.push({ kind: 'literal', bytes: first.bytes.subarray(at + read.width) });
      return [...parts.filter((d) => d.kind !== 'literal' || d.bytes.length > 0), ...others];
    }
  }
  return [...drafts];
}

/** Dates that are the second in which all the answers were given. */
function timesIn(literal: Uint8Array, contexts: readonly Context[]): Copied[] {
  const now = contexts[0]?.now ?? 0;
  const text = toLatin1(literal.subarray(0, HEAD));
  const found: Copied[] = [];
  // a minute has room for what was made ready right before the recording
  for (const format of TEXT_FORMATS.filter((name) => !isCoarse(name))) {
    for (const { from, to, time } of findTimes(format, text, now)) {
      const isNow = contexts.every((context) => Math.floor(context.now / 1000) === Math.floor(time / 1000));
      if (!isNow || to - from < DATE || found.some((f) => from < f.to && f.from < to)) continue;
      found.push({ from, to, rule: { kind: 'clock', format, offset: 0 } });
    }
  }
  return found.filter((f) => gives(f.rule, literal.subarray(f.from, f.to), contexts));
}

/** The client's own address and port, when they are long enough not to be met by chance. */
function endpointsIn(literal: Uint8Array, contexts: readonly Context[]): Copied[] {
  const [first] = contexts;
  return (['client address', 'client port'] as const).flatMap((what) => {
    const of: Source = { kind: 'environment', what };
    const text = (first && resolve(of, first)?.bytes) ?? new Uint8Array(0);
    const span: Span = { of, from: { kind: 'start', offset: 0 }, to: { kind: 'end', offset: 0 } };
    const rule: Rule = { kind: 'copy', span, transform: { kind: 'copy' } };
    if (text.length < ENDPOINT || !gives(rule, text, contexts)) return [];
    const found: Copied[] = [];
    const head = literal.subarray(0, HEAD);
    for (let at = indexOf(head, text); at >= 0 && found.length < MOST; at = indexOf(head, text, at + 1))
      if (!isDigit(head[at - 1]) && !isDigit(head[at + text.length]))
        found.push({ from: at, to: at + text.length, rule });
    return found;
  });
}

function copiesIn(
  literal: Uint8Array,
  contexts: readonly Context[],
  use: Parameters<typeof withOptimism>[2],
  words: Words,
): Copied[] {
  const [first] = contexts;
  if (!first) return [];
  const recalls = use.recalls ?? [];
  const sources = sourcesOf(first, recalls);
  const head = literal.subarray(0, HEAD);
  const isEarlier = ({ source }: { source: Source }) => source.kind !== 'request' || source.back > 0;
  const written = writtenIn(
    head,
    contexts,
    sources,
    (value, of) => wordsIn(value).some((word) => (isEarlier(of) ? words.isOwn(word) : !words.isCommon(word))),
    ({ source, place }, at, value) => {
      const regions =
        source.kind === 'recall' ? use.groups.has(source.group) : use.own && source === sources[0]?.source;
      return nameOf(source, place, at, value, contexts, regions, words);
    },
  );
  const found: Copied[] = [];
  for (let at = 0; at < head.length && found.length < MOST; at++) {
    const isBehind = at > 0 && found.at(-1)?.to === at;
    if (isAlphanumeric(head[at] ?? 0) && at > 0 && isAlphanumeric(head[at - 1] ?? 0) && !isBehind) continue;
    for (const { source, place } of sources) {
      const isEarlier = source.kind === 'request' && source.back > 0;
      const match = longest(head, at, place.bytes, isEarlier, words);
      if (!match) continue;
      const value = literal.subarray(at, at + match.length);
      if (isLabel(head, at, match.length) && isLabel(place.bytes, match.at, match.length)) continue;
      // a word with the separator before it has no end that is plainer than its length
      if (!isAlphanumeric(value[0] ?? 0) && isPlain(value)) continue;
      const regions = source.kind === 'recall' ? use.groups.has(source.group) : use.own && !isEarlier;
      const span = nameOf(source, place, match.at, value, contexts, regions, words);
      if (!span) continue;
      found.push({ from: at, to: at + match.length, rule: { kind: 'copy', span, transform: { kind: 'copy' } } });
      at += match.length - 1;
      break;
    }
  }
  const numbers = numbersIn(
    literal,
    contexts,
    sources.filter(isEarlier),
    recalls,
    (word) => words.isOwn(word),
    ({ source, place }, at, value) =>
      nameOf(source, place, at, value, contexts, source.kind === 'recall' && use.groups.has(source.group), words),
  );
  const isBeside = (all: readonly Copied[]) => (one: Copied) => all.every((c) => c.to <= one.from || one.to <= c.from);
  const copies = [...written, ...found.filter(isBeside(written))];
  return [...copies, ...numbers.filter(isBeside(copies))];
}

/** Whether nothing stands before it in its line but what is joined to it, and a colon behind it: what a line is about is nobody's value. */
function isLabel(bytes: Uint8Array, at: number, length: number): boolean {
  let from = at;
  while (from > 0 && (bytes[from - 1] ?? 0) > BLANK && bytes[from - 1] !== COLON) from--;
  return (from === 0 || bytes[from - 1] === LF) && bytes[at + length] === COLON;
}

const CARRIAGE_RETURN = 0x0d;
const COLON = 0x3a;

/** The present request, what was said about the same thing, and the requests before it. */
function sourcesOf(context: Context, recalls: readonly Recall[]): { source: Source; place: Place }[] {
  const named: { source: Source; place: Place }[] = [];
  const present: Source = { kind: 'request', back: 0 };
  const before = Array.from({ length: Math.min(BACK, context.at - 1) }, (_, i) => ({ ...present, back: i + 1 }));
  const recalled = recalls.filter(({ side, ahead }) => side === 'request' && ahead === undefined);
  for (const source of [present, ...recalled, ...before]) {
    const place = resolve(source, context);
    if (place && place.bytes.length > 0)
      named.push({ source, place: { ...place, bytes: place.bytes.subarray(0, HEAD) } });
  }
  return named;
}

/** The longest value that begins at a place of the literal and stands in a message, or null. */
function longest(
  literal: Uint8Array,
  from: number,
  message: Uint8Array,
  onlyWords: boolean,
  words: Words,
): { at: number; length: number } | null {
  let best: { at: number; length: number } | null = null;
  const least = literal.subarray(from, from + Math.min(WORD, BYTES));
  if (least.length < WORD) return null;
  for (let at = indexOf(message, least); at >= 0; at = indexOf(message, least, at + 1)) {
    if (isAlphanumeric(literal[from] ?? 0) && at > 0 && isAlphanumeric(message[at - 1] ?? 0)) continue;
    const length = valueLength(literal, from, message, at, onlyWords, words);
    if (length > (best?.length ?? 0)) best = { at, length };
  }
  return best;
}

/** How many bytes that two messages have in common from there on are a value: none inside a word. */
function valueLength(
  literal: Uint8Array,
  from: number,
  message: Uint8Array,
  at: number,
  onlyWords: boolean,
  words: Words,
): number {
  let length = 0;
  while (
    from + length < literal.length &&
    at + length < message.length &&
    literal[from + length] === message[at + length]
  )
    length++;
  const counted = countedLength(literal, from);
  if (counted > 0 && counted <= length) return counted;
  length = oneOf(literal.subarray(from, from + length), message.subarray(at + length));
  const isTorn = (n: number) =>
    isAlphanumeric(literal[from + n - 1] ?? 0) &&
    (isAlphanumeric(literal[from + n] ?? 0) || isAlphanumeric(message[at + n] ?? 0));
  const full = length;
  while (length > 0 && isTorn(length)) length--;
  const value = literal.subarray(from, from + length);
  const said = toLatin1(value).match(/[0-9A-Za-z]{4,}/g) ?? [];
  const isPhrase = !onlyWords && said.length > 0 && wordsIn(value).some((word) => !words.isCommon(word));
  if (isPhrase || said.some((word) => (onlyWords ? words.isOwn(word) : !words.isCommon(word)))) return trimmed(value);
  if (onlyWords || isPlain(literal.subarray(from, from + full))) return 0;
  const run = literal.subarray(from, from + full);
  return full >= BYTES && new Set(run).size >= VARIOUS && indexOf(message, run) === lastIndexOf(message, run)
    ? full
    : 0;
}

/** How much of a value of several lines is one: the first line, unless it is all the rest of what was said; else they are several fields. */
function oneOf(value: Uint8Array, rest: Uint8Array): number {
  const end = value.findIndex(isLineEnd);
  return end < 1 || !isText(value) || rest.every(isLineEnd) ? value.length : end;
}

function isLineEnd(byte: number): boolean {
  return byte === LF || byte === CARRIAGE_RETURN;
}

/** How long a text is with the number before it that says so; 0 where there is none. */
function countedLength(literal: Uint8Array, from: number): number {
  for (const width of COUNTS) {
    const content = literal.subarray(from + width, from + width + binaryAt(literal, from, width, 'big'));
    const isWhole = content.length >= BYTES && content.length === binaryAt(literal, from, width, 'big');
    if (isWhole && content.every(isTextByte)) return width + content.length;
  }
  return 0;
}

/** Length without the separators at the end. */
function trimmed(value: Uint8Array): number {
  let length = value.length;
  while (length > 0 && !isAlphanumeric(value[length - 1] ?? 0)) length--;
  return length;
}

function isPlain(bytes: Uint8Array): boolean {
  return bytes.every((byte) => isTextByte(byte) || byte === 0);
}

/** The plainest name of a value's place that gives it in all samples. */
function nameOf(
  of: Source,
  place: Place,
  at: number,
  value: Uint8Array,
  contexts: readonly Context[],
  regions: boolean,
  words: Words,
): Span | null {
  // a request that its class does not fit has no regions that can be relied on
  const isPlainText = isPlain(place.bytes);
  for (const by of regions ? (isPlainText ? [false, true] : [true]) : [false]) {
    const named = starts(place, at, by)
      .filter((from) => !goesByValue(from.at, words))
      .map((from) => (isPlainText && isLoose(from.at) ? { ...from, cost: from.cost + OFFSET } : from))
      .sort((a, b) => a.cost - b.cost)
      .slice(0, NAMES)
      .flatMap((from) =>
        ends(place, at, at + value.length, by)
          .map((to) => (isPlainText && isSign(to.at) ? { ...to, cost: to.cost + SIGN } : to))
          .sort((a, b) => a.cost - b.cost)
          .slice(0, NAMES)
          .map((to) => ({ span: { of, from: from.at, to: to.at }, cost: from.cost + to.cost })),
      );
    named.sort((a, b) => a.cost - b.cost);
    const fitting = named.find(({ span }) =>
      gives({ kind: 'copy', span, transform: { kind: 'copy' } }, value, contexts),
    );
    if (fitting) return fitting.span;
  }
  return null;
}

/** Words of two letters or digits at least. */
function wordsIn(bytes: Uint8Array): readonly string[] {
  return toLatin1(bytes).match(/[0-9A-Za-z]{2,}/g) ?? [];
}

/** Whether a place is named by how far it is from one end, or by digits: another request has others there. */
function isLoose(position: Position): boolean {
  if (position.kind === 'marker') return position.bytes.some((byte) => isDigit(byte));
  return (position.kind === 'start' || position.kind === 'end') && position.offset > 0;
}

/** Whether a value ends before a sign that is no blank: another one may have something else behind it. */
function isSign(to: Span['to']): boolean {
  return to.kind === 'until' && to.bytes.every((byte) => byte > BLANK);
}

const BLANK = 0x20;

/** Whether a place is found by a word that may be another client's own. */
function goesByValue(position: Position, words: Words): boolean {
  return position.kind === 'marker' && wordsIn(position.bytes).some((word) => !words.isCommon(word));
}

function replaced(literal: Uint8Array, copies: readonly Copied[], contexts: readonly Context[]): Draft[] {
  const drafts: Draft[] = [];
  let at = 0;
  for (const { from, to, rule } of [...copies].sort((a, b) => a.from - b.from)) {
    if (from > at) drafts.push({ kind: 'literal', bytes: literal.subarray(at, from) });
    const values = contexts.map(() => literal.subarray(from, to));
    drafts.push({ kind: 'rule', rule, values, support: contexts.length, cost: 0 });
    at = to;
  }
  if (at < literal.length || copies.length === 0) drafts.push({ kind: 'literal', bytes: literal.subarray(at) });
  return drafts;
}
