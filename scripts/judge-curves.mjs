#!/usr/bin/env node
// How much training is enough: real clients judge what was learned from the first 50, 20, 10 and 5 sessions of each
// capture, beside exact replay of all recordings without learning. Writes docs/curves.md and docs/curves.svg.
//
//   npm run judge:curves -- [options]            needs root and the testbed's packages, as npm run judge does
//
//   --protocols a,b   only these                              (default: all that the testbed has)
//   --sizes a,b       training sessions                       (default 50,20,10,5)
//   -n N              test sessions for each protocol and size (default 20)
//   --jobs J          protocols judged at the same time       (default 2)
//   --no-replay       without the column of exact replay
//   --json FILE       the results there too
//   --from FILE       judges nothing: writes the documents from an earlier run's --json
//   --out NAME        docs/NAME.md and docs/NAME.svg          (default curves); a path with a slash is taken as it is
//
// TESTBED and TESTBED_CAPTURES name the folders of the testbed and of its captures.
import { readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { judgeAll } from './lib/judging.mjs';
import { lineChart } from './lib/chart.mjs';
import { at, prepare, snapshot } from './lib/project.mjs';
import { curvesReport } from './lib/report.mjs';
import { bold, dim } from './lib/say.mjs';
import { protocols } from './lib/testbed.mjs';
import { list, numbers, options } from './lib/usage.mjs';

const said = options(import.meta.url, {
  protocols: { type: 'string' },
  sizes: { type: 'string', default: '50,20,10,5' },
  n: { type: 'string', short: 'n', default: '20' },
  jobs: { type: 'string', default: '2' },
  'no-replay': { type: 'boolean', default: false },
  json: { type: 'string' },
  from: { type: 'string' },
  out: { type: 'string', default: 'curves' },
});

async function measure() {
  prepare({ say: (text) => console.error(dim(text)) });
  const names = list(said.protocols) ?? protocols();
  const sizes = numbers(said.sizes);
  const learned = snapshot();
  const runs = sizes.map((first) => ({ title: `${first}`, first, command: learned }));
  if (!said['no-replay'])
    runs.push({ title: 'exact replay', first: Math.max(...sizes), command: at('scripts', 'lib', 'exact-replay.mjs') });
  const columns = [];
  for (const { title, first, command } of runs) {
    console.log(bold(`\n${title}`));
    const results = await judgeAll(names, {
      command,
      first,
      count: Number(said.n),
      jobs: Number(said.jobs),
      each: (r) => console.log(`${r.protocol}: ${r.passed}/${r.count}${r.why ? `  ${r.why}` : ''}`),
    });
    columns.push({
      title,
      results: results.map(({ protocol, passed, count, why }) => ({ protocol, passed, count, why })),
    });
  }
  return { date: new Date().toISOString(), sessions: Number(said.n), sizes, columns };
}

const outcome = said.from === undefined ? await measure() : JSON.parse(readFileSync(said.from, 'utf8'));
if (said.json !== undefined) writeFileSync(said.json, `${JSON.stringify(outcome, null, 2)}\n`);

const { sizes, columns } = outcome;
const share = (results) => results.reduce((sum, r) => sum + r.passed, 0) / results.reduce((sum, r) => sum + r.count, 0);
const curves = columns.slice(0, sizes.length);
const replay = columns[sizes.length];
const lines = curves[0].results.map(({ protocol }, i) => ({
  title: protocol,
  style: 'thin',
  values: curves.map(({ results }) => results[i].passed / results[i].count),
}));
lines.push({ title: 'all protocols', style: 'thick', values: curves.map(({ results }) => share(results)) });
if (replay !== undefined)
  lines.push({ title: 'exact replay', style: 'dashed', values: sizes.map(() => share(replay.results)) });
const path = said.out.includes('/') ? said.out : at('docs', said.out);
writeFileSync(
  `${path}.svg`,
  lineChart({
    title: 'Share of real client sessions passed, by the number of training sessions',
    xs: sizes,
    xTitle: 'training sessions',
    yTitle: 'test sessions passed',
    lines,
  }),
);
const text = curvesReport(outcome, `${basename(path)}.svg`);
writeFileSync(`${path}.md`, text.replace(/[ \t]+$/gm, ''));
console.log(`\n${text}`);
