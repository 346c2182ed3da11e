#!/usr/bin/env node
// What one connection teaches: a client of the project's own (scripts/long/) records a single connection (one socket,
// over UDP) of many exchanges with the real server; that capture is all that is learned from; then the client says
// further, different things to the emulator, each checked by what the real server says. Writes docs/single.md.
//
//   npm run judge:single -- [options]            needs root and the testbed's packages, as npm run judge does
//
//   --protocols a,b   of those in scripts/long/                   (default modbus,redis,snmp)
//   --train N         exchanges recorded                          (default 1000)
//   --test N          exchanges asked of the emulator             (default 200)
//   --seed N          of both clients                             (default 1)
//   --learn-options "…"  added to scriptgen learn
//   --show            prints all that went wrong, not only the first five
//   --keep DIR        keeps captures, models and the emulators' logs there
//   --captures DIR    learns from the captures that --keep left there, records none
//   --out FILE        writes there                                (default docs/single.md)
//
// TESTBED names the folder of the testbed.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { playLong } from './lib/clients.mjs';
import { at, folderFor, prepare, snapshot } from './lib/project.mjs';
import { singleReport } from './lib/report.mjs';
import { dim, green, red, yellow } from './lib/say.mjs';
import { EMULATED, learnAndPlay, openStage, REAL } from './lib/testbed.mjs';
import { list, options } from './lib/usage.mjs';

const said = options(import.meta.url, {
  protocols: { type: 'string', default: 'modbus,redis,snmp' },
  train: { type: 'string', default: '1000' },
  test: { type: 'string', default: '200' },
  seed: { type: 'string', default: '1' },
  'learn-options': { type: 'string', default: '' },
  show: { type: 'boolean', default: false },
  keep: { type: 'string' },
  captures: { type: 'string' },
  out: { type: 'string', default: at('docs', 'single.md') },
});
const seed = Number(said.seed);

async function onRealServer(stage, protocol, work) {
  const server = await stage.real(protocol);
  try {
    return await work();
  } finally {
    await server.stop();
  }
}

/** One connection of the real server, recorded; every exchange has to be right. */
async function record(stage, protocol, file) {
  const played = await onRealServer(stage, protocol, async () => {
    const recording = await stage.record(file);
    const asked = { target: REAL, seed, exchanges: Number(said.train), split: 'train' };
    return playLong(stage, protocol, asked).finally(() => recording.stop());
  });
  const [right, made] = played.exchanges;
  if (right < made)
    throw new Error(`the real server got ${right}/${made} while it was recorded: ${played.failures[0]}`);
}

/** One protocol. Never throws; `why` says what stood in the way. */
async function judgeSingle(protocol, command, folder) {
  const result = { protocol, why: '' };
  const stage = openStage(`single-${process.pid}-${protocol}`);
  const asked = { seed, exchanges: Number(said.test) };
  try {
    const capture = join(said.captures ?? folder, `${protocol}.pcap`);
    if (said.captures === undefined) await record(stage, protocol, capture);
    result.real = await onRealServer(stage, protocol, () => playLong(stage, protocol, { target: REAL, ...asked }));
    const play = () => playLong(stage, protocol, { target: EMULATED, ...asked });
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
const folder = folderFor('single', said.keep);
const results = [];
for (const protocol of list(said.protocols)) {
  const result = await judgeSingle(protocol, command, folder);
  results.push(result);
  for (const [who, played] of Object.entries({ real: result.real, learned: result.learned })) {
    if (played === undefined) continue;
    const [right, made] = played.exchanges;
    const colour = right === made ? green : who === 'real' ? red : yellow;
    console.log(colour(`${protocol}, ${who}: ${right}/${made}`));
    for (const line of said.show ? played.failures : played.failures.slice(0, 5)) console.log(dim(`    ${line}`));
  }
  if (result.why !== '') console.log(red(`${protocol}: ${result.why}`));
}
const text = singleReport({ date: new Date().toISOString(), train: said.train, test: said.test, results });
writeFileSync(said.out, text);
console.log(`\n${text}`);
