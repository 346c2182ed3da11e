/** A served model on real sockets; dialogues are made up, so that each test shows what it needs. */
import dgram from 'node:dgram';
import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { tinyModel } from '../../tests/helpers/models.js';
import {
  HOST,
  all,
  cleanUp,
  closings,
  connect,
  kinds,
  portOf,
  running,
  send,
  serve,
  some,
  until,
} from '../../tests/helpers/sockets.js';
import { toLatin1, utf8 } from '../bytes/bytes.js';
import type { Environment } from '../emulate/index.js';
import { startServer } from './index.js';

afterEach(cleanUp);

describe('a learned machine on a socket', () => {
  test('greets, answers with what was asked, and ends when the client does', async () => {
    const socket = await connect(await serve(null));
    expect(await some(socket)).toBe('ready\r\n');
    socket.write('HELLO dave\r\n');
    expect(await some(socket)).toBe('hi dave\r\n');
    socket.end();
    expect(await all(socket)).toBe('');
    await until(() => closings().length === 1);
    expect(closings()).toEqual(['client fin']);
    expect(kinds()).toEqual(['listening', 'opened', 'sent', 'received', 'note', 'sent', 'client ended', 'closed']);
  });

  test('takes a request in pieces and two at once', async () => {
    const socket = await connect(await serve(null));
    await some(socket);
    socket.write('HEL');
    await sleep(20);
    socket.write('LO ann\r\nHELLO bob\r\nHELLO c');
    let text = '';
    while (!text.includes('bob')) text += await some(socket);
    expect(text).toBe('hi ann\r\nhi bob\r\n');
    socket.end('ecil\r\n');
    expect(await all(socket)).toBe('hi cecil\r\n');
  });

  test('over UDP, a dialogue for each client endpoint', async () => {
    const server = await serve(null, {}, tinyModel({ transport: 'udp', greeting: new Uint8Array() }));
    const clients = [dgram.createSocket('udp4'), dgram.createSocket('udp4')];
    for (const [i, client] of clients.entries()) {
      client.send(`HELLO client${i}\r\n`, portOf(server), HOST);
      const [bytes] = (await once(client, 'message')) as [Buffer];
      expect(bytes.toString()).toBe(`hi client${i}\r\n`);
      client.close();
    }
    expect(server.stats.sessions).toBe(2);
  });
});

describe('commands', () => {
  test('the dialogue knows both ends as they are now', async () => {
    let seen: Environment | undefined;
    const server = await serve((environment) => {
      seen = environment;
      return {};
    });
    const socket = await connect(server);
    await until(() => seen !== undefined);
    expect(seen).toEqual({
      client: { address: HOST, port: socket.localPort },
      server: { address: HOST, port: portOf(server) },
    });
    socket.destroy();
  });

  test('an IPv4 client of an IPv6 listener is known by its IPv4 address', async () => {
    let seen: Environment | undefined;
    const server = await serve((environment) => ((seen = environment), {}), { host: '::' });
    const socket = await connect(server);
    await until(() => seen !== undefined);
    expect(seen?.client.address).toBe(HOST);
    socket.destroy();
  });

  test('silence is told after the wait, and bytes start it anew', async () => {
    const server = await serve(() => ({
      receive: () => [{ kind: 'wait', milliseconds: 80 }],
      silence: () => [send('quiet')],
    }));
    const socket = await connect(server);
    const start = Date.now();
    socket.write('a');
    await sleep(50);
    socket.write('b');
    expect(await some(socket)).toBe('quiet');
    expect(Date.now() - start).toBeGreaterThanOrEqual(125);
    socket.destroy();
  });

  test('close with FIN delivers everything first', async () => {
    const text = 'x'.repeat(3_000_000);
    const server = await serve(() => ({ receive: () => [send(text), { kind: 'close', how: 'fin' }] }));
    const socket = await connect(server);
    socket.write('go');
    expect((await all(socket)).length).toBe(text.length);
    socket.end();
    await until(() => closings().length === 1);
    expect(closings()).toEqual(['server fin']);
  });

  test('close with RST resets, after what was said has arrived', async () => {
    const server = await serve(() => ({ receive: () => [send('bye'), { kind: 'close', how: 'rst' }] }));
    const socket = await connect(server);
    const failed = new Promise((resolve) => socket.once('close', resolve));
    let text = '';
    let error = '';
    socket.on('data', (bytes) => (text += bytes.toString()));
    socket.on('error', (e: NodeJS.ErrnoException) => (error = e.code ?? ''));
    socket.write('go');
    await failed;
    expect([text, error]).toEqual(['bye', 'ECONNRESET']);
    await until(() => closings().length === 1);
    expect(closings()).toEqual(['server rst']);
  });

  test('delays are kept, in order, when asked for', async () => {
    const server = await serve(
      () => ({
        receive: () => [send('slow ', { delay: 100 }), send('fast', { delay: 1 }), { kind: 'close', how: 'fin' }],
      }),
      { delays: true },
    );
    const socket = await connect(server);
    const start = Date.now();
    socket.write('go');
    expect(await all(socket)).toBe('slow fast');
    expect(Date.now() - start).toBeGreaterThanOrEqual(95);
    socket.destroy();
  });

  test('a client that has closed its side still gets its answer', async () => {
    const server = await serve(() => ({ end: () => [send('last words'), { kind: 'close', how: 'fin' }] }));
    const socket = await connect(server);
    socket.end('question');
    expect(await all(socket)).toBe('last words');
  });

  test('a fresh port answers from there, and listens there to its client only', async () => {
    const server = await serve(
      () => ({ receive: (bytes) => [send(`${toLatin1(bytes)}!`, { freshPort: toLatin1(bytes) === 'first' })] }),
      {},
      tinyModel({ transport: 'udp' }),
    );
    const client = dgram.createSocket('udp4');
    const ask = async (text: string, port: number): Promise<[string, number]> => {
      client.send(text, port, HOST);
      const [bytes, from] = (await once(client, 'message')) as [Buffer, dgram.RemoteInfo];
      return [bytes.toString(), from.port];
    };
    const [first, port] = await ask('first', portOf(server));
    expect(first).toBe('first!');
    expect(port).not.toBe(portOf(server));
    expect(await ask('second', port)).toEqual(['second!', port]);
    const stranger = dgram.createSocket('udp4');
    stranger.send('let me in', port, HOST);
    expect(await ask('third', port)).toEqual(['third!', port]);
    expect(server.stats.sessions).toBe(1);
    client.close();
    stranger.close();
  });
});

describe('starting and stopping', () => {
  test('a busy port is named, and what was open already is closed', async () => {
    const blocker = net.createServer().listen(0, HOST);
    await once(blocker, 'listening');
    const taken = (blocker.address() as net.AddressInfo).port;
    const free = portOf(await serve(null));
    await running.pop()?.close();
    const model = {
      ...tinyModel({}),
      services: [...tinyModel({ port: 1001 }).services, ...tinyModel({ port: 1002 }).services],
    };
    const map = new Map([
      ['tcp/1001', free],
      ['tcp/1002', taken],
    ]);
    await expect(startServer(model, { host: HOST, map })).rejects.toMatchObject({
      code: 'busy',
      message: expect.stringContaining(`tcp/1002: tcp port ${taken}`) as string,
    });
    const again = await startServer(tinyModel({ port: 1001 }), { host: HOST, map: new Map([['tcp/1001', free]]) });
    running.push(again);
    blocker.close();
  });

  test('an address of somewhere else, and a name that nobody knows', async () => {
    const there = { map: new Map([['tcp/2121', 0]]) };
    await expect(startServer(tinyModel({}), { host: '192.0.2.77', ...there })).rejects.toMatchObject({
      code: 'elsewhere',
    });
    await expect(startServer(tinyModel({}), { host: 'no.such.host.invalid', ...there })).rejects.toMatchObject({
      code: 'elsewhere',
    });
    const udp = { map: new Map([['udp/2121', 0]]) };
    await expect(startServer(tinyModel({ transport: 'udp' }), { host: '192.0.2.77', ...udp })).rejects.toMatchObject({
      code: 'elsewhere',
    });
  });

  test('two services at one port, and a mapping that fits none', async () => {
    const model = {
      ...tinyModel({}),
      services: [...tinyModel({ port: 1001 }).services, ...tinyModel({ port: 1002 }).services],
    };
    await expect(startServer(model, { host: HOST, map: new Map([['tcp/1001', 1002]]) })).rejects.toMatchObject({
      code: 'conflict',
    });
    await expect(startServer(model, { host: HOST, map: new Map([['udp/1001', 1]]) })).rejects.toMatchObject({
      code: 'conflict',
    });
  });

  test('stopping ends connections and frees the port', async () => {
    const server = await serve(null);
    const socket = await connect(server);
    await some(socket);
    const ended = all(socket);
    await running.pop()?.close();
    await ended;
    expect(closings()).toEqual(['shutdown']);
    expect(server.stats.open).toBe(0);
    await expect(connect(server)).rejects.toThrow('ECONNREFUSED');
    socket.destroy();
  });
});

test('the greeting of a machine is bytes, not text', async () => {
  const greeting = Uint8Array.from({ length: 256 }, (_, i) => i);
  const socket = await connect(await serve(null, {}, tinyModel({ greeting })));
  expect(await some(socket)).toBe(toLatin1(greeting));
  socket.end(utf8('HELLO x\r\n'));
  await all(socket);
});
