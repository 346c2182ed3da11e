/** Servers, dialogues and connections for tests on real sockets. */
import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { fromLatin1 } from '../../src/bytes/bytes.js';
import type { Command, CompiledService, Dialogue, Environment } from '../../src/emulate/index.js';
import type { Model } from '../../src/model/types.js';
import { startServer } from '../../src/net/index.js';
import type { RunningServer, ServeEvent, ServeOptions } from '../../src/net/index.js';
import { tinyModel } from './models.js';

/** Loopback. */
export const HOST = '127.0.0.1';
/** Servers of the test at hand. */
export const running: RunningServer[] = [];
/** What they told. */
export const events: ServeEvent[] = [];

/** Ends what a test has started. */
export async function cleanUp(): Promise<void> {
  await Promise.all(running.splice(0).map((server) => server.close()));
  events.length = 0;
}

/** A command to say something. */
export const send = (text: string, more: Partial<Extract<Command, { kind: 'send' }>> = {}): Command => ({
  kind: 'send',
  bytes: fromLatin1(text),
  delay: 0,
  freshPort: false,
  ...more,
});

/** A dialogue from what it does about bytes; everything else it does not react to. */
export function dialogue(parts: Partial<Dialogue>): Dialogue {
  return {
    open: () => [],
    receive: () => [],
    silence: () => [],
    end: () => [{ kind: 'close', how: 'fin' }],
    leave: () => undefined,
    feed: () => [],
    hear: () => [],
    dataEnded: () => [],
    settle: () => [],
    pending: new Uint8Array(0),
    closed: false,
    ...parts,
  };
}

/** Makes the dialogue of a session. */
export type Make = (environment: Environment) => Partial<Dialogue>;

/** Serves a model, with dialogues of the test's own or with the real ones. */
export async function serve(
  make: Make | null,
  options: Partial<ServeOptions> = {},
  model: Model = tinyModel({}),
): Promise<RunningServer> {
  const [service] = model.services;
  const map = new Map([[`${service?.transport ?? ''}/${service?.port ?? 0}`, 0]]);
  const compile =
    make === null
      ? {}
      : {
          compile: (of: CompiledService['service']): CompiledService => ({
            service: of,
            dialogue: (environment) => dialogue(make(environment)),
          }),
        };
  const server = await startServer(model, {
    host: HOST,
    map,
    log: (event) => events.push(event),
    ...compile,
    ...options,
  });
  running.push(server);
  return server;
}

/** Where the first service listens. */
export const portOf = (server: RunningServer): number => server.addresses[0]?.port ?? 0;

/** A connection that is open. */
export async function connect(server: RunningServer, host = HOST): Promise<net.Socket> {
  const socket = net.connect({ host, port: portOf(server), allowHalfOpen: true });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

/** Everything that comes until the other side ends. */
export async function all(socket: net.Socket): Promise<string> {
  let text = '';
  for await (const bytes of socket as AsyncIterable<Buffer>) text += bytes.toString('latin1');
  return text;
}

/** The next bytes. */
export async function some(socket: net.Socket): Promise<string> {
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  return bytes.toString('latin1');
}

/** Until the server has let go of the connection, one way or the other. */
export function gone(socket: net.Socket): Promise<void> {
  socket.resume();
  return new Promise((resolve) => {
    for (const event of ['end', 'close', 'error']) socket.once(event, () => resolve(void socket.destroy()));
  });
}

/** Events by name. */
export const kinds = (): string[] => events.map((event) => event.event);
/** Why sessions ended. */
export const closings = (): string[] => events.flatMap((event) => (event.event === 'closed' ? [event.why] : []));

/** Waits for a condition, three seconds at most. */
export async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 300 && !condition(); i++) await sleep(10);
  expect(condition()).toBe(true);
}
