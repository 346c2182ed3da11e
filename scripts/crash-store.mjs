#!/usr/bin/env node
// A server is killed (SIGKILL) at random moments while clients talk to it; what it has kept must be whole.
//
//   node scripts/crash-store.mjs [--times 100] [--clients 8] [--seed 1]
//
// After each kill: the folder opens; every unknown request that the server has told of is an event with a
// recorded conversation that holds it (or says that it has none, when enough of its kind were recorded); every
// session that is marked whole has all that its client said; every other one is marked as cut when the next
// server has begun.
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { pause, start } from './lib/processes.mjs';
import { command, prepare } from './lib/project.mjs';
import { tinyModel } from './lib/tiny-model.mjs';

const { values: said } = parseArgs({
  options: {
    times: { type: 'string', default: '100' },
    clients: { type: 'string', default: '8' },
    seed: { type: 'string', default: '1' },
  },
});
if (process.env.SCRIPTGEN === undefined) prepare();
const built = dirname(dirname(command));
const { State } = await import(join(built, 'store', 'index.js'));
const { writeModel } = await import(join(built, 'model', 'store', 'index.js'));
const { seeded } = await import(join(built, 'bytes', 'random.js'));

const random = seeded(Number(said.seed));
const pick = (n) => Math.floor(random() * n);
const text = (n) => Array.from({ length: n }, () => 'abcdefghijklmnopqrstuvwxyz'[pick(26)]).join('');
const folder = mkdtempSync(join(tmpdir(), 'crash-store-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
await writeModel(join(folder, 'model'), tinyModel());
const state = join(folder, 'state');
const faults = [];
const sums = { killed: 0, told: 0, events: 0, sessions: 0, whole: 0, cut: 0, beyond: 0 };

/** One client, until the server is gone: known requests, unknown ones, an end. What it said is kept by its port. */
async function client(port, spoken, isOver) {
  while (!isOver()) {
    await new Promise((done) => {
      const socket = connect(port, '127.0.0.1');
      let mine = '';
      const lines = Array.from({ length: 1 + pick(6) }, () =>
        pick(3) === 0 ? `SHUTDOWN ${text(1 + pick(300))}\r\n` : `HELLO ${text(2 + pick(8))}\r\n`,
      );
      const next = () => {
        const line = lines.shift();
        if (line === undefined) {
          socket.end();
          return;
        }
        mine += line;
        spoken.set(socket.localPort, mine);
        socket.write(line);
        if (line.startsWith('SHUTDOWN')) setTimeout(next, pick(6));
      };
      socket.on('data', next);
      socket.on('error', () => undefined);
      socket.on('close', () => setTimeout(done, pick(10)));
    });
  }
}

/** A server from its start to its violent end; what it told, and what was said to it. */
async function life() {
  const began = Date.now();
  const args = [command, 'serve', join(folder, 'model'), '--host', '127.0.0.1', '--map', 'tcp/2121=0'];
  const child = start(process.execPath, [...args, '--state', state, '--log', '-'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let err = '';
  child.stderr.on('data', (bytes) => (err += bytes));
  const told = [];
  let port;
  const listening = new Promise((done) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      let event;
      try {
        event = JSON.parse(line);
      } catch {
        return; // the line that the kill has cut
      }
      if (event.event === 'listening') done((port = event.port));
      else if (event.event === 'note' && event.note.kind === 'unknown') told.push(event);
    });
  });
  const gone = new Promise((done) => child.on('close', done));
  await Promise.race([listening, gone]);
  if (port === undefined) throw new Error(`the server did not start: ${err}`);
  const spoken = new Map();
  let isOver = false;
  const clients = Array.from({ length: Number(said.clients) }, () => client(port, spoken, () => isOver));
  await pause(20 + pick(400));
  process.kill(-child.pid, 'SIGKILL');
  isOver = true;
  await gone;
  await Promise.all(clients);
  return { began, told, spoken };
}

async function judge({ began, told, spoken }) {
  const kept = await State.open(state);
  const events = [...kept.events({ since: began, kind: 'unknown request' })];
  const recordings = [...kept.recordings({ since: began })];
  kept.close();
  const bytes = (messages, from) =>
    Buffer.concat(messages.filter((message) => message.from === from).map((message) => message.bytes)).toString(
      'latin1',
    );
  for (const { session, note, client } of told) {
    const event = events.find(
      ({ alert }) =>
        alert.session === session &&
        Buffer.from(alert.request).toString('latin1').trim() === note.request.replace('\\r\\n', ''),
    );
    if (!event) faults.push(`session ${session}: no event for ${note.request.slice(0, 40)}`);
    const recorded = recordings.find(
      ({ facts }) => facts.client.port === client.port && facts.conversation === event?.conversation,
    );
    if (event && event.conversation === null) sums.beyond++;
    else if (event && !recorded) faults.push(`session ${session}: no conversation`);
    else if (recorded && !bytes(recorded.session.messages, 'client').includes(note.request.replace('\\r\\n', '\r\n')))
      faults.push(`session ${session}: its conversation lacks ${note.request.slice(0, 40)}`);
  }
  for (const { facts, session } of recordings) {
    sums.sessions++;
    if (facts.whole === 'whole') sums.whole++;
    else sums.cut++;
    const theirs = spoken.get(facts.client.port) ?? '';
    const ours = bytes(session.messages, 'client');
    if (facts.whole === 'whole' && ours !== theirs && theirs.startsWith(ours))
      faults.push(
        `conversation ${facts.conversation} is halved and not marked: ${ours.length} of ${theirs.length} bytes`,
      );
  }
  sums.told += told.length;
  sums.events += events.length;
}

for (let i = 0; i < Number(said.times) && faults.length === 0; i++) {
  const run = await life();
  await judge(run);
  sums.killed++;
}
// One more beginning marks what the last kill has cut.
const { Recorder } = await import(join(built, 'store', 'index.js'));
(await Recorder.open(state, [])).close();
const kept = await State.open(state);
const open = [...kept.recordings()].filter(({ facts }) => facts.whole === 'open').length;
if (open > 0) faults.push(`${open} sessions are still marked as going on`);
kept.close();
console.log(
  `${sums.killed} kills; ${sums.told} unknown requests told, ${sums.events} kept; ${sums.sessions} sessions recorded, ${sums.whole} whole, ${sums.cut} cut and marked; ${sums.beyond} unknown requests told when enough were recorded`,
);
for (const fault of faults) console.error(fault);
process.exit(faults.length === 0 ? 0 : 1);
