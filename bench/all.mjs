#!/usr/bin/env node
// `npm run bench`: all benchmarks, results into bench/README.md.
import { spawnSync } from 'node:child_process';
import { at, prepare } from '../scripts/lib/project.mjs';

prepare();
for (const name of ['emulate', 'alert', 'refine', 'learn']) {
  console.log(`── bench/${name}.mjs`);
  const done = spawnSync(process.execPath, [at('bench', `${name}.mjs`)], { stdio: 'inherit' });
  if (done.status !== 0) process.exitCode = 1;
}
