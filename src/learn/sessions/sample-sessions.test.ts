/** Captures of more sessions than can be learned from at once. */
import { describe, expect, it } from 'vitest';
import { c, record, s } from '../../../tests/helpers/sessions.js';
import { sampleSessions } from './sample-sessions.js';

const sessionsOf = (count: number, clients: number) =>
  Array.from({ length: count }, (_, i) =>
    record(i, [c('HELLO\r\n'), s('hello\r\n')], {
      client: { address: `10.1.${(i % clients) >> 8}.${(i % clients) & 255}`, port: 4000 + i },
    }),
  );
const messagesOf = (sessions: readonly { readonly messages: readonly unknown[] }[]) =>
  sessions.reduce((sum, { messages }) => sum + messages.length, 0);

describe('of more sessions than are looked at', () => {
  it('all are taken where they are few enough', () => {
    const sessions = sessionsOf(50, 10);
    expect(sampleSessions(sessions, 100)).toBe(sessions);
  });

  it('some are taken, from the first to the last', () => {
    const sessions = sessionsOf(1000, 3);
    const chosen = sampleSessions(sessions, 200);
    expect(messagesOf(chosen)).toBe(200);
    expect(chosen.filter(({ id }) => id < 500).length).toBe(50);
  });

  it('all those of some clients are taken, where there are many clients', () => {
    const sessions = sessionsOf(3000, 600);
    const chosen = sampleSessions(sessions, 1000);
    const clients = new Set(chosen.map(({ client }) => client.address));
    expect(clients.size).toBe(100);
    expect(chosen).toEqual(sessions.filter(({ client }) => clients.has(client.address)));
  });
});
