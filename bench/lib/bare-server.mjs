// The least that a Node TCP server can do: a constant of 32 bytes for whatever arrives.
import { createServer } from 'node:net';

const [host, port] = process.argv.slice(2);
const answer = Buffer.from(`${'constant'.padEnd(30, '.')}\r\n`);
createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => {});
  socket.on('data', () => socket.write(answer));
}).listen(Number(port), host, () => console.log('ready'));
