#!/usr/bin/env node
// How learning grows: seconds and peak memory of `scriptgen learn` against the number of conversations.
//
//   node bench/learn.mjs [--only NAME[,NAME]] [--sizes 10,100,1000,10000] [--no-write]
//
// CAPTURES names the folder of captures (default ../shared/captures beside the project).
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { run } from '../scripts/lib/processes.mjs';
import { at, command, prepare } from '../scripts/lib/project.mjs';
import { markdown } from '../scripts/lib/say.mjs';
import { multiply } from './lib/pcap.mjs';
import { machine, put } from './lib/readme.mjs';

const { values: said } = parseArgs({
  options: {
    only: { type: 'string' },
    sizes: { type: 'string', default: '10,100,1000,10000' },
    'no-write': { type: 'boolean', default: false },
  },
});
const captures = resolve(process.env.CAPTURES ?? at('..', 'shared', 'captures'));
const sizes = said.sizes.split(',').map(Number);
const folder = mkdtempSync(join(tmpdir(), 'bench-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

/** Real captures, learned whole (most have one source, so that N conversations can not be taken from them). `options` narrow them to the service that the name tells. */
const real = [
  { name: 'echo', file: 'public/echo_500.pcap', most: 500, options: ['--port', 'tcp/7000'] },
  { name: 'ftp', file: 'public/ftp_bruteforce_1222.pcap', most: 1222, options: ['--port', 'tcp/21'] },
  { name: 'netlogon', file: 'public/zerologon_test_win2016_781.pcap', most: 781, options: [] },
  { name: 'web', file: 'public/http_tryzeek_200.pcap', most: 200, options: ['--port', 'tcp/80'] },
  { name: 'names', file: 'public/dns_ictf2010_4364.pcapng', most: 4364, options: ['--port', 'udp/53'] },
];
/** Recorded conversations multiplied: see lib/pcap.mjs. */
const made = [
  { name: 'mail ×', file: at('examples', 'mail.pcap') },
  { name: 'web ×', file: join(captures, 'testbed', 'http.pcap') },
  { name: 'names ×', file: join(captures, 'testbed', 'dns.pcap') },
];

async function measure(capture, options) {
  const usage = join(folder, 'usage.json');
  rmSync(usage, { force: true });
  const model = join(folder, 'model');
  rmSync(model, { recursive: true, force: true });
  const hook = at('bench', 'lib', 'usage.mjs');
  const done = await run(process.execPath, ['--import', hook, command, 'learn', capture, '-o', model, ...options], {
    env: { ...process.env, USAGE_FILE: usage },
    timeout: 900_000,
  });
  if (done.code !== 0) {
    const why = done.late ? 'no end in 900 s' : (done.err.trim().split('\n').at(-1) ?? '');
    return { failed: why || `exit status ${done.code}` };
  }
  return { seconds: done.seconds, ...JSON.parse(readFileSync(usage, 'utf8')) };
}

prepare();
const wanted = said.only?.split(',');
const rows = [];
const measured = [];
const tell = (name, count, capture, result) => {
  const row =
    result.failed === undefined
      ? [
          name,
          `${count}`,
          `${(statSync(capture).size / 1e6).toFixed(1)} MB`,
          `${result.seconds.toFixed(1)} s`,
          `${result.cpu.toFixed(1)} s`,
          `${Math.round(result.megabytes)} MiB`,
        ]
      : [name, `${count}`, '', `failed: ${result.failed.slice(0, 80)}`, '', ''];
  rows.push(row);
  measured.push({ name, count, ...result });
  console.log(row.join('  '));
};

for (const { name, file, most, options } of real) {
  if (wanted !== undefined && !wanted.includes(name)) continue;
  const capture = join(captures, file);
  if (!existsSync(capture)) {
    console.log(`${name}: ${file} is not there, left out`);
    continue;
  }
  tell(name, most, capture, await measure(capture, options));
}
for (const { name, file } of made) {
  if (wanted !== undefined && !wanted.includes(name)) continue;
  if (!existsSync(file)) {
    console.log(`${name}: ${file} is not there, left out`);
    continue;
  }
  for (const count of sizes) {
    const capture = join(folder, 'made.pcap');
    multiply(file, capture, count);
    tell(name, count, capture, await measure(capture, []));
  }
}

const columns = ['capture', 'sessions', 'file', 'time', 'processor time', 'peak memory'];
const text = `${machine()}.\n\n${markdown(columns, rows, [1, 2, 3, 4, 5])}`;
if (said['no-write']) console.log(`\n${text}`);
else put('learn', text);
