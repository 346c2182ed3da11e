/**
 * The checksum that the messages of a whole service end with [new].
 *
 * It is looked for over all answers at once, whatever they say: so it is known where an answer was seen only once,
 * and behind bytes that no rule explains. A constant that goes into it is solved from one message and held against
 * the others.
 */
import { EMPTY, endsWith, toLatin1 } from '../../bytes/bytes.js';
import { CHECKSUMS, checksumOf, checksumWidth, coveredBy, takesConstant, withConstant } from '../../model/checksum.js';
import { binaryAt, digitValue, readNumberAt } from '../../model/number.js';
import type { Checksum, Covered } from '../../model/types.js';
import { spread } from '../spread.js';
import type { Draft } from './draft.js';
import { TO_THE_END } from './draft.js';
import { parse, type Parsed } from './parse.js';
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

/** How the seals of a service are written, and what of the messages they leave out right before them. */
interface Form {
  readonly write: Seal['write'];
  readonly covered: Omit<Covered, 'count'>;
}

/** The seal of a service, or null when its messages bear none. */
export function findSeal(messages: readonly Uint8Array[]): Seal | null {
  const different = [...new Map(messages.map((m) => [toLatin1(m), m])).values()];
  const tail = tailOf(different);
  const bare = different.filter((m) => endsWith(m, tail)).map((m) => m.subarray(0, m.length - tail.length));
  const sealable = bare.filter(isSealable);
  if (sealable.length < Math.max(LEAST, different.length * SHARE)) return null;
  const some = spread(sealable, MOST);
  for (const width of [4, 2, 1]) {
    const sums: Sums = new Map();
    for (const form of formsOf(width, some)) {
      const size = sizeOf(form.write);
      const values = new Set(some.map((m) => toLatin1(m.subarray(-size))));
      if (values.size < Math.max(LEAST_VALUES, some.length / 4)) continue;
      for (const seal of candidates(some, form, width, sums)) return { ...seal, tail };
    }
  }
  return null;
}

/** Bytes that may stand behind a seal: a line end, a mark. */
const LONGEST_TAIL = 4;

/** What most messages end with, whatever they say. */
function tailOf(messages: readonly Uint8Array[]): Uint8Array {
  const [first = EMPTY] = messages;
  for (let length = Math.min(LONGEST_TAIL, first.length); length > 0; length--) {
    const tail = first.subarray(-length);
    if (messages.filter((m) => endsWith(m, tail)).length >= messages.length * SHARE) return tail;
  }
  return EMPTY;
}

/** Long enough and not too long, and no filling, which goes on to the end and is its own exclusive or. */
function isSealable(message: Uint8Array): boolean {
  return message.length >= 3 && message.length <= MOST_BYTES && message.at(-1) !== message.at(-2);
}

/** How a checksum of so many bytes may be written at the end of these messages. */
function formsOf(width: number, messages: readonly Uint8Array[]): Form[] {
  const orders = width === 1 ? (['big'] as const) : (['big', 'little'] as const);
  const binary = orders.map((order): Form => ({
    write: { kind: 'binary', width, order },
    covered: { what: 'before' },
  }));
  const pad = 2 * width;
  const ends = messages.map((m) => m.subarray(-pad));
  const inDigits = ends.filter((end) => end.length === pad && end.every((byte) => digitValue(byte) >= 0));
  if (inDigits.length < messages.length * SHARE) return binary;
  const upper = inDigits.some((end) => end.some((byte) => byte >= 0x41 && byte <= 0x46));
  const write = { kind: 'hex', pad, upper } as const;
  const covered = [{ what: 'before' }, { what: 'before', gap: 1 }, { what: 'before', digits: true }] as const;
  return [...covered.map((one): Form => ({ write, covered: one })), ...binary];
}

/** Bytes that a seal takes. */
function sizeOf(write: Seal['write']): number {
  return write.kind === 'hex' ? write.pad : write.width;
}

/** Checksums of messages without a constant, by checksum and what it covers: the order of a seal's bytes does not change them. */
type Sums = Map<string, Float64Array>;

/** Seals that the messages bear, those in common use before those with a constant of their own. */
function* candidates(
  messages: readonly Uint8Array[],
  { write, covered }: Form,
  width: number,
  sums: Sums,
): Generator<Omit<Seal, 'tail'>> {
  for (const isSolved of [false, true]) {
    for (const [h, how] of CHECKSUMS.entries()) {
      if (checksumWidth(how) !== width || (isSolved && !takesConstant(how))) continue;
      for (let count = 0; count <= MOST_SKIPPED; count++) {
        const whole: Covered = { ...covered, count };
        const key = [h, count, covered.gap, covered.digits, sizeOf(write)].join();
        const known = sums.get(key) ?? new Float64Array(messages.length).fill(UNKNOWN);
        sums.set(key, known);
        const apart = (i: number) => apartIn(how, whole, write, messages[i] ?? EMPTY, i, known);
        if (!isSolved) {
          if (isBorne(0, apart, messages.length)) yield { how, covered: whole, write };
          continue;
        }
        // the first message may be one of the few without
        for (const [i, message] of messages.slice(0, 2).entries()) {
          const constant = apart(i);
          const said = readSeal(message, write);
          if (constant === NONE || said === null || !isBorne(constant, apart, messages.length)) continue;
          const part = coveredBy(whole, message, message.length - sizeOf(write), message.length);
          const solved = part && withConstant(how, part, said);
          if (solved) yield { how: solved, covered: whole, write };
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
  write: Seal['write'],
  message: Uint8Array,
  i: number,
  known: Float64Array,
): number {
  const size = sizeOf(write);
  if (known[i] === UNKNOWN) {
    const isLong = message.length > size + covered.count;
    const part = isLong ? coveredBy(covered, message, message.length - size, message.length) : null;
    known[i] = part ? checksumOf(how, part) : NONE;
  }
  const sum = known[i] ?? NONE;
  const seal = readSeal(message, write);
  if (sum === NONE || seal === null) return NONE;
  if (how.kind !== 'sum') return (sum ^ seal) >>> 0;
  const values = 2 ** how.bits;
  return (seal - sum + values) % values;
}

/** Whether all messages but a few are so far from their checksum. */
function isBorne(constant: number, apart: (i: number) => number, count: number): boolean {
  let missing = 0;
  for (let i = 0; i < count; i++) if (apart(i) !== constant && ++missing > count * (1 - SHARE)) return false;
  return true;
}

function readSeal(message: Uint8Array, write: Seal['write']): number | null {
  const size = sizeOf(write);
  if (write.kind === 'binary') return binaryAt(message, message.length - size, write.width, write.order);
  const read = message.length < size ? null : readNumberAt(write, message, message.length - size, message.length);
  return read?.width === size ? read.value : null;
}

/** Whether a message ends with the seal. */
export function bears(whole: Uint8Array, { how, covered, write, tail }: Seal): boolean {
  if (!endsWith(whole, tail)) return false;
  const message = whole.subarray(0, whole.length - tail.length);
  const size = sizeOf(write);
  if (message.length <= size + covered.count) return false;
  const part = coveredBy(covered, message, message.length - size, message.length);
  return part !== null && checksumOf(how, part) === readSeal(message, write);
}

/** Takes answers apart as `parse` does; where all of them bear the service's seal, what is before it. */
export function parseSealed(lines: readonly Line[], families: Families, without: Without): Parsed {
  const seal = lines[0]?.use.seal;
  if (!seal || families !== 'all' || !lines.every(({ bytes }) => bears(bytes, seal)))
    return parse(lines, families, without);
  const { tail, ...sum } = seal;
  const width = sizeOf(seal.write) + tail.length;
  const inside = lines.map((line) => opened(line, width));
  const parsed = parse(inside, families, without);
  const values = parsed.live.map((i) => {
    const bytes = lines[i]?.bytes;
    return bytes?.subarray(bytes.length - width, bytes.length - tail.length) ?? null;
  });
  const rule = { kind: 'checksum', ...sum } as const;
  const sealed: Draft = { kind: 'rule', rule, values, support: parsed.live.length, cost: COST };
  const end: Draft[] = tail.length > 0 ? [{ kind: 'literal', bytes: tail }] : [];
  return { ...parsed, drafts: [...parsed.drafts.map((draft) => reaching(draft, width)), sealed, ...end] };
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
