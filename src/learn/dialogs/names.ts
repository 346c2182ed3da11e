/**
 * What names a request and comes back in its answer [new]: a number that the client chose, a tag, a sequence.
 *
 * It is looked for in requests that were asked one by one: some bytes at a place, or one of the first words with a
 * digit in them, that (nearly) every answer gives back. That it is no coincidence is shown by the names themselves,
 * where they are hardly ever the same, or by requests that were said at once, where what came back names one each.
 */
import { toLatin1 } from '../../bytes/bytes.js';
import { spread } from '../spread.js';

/** Exchanges that show where the name is, of which so many are looked at, and the names that they have at least. */
const LEAST = 8;
const MOST = 2000;
const LEAST_NAMES = 3;
/** Share of the exchanges that have to give it back: an answer may be another request's. */
const GIVEN_BACK = 0.95;
/** Share of different names among all that needs no other proof. */
const DIFFERENT = 0.8;
/** Where it is looked for: offsets of bytes and how many there may be, words with a digit, and bytes before their end. */
const HEAD = 32;
const MOST_WIDE = 8;
const WORDS = 3;
const LOOK = 256;

/** What names a message, or null. */
type Read = (message: Uint8Array) => string | null;

/** How the name is read in requests, and in answers. */
export interface Names {
  readonly ofRequest: Read;
  readonly ofAnswer: Read;
}

/** A request and the answer that is most likely its own. */
export interface Pair {
  readonly request: Uint8Array;
  readonly answer: Uint8Array;
}

/**
 * The names that tell most of the requests apart; null: there are none.
 * @param pairs requests and their answers
 * @param tells whether names tell whose is what came back for several requests
 */
export function findNames(pairs: readonly Pair[], tells: (names: Names) => boolean): Names | null {
  const some = spread(pairs, MOST);
  if (some.length < LEAST) return null;
  let best: Names | null = null;
  let most = LEAST_NAMES - 1;
  for (const names of [...wordsIn(), ...bytesIn(some)]) {
    const said = some.map(({ request }) => names.ofRequest(request));
    const different = new Set(said.filter((name) => name !== null)).size;
    if (different <= most) continue;
    const isBack = (pair: Pair, i: number): boolean => said[i] !== null && names.ofAnswer(pair.answer) === said[i];
    if (!isUsual(some, isBack) || (different < some.length * DIFFERENT && !tells(names))) continue;
    most = different;
    best = names;
  }
  return best;
}

function isUsual(pairs: readonly Pair[], holds: (pair: Pair, i: number) => boolean): boolean {
  let left = pairs.length * (1 - GIVEN_BACK);
  return pairs.every((pair, i) => holds(pair, i) || --left >= 0);
}

function wordsIn(): Names[] {
  const reads = Array.from({ length: WORDS }, (_, n): Read => (message) => {
    return toLatin1(message.subarray(0, LOOK)).match(/[A-Za-z]*\d\w*/g)?.[n] ?? null;
  });
  return reads.flatMap((ofRequest) => reads.map((ofAnswer) => ({ ofRequest, ofAnswer })));
}

/** The most bytes side by side that all answers give back, of each two places. */
function* bytesIn(pairs: readonly Pair[]): Generator<Names> {
  for (let request = 0; request < HEAD; request++) {
    for (let answer = 0; answer < HEAD; answer++) {
      let width = 0;
      while (width < MOST_WIDE && isUsual(pairs, (pair) => isSame(pair, request + width, answer + width))) width++;
      if (width > 0) yield { ofRequest: bytesAt(request, width), ofAnswer: bytesAt(answer, width) };
    }
  }
}

function isSame({ request, answer }: Pair, at: number, there: number): boolean {
  return at < request.length && there < answer.length && request[at] === answer[there];
}

function bytesAt(offset: number, width: number): Read {
  return (message) => (offset + width <= message.length ? toLatin1(message.subarray(offset, offset + width)) : null);
}
