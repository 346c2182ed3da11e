/**
 * Numbers in requests that rise with the time of the recording [new]: of the process, of the call, of a clock that
 * nobody else keeps.
 *
 * A capture of a few minutes shows only their lower bytes at work; the higher ones are the same in all of it, and
 * would be taken for a part of every request. Next hour they are others. A byte that is the same in all requests of
 * a service tells none of them from another: nothing is lost when it is let go.
 */
import { isPrintable } from '../../bytes/bytes.js';
import { binaryAt } from '../../model/number.js';
import type { Dialog } from '../dialogs/exchanges.js';

/** Bytes at the beginning of requests that are looked at, and of such a number. */
const HEAD = 128;
const WIDTH = 4;
/** Sessions that show it, and the share of them that have another one than all others. */
const LEAST_SESSIONS = 8;
const DIFFERENT = 0.6;
/** Share of the sessions that have a greater one than the session before, and of all requests that are long enough. */
const RISING = 0.97;
const LONG_ENOUGH = 0.8;

/**
 * Places of the bytes that only stand still because the recording was short: the higher bytes of numbers of which the
 * lower ones rise from session to session.
 */
export function risingPlaces(dialogs: readonly Dialog[]): (readonly [from: number, to: number])[] {
  const sessions = dialogs
    .map(({ exchanges }) => exchanges.slice(1).filter((exchange) => !exchange.isSignal))
    .filter((exchanges) => exchanges.length > 0)
    .sort((a, b) => (a[0]?.time ?? 0) - (b[0]?.time ?? 0))
    .map((exchanges) => exchanges.map(({ request }) => request));
  if (sessions.length < LEAST_SESSIONS) return [];
  const still = standingStill(sessions.flat());
  const places = new Set<number>();
  for (let start = 0; start + WIDTH <= HEAD; start++) {
    const window = Array.from({ length: WIDTH }, (_, i) => start + i);
    for (const order of ['big', 'little'] as const) {
      const [high = 0, low = 0] = order === 'big' ? [window[0], window.at(-1)] : [window.at(-1), window[0]];
      if (still[high] !== true || still[low] !== false || !rises(sessions, start, order, still)) continue;
      for (const at of window) if (still[at] === true) places.add(at);
    }
  }
  return [...places].sort((a, b) => a - b).map((at) => [at, at + 1]);
}

/** For each offset whether all requests have the same byte there; undefined where too few of them are so long, or in a text. */
function standingStill(requests: readonly Uint8Array[]): (boolean | undefined)[] {
  const first = requests.reduce((longest, one) => (one.length > longest.length ? one : longest), new Uint8Array(0));
  const still = Array.from({ length: HEAD }, (_, at) => {
    const long = requests.filter((request) => request.length > at);
    if (long.length < requests.length * LONG_ENOUGH) return undefined;
    return long.every((request) => request[at] === first[at]);
  });
  const isLetter = (at: number) => still[at] === true && isPrintable(first[at]);
  return still.map((same, at) => (isLetter(at) && (isLetter(at - 1) || isLetter(at + 1)) ? undefined : same));
}

/** Whether the number in which each session begins rises; a byte that tells later requests apart is no part of it. */
function rises(
  sessions: readonly (readonly Uint8Array[])[],
  at: number,
  order: 'big' | 'little',
  still: readonly (boolean | undefined)[],
): boolean {
  const firsts = sessions.flatMap((requests) => requests.find((request) => request.length >= at + WIDTH) ?? []);
  for (let i = at; i < at + WIDTH; i++)
    if (still[i] !== true && firsts.every((first) => first[i] === firsts[0]?.[i])) return false;
  const values = firsts.map((first) => binaryAt(first, at, WIDTH, order));
  const steps = values.slice(1).map((value, i) => value - (values[i] ?? 0));
  return (
    values.length >= LEAST_SESSIONS &&
    new Set(values).size >= values.length * DIFFERENT &&
    steps.filter((step) => step >= 0).length >= steps.length * RISING
  );
}
