/** Sessions → conversations. */
import type { Conversation, Session } from './types.js';

/** After so many seconds of silence the same address is a new source [06 §4.2]. */
const SILENCE = 24 * 3600;

/** Groups sessions by client and server address; conversations and their sessions come in order of time. */
export function groupConversations(sessions: readonly Session[]): Conversation[] {
  interface Open {
    client: string;
    server: string;
    sessions: Session[];
    end: number;
  }
  const all: Open[] = [];
  const current = new Map<string, Open>();
  const ordered = [...sessions].sort((a, b) => a.start - b.start || a.id - b.id);
  for (const session of ordered) {
    const key = `${session.client.address} ${session.server.address}`;
    let open = current.get(key);
    if (open === undefined || session.start - open.end > SILENCE) {
      open = { client: session.client.address, server: session.server.address, sessions: [], end: session.end };
      current.set(key, open);
      all.push(open);
    }
    open.sessions.push(session);
    open.end = Math.max(open.end, session.end);
  }
  return all.map(({ client, server, sessions: own }) => ({ client, server, sessions: own }));
}
