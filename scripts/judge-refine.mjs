#!/usr/bin/env node
// What a refinement brings: one kind of session is left out of training, the model is refined with k recorded sessions
// of that kind, and real clients play sessions of it that nobody has seen, against the emulator alone. Writes
// docs/refine.md and docs/refine.svg.
//
//   npm run judge:refine -- [options]            needs root and the testbed's packages, as npm run judge does
//
//   --protocols a,b   only these, each with its kind         (default: those in lib/left-out.mjs)
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
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KINDS, kindsOf, merged, play, record, writeDocuments } from './lib/left-out.mjs';
import { run } from './lib/processes.mjs';
import { prepare, snapshot } from './lib/project.mjs';
import { dim } from './lib/say.mjs';
import { EMULATED, lastLine, learn, openStage } from './lib/testbed.mjs';
import { list, numbers, options } from './lib/usage.mjs';

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
const most = Math.max(...samples, 50);

async function score(stage, { protocol, kind, command, model }) {
  const server = await stage.emulator({ command, model });
  try {
    const { passed, failures } = await play(stage, protocol, { kinds: [kind], target: EMULATED, count });
    return { passed, failure: failures[0] ?? '' };
  } finally {
    await server.stop();
  }
}

async function judge(protocol, command, folder) {
  const result = { protocol, kind: said.kind ?? '', options: said.refine, scores: [], why: '' };
  if (more.includes('--correct')) result.name = `${protocol} *`;
  const stage = openStage(`refine-${process.pid}-${protocol}`);
  try {
    const { kind, known } = kindsOf(protocol, said.kind);
    const file = (name) => join(folder, `${protocol}.${kind}.${name}`);
    result.kind = kind;
    await record(stage, protocol, known, most, file('base.pcap'));
    await record(stage, protocol, [kind], most, file('new.pcap'));
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
      }
      const seconds = (Date.now() - start) / 1000;
      // nothing was new: the model is the one that there was
      const same = existsSync(model) ? undefined : result.scores.find((s) => s.k === 0);
      const scored = same ?? (await score(stage, { protocol, kind, command, model: existsSync(model) ? model : base }));
      result.scores.push({ ...scored, k, seconds });
      console.log(`${protocol} without ${kind}, ${k} samples: ${scored.passed}/${count}`);
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

const outcome =
  said.from === undefined ? merged(await measure(), said.json) : JSON.parse(readFileSync(said.from, 'utf8'));
writeDocuments(outcome, {
  out: said.out,
  title: 'What a refinement brings',
  about: `One kind of session is left out of training (50 sessions of the others). The model is then refined with _k_ recorded sessions of that kind (\`scriptgen refine\`; with \`--correct\` where a star is), and real clients play ${outcome.sessions} sessions of it, with names and values that occur in no recording, against the emulator alone. The number over a column is _k_; under 0 is what passes without a refinement. The 2006 paper needs 50 samples for its exploit.`,
  by: 'npm run judge:refine',
  chart: 'Share of real client sessions of a new kind passed, by the number of samples that the model was refined with',
});
