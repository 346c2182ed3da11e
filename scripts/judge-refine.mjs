#!/usr/bin/env node
// What a refinement brings: one kind of session is left out of training, the model is refined with k recorded sessions
// of that kind, and real clients play sessions of it that nobody has seen, against the emulator alone. Writes
// docs/refine.md and docs/refine.svg.
//
//   npm run judge:refine -- [options]            needs root and the testbed's packages, as npm run judge does
//
//   --protocols a,b   only these, each with its kind         (default: those in KINDS below)
//   --kind K          leave out this kind instead            (with one protocol)
//   --samples a,b     sessions to refine with                (default 0,1,2,3,5,10,20,50; 0: not refined)
//   -n N              test sessions for each                 (default 20)
//   --jobs J          protocols judged at the same time      (default 2)
//   --refine "…"      added to `scriptgen refine`           (default --correct)
//   --keep DIR        captures and models are kept there; captures that are there are used again
//   --json FILE       the results there too; those of other protocols in it stay
//   --from FILE       judges nothing: writes the documents from an earlier run's --json
//   --out NAME        docs/NAME.md and docs/NAME.svg         (default refine); a path with a slash is taken as it is
//
// TESTBED names the folder of the testbed.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { lineChart } from './lib/chart.mjs';
import { run } from './lib/processes.mjs';
import { at, prepare, snapshot } from './lib/project.mjs';
import { bold, dim, markdown } from './lib/say.mjs';
import { EMULATED, lastLine, learn, openStage } from './lib/testbed.mjs';
import { list, numbers, options } from './lib/usage.mjs';

/** The kinds of session of each protocol; the first one is left out of training. */
const KINDS = {
  exploit: ['attack', 'query', 'pipe', 'share'],
  redis: ['list', 'store', 'count', 'echo'],
  ftp: ['upload', 'read', 'list', 'folder'],
  smtp: ['unknown', 'swaks', 'curl', 'two', 'relay'],
  smb2: ['put', 'shares', 'list', 'get', 'missing'],
  snmp: ['set', 'get', 'several', 'missing', 'walk', 'bulk'],
  mqtt: ['retained', 'once', 'least', 'exactly', 'version', 'echo'],
  http: ['form', 'page', 'missing', 'redirect', 'hello', 'several'],
};
/** Share that is asked for, and after how many samples. */
const asked = (protocol) => (protocol === 'exploit' ? { share: 0.95, samples: 5 } : { share: 0.9, samples: 10 });

const said = options(import.meta.url, {
  protocols: { type: 'string' },
  kind: { type: 'string' },
  samples: { type: 'string', default: '0,1,2,3,5,10,20,50' },
  n: { type: 'string', short: 'n', default: '20' },
  jobs: { type: 'string', default: '2' },
  refine: { type: 'string', default: '--correct' },
  keep: { type: 'string' },
  json: { type: 'string' },
  from: { type: 'string' },
  out: { type: 'string', default: 'refine' },
});
const samples = numbers(said.samples);
const count = Number(said.n);
const more = said.refine.split(/\s+/).filter((word) => word !== '');

/** Training sessions of some kinds, recorded from the real server. */
async function record(stage, protocol, kinds, file) {
  if (existsSync(file)) return;
  const made = `${file}.part`;
  const most = Math.max(...samples, 50);
  const args = ['capture', protocol, '-n', `${most}`, '--kinds', kinds.join(','), '-o', made];
  const done = await stage.testbed(args, { timeout: most * 60_000 });
  if (done.code !== 0) throw new Error(`testbed capture ended with ${done.code}: ${lastLine(done.err)}`);
  renameSync(made, file);
}

async function score(stage, { protocol, kind, command, model }) {
  const server = await stage.emulator({ command, model });
  try {
    const args = ['judge', protocol, '-n', `${count}`, '--target', EMULATED, '--kinds', kind];
    const judged = await stage.testbed(args, { timeout: count * 60_000 });
    const found = /: (\d+)\/(\d+) test sessions passed/.exec(judged.out);
    if (found === null) throw new Error(`testbed judge ended with ${judged.code}: ${lastLine(judged.err)}`);
    const failure = judged.out.split('\n').find((line) => line.startsWith('  ')) ?? '';
    return { passed: Number(found[1]), failure: failure.trim().slice(0, 200) };
  } finally {
    await server.stop();
  }
}

async function judge(protocol, command, folder) {
  const [usual, ...rest] = KINDS[protocol] ?? [];
  const kind = said.kind ?? usual;
  const kinds = [usual, ...rest].filter((name) => name !== kind);
  const result = { protocol, kind, options: said.refine, scores: [], why: '' };
  const stage = openStage(`refine-${process.pid}-${protocol}`);
  const file = (name) => join(folder, `${protocol}.${kind}.${name}`);
  try {
    if (kinds.length === 0) throw new Error('which kinds of session it has is not known here');
    await record(stage, protocol, kinds, file('base.pcap'));
    await record(stage, protocol, [kind], file('new.pcap'));
    const base = file('model');
    await learn({ command, capture: file('base.pcap'), model: base });
    for (const k of samples) {
      const model = k === 0 ? base : file(`model-${k}`);
      const start = Date.now();
      if (k > 0) {
        rmSync(model, { recursive: true, force: true });
        const args = ['refine', base, '--with', file('new.pcap'), '--first', `${k}`, '-o', model, '--json', ...more];
        const refined = await run(process.execPath, [command, ...args]);
        if (refined.code !== 0) throw new Error(`refine ended with ${refined.code}: ${lastLine(refined.err)}`);
        // nothing was new: the model is the one that there was
        if (!existsSync(model)) {
          result.scores.push({
            k,
            ...result.scores.find((s) => s.k === 0),
            seconds: (Date.now() - start) / 1000,
            same: true,
          });
          continue;
        }
      }
      const seconds = (Date.now() - start) / 1000;
      result.scores.push({ k, seconds, ...(await score(stage, { protocol, kind, command, model })) });
      const { passed } = result.scores.at(-1);
      console.log(`${protocol} without ${kind}, ${k} samples: ${passed}/${count}`);
    }
  } catch (error) {
    result.why = error.message;
    console.log(`${protocol}: ${error.message}`);
  } finally {
    await stage.close();
  }
  return result;
}

async function measure() {
  prepare({ say: (text) => console.error(dim(text)) });
  const command = snapshot();
  const names = list(said.protocols) ?? Object.keys(KINDS);
  const folder = said.keep ?? mkdtempSync(join(tmpdir(), 'refine-'));
  mkdirSync(folder, { recursive: true });
  const results = [];
  let next = 0;
  const worker = async () => {
    for (let i = next++; i < names.length; i = next++) results[i] = await judge(names[i], command, folder);
  };
  try {
    await Promise.all(Array.from({ length: Math.min(Number(said.jobs), names.length) }, worker));
  } finally {
    if (said.keep === undefined) rmSync(folder, { recursive: true, force: true });
  }
  return { date: new Date().toISOString(), sessions: count, samples, results };
}

/** The results of this run, with those of protocols that it did not judge. */
function merged(outcome) {
  if (said.json === undefined || !existsSync(said.json)) return outcome;
  const before = JSON.parse(readFileSync(said.json, 'utf8')).results;
  const of = ({ protocol }) => outcome.results.find((r) => r.protocol === protocol);
  const others = before.filter((r) => of(r) === undefined);
  const order = Object.keys(KINDS);
  const results = [...others, ...outcome.results].sort((a, b) => order.indexOf(a.protocol) - order.indexOf(b.protocol));
  return { ...outcome, results };
}

const outcome = said.from === undefined ? merged(await measure()) : JSON.parse(readFileSync(said.from, 'utf8'));
if (said.json !== undefined) writeFileSync(said.json, `${JSON.stringify(outcome, null, 2)}\n`);

const ks = [...new Set(outcome.results.flatMap((r) => r.scores.map((s) => s.k)))].sort((a, b) => a - b);
const passed = (result, k) => result.scores.find((s) => s.k === k)?.passed;
const cell = (result, k) => {
  const p = passed(result, k);
  return p === undefined ? '' : `${p}/${outcome.sessions}`;
};
const rows = outcome.results.map((r) => {
  const { share, samples: after } = asked(r.protocol);
  const p = passed(r, after);
  const reached = p === undefined ? '?' : p / outcome.sessions >= share ? 'yes' : 'no';
  return [
    r.options?.includes('--correct') ? `${r.protocol} *` : r.protocol,
    r.kind,
    ...ks.map((k) => cell(r, k)),
    `${share * 100} % after ${after}: ${reached}`,
  ];
});
const failures = outcome.results.flatMap((r) => {
  const last = r.scores.at(-1);
  if (r.why !== '') return [`- ${r.protocol}: ${r.why}`];
  return last && last.passed < outcome.sessions && last.failure
    ? [`- ${r.protocol}, ${last.k} samples: ${last.failure}`]
    : [];
});
const path = said.out.includes('/') ? said.out : at('docs', said.out);
const drawn = ks.filter((k) => k > 0);
writeFileSync(
  `${path}.svg`,
  lineChart({
    title:
      'Share of real client sessions of a new kind passed, by the number of samples that the model was refined with',
    xs: drawn,
    xTitle: 'samples of the new kind',
    yTitle: 'test sessions passed',
    lines: outcome.results.map((r) => ({
      title: r.protocol,
      style: r.protocol === 'exploit' ? 'thick' : 'thin',
      values: drawn.map((k) => (passed(r, k) === undefined ? undefined : passed(r, k) / outcome.sessions)),
    })),
  }),
);
const text = `# What a refinement brings

One kind of session is left out of training (50 sessions of the others). The model is then refined with _k_ recorded sessions of that kind (\`scriptgen refine\`; with \`--correct\` where a star is), and real clients play ${outcome.sessions} sessions of it, with names and values that occur in no recording, against the emulator alone. The number over a column is _k_; under 0 is what passes without a refinement. The 2006 paper needs 50 samples for its exploit.

Written by \`npm run judge:refine\` on ${outcome.date.slice(0, 10)}.

![Share of sessions of the new kind passed by the number of samples](${basename(path)}.svg)

${markdown(
  ['protocol', 'new kind', ...ks.map(String), 'asked'],
  rows,
  ks.map((_, i) => i + 2),
)}
${failures.length === 0 ? '' : `\nThe first failure with most samples:\n\n${failures.join('\n')}\n`}`;
writeFileSync(`${path}.md`, text.replace(/[ \t]+$/gm, ''));
console.log(bold(`\n${path}.md`));
console.log(text);
