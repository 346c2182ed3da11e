#!/usr/bin/env node
// Real clients judge what was learned: every protocol of the testbed, a line each.
//
//   node scripts/judge.mjs [options]          needs root (network namespaces) and the testbed's packages
//
//   --protocols a,b      only these                     (default: all that the testbed has)
//   --further            the project's own further protocols, scripts/protocols/; records their captures first
//   -n N                 sessions for each protocol     (default 20)
//   --first N            learn from the first N conversations of the capture only
//   --kinds a,b          only these kinds of session
//   --learn-options "…"  added to `scriptgen learn`
//   --serve-options "…"  added to `scriptgen serve`; %p becomes the protocol's name
//   --capture FILE       learn from this file instead of the testbed's capture (with one protocol)
//   --jobs J             protocols judged at the same time (default 2)
//   --no-build           judge what dist/ holds, also when sources are younger
//   --keep DIR           keep models and logs there (the table tells sessions with unknown requests + with nearly known ones)
//   --json FILE          write the results there
//   --report FILE        write the results as a Markdown table there, with docs/judge-reasons.json as the reasons
//   --readme             put the table into README.md too
//   --floor FILE         exit 1 when a protocol passes a smaller share than this file says; what falls short is judged again once
//   --update-floor       write the shares of this run into the floor file instead
//
// TESTBED and TESTBED_CAPTURES name the folders of the testbed and of its captures
// (default ../shared/testbed and ../shared/captures/testbed beside the project); FURTHER_CAPTURES where captures of
// further protocols are kept (default node_modules/.cache/captures); SCRIPTGEN another command to judge.
import { writeFileSync } from 'node:fs';
import { belowFloor, judgeAll, updateFloor } from './lib/judging.mjs';
import { at, prepare, snapshot } from './lib/project.mjs';
import { put } from './lib/put.mjs';
import { furtherReport, judgeReport, judgeTable } from './lib/report.mjs';
import { bold, dim, green, red, table, yellow } from './lib/say.mjs';
import { further, protocols } from './lib/testbed.mjs';
import { options as commandLine } from './lib/usage.mjs';

const said = commandLine(import.meta.url, {
  protocols: { type: 'string' },
  further: { type: 'boolean', default: false },
  n: { type: 'string', short: 'n', default: '20' },
  first: { type: 'string' },
  kinds: { type: 'string' },
  'learn-options': { type: 'string', default: '' },
  'serve-options': { type: 'string', default: '' },
  capture: { type: 'string' },
  jobs: { type: 'string', default: '2' },
  'no-build': { type: 'boolean', default: false },
  keep: { type: 'string' },
  json: { type: 'string' },
  report: { type: 'string' },
  readme: { type: 'boolean', default: false },
  floor: { type: 'string' },
  'update-floor': { type: 'boolean', default: false },
});
const split = (text) => text.split(/\s+/).filter((word) => word !== '');
const floorFile = said.floor ?? at('scripts', 'judge-floor.json');

if (!said['no-build']) prepare({ say: (text) => console.error(dim(text)) });
const names = said.protocols?.split(',') ?? (said.further ? further() : protocols());
const options = {
  command: snapshot(),
  count: Number(said.n),
  first: said.first,
  kinds: said.kinds,
  learnOptions: split(said['learn-options']),
  serveOptions: split(said['serve-options']),
  capture: said.capture,
  jobs: Number(said.jobs),
  keep: said.keep,
};
const show = (r) => {
  const colour = r.passed === r.count ? green : r.passed === 0 ? red : yellow;
  console.log(`${colour(`${r.protocol}: ${r.passed}/${r.count}`)}${r.why ? `  ${r.why}` : ''}`);
  for (const line of r.failures) console.log(dim(`    ${line}`));
};
const results = await judgeAll(names, { ...options, each: show });

let short = [];
if (said.floor !== undefined && !said['update-floor']) {
  short = belowFloor(results, floorFile);
  if (short.length > 0) {
    console.log(bold(`\nBelow the floor, judged again: ${short.map((r) => r.protocol).join(', ')}`));
    const again = await judgeAll(
      short.map((r) => r.protocol),
      { ...options, jobs: 1, each: show },
    );
    for (const r of again) {
      const i = results.findIndex((known) => known.protocol === r.protocol);
      if (r.passed > results[i].passed) results[i] = r;
    }
    short = belowFloor(results, floorFile);
  }
}
if (said['update-floor']) updateFloor(results, floorFile);

const total = results.reduce((sum, r) => sum + r.passed, 0);
const of = results.reduce((sum, r) => sum + r.count, 0);
const unknown = results.reduce((sum, r) => sum + r.unknown, 0);
const alerts = `${unknown}+${results.reduce((sum, r) => sum + r.unsure, 0) - unknown}`;
const rows = results.map((r) => [
  r.protocol,
  `${r.passed}/${r.count}`,
  `${r.unknown}+${r.unsure - r.unknown}`,
  `${r.learnSeconds.toFixed(1)} s`,
  r.why || (r.failures[0] ?? '').slice(0, 90),
]);
console.log(
  `\n${table([['protocol', 'passed', 'alerts', 'learned in', 'first failure'], ...rows, ['all', `${total}/${of}`, alerts, '', '']], [1, 2, 3])}`,
);
for (const r of short) console.log(red(`${r.protocol}: ${r.passed}/${r.count} is below the floor of ${r.floor}`));

const outcome = {
  date: new Date().toISOString(),
  sessions: options.count,
  learnOptions: options.learnOptions,
  passed: total,
  of,
  below: short.map((r) => r.protocol),
  results,
};
if (said.json !== undefined) writeFileSync(said.json, `${JSON.stringify(outcome, null, 2)}\n`);
if (said.report !== undefined) writeFileSync(said.report, said.further ? furtherReport(outcome) : judgeReport(outcome));
if (said.readme) put(at('README.md'), 'judge', judgeTable(outcome));
process.exit(short.length > 0 ? 1 : 0);
