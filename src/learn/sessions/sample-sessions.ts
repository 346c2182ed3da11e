/** The sessions that are learned from where there are more than can be kept in mind. */
import type { Session } from '../../capture/types.js';
import { spread } from '../spread.js';

/** Messages of one service that are learned from: each takes some kilobytes of memory while it is looked at. */
const MOST_MESSAGES = 200_000;
/** Of so many clients some are left out with all that they said: what a client says goes by what it said before. */
const MANY_CLIENTS = 200;

/**
 * The sessions of as many clients, or as many sessions of few clients, as have no more messages than can be looked
 * at, evenly over all of the time; all of them where that is few enough.
 */
export function sampleSessions(sessions: readonly Session[], most = MOST_MESSAGES): readonly Session[] {
  const messages = sessions.reduce((sum, session) => sum + session.messages.length, 0);
  if (messages <= most) return sessions;
  const share = most / messages;
  const clients = [...new Set(sessions.map(({ client }) => client.address))];
  if (clients.length < MANY_CLIENTS) return spread(sessions, Math.max(1, Math.floor(share * sessions.length)));
  const chosen = new Set(spread(clients, Math.floor(share * clients.length)));
  return sessions.filter(({ client }) => chosen.has(client.address));
}
