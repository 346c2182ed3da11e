#!/usr/bin/env node
// A server that learns nothing: it answers when the very bytes came, in the very order, that a recorded session
// holds, and hangs up on anything else. What learning is measured against; it stands in for the built command.
//
//   node scripts/lib/exact-replay.mjs learn CAPTURE -o MODEL [--first N]
//   node scripts/lib/exact-replay.mjs serve MODEL --host ADDRESS
//
// The paper's machine with both thresholds at zero is this: every different request is a state of its own
// [05 §2.4], and answers are literal. `scriptgen learn --macro 0 --micro 0 --links none` still shares what it
// learned between orders of requests and knows the client's address, so it answers more than was recorded.
import { createSocket } from 'node:dgram';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { at } from './project.mjs';

/** The recorded sessions that a client can still be in, and what the server says in them. */
class Follower {
  constructor(sessions) {
    this.live = sessions.map((session) => ({ session, next: 0, taken: 0 }));
    this.heard = Buffer.alloc(0);
  }

  /** What to say now: the message that most of the sessions hold which have come to one. */
  hear(bytes) {
    this.heard = Buffer.concat([this.heard, bytes]);
    const said = [];
    for (;;) {
      this.live = this.live.filter((place) => this.follows(place));
      const due = this.live.filter((place) => place.session.messages[place.next]?.from === 'server');
      if (due.length === 0) return said;
      const votes = new Map();
      for (const { session, next } of due) {
        const message = session.messages[next];
        const key = message.bytes.toString('latin1');
        votes.set(key, { message, count: (votes.get(key)?.count ?? 0) + 1 });
      }
      said.push([...votes.values()].sort((a, b) => b.count - a.count)[0].message);
      for (const place of due) place.next += 1;
    }
  }

  /** Takes what was heard as far as the session goes; false when the session says otherwise. */
  follows(place) {
    for (;;) {
      const message = place.session.messages[place.next];
      if (message === undefined) return this.heard.length === place.taken;
      if (message.from === 'server') return true;
      const here = this.heard.subarray(place.taken, place.taken + message.bytes.length);
      if (!message.bytes.subarray(0, here.length).equals(here)) return false;
      if (here.length < message.bytes.length) return true;
      place.next += 1;
      place.taken += here.length;
    }
  }

  /** Has a session that the client may be in come to its end, and did the server end it? */
  get over() {
    const ended = this.live.filter(({ session, next }) => next === session.messages.length);
    return ended.length > 0 && ended.every(({ session }) => session.closedByServer);
  }
}

function serveTcp(port, host, sessions) {
  const server = createServer({ noDelay: true }, (socket) => {
    const follower = new Follower(sessions);
    const hear = (bytes) => {
      for (const { bytes: answer } of follower.hear(bytes)) socket.write(answer);
      if (follower.live.length === 0) socket.destroy();
      else if (follower.over) socket.end();
    };
    socket.on('error', () => socket.destroy());
    socket.on('data', hear);
    hear(Buffer.alloc(0));
  });
  return new Promise((done, fail) => server.on('error', fail).listen(port, host, done));
}

function serveUdp(port, host, sessions) {
  const service = createSocket('udp4');
  const peers = new Map();
  const hear = (bytes, from) => {
    const key = `${from.address}:${from.port}`;
    if (!peers.has(key)) peers.set(key, { follower: new Follower(sessions) });
    const peer = peers.get(key);
    for (const { bytes: answer, serverPort } of peer.follower.hear(bytes)) {
      if (serverPort !== undefined && peer.own === undefined) {
        peer.own = createSocket('udp4').bind(0, host);
        peer.own.on('message', hear);
      }
      (serverPort === undefined ? service : peer.own).send(answer, from.port, from.address);
    }
    if (peer.follower.live.length > 0) return;
    peer.own?.close();
    peers.delete(key);
  };
  service.on('message', hear);
  return new Promise((done, fail) => service.on('error', fail).bind(port, host, done));
}

async function learn(file, { output, first }) {
  const { readSessions, groupConversations, newReport } = await import(at('dist', 'capture', 'index.js'));
  const sessions = [];
  for await (const session of readSessions([file], newReport())) sessions.push(session);
  const used = groupConversations(sessions).slice(0, first === undefined ? undefined : Number(first));
  const plain = used
    .flatMap((conversation) => [...conversation.sessions])
    .filter((session) => session.outcome === 'complete')
    .map(({ transport, server, close, messages }) => ({
      transport,
      port: server.port,
      closedByServer: close.by === 'server',
      messages: messages.map(({ from, bytes, serverPort }) => ({
        from,
        bytes: Buffer.from(bytes).toString('latin1'),
        serverPort,
      })),
    }));
  mkdirSync(output, { recursive: true });
  writeFileSync(join(output, 'sessions.json'), JSON.stringify(plain));
}

async function serve(model, { host }) {
  const services = new Map();
  for (const session of JSON.parse(readFileSync(join(model, 'sessions.json'), 'utf8'))) {
    for (const message of session.messages) message.bytes = Buffer.from(message.bytes, 'latin1');
    const key = `${session.transport}/${session.port}`;
    services.set(key, [...(services.get(key) ?? []), session]);
  }
  for (const [key, sessions] of services) {
    const [transport, port] = key.split('/');
    await (transport === 'tcp' ? serveTcp : serveUdp)(Number(port), host, sessions);
  }
  console.log(`replays ${services.size} services on ${host}`);
}

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    output: { type: 'string', short: 'o' },
    first: { type: 'string' },
    host: { type: 'string', default: '127.0.0.1' },
    // what a judge asks of any server; there is nothing to write down here
    log: { type: 'string' },
    json: { type: 'boolean' },
  },
});
const [verb, subject] = positionals;
if (verb === 'learn') await learn(subject, values);
else await serve(subject, values);
