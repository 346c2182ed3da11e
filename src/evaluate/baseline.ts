/**
 * The rival: exact replay of recordings, without learning anything. For a session it takes the recorded
 * one whose first requests are most like its own, and answers each request with what was answered there
 * to the request of the same number.
 */
import { EMPTY } from '../bytes/bytes.js';
import type { Session } from '../capture/types.js';
import { exchangesOf, type Played, type Recorded } from './play.js';
import { similarity } from './similarity.js';

/** Requests that the choice looks at, and bytes of each: enough to tell sessions apart, and cheap. */
const FIRST = 4;
const HEAD = 256;

/** A recorded session ready to be replayed. */
export type Recording = readonly Recorded[];

export function toRecordings(sessions: readonly Session[]): Recording[] {
  return sessions.map(exchangesOf);
}

function alike(asked: Recording, recording: Recording): number {
  let sum = 0;
  for (let i = 1; i <= FIRST && i < asked.length; i++) {
    const theirs = recording[i];
    if (theirs === undefined) break;
    sum += similarity((asked[i]?.request ?? EMPTY).subarray(0, HEAD), theirs.request.subarray(0, HEAD));
  }
  return sum;
}

/** The recording whose first requests are most like those asked; of several, the first one that lasts as long. */
function nearest(asked: Recording, recordings: readonly Recording[]): Recording {
  let best: Recording = [];
  let most = -1;
  for (const recording of recordings) {
    const score = alike(asked, recording);
    const isLonger = score === most && best.length < asked.length && recording.length > best.length;
    if (score > most || isLonger) [best, most] = [recording, score];
  }
  return best;
}

/** A session as the rival answers it. */
export function replayNearest(session: Session, recordings: readonly Recording[]): Played[] {
  const asked = exchangesOf(session);
  const recording = nearest(asked, recordings);
  return asked.map((exchange, i) => ({ ...exchange, given: recording[i]?.expected ?? EMPTY, notes: [], late: false }));
}
