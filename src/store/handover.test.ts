/** What is kept of sessions that are handed over to a real host. */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { tinyModel } from '../../tests/helpers/models.js';
import { HOST, all, cleanUp, portOf, serve, some } from '../../tests/helpers/sockets.js';
import { toLatin1 } from '../bytes/bytes.js';
import { learn } from '../learn/index.js';
import type { RunningServer } from '../net/index.js';
import { Recorder, State } from './index.js';

let folder = '';
let recorder: Recorder | undefined;
let host: net.Server | undefined;

afterEach(async () => {
  await cleanUp();
  recorder?.close();
  host?.close();
  await rm(folder, { recursive: true, force: true });
});

/** Hands over to a host that answers every line; `met` is called when it is connected to. */
async function behind(met: () => void): Promise<RunningServer> {
  folder = await mkdtemp(path.join(tmpdir(), 'scriptgen-state-'));
  recorder = await Recorder.open(folder, tinyModel({}).services);
  host = net.createServer((socket) => {
    met();
    socket.on('error', () => undefined);
    socket.write('ready\r\n');
    socket.on('data', (bytes) => {
      const line = bytes.toString('latin1').trim();
      socket.write(line.startsWith('HELLO') ? `hi ${line.slice(6)}\r\n` : `done ${line}\r\n`);
    });
  });
  host.listen(0, HOST);
  await once(host, 'listening');
  const { port } = host.address() as net.AddressInfo;
  return serve(null, {
    log: recorder.log,
    backend: { address: HOST, map: new Map([['tcp/2121', port]]), limits: { timeout: 500 } },
  });
}

async function session(server: RunningServer, from: string, ...lines: string[]): Promise<void> {
  const port = portOf(server);
  const socket = net.connect({ host: HOST, port, localAddress: from, allowHalfOpen: true });
  await some(socket);
  for (const line of lines) {
    socket.write(`${line}\r\n`);
    await some(socket);
  }
  socket.end();
  await all(socket);
}

async function look<T>(what: (state: State) => T): Promise<T> {
  const state = await State.open(folder);
  try {
    return what(state);
  } finally {
    state.close();
  }
}

test('the event and what was said are there before the real host hears anything, then all that is relayed', async () => {
  const before: Promise<readonly [string[], string[]]>[] = [];
  const server = await behind(() => {
    const seen = look((state) => {
      const kinds = [...state.events()].map(({ alert }) => alert.event);
      return [
        kinds,
        [...state.recordings()].flatMap(({ session: s }) => s.messages.map((m) => toLatin1(m.bytes))),
      ] as const;
    });
    before.push(seen);
  });
  await session(server, HOST, 'HELLO ann', 'DANCE now', 'HELLO bob');
  await sleep(100);
  const [[kinds, said] = [[], []]] = await Promise.all(before);
  expect(kinds.slice(0, 2)).toEqual(['unknown request', 'hand-over']);
  expect(said.slice(0, 4)).toEqual(['ready\r\n', 'HELLO ann\r\n', 'hi ann\r\n', 'DANCE now\r\n']);
  const recordings = await look((state) => [...state.recordings()]);
  expect(recordings.map(({ facts }) => [facts.whole, facts.handedOver])).toEqual([['whole', true]]);
  expect(recordings[0]?.session.messages.map(({ bytes }) => toLatin1(bytes))).toEqual([
    ...[
      'ready\r\n',
      'HELLO ann\r\n',
      'hi ann\r\n',
      'DANCE now\r\n',
      'done DANCE now\r\n',
      'HELLO bob\r\n',
      'hi bob\r\n',
    ],
  ]);
});

test('conversations of one activity are what a machine learns the new request from', async () => {
  const server = await behind(() => undefined);
  for (const [i, name] of ['one', 'three', 'fifteen', 'sixty', 'ninetynine'].entries())
    await session(server, `127.0.0.${i + 2}`, 'HELLO ann', `DANCE ${name}`, 'HELLO bob');
  await sleep(1200);
  const activities = await look((state) => state.activities({ kind: 'new' }));
  expect(activities.map(({ count, sources }) => [count, sources])).toEqual([[5, 5]]);
  const sessions = await look((state) => state.conversationsOf(activities[0]?.id ?? ''));
  expect(sessions).toHaveLength(5);
  const { services } = learn(sessions);
  const texts = services[0]?.classes.map((each) => toLatin1(each.example)) ?? [];
  expect(texts.some((text) => text.startsWith('DANCE'))).toBe(true);
});
