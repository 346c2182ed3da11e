#!/usr/bin/env node
// A small mail client: one message to one server, the dialogue on standard output, exit status 0 when it was taken.
//
//   node scripts/lib/mail-client.mjs --host H [--port 25] --helo NAME --from A --to B[,C] --subject S --body TEXT [--date D]
import { connect } from 'node:net';
import { parseArgs } from 'node:util';

const text = { type: 'string' };
const { values: said } = parseArgs({
  options: {
    host: text,
    port: { ...text, default: '25' },
    helo: text,
    from: text,
    to: text,
    subject: text,
    date: text,
    body: text,
  },
});
const socket = connect(Number(said.port), said.host);
socket.setEncoding('latin1');
socket.setTimeout(10_000, () => give('no answer in 10 s'));
socket.on('error', (error) => give(error.message));

let buffered = '';
let wake = () => {};
socket.on('data', (piece) => {
  buffered += piece;
  wake();
});
socket.on('close', () => {
  buffered += '\r\n';
  wake();
});

function give(why) {
  console.log(`*** ${why}`);
  socket.destroy();
  process.exit(1);
}

/** The next whole reply: its last line has a space behind the code. */
async function reply() {
  for (;;) {
    const whole = /^(?:\d{3}-[^\n]*\n)*(\d{3})(?: [^\n]*)?\r\n/.exec(buffered);
    if (whole !== null) {
      buffered = buffered.slice(whole[0].length);
      for (const line of whole[0].trimEnd().split('\r\n')) console.log(`< ${line}`);
      return Number(whole[1]);
    }
    if (socket.destroyed) give('the server closed the connection');
    await new Promise((done) => (wake = done));
  }
}

async function ask(line) {
  console.log(`> ${line.replaceAll('\r\n', '\n> ')}`);
  socket.write(`${line}\r\n`);
  return reply();
}

await reply();
await ask(`EHLO ${said.helo}`);
await ask(`MAIL FROM:<${said.from}>`);
let taken = 0;
for (const to of said.to.split(',')) if ((await ask(`RCPT TO:<${to}>`)) === 250) taken += 1;
let sent = false;
if (taken > 0 && (await ask('DATA')) === 354) {
  const head = `From: ${said.from}\r\nTo: ${said.to}\r\nSubject: ${said.subject}\r\nDate: ${said.date ?? new Date().toUTCString()}`;
  sent = (await ask(`${head}\r\n\r\n${said.body.replaceAll('\n', '\r\n')}\r\n.`)) === 250;
}
await ask('QUIT');
socket.end();
process.exit(sent ? 0 : 1);
