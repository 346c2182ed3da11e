// One client of judge-scan.mjs, inside its namespace: says each probe on a connection of its own, and writes down what
// came back and how the connection stood afterwards.
//
//   node probe.mjs TARGET TRANSPORT PORT PROBES OUT     PROBES: a JSON list of base64; OUT: the findings, as JSON
import dgram from 'node:dgram';
import { readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';

const [target, transport, port, probes, out] = process.argv.slice(2);
/** Milliseconds of silence after which a greeting, and an answer, is over. */
const GREETING = 700;
const ANSWER = 1500;
/** Probes under way at a time: some servers let few in. */
const AT_ONCE = 4;

/** What one connection gives for a probe: `end` is open, closed or refused. */
function overTcp(probe) {
  return new Promise((done) => {
    const parts = [];
    let isAsked = false;
    let end = 'open';
    const socket = net.connect({ host: target, port: Number(port) });
    const tell = () => {
      socket.destroy();
      done({ answer: Buffer.concat(parts).toString('base64'), end });
    };
    let timer = setTimeout(tell, 5000);
    const wait = (then, ms) => {
      clearTimeout(timer);
      timer = setTimeout(then, ms);
    };
    const ask = () => {
      isAsked = true;
      socket.write(probe);
      wait(tell, ANSWER);
    };
    socket.on('connect', () => wait(ask, GREETING));
    socket.on('data', (data) => {
      if (isAsked) parts.push(data);
      wait(isAsked ? tell : ask, isAsked ? ANSWER : GREETING);
    });
    socket.on('end', () => (end = 'closed'));
    socket.on('error', () => (end = socket.bytesRead + socket.bytesWritten === 0 ? 'refused' : 'closed'));
    socket.on('close', () => {
      if (end !== 'open') wait(tell, 0);
    });
  });
}

function overUdp(probe) {
  return new Promise((done) => {
    const parts = [];
    const socket = dgram.createSocket('udp4');
    socket.on('message', (data) => parts.push(data));
    socket.on('error', () => undefined);
    socket.send(probe, Number(port), target);
    setTimeout(() => {
      socket.close();
      done({ answer: Buffer.concat(parts).toString('base64'), end: 'open' });
    }, ANSWER);
  });
}

const said = JSON.parse(readFileSync(probes, 'utf8')).map((text) => Buffer.from(text, 'base64'));
const found = [];
for (let i = 0; i < said.length; i += AT_ONCE)
  found.push(...(await Promise.all(said.slice(i, i + AT_ONCE).map(transport === 'tcp' ? overTcp : overUdp))));
writeFileSync(out, JSON.stringify(found));
