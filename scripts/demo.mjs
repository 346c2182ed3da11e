#!/usr/bin/env node
// `npm run demo` on a fresh clone, with nothing but Node 20 and npm: learns a mail server from a capture of 40
// sessions, serves what it learned on loopback, and lets a mail client say things that the capture never held.
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { end, run, start } from './lib/processes.mjs';
import { at, command, prepare } from './lib/project.mjs';
import { bold, coloured, dim, green, marked, red } from './lib/say.mjs';

const HOST = '127.0.0.1';
const capture = at('examples', 'mail.pcap');
const model = at('out', 'demo');
const shown = (args) => `scriptgen ${args.join(' ').replaceAll(`${at()}/`, '').replaceAll(at('/'), '')}`;
const heading = (text) => console.log(`\n${bold(text)}`);
const giveUp = (why) => {
  console.error(red(why));
  process.exit(1);
};

prepare();

// 1. learn
heading('1. Learn: 40 recorded sessions with a mail server become a machine');
const learn = ['learn', capture, '-o', model];
console.log(dim(`$ ${shown(learn)}`));
mkdirSync(at('out'), { recursive: true });
rmSync(model, { recursive: true, force: true });
const learned = spawnSync(process.execPath, [command, ...learn], { stdio: ['ignore', 'inherit', 'inherit'] });
if (learned.status !== 0) giveUp('learn failed: see the line above.');

// 2. serve, and put a relay before it that sees what is said
const freePort = () =>
  new Promise((done, fail) => {
    const probe = createServer().on('error', fail);
    probe.listen(0, HOST, () => {
      const { port } = probe.address();
      probe.close(() => done(port));
    });
  });
heading('2. Serve: the machine takes the mail server’s place, on loopback');
const port = await freePort();
const serve = ['serve', model, '--host', HOST, '--map', `tcp/25=${port}`];
console.log(dim(`$ ${shown(serve)}`));
const server = start(process.execPath, [command, ...serve]);
let complaint = '';
server.stderr.on('data', (text) => (complaint += text));
const ready = await new Promise((done) => {
  server.stdout.once('data', (text) => done(`${text}`.trim()));
  server.on('exit', () => done(undefined));
  setTimeout(() => done(undefined), 20_000).unref();
});
if (ready === undefined) giveUp(`serve did not start: ${complaint.trim()}`);
console.log(ready);

let heard = [];
const relay = createServer((client) => {
  const upstream = connect(port, HOST);
  for (const [from, to, who] of [
    [client, upstream, 'client'],
    [upstream, client, 'server'],
  ]) {
    from.on('data', (bytes) => {
      if (heard.at(-1)?.who === who) heard.at(-1).text += bytes.toString('latin1');
      else heard.push({ who, text: bytes.toString('latin1') });
      to.write(bytes);
    });
    from.on('end', () => to.end());
    from.on('error', () => to.destroy());
  }
});
await new Promise((done) => relay.listen(0, HOST, done));
const relayPort = relay.address().port;

// 3. a client, with values drawn now
const known = readFileSync(capture).toString('latin1');
const fresh = (length = 7) => {
  const letters = 'abcdefghijklmnopqrstuvwxyz';
  for (;;) {
    const name = [...randomBytes(length)].map((byte) => letters[byte % 26]).join('');
    if (!known.includes(name)) return name;
  }
};
const swaks = spawnSync('swaks', ['--version']).status === 0;

/** Runs the client; what both said. */
async function play({ helo, from, to, subject, body }) {
  heard = [];
  const said = { '--from': from, '--to': to, '--body': body };
  const done = swaks
    ? await run(
        'swaks',
        [
          '--server',
          HOST,
          '--port',
          `${relayPort}`,
          '--ehlo',
          helo,
          '--header',
          `Subject: ${subject}`,
          ...Object.entries(said).flat(),
        ],
        { timeout: 30_000 },
      )
    : await run(
        process.execPath,
        [
          at('scripts', 'lib', 'mail-client.mjs'),
          '--host',
          HOST,
          '--port',
          `${relayPort}`,
          '--helo',
          helo,
          '--subject',
          subject,
          ...Object.entries(said).flat(),
        ],
        { timeout: 30_000 },
      );
  return { ...done, heard };
}

/**
 * An answer with its words marked: those that the capture never held and the client has just said, and
 * those that neither held. Plain words stood in the capture.
 */
function mark(text, before) {
  let copied = 0;
  let made = 0;
  const line = text.replace(/[\w.-]{3,}/g, (word) => {
    if (known.includes(word)) return word;
    if (before.includes(word) || word === HOST) {
      copied += 1;
      return marked(word);
    }
    made += 1;
    return coloured(word);
  });
  return { line, copied, made };
}

function show(dialogue) {
  let before = '';
  let copied = 0;
  let made = 0;
  for (const { who, text } of dialogue) {
    const lines = text.replace(/\r\n$/, '').split('\r\n');
    if (who === 'client') {
      for (const line of lines.slice(0, 12)) console.log(dim(`   C: ${line}`));
      if (lines.length > 12) console.log(dim(`   C: … ${lines.length - 12} more lines`));
      before += text;
    } else {
      for (const each of lines) {
        const found = mark(each, before);
        copied += found.copied;
        made += found.made;
        console.log(`   S: ${found.line}`);
      }
    }
  }
  return { copied, made };
}

heading(
  `3. Talk: ${swaks ? 'swaks, a real mail client,' : 'a small mail client (swaks is not installed)'} says what the capture never held`,
);
console.log(`   ${marked('marked')}: bytes that the capture never held, taken from this session`);
console.log(`   ${coloured('coloured')}: bytes that the capture never held, made up as the server did\n`);
const helo = `${fresh()}.example`;
const from = `${fresh()}@${fresh()}.example`;
const to = `${fresh()}@corp.example`;
const taken = await play({ helo, from, to, subject: fresh(), body: `${fresh()} ${fresh()} ${fresh()}` });
const first = show(taken.heard);

heading('4. The same machine refuses a recipient that is not its own, by name');
const stranger = `${fresh()}@${fresh()}.example`;
const refused = await play({ helo, from, to: stranger, subject: fresh(), body: fresh() });
const second = show(refused.heard);

relay.close();
await end(server);

const answers = (dialogue) =>
  dialogue
    .filter((m) => m.who === 'server')
    .map((m) => m.text)
    .join('');
const checks = [
  ['the greeting names the client', answers(taken.heard).includes(helo)],
  ['the message was accepted, once', taken.code === 0 && answers(taken.heard).split(' accepted ').length === 2],
  ['the stranger was refused by name', refused.code !== 0 && answers(refused.heard).includes(`<${stranger}>`)],
];
heading('What was checked');
for (const [what, good] of checks) console.log(`   ${good ? green('yes') : red('no ')}  ${what}`);
console.log(
  `   ${first.copied + second.copied} words of the answers were taken from the session, ${first.made + second.made} made up.`,
);

const cli = 'node dist/cli/main.js';
heading('What to try next');
console.log(`   ${cli} inspect out/demo                      the machine, in words
   ${cli} inspect out/demo --svg > machine.svg  and as a drawing
   ${cli} serve out/demo --host 127.0.0.1 --map tcp/25=2525
                                                         then talk to it: telnet 127.0.0.1 2525
   ${cli} learn yours.pcap -o model             your own capture
   npm test                                              the tests`);
process.exit(checks.every(([, good]) => good) ? 0 : 1);
