#!/usr/bin/env node
// One kind of session is left out of training, and a real host stands behind the emulator: do sessions of that kind
// succeed through the hand-over, are they noticed, and is nothing noticed in sessions of known kinds? Writes
// docs/handover.md.
//
//   npm run judge:handover -- [options]          needs root and the testbed's packages, as npm run judge does
//
//   --protocols a,b   only these                                  (default: all for which a kind is named below)
//   -n N              sessions of the kind left out, and of the others   (default 20)
//   --train N         sessions to learn from                      (default 40)
//   --keep DIR        keeps captures, models and logs there, and takes captures that are there already
//   --out FILE        writes there                                (default docs/handover.md)
//
// TESTBED names the folder of the testbed; SCRIPTGEN another command to judge.
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { alertsIn, bySource } from './lib/alerts.mjs';
import { folderFor, at, prepare, snapshot } from './lib/project.mjs';
import { handOverReport } from './lib/report.mjs';
import { dim, green, red, yellow } from './lib/say.mjs';
import { EMULATED, lastLine, learn, openStage, REAL } from './lib/testbed.mjs';
import { list, options } from './lib/usage.mjs';

/** What is left out of training (the first one is judged), and what is trained. */
const KINDS = {
  exploit: { out: ['attack'], known: ['query', 'pipe', 'share'] },
  redis: { out: ['list'], known: ['store', 'count', 'echo'] },
  ftp: { out: ['upload'], known: ['read', 'list', 'folder'] },
  smtp: { out: ['curl', 'relay'], known: ['swaks', 'two', 'unknown'] },
  http: { out: ['form'], known: ['page', 'missing', 'redirect', 'hello', 'several'] },
  snmp: { out: ['set'], known: ['get', 'several', 'missing', 'walk', 'bulk'] },
  mqtt: { out: ['exactly'], known: ['once', 'least', 'version', 'retained', 'echo'] },
  smb2: { out: ['put'], known: ['shares', 'list', 'get', 'missing'] },
};

const said = options(import.meta.url, {
  protocols: { type: 'string' },
  n: { type: 'string', short: 'n', default: '20' },
  train: { type: 'string', default: '40' },
  keep: { type: 'string' },
  out: { type: 'string', default: at('docs', 'handover.md') },
});
const count = Number(said.n);

/** What the log says of all sources: what they asked that was not known, and whether a real host took over. */
function readLog(file) {
  const sources = bySource(file);
  const steps = (lines, ...names) => lines.filter(({ event, step }) => event === 'handover' && names.includes(step));
  return {
    sources: sources.length,
    ...alertsIn(sources),
    relayed: sources.filter((lines) => steps(lines, 'relays').length > 0).length,
    why: sources.flatMap((lines) => steps(lines, 'diverged', 'failed').map((line) => JSON.stringify(line))),
  };
}

/** Sessions of some kinds against an emulator with the real host behind it. */
async function play(stage, protocol, kinds, { command, model, log }) {
  const server = await stage.emulator({
    command,
    model,
    options: ['--backend', REAL, '--backend-from', EMULATED, '--log', log, '--json'],
  });
  const args = ['judge', protocol, '-n', `${count}`, '--target', EMULATED, '--kinds', kinds.join(',')];
  const judged = await stage.testbed(args, { timeout: count * 60_000 });
  await server.stop();
  const score = /: (\d+)\/(\d+) test sessions passed/.exec(judged.out);
  if (score === null) throw new Error(`testbed judge ended with ${judged.code}: ${lastLine(judged.err)}`);
  const failures = judged.out.split('\n').filter((line) => line.startsWith('  '));
  return { passed: Number(score[1]), failures: failures.map((line) => line.trim()), ...readLog(log) };
}

/** One protocol. Never throws; `why` says what stood in the way. */
async function judge(protocol, command, folder) {
  const { out, known } = KINDS[protocol];
  const result = { protocol, out: out[0], count, why: '' };
  const stage = openStage(`handover-${process.pid}-${protocol}`);
  try {
    const capture = join(folder, `${protocol}.pcap`);
    if (!existsSync(capture)) {
      const args = ['capture', protocol, '-n', said.train, '--kinds', known.join(','), '-o', capture];
      const recorded = await stage.testbed(args, { timeout: 600_000 });
      if (recorded.code !== 0)
        throw new Error(`testbed capture ended with ${recorded.code}: ${lastLine(recorded.err)}`);
    }
    const model = join(folder, `${protocol}.model`);
    await learn({ command, capture, model });
    const real = await stage.real(protocol);
    const where = (name) => join(folder, `${protocol}.${name}.${process.pid}.log`);
    result.left = await play(stage, protocol, out.slice(0, 1), { command, model, log: where('left') });
    result.known = await play(stage, protocol, known, { command, model, log: where('known') });
    await real.stop();
  } catch (error) {
    result.why = error.message;
  } finally {
    await stage.close();
  }
  return result;
}

prepare({ say: (text) => console.error(dim(text)) });
const command = snapshot();
const folder = folderFor('handover', said.keep);
const results = [];
for (const protocol of list(said.protocols) ?? Object.keys(KINDS)) {
  const result = await judge(protocol, command, folder);
  results.push(result);
  const { left, known } = result;
  if (left && known) {
    const colour = left.passed === count ? green : left.passed === 0 ? red : yellow;
    console.log(
      colour(
        `${protocol}, ${result.out} left out: ${left.passed}/${count} passed, ${left.relayed} handed over, ${left.unsure} noticed; ` +
          `known kinds: ${known.passed}/${count} passed, ${known.unknown} unknown, ${known.unsure} unsure`,
      ),
    );
    for (const line of [...left.failures.slice(0, 3), ...left.why.slice(0, 2), ...known.failures.slice(0, 2)])
      console.log(dim(`    ${line.slice(0, 300)}`));
  }
  if (result.why !== '') console.log(red(`${protocol}: ${result.why}`));
}
const text = handOverReport({ date: new Date().toISOString(), results });
writeFileSync(said.out, text);
console.log(`\n${text}`);
