#!/usr/bin/env node
// Installs what the testbed's protocols need (Debian packages, as root), when something is missing;
// those that are named, or with `--further` the project's own further protocols.
import { spawnSync } from 'node:child_process';
import { about, further, protocols, testbed, testbedEnv } from './lib/testbed.mjs';

const said = process.argv.slice(2);
const named = said.filter((name) => name !== '--further');
const names = said.includes('--further') ? [...named, ...further()] : named.length > 0 ? named : protocols();
const packages = ['iproute2', 'tcpdump', 'util-linux', 'python3'];
for (const name of names) packages.push(...(about(name).apt ?? []));
const status = spawnSync('dpkg-query', ['-W', '-f', '${Package} ${db:Status-Status}\n', ...new Set(packages)], {
  encoding: 'utf8',
});
const there = new Set(
  status.stdout
    .split('\n')
    .filter((line) => line.endsWith(' installed'))
    .map((line) => line.split(' ')[0]),
);
const missing = [...new Set(packages)].filter((name) => !there.has(name));
if (missing.length === 0) {
  console.log('All packages of the testbed are installed.');
  process.exit(0);
}
console.log(`Missing: ${missing.join(' ')}`);
if (process.getuid?.() !== 0) {
  console.error('Installing them needs root.');
  process.exit(1);
}
const done = spawnSync(testbed, ['install', ...names], {
  env: testbedEnv,
  stdio: ['ignore', 'inherit', 'inherit'],
});
process.exit(done.status ?? 1);
