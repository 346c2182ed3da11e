/**
 * Which of several answers is whose [new]: clients that do not wait give each request a number or a tag, and the
 * answer to it gives that back. Where that is proven by requests that were said alone, the answers to several at once
 * are told apart by it, in whatever order they come.
 */
import { concat, toLatin1 } from '../bytes/bytes.js';
import { cutByDelimiter, cutByLength, cutFrames } from '../model/frames.js';
import type { Framing, LengthField } from '../model/types.js';
import type { Dialog } from './exchanges.js';
import { spread } from './spread.js';

/** What names a message, or null. */
type Read = (message: Uint8Array) => string | null;

interface Names {
  readonly ofRequest: Read;
  readonly ofAnswer: Read;
}

/** Exchanges that prove a name, and that are looked at; share of them in which it is given back, and of different ones. */
const LEAST = 8;
const MOST = 200;
const NEARLY_ALL = 0.95;
const DIFFERENT = 0.8;
/** Words with a digit that may be the name, of a text; bytes at whose places it may be, of a frame. */
const WORDS = 3;
const LAST_OFFSET = 12;
const WIDTHS = [8, 4, 2];
/** Of a text, so much is looked at. */
const LOOK = 256;

/**
 * The answers to some requests that were said at once, in the order of the requests; null where that can not be told.
 *
 * @param answers the length field of what the server says
 */
export function pairing(
  dialogs: readonly Dialog[],
  framing: Framing,
  answers: LengthField | undefined,
): (requests: readonly Uint8Array[], answer: Uint8Array) => Uint8Array[] | null {
  const { delimiter, more } = framing;
  const cut = (answer: Uint8Array): Uint8Array[] | null =>
    answers ? (more ? null : cutByLength(answers, answer)) : delimiter ? cutByDelimiter(delimiter, answer) : null;
  const alone = dialogs.flatMap((d) =>
    d.exchanges.slice(1).flatMap(({ request, messages: [answer], pipelined, isSignal }) => {
      // what an answer begins with names it: lines before that would be given to another one
      const [begin] = answer ? (cut(answer) ?? [answer]) : [];
      const isOne = !pipelined && isSignal !== true && request.length > 0 && cutFrames(framing, request).length === 1;
      return begin && isOne ? [{ request, answer: begin }] : [];
    }),
  );
  const names = namesIn(spread(alone, MOST), delimiter ? wordsAt() : answers ? bytesAt() : []);
  return (requests, answer) => {
    const parts = cut(answer);
    const named = parts && names ? byName(names, requests, parts) : null;
    return named ?? (answers && parts?.length === requests.length ? parts : null);
  };
}

/** The answers by the requests that they name; what names none belongs to the one before it. */
function byName(names: Names, requests: readonly Uint8Array[], parts: readonly Uint8Array[]): Uint8Array[] | null {
  const at = new Map(requests.map((request, i) => [names.ofRequest(request), i]));
  if (at.size < requests.length || at.has(null)) return null;
  const own = requests.map((): Uint8Array[] => []);
  let last: Uint8Array[] | undefined;
  for (const part of parts) {
    const index = at.get(names.ofAnswer(part));
    last = index === undefined ? last : own[index];
    if (!last) return null;
    last.push(part);
  }
  return own.some((its) => its.length === 0) ? null : own.map((its) => concat(its));
}

/** What is given back in nearly all answers, and is another one nearly each time. */
function namesIn(
  alone: readonly { readonly request: Uint8Array; readonly answer: Uint8Array }[],
  reads: readonly Read[],
): Names | null {
  if (alone.length < LEAST) return null;
  let best: { names: Names; different: number } | null = null;
  for (const ofRequest of reads) {
    const said = alone.map(({ request }) => ofRequest(request));
    const different = new Set(said.filter((name) => name !== null)).size;
    // a part of a name is the same in two that follow one another
    if (different < Math.max(alone.length * DIFFERENT, (best?.different ?? 0) + 1)) continue;
    const ofAnswer = reads.find((read) => {
      const back = alone.filter(({ answer }, i) => said[i] !== null && read(answer) === said[i]).length;
      return back >= alone.length * NEARLY_ALL;
    });
    if (ofAnswer) best = { names: { ofRequest, ofAnswer }, different };
  }
  return best?.names ?? null;
}

/** The first words with a digit in them. */
function wordsAt(): Read[] {
  return Array.from({ length: WORDS }, (_, n): Read => (message) => {
    return toLatin1(message.subarray(0, LOOK)).match(/[A-Za-z]*\d\w*/g)?.[n] ?? null;
  });
}

/** Some bytes at a place, the widest ones first. */
function bytesAt(): Read[] {
  return WIDTHS.flatMap((width) =>
    Array.from({ length: LAST_OFFSET + 1 }, (_, offset): Read => (message) => {
      return message.length < offset + width ? null : toLatin1(message.subarray(offset, offset + width));
    }),
  );
}
