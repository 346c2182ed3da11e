/** Recorded conversations against servers on real sockets. */
import { once } from 'node:events';
import net from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { tinyModel } from '../../tests/helpers/models.js';
import { PATIENCE } from '../../tests/helpers/patience.js';
import { HOST, cleanUp, portOf, send, serve } from '../../tests/helpers/sockets.js';
import { toLatin1, utf8 } from '../bytes/bytes.js';
import type { Conversation, Message, Session } from '../capture/types.js';
import { playConversation } from './index.js';
import type { ReplayedSession, Target } from './index.js';

afterEach(cleanUp);

/** `> text` the client, `< text` the server, one second after the other; `at` is when the session starts. */
function session(lines: readonly string[], more: Partial<Session> = {}, at = 0): Session {
  const messages = lines.map((line, i): Message => {
    const bytes = utf8(line.slice(2));
    const time = at + i + 1;
    return { from: line.startsWith('>') ? 'client' : 'server', bytes, time, lastTime: time, pieces: [bytes.length] };
  });
  return {
    id: 0,
    transport: 'tcp',
    client: { address: '192.0.2.9', port: 4000 },
    server: { address: '192.0.2.1', port: 2121 },
    start: at,
    end: at + lines.length + 1,
    messages,
    halfClosed: false,
    close: { by: 'client', how: 'fin' },
    outcome: 'complete',
    ...more,
  };
}

const target = (port: number, more: Partial<Target> = {}): Target => ({
  host: HOST,
  map: new Map([
    ['tcp/2121', port],
    ['udp/2121', port],
  ]),
  timeout: 300,
  quiet: 60,
  ...more,
});

function play(sessions: readonly Session[], to: Target): Promise<ReplayedSession[]> {
  const conversation: Conversation = { client: '192.0.2.9', server: '192.0.2.1', sessions };
  return playConversation(conversation, to);
}

/** Exchanges as text: request, recorded, given. */
const texts = (played: ReplayedSession | undefined): string[][] =>
  played?.exchanges.map(({ request, expected, given }) => [request, expected, given].map(toLatin1)) ?? [];

test('what was recorded is asked again, and what is answered now stands beside it', async () => {
  const server = await serve(null);
  const [played] = await play(
    [session(['< ready\r\n', '> HELLO ann\r\n', '< hi ann!\r\n', '> HELLO bob\r\n', '< hi bob\r\n'])],
    target(portOf(server)),
  );
  expect(played?.failure).toBeNull();
  expect(texts(played)).toEqual([
    ['', 'ready\r\n', 'ready\r\n'],
    ['HELLO ann\r\n', 'hi ann!\r\n', 'hi ann\r\n'],
    ['HELLO bob\r\n', 'hi bob\r\n', 'hi bob\r\n'],
  ]);
});

test('a server that says nothing is waited for, and then given up', async () => {
  const server = await serve(() => ({}));
  const start = Date.now();
  const [played] = await play([session(['> one', '< 1', '> two', '< 2'])], target(portOf(server)));
  expect(texts(played)).toEqual([
    ['one', '1', ''],
    ['two', '2', ''],
  ]);
  expect(Date.now() - start).toBeLessThan(PATIENCE);
});

test('a server that is not there', async () => {
  const closed = net.createServer().listen(0, HOST);
  await once(closed, 'listening');
  const { port } = closed.address() as net.AddressInfo;
  await new Promise((resolve) => closed.close(resolve));
  const [played] = await play([session(['> one', '< 1'])], target(port));
  expect(played?.failure).toBe('connection refused');
  expect(texts(played)).toEqual([['one', '1', '']]);
});

test('a client that had closed its side closes it again before it listens', async () => {
  const server = await serve(() => ({ end: () => [send('sum: 3'), { kind: 'close', how: 'fin' }] }));
  const [played] = await play([session(['> one two three', '< sum: 3'], { halfClosed: true })], target(portOf(server)));
  expect(texts(played)).toEqual([['one two three', 'sum: 3', 'sum: 3']]);
});

test('two sessions of a conversation are played together, in the recorded order', async () => {
  const order: string[] = [];
  const server = await serve(({ client }) => ({
    receive: (bytes) => {
      order.push(toLatin1(bytes));
      return [send(`${client.port > 0 ? '' : '?'}ok`)];
    },
  }));
  const sessions = [
    session(['> a1', '< ok', '> a2', '< ok', '> a3', '< ok']),
    session(['> b1', '< ok', '> b2', '< ok'], { id: 1 }, 1.5),
  ];
  const played = await play(sessions, target(portOf(server)));
  expect(order).toEqual(['a1', 'b1', 'a2', 'b2', 'a3']);
  expect(played.map((one) => one.exchanges.length)).toEqual([3, 2]);
});

test('datagrams go on to the port that the server answered from', async () => {
  const server = await serve(
    () => ({ receive: (bytes) => [send(`${toLatin1(bytes)}!`, { freshPort: toLatin1(bytes) === 'first' })] }),
    {},
    tinyModel({ transport: 'udp' }),
  );
  const recorded = session(['> first', '< first!', '> second', '< second!'], { transport: 'udp' });
  const messages = recorded.messages.map((message, i) => (i === 0 ? message : { ...message, serverPort: 50_000 }));
  const [played] = await play([{ ...recorded, messages }], target(portOf(server)));
  expect(texts(played)).toEqual([
    ['first', 'first!', 'first!'],
    ['second', 'second!', 'second!'],
  ]);
  expect(server.stats.sessions).toBe(1);
});
