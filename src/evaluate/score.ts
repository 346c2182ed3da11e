/** How the answers to one session compare with the recorded ones, and the sum over many sessions. */
import { concat, equal } from '../bytes/bytes.js';
import type { Played } from './play.js';
import { similarity } from './similarity.js';
import { differsByChance, type Mask } from './varying.js';

/** `exact`: every byte; `varying`: every byte but those in which the real server varies. */
export type Verdict = 'exact' | 'varying' | 'wrong';

export interface Judged {
  readonly played: Played;
  /** Number of the exchange in its session; 0 is the opening. */
  readonly index: number;
  readonly verdict: Verdict;
  readonly similarity: number;
}

export interface JudgedSession {
  /** Exchanges in which either server said something. */
  readonly answers: readonly Judged[];
  /** Twice the bytes that both answers share, over the bytes of both, in the whole session. */
  readonly similarity: number;
  /** Every request that the real server answered got an answer, and none was unknown. */
  readonly toEnd: boolean;
  readonly unknown: number;
  readonly nearest: number;
}

/** Sums over sessions, as they stand in the table. */
export interface Score {
  readonly sessions: number;
  readonly answers: number;
  readonly exact: number;
  /** Exact, or exact but for bytes in which the real server varies. */
  readonly exactOrVarying: number;
  /** Mean over sessions of the byte-oriented pairwise similarity [05 §3.2]. */
  readonly similarity: number;
  /** Requests that the emulator did not know, and those that it took for the nearest it knew. */
  readonly unknown: number;
  readonly nearest: number;
  readonly toEnd: number;
}

/** Exchanges over which an answer may come early or late. */
const SHIFT = 8;

/**
 * TCP is a stream: where a client did not wait, what was recorded behind one request may be the end of the
 * answer to the one before. A run of exchanges whose answers are equal taken together is equal.
 */
function equalInStream(played: readonly Played[], verdicts: Verdict[]): void {
  for (let i = 0; i < played.length; i++) {
    if (verdicts[i] !== 'wrong') continue;
    for (let j = i + 1; j < played.length && j <= i + SHIFT; j++) {
      const run = played.slice(i, j + 1);
      if (!equal(concat(run.map((p) => p.expected)), concat(run.map((p) => p.given)))) continue;
      verdicts.fill('exact', i, j + 1);
      break;
    }
  }
}

/** @param masks for each exchange, which bytes of the emulator's answer vary */
export function judge(played: readonly Played[], masks: readonly Mask[], isStream: boolean): JudgedSession {
  const verdicts = played.map(({ expected, given }, i): Verdict => {
    if (equal(expected, given)) return 'exact';
    return differsByChance(expected, given, masks[i] ?? null) ? 'varying' : 'wrong';
  });
  if (isStream) equalInStream(played, verdicts);
  const answers: Judged[] = [];
  let shared = 0;
  let length = 0;
  let toEnd = true;
  played.forEach((exchange, index) => {
    const { expected, given, notes } = exchange;
    if (notes.some(({ note }) => note.kind === 'unknown') || (expected.length > 0 && given.length === 0)) {
      if (verdicts[index] !== 'exact') toEnd = false;
    }
    if (expected.length === 0 && given.length === 0) return;
    const verdict = verdicts[index] ?? 'wrong';
    const value = verdict === 'exact' ? 1 : similarity(expected, given);
    shared += value * (expected.length + given.length);
    length += expected.length + given.length;
    answers.push({ played: exchange, index, verdict, similarity: value });
  });
  const noted = (kind: string): number =>
    played.reduce((total, { notes }) => total + notes.filter(({ note }) => note.kind === kind).length, 0);
  return {
    answers,
    similarity: length === 0 ? 1 : shared / length,
    toEnd,
    unknown: noted('unknown'),
    nearest: noted('nearest'),
  };
}

export function sum(sessions: readonly JudgedSession[]): Score {
  const answers = sessions.flatMap((session) => session.answers);
  const total = (value: (session: JudgedSession) => number): number =>
    sessions.reduce((all, session) => all + value(session), 0);
  return {
    sessions: sessions.length,
    answers: answers.length,
    exact: answers.filter((a) => a.verdict === 'exact').length,
    exactOrVarying: answers.filter((a) => a.verdict !== 'wrong').length,
    similarity: sessions.length === 0 ? 1 : total((session) => session.similarity) / sessions.length,
    unknown: total((session) => session.unknown),
    nearest: total((session) => session.nearest),
    toEnd: sessions.filter((session) => session.toEnd).length,
  };
}
