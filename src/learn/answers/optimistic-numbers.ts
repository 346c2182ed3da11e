/**
 * Numbers of an answer with too few samples to prove anything [new]: one that is a client's own number, counted on by
 * one, or one that the server said last about the same thing.
 *
 * Only answers that say little beside the number are looked at: among many numbers some are met by chance.
 */
import { equal, fromLatin1, toLatin1, isAlphanumeric } from '../../bytes/bytes.js';
import { produce, resolve, type Context, type Place } from '../../model/meaning.js';
import { DECIMAL, readNumber } from '../../model/number.js';
import type { Recall, Rule, Source, Span } from '../../model/types.js';
import { decimalTokens } from './number.js';

/** Bytes of an answer, and numbers in it, so that the number is what it says. */
const LONGEST = 64;
const MOST_NUMBERS = 2;
/** A number of fewer digits is met by chance. */
const DIGITS = 2;
/** Steps by which numbers are counted on or back. */
const STEPS = [1, -1] as const;

/** A message that a number may come from. */
export interface NumberSource {
  readonly source: Source;
  readonly place: Place;
}

interface Named {
  readonly from: number;
  readonly to: number;
  readonly rule: Rule;
}

/**
 * The numbers of a literal that rules give.
 *
 * @param requests earlier requests
 * @param isOwn whether one client alone says a word
 * @param nameOf a name of a part of a message that gives it in all samples
 */
export function numbersIn(
  literal: Uint8Array,
  contexts: readonly Context[],
  requests: readonly NumberSource[],
  recalls: readonly Recall[],
  isOwn: (word: string) => boolean,
  nameOf: (of: NumberSource, at: number, value: Uint8Array) => Span | null,
): Named[] {
  const tokens = literal.length <= LONGEST ? numbersOf(literal) : [];
  if (tokens.length === 0 || tokens.length > MOST_NUMBERS) return [];
  const answers = answersOf(contexts, recalls);
  return tokens.flatMap(([from, to]): Named[] => {
    const value = readNumber(DECIMAL, literal.subarray(from, to));
    if (value === null) return [];
    for (const [sources, steps] of [
      [answers, [0]],
      [requests, STEPS],
    ] as const) {
      for (const of of sources) {
        for (const [at, end] of numbersOf(of.place.bytes)) {
          const said = of.place.bytes.subarray(at, end);
          const add = value - (readNumber(DECIMAL, said) ?? NaN);
          if (!steps.some((step) => step === add) || (add !== 0 && !isOwn(toLatin1(said)))) continue;
          const span = nameOf(of, at, said);
          const rule: Rule | null = span && { kind: 'number', span, read: DECIMAL, add, write: DECIMAL };
          if (rule && gives(rule, literal.subarray(from, to), contexts)) return [{ from, to, rule }];
        }
      }
    }
    return [];
  });
}

/** The numbers of a message that are words of their own. */
function numbersOf(bytes: Uint8Array): (readonly [number, number])[] {
  return decimalTokens({ bytes, edges: null }).filter(
    ([from, to]) =>
      to - from >= DIGITS && bytes[from] !== ZERO && !isPart(bytes[from - 1] ?? 0) && !isPart(bytes[to] ?? 0),
  );
}

const ZERO = 0x30;

/** Letters, and what joins digits to an address, a time or a fraction. */
function isPart(byte: number): boolean {
  return isAlphanumeric(byte) || JOINTS.includes(byte);
}

const JOINTS = fromLatin1('.,-/');

/** What was answered last about the same thing, where that says little. */
function answersOf(contexts: readonly Context[], recalls: readonly Recall[]): NumberSource[] {
  const [first] = contexts;
  return recalls.flatMap((source): NumberSource[] => {
    const place = source.side === 'answer' && source.ahead === undefined && first ? resolve(source, first) : null;
    if (!place || place.bytes.length > LONGEST || numbersOf(place.bytes).length > MOST_NUMBERS) return [];
    return [{ source, place }];
  });
}

/** Whether a rule gives a value in all samples. */
export function gives(rule: Rule, value: Uint8Array, contexts: readonly Context[]): boolean {
  return contexts.every((context) => {
    const given = produce(rule, context, () => 0);
    return given !== null && equal(given, value);
  });
}
