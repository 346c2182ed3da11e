/**
 * The checksum that the messages of a whole service end with [new].
 *
 * It is looked for over all answers at once, whatever they say: so it is known where an answer was seen only once,
 * and behind bytes that no rule explains. A constant that goes into it is solved from one message and held against
 * the others.
 */
import { EMPTY } from '../../bytes/bytes.js';
import { CHECKSUMS, checksumOf, checksumWidth, coveredBy, takesConstant, withConstant } from '../../model/checksum.js';
import { binaryAt } from '../../model/number.js';
import type { BinaryNumber, Checksum, Covered } from '../../model/types.js';
import { spread } from '../spread.js';
import type { Draft } from './draft.js';
import { parse, TO_THE_END, type Parsed } from './parse.js';
import type { Families, Line, Seal } from './sample.js';
import type { Without } from './without.js';
import { Kept } from '../kept.js';

/** Fewest different messages that tell a seal, most that are looked at, and the share of them that must bear it. */
const LEAST = 8;
const MOST = 100;
const SHARE = 0.75;
/** Bytes at the beginning that a seal may leave out. */
const MOST_SKIPPED = 16;
const MOST_BYTES = 2048;
/** Fewest different values of a seal: what hardly varies is no checksum. */
const LEAST_VALUES = 5;
const COST = 7;

/** The seal of a service, or null when its messages bear none. */
export function findSeal(messages: readonly Uint8Array[]): Seal | null {
  const different = new Map(messages.filter(isSealable).map((m) => [m.join(), m]));
  const some = spread([...different.values()], MOST);
  if (some.length < LEAST) return null;
  for (const width of [4, 2, 1]) {
    const values = new Set(some.map((m) => m.subarray(-width).join()));
    if (values.size < Math.max(LEAST_VALUES, some.length / 4)) continue;
    const sums = new Map<number, Float64Array>();
    for (const write of ordersOf(width)) {
      for (const seal of candidates(some, write, sums)) return seal;
    }
  }
  return null;
}

/** Long enough and not too long, and no filling, which goes on to the end and is its own exclusive or. */
function isSealable(message: Uint8Array): boolean {
  return message.length >= 3 && message.length <= MOST_BYTES && message.at(-1) !== message.at(-2);
}

function ordersOf(width: number): BinaryNumber[] {
  const orders = width === 1 ? (['big'] as const) : (['big', 'little'] as const);
  return orders.map((order) => ({ kind: 'binary', width, order }));
}

/**
 * Seals that the messages bear, those in common use before those with a constant of their own.
 *
 * @param sums checksums of messages without a constant, by checksum and bytes left out: the order of the seal's bytes
 *   does not change them
 */
function* candidates(
  messages: readonly Uint8Array[],
  write: BinaryNumber,
  sums: Map<number, Float64Array>,
): Generator<Seal> {
  for (const isSolved of [false, true]) {
    for (const [h, how] of CHECKSUMS.entries()) {
      if (checksumWidth(how) !== write.width || (isSolved && !takesConstant(how))) continue;
      for (let count = 0; count <= MOST_SKIPPED; count++) {
        const covered: Covered = { what: 'before', count };
        const key = h * (MOST_SKIPPED + 1) + count;
        let known = sums.get(key);
        if (!known) sums.set(key, (known = new Float64Array(messages.length).fill(UNKNOWN)));
        const apart = (i: number) => apartIn(how, covered, write, messages[i] ?? EMPTY, i, known);
        if (!isSolved) {
          if (isBorne(0, apart, messages.length)) yield { how, covered, write };
          continue;
        }
        // the first message may be one of the few without
        for (const [i, message] of messages.slice(0, 2).entries()) {
          const constant = apart(i);
          if (constant === NONE || !isBorne(constant, apart, messages.length)) continue;
          const part = coveredBy(covered, message, message.length - write.width, message.length);
          const solved = part && withConstant(how, part, readSeal(message, write));
          if (solved) yield { how: solved, covered, write };
        }
      }
    }
  }
}

const UNKNOWN = -1;
const NONE = -2;

/** What a constant would have to make up for between a message's checksum and its seal; 0: nothing, `NONE`: there is nothing to cover. */
function apartIn(
  how: Checksum,
  covered: Covered,
  write: BinaryNumber,
  message: Uint8Array,
  i: number,
  known: Float64Array,
): number {
  if (known[i] === UNKNOWN) {
    const isLong = message.length > write.width + covered.count;
    const part = isLong ? coveredBy(covered, message, message.length - write.width, message.length) : null;
    known[i] = part ? checksumOf(how, part) : NONE;
  }
  const sum = known[i] ?? NONE;
  if (sum === NONE) return NONE;
  const seal = readSeal(message, write);
  if (how.kind !== 'sum') return (sum ^ seal) >>> 0;
  const size = 2 ** how.bits;
  return (seal - sum + size) % size;
}

/** Whether all messages but a few are so far from their checksum. */
function isBorne(constant: number, apart: (i: number) => number, count: number): boolean {
  let missing = 0;
  for (let i = 0; i < count; i++) if (apart(i) !== constant && ++missing > count * (1 - SHARE)) return false;
  return true;
}

function readSeal(message: Uint8Array, { width, order }: BinaryNumber): number {
  return binaryAt(message, message.length - width, width, order);
}

/** Whether a message ends with the seal. */
export function bears(message: Uint8Array, { how, covered, write }: Seal): boolean {
  if (message.length <= write.width + covered.count) return false;
  const part = coveredBy(covered, message, message.length - write.width, message.length);
  return part !== null && checksumOf(how, part) === readSeal(message, write);
}

/** Takes answers apart as `parse` does; where all of them bear the service's seal, what is before it. */
export function parseSealed(lines: readonly Line[], families: Families, without: Without): Parsed {
  const seal = lines[0]?.use.seal;
  if (!seal || families !== 'all' || !lines.every(({ bytes }) => bears(bytes, seal)))
    return parse(lines, families, without);
  const { width } = seal.write;
  const inside = lines.map((line) => opened(line, width));
  const parsed = parse(inside, families, without);
  const values = parsed.live.map((i) => lines[i]?.bytes.subarray(-width) ?? null);
  const rule = { kind: 'checksum', ...seal } as const;
  const sealed: Draft = { kind: 'rule', rule, values, support: parsed.live.length, cost: COST };
  return { ...parsed, drafts: [...parsed.drafts.map((draft) => reaching(draft, width)), sealed] };
}

const open = new Kept<Line, number, Line>();

/** The line without its seal, the same one each time. */
function opened(line: Line, width: number): Line {
  return open.of(line, width, () => ({ ...line, bytes: line.bytes.subarray(0, -width) }));
}

/** A length up to the end now covers the seal too. */
function reaching(draft: Draft, width: number): Draft {
  if (draft.kind !== 'rule' || draft.rule.kind !== 'length' || draft.rule.to !== TO_THE_END) return draft;
  return { ...draft, rule: { ...draft.rule, add: draft.rule.add - width } };
}
