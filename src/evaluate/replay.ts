/** Replays captures against a server and compares its answers with the recorded ones [05 §3.2]. */
import { equal } from '../bytes/bytes.js';
import type { Conversation } from '../capture/types.js';
import { playConversation } from '../net/index.js';
import type { Replayed, ReplayedSession, Target } from '../net/index.js';
import { serviceOf } from './folds.js';
import { similarity } from './similarity.js';

/** One answer that is not the recorded one. */
export interface Miss extends Replayed {
  readonly service: string;
  /** Number of the session in the capture, and of the exchange in it, from 0. */
  readonly session: number;
  readonly exchange: number;
  readonly similarity: number;
}

/** How one service did. */
export interface ServiceScore {
  readonly service: string;
  sessions: number;
  /** Sessions without a connection. */
  failed: number;
  /** Sessions of which every answer was the recorded one, byte for byte. */
  exactSessions: number;
  /** Exchanges in which the recorded server or the new one said something. */
  answers: number;
  exact: number;
  /** Of the recorded answers, those that got none now. */
  unanswered: number;
  /** Mean over the answers. */
  similarity: number;
}

/** How a replay went. */
export interface ReplayReport {
  readonly services: readonly ServiceScore[];
  /** Answers that differ, the least similar first. */
  readonly misses: readonly Miss[];
  /** Why there were no connections, counted. */
  readonly failures: ReadonlyMap<string, number>;
}

/** Runs `work` on all items, at most `most` at a time. */
async function inParallel<T>(items: readonly T[], most: number, work: (item: T) => Promise<void>): Promise<void> {
  const rest = items.values();
  const worker = async (): Promise<void> => {
    for (const item of rest) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, worker));
}

function scoreSession(score: ServiceScore, played: ReplayedSession, misses: Miss[]): void {
  score.sessions++;
  if (played.failure !== null) score.failed++;
  let isExact = played.failure === null;
  played.exchanges.forEach((exchange, index) => {
    const { expected, given } = exchange;
    if (expected.length === 0 && given.length === 0) return;
    score.answers++;
    if (expected.length > 0 && given.length === 0) score.unanswered++;
    if (equal(expected, given)) {
      score.exact++;
      score.similarity += 1;
      return;
    }
    isExact = false;
    const value = similarity(expected, given);
    score.similarity += value;
    misses.push({
      ...exchange,
      service: score.service,
      session: played.session.id,
      exchange: index,
      similarity: value,
    });
  });
  if (isExact) score.exactSessions++;
}

/**
 * Plays every conversation.
 *
 * @param parallel conversations at a time.
 * @param show called with the part that is done, 0…1.
 */
export async function replay(
  conversations: readonly Conversation[],
  target: Target,
  parallel: number,
  show: (done: number) => void = () => undefined,
): Promise<ReplayReport> {
  const scores = new Map<string, ServiceScore>();
  const failures = new Map<string, number>();
  const misses: Miss[] = [];
  const results = new Map<Conversation, readonly ReplayedSession[]>();
  await inParallel(conversations, parallel, async (conversation) => {
    results.set(conversation, await playConversation(conversation, target));
    show(results.size / conversations.length);
  });
  for (const conversation of conversations) {
    for (const played of results.get(conversation) ?? []) {
      const service = serviceOf(played.session);
      const score = scores.get(service) ?? {
        service,
        sessions: 0,
        failed: 0,
        exactSessions: 0,
        answers: 0,
        exact: 0,
        unanswered: 0,
        similarity: 0,
      };
      scores.set(service, score);
      scoreSession(score, played, misses);
      if (played.failure !== null) failures.set(played.failure, (failures.get(played.failure) ?? 0) + 1);
    }
  }
  const services = [...scores.values()].map((score) => ({
    ...score,
    similarity: score.answers === 0 ? 1 : score.similarity / score.answers,
  }));
  misses.sort((a, b) => a.similarity - b.similarity);
  return { services, misses, failures };
}
