#!/usr/bin/env node
// What gives the emulator away to a scanner that tries every protocol on every port: each service is told what clients
// of all other protocols of the testbed say first, and so is the real server. Nothing of it was in training. Writes
// docs/scan.md.
//
//   npm run judge:scan -- [options]              needs root and the testbed's packages, as npm run judge does
//
//   --protocols a,b   only these                          (default: all that the testbed has)
//   --show            prints every answer that is not alike
//   --keep DIR        keeps models and findings there
//   --out FILE        writes there                        (default docs/scan.md)
//
// TESTBED and TESTBED_CAPTURES name the folders of the testbed and of its captures.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { at, folderFor, prepare, snapshot } from './lib/project.mjs';
import { scanReport } from './lib/report.mjs';
import { dim } from './lib/say.mjs';
import { about, captureOf, EMULATED, lastLine, learn, openStage, protocols, REAL } from './lib/testbed.mjs';
import { list, options } from './lib/usage.mjs';

const said = options(import.meta.url, {
  protocols: { type: 'string' },
  show: { type: 'boolean', default: false },
  keep: { type: 'string' },
  out: { type: 'string', default: at('docs', 'scan.md') },
});
/** Answers that begin alike for so many bytes are of one kind. */
const BEGINS = 8;

prepare({ say: (text) => console.error(dim(text)) });
const command = snapshot();
const { readSessions, newReport } = await import(at('dist', 'capture', 'index.js'));
const folder = folderFor('scan', said.keep);

/** What the client of a recorded session says first. */
async function firstSaid(protocol) {
  const known = new Set(about(protocol).ports);
  for await (const session of readSessions([captureOf(protocol)], newReport())) {
    const first = session.messages.find(({ from }) => from === 'client');
    if (first && known.has(`${session.transport}/${session.server.port}`)) return Buffer.from(first.bytes);
  }
  throw new Error(`no client speaks in ${captureOf(protocol)}`);
}

/** What a server says to all probes, one connection each. */
async function probed(stage, target, place, probes, name) {
  const [transport, port] = place.split('/');
  const files = ['probes', name].map((part) => join(folder, `${part}.json`));
  writeFileSync(files[0], JSON.stringify(probes.map(({ bytes }) => bytes.toString('base64'))));
  const done = await stage.run([
    process.execPath,
    at('scripts', 'lib', 'probe.mjs'),
    target,
    transport,
    port,
    ...files,
  ]);
  if (done.code !== 0) throw new Error(lastLine(done.err));
  return JSON.parse(readFileSync(files[1], 'utf8')).map(({ answer, end }) => ({
    answer: Buffer.from(answer, 'base64'),
    end,
  }));
}

/** How an answer of the emulator stands to that of the real server. */
function verdict(real, ours) {
  if (ours.answer.length === 0) {
    if (real.answer.length > 0) return 'mute';
    return ours.end === real.end ? 'alike' : 'otherwise ended';
  }
  const begin = (bytes) => bytes.subarray(0, BEGINS).toString('latin1');
  return real.answer.length > 0 && begin(ours.answer) === begin(real.answer) ? 'alike' : 'given away';
}

async function scan(protocol, probes) {
  const stage = openStage(`scan-${process.pid}-${protocol}`);
  try {
    const model = join(folder, `${protocol}.model`);
    await learn({ command, capture: captureOf(protocol), model });
    const [place] = about(protocol).ports;
    const server = await stage.real(protocol);
    const real = await probed(stage, REAL, place, probes, `${protocol}-real`);
    await server.stop();
    await stage.emulator({ command, model });
    const ours = await probed(stage, EMULATED, place, probes, `${protocol}-ours`);
    const verdicts = real.map((one, i) => verdict(one, ours[i]));
    if (said.show)
      verdicts.forEach((how, i) => {
        const text = ({ answer, end }) => `${JSON.stringify(answer.subarray(0, 60).toString('latin1'))} (${end})`;
        if (how !== 'alike')
          console.log(`  ${probes[i].from}: ${how}: real ${text(real[i])}, emulator ${text(ours[i])}`);
      });
    return { protocol, verdicts, why: '' };
  } catch (error) {
    return { protocol, verdicts: [], why: error.message };
  } finally {
    await stage.close();
  }
}

const names = protocols();
const probes = [];
for (const from of names) probes.push({ from, bytes: await firstSaid(from) });
const results = [];
for (const protocol of list(said.protocols) ?? names) {
  const result = await scan(
    protocol,
    probes.filter(({ from }) => from !== protocol),
  );
  const count = (how) => result.verdicts.filter((one) => one === how).length;
  console.log(
    `${protocol}: ${count('alike')} alike, ${count('mute')} mute, ${count('otherwise ended')} otherwise ended, ${count('given away')} given away${result.why && `  ${result.why}`}`,
  );
  results.push(result);
}
writeFileSync(said.out, scanReport({ date: new Date().toISOString(), probes: probes.length - 1, results }));
