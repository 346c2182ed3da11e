/** The commands seen from outside: what they print, and with which status they end when something is wrong. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { writeModel } from '../src/model/store/index.js';
import { builtCommand, ended, firstLine, runCommand, startCommand } from './helpers/command.js';
import type { Ended } from './helpers/command.js';
import { tinyModel } from './helpers/models.js';

const CAPTURE = path.resolve(import.meta.dirname, '../examples/mail.pcap');

let command: string;
let folder: string;
const children: ReturnType<typeof startCommand>[] = [];

const at = (name: string): string => path.join(folder, name);
const run = (...args: string[]): Promise<Ended> => runCommand(command, args);

function start(...args: string[]): ReturnType<typeof startCommand> {
  const child = startCommand(command, args);
  children.push(child);
  return child;
}

/** One sentence of ours on standard error, nothing on standard output, no stack. */
function expectRefusal(result: Ended, status: number, sentence: RegExp): void {
  expect(result.err).toMatch(/^scriptgen: /);
  expect(result.err).toMatch(sentence);
  expect(result.err).not.toMatch(/^\s+at /m);
  expect(result.err.trim().split('\n')).toHaveLength(1);
  expect(result.out).toBe('');
  expect(result.status).toBe(status);
}

beforeAll(async () => {
  command = builtCommand();
  folder = await mkdtemp(path.join(tmpdir(), 'scriptgen-cli-'));
  await writeModel(at('model'), tinyModel({}));
  await writeFile(at('empty'), '');
  await writeFile(at('letter.txt'), 'Dear reader,\nthis is not a capture.\n');
  await writeFile(at('short.pcap'), readFileSync(CAPTURE).subarray(0, 20));
  await writeFile(at('cut.pcap'), readFileSync(CAPTURE).subarray(0, 60_001));
  await writeFile(at('nothing.pcap'), readFileSync(CAPTURE).subarray(0, 24));
  await cp(at('model'), at('newer'), { recursive: true });
  await writeFile(
    at('newer/model.json'),
    (await readFile(at('newer/model.json'), 'utf8')).replace('"schema": 1', '"schema": 2'),
  );
  await cp(at('model'), at('changed'), { recursive: true });
  await writeFile(
    at('changed/tcp-2121.json'),
    (await readFile(at('changed/tcp-2121.json'), 'utf8')).replace('ready', 'steady'),
  );
  await cp(at('model'), at('half'), { recursive: true });
  await writeFile(at('half/model.json'), (await readFile(at('half/model.json'), 'utf8')).slice(0, 100));
  await cp(at('model'), at('torn'), { recursive: true });
  await rm(at('torn/tcp-2121.json'));
  const many = Array.from({ length: 200 }, (_, i) => tinyModel({ port: 1000 + i }).services);
  await writeModel(at('many'), { ...tinyModel({}), services: many.flat() });
  await mkdir(at('folder'));
  await writeFile(at('folder/diary.txt'), 'mine');
});

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('every command', () => {
  const commands = ['learn', 'serve', 'replay', 'inspect', 'export'];

  test.each([[[]], ...commands.map((name) => [[name]])])(
    '%j explains itself with --help, and ends with 0',
    async (args) => {
      const { status, out, err } = await run(...args, '--help');
      expect([status, err]).toEqual([0, '']);
      expect(out).toMatch(args.length === 0 ? /Exit status/ : /Examples?:/);
    },
  );

  test.each(commands)('%s ends with 2 when it is used wrongly', async (name) => {
    for (const args of [[name], [name, at('model'), '--no-such-option']]) {
      const { status, out, err } = await run(...args);
      expect([status, out]).toEqual([2, '']);
      expect(err).toMatch(/^scriptgen: /);
    }
  });

  test('tells its version', async () => {
    expect(await run('--version')).toMatchObject({
      status: 0,
      out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) as string,
    });
  });

  test('without any command there is help, and status 2', async () => {
    expect(await run()).toMatchObject({ status: 2, err: expect.stringContaining('Usage:') as string });
    expectRefusal(
      { ...(await run('lern')), err: (await run('lern')).err.split('\n')[0] ?? '' },
      2,
      /unknown command 'lern'/,
    );
  });
});

describe('captures that can not be used', () => {
  const cases: [string, RegExp][] = [
    ['no-such.pcap', /no-such\.pcap.*(no such file|not exist|is not there|missing)/i],
    ['empty', /empty/],
    ['letter.txt', /letter\.txt is not a packet capture/],
    ['short.pcap', /short\.pcap/],
    ['folder', /folder/],
  ];

  test.each(cases)('learn %s', async (name, sentence) => {
    expectRefusal(await run('learn', at(name), '-o', at('never')), 2, sentence);
    expect(await readdir(folder)).not.toContain('never');
  });

  test.each(cases)('replay %s', async (name, sentence) => {
    expectRefusal(await run('replay', at(name), '--target', '127.0.0.1'), 2, sentence);
  });

  test('with nothing in them that can be learned or replayed', async () => {
    for (const args of [
      ['learn', at('nothing.pcap'), '-o', at('never')],
      ['replay', at('nothing.pcap'), '--target', '127.0.0.1'],
    ]) {
      const { status, err, out } = await run(...args);
      expect([status, out]).toEqual([1, '']);
      expect(err).toMatch(/^scriptgen: warning: .*\nscriptgen: nothing to (learn from|replay): .*\n$/);
    }
    expectRefusal(await run('learn', CAPTURE, '-o', at('never'), '--port', 'tcp/9'), 1, /nothing to learn from/);
    expect(await readdir(folder)).not.toContain('never');
  });
});

describe('models that can not be used', () => {
  const cases: [string, RegExp][] = [
    ['no-such-model', /no-such-model: there is no such folder/],
    ['folder', /folder: no model here/],
    ['letter.txt', /letter\.txt: a file, not the folder of a model/],
    ['newer', /model\.json: written by a newer scriptgen \(schema 2/],
    ['changed', /tcp-2121\.json: changed since it was written/],
    ['half', /model\.json: cut off or changed/],
    ['torn', /tcp-2121\.json: missing/],
  ];

  // a file that is given to `serve` is meant as a capture
  test.each(cases.filter(([name]) => name !== 'letter.txt'))('serve %s', async (name, sentence) => {
    expectRefusal(await run('serve', at(name), '--host', '127.0.0.1'), 2, sentence);
  });

  test.each(cases)('inspect %s', async (name, sentence) => {
    expectRefusal(await run('inspect', at(name)), 2, sentence);
  });

  test.each(cases)('export %s', async (name, sentence) => {
    expectRefusal(await run('export', at(name), '--to', 'script', '-o', at('never.mjs')), 2, sentence);
  });
});

describe('learn', () => {
  test('writes a model, the same each time, and says what it did', async () => {
    const first = await run('learn', CAPTURE, '-o', at('mail'));
    expect([first.status, first.err]).toEqual([0, '']);
    expect(first.out).toMatch(/^service +server +sessions/m);
    expect(first.out).toMatch(/tcp\/25/);
    expect((await run('learn', CAPTURE, '-o', at('mail-again'))).status).toBe(0);
    for (const name of await readdir(at('mail')))
      expect(await readFile(at(`mail-again/${name}`), 'utf8')).toBe(await readFile(at(`mail/${name}`), 'utf8'));
  });

  test('reads standard input, takes less when told to, and prints one JSON document', async () => {
    const { status, out, err } = await runCommand(
      command,
      ['learn', '-', '-o', at('first'), '--first', '5', '--json'],
      readFileSync(CAPTURE),
    );
    expect([status, err]).toEqual([0, '']);
    expect(JSON.parse(out)).toMatchObject({
      model: at('first'),
      capture: { used: 5 },
      services: [{ service: 'tcp/25', sessions: 5 }],
    });
  });

  test('learns from what a cut capture still holds, and warns', async () => {
    const { status, err } = await run('learn', at('cut.pcap'), '-o', at('cut'));
    expect(status).toBe(0);
    expect(err).toMatch(/^scriptgen: warning: .*cut\.pcap/);
  });

  test('refuses a folder that holds something else, before it reads anything', async () => {
    expectRefusal(await run('learn', at('no-such.pcap'), '-o', at('folder')), 2, /something else than a model/);
    expect(await readdir(at('folder'))).toEqual(['diary.txt']);
  });

  test.each([
    ['--macro', '1.5'],
    ['--micro', 'x'],
    ['--links', 'some'],
    ['--first', '0'],
    ['--seed', '-1'],
    ['--port', '21'],
    ['--port', 'tcp/70000'],
    ['--server', 'example'],
    ['--max-states', '1e3'],
  ])('refuses %s %s', async (option, value) => {
    const { status, out, err } = await run('learn', CAPTURE, '-o', at('never'), `${option}=${value}`);
    expect([status, out]).toEqual([2, '']);
    expect(err).toContain(option);
    expect(await readdir(folder)).not.toContain('never');
  });

  test('Ctrl-C leaves no half model', async () => {
    const child = start('learn', CAPTURE, '-o', at('interrupted'));
    setTimeout(() => child.kill('SIGINT'), 250);
    const { status, signal } = await ended(child);
    if (status === 0) return;
    expect(signal === 'SIGINT' || status === 130).toBe(true);
    expect((await readdir(folder)).filter((name) => name.includes('interrupted'))).toEqual([]);
  });
});

describe('serve', () => {
  test('says one line, answers, and ends with 0 on SIGTERM', async () => {
    const child = start('serve', at('model'), '--host', '127.0.0.1', '--map', 'tcp/2121=0', '--log', at('log.jsonl'));
    const line = await firstLine(child);
    const port = Number(/^listening: tcp\/2121 moved to 127\.0\.0\.1:(\d+)$/.exec(line)?.[1]);
    const socket = net.connect(port, '127.0.0.1');
    socket.write('HELLO you\r\n');
    let heard = '';
    while (!heard.includes('hi you')) heard += String((await once(socket, 'data'))[0]);
    child.kill('SIGTERM');
    expect((await ended(child)).status).toBe(0);
    const events = (await readFile(at('log.jsonl'), 'utf8'))
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text) as { event: string; bytes?: string });
    expect(events.map(({ event }) => event)).toEqual([
      'listening',
      'opened',
      'sent',
      'received',
      'note',
      'sent',
      'closed',
    ]);
    expect(events[3]?.bytes).toBe('HELLO you\\r\\n');
    socket.destroy();
  });

  test('learns a capture at once, answers as it taught, and keeps nothing', async () => {
    const before = await readdir(folder);
    const child = start('serve', CAPTURE, '--host', '127.0.0.1', '--map', 'tcp/25=0');
    const port = Number(/:(\d+)$/.exec(await firstLine(child))?.[1]);
    const socket = net.connect(port, '127.0.0.1');
    let heard = '';
    const until = async (end: RegExp): Promise<void> => {
      while (!end.test(heard)) heard += String((await once(socket, 'data'))[0]);
      heard = '';
    };
    await until(/^220 .*\r\n$/);
    socket.write('EHLO never.seen.example\r\n');
    await until(/\r\n250 .*\r\n$/);
    child.kill('SIGTERM');
    expect((await ended(child)).status).toBe(0);
    socket.destroy();
    expect(await readdir(folder)).toEqual(before);
  });

  test('a file that is no capture, and a capture that nothing could be learned into', async () => {
    expectRefusal(
      await run('serve', at('letter.txt'), '--host', '127.0.0.1'),
      2,
      /letter\.txt is not a packet capture/,
    );
    const nothing = await run('serve', at('nothing.pcap'), '--host', '127.0.0.1');
    expect([nothing.status, nothing.out]).toEqual([1, '']);
    expect(nothing.err).toMatch(/nothing to learn from: no complete session/);
    const backend = ['--backend', '127.0.0.9', '--state', at('never')];
    expectRefusal(
      await run('serve', CAPTURE, '--host', '127.0.0.1', ...backend),
      2,
      /is a capture.*learn a model first.*--refine-after 0/,
    );
  });

  test('says where it listens as JSON', async () => {
    const line = await firstLine(start('serve', at('model'), '--host', '127.0.0.1', '--map', 'tcp/2121=0', '--json'));
    expect(JSON.parse(line)).toEqual({
      listening: [{ service: 'tcp/2121', address: '127.0.0.1', port: expect.any(Number) as number }],
    });
  });

  test('a reader of its output that goes away does not end it', async () => {
    const child = start('serve', at('model'), '--host', '127.0.0.1', '--map', 'tcp/2121=0', '--log', '-');
    const line = await firstLine(child);
    const { port } = JSON.parse(line) as { port: number };
    child.stdout.destroy();
    for (let i = 0; i < 3; i++) {
      const socket = net.connect(port, '127.0.0.1');
      expect(String((await once(socket, 'data'))[0])).toBe('ready\r\n');
      socket.destroy();
      await once(socket, 'close');
    }
    child.kill('SIGTERM');
    expect((await once(child, 'exit'))[0]).toBe(0);
  });

  test('a busy port', async () => {
    const server = net.createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as net.AddressInfo;
    expectRefusal(
      await run('serve', at('model'), '--host', '127.0.0.1', '--map', `tcp/2121=${port}`),
      1,
      new RegExp(`port ${port} at 127\\.0\\.0\\.1 is taken.*--map tcp/2121=PORT`),
    );
    server.close();
  });

  test('an address that is not there', async () => {
    expectRefusal(
      await run('serve', at('model'), '--host', '192.0.2.55'),
      1,
      /192\.0\.2\.55 is not an address of this machine/,
    );
    expectRefusal(
      await run('serve', at('model'), '--host', 'nowhere.invalid'),
      1,
      /nowhere\.invalid is not a known name/,
    );
  });

  test('mappings and logs that do not fit', async () => {
    expectRefusal(
      await run('serve', at('model'), '--host', '127.0.0.1', '--map', 'udp/53=5353'),
      2,
      /no service udp\/53/,
    );
    expectRefusal(
      await run('serve', at('model'), '--host', '127.0.0.1', '--log', at('no/such/folder')),
      1,
      /the log can not be written/,
    );
    expectRefusal(
      await run('serve', at('model'), '--host', '127.0.0.1', '--log', '-', '--json'),
      2,
      /both want standard output/,
    );
    expect((await run('serve', at('model'), '--host', '127.0.0.1', '--map', 'tcp/2121')).status).toBe(2);
    expect((await run('serve', at('model'), '--host', '127.0.0.1', '--idle', 'soon')).status).toBe(2);
  });
});

describe('replay', () => {
  test('what was learned answers as recorded, as far as it does not make things up', async () => {
    expect((await run('learn', CAPTURE, '-o', at('replayed'))).status).toBe(0);
    const line = await firstLine(start('serve', at('replayed'), '--host', '127.0.0.1', '--map', 'tcp/25=0', '--json'));
    const [place] = (JSON.parse(line) as { listening: { port: number }[] }).listening;
    const { status, out } = await run(
      'replay',
      CAPTURE,
      '--target',
      '127.0.0.1',
      '--map',
      `tcp/25=${place?.port ?? 0}`,
      '--json',
    );
    expect(status).toBe(0);
    const [score] = (JSON.parse(out) as { services: { similarity: number; failed: number }[] }).services;
    expect(score?.failed).toBe(0);
    expect(score?.similarity).toBeGreaterThan(0.9);
  });

  test('against nobody', async () => {
    const { status, err } = await run('replay', CAPTURE, '--target', '127.0.0.1', '--map', 'tcp/25=1', '--first', '2');
    expect(status).toBe(1);
    expect(err).toMatch(/^scriptgen: 127\.0\.0\.1: not one connection came about \(2 connection refused\)/);
  });
});

describe('inspect', () => {
  test('explains, counts, draws', async () => {
    expect((await run('inspect', at('model'))).out).toMatch(/^state 1: reached 3 times/m);
    expect((await run('inspect', at('model'), '--summary')).out).toMatch(/^tcp\/2121 +192\.0\.2\.1 +3/m);
    expect((await run('inspect', at('model'), '--dot')).out).toMatch(/^digraph/);
    expect((await run('inspect', at('model'), '--svg')).out).toMatch(/<\/svg>\s*$/);
    expect(await run('inspect', at('model'), '--svg', at('model.svg'))).toMatchObject({ status: 0, out: '' });
    expect(await readFile(at('model.svg'), 'utf8')).toContain('</svg>');
    expect(JSON.parse((await run('inspect', at('model'), '--json')).out)).toMatchObject({
      schema: 1,
      services: [{ service: 'tcp/2121', states: 2 }],
    });
  });

  test('compares with an earlier model', async () => {
    await writeModel(at('later'), tinyModel({ greeting: new TextEncoder().encode('welcome') }));
    const { status, out } = await run('inspect', at('later'), '--against', at('model'));
    expect([status, out]).toEqual([0, '~ tcp/2121\n  ~ state "ready\\r\\n"\n          "welcome"\n']);
    expectRefusal(await run('inspect', at('later'), '--against', at('nowhere')), 2, /there is no such folder/);
  });

  test('refuses what does not go together', async () => {
    expectRefusal(await run('inspect', at('model'), '--service', 'tcp/1'), 2, /no service tcp\/1; it has tcp\/2121/);
    expectRefusal(await run('inspect', at('model'), '--dot', '--json'), 2, /exclude each other/);
    expectRefusal(await run('inspect', at('model'), '--svg', at('no/such/x.svg')), 1, /the drawing can not be written/);
  });

  test('a reader that has seen enough is no error', async () => {
    const child = spawn('sh', [
      '-c',
      `"$0" "$1" inspect "$2" | head -n 1; echo`,
      process.execPath,
      command,
      at('many'),
    ]);
    let err = '';
    child.stderr.on('data', (text: Buffer) => (err += text.toString()));
    expect((await once(child, 'close'))[0]).toBe(0);
    expect(err).toBe('');
  });
});

test('SCRIPTGEN_DEBUG shows where an error comes from', async () => {
  const child = spawn(process.execPath, [command, 'inspect', at('folder')], {
    env: { ...process.env, SCRIPTGEN_DEBUG: '1' },
  });
  let err = '';
  child.stderr.on('data', (text: Buffer) => (err += text.toString()));
  expect((await once(child, 'close'))[0]).toBe(2);
  expect(err).toMatch(/^\s+at /m);
});
