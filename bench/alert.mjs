#!/usr/bin/env node
// Alerting: time from an unknown request to its event on the disk, beside the time to answer a known one.
//
//   node bench/alert.mjs [--requests 300] [--seconds 4] [--no-write]
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { at, prepare } from '../scripts/lib/project.mjs';
import { markdown } from '../scripts/lib/say.mjs';
import { tinyModel } from '../scripts/lib/tiny-model.mjs';
import { machine, put } from './lib/readme.mjs';

const { values: said } = parseArgs({
  options: {
    requests: { type: 'string', default: '300' },
    seconds: { type: 'string', default: '4' },
    'no-write': { type: 'boolean', default: false },
  },
});
prepare();
const { startServer } = await import(at('dist', 'net', 'index.js'));
const { Recorder } = await import(at('dist', 'store', 'index.js'));
// not in /tmp, which may be memory
const folder = mkdtempSync(at('bench', '.alert-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const HOST = '127.0.0.1';

/** What passes between the arrival of a request and what `until` says, in milliseconds. */
const times = { known: [], alert: [] };
let arrived = 0;
let answered = 0;
const wrap = (log) => (event) => {
  if (event.event === 'received') arrived = performance.now();
  log?.(event);
  if (event.event === 'sent') times.known.push(performance.now() - arrived);
  if (event.event === 'note' && event.note.kind === 'unknown') times.alert.push(performance.now() - arrived);
  if (event.event === 'note') answered += 1;
};

async function serve(name) {
  const recorder = name === undefined ? undefined : await Recorder.open(join(folder, name), tinyModel().services);
  const server = await startServer(tinyModel(), {
    host: HOST,
    map: new Map([['tcp/2121', 0]]),
    log: wrap(recorder?.log),
  });
  return { server, recorder, port: server.addresses[0].port };
}

async function open(port) {
  const socket = connect(port, HOST);
  socket.setNoDelay(true);
  await new Promise((done) => socket.once('data', done));
  return socket;
}

/** One request after the other, slowly enough that no budget matters. */
async function slowly(port, line) {
  times.known = [];
  times.alert = [];
  const socket = await open(port);
  for (let i = 0; i < Number(said.requests); i++) {
    socket.write(line(i));
    await pause(20);
  }
  socket.destroy();
  await pause(50);
}

/** As many as come. */
async function flood(port, line) {
  const sockets = await Promise.all(Array.from({ length: 8 }, () => open(port)));
  answered = 0;
  const began = performance.now();
  const until = began + Number(said.seconds) * 1000;
  let count = 0;
  while (performance.now() < until) {
    for (const socket of sockets) if (socket.writableLength < 4096) socket.write(line(count++));
    if (count % 64 === 0 || count - answered > 500) await pause(0);
    while (count - answered > 2000) await pause(1);
  }
  while (answered < count) await pause(1);
  const rate = (1000 * count) / (performance.now() - began);
  for (const socket of sockets) socket.destroy();
  await pause(100);
  return rate;
}

const word = (i) => (i * 2654435761).toString(36).replaceAll(/[^a-z]/g, 'x');
const known = (i) => `HELLO ${word(i).slice(0, 8).padEnd(2, 'x')}\r\n`;
const unknown = (i) => `SHUTDOWN ${word(i)} ${word(i + 7)}\r\n`;
const various = (i) => `${word(i * 31)} ${word(i)} ${word(i + 7)} ${word(i * 5)}\r\n`;
const quantile = (values, q) =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * q))] ?? NaN;
const row = (name, values) => [
  name,
  `${quantile(values, 0.5).toFixed(2)} ms`,
  `${quantile(values, 0.99).toFixed(2)} ms`,
];

const bare = await serve();
await slowly(bare.port, known);
const rows = [row('a known request, answered; no state folder', times.known)];
const rates = [['known requests, no state folder', await flood(bare.port, known)]];
await bare.server.close();

const kept = await serve('kept');
await slowly(kept.port, known);
rows.push(row('a known request, answered; with a state folder', times.known));
rates.push(['known requests, with one', await flood(kept.port, known)]);
await slowly(kept.port, unknown);
rows.push(row('an unknown request, its event synced', times.alert));
rates.push(['known requests of a source that is being recorded', await flood(kept.port, known)]);
times.alert = [];
rates.push(['unknown requests of one activity', await flood(kept.port, unknown)]);
rows.push(row('an unknown request in a flood of them, its event committed', times.alert));
rates.push(['unknown requests that have nothing in common', await flood(kept.port, various)]);
await kept.server.close();
kept.recorder.close();

const text = `${machine()}; ${said.requests} requests, one every 20 ms; floods of ${said.seconds} s over 8 connections.

${markdown(['from the request to', 'median', '99 % below'], rows, [1, 2])}

${markdown(
  ['flood', 'requests/s'],
  rates.map(([name, rate]) => [name, `${Math.round(rate)}`]),
  [1],
)}`;
console.log(text);
if (!said['no-write']) put('alert', text);
process.exit(0);
