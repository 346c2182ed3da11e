/**
 * Answers that give back a number of their request [new]: whose answer is whose, where a client asked for several
 * things without waiting.
 *
 * Where every request carries a number that the client chose (an identifier, a tag, a sequence) and the answer gives
 * it back, the exchanges that were asked one by one show at which offsets it stands. Then the frames or datagrams
 * that came back for several requests are each the answer of the one that has their number. Nothing is moved where a frame has no such number: a server may speak for itself.
 */
import { concat, toLatin1 } from '../bytes/bytes.js';
import { cutByLength } from '../model/frames.js';
import type { LengthField } from '../model/types.js';
import type { Dialog, Exchange } from './exchanges.js';
import { spread } from './spread.js';

/** Offsets at which the number is looked for, in requests and in answers. */
const HEAD = 32;
/** Fewest exchanges that show where it is, fewest numbers that they have, and how many are looked at. */
const LEAST = 12;
const LEAST_NUMBERS = 3;
const MOST = 2000;
const MOST_WIDE = 8;
/** Share of the exchanges that have to give it back: an answer may be another request's. */
const GIVEN_BACK = 0.95;
/** Share of the frames that came for several requests which have to name one of them, and one only. */
const NAMED = 0.95;
const LEAST_RUNS = 3;

/** Where a request has its number, and where its answer gives it back. */
interface Numbering {
  readonly request: number;
  readonly answer: number;
  readonly width: number;
}

/** An answer of one frame, and the request that it most likely answers: the only one, or the last. */
interface Pair {
  readonly request: Uint8Array;
  readonly answer: Uint8Array;
}

/** Requests that were said without waiting, with all that came back for them. */
interface Run {
  readonly from: number;
  readonly to: number;
  readonly frames: readonly Uint8Array[];
}

/**
 * The dialogs with every answer at the request that it names.
 * @param field the length that frames of answers carry; undefined: every message is one (datagrams)
 */
export function withNumberedAnswers(dialogs: readonly Dialog[], field: LengthField | undefined): Dialog[] {
  const framesOf = ({ messages, ports, afterData }: Exchange): readonly Uint8Array[] | null => {
    if (ports || afterData) return null;
    if (!field) return messages;
    const [whole, ...more] = messages;
    return whole === undefined ? [] : more.length > 0 ? null : cutByLength(field, whole);
  };
  const runs = dialogs.map(({ exchanges }) => runsOf(exchanges, framesOf));
  if (runs.every((its) => its.length === 0)) return [...dialogs];
  const numbering = find(
    spread(
      dialogs.flatMap(({ exchanges }) => pairsIn(exchanges, framesOf)),
      MOST,
    ),
    dialogs,
    runs,
  );
  return numbering ? dialogs.map((dialog, d) => assigned(dialog, runs[d] ?? [], numbering, field)) : [...dialogs];
}

function pairsIn(exchanges: readonly Exchange[], framesOf: (e: Exchange) => readonly Uint8Array[] | null): Pair[] {
  return exchanges.slice(1).flatMap((exchange) => {
    const [answer, ...more] = exchange.isSignal ? [] : (framesOf(exchange) ?? []);
    return answer && more.length === 0 ? [{ request: exchange.request, answer }] : [];
  });
}

function runsOf(exchanges: readonly Exchange[], framesOf: (e: Exchange) => readonly Uint8Array[] | null): Run[] {
  const runs: Run[] = [];
  let from = 1;
  for (let i = 1; i < exchanges.length; i++) {
    const exchange = exchanges[i];
    if (!exchange) break;
    if (exchange.pipelined && exchange.messages.length === 0 && !exchange.last) continue;
    const frames = framesOf(exchange);
    if (i > from && frames && frames.length > 0) runs.push({ from, to: i, frames });
    from = i + 1;
  }
  return runs;
}

/** The place of the number: the most bytes side by side that all answers give back, and that tell the requests of a run apart. */
function find(pairs: readonly Pair[], dialogs: readonly Dialog[], runs: readonly (readonly Run[])[]): Numbering | null {
  if (pairs.length < LEAST) return null;
  let best: Numbering | null = null;
  for (let request = 0; request < HEAD; request++) {
    for (let answer = 0; answer < HEAD; answer++) {
      let width = 0;
      while (width < MOST_WIDE && isUsual(pairs, request + width, answer + width)) width++;
      if (width <= (best?.width ?? 0)) continue;
      const numbering = { request, answer, width };
      const numbers = new Set(pairs.map((pair) => numberIn(pair.request, request, width)));
      if (numbers.size >= LEAST_NUMBERS && tellsApart(numbering, dialogs, runs)) best = numbering;
    }
  }
  return best;
}

function isUsual(pairs: readonly Pair[], at: number, there: number): boolean {
  let most = pairs.length * (1 - GIVEN_BACK);
  return pairs.every((pair) => isGivenBack(pair, at, there) || --most >= 0);
}

function isGivenBack({ request, answer }: Pair, at: number, there: number): boolean {
  return at < request.length && there < answer.length && request[at] === answer[there];
}

function tellsApart(numbering: Numbering, dialogs: readonly Dialog[], runs: readonly (readonly Run[])[]): boolean {
  let told = 0;
  let all = 0;
  let count = 0;
  runs.forEach((its, d) => {
    const exchanges = dialogs[d]?.exchanges ?? [];
    for (const { from, to, frames } of its) {
      const numbers = exchanges.slice(from, to + 1).map((e) => numberIn(e.request, numbering.request, numbering.width));
      count++;
      for (const frame of frames) {
        const number = numberIn(frame, numbering.answer, numbering.width);
        all++;
        if (number !== null && numbers.filter((n) => n === number).length === 1) told++;
      }
    }
  });
  return count >= LEAST_RUNS && told >= all * NAMED;
}

function numberIn(bytes: Uint8Array, at: number, width: number): string | null {
  return at + width <= bytes.length ? toLatin1(bytes.subarray(at, at + width)) : null;
}

function assigned(
  dialog: Dialog,
  runs: readonly Run[],
  { request, answer, width }: Numbering,
  field: LengthField | undefined,
): Dialog {
  const exchanges = [...dialog.exchanges];
  for (const { from, to, frames } of runs) {
    const its = exchanges.slice(from, to + 1);
    const numbers = its.map((e) => numberIn(e.request, request, width));
    const owners = frames.map((frame) => {
      const number = numberIn(frame, answer, width);
      const first = number === null ? -1 : numbers.indexOf(number);
      return first >= 0 && numbers.indexOf(number, first + 1) < 0 ? first : -1;
    });
    if (owners.includes(-1)) continue;
    const last = its.at(-1);
    its.forEach((exchange, i) => {
      const own = frames.filter((_, f) => owners[f] === i);
      const messages = field && own.length > 1 ? [concat(own)] : own;
      const { freshPort, delays } = last ?? exchange;
      exchanges[from + i] = {
        ...exchange,
        messages,
        freshPort: messages.map((_, m) => freshPort[m] ?? false),
        delays: messages.map((_, m) => delays[m] ?? 0),
        pipelined: false,
      };
    });
  }
  return { ...dialog, exchanges };
}
