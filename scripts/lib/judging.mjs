// Learns each protocol of the testbed from its capture, serves it, and lets the testbed's real clients judge it.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { alertsIn, bySource } from './alerts.mjs';
import { captureOf, EMULATED, lastLine, learn, openStage, recorded } from './testbed.mjs';

/**
 * One protocol: learn, serve, judge, with the built command at `command`. Never throws; `why` says what
 * stood in the way of a judgement, `unknown` and `unsure` in how many sessions something was. `learnOptions` and `serveOptions` are added to those commands.
 */
export async function judge(
  protocol,
  { command, count, first, kinds, learnOptions = [], serveOptions = [], folder, capture },
) {
  const result = {
    protocol,
    passed: 0,
    count,
    learnSeconds: 0,
    judgeSeconds: 0,
    unknown: 0,
    unsure: 0,
    why: '',
    failures: [],
  };
  mkdirSync(folder, { recursive: true });
  const model = join(folder, `${protocol}.model`);
  const stage = openStage(`judge-${process.pid}-${protocol}`);
  try {
    if (capture === undefined) await recorded(protocol);
    const learned = await learn({
      command,
      capture: capture ?? captureOf(protocol),
      model,
      first,
      options: learnOptions,
    });
    writeFileSync(join(folder, `${protocol}.learn.log`), learned.out + learned.err);
    result.learnSeconds = learned.seconds;
    const options = serveOptions.map((o) => o.replaceAll('%p', protocol));
    const log = join(folder, `${protocol}.log`);
    rmSync(log, { force: true });
    // what was never seen was asked by nobody here: every alert is a false one
    const logged = options.includes('--log') ? [] : ['--log', log, '--json'];
    const server = await stage.emulator({ command, model, options: [...options, ...logged] });

    const narrowed = kinds === undefined ? [] : ['--kinds', kinds];
    const args = ['judge', protocol, '-n', `${count}`, '--target', EMULATED, ...narrowed];
    const judged = await stage.testbed(args, { timeout: count * 60_000 });
    writeFileSync(join(folder, `${protocol}.judge.log`), judged.out + judged.err);
    writeFileSync(join(folder, `${protocol}.serve.log`), server.said);
    result.judgeSeconds = judged.seconds;
    result.failures = judged.out
      .split('\n')
      .filter((line) => line.startsWith('  '))
      .map((line) => line.trim());
    const score = /: (\d+)\/(\d+) test sessions passed/.exec(judged.out);
    if (score === null) throw new Error(`testbed judge ended with ${judged.code}: ${lastLine(judged.err)}`);
    result.passed = Number(score[1]);
    if (server.gone !== undefined)
      result.why = `serve ended with ${server.gone} while it was judged: ${lastLine(server.said)}`;
    await server.stop();
    Object.assign(result, alertsIn(bySource(log)));
  } catch (error) {
    result.why = error.message;
  } finally {
    await stage.close();
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
