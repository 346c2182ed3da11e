#!/usr/bin/env node
// What each family of rules is worth: the judge with all of them, and with one family at a time left out of learning.
// Writes docs/ablation.md. A protocol whose model is the same without a family is not judged again.
//
//   npm run ablation -- [options]                needs root and the testbed's packages, as npm run judge does
//
//   --protocols a,b   only these                            (default: all that the testbed has)
//   --without a,b     only these families                   (default: all that `learn --without` knows)
//   -n N              test sessions for each protocol       (default 10)
//   --jobs J          protocols judged at the same time     (default 2)
//   --replay          no clients: cross-validates over the captures instead (needs no root; quicker)
//   --json FILE       the results there too
//   --out FILE        writes there                          (default docs/ablation.md)
//
// TESTBED and TESTBED_CAPTURES name the folders of the testbed and of its captures.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { judgeAll } from './lib/judging.mjs';
import { run } from './lib/processes.mjs';
import { at, folderFor, prepare, snapshot } from './lib/project.mjs';
import { ablationReport } from './lib/report.mjs';
import { bold, dim } from './lib/say.mjs';
import { about, captureOf, lastLine, learn, protocols } from './lib/testbed.mjs';
import { list, options } from './lib/usage.mjs';

const said = options(import.meta.url, {
  protocols: { type: 'string' },
  without: { type: 'string' },
  n: { type: 'string', short: 'n', default: '10' },
  jobs: { type: 'string', default: '2' },
  replay: { type: 'boolean', default: false },
  json: { type: 'string' },
  out: { type: 'string', default: at('docs', 'ablation.md') },
});
prepare({ say: (text) => console.error(dim(text)) });
const command = snapshot();
const { FAMILIES } = await import(at('dist', 'learn', 'index.js'));
const names = list(said.protocols) ?? protocols();

/** Answers right in a cross-validation of the capture, over all its services of that protocol. */
async function replayed(protocol, learnOptions) {
  const ports = ['--port', about(protocol).ports.join(',')];
  const args = [command, 'evaluate', captureOf(protocol), ...ports, '--json', '--misses', '0', ...learnOptions];
  const done = await run(process.execPath, args);
  if (done.code !== 0) return { protocol, passed: 0, count: 0, why: lastLine(done.err) };
  const scores = JSON.parse(done.out).services.map(({ columns }) => columns.learned);
  const sum = (key) => scores.reduce((total, score) => total + score[key], 0);
  return { protocol, passed: sum('exactOrVarying'), count: sum('answers'), why: '' };
}

const each = (r) => console.log(`${r.protocol}: ${r.passed}/${r.count}${r.why ? `  ${r.why}` : ''}`);
const folder = folderFor('ablation');

/** What a model says, but for when and how it was learned. */
const contentOf = (model) =>
  readdirSync(model)
    .filter((name) => name !== 'model.json')
    .sort()
    .map((name) => `${name}\n${readFileSync(join(model, name), 'latin1')}`)
    .join('\n');

/** Whether the model of a protocol is the same with these options as the one that was judged with all rules. */
async function sameModel(protocol, options) {
  const model = join(folder, 'model');
  try {
    await learn({ command, capture: captureOf(protocol), model, options });
    return contentOf(model) === contentOf(join(folder, `${protocol}.model`));
  } catch {
    return false; // judging it tells why
  }
}

/** All protocols with all rules, or, given the results of that, without a family. */
async function judged(learnOptions, all) {
  const judging = { command, count: Number(said.n), jobs: Number(said.jobs), learnOptions, each };
  if (all === undefined) return judgeAll(names, { ...judging, keep: folder });
  const changed = [];
  for (const name of names) if (!(await sameModel(name, learnOptions))) changed.push(name);
  const again = await judgeAll(changed, judging);
  return all.map((result) => again.find(({ protocol }) => protocol === result.protocol) ?? result);
}

async function measure(learnOptions, all) {
  if (!said.replay) return judged(learnOptions, all);
  const results = [];
  for (const protocol of names) {
    results.push(await replayed(protocol, learnOptions));
    each(results.at(-1));
  }
  return results;
}

const columns = [];
for (const family of [undefined, ...(list(said.without) ?? Object.keys(FAMILIES))]) {
  const title = family?.replaceAll(' ', '-');
  console.log(bold(`\n${title === undefined ? 'all rules' : `--without ${title}`}`));
  const results = await measure(title === undefined ? [] : ['--without', title], columns[0]?.results);
  columns.push({
    title,
    about: FAMILIES[family?.replaceAll('-', ' ')],
    results: results.map(({ protocol, passed, count, why }) => ({ protocol, passed, count, why })),
  });
}
const outcome = { date: new Date().toISOString(), sessions: Number(said.n), replay: said.replay, columns };
if (said.json !== undefined) writeFileSync(said.json, `${JSON.stringify(outcome, null, 2)}\n`);
const text = ablationReport(outcome);
writeFileSync(said.out, text);
console.log(`\n${text}`);
