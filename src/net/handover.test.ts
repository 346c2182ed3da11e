/** Sessions handed over to a real host, on real sockets. */
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
  portOf,
  serve,
  some,
  until,
} from '../../tests/helpers/sockets.js';
import { toLatin1 } from '../bytes/bytes.js';
import { startServer } from './index.js';
import type { BackendOptions, RunningServer, ServeOptions } from './index.js';

const hosts: net.Server[] = [];
const sockets = new Set<net.Socket>();

afterEach(async () => {
  await cleanUp();
  for (const socket of sockets) socket.destroy();
  for (const host of hosts.splice(0)) host.close();
});

/** A real host that answers lines. */
async function realHost(answer: (line: string, socket: net.Socket) => string, greeting = 'ready\r\n'): Promise<number> {
  const host = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.write(greeting);
    let text = '';
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1');
      for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n')) {
        const said = answer(text.slice(0, at + 1).trimEnd(), socket);
        text = text.slice(at + 1);
        if (said !== '') socket.write(said);
      }
    });
  });
  hosts.push(host);
  host.listen(0, HOST);
  await once(host, 'listening');
  return (host.address() as net.AddressInfo).port;
}

const known = (line: string): string =>
  line.startsWith('HELLO ') ? `hi ${line.slice(6)}\r\n` : `you said ${line}\r\n`;

/** A port at which nobody listens. */
async function free(): Promise<number> {
  const server = net.createServer().listen(0, HOST);
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function behind(
  port: number,
  limits: BackendOptions['limits'] = {},
  more: Partial<ServeOptions> = {},
): Promise<RunningServer> {
  return serve(null, {
    onUnknown: 'silence',
    backend: { address: HOST, map: new Map([['tcp/2121', port]]), limits: { timeout: 300, ...limits } },
    ...more,
  });
}

const steps = (): string[] => events.flatMap((event) => (event.event === 'handover' ? [event.step] : []));
const reasons = (): string => events.flatMap((event) => (event.event === 'handover' ? [event.why] : [])).join('; ');

/** Says a line and waits until the answer is there. */
async function ask(socket: net.Socket, line: string, awaited: string): Promise<string> {
  let text = '';
  socket.write(`${line}\r\n`);
  while (!text.includes(awaited)) text += await some(socket);
  return text;
}

describe('a request that nothing known fits', () => {
  test('goes on with the real host, which has been told what was said before', async () => {
    const lines: string[] = [];
    const server = await behind(await realHost((line) => (lines.push(line), known(line))));
    const socket = await connect(server);
    await some(socket);
    expect(await ask(socket, 'HELLO ann', 'hi')).toBe('hi ann\r\n');
    expect(lines).toEqual([]);
    expect(await ask(socket, 'DANCE', 'you')).toBe('you said DANCE\r\n');
    expect(await ask(socket, 'HELLO bob', 'hi')).toBe('hi bob\r\n');
    expect(lines).toEqual(['HELLO ann', 'DANCE', 'HELLO bob']);
    socket.end();
    await all(socket);
    await until(() => closings().length === 1);
    expect(steps()).toEqual(['begins', 'relays', 'ends']);
  });

  test('every byte is in the log before it is passed on, and who said it', async () => {
    const server = await behind(await realHost(known));
    const socket = await connect(server);
    await some(socket);
    await ask(socket, 'DANCE', 'you');
    const said = events.flatMap((event) => {
      if (event.event === 'received' || event.event === 'sent')
        return [
          `${event.event}${event.event === 'sent' && event.by ? ` by ${event.by}` : ''} ${toLatin1(event.bytes).trimEnd()}`,
        ];
      return event.event === 'handover' ? [event.step] : [];
    });
    expect(said).toEqual(['sent ready', 'received DANCE', 'begins', 'relays', 'sent by backend you said DANCE']);
    socket.destroy();
  });

  test('what the client says while the host is told is not lost, and stays in order', async () => {
    const server = await behind(await realHost((line) => known(line)));
    const socket = await connect(server);
    await some(socket);
    let text = '';
    socket.on('data', (bytes) => (text += bytes.toString()));
    socket.write('HELLO ann\r\nONE\r\nTWO\r\nHAL');
    await sleep(5);
    socket.end('F\r\n');
    await until(() => text.includes('HALF'));
    expect(text).toBe('hi ann\r\nyou said ONE\r\nyou said TWO\r\nyou said HALF\r\n');
    socket.destroy();
  });

  test('takes the sessions of its source along for a while, and of nobody else', async () => {
    const port = await realHost(known, 'ready indeed\r\n');
    const server = await behind(port, { follow: 150 });
    const sockets: net.Socket[] = [];
    const greeting = async (from: string): Promise<string> => {
      const socket = net.connect({ host: HOST, port: portOf(server), localAddress: from });
      sockets.push(socket);
      return some(socket);
    };
    expect(await greeting('127.0.0.1')).toBe('ready\r\n');
    const [first] = sockets;
    if (!first) return;
    expect(await ask(first, 'DANCE', 'you')).toBe('you said DANCE\r\n');
    expect(await greeting('127.0.0.1')).toBe('ready indeed\r\n');
    expect(await greeting('127.0.0.2')).toBe('ready\r\n');
    first.destroy();
    await sleep(300);
    expect(await greeting('127.0.0.1')).toBe('ready\r\n');
    for (const socket of sockets) socket.destroy();
  });

  test('is answered by nobody when so configured, without a real host', async () => {
    const server = await serve(null, { onUnknown: 'close' });
    const socket = await connect(server);
    await some(socket);
    socket.write('DANCE\r\n');
    expect(await all(socket)).toBe('');
    const quiet = await serve(null, { onUnknown: 'silence' });
    const other = await connect(quiet);
    await some(other);
    other.write('HELLO\r\n');
    expect(await ask(other, 'HELLO ann', 'hi')).toBe('hi ann\r\n');
    other.destroy();
  });
});

describe('a real host that does not do its part', () => {
  /** An unknown request, and then a known one that the emulator has to answer. */
  async function goesOn(server: RunningServer): Promise<void> {
    const socket = await connect(server);
    await some(socket);
    await ask(socket, 'HELLO ann', 'hi');
    socket.write('DANCE\r\n');
    expect(await ask(socket, 'HELLO bob', 'hi bob')).toBe('hi bob\r\n');
    socket.destroy();
  }

  test('is down', async () => {
    const port = await realHost(known);
    hosts.pop()?.close();
    await goesOn(await behind(port));
    expect(reasons()).toContain('refuses the connection');
    expect(steps()).toEqual(['begins', 'failed']);
  });

  test('says nothing', async () => {
    await goesOn(await behind(await realHost(() => '', '')));
    expect(reasons()).toContain('does not answer');
  });

  test('never stops answering', async () => {
    const port = await realHost((_, socket) => {
      const timer = setInterval(() => socket.write('x'), 20);
      socket.on('close', () => clearInterval(timer));
      return '';
    });
    await goesOn(await behind(port));
    expect(reasons()).toContain('does not come to an end');
  });

  test('answers something else', async () => {
    await goesOn(await behind(await realHost(() => '500 never heard of that command, try another one\r\n')));
    expect(steps()).toEqual(['begins', 'diverged']);
  });

  test('hangs up while it is told', async () => {
    await goesOn(await behind(await realHost((_, socket) => (socket.destroy(), ''))));
    expect(reasons()).toContain('hung up');
  });

  test('hangs up later: so does the session', async () => {
    const server = await behind(
      await realHost((line, socket) => (line === 'BYE' ? (socket.end('bye\r\n'), '') : known(line))),
    );
    const socket = await connect(server);
    await some(socket);
    await ask(socket, 'DANCE', 'you');
    socket.write('BYE\r\n');
    expect(await all(socket)).toBe('bye\r\n');
    socket.end();
    await until(() => closings().length === 1);
    expect(closings()).toEqual(['server fin']);
  });

  test('is the emulator itself', async () => {
    const model = tinyModel({ port: 2999 });
    await expect(startServer(model, { host: HOST, backend: { address: HOST } })).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('--backend-map tcp/2999=PORT') as string,
    });
  });
});

describe('limits', () => {
  test('on handed-over sessions of one source', async () => {
    const server = await behind(await realHost(known), { perSource: 1 });
    const [first, second] = [await connect(server), await connect(server)];
    await Promise.all([some(first), some(second)]);
    await ask(first, 'DANCE', 'you');
    second.write('DANCE\r\n');
    expect(await ask(second, 'HELLO bob', 'hi bob')).toBe('hi bob\r\n');
    expect(steps()).toEqual(['begins', 'relays', 'failed']);
    first.destroy();
    await until(() => closings().length === 1);
    const third = await connect(server);
    await some(third);
    await ask(third, 'DANCE', 'you');
    second.destroy();
    third.destroy();
  });

  test('on bytes', async () => {
    const server = await behind(await realHost((line) => 'x'.repeat(Number(line.split(' ')[1] ?? 0)) + '\r\n'), {
      bytes: 5000,
    });
    const socket = await connect(server);
    await some(socket);
    await ask(socket, 'GIVE 1000', '\n');
    socket.write('GIVE 9000\r\n');
    await all(socket).catch(() => '');
    await until(() => closings().length === 1);
    expect(reasons()).toContain('as many bytes passed on as it may');
  });

  test('on the rate, which slows both sides down and loses nothing', async () => {
    const server = await behind(await realHost((line) => 'x'.repeat(Number(line.split(' ')[1] ?? 0)) + '\r\n'), {
      rate: 200_000,
    });
    const socket = await connect(server);
    await some(socket);
    const start = Date.now();
    expect((await ask(socket, 'GIVE 300000', '\n')).length).toBe(300_002);
    expect((await ask(socket, 'GIVE 1', '\n')).length).toBe(3);
    expect(Date.now() - start).toBeGreaterThan(300);
    socket.destroy();
  });
});

describe('ports that an activity opens on the real host', () => {
  test('are open to its source only, and only while it is handed over', async () => {
    const shell = await realHost((line) => `shell: ${line}\r\n`, 'prompt> ');
    const host = await realHost(known);
    const port = await free();
    const model = { ...tinyModel({}), refused: [`tcp/${port}`] };
    const map = new Map([
      ['tcp/2121', host],
      [`tcp/${port}`, shell],
    ]);
    const server = await serve(null, { backend: { address: HOST, map, limits: { timeout: 300 } } }, model);
    const try_ = (from: string): Promise<string> => {
      const socket = net.connect({ host: HOST, port, localAddress: from });
      sockets.add(socket);
      return new Promise((resolve) => {
        socket.on('data', (bytes) => resolve(bytes.toString()));
        socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''));
      });
    };
    expect(await try_('127.0.0.1')).toBe('ECONNREFUSED');
    const socket = await connect(server);
    await some(socket);
    await ask(socket, 'DANCE', 'you');
    expect(await try_('127.0.0.1')).toBe('prompt> ');
    expect(await try_('127.0.0.2')).toBe('ECONNRESET');
    socket.destroy();
  });

  test('may take a moment to open', async () => {
    const [port, shell] = [await free(), await free()];
    let late: net.Server | undefined;
    const host = await realHost((line) => {
      setTimeout(
        () => (late = net.createServer((s) => s.on('error', () => undefined).end('in\r\n')).listen(shell, HOST)),
        60,
      );
      return known(line);
    });
    const map = new Map([
      ['tcp/2121', host],
      [`tcp/${port}`, shell],
    ]);
    const server = await serve(null, { backend: { address: HOST, map, ports: [port] } });
    const socket = await connect(server);
    await some(socket);
    await ask(socket, 'DANCE', 'you');
    const second = net.connect({ host: HOST, port });
    second.on('error', () => undefined);
    expect(await some(second)).toBe('in\r\n');
    second.destroy();
    socket.destroy();
    late?.close();
  });
});

test('the real host dies with many sessions: each ends, none hangs, and the emulator goes on', async () => {
  const port = await realHost(known);
  const server = await behind(port, { connections: 200, perSource: 200, timeout: 2_000 });
  const clients = await Promise.all(Array.from({ length: 100 }, () => connect(server)));
  await Promise.all(clients.map((client) => some(client)));
  await Promise.all(clients.map((client) => ask(client, 'DANCE', 'you')));
  expect(steps().filter((step) => step === 'relays').length).toBe(100);
  for (const socket of sockets) socket.resetAndDestroy();
  hosts.pop()?.close();
  await until(() => closings().length === 100);
  await until(() => steps().filter((step) => step === 'ends').length === 100);
  const socket = await connect(server);
  await some(socket);
  await ask(socket, 'HELLO ann', 'hi');
  for (const client of [...clients, socket]) client.destroy();
});

test('a client that goes takes the session with the real host with it', async () => {
  let gone = 0;
  const port = await realHost((line, socket) => {
    socket.once('close', () => gone++);
    return known(line);
  });
  const server = await behind(port);
  const socket = await connect(server);
  await some(socket);
  await ask(socket, 'DANCE', 'you');
  socket.resetAndDestroy();
  await until(() => gone === 1);
});

test('over UDP, from whatever port the real host answers', async () => {
  const host = dgram.createSocket('udp4').bind(0, HOST);
  const other = dgram.createSocket('udp4').bind(0, HOST);
  await Promise.all([once(host, 'listening'), once(other, 'listening')]);
  host.on('message', (bytes, from) => {
    const line = bytes.toString().trimEnd();
    (line === 'DANCE' ? other : host).send(known(line), from.port, from.address);
  });
  other.on('message', (bytes, from) => other.send(`elsewhere ${bytes.toString()}`, from.port, from.address));
  const server = await serve(
    null,
    { backend: { address: HOST, map: new Map([['udp/2121', host.address().port]]), limits: { timeout: 300 } } },
    tinyModel({ transport: 'udp', greeting: new Uint8Array() }),
  );
  const client = dgram.createSocket('udp4');
  const say = async (text: string, port: number): Promise<[string, number]> => {
    client.send(text, port, HOST);
    const [bytes, from] = (await once(client, 'message')) as [Buffer, dgram.RemoteInfo];
    return [bytes.toString(), from.port];
  };
  expect(await say('HELLO ann\r\n', portOf(server))).toEqual(['hi ann\r\n', portOf(server)]);
  const [text, port] = await say('DANCE\r\n', portOf(server));
  expect(text).toBe('you said DANCE\r\n');
  expect(port).not.toBe(portOf(server));
  expect(await say('more', port)).toEqual(['elsewhere more', port]);
  expect(steps()).toEqual(['begins', 'relays']);
  for (const socket of [client, host, other]) socket.close();
});
