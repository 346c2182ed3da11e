#!/usr/bin/env node
// `npm test` on a fresh clone, with nothing but Node 20 and npm: installs, builds, checks, tests.
//
//   npm test                 everything, in the order install, build, types, lint, format, tests
//   npm test -- NAME...      the same, but only the test files whose path holds a NAME
//   TEST_REPORT=FILE         writes vitest's JSON report there as well
import { spawnSync } from 'node:child_process';
import { prepare, at, root, run } from './lib/project.mjs';
import { bold, green, red } from './lib/say.mjs';

prepare({ build: false });
let failed = 0;
const stage = (name, work) => {
  console.log(bold(`\n── ${name}`));
  const began = performance.now();
  const status = work();
  const took = `${((performance.now() - began) / 1000).toFixed(1)} s`;
  console.log(status === 0 ? green(`${name}: good (${took})`) : red(`${name}: failed (${took})`));
  if (status !== 0) failed += 1;
  return status === 0;
};

if (!stage('build', () => run(['run', '-s', 'build']))) process.exit(1);
stage('types', () => run(['run', '-s', 'typecheck']));
stage('lint', () => run(['run', '-s', 'lint']));
stage('format', () => run(['run', '-s', 'format:check']));
stage('tests', () => {
  const report = process.env.TEST_REPORT;
  const reporters = report ? ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`] : [];
  const vitest = at('node_modules', 'vitest', 'vitest.mjs');
  const args = [vitest, 'run', ...reporters, ...process.argv.slice(2)];
  return spawnSync(process.execPath, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] }).status ?? 1;
});
process.exit(failed === 0 ? 0 : 1);
