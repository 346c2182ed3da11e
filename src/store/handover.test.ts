/** What is kept of sessions that are handed over to a real host. */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { tinyModel } from '../../tests/helpers/models.js';
import { eventually } from '../../tests/helpers/patience.js';
import { HOST, all, cleanUp, portOf, serve, some } from '../../tests/helpers/sockets.js';
import { toLatin1 } from '../bytes/bytes.js';
import type { ServeEvent } from '../events/index.js';
import { learn } from '../learn/index.js';
import type { RunningServer } from '../net/index.js';
import { Recorder, State } from './index.js';

/** How a host answers a line. */
type Answer = (line: string) => string;

const KNOWS: Answer = (line) => (line.startsWith('HELLO') ? `hi ${line.slice(6)}\r\n` : `done ${line}\r\n`);

let folder = '';
let told: ServeEvent[] = [];
let recorder: Recorder | undefined;
let host: net.Server | undefined;

afterEach(async () => {
  await cleanUp();
  recorder?.close();
  host?.close();
  await rm(folder, { recursive: true, force: true });
});

/** Ports at which nobody listens. */
async function free(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => net.createServer().listen(0, HOST));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as net.AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/**
 * Hands over to a host that answers every line; `met` is called when it is connected to.
 *
 * @param closed a port that refused connections in training, and the one of the host behind it: where none is given, it answers
 */
async function behind(met: () => void, answer = KNOWS, closed?: readonly number[]): Promise<RunningServer> {
  folder = await mkdtemp(path.join(tmpdir(), 'scriptgen-state-'));
  const kept = (recorder = await Recorder.open(folder, tinyModel({}).services));
  told = [];
  host = net.createServer((socket) => {
    met();
    socket.on('error', () => undefined);
    socket.write('ready\r\n');
    socket.on('data', (bytes) => {
      const line = bytes.toString('latin1').trim();
      if (line.startsWith('CRASH')) socket.resetAndDestroy();
      else socket.write(answer(line));
    });
  });
  host.listen(0, HOST);
  await once(host, 'listening');
  const { port } = host.address() as net.AddressInfo;
  const [ours, theirs = port] = closed ?? [];
  const map = new Map([['tcp/2121', port], ...(ours === undefined ? [] : [[`tcp/${ours}`, theirs] as const])]);
  const options = {
    log: (event: ServeEvent) => {
      told.push(event);
      kept.log(event);
    },
    isKept: (number: number) => kept.isKept(number),
    backend: { address: HOST, map, limits: { timeout: 500 } },
  };
  const model = tinyModel({});
  return serve(null, options, ours === undefined ? model : { ...model, refused: [`tcp/${ours}`] });
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
  const [[kinds, said] = [[], []]] = await Promise.all(before);
  expect(kinds.slice(0, 2)).toEqual(['unknown request', 'hand-over']);
  expect(said.slice(0, 4)).toEqual(['ready\r\n', 'HELLO ann\r\n', 'hi ann\r\n', 'DANCE now\r\n']);
  const recordings = await eventually(async () => {
    const its = await look((state) => [...state.recordings()]);
    expect(its.map(({ facts }) => [facts.whole, facts.handedOver])).toEqual([['whole', true]]);
    return its;
  });
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
  const activities = await eventually(async () => {
    const its = await look((state) => state.activities({ kind: 'new' }));
    expect(its.map(({ count, sources }) => [count, sources])).toEqual([[5, 5]]);
    return its;
  });
  const sessions = await look((state) => state.conversationsOf(activities[0]?.id ?? ''));
  expect(sessions).toHaveLength(5);
  const { services } = learn(sessions);
  const texts = services[0]?.classes.map((each) => toLatin1(each.example)) ?? [];
  expect(texts.some((text) => text.startsWith('DANCE'))).toBe(true);
});

test('nothing is handed over that could not be written down: the emulator goes on, and tells why', async () => {
  let met = 0;
  const server = await behind(() => met++);
  const { Sql } = await import('./sqlite.js');
  const other = await Sql.open(path.join(folder, 'state.db'));
  other.exec('DROP TABLE messages');
  other.close();
  const socket = net.connect({ host: HOST, port: portOf(server) });
  await some(socket);
  socket.write('DANCE now\r\n');
  await sleep(200);
  socket.write('HELLO ann\r\n');
  expect(await some(socket)).toBe('hi ann\r\n');
  socket.end();
  await all(socket);
  expect(met).toBe(0);
  expect(told.filter(({ event }) => event === 'handover')).toMatchObject([
    { step: 'begins' },
    { step: 'failed', why: 'what was said could not be written down' },
  ]);
});

describe('a store that fails in the middle of a relay', () => {
  const database = async () => {
    const { Sql } = await import('./sqlite.js');
    return Sql.open(path.join(folder, 'state.db'));
  };

  test('ends it: nothing is passed on that is not written down, and the emulator goes on', async () => {
    const heard: string[] = [];
    const server = await behind(
      () => undefined,
      (line) => (heard.push(line), KNOWS(line)),
    );
    const socket = net.connect({ host: HOST, port: portOf(server) });
    await some(socket);
    socket.write('DANCE now\r\n');
    expect(await some(socket)).toBe('done DANCE now\r\n');
    const other = await database();
    other.exec('DROP TABLE messages');
    other.close();
    socket.write('HELLO ann\r\n');
    expect(await some(socket)).toBe('hi ann\r\n');
    expect(heard).toEqual(['DANCE now']);
    expect(told.filter(({ event }) => event === 'handover')).toMatchObject([
      { step: 'begins' },
      { step: 'relays' },
      { step: 'failed', why: 'what was said could not be written down' },
    ]);
    socket.end();
    await all(socket);
  });

  test('because it is locked holds nobody up, and is used again afterwards', async () => {
    const server = await behind(() => undefined);
    const socket = net.connect({ host: HOST, port: portOf(server) });
    await some(socket);
    socket.write('DANCE now\r\n');
    await some(socket);
    const other = await database();
    other.exec('BEGIN IMMEDIATE');
    const began = performance.now();
    for (const name of ['ann', 'bob', 'eve', 'dan']) {
      socket.write(`HELLO ${name}\r\n`);
      expect(await some(socket)).toBe(`hi ${name}\r\n`);
    }
    expect(performance.now() - began).toBeLessThan(2_000);
    socket.end();
    await all(socket);
    other.exec('ROLLBACK');
    other.close();
    await sleep(4_000);
    await session(server, '127.0.0.3', 'DANCE again');
    const sources = () => look((state) => state.samples().map(({ source }) => source));
    await eventually(async () => expect(await sources()).toEqual(['127.0.0.3']));
  });
});

test('samples are conversations that the real host answered to their end, and due once there are enough new ones', async () => {
  const server = await behind(() => undefined);
  for (const i of [2, 3, 4]) await session(server, `127.0.0.${i}`, 'HELLO ann', `DANCE ${'x'.repeat(i)}`);
  const lost = net.connect({ host: HOST, port: portOf(server), localAddress: '127.0.0.5' });
  lost.on('error', () => undefined);
  await some(lost);
  lost.write('DANCE xxxxx\r\n');
  await some(lost);
  lost.write('CRASH\r\n');
  await new Promise((resolve) => lost.once('close', resolve));
  const samples = () => look((state) => state.samples().map(({ source }) => source));
  await eventually(async () => expect(await samples()).toEqual(['127.0.0.4', '127.0.0.3', '127.0.0.2']));
  const lessons = recorder?.lessons;
  expect(lessons?.due(4, Date.now() + 1)).toEqual([]);
  expect(lessons?.due(3, Date.now() - 60_000)).toEqual([]);
  const [due] = lessons?.due(3, Date.now() + 1) ?? [];
  expect(due).toMatchObject({ service: 'tcp/2121', sessions: [1, 2, 3] });
  if (!due || !lessons) return;
  const { activity, service } = due;
  const nothing = { version: 2, waits: false, samples: 3, sources: [], classes: 1, states: 1, why: '' };
  lessons.tried({ event: 'refined', time: Date.now(), severity: 'notice', service, activity, ...nothing }, due, {
    activity,
    version: 2,
    stamp: 'noon',
    waits: false,
  });
  expect(lessons.due(1, Date.now() + 1)).toEqual([]);
  const learned = (): Promise<(number | null)[]> =>
    look((state) => state.activities({ activity }).map((each) => each.learned));
  lessons.holds(['noon']);
  expect(await learned()).toEqual([2]);
  lessons.holds([]);
  expect(await learned()).toEqual([null]);
  expect(await look((state) => state.samples(activity).length)).toBe(3);
});

test('a port that the host refuses to the client belongs to the sample, as closed', async () => {
  const closed = await free(2);
  const server = await behind(() => undefined, KNOWS, closed);
  const socket = net.connect({ host: HOST, port: portOf(server) });
  await some(socket);
  socket.write('DANCE now\r\n');
  await some(socket);
  const knock = net.connect({ host: HOST, port: closed[0] ?? 0 });
  knock.on('error', () => undefined);
  await new Promise((resolve) => knock.once('close', resolve));
  socket.end();
  await all(socket);
  await eventually(() => expect(recorder?.lessons.due(1, Date.now() + 1)).toHaveLength(1));
  expect(told).toContainEqual(expect.objectContaining({ event: 'handover', step: 'refused' }));
  const sessions = await look((state) => state.samples().flatMap((sample) => state.sessionsOf(sample)));
  expect(sessions.map(({ server: at, outcome }) => [at.port, outcome])).toEqual([
    [2121, 'complete'],
    [closed[0], 'refused'],
  ]);
});

test('what else is said in the same attack belongs to the sample, and does not count as another one', async () => {
  const open = await free(1);
  const server = await behind(() => undefined, KNOWS, open);
  const socket = net.connect({ host: HOST, port: portOf(server) });
  await some(socket);
  socket.write('DANCE now\r\n');
  await some(socket);
  const shell = net.connect({ host: HOST, port: open[0] ?? 0 });
  await some(shell);
  shell.end();
  await all(shell);
  socket.end();
  await all(socket);
  await eventually(() =>
    expect(recorder?.lessons.due(1, Date.now() + 1)).toMatchObject([{ count: 1, sessions: [1, 2] }]),
  );
  const ports = await look((state) => [...state.events({ kind: 'unexpected port' })]);
  expect(ports.map(({ alert }) => alert)).toMatchObject([{ service: `tcp/${open[0] ?? 0}`, severity: 'warning' }]);
  expect(recorder?.lessons.due(2, Date.now() + 1)).toEqual([]);
});

test('a conversation whose replay diverged is no sample', async () => {
  const server = await behind(
    () => undefined,
    (line) => (line.startsWith('HELLO') ? 'who are you?\r\n' : `done ${line}\r\n`),
  );
  const socket = net.connect({ host: HOST, port: portOf(server) });
  await some(socket);
  socket.write('HELLO ann\r\n');
  await some(socket);
  socket.write('DANCE now\r\n');
  const diverged = expect.objectContaining({ event: 'handover', step: 'diverged' }) as unknown;
  await eventually(() => expect(told).toContainEqual(diverged));
  socket.end();
  await all(socket);
  await sleep(100);
  expect(await look((state) => state.samples())).toEqual([]);
});
