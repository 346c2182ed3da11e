import { describe, expect, it } from 'vitest';
import { groupConversations } from './conversations.js';
import type { Session } from './types.js';

const HOUR = 3600;

function session(id: number, client: string, server: string, start: number, end = start): Session {
  return {
    id,
    transport: 'tcp',
    client: { address: client, port: 1000 + id },
    server: { address: server, port: 21 },
    start,
    end,
    messages: [],
    halfClosed: false,
    close: { by: 'nobody', how: 'open' },
    outcome: 'complete',
  };
}

describe('groupConversations', () => {
  const ids = (sessions: Session[]): number[][] => groupConversations(sessions).map((c) => c.sessions.map((s) => s.id));

  it('groups by both addresses, in order of time', () => {
    const sessions = [
      session(2, 'b', 's', 3),
      session(0, 'a', 's', 1),
      session(1, 'a', 't', 2),
      session(3, 'a', 's', 4),
    ];
    expect(ids(sessions)).toEqual([[0, 3], [1], [2]]);
  });

  it('more than 24 hours of silence make a new source', () => {
    const day = 24 * HOUR;
    expect(ids([session(0, 'a', 's', 0), session(1, 'a', 's', day)])).toEqual([[0, 1]]);
    expect(ids([session(0, 'a', 's', 0), session(1, 'a', 's', day + 1)])).toEqual([[0], [1]]);
  });

  it('silence counts from the end of the longest session', () => {
    const sessions = [session(0, 'a', 's', 0, 30 * HOUR), session(1, 'a', 's', 1), session(2, 'a', 's', 50 * HOUR)];
    expect(ids(sessions)).toEqual([[0, 1, 2]]);
  });
});
