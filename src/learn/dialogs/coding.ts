/**
 * Whether the messages of a service are a coding of something else as a whole [new]: digits, an alphabet of 64
 * characters, compressed, or exclusive-or'd with a key, be it one of the service or one that stands in each message.
 *
 * Believed where (nearly) all messages of a side are written so and mean something more regular than what is
 * written. What is not written so, such as an opening, means what it says.
 */
import { EMPTY, commonLength, concat, equal, startsWith, toLatin1 } from '../../bytes/bytes.js';
import { coded, decoded } from '../../model/coding.js';
import { cutByDelimiter, cutByLength } from '../../model/frames.js';
import { digitValue } from '../../model/number.js';
import { isSignal } from '../../model/signals.js';
import type { CodedAs, Coding, Codings, Framing, LengthField } from '../../model/types.js';
import { checkedIn } from './checked-messages.js';
import type { Dialog, Exchange } from './exchanges.js';
import { DELIMITERS, distinct } from './framing.js';
import { maskOf } from './masked-messages.js';
import { bitsOf, type Side } from './regularity.js';
import { spread } from '../spread.js';

const MOST_MESSAGES = 300;
/** So many different messages prove a coding, or so many where those of the other side are written so. */
const LEAST = 8;
const LEAST_ALIKE = 3;
const NEARLY_ALL = 0.97;
/** Share of the bits that are left when a coding is undone. */
const LESS = 0.9;
/** An answer of more messages than this is none of coded ones. */
const MOST_PARTS = 16;

/** How what is said in some dialogs is written, if it is not as it is meant. */
export function findCodings(dialogs: readonly Dialog[], framing: Framing): Codings | undefined {
  const exchanges = dialogs.flatMap((d) => d.exchanges);
  if (exchanges.some((e) => e.ports !== undefined || e.afterData !== undefined)) return undefined;
  // pieces that carry their length each are written as they are meant
  if (framing.length?.until) return undefined;
  const asked = { messages: dialogs.flatMap(requestsIn), field: framing.length };
  const whole = exchanges.flatMap((e) => e.messages);
  const answered = { messages: whole, field: framing.answers };
  const requests = codingOf(asked, LEAST) ?? undefined;
  const answers = answersOf(answered, requests) ?? undefined;
  const more = requests ?? (answers && codingOf(asked, LEAST_ALIKE, answers.how)) ?? undefined;
  if (!more && !answers) return undefined;
  return { ...(more ? { requests: more } : {}), ...(answers ? { answers } : {}) };
}

/** The requests of a dialog but for the first one, which may be an opening, where there are others. */
function requestsIn({ exchanges }: Dialog): Uint8Array[] {
  const said = exchanges
    .slice(1)
    .filter((e) => e.isSignal !== true && e.request.length > 0 && !isSignal(e.request))
    .map((e) => e.request);
  return said.length > 1 ? said.slice(1) : said;
}

/** The coding of answers: they can be written anew, whatever of them is not written so. */
function answersOf(side: Side, requests: Coding | undefined): Coding | null {
  const found = codingOf(side, requests ? LEAST_ALIKE : LEAST, requests?.how);
  const isSame = (message: Uint8Array) => {
    const parts = meantIn(found ?? undefined, side.field, message);
    if (!found || parts.length > MOST_PARTS) return false;
    if (parts[0] === message) return equal(coded(found, side.field, message, zero), message);
    return found.how.kind === 'mask' || equal(concat(parts.map((p) => coded(found, side.field, p, zero))), message);
  };
  return found && distinct(side.messages).every(isSame) ? found : null;
}

const zero = () => 0;

/** What a message of a side means, in parts where each ends by itself; the message as it is where it is not written so. */
function meantIn(coding: Coding | undefined, field: LengthField | undefined, message: Uint8Array): Uint8Array[] {
  if (!coding) return [message];
  const parts = !field && coding.end.length > 0 ? cutByDelimiter(coding.end, message) : [message];
  const meant = parts.map((part) => decoded(coding, field, part));
  return meant.every((part) => part !== null) ? meant : [message];
}

/** The dialog with its answers as they are meant: each that is coded by itself is a message of its own. */
export function answersAsMeant(dialog: Dialog, framing: Framing): Dialog {
  const coding = framing.coding?.answers;
  if (!coding) return dialog;
  const read = (exchange: Exchange): Exchange => {
    const parts = exchange.messages.map((message) => meantIn(coding, framing.answers, message));
    const messages = parts.flat();
    if (messages.length === exchange.messages.length) return { ...exchange, messages };
    const spreadOver = <T>(values: readonly T[], later: T) =>
      parts.flatMap((its, i) => its.map((_, j) => (j === 0 ? (values[i] ?? later) : later)));
    return {
      ...exchange,
      messages,
      framed: true,
      delays: spreadOver(exchange.delays, 0),
      freshPort: spreadOver(exchange.freshPort, false),
    };
  };
  return { ...dialog, exchanges: dialog.exchanges.map(read) };
}

/** The coding of one side; `other`: how the other side is written. */
function codingOf(side: Side, least: number, other?: CodedAs): Coding | null {
  const { field } = side;
  const frames = field ? side.messages.flatMap((m) => cutByLength(field, m) ?? [m]) : side.messages;
  const messages = spread(distinct(frames), MOST_MESSAGES);
  if (messages.length < least) return null;
  const some = { ...side, messages };
  for (const find of [compressedIn, digitsIn, lettersIn, checkedIn, maskOf]) {
    const found = find(some, least, other);
    if (found && (least === LEAST || found.how.kind === other?.kind)) return found;
  }
  return null;
}

/** Bytes that stand before what is compressed. */
const MOST_SKIPPED = 16;
const LEVELS = [6, 9, 1, 3];

function compressedIn({ messages, field }: Side, least: number): Coding | null {
  for (const wrap of ['zlib', 'gzip', 'raw'] as const)
    for (let skip = 0; skip <= MOST_SKIPPED; skip++) {
      const coding = (level: number): Coding => ({
        skip,
        start: EMPTY,
        end: EMPTY,
        how: { kind: 'deflate', wrap, level },
      });
      const meant = meantBy(coding(6), field, messages, least);
      if (!meant) continue;
      const isAgain = (level: number) =>
        messages.every((message) => {
          const plain = decoded(coding(level), field, message);
          return !plain || equal(coded(coding(level), field, plain, zero), message);
        });
      const level = LEVELS.find(isAgain);
      // a stream of its own form inflates to something only where it is one; a raw one may by chance
      if (wrap !== 'raw' || (level !== undefined && meant.length === messages.length)) return coding(level ?? 6);
    }
  return null;
}

/** What (nearly) all messages mean in a coding; null where they are not written so. */
function meantBy(
  coding: Coding,
  field: LengthField | undefined,
  messages: readonly Uint8Array[],
  least: number,
): Uint8Array[] | null {
  const first = messages.slice(0, 3).some((message) => decoded(coding, field, message) !== null);
  if (!first) return null;
  const meant = messages.map((message) => decoded(coding, field, message)).filter((m) => m !== null);
  return meant.length >= least && meant.length >= messages.length * NEARLY_ALL ? meant : null;
}

/** What all messages end on: a line end, or nothing. */
function endOf(messages: readonly Uint8Array[]): Uint8Array {
  return DELIMITERS.find((end) => messages.every((m) => equal(m.subarray(m.length - end.length), end))) ?? EMPTY;
}

/** What stands around what is of an alphabet in all messages of lines or datagrams. */
function frameAround(messages: readonly Uint8Array[], isOf: (byte: number) => boolean): Omit<Coding, 'how'> | null {
  const [first] = messages;
  const end = endOf(messages);
  if (!first) return null;
  let common = messages.reduce((most, m) => Math.min(most, commonLength(first, 0, m, 0)), first.length - end.length);
  while (common > 0 && isOf(first[common - 1] ?? 0)) common--;
  return { skip: 0, start: first.slice(0, common), end };
}

/** The bodies of all messages between what stands around them. */
function bodiesIn({ start, end }: Omit<Coding, 'how'>, messages: readonly Uint8Array[]): string[] {
  return messages
    .filter((m) => startsWith(m, start, 0))
    .map((m) => toLatin1(m.subarray(start.length, m.length - end.length)));
}

/** The lines of messages that hold several. */
function linesOf({ messages, field }: Side): Uint8Array[] {
  const end = endOf(messages);
  return end.length > 0 && !field
    ? spread(distinct(messages.flatMap((m) => cutByDelimiter(end, m))), MOST_MESSAGES)
    : [...messages];
}

const isHexDigit = (byte: number) => digitValue(byte) >= 0;

/** Hexadecimal digits: pairs of them in all messages, in one case, with letters in many of them. */
function digitsIn(side: Side, least: number): Coding | null {
  if (side.field) return null;
  const lines = linesOf(side);
  const around = frameAround(lines, isHexDigit);
  if (!around) return null;
  const bodies = bodiesIn(around, lines);
  const upper = bodies.every((body) => /^(?:[0-9A-F]{2})+$/.test(body));
  if (!upper && !bodies.every((body) => /^(?:[0-9a-f]{2})+$/.test(body))) return null;
  const lettered = bodies.filter((body) => /[a-f]/i.test(body)).length;
  const long = bodies.reduce((sum, body) => sum + body.length, 0);
  if (bodies.length < least || lettered * 2 < bodies.length || long < 4 * bodies.length) return null;
  return { ...around, how: { kind: 'hex', upper } };
}

const isLetter = (byte: number) => /[A-Za-z0-9+/_=-]/.test(String.fromCharCode(byte));

/** Base64: an alphabet and a length that words do not have by chance, and a meaning that is more regular. */
function lettersIn(side: Side, least: number): Coding | null {
  if (side.field) return null;
  const lines = linesOf(side);
  const around = frameAround(lines, isLetter);
  if (!around) return null;
  const all = bodiesIn(around, lines).join('\n');
  if (/[^A-Za-z0-9+/_=\n-]/.test(all) || !/[A-Z]/.test(all) || !/[a-z]/.test(all)) return null;
  const coding: Coding = { ...around, how: { kind: 'base64', url: /[_-]/.test(all), pad: all.includes('=') } };
  const meant = lines.map((line) => decoded(coding, undefined, line));
  const isAgain = meant.every((m, i) => m && equal(coded(coding, undefined, m, zero), lines[i] ?? EMPTY));
  const plain = meant.filter((m) => m !== null);
  if (!isAgain || plain.length < least || !isLess(plain, lines)) return null;
  return coding;
}

const isLess = (meant: readonly Uint8Array[], said: readonly Uint8Array[]) => bitsOf(meant) < LESS * bitsOf(said);
