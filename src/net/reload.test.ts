/** Another version of the model while it is served: nobody is cut off, and new sessions are with the new one. */
import net from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { c, s, speak, type Protocol } from '../../tests/helpers/sessions.js';
import { cleanUp, connect, HOST, running, some, until } from '../../tests/helpers/sockets.js';
import { learn } from '../learn/index.js';
import { startServer } from './serve.js';

afterEach(cleanUp);

const old: Protocol = (dice) => {
  const name = dice.text(3, 8);
  return [s('ready\r\n'), c('HELLO ', name, '\r\n'), s('hi ', name, '\r\n')];
};
const young: Protocol = (dice) => {
  const [name, word] = [dice.text(3, 8), dice.text(3, 8)];
  return [
    s('ready\r\n'),
    c('HELLO ', name, '\r\n'),
    s('hi ', name, '\r\n'),
    c('FIND ', word, '\r\n'),
    s('no ', word, '\r\n'),
  ];
};
const before = learn(speak(old, 10, 1));
const after = learn(speak(young, 10, 2));
const more = learn([...speak(young, 10, 2), ...speak(old, 10, 3, { server: { address: '192.0.2.7', port: 7001 } })]);
const map = new Map([['tcp/7000', 0]]);

describe('reloading', () => {
  test('a session in progress goes on as it began, the next one is with the new model', async () => {
    const server = await startServer(before, { host: HOST, map });
    running.push(server);
    const first = await connect(server);
    await some(first);
    await server.reload(after);
    first.write('HELLO ann\r\n');
    expect(await some(first)).toBe('hi ann\r\n');
    const second = await connect(server);
    await some(second);
    second.write('HELLO bob\r\n');
    expect(await some(second)).toBe('hi bob\r\n');
    second.write('FIND tea\r\n');
    expect(await some(second)).toBe('no tea\r\n');
    expect(server.stats.open).toBe(2);
    for (const socket of [first, second]) socket.destroy();
  });

  test('a new service listens, and one that is gone does not', async () => {
    const server = await startServer(before, { host: HOST, map });
    running.push(server);
    // the port of the second service is whatever the first one of another server had
    const free = await startServer(before, { host: HOST, map });
    const port = free.addresses[0]?.port ?? 0;
    await free.close();
    const moved = { ...more, services: more.services.map((m) => (m.port === 7001 ? { ...m, port } : m)) };
    await server.reload(moved);
    expect(server.addresses.map((a) => a.service)).toEqual(['tcp/7000', `tcp/${port}`]);
    const socket = net.connect(port, HOST);
    expect(await some(socket)).toBe('ready\r\n');
    await server.reload(before);
    await until(() => socket.readyState !== 'open');
    const late = net.connect(port, HOST);
    const error = await new Promise<NodeJS.ErrnoException>((resolve) => late.once('error', resolve));
    expect(error.code).toBe('ECONNREFUSED');
  });
});
