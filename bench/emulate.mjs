#!/usr/bin/env node
// Emulating: a learned echo service beside a bare Node TCP server that answers a constant.
// Same load generator, same run, rounds A B A B; the ratio is the median of the rounds' ratios.
//
//   node bench/emulate.mjs [--connections 50] [--rounds 5] [--seconds 4] [--no-write]
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { end, run, start } from '../scripts/lib/processes.mjs';
import { at, command, prepare } from '../scripts/lib/project.mjs';
import { markdown } from '../scripts/lib/say.mjs';
import { writeEcho } from './lib/pcap.mjs';
import { machine, put } from './lib/readme.mjs';

const { values: said } = parseArgs({
  options: {
    connections: { type: 'string', default: '50' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '4' },
    'no-write': { type: 'boolean', default: false },
  },
});
const connections = Number(said.connections);
const rounds = Number(said.rounds);
const HOST = '127.0.0.1';
const folder = mkdtempSync(join(tmpdir(), 'bench-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

// where there are two cores, the servers get one and the load generator the other
const pinned = spawnSync('taskset', ['-c', '0,1', 'true']).status === 0;
if (pinned) spawnSync('taskset', ['-acp', '0', `${process.pid}`]);
const server = (args) =>
  pinned ? start('taskset', ['-c', '1', process.execPath, ...args]) : start(process.execPath, args);

const freePort = () =>
  new Promise((done) => {
    const probe = createServer().listen(0, HOST, () => {
      const { port } = probe.address();
      probe.close(() => done(port));
    });
  });
const ready = (child) =>
  new Promise((done, fail) => {
    let err = '';
    child.stdout.once('data', done);
    child.stderr.on('data', (text) => (err += text));
    child.on('exit', (code) => fail(new Error(`a server ended with ${code}: ${err}`)));
  });

/** Closed loop: every connection sends a line and waits for the whole answer before the next one. */
async function load(port, seconds, expectEcho) {
  const times = [];
  let wrong = 0;
  const until = performance.now() + seconds * 1000;
  const began = performance.now();
  await Promise.all(
    Array.from(
      { length: connections },
      (_, i) =>
        new Promise((done, fail) => {
          const socket = connect(port, HOST);
          socket.setNoDelay(true);
          let count = 0;
          let sent = '';
          let got = '';
          let at = 0;
          const next = () => {
            if (performance.now() >= until) {
              socket.destroy();
              done();
              return;
            }
            sent = `${`connection${i}request${count++}`.padEnd(30, 'x')}\r\n`;
            got = '';
            at = performance.now();
            socket.write(sent, 'latin1');
          };
          socket.setEncoding('latin1');
          socket.setTimeout(10_000, () =>
            fail(new Error(`no answer in 10 s to ${JSON.stringify(sent)}, got ${JSON.stringify(got)}`)),
          );
          socket.on('connect', next);
          socket.on('error', fail);
          socket.on('end', () => fail(new Error(`the server closed after ${JSON.stringify(sent)}`)));
          socket.on('data', (text) => {
            got += text;
            if (got.length < sent.length) return;
            times.push(performance.now() - at);
            if (expectEcho && got !== sent) wrong += 1;
            next();
          });
        }),
    ),
  );
  const took = (performance.now() - began) / 1000;
  times.sort((a, b) => a - b);
  const quantile = (q) => times[Math.min(times.length - 1, Math.floor(times.length * q))];
  return { rate: times.length / took, p50: quantile(0.5), p99: quantile(0.99), wrong };
}

prepare();
const capture = join(folder, 'echo.pcap');
writeEcho(capture);
const model = join(folder, 'model');
const learned = await run(process.execPath, [command, 'learn', capture, '-o', model]);
if (learned.code !== 0) throw new Error(`learn failed: ${learned.err}`);

const ports = { learned: await freePort(), bare: await freePort() };
const options = (process.env.SERVE_OPTIONS ?? '').split(' ').filter(Boolean);
const children = [
  server([command, 'serve', model, '--host', HOST, '--map', `tcp/7=${ports.learned}`, ...options]),
  server([at('bench', 'lib', 'bare-server.mjs'), HOST, `${ports.bare}`]),
];
await Promise.all(children.map(ready));
for (const child of children) child.stdout.resume();

const results = { learned: [], bare: [] };
await load(ports.learned, 2, true);
await load(ports.bare, 2, false);
for (let round = 0; round < rounds; round++) {
  for (const which of ['learned', 'bare']) {
    const result = await load(ports[which], Number(said.seconds), which === 'learned');
    results[which].push(result);
    console.log(
      `${which}: ${Math.round(result.rate)} requests/s, median ${result.p50.toFixed(2)} ms, 99 % ${result.p99.toFixed(2)} ms, ${result.wrong} wrong`,
    );
  }
}
for (const child of children) await end(child);

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const ratio = median(results.learned.map((r, i) => r.rate / results.bare[i].rate));
const row = (name, which) => [
  name,
  `${Math.round(median(results[which].map((r) => r.rate)))}`,
  `${median(results[which].map((r) => r.p50)).toFixed(2)} ms`,
  `${median(results[which].map((r) => r.p99)).toFixed(2)} ms`,
  which === 'learned' ? `${results[which].reduce((sum, r) => sum + r.wrong, 0)}` : '',
];
const rows = [row('learned echo service', 'learned'), row('bare server, a constant', 'bare')];
const text = `${machine()}; ${connections} connections, ${rounds} rounds of ${said.seconds} s each, ${pinned ? 'server and load generator on a core each' : 'not pinned to cores'}.

${markdown(['server', 'requests/s', 'median latency', '99 % below', 'wrong answers'], rows, [1, 2, 3, 4])}

Ratio of the rates, median of the rounds: **${ratio.toFixed(2)}**.`;
console.log(`\n${text}`);
if (!said['no-write']) put('emulate', text);
process.exit(0);
