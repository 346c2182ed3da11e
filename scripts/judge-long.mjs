#!/usr/bin/env node
// Long sessions: one connection (one socket, over UDP) that mixes the kinds of session of a protocol in random order,
// each operation checked by what the real server says. The client scripts are in scripts/long/. Each plays against the
// real server first, which has to get all right, and then against what was learned. Writes docs/long.md.
//
//   npm run judge:long -- [options]              needs root and the testbed's packages, as npm run judge does
//
//   --protocols a,b   only these                                  (default: all that have a script in scripts/long/)
//   --operations N    operations of a session                     (default 30)
//   --seeds a,b       one session for each seed                   (default 1,2,3)
//   --first N         learn from the first N conversations only
//   --learn-options "…"  added to scriptgen learn
//   --no-real         does not play against the real server
//   --show            prints all that went wrong, not only the first three of a protocol
//   --keep DIR        keeps models and the emulators' logs there
//   --out FILE        writes there                                (default docs/long.md)
//
// TESTBED and TESTBED_CAPTURES name the folders of the testbed and of its captures.
import { readdirSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { playLong } from './lib/clients.mjs';
import { at, folderFor, prepare, snapshot } from './lib/project.mjs';
import { longReport } from './lib/report.mjs';
import { dim, green, red, yellow } from './lib/say.mjs';
import { captureOf, EMULATED, learnAndPlay, openStage, REAL } from './lib/testbed.mjs';
import { list, numbers, options } from './lib/usage.mjs';

const said = options(import.meta.url, {
  protocols: { type: 'string' },
  operations: { type: 'string', default: '30' },
  seeds: { type: 'string', default: '1,2,3' },
  first: { type: 'string' },
  'learn-options': { type: 'string', default: '' },
  'no-real': { type: 'boolean', default: false },
  show: { type: 'boolean', default: false },
  keep: { type: 'string' },
  out: { type: 'string', default: at('docs', 'long.md') },
});
const scripts = readdirSync(at('scripts', 'long'))
  .filter((file) => file.endsWith('.py') && file !== 'mix.py')
  .map((file) => basename(file, '.py'));
const operations = Number(said.operations);

/** One protocol, against both servers. Never throws; `why` says what stood in the way. */
async function judgeLong(protocol, command, folder) {
  const result = { protocol, why: '' };
  const stage = openStage(`long-${process.pid}-${protocol}`);
  const sessions = async (target) => {
    const played = [];
    for (const seed of numbers(said.seeds)) played.push(await playLong(stage, protocol, { target, seed, operations }));
    return played;
  };
  try {
    if (!said['no-real']) {
      const server = await stage.real(protocol);
      result.real = await sessions(REAL);
      await server.stop();
    }
    const capture = captureOf(protocol);
    const play = () => sessions(EMULATED);
    Object.assign(result, await learnAndPlay(stage, { protocol, command, capture, folder, said }, play));
  } catch (error) {
    result.why = error.message;
  } finally {
    await stage.close();
  }
  return result;
}

prepare({ say: (text) => console.error(dim(text)) });
const command = snapshot();
const folder = folderFor('long', said.keep);
const sum = (played, key) => (played ?? []).reduce((total, session) => total + session[key], 0);
const results = [];
for (const protocol of list(said.protocols) ?? scripts) {
  const result = await judgeLong(protocol, command, folder);
  results.push(result);
  for (const [who, played] of Object.entries({ real: result.real, learned: result.learned })) {
    if (played === undefined) continue;
    const [good, made] = [sum(played, 'right'), sum(played, 'made')];
    const colour = good === made ? green : who === 'real' ? red : yellow;
    console.log(colour(`${protocol}, ${who}: ${good}/${made}`));
    const wrong = played.flatMap(({ failures }) => failures);
    for (const line of said.show ? wrong : wrong.slice(0, 3)) console.log(dim(`    ${line}`));
  }
  if (result.why !== '') console.log(red(`${protocol}: ${result.why}`));
}
const text = longReport({ date: new Date().toISOString(), operations, results });
writeFileSync(said.out, text);
console.log(`\n${text}`);
