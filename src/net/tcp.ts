/** TCP: a listener for one service. */
import net from 'node:net';
import type { CompiledService } from '../emulate/index.js';
import { plainAddress } from './address.js';
import type { Census } from './census.js';
import { Connection } from './connection.js';
import { listenError } from './errors.js';
import type { Following } from './following.js';
import type { DataPorts } from './ports.js';
import { nameOf, reportError } from './session.js';
import type { Hall } from './session.js';

/** Connections that wait to be accepted. */
const BACKLOG = 4096;
/** A listener that is open. */
export interface Listener {
  readonly address: string;
  readonly port: number;
  /** Stops listening, says goodbye to whoever is connected, and leaves after `grace` milliseconds at the latest. */
  close(grace: number): Promise<void>;
}

/**
 * Listens for one service.
 *
 * @param more where the service's data sessions take place, if it has any, and who takes sources that are handed over
 */
export async function listenTcp(
  compiled: CompiledService,
  host: string,
  port: number,
  census: Census,
  hall: Hall,
  { data, following }: { readonly data: DataPorts | null; readonly following: Following | null },
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
      const isGuarded = socket.remoteAddress !== undefined && !hall.buses.isOpen(source, service);
      const theirs = hall.backend?.portOf(service, compiled.service.port) ?? 0;
      if (isGuarded && following?.take(socket, service, theirs) === true) return;
      hall.sums.refused++;
      hall.log({ event: 'refused', time: Date.now(), service, source, why });
      socket.on('error', () => undefined);
      socket.resetAndDestroy();
      return;
    }
    try {
      const connection = new Connection(
        socket,
        compiled,
        hall,
        data ? { desk: (ended) => data.desk(source, ended) } : {},
      );
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
