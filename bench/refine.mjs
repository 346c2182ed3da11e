#!/usr/bin/env node
// What a refinement costs: a model of N conversations and 10 new ones of a kind that it does not know, against
// learning all of them anew; in one run, one after the other.
//
//   node bench/refine.mjs [--size 10000] [--new 10] [--no-write]
//
// CAPTURES names the folder of captures (default ../shared/captures beside the project).
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
    size: { type: 'string', default: '10000' },
    new: { type: 'string', default: '10' },
    'no-write': { type: 'boolean', default: false },
  },
});
const captures = resolve(process.env.CAPTURES ?? at('..', 'shared', 'captures'));
const folder = mkdtempSync(join(tmpdir(), 'bench-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const file = (name) => join(folder, name);

/** Captures, a word in whose requests no model of the others knows: of the same length, so that no header changes. */
const made = [
  { name: 'mail ×', file: at('examples', 'mail.pcap'), words: ['MAIL FROM', 'POST FROM'] },
  { name: 'web ×', file: join(captures, 'testbed', 'http.pcap'), words: ['GET /', 'ASK /'] },
];

async function timed(args) {
  const done = await run(process.execPath, [command, ...args], { timeout: 1_800_000 });
  if (done.code !== 0) throw new Error(done.err.trim().split('\n').at(-1));
  return done;
}

prepare();
const rows = [];
for (const { name, file: capture, words } of made) {
  multiply(capture, file('old.pcap'), Number(said.size));
  multiply(capture, file('some.pcap'), Number(said.new));
  const other = readFileSync(file('some.pcap'))
    .toString('latin1')
    .replaceAll(...words);
  writeFileSync(file('new.pcap'), Buffer.from(other, 'latin1'));
  const learned = await timed(['learn', file('old.pcap'), '-o', file('model')]);
  const refined = await timed(['refine', file('model'), '--with', file('new.pcap'), '--json']);
  const { services } = JSON.parse(refined.out);
  const anew = await timed(['learn', file('old.pcap'), file('new.pcap'), '-o', file('anew')]);
  rows.push([
    name,
    said.size,
    `${learned.seconds.toFixed(1)} s`,
    said.new,
    `${services.reduce((sum, s) => sum + s.new, 0)}`,
    `${refined.seconds.toFixed(2)} s`,
    `${anew.seconds.toFixed(1)} s`,
    `1/${Math.round(anew.seconds / refined.seconds)}`,
  ]);
  console.log(rows.at(-1).join('  '));
}
const columns = ['capture', 'sessions', 'learned in', 'new', 'new requests', 'refined in', 'learned anew in', 'share'];
const text = `${machine()}.\n\n${markdown(columns, rows, [1, 2, 3, 4, 5, 6, 7])}`;
if (said['no-write']) console.log(`\n${text}`);
else put('refine', text);
