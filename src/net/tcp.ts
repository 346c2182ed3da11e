/** TCP: a listener for one service. */
import net from 'node:net';
import type { CompiledService } from '../emulate/index.js';
import { plainAddress } from './address.js';
import type { Census } from './census.js';
import { Connection } from './connection.js';
import type { Relations } from './connection.js';
import { listenError } from './errors.js';
import type { Following } from './following.js';
import type { DataPorts } from './ports.js';
import { nameOf, reportError } from './session.js';
import type { Hall } from './session.js';

/** Connections that wait to be accepted. */
const BACKLOG = 4096;

/** Who stands behind a service. */
interface Behind {
  readonly data: DataPorts | null;
  readonly following: Following | null;
}

/** A listener that is open. */
export interface Listener {
  readonly address: string;
  readonly port: number;
  /** Stops listening, says goodbye to whoever is connected, and leaves after `grace` milliseconds at the latest. */
  close(grace: number): Promise<void>;
}

/** What happens at one service's door. */
class Door {
  readonly #compiled: CompiledService;
  readonly #service: string;
  readonly #census: Census;
  readonly #hall: Hall;
  readonly #more: Behind;
  readonly #connections = new Set<Connection>();

  constructor(compiled: CompiledService, census: Census, hall: Hall, more: Behind) {
    this.#compiled = compiled;
    this.#service = nameOf(compiled);
    this.#census = census;
    this.#hall = hall;
    this.#more = more;
  }

  /** Lets a client in, hands it on, or turns it away. */
  take(socket: net.Socket): void {
    const source = plainAddress(socket.remoteAddress ?? '');
    if (socket.remoteAddress === undefined) this.#refuse(socket, source, 'gone before it was accepted');
    else if (!this.#hall.buses.isOpen(source, this.#service)) this.#guard(socket, source);
    else {
      const why = this.#census.enter(source);
      if (why === null) this.#admit(socket, source);
      else this.#refuse(socket, source, why);
    }
  }

  /** A port that is not open for this source: the real host has the client, where its session is handed over. */
  #guard(socket: net.Socket, source: string): void {
    const theirs = this.#hall.backend?.portOf(this.#service, this.#compiled.service.port) ?? 0;
    if (this.#more.following?.take(socket, this.#service, theirs) === true) return;
    this.#refuse(socket, source, 'not open to this source');
  }

  #refuse(socket: net.Socket, source: string, why: string): void {
    this.#hall.sums.refused++;
    this.#hall.log({ event: 'refused', time: Date.now(), service: this.#service, source, why });
    socket.on('error', () => undefined);
    socket.resetAndDestroy();
  }

  #admit(socket: net.Socket, source: string): void {
    const { data } = this.#more;
    try {
      const how: Relations = data ? { desk: (ended) => data.desk(source, ended) } : {};
      const connection = new Connection(socket, this.#compiled, this.#hall, how);
      this.#connections.add(connection);
      socket.on('close', () => {
        this.#connections.delete(connection);
        this.#census.leave(source);
        this.#hall.buses.ended(source, this.#service);
      });
    } catch (error) {
      this.#census.leave(source);
      socket.on('error', () => undefined);
      socket.destroy();
      reportError(this.#hall, this.#service, null, error);
    }
  }

  /** Says goodbye to whoever is inside; who has not left after `grace` milliseconds is put out. */
  async empty(grace: number, closed: Promise<unknown>): Promise<void> {
    const timer = setTimeout(() => {
      for (const connection of this.#connections) connection.destroy();
    }, grace);
    for (const connection of this.#connections) connection.leave();
    await closed;
    // The last connections tell that they have closed a moment after the listener does.
    await Promise.all([...this.#connections].map((connection) => connection.closed));
    clearTimeout(timer);
  }
}

/** Resolves when the port is open. */
async function bind(server: net.Server, host: string, port: number, service: string): Promise<void> {
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
}

/**
 * Listens for one service.
 *
 * @param more where the service's data sessions take place, if it has any, and who takes sources that are handed over
 * @throws {@link ListenError} when the port is not to be had
 */
export async function listenTcp(
  compiled: CompiledService,
  host: string,
  port: number,
  census: Census,
  hall: Hall,
  more: Behind,
): Promise<Listener> {
  const service = nameOf(compiled);
  const door = new Door(compiled, census, hall, more);
  const server = net.createServer({ allowHalfOpen: true }, (socket) => door.take(socket));
  await bind(server, host, port, service);
  server.on('error', (error) => reportError(hall, service, null, error));
  const bound = server.address();
  return {
    address: typeof bound === 'object' && bound !== null ? bound.address : host,
    port: typeof bound === 'object' && bound !== null ? bound.port : port,
    close: (grace) => door.empty(grace, new Promise((resolve) => server.close(resolve))),
  };
}
