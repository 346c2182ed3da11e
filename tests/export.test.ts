/** Exported scripts answer byte for byte as the engine in memory does, over every capture at hand. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { basename, join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { bundle } from '../scripts/lib/bundle.mjs';
import { concat, toLatin1 } from '../src/bytes/bytes.js';
import { seeded } from '../src/bytes/random.js';
import { newReport, readSessions, type Endpoint, type Session } from '../src/capture/index.js';
import { compile } from '../src/emulate/index.js';
import { makeHoneyd } from '../src/export/honeyd.js';
import { nameOf } from '../src/export/pack.js';
import { makeScript } from '../src/export/script.js';
import { learn } from '../src/learn/index.js';
import type { Model, ServiceModel } from '../src/model/types.js';
import { startServer } from '../src/net/index.js';
import { DatagramLine, FramedLine, StreamLine, play, type Line } from './helpers/players.js';
import { stepsOf, type Step } from './helpers/steps.js';

const root = resolve(import.meta.dirname, '..');
const testbed = resolve(process.env['TESTBED_CAPTURES'] ?? join(root, '..', 'shared', 'captures', 'testbed'));
/** Sessions of a capture to learn from, and to play. */
const LEARNED = 6;
const PLAYED = 2;
/** The clock stands still, since answers may tell the time. */
const NOW = 1_700_000_000_000;
const STILL = `data:text/javascript,Date.now=()=>${NOW}`;
const SEED = 7;
const HOST = '127.0.0.1';
const GENERATOR = 'scriptgen 0.0.0';

const capturesOf = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.pcap'))
    .sort()
    .map((name) => join(folder, name));
const captures = capturesOf(join(root, 'examples'));
if (existsSync(testbed)) captures.push(...capturesOf(testbed));
else console.warn(`There are no captures at ${testbed}: exports are only tested with examples/.`);
const python = spawnSync('python3', ['--version']).status === 0;
if (!python) console.warn('There is no python3: exports are not started as honeyd would.');

/** What was learned of a capture, and the sessions that are played again. */
interface Learned {
  readonly services: readonly ServiceModel[];
  readonly played: readonly {
    readonly service: ServiceModel;
    readonly session: Session;
  }[];
}

async function learned(capture: string): Promise<Learned> {
  const sessions: Session[] = [];
  for await (const session of readSessions([capture], newReport())) {
    if (session.outcome === 'complete' && session.messages.length > 0) sessions.push(session);
  }
  const { services } = learn(sessions.slice(0, LEARNED));
  const known = sessions.flatMap((session) => {
    const service = services.find(
      ({ transport, port }) => transport === session.transport && port === session.server.port,
    );
    return service ? [{ service, session }] : [];
  });
  const step = Math.max(1, Math.floor(known.length / PLAYED));
  return { services, played: known.filter((_, i) => i % step === 0).slice(0, PLAYED) };
}

const said = (heard: readonly (readonly Uint8Array[])[], datagrams: boolean): string[][] =>
  heard.map((messages) => (datagrams ? messages.map(toLatin1) : [toLatin1(concat(messages))]));
const expected = (steps: readonly Step[], datagrams: boolean): string[][] =>
  said(
    steps.map(({ hear }) => hear),
    datagrams,
  );

const exited = (child: ChildProcess): Promise<number | null> =>
  new Promise((done) => (child.exitCode === null ? child.once('exit', done) : done(child.exitCode)));

let folder: string;
let runtime: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'scriptgen-'));
  runtime = await bundle(join(root, 'src', 'export', 'runtime', 'main.ts'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

afterEach(() => vi.useRealTimers());

describe.each(captures)('%s', (capture) => {
  const name = `${basename(capture, '.pcap')}.mjs`;
  let script: string;
  let known: Learned;
  beforeAll(async () => {
    known = await learned(capture);
    script = join(folder, name);
    writeFileSync(script, makeScript({ services: known.services, name, generator: GENERATOR, runtime }));
  });

  it('plays one connection on standard input and output', async () => {
    let answered = 0;
    for (const { service, session } of known.played) {
      const compiled = compile(service);
      const { client, server } = session;
      const steps = stepsOf(compiled, session, { client, server }, seeded(SEED), NOW);
      answered += steps.filter(({ hear }) => hear.length > 0).length;
      const args = ['--import', STILL, script, '--stdio', '--service', nameOf(service), '--seed', `${SEED}`];
      const env = {
        PATH: process.env['PATH'],
        HONEYD_IP_SRC: client.address,
        HONEYD_SRC_PORT: `${client.port}`,
        HONEYD_IP_DST: server.address,
        HONEYD_DST_PORT: `${server.port}`,
      };
      const child = spawn(process.execPath, args, { env });
      let errors = '';
      child.stderr.on('data', (text: Buffer) => (errors += text.toString()));
      const heard = await play(new StreamLine(child.stdout, child.stdin), steps, service.framing.silence);
      expect(said(heard, false)).toEqual(expected(steps, false));
      child.stdin.end();
      expect(await exited(child)).toBe(0);
      expect(errors).toBe('');
    }
    expect(answered).toBeGreaterThan(0);
  });

  it.skipIf(!python)('plays one connection as honeyd starts it', async () => {
    const { files } = makeHoneyd({
      services: known.services,
      folder,
      node: process.execPath,
      generator: GENERATOR,
      runtime,
    });
    for (const file of files) writeFileSync(join(folder, file.name), file.text);
    const configuration = readFileSync(join(folder, 'honeyd.conf'), 'utf8');
    for (const { service, session } of known.played) {
      const compiled = compile(service);
      const { transport, port } = service;
      const { client, server } = session;
      const line = new RegExp(`^add scriptgen ${transport} port ${port} "([^"]+)"$`, 'm').exec(configuration);
      expect(line).not.toBeNull();
      const command = `${line?.[1] ?? ''} --seed ${SEED}`;
      const steps = stepsOf(compiled, session, { client, server }, seeded(SEED), NOW);
      const args = [transport, client.address, `${client.port}`, server.address, `${server.port}`, command];
      const child = spawn('python3', [join(root, 'tests', 'helpers', 'honeyd.py'), ...args], {
        env: { ...process.env, NODE_OPTIONS: `--import ${STILL}` },
      });
      let errors = '';
      child.stderr.on('data', (text: Buffer) => (errors += text.toString()));
      const datagrams = transport === 'udp';
      const framed = new FramedLine(child.stdout, child.stdin, datagrams);
      const heard = await play(framed, steps, service.framing.silence);
      const filled = (all: readonly Step[]): Step[] =>
        all.map((step) => ({ ...step, hear: step.hear.filter((bytes) => bytes.length > 0) }));
      expect(said(heard, datagrams)).toEqual(expected(filled(steps), datagrams));
      framed.end();
      expect(await exited(child)).toBe(0);
      expect(errors).toBe('');
    }
  });

  it('serves as scriptgen serve does', async ({ skip }) => {
    // data sessions have no port of their own to be moved to, and the ports that are named for them differ
    const listening = known.services.filter(({ named }) => named === undefined);
    skip(listening.length < known.services.length, 'it names ports of its own');
    const wanted = new Map(listening.map((service) => [nameOf(service), 0]));
    const model: Model = { schema: 1, options: {}, services: known.services };
    vi.useFakeTimers({ toFake: ['Date'], now: NOW });
    const server = await startServer(model, { host: HOST, map: wanted, random: seeded(SEED) });
    const maps = [...wanted.keys()].flatMap((service) => ['--map', `${service}=0`]);
    const child = spawn(process.execPath, ['--import', STILL, script, '--seed', `${SEED}`, ...maps]);
    const ready = (await once(child.stdout, 'data')).toString();
    const ports = new Map([...ready.matchAll(/([a-z]+\/\d+) at \S+ port (\d+)/g)].map((m) => [m[1], Number(m[2])]));
    const places = new Map(server.addresses.map(({ service, port }) => [service, port]));
    try {
      for (const served of [places, ports]) {
        const random = seeded(SEED);
        for (const { service, session } of known.played) {
          // what a source has said is remembered: each server meets it for the first time
          const compiled = compile(service);
          const to = { address: HOST, port: served.get(nameOf(service)) ?? 0 };
          const datagrams = service.transport === 'udp';
          const { line, client } = datagrams ? await overUdp(to.port) : await overTcp(to.port);
          const steps = stepsOf(compiled, session, { client, server: to }, random, NOW);
          const heard = await play(line, steps, service.framing.silence);
          expect(said(heard, datagrams)).toEqual(expected(steps, datagrams));
          line.end();
        }
      }
    } finally {
      child.kill('SIGTERM');
      await server.close();
    }
    expect(await exited(child)).toBe(0);
  });
});

describe('scriptgen export', () => {
  const command = join(root, 'dist', 'cli', 'main.js');
  const env = { ...process.env, NODE_OPTIONS: `--import ${STILL}` };
  const scriptgen = (...args: string[]) =>
    spawnSync(process.execPath, [command, ...args], { cwd: folder, encoding: 'utf8' });
  beforeAll(() => {
    expect(scriptgen('learn', join(root, 'examples', 'mail.pcap'), '-o', 'model').status).toBe(0);
  });

  it('writes a script that says what serve says', async () => {
    expect(scriptgen('export', 'model', '--to', 'script', '-o', 'own.mjs')).toMatchObject({ status: 0, stderr: '' });
    const where = ['--host', HOST, '--map', 'tcp/25=0', '--seed', `${SEED}`];
    const answers: string[] = [];
    for (const args of [
      [command, 'serve', 'model', ...where],
      ['own.mjs', ...where],
    ]) {
      const child = spawn(process.execPath, args, { cwd: folder, env });
      const ready = (await once(child.stdout, 'data')).toString();
      const socket = connect({ host: HOST, port: Number(/(\d+)\s*$/.exec(ready)?.[1]) });
      let heard = '';
      socket.on('data', (bytes) => (heard += bytes.toString('latin1')));
      const lines = ['HELO a.example', 'MAIL FROM:<b@c.example>', 'RCPT TO:<d@corp.example>', 'what?', 'QUIT'];
      for (const line of lines) {
        await sleep(50);
        socket.write(`${line}\r\n`);
      }
      await once(socket, 'close');
      answers.push(heard);
      child.kill('SIGTERM');
      expect(await exited(child)).toBe(0);
    }
    expect(answers[0]).toMatch(/^220 .*\r\n250/);
    expect(answers[1]).toBe(answers[0]);
  });

  it.skipIf(!python)('ends without a word when the client is gone', () => {
    const gone = [
      'import socket, subprocess, sys',
      'ours, theirs = socket.socketpair()',
      'child = subprocess.Popen(sys.argv[1:], stdin=theirs, stdout=theirs, stderr=subprocess.PIPE)',
      'theirs.close()',
      'ours.recv(99)',
      'ours.close()',
      'print(child.wait(5), child.stderr.read())',
    ];
    const args = ['-c', gone.join('\n'), process.execPath, 'own.mjs', '--stdio'];
    expect(spawnSync('python3', args, { cwd: folder, encoding: 'utf8' }).stdout).toBe("0 b''\n");
  });

  it('writes to standard output, and a folder for honeyd', () => {
    expect(scriptgen('export', 'model', '--to', 'script').stdout).toMatch(/^#!\/usr\/bin\/env node\n/);
    expect(scriptgen('export', 'model', '--to', 'honeyd')).toMatchObject({ status: 0, stderr: '' });
    expect(readdirSync(join(folder, 'model-honeyd')).sort()).toEqual(['README.md', 'honeyd.conf', 'tcp-25.mjs']);
  });

  it('leaves what stands there, but for --force', () => {
    writeFileSync(join(folder, 'mine'), 'mine');
    const args = ['export', 'model', '--to', 'script', '-o', 'mine'];
    expect(scriptgen(...args).status).toBe(2);
    expect(readFileSync(join(folder, 'mine'), 'utf8')).toBe('mine');
    expect(scriptgen(...args, '--force').status).toBe(0);
    expect(readFileSync(join(folder, 'mine'), 'utf8')).not.toBe('mine');
  });

  it.each([
    [2, 'script, honeyd', ['model', '--to', 'what']],
    [2, '--to', ['model']],
    [2, 'nothing', ['nothing', '--to', 'script']],
    [2, 'tcp/25', ['model', '--to', 'script', '--service', 'tcp/99']],
    [2, 'space', ['model', '--to', 'honeyd', '-o', 'two words']],
    [2, 'folder', ['model', '--to', 'script', '-o', '.']],
    [1, 'no/such', ['model', '--to', 'script', '-o', 'no/such/folder']],
  ])('ends with %i and names %s', (status, named, args) => {
    const ended = scriptgen('export', ...args);
    expect(ended.status).toBe(status);
    expect(ended.stdout).toBe('');
    expect(ended.stderr).toContain(named);
    expect(ended.stderr).not.toMatch(/\n +at /);
  });

  it.each([
    [1, 'not an address', ['--host', '192.0.2.1', '--port', '0']],
    [2, '--port', ['--port', 'x']],
    [2, 'there is no such service', ['--service', 'tcp/99']],
  ])('writes a script that ends with %i and says %s', (status, said, args) => {
    const ended = spawnSync(process.execPath, ['own.mjs', ...args], { cwd: folder, encoding: 'utf8' });
    expect(ended).toMatchObject({ status, stdout: '' });
    expect(ended.stderr).toContain(said);
    expect(ended.stderr.trim().split('\n')).toHaveLength(1);
  });
});

async function overTcp(port: number): Promise<{ line: Line; client: Endpoint }> {
  const socket = connect({ host: HOST, port, allowHalfOpen: true });
  const line = new StreamLine(socket, socket);
  await once(socket, 'connect');
  return { line, client: { address: HOST, port: socket.localPort ?? 0 } };
}

async function overUdp(port: number): Promise<{ line: Line; client: Endpoint }> {
  const line = new DatagramLine(HOST, port);
  return { line, client: { address: HOST, port: await line.bind() } };
}
