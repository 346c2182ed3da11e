#!/usr/bin/env node
// What nmap takes a service for: its version scan is run against the real server and against the emulator that was
// learned from the testbed's capture, and what it says of both is compared.
//
//   npm run judge:nmap -- [options]              needs root, nmap and the testbed's packages, as npm run judge does
//
//   --protocols a,b   only these                          (default: all that the testbed has)
//   --jobs J          protocols judged at the same time   (default 2: nmap waits most of the time)
//   --show            prints the answers to probes that it did not recognise, where they differ
//   --keep DIR        keeps models and nmap's reports there
//   --out FILE        writes the table there              (npm run judge:nmap: docs/nmap.md)
//
// TESTBED and TESTBED_CAPTURES name the folders of the testbed and of its captures; SCRIPTGEN another command to judge.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { folderFor, prepare, snapshot } from './lib/project.mjs';
import { run } from './lib/processes.mjs';
import { nmapReport } from './lib/report.mjs';
import { dim } from './lib/say.mjs';
import { about, captureOf, EMULATED, lastLine, learn, openStage, protocols, REAL } from './lib/testbed.mjs';
import { list, options } from './lib/usage.mjs';

const said = options(import.meta.url, {
  protocols: { type: 'string' },
  jobs: { type: 'string', default: '2' },
  show: { type: 'boolean', default: false },
  keep: { type: 'string' },
  out: { type: 'string' },
});
/** What nmap says of a service, in the order in which it is told. */
const FIELDS = ['name', 'product', 'version', 'extrainfo', 'hostname', 'ostype', 'devicetype'];
/** Signs of an answer that are shown. */
const LONGEST = 200;

const found = await run('nmap', ['--version']);
if (found.code !== 0) {
  console.error('This needs nmap.');
  process.exit(1);
}
const version = found.out.split('\n')[0].split(' (')[0];
prepare({ say: (text) => console.error(dim(text)) });
const command = snapshot();
const folder = folderFor('nmap', said.keep);

const NAMED = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const unescaped = (text) =>
  text.replace(/&(?:#(\d+)|#x([\da-f]+)|(\w+));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return NAMED[name] ?? whole;
    return String.fromCodePoint(hex === undefined ? Number(decimal) : parseInt(hex, 16));
  });

/** The attributes of the service in nmap's XML report; `state` is the port's. */
function read(xml) {
  const [, port = ''] = /<port\b(.*?)<\/port>/s.exec(xml) ?? [];
  const [, tag = ''] = /<service\b([^>]*)>/.exec(port) ?? [];
  const attributes = [...tag.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, value]) => [key, unescaped(value)]);
  const [, state = 'not reported'] = /<state state="([^"]*)"/.exec(port) ?? [];
  return { state, ...Object.fromEntries(attributes) };
}

/** What nmap says of the service at a place, such as `tcp/21`. */
async function scanned(stage, target, place, file) {
  const [transport, port] = place.split('/');
  const how = transport === 'udp' ? ['-sU'] : [];
  const nmap = ['nmap', '-n', '-Pn', '-sV', ...how, '--host-timeout', '10m', '-p', port, '-oX', file];
  const done = await stage.run([...nmap, target], { timeout: 900_000 });
  if (done.code !== 0) throw new Error(`nmap ended with ${done.code ?? 'a signal'}: ${lastLine(done.err)}`);
  return read(readFileSync(file, 'utf8'));
}

/** As one line; in brackets, what it is taken for only because of the port's number. */
function inWords(service) {
  if (service.state !== 'open') return service.state;
  const words = FIELDS.slice(1).flatMap((key) => (service[key] === undefined ? [] : [service[key]]));
  if (service.method !== 'probed') return `(${service.name ?? 'unknown'})`;
  return [service.name, ...words].join(', ');
}

function verdict(real, ours) {
  const told = (service, key) => (key === 'name' && service.method !== 'probed' ? undefined : service[key]);
  const isSame = (key) => told(real, key) === told(ours, key);
  if (real.state === ours.state && FIELDS.every(isSame)) return 'same';
  const isLess = FIELDS.every((key) => isSame(key) || told(ours, key) === undefined);
  return isLess && real.state.startsWith('open') && ours.state.startsWith('open') ? 'less' : 'other';
}

/** The answers of a service that nmap did not recognise, by the name of its probe. */
function answers({ servicefp = '' }) {
  return new Map(
    [...servicefp.matchAll(/%r\((\w+),[\dA-F]+,"((?:\\.|[^"\\])*)"\)/g)].map(([, probe, text]) => [probe, text]),
  );
}

/** Lines that tell where these answers differ. */
function differences(real, ours) {
  const [theirs, own] = [answers(real), answers(ours)];
  return [...new Set([...theirs.keys(), ...own.keys()])].flatMap((probe) => {
    const [one, other] = [theirs.get(probe), own.get(probe)].map((text) => text?.slice(0, LONGEST) ?? 'silence');
    return one === other ? [] : [`${probe}: real ${one}`, `${' '.repeat(probe.length)}  ours ${other}`];
  });
}

async function judge(protocol) {
  const stage = openStage(`nmap-${process.pid}-${protocol}`);
  try {
    const model = join(folder, `${protocol}.model`);
    await learn({ command, capture: captureOf(protocol), model });
    const [place] = about(protocol).ports;
    const server = await stage.real(protocol);
    const real = await scanned(stage, REAL, place, join(folder, `${protocol}-real.xml`));
    await server.stop();
    await stage.emulator({ command, model });
    const ours = await scanned(stage, EMULATED, place, join(folder, `${protocol}-ours.xml`));
    const texts = { real: inWords(real), ours: inWords(ours) };
    return { protocol, verdict: verdict(real, ours), ...texts, differences: said.show ? differences(real, ours) : [] };
  } catch (error) {
    return { protocol, verdict: 'failed', real: error.message, ours: '', differences: [] };
  } finally {
    await stage.close();
  }
}

const names = list(said.protocols) ?? protocols();
const results = [];
const waiting = names.map((protocol, i) => ({ protocol, i }));
await Promise.all(
  Array.from({ length: Math.max(1, Number(said.jobs)) }, async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const result = await judge(next.protocol);
      results[next.i] = result;
      console.log(`${result.protocol}: ${result.verdict}\n    real ${result.real}\n    ours ${result.ours}`);
      for (const line of result.differences) console.log(dim(`    ${line}`));
    }
  }),
);
if (said.out !== undefined) writeFileSync(said.out, nmapReport({ date: new Date().toISOString(), version, results }));
