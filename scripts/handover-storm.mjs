#!/usr/bin/env node
// Many sessions are handed over at once, and the real host is killed in the middle: every session has to end, the
// emulator has to go on, and the log has to hold each step of each session and each byte that was passed on.
//
//   npm run handover:storm -- [options]
//
//   --sessions N   at once                        (default 1000)
//   --hold S       seconds until the host dies    (default 3)
//
// It learns examples/mail.pcap; the real host is a small process of the script's own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { at, folderFor, prepare, snapshot } from './lib/project.mjs';
import { end, run, start } from './lib/processes.mjs';
import { dim, green, red } from './lib/say.mjs';
import { options } from './lib/usage.mjs';

const HOST = `
  let greeting = '220 mail.corp.example ESMTP ready\\r\\n';
  require('node:net').createServer((s) => {
    s.on('error', () => {});
    s.write(greeting);
    s.on('data', (b) => s.write('250 you said ' + b.toString('latin1').trim() + '\\r\\n'));
    const t = setInterval(() => s.write('250 still here\\r\\n'), 100);
    s.on('close', () => clearInterval(t));
  }).listen(0, '127.0.0.1', 4096, function () { console.log(this.address().port); });
`;

const said = options(import.meta.url, {
  sessions: { type: 'string', default: '1000' },
  hold: { type: 'string', default: '3' },
});
const count = Number(said.sessions);
prepare({ say: (text) => console.error(dim(text)) });
const command = snapshot();
const folder = folderFor('storm');
const [model, log] = [join(folder, 'model'), join(folder, 'log.jsonl')];
await run(process.execPath, [command, 'learn', at('examples', 'mail.pcap'), '-o', model]);
const service = JSON.parse(readFileSync(join(model, 'model.json'), 'utf8')).services[0].service;

const host = spawn(process.execPath, ['-e', HOST], { stdio: ['ignore', 'pipe', 'inherit'] });
process.on('exit', () => host.kill('SIGKILL'));
const theirs = `${(await once(host.stdout, 'data'))[0]}`.trim();
const limits = ['--backend-max-connections', `${count}`, '--backend-max-per-source', `${count}`];
const places = ['--map', `${service}=0`, '--backend', '127.0.0.1', '--backend-map', `${service}=${theirs}`];
const server = start(
  process.execPath,
  [
    command,
    'serve',
    model,
    '--host',
    '127.0.0.1',
    ...places,
    ...limits,
    '--max-per-source',
    `${2 * count}`,
    '--log',
    log,
    '--json',
  ],
  { stdio: ['ignore', 'pipe', 'inherit'] },
);
const [ready] = await once(server.stdout, 'data');
const { port } = JSON.parse(`${ready}`).listening[0];

let heard = 0;
const began = performance.now();
const clients = Array.from({ length: count }, (_, i) => {
  const socket = net.connect({ host: '127.0.0.1', port });
  const client = { relayed: false, over: false, socket };
  socket.once('data', () => socket.write(`XSTORM ${i}\r\n`));
  socket.on('data', (bytes) => {
    heard += bytes.length;
    client.relayed ||= `${bytes}`.includes('250 you said XSTORM') || `${bytes}`.includes('still here');
  });
  socket.on('error', () => undefined);
  socket.on('close', () => (client.over = true));
  return client;
});
const until = async (what, seconds) => {
  const late = performance.now() + seconds * 1000;
  while (!clients.every((client) => client[what]) && performance.now() < late)
    await new Promise((done) => setTimeout(done, 50));
  return clients.filter((client) => client[what]).length;
};
const relayed = await until('relayed', 60);
const seconds = (performance.now() - began) / 1000;
await new Promise((done) => setTimeout(done, Number(said.hold) * 1000));
host.kill('SIGKILL');
const over = await until('over', 30);

const late = net.connect({ host: '127.0.0.1', port });
late.on('error', () => undefined);
const [greeting] = await Promise.race([once(late, 'data'), new Promise((done) => setTimeout(done, 3000, ['']))]);
late.destroy();
await end(server);
const events = readFileSync(log, 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line));
const steps = (step) => events.filter((event) => event.event === 'handover' && event.step === step).length;
const dropped = events.filter(({ event }) => event === 'dropped').length;
const ends = steps('ends');
console.log(`${relayed}/${count} handed over within ${seconds.toFixed(1)} s; ${heard} bytes came back`);
console.log(`the host was killed: ${over}/${count} sessions ended, ${ends} ends in the log, ${dropped} lines dropped`);
console.log(`the emulator ${`${greeting}` === '' ? 'does not answer any more' : 'goes on'}`);
const isFine = relayed === count && over === count && ends === count && dropped === 0 && `${greeting}` !== '';
console.log(isFine ? green('fine') : red('not fine'));
process.exit(isFine ? 0 : 1);
