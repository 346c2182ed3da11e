/**
 * Bytes in which the real server itself varies: nobody could have given them.
 *
 * The emulator plays a session again with other random numbers at another time. Bytes that differ from
 * one play to the next are made up, or tell the time, or are copies of such bytes. Only answers of the
 * same length in all plays are looked at, and only recorded answers of that length can be excused.
 *
 * What is excused is an upper bound: where the emulator makes up what the real server computes in a way
 * that was not understood (a digest of the request), the bytes differ from play to play as well.
 */
import { toLatin1 } from '../bytes/bytes.js';
import { seeded } from '../bytes/random.js';
import type { Session } from '../capture/types.js';
import type { Tryable } from '../emulate/index.js';
import { TEXT_FORMATS, findTimes } from '../model/clock.js';
import type { ServiceModel } from '../model/types.js';
import { play, type Played } from './play.js';

/**
 * One entry for each byte of an answer: 0 where the server does not vary; `TEXT` or `BINARY` by what stands there and
 * beside it; null where nothing is known to vary.
 */
export type Mask = Uint8Array | null;

/** A byte that varies among its like: printable ones, or ones that are not. */
const TEXT = 1;
/** A byte of a value that has printable bytes and others, in one play or from one to the next: it may be any. */
const BINARY = 2;

/**
 * Further plays. With one, a made-up digit would come out equal every tenth time; with four, two made-up bytes would
 * have nothing but printable bytes, or none, in one of a hundred answers.
 */
const PLAYS = 8;
/** Seconds by which they are later: every field of a date changes. */
const LATER = [40_271_234.567, 81_923_111.891, 11_111_111.123, 63_072_929.345] as const;

/** Whether any answer of the service is made of what can not be foreseen. */
export function canVary(service: ServiceModel): boolean {
  return service.states.some((state) =>
    state.answer.some(({ pieces }) =>
      pieces.some((piece) => piece.kind === 'rule' && ['made up', 'clock', 'ticks', 'port'].includes(piece.rule.kind)),
    ),
  );
}

/**
 * What varies in each answer of a session that was played.
 *
 * @param compiled as it was before that session
 */
export function masksOf(compiled: Tryable, session: Session, played: readonly Played[], seed: number): Mask[] {
  const others = Array.from({ length: PLAYS }, (_, i) =>
    play(compiled.apart(), session, seeded(seed + 7919 * (i + 1)), LATER[i % LATER.length]),
  );
  return played.map(({ given }, i) => {
    const again = others.map((other) => other[i]?.given);
    if (again.some((bytes) => bytes?.length !== given.length)) return null;
    const mask = given.map((byte, at) => (again.some((bytes) => bytes?.[at] !== byte) ? TEXT : 0));
    if (!mask.includes(TEXT)) return null;
    markBinary(mask, [given, ...again.filter((bytes) => bytes !== undefined)]);
    return mask;
  });
}

const isPrintable = (byte: number): boolean => byte >= 0x20 && byte < 0x7f;

/** Marks the runs of varying bytes that are no text. */
function markBinary(mask: Uint8Array, plays: readonly Uint8Array[]): void {
  for (let from = mask.indexOf(TEXT); from >= 0 && from < mask.length;) {
    let to = from;
    while (mask[to] === TEXT) to++;
    const runs = plays.map((bytes) => bytes.subarray(from, to));
    const isText = runs.every((run) => run.every(isPrintable));
    if (!isText && runs.some((run) => run.some(isPrintable))) mask.fill(BINARY, from, to);
    from = mask.indexOf(TEXT, to);
  }
}

/** Marks the texts that are a time in both answers at the same place. */
function markTimes(mask: Uint8Array, expected: string, given: string): void {
  for (const format of TEXT_FORMATS) {
    const theirs = findTimes(format, expected, 0);
    if (theirs.length === 0) continue;
    for (const { from, to } of findTimes(format, given, 0))
      if (theirs.some((time) => time.from === from && time.to === to)) mask.fill(TEXT, from, to);
  }
}

/** Whether two different answers are the same but for bytes in which the real server varies. */
export function differsByChance(expected: Uint8Array, given: Uint8Array, mask: Mask): boolean {
  if (expected.length !== given.length) return false;
  const may = mask?.length === given.length ? mask.slice() : new Uint8Array(given.length);
  const isExcused = (): boolean =>
    given.every((byte, at) => {
      const other = expected[at] ?? 0;
      return byte === other || may[at] === BINARY || (may[at] === TEXT && isPrintable(byte) === isPrintable(other));
    });
  if (isExcused()) return true;
  markTimes(may, toLatin1(expected), toLatin1(given));
  return isExcused();
}
