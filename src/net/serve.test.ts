/** A served model on real sockets; dialogues are made up here, so that each test shows what it needs. */
import dgram from 'node:dgram';
import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { tinyModel } from '../../tests/helpers/models.js';
import { fromLatin1, toLatin1, utf8 } from '../bytes/bytes.js';
import type { Command, CompiledService, Dialogue, Environment } from '../emulate/index.js';
import type { Model } from '../model/types.js';
import { startServer } from './index.js';
import type { RunningServer, ServeEvent, ServeOptions } from './index.js';

const HOST = '127.0.0.1';
const running: RunningServer[] = [];
const events: ServeEvent[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.close()));
  events.length = 0;
});

const send = (text: string, more: Partial<Extract<Command, { kind: 'send' }>> = {}): Command => ({
  kind: 'send',
  bytes: fromLatin1(text),
  delay: 0,
  freshPort: false,
  ...more,
});

/** A dialogue from what it does about bytes; everything else it does not react to. */
function dialogue(parts: Partial<Dialogue>): Dialogue {
  return {
    open: () => [],
    receive: () => [],
    silence: () => [],
    end: () => [{ kind: 'close', how: 'fin' }],
    closed: false,
    ...parts,
  };
}

type Make = (environment: Environment) => Partial<Dialogue>;

async function serve(
  make: Make | null,
  options: Partial<ServeOptions> = {},
  model: Model = tinyModel({}),
): Promise<RunningServer> {
  const [service] = model.services;
  const map = new Map([[`${service?.transport ?? ''}/${service?.port ?? 0}`, 0]]);
  const compile =
    make === null
      ? {}
      : {
          compile: (of: CompiledService['service']): CompiledService => ({
            service: of,
            dialogue: (environment) => dialogue(make(environment)),
          }),
        };
  const server = await startServer(model, {
    host: HOST,
    map,
    log: (event) => events.push(event),
    ...compile,
    ...options,
  });
  running.push(server);
  return server;
}

const portOf = (server: RunningServer): number => server.addresses[0]?.port ?? 0;

async function connect(server: RunningServer, host = HOST): Promise<net.Socket> {
  const socket = net.connect({ host, port: portOf(server), allowHalfOpen: true });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

/** Everything that comes until the other side ends. */
async function all(socket: net.Socket): Promise<string> {
  let text = '';
  for await (const bytes of socket as AsyncIterable<Buffer>) text += bytes.toString('latin1');
  return text;
}

async function some(socket: net.Socket): Promise<string> {
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  return bytes.toString('latin1');
}

/** Until the server has let go of the connection, one way or the other. */
function gone(socket: net.Socket): Promise<void> {
  socket.resume();
  return new Promise((resolve) => {
    for (const event of ['end', 'close', 'error']) socket.once(event, () => resolve(void socket.destroy()));
  });
}

const kinds = (): string[] => events.map((event) => event.event);
const closings = (): string[] => events.flatMap((event) => (event.event === 'closed' ? [event.why] : []));

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 300 && !condition(); i++) await sleep(10);
  expect(condition()).toBe(true);
}

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
    expect(kinds()).toEqual(['listening', 'opened', 'sent', 'received', 'note', 'sent', 'closed']);
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

describe('what strangers do', () => {
  test('a dialogue that throws ends its own connection and nothing else', async () => {
    const server = await serve(() => ({
      receive: (bytes) => {
        if (toLatin1(bytes) === 'bad') throw new Error('no way');
        return [send('fine')];
      },
    }));
    const [good, bad] = [await connect(server), await connect(server)];
    bad.write('bad');
    await gone(bad);
    good.write('good');
    expect(await some(good)).toBe('fine');
    expect(events).toContainEqual(expect.objectContaining({ event: 'error', message: 'no way' }));
    expect(closings()).toEqual(['error']);
    good.destroy();
  });

  test('a dialogue that can not begin costs its connection only', async () => {
    let first = true;
    const server = await serve(() => {
      if (first) {
        first = false;
        throw new Error('not today');
      }
      return { open: () => [send('welcome')] };
    });
    await gone(await connect(server));
    const socket = await connect(server);
    expect(await some(socket)).toBe('welcome');
    expect(server.stats).toMatchObject({ open: 1, errors: 1 });
    socket.destroy();
  });

  test('a log that throws does not harm', async () => {
    const server = await serve(null, {
      log: () => {
        throw new Error('disk full');
      },
    });
    const socket = await connect(server);
    expect(await some(socket)).toBe('ready\r\n');
    socket.destroy();
  });

  test('connections are bounded for each source and in all', async () => {
    const server = await serve(() => ({ open: () => [send('in')] }), { limits: { perSource: 2, connections: 3 } });
    const mine = [await connect(server), await connect(server)];
    await gone(net.connect({ host: HOST, port: portOf(server) }));
    expect(server.stats.refused).toBe(1);
    const other = net.connect({ host: HOST, port: portOf(server), localAddress: '127.0.0.2' });
    expect(await some(other)).toBe('in');
    const late = net.connect({ host: HOST, port: portOf(server), localAddress: '127.0.0.3' });
    late.on('error', () => undefined);
    await gone(late);
    expect(server.stats.refused).toBe(2);
    mine[0]?.destroy();
    await until(() => server.stats.open === 2);
    const next = await connect(server);
    expect(await some(next)).toBe('in');
    for (const socket of [...mine, other, next]) socket.destroy();
  });

  test('a session that sends too much is cut off', async () => {
    const server = await serve(() => ({}), { limits: { received: 1000 } });
    const socket = await connect(server);
    socket.write(new Uint8Array(2000));
    await gone(socket);
    await until(() => closings().length === 1);
    expect(closings()).toEqual(['too much received']);
  });

  test('a silent connection ends after its idle time', async () => {
    const server = await serve(() => ({}), { limits: { idle: 50 } });
    await gone(await connect(server));
    await until(() => closings().length === 1);
    expect(closings()).toEqual(['idle']);
  });

  test('a session ends after its time', async () => {
    const server = await serve(() => ({}), { limits: { session: 50 } });
    await gone(await connect(server));
    await until(() => closings().length === 1);
    expect(closings()).toEqual(['too long']);
  });

  test('from a client that does not read nothing more is read, and it gets all in the end', async () => {
    const megabyte = 'x'.repeat(1024 * 1024);
    let asked = 0;
    const server = await serve(() => ({
      receive: (bytes) => {
        asked += bytes.length;
        return [...bytes].map(() => send(megabyte));
      },
    }));
    const socket = await connect(server);
    for (let i = 0; i < 20; i++) {
      socket.write('x');
      await sleep(10);
    }
    await sleep(200);
    expect(asked).toBeLessThan(20);
    socket.end();
    expect((await all(socket)).length).toBe(20 * megabyte.length);
  });

  test('a client that makes the server hoard is cut off', async () => {
    const server = await serve(() => ({ receive: () => [send('x'.repeat(10_000_000))] }), {
      limits: { buffered: 5_000_000 },
    });
    const socket = await connect(server);
    socket.pause();
    socket.write('go');
    await until(() => closings().length === 1);
    expect(closings()).toEqual(['too slow a reader']);
    socket.destroy();
  });

  test('silent UDP clients are forgotten, and of too many the idlest', async () => {
    const server = await serve(
      () => ({ receive: () => [send('ok')] }),
      { limits: { datagramIdle: 100, perSource: 2 } },
      tinyModel({ transport: 'udp' }),
    );
    const clients = [0, 1, 2].map(() => dgram.createSocket('udp4'));
    for (const client of clients) {
      client.send('hi', portOf(server), HOST);
      await once(client, 'message');
      client.close();
    }
    expect(closings()).toEqual(['evicted']);
    await until(() => server.stats.open === 0);
    expect(closings()).toEqual(['evicted', 'idle', 'idle']);
  });

  test('two thousand connections at once', async () => {
    const server = await serve(null, { limits: { perSource: 5000 } });
    const sockets = await Promise.all(Array.from({ length: 2000 }, () => connect(server)));
    const answers = await Promise.all(
      sockets.map(async (socket, i) => {
        socket.end(`HELLO ${i}\r\n`);
        return all(socket);
      }),
    );
    expect(answers.every((text, i) => text === `ready\r\nhi ${i}\r\n`)).toBe(true);
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
    const start = Date.now();
    await running.pop()?.close();
    expect(Date.now() - start).toBeLessThan(2500);
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
