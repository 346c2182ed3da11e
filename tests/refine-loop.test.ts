/** The whole round: an unknown activity is handed over, learned from, and then answered without the real host. */
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { writeModel } from '../src/model/store/index.js';
import { builtCommand, ended, firstLine, runCommand, startCommand } from './helpers/command.js';
import type { Ended } from './helpers/command.js';
import { tinyModel } from './helpers/models.js';
import { PATIENCE } from './helpers/patience.js';

const HOST = '127.0.0.1';
const NAMES = ['ann', 'christopher', 'bo', 'maximilian', 'eve'];
const command = builtCommand();

let folder: string;
let host: net.Server | undefined;
let server: ReturnType<typeof startCommand> | undefined;
const at = (name: string): string => path.join(folder, name);
const run = (...args: string[]): Promise<Ended> => runCommand(command, args);

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'scriptgen-loop-'));
  await writeModel(at('model'), tinyModel({}));
});

afterEach(async () => {
  if (server?.exitCode === null) {
    server.kill('SIGTERM');
    await once(server, 'close');
  }
  host?.close();
  await rm(folder, { recursive: true, force: true });
});

/** A real host that knows one command more than the model. */
async function realHost(): Promise<number> {
  host = net.createServer((socket) => {
    socket.on('error', () => undefined);
    socket.write('ready\r\n');
    socket.on('data', (bytes) => {
      const [word = '', name = ''] = bytes.toString('latin1').trim().split(' ');
      socket.write(word === 'HELLO' ? `hi ${name}\r\n` : `now dancing: ${name}\r\n`);
    });
    socket.on('end', () => socket.end());
  });
  host.listen(0, HOST);
  await once(host, 'listening');
  return (host.address() as net.AddressInfo).port;
}

async function serve(...more: string[]): Promise<number> {
  const backend = await realHost();
  server = startCommand(command, [
    ...['serve', at('model'), '--host', HOST, '--map', 'tcp/2121=0', '--state', at('state'), '--json'],
    ...['--backend', HOST, '--backend-map', `tcp/2121=${backend}`, ...more],
  ]);
  const { listening } = JSON.parse(await firstLine(server)) as { listening: { port: number }[] };
  return listening[0]?.port ?? 0;
}

/** Greets and dances; what is answered to the dance, or nothing. */
async function dance(port: number, from: string, name: string, patience = PATIENCE): Promise<string> {
  const socket = net.connect({ port, host: HOST, localAddress: from });
  const heard = async (): Promise<string> => String((await once(socket, 'data'))[0]);
  await heard();
  socket.write('HELLO dave\r\n');
  await heard();
  socket.write(`DANCE ${name}\r\n`);
  const answer = await Promise.race([heard(), sleep(patience, '', { ref: false })]);
  socket.end();
  await once(socket, 'close');
  return answer;
}

/** Everybody from an address of their own, or all from the same one. */
async function danceAll(port: number, from = (i: number) => `127.0.0.${i + 2}`): Promise<void> {
  for (const [i, name] of NAMES.entries()) expect(await dance(port, from(i), name)).toBe(`now dancing: ${name}\r\n`);
}

interface Refined {
  readonly activity: string;
  readonly severity: string;
  readonly version: number | null;
  readonly waits: boolean;
  readonly samples: number;
  readonly sources: readonly string[];
  readonly states: number;
  readonly why: string;
}

/** The events that tell of refinements, once there are any. */
async function refinements(): Promise<readonly Refined[]> {
  for (const end = Date.now() + PATIENCE; Date.now() < end;) {
    const { out } = await run('events', at('state'), '--kind', 'refined', '--json');
    const { events } = JSON.parse(out) as { events: Refined[] };
    if (events.length > 0) return events;
    await sleep(500);
  }
  return [];
}

async function untilVersion(version: number): Promise<void> {
  const child = server;
  if (!child) throw new Error('nothing serves');
  await new Promise<void>((resolve) => {
    child.stdout.on('data', (text: Buffer) => {
      if (text.toString().includes(`"version":${version}`)) resolve();
    });
  });
}

test('what was handed over often enough is answered without the real host from then on', async () => {
  const port = await serve('--refine-after', '5');
  const taken = untilVersion(2);
  await danceAll(port);
  const [refined] = await refinements();
  expect(refined).toMatchObject({ severity: 'notice', version: 2, waits: false, samples: 5 });
  expect([...(refined?.sources ?? [])].sort()).toEqual(NAMES.map((_, i) => `127.0.0.${i + 2}`));
  expect(refined?.states).toBeGreaterThan(0);
  await taken;
  host?.close();
  expect(await dance(port, '127.0.0.9', 'wilhelmina')).toBe('now dancing: wilhelmina\r\n');
  const { out } = await run('events', at('state'), '--activities', '--json');
  const { activities } = JSON.parse(out) as { activities: { id: string; learned: number | null }[] };
  expect(activities.find(({ id }) => id === refined?.activity)?.learned).toBe(2);
  const versions = JSON.parse((await run('versions', at('model'), '--json')).out) as {
    versions: { refinement: { conversations: number; sources: { address: string }[] } | null }[];
  };
  expect(versions.versions.at(-1)?.refinement?.sources.map(({ address }) => address)).toContain('127.0.0.2');
});

test('with --quarantine it is learned, and answered once somebody has approved it', async () => {
  const port = await serve('--refine-after', '5', '--quarantine');
  await danceAll(port);
  const [refined] = await refinements();
  expect(refined).toMatchObject({ version: 2, waits: true });
  host?.close();
  expect(await dance(port, '127.0.0.9', 'wilhelmina', 1_500)).not.toContain('wilhelmina');
  const taken = untilVersion(2);
  expect((await run('approve', at('model'), '2')).status).toBe(0);
  await taken;
  expect(await dance(port, '127.0.0.10', 'wilhelmina')).toBe('now dancing: wilhelmina\r\n');
});

test('what somebody has undone is handed over again, and not learned again by itself', async () => {
  const port = await serve('--refine-after', '5');
  const learned = untilVersion(2);
  await danceAll(port);
  expect(await refinements()).toHaveLength(1);
  await learned;
  const undone = untilVersion(1);
  expect((await run('undo', at('model'))).status).toBe(0);
  await undone;
  await danceAll(port);
  await sleep(5_000);
  expect(await refinements()).toHaveLength(1);
  const { out } = await run('events', at('state'), '--activities', '--json');
  const { activities } = JSON.parse(out) as { activities: { kind: string; learned: number | null }[] };
  expect(activities.find(({ kind }) => kind === 'new')?.learned).toBe(null);
});

test('sessions of one source count each, but not those with nothing new in them', async () => {
  const port = await serve('--refine-after', '5');
  const taken = untilVersion(2);
  for (let i = 0; i < 3; i++) expect(await dance(port, '127.0.0.2', `number${'x'.repeat(i)}`)).toMatch(/^now dancing/);
  for (let i = 0; i < 3; i++) {
    const socket = net.connect({ port, host: HOST, localAddress: '127.0.0.2' });
    await once(socket, 'data');
    socket.end('HELLO dave\r\n');
    socket.resume();
    await once(socket, 'close');
  }
  await sleep(5_000);
  expect((await run('events', at('state'), '--kind', 'refined')).out).toBe('');
  await danceAll(port, () => '127.0.0.2');
  const [refined, ...more] = await refinements();
  expect([refined?.version, refined?.sources, more]).toEqual([2, ['127.0.0.2'], []]);
  // three of the first six held nothing new: it may begin with the fifth that does, while others are said still
  expect(refined?.samples).toBeGreaterThanOrEqual(8);
  expect(refined?.samples).toBeLessThanOrEqual(11);
  await taken;
  host?.close();
  expect(await dance(port, '127.0.0.9', 'wilhelmina')).toBe('now dancing: wilhelmina\r\n');
});

test('a refinement that fails is told once, and the server goes on', async () => {
  await writeFile(at('model/versions'), 'no folder');
  const port = await serve('--refine-after', '5');
  await danceAll(port);
  expect(await refinements()).toHaveLength(1);
  await sleep(2_500);
  expect(await refinements()).toMatchObject([
    { severity: 'warning', version: null, samples: 5, why: expect.stringContaining(at('model')) as string },
  ]);
  expect(await dance(port, '127.0.0.9', 'wilhelmina')).toBe('now dancing: wilhelmina\r\n');
});

test('refine --state learns by hand what was handed over, and says where there is nothing', async () => {
  const port = await serve('--refine-after', '0');
  const empty = await run('refine', at('model'), '--state', at('state'));
  expect([empty.status, empty.err]).toEqual([1, expect.stringMatching(/nothing to learn from/)]);
  await danceAll(port);
  if (server) {
    server.kill('SIGTERM');
    await ended(server);
  }
  const activities = (await run('events', at('state'), '--activities', '--json')).out;
  const id = (JSON.parse(activities) as { activities: { id: string; kind: string }[] }).activities.find(
    ({ kind }) => kind === 'new',
  )?.id;
  const other = await run('refine', at('model'), '--state', at('state'), '--activity', 'ffffffff');
  expect(other.status).toBe(1);
  const done = await run('refine', at('model'), '--state', at('state'), '--activity', id?.slice(0, 8) ?? '');
  expect(done.out).toMatch(/is version 2 now/);
  const again = await run('refine', at('model'), '--state', at('state'));
  expect(again.out).toMatch(/nothing is new/);
  expect((await run('refine', at('model'))).err).toMatch(/give what there is to learn from/);
});
