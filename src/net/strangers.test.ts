/** What strangers can do to a server, on real sockets: nothing that its other clients would notice. */
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
  events,
  gone,
  portOf,
  running,
  send,
  serve,
  some,
  until,
} from '../../tests/helpers/sockets.js';
import { toLatin1 } from '../bytes/bytes.js';
import { startServer } from './index.js';

afterEach(cleanUp);

describe('a server survives', () => {
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

  test('a guarded port is open only to the source that opened it, and for one session', async () => {
    const [door, room] = [tinyModel({ port: 1001 }).services, tinyModel({ port: 1002 }).services];
    const opened = { by: [{ service: 'tcp/1001', states: [1] }], once: true };
    const model = { ...tinyModel({}), services: [...door, ...room.map((service) => ({ ...service, opened }))] };
    const map = new Map([
      ['tcp/1001', 0],
      ['tcp/1002', 0],
    ]);
    const server = await startServer(model, { host: HOST, map, log: (event) => events.push(event) });
    running.push(server);
    const [outer = 0, inner = 0] = server.addresses.map(({ port }) => port);
    const visit = async (localAddress: string): Promise<string> => {
      const socket = net.connect({ host: HOST, port: inner, localAddress });
      const heard = await Promise.race([some(socket).catch(() => 'refused'), gone(socket).then(() => 'refused')]);
      socket.destroy();
      return heard;
    };
    expect(await visit('127.0.0.2')).toBe('refused');
    const key = net.connect({ host: HOST, port: outer, localAddress: '127.0.0.2' });
    await some(key);
    key.write('HELLO sesame\r\n');
    await some(key);
    expect(await visit('127.0.0.3')).toBe('refused');
    expect(await visit('127.0.0.2')).toBe('ready\r\n');
    await until(() => closings().length === 1);
    expect(await visit('127.0.0.2')).toBe('refused');
    key.destroy();
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
