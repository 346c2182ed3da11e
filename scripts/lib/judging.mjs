// Learns each protocol of the testbed from its capture, serves it, and lets the testbed's real clients judge it.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { dropNamespace, end, run, start, useNamespace } from './processes.mjs';
import { at } from './project.mjs';

const ADDRESS = '10.8.0.2';
export const testbedFolder = resolve(process.env.TESTBED ?? at('..', 'shared', 'testbed'));
export const captureFolder = resolve(process.env.TESTBED_CAPTURES ?? at('..', 'shared', 'captures', 'testbed'));
const testbed = join(testbedFolder, 'testbed');

/** The names of all protocols of the testbed. */
export function protocols() {
  if (!existsSync(testbed)) throw new Error(`no testbed at ${testbedFolder}: set TESTBED to its folder`);
  const said = spawnSync(testbed, ['list'], { encoding: 'utf8' });
  if (said.status !== 0) throw new Error(`testbed list failed: ${said.stderr}`);
  return said.stdout
    .split('\n')
    .map((line) => line.split(' ')[0])
    .filter((name) => name !== '');
}

const lastLine = (text) => text.trim().split('\n').at(-1) ?? '';

/** Resolves to the ready line, or throws with what the process said instead. */
function ready(child, timeout) {
  return new Promise((done, fail) => {
    let out = '';
    let err = '';
    const timer = setTimeout(
      () => fail(new Error(`serve was not ready in ${timeout / 1000} s: ${lastLine(err)}`)),
      timeout,
    );
    child.stdout.setEncoding('utf8').on('data', (text) => {
      out += text;
      if (out.includes('\n')) {
        clearTimeout(timer);
        done(out.split('\n')[0]);
      }
    });
    child.stderr.setEncoding('utf8').on('data', (text) => (err = (err + text).slice(-4000)));
    child.on('error', fail);
    child.on('exit', (code) => {
      clearTimeout(timer);
      fail(new Error(`serve ended with ${code} before it was ready: ${lastLine(err)}`));
    });
  });
}

/**
 * One protocol: learn, serve, judge, with the built command at `command`. Never throws; `why` says what
 * stood in the way of a judgement. `learnOptions` and `serveOptions` are added to those commands.
 */
export async function judge(
  protocol,
  { command, count, first, kinds, learnOptions = [], serveOptions = [], folder, capture },
) {
  const result = { protocol, passed: 0, count, learnSeconds: 0, judgeSeconds: 0, why: '', failures: [] };
  mkdirSync(folder, { recursive: true });
  const pcap = capture ?? join(captureFolder, `${protocol}.pcap`);
  const model = join(folder, `${protocol}.model`);
  const namespace = `judge-${process.pid}-${protocol}`.slice(0, 60);
  const env = { ...process.env, TESTBED_NAMESPACE: namespace };
  let server;
  try {
    if (!existsSync(pcap)) throw new Error(`no capture ${pcap}`);
    const limited = first === undefined ? [] : ['--first', `${first}`];
    rmSync(model, { recursive: true, force: true });
    const learned = await run(process.execPath, [command, 'learn', pcap, '-o', model, ...limited, ...learnOptions]);
    writeFileSync(join(folder, `${protocol}.learn.log`), learned.out + learned.err);
    result.learnSeconds = learned.seconds;
    if (learned.code !== 0) throw new Error(`learn ended with ${learned.code ?? 'a signal'}: ${lastLine(learned.err)}`);

    useNamespace(namespace, () => spawnSync(testbed, ['down'], { env, stdio: 'ignore' }));
    const serve = [
      command,
      'serve',
      model,
      '--host',
      ADDRESS,
      ...serveOptions.map((o) => o.replaceAll('%p', protocol)),
    ];
    server = start(testbed, ['exec', process.execPath, ...serve], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    server.stderr.on('data', (text) => (said = (said + text).slice(-20_000)));
    let gone;
    server.on('exit', (code) => (gone = code ?? 'a signal'));
    await ready(server, 60_000);
    server.stdout.resume();

    const narrowed = kinds === undefined ? [] : ['--kinds', kinds];
    const args = ['judge', protocol, '-n', `${count}`, '--target', ADDRESS, ...narrowed];
    const judged = await run(testbed, args, { env, timeout: count * 60_000 });
    writeFileSync(join(folder, `${protocol}.judge.log`), judged.out + judged.err);
    writeFileSync(join(folder, `${protocol}.serve.log`), said);
    result.judgeSeconds = judged.seconds;
    result.failures = judged.out
      .split('\n')
      .filter((line) => line.startsWith('  '))
      .map((line) => line.trim());
    const score = /: (\d+)\/(\d+) test sessions passed/.exec(judged.out);
    if (score === null) throw new Error(`testbed judge ended with ${judged.code}: ${lastLine(judged.err)}`);
    result.passed = Number(score[1]);
    if (gone !== undefined) result.why = `serve ended with ${gone} while it was judged: ${lastLine(said)}`;
  } catch (error) {
    result.why = error.message;
  } finally {
    if (server !== undefined) await end(server);
    dropNamespace(namespace);
  }
  return result;
}

/** All of them, `jobs` at a time; results in the order of `names`. `each` is called as results come in. */
export async function judgeAll(names, { jobs, keep, each = () => {}, ...options }) {
  const folder = keep ?? mkdtempSync(join(tmpdir(), 'judge-'));
  const results = new Array(names.length);
  let next = 0;
  const worker = async () => {
    for (let i = next++; i < names.length; i = next++) {
      results[i] = await judge(names[i], { ...options, folder });
      each(results[i]);
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(jobs, names.length) }, worker));
  } finally {
    if (keep === undefined) rmSync(folder, { recursive: true, force: true });
  }
  return results;
}

/** Protocols whose passed share is below the committed one. */
export function belowFloor(results, file) {
  const floor = JSON.parse(readFileSync(file, 'utf8'));
  return results
    .filter((r) => r.passed / r.count < (floor[r.protocol] ?? 0) - 1e-9)
    .map((r) => ({ ...r, floor: floor[r.protocol] }));
}

/** Raises or lowers the floor to these results; protocols that were not judged keep theirs. */
export function updateFloor(results, file) {
  const floor = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  for (const r of results) floor[r.protocol] = Math.floor((r.passed / r.count) * 1000) / 1000;
  const sorted = Object.fromEntries(Object.entries(floor).sort(([a], [b]) => (a < b ? -1 : 1)));
  writeFileSync(file, `${JSON.stringify(sorted, null, 2)}\n`);
}
