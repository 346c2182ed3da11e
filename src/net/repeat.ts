/** A data session that is over, held again with the real host: a replay is not whole without it [06 §4.3]. */
import type net from 'node:net';
import type { Backend } from './backend.js';
import { StreamLine } from './line.js';

/** Bytes of a data session that are kept for that. */
const MOST = 1024 * 1024;

/** Keeps what a client says. */
export function hear(socket: net.Socket, heard: Uint8Array[]): void {
  let size = 0;
  socket.on('data', (bytes: Uint8Array) => {
    size += bytes.length;
    if (size <= MOST) heard.push(new Uint8Array(bytes));
  });
}

/** Says it to a port of the real host; what that says is not wanted, for the client has had its answer. */
export function repeat(backend: Backend, source: string, port: number, heard: readonly Uint8Array[]): void {
  if (backend.enter(source) !== null) return;
  let isOver = false;
  const over = (): void => {
    if (isOver) return;
    isOver = true;
    backend.leave(source);
    line.close('fin');
  };
  const line = new StreamLine(backend, port, {
    connected: () => {
      for (const bytes of heard) {
        if (backend.spend(source, bytes.length) === null) over();
        line.send(bytes);
      }
      if (heard.length > 0) line.end();
    },
    said: (bytes) => {
      if (backend.spend(source, bytes.length) === null) over();
    },
    ended: () => {
      line.end();
      over();
    },
    drained: () => undefined,
    over,
  });
}
