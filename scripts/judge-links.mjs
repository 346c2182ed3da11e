#!/usr/bin/env node
// What each kind of rule brings: the judge's table with `--links none`, `copy` and `all` side by side.
//
//   node scripts/judge-links.mjs [-n N] [--protocols a,b] [--jobs J] [--report FILE]   (default docs/judge-links.md)
import { writeFileSync } from 'node:fs';
import { judgeAll } from './lib/judging.mjs';
import { at, prepare, snapshot } from './lib/project.mjs';
import { linksReport } from './lib/report.mjs';
import { bold, dim } from './lib/say.mjs';
import { protocols } from './lib/testbed.mjs';
import { options as commandLine } from './lib/usage.mjs';

const said = commandLine(import.meta.url, {
  protocols: { type: 'string' },
  n: { type: 'string', short: 'n', default: '20' },
  jobs: { type: 'string', default: '2' },
  report: { type: 'string', default: at('docs', 'judge-links.md') },
});
prepare({ say: (text) => console.error(dim(text)) });
const names = said.protocols?.split(',') ?? protocols();
const columns = [];
const command = snapshot();
for (const title of ['none', 'copy', 'all']) {
  console.log(bold(`\n--links ${title}`));
  const results = await judgeAll(names, {
    command,
    count: Number(said.n),
    jobs: Number(said.jobs),
    learnOptions: ['--links', title],
    each: (r) => console.log(`${r.protocol}: ${r.passed}/${r.count}${r.why ? `  ${r.why}` : ''}`),
  });
  const sum = (key) => results.reduce((total, r) => total + r[key], 0);
  const outcome = {
    date: new Date().toISOString(),
    sessions: Number(said.n),
    passed: sum('passed'),
    of: sum('count'),
    results,
  };
  columns.push({ title, outcome });
}
const text = linksReport(columns);
writeFileSync(said.report, text);
console.log(`\n${text}`);
