/** TCP: a listener for one service, and the connections that it has accepted. */
import net from 'node:net';
import type { CompiledService } from '../emulate/index.js';
import type { Census } from './census.js';
import { Driver } from './driver.js';
import type { Wire } from './driver.js';
import { codeOf, listenError } from './errors.js';
import type { Ending } from './events.js';
import { Chronicle, nameOf, plainAddress, reportError } from './session.js';
import type { Hall } from './session.js';

/** Connections that wait to be accepted. */
const BACKLOG = 4096;
/** Milliseconds that a client gets to close its side after the server has. */
const LINGER = 30_000;
/** Milliseconds between the last bytes and a reset, so that the client's system has handed them on. */
const BEFORE_RESET = 20;

/** A listener that is open. */
export interface Listener {
  readonly address: string;
  readonly port: number;
  /** Stops listening, says goodbye to whoever is connected, and leaves after `grace` milliseconds at the latest. */
  close(grace: number): Promise<void>;
}

/** One connection, from accept to the end. */
class Connection implements Wire {
  readonly #socket: net.Socket;
  readonly #hall: Hall;
  readonly #chronicle: Chronicle;
  readonly #driver: Driver;
  /** Resolves when it is over. */
  readonly closed: Promise<void>;
  #ending: Ending = 'client rst';

  constructor(socket: net.Socket, compiled: CompiledService, hall: Hall) {
    const client = { address: plainAddress(socket.remoteAddress ?? ''), port: socket.remotePort ?? 0 };
    const server = { address: plainAddress(socket.localAddress ?? ''), port: socket.localPort ?? 0 };
    this.#socket = socket;
    this.#hall = hall;
    this.#driver = new Driver(compiled.dialogue({ client, server }, hall.random), this, hall.delays);
    this.#chronicle = new Chronicle(hall, nameOf(compiled), client, server);
    const end = setTimeout(() => this.#cut('too long'), hall.limits.session).unref();
    socket.setNoDelay(true);
    socket.setTimeout(hall.limits.idle, () => this.#cut('idle'));
    socket.on('data', (bytes) => this.#receive(bytes));
    socket.on('end', () => this.#clientEnds());
    socket.on('drain', () => socket.resume());
    socket.on('error', (error) => {
      if (!['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH'].includes(codeOf(error))) this.#chronicle.error(error);
    });
    this.closed = new Promise((resolve) => {
      socket.on('close', () => {
        clearTimeout(end);
        this.#driver.stop();
        this.#chronicle.close(this.#ending);
        resolve();
      });
    });
    this.#driver.open();
  }

  send(bytes: Uint8Array): void {
    if (!this.#socket.writable || bytes.length === 0) return;
    this.#chronicle.send(bytes);
    this.#socket.write(bytes);
    const waiting = this.#socket.writableLength + this.#driver.delayed;
    if (waiting > this.#hall.limits.buffered) this.#cut('too slow a reader');
    else if (this.#socket.writableLength > this.#hall.limits.pauseAt) this.#socket.pause();
  }

  close(how: 'fin' | 'rst'): void {
    const socket = this.#socket;
    if (how === 'fin') {
      if (this.#ending === 'client rst') this.#ending = 'server fin';
      socket.end();
      // What still arrives is read and thrown away, so that the client sees our FIN and not a reset.
      socket.resume();
      socket.setTimeout(Math.min(LINGER, this.#hall.limits.idle));
      return;
    }
    this.#ending = 'server rst';
    socket.write(new Uint8Array(0), () => {
      setTimeout(() => socket.resetAndDestroy(), this.#chronicle.sent > 0 ? BEFORE_RESET : 0);
    });
  }

  note(note: Parameters<Wire['note']>[0]): void {
    this.#chronicle.note(note);
  }

  broken(error: unknown): void {
    this.#chronicle.error(error);
    this.#cut('error');
  }

  /** The server stops: what was said is delivered, then the connection ends. */
  leave(): void {
    this.#driver.stop();
    this.#ending = 'shutdown';
    this.#socket.end();
    this.#socket.resume();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #receive(bytes: Uint8Array): void {
    this.#chronicle.receive(bytes);
    if (this.#chronicle.received > this.#hall.limits.received) this.#cut('too much received');
    else this.#driver.receive(bytes);
  }

  #clientEnds(): void {
    if (this.#ending === 'client rst') this.#ending = 'client fin';
    this.#driver.end();
  }

  #cut(why: Ending): void {
    // After our own FIN, a client that stays silent is no news.
    if (!(why === 'idle' && this.#ending === 'server fin')) this.#ending = why;
    this.#socket.destroy();
  }
}

/** Listens for one service. */
export async function listenTcp(
  compiled: CompiledService,
  host: string,
  port: number,
  census: Census,
  hall: Hall,
): Promise<Listener> {
  const service = nameOf(compiled);
  const connections = new Set<Connection>();
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    const source = plainAddress(socket.remoteAddress ?? '');
    const why =
      socket.remoteAddress === undefined
        ? 'gone before it was accepted'
        : hall.buses.isOpen(source, service)
          ? census.enter(source)
          : 'not open to this source';
    if (why !== null) {
      hall.sums.refused++;
      hall.log({ event: 'refused', time: Date.now(), service, source, why });
      socket.on('error', () => undefined);
      socket.resetAndDestroy();
      return;
    }
    try {
      const connection = new Connection(socket, compiled, hall);
      connections.add(connection);
      socket.on('close', () => {
        connections.delete(connection);
        census.leave(source);
        hall.buses.ended(source, service);
      });
    } catch (error) {
      census.leave(source);
      socket.on('error', () => undefined);
      socket.destroy();
      reportError(hall, service, null, error);
    }
  });
  await new Promise<void>((resolve, reject) => {
    const refuse = (error: Error): void => {
      reject(listenError(error, service, host, port));
    };
    server.once('error', refuse);
    server.listen({ host, port, backlog: BACKLOG }, () => {
      server.off('error', refuse);
      resolve();
    });
  });
  server.on('error', (error) => reportError(hall, service, null, error));
  const bound = server.address();
  return {
    address: typeof bound === 'object' && bound !== null ? bound.address : host,
    port: typeof bound === 'object' && bound !== null ? bound.port : port,
    async close(grace) {
      const closed = new Promise((resolve) => server.close(resolve));
      const timer = setTimeout(() => {
        for (const connection of connections) connection.destroy();
      }, grace);
      for (const connection of connections) connection.leave();
      await closed;
      // The last connections tell that they have closed a moment after the listener does.
      await Promise.all([...connections].map((connection) => connection.closed));
      clearTimeout(timer);
    },
  };
}
