/** A state folder seen from outside: the commands that write and read it, and a server that is killed. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeModel } from '../src/model/store/index.js';
import { builtCommand, ended, firstLine, runCommand, startCommand } from './helpers/command.js';
import type { Ended } from './helpers/command.js';
import { tinyModel } from './helpers/models.js';

let command: string;
let folder: string;
const at = (name: string): string => path.join(folder, name);
const run = (...args: string[]): Promise<Ended> => runCommand(command, args);

beforeAll(async () => {
  command = builtCommand();
  folder = await mkdtemp(path.join(tmpdir(), 'scriptgen-state-'));
  await writeModel(at('model'), tinyModel({}));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

async function say(port: number, ...lines: string[]): Promise<void> {
  const socket = net.connect(port, '127.0.0.1');
  await once(socket, 'data');
  for (const line of lines) {
    socket.write(line);
    await (line.startsWith('HELLO') ? once(socket, 'data') : sleep(20));
  }
  socket.end();
  socket.resume();
  await once(socket, 'close');
}

test('what a server keeps is read by other commands, while it serves and afterwards', async () => {
  const server = startCommand(command, [
    ...['serve', at('model'), '--host', '127.0.0.1', '--map', 'tcp/2121=0', '--state', at('state'), '--json'],
  ]);
  const { listening } = JSON.parse(await firstLine(server)) as { listening: { port: number }[] };
  const port = listening[0]?.port ?? 0;
  const following = startCommand(command, ['events', at('state'), '--follow', '--json']);
  const line = firstLine(following);
  for (let i = 0; i < 5; i++) await say(port, 'HELLO dave\r\n', `SHUTDOWN ${'x'.repeat(i + 1)}\r\n`);
  expect(JSON.parse(await line)).toMatchObject({
    event: 'unknown request',
    severity: 'alert',
    request: 'SHUTDOWN x\\r\\n',
  });
  following.kill();

  const lines = await run('events', at('state'));
  expect(lines.out.split('\n').filter((text) => text.includes('unknown request'))).toHaveLength(1);
  expect(lines.out).toMatch(/alert tcp\/2121 unknown request .* ×5 since .* by 127\.0\.0\.1/);
  expect(lines.out).toMatch(/nearest is «HELLO bob\\r\\n»/);
  const document = JSON.parse((await run('events', at('state'), '--json', '--severity', 'warning')).out) as {
    events: [];
  };
  expect(document.events).toHaveLength(5);
  expect(JSON.parse((await run('events', at('state'), '--json', '--severity', 'alert')).out)).toMatchObject({
    events: [{ time: expect.stringMatching(/^\d{4}-/) as string, source: '127.0.0.1', path: [1] }],
  });
  expect((await run('events', at('state'), '--source', '192.0.2.7')).out).toBe('');

  server.kill('SIGTERM');
  expect(await ended(server)).toMatchObject({ status: 0 });
  expect((await run('events', at('state'), '--activities')).out).toMatch(/new +tcp\/2121 +5 +1 /);

  expect((await run('export-conversations', at('state'), '-o', at('unknown.pcap'))).out).toMatch(
    /5 sessions \(5 whole\)/,
  );
  const learned = await run('learn', at('unknown.pcap'), '-o', at('learned'), '--json');
  expect(learned.status).toBe(0);
  expect(await readFile(at('learned/tcp-2121.json'), 'utf8')).toContain('SHUTDOWN');
});

test('a folder that can not be used is refused in one sentence', async () => {
  await writeFile(at('letter'), 'no folder');
  for (const [args, status, sentence] of [
    [['events', at('nowhere')], 2, /holds no state; name a folder that serve --state has written/],
    [['events', at('letter')], 2, /holds no state/],
    [['export-conversations', at('nowhere'), '-o', at('x.pcap')], 2, /holds no state/],
    [
      ['serve', at('model'), '--host', '127.0.0.1', '--map', 'tcp/2121=0', '--state', at('letter')],
      1,
      /can not be used/,
    ],
    [['events', at('nowhere'), '--severity', 'loud'], 2, /Allowed choices are info, notice, warning, alert/],
  ] as const) {
    const result = await run(...args);
    expect(result.err).toMatch(sentence);
    expect(result.err.trim().split('\n').length).toBeLessThan(3);
    expect(result.status).toBe(status);
  }
});

// a file system of its own, that a few requests fill, takes root
const canMount = process.getuid?.() === 0 && process.platform === 'linux';
if (!canMount) console.warn('SKIPPED: a full disk (needs root, for a small file system of its own)');
test.skipIf(!canMount)(
  'a full disk: the server says so once in a while, goes on answering, and what was written can be read',
  async () => {
    const disk = at('disk');
    await mkdir(disk);
    expect(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=400k', 'tmpfs', disk]).status).toBe(0);
    try {
      const server = startCommand(command, [
        ...['serve', at('model'), '--host', '127.0.0.1', '--map', 'tcp/2121=0', '--state', disk, '--json'],
      ]);
      const end = ended(server);
      const { listening } = JSON.parse(await firstLine(server)) as { listening: { port: number }[] };
      for (let i = 0; i < 60; i++)
        await say(listening[0]?.port ?? 0, 'HELLO dave\r\n', `SHUTDOWN ${'x'.repeat(8000)}${i}\r\n`, 'HELLO eve\r\n');
      server.kill('SIGTERM');
      const { status, err } = await end;
      expect(status).toBe(0);
      expect(err).toMatch(/warning: .*disk: events can not be kept: .*full/);
      expect(err.trim().split('\n').length).toBeLessThan(10);
      expect((await run('events', disk)).out).toMatch(/unknown request/);
    } finally {
      spawnSync('umount', [disk]);
    }
  },
  60_000,
);

test('a server that is killed at any moment leaves a whole folder, in which what was cut is marked', () => {
  const script = path.resolve(import.meta.dirname, '../scripts/crash-store.mjs');
  const done = spawnSync(process.execPath, [script, '--times', '10', '--clients', '4'], {
    encoding: 'utf8',
    env: { ...process.env, SCRIPTGEN: command },
  });
  expect(done.stderr).toBe('');
  expect(done.stdout).toMatch(/^10 kills; /);
});
