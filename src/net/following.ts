/**
 * Ports that an unknown activity may open on the real host [06 §4.2, §4.3]: those which refused connections in
 * training, and those that the operator names. They are open here only while some source is handed over, and
 * only to such a source; to everybody else they look closed, as far as a connection that is reset does.
 */
import net from 'node:net';
import { plainAddress } from './address.js';
import type { Backend } from './backend.js';
import type { Census } from './census.js';
import { Passage } from './passage.js';
import { reportError } from './session.js';
import type { Hall } from './session.js';

/** Milliseconds between looks whether the ports are still needed. */
const LOOK = 1_000;

export class Following {
  readonly #backend: Backend;
  readonly #hall: Hall;
  readonly #census: Census;
  readonly #host: string;
  #ports: readonly number[];
  readonly #servers = new Map<number, net.Server>();
  readonly #passages = new Set<Passage>();
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(backend: Backend, hall: Hall, census: Census, host: string, ports: readonly number[]) {
    this.#backend = backend;
    this.#hall = hall;
    this.#census = census;
    this.#host = host;
    this.#ports = ports;
    backend.onHandOver = () => this.#open();
  }

  /** Other ports from now on. */
  become(ports: readonly number[]): void {
    this.#ports = ports;
    for (const [port, server] of this.#servers) {
      if (ports.includes(port)) continue;
      server.close();
      this.#servers.delete(port);
    }
  }

  async close(grace: number): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    this.#shut();
    const passages = [...this.#passages];
    for (const passage of passages) passage.leave();
    await Promise.race([
      Promise.all(passages.map(({ closed }) => closed)),
      new Promise((resolve) => setTimeout(resolve, grace).unref()),
    ]);
  }

  /** Takes a connection of a source that is handed over; false: it is not. */
  take(socket: net.Socket, service: string, port: number): boolean {
    const source = plainAddress(socket.remoteAddress ?? '');
    if (!this.#backend.isHandedOver(source) || this.#census.enter(source) !== null) return false;
    const passage = new Passage(socket, this.#hall, this.#backend, service, port);
    this.#passages.add(passage);
    void passage.closed.then(() => {
      this.#passages.delete(passage);
      this.#census.leave(source);
    });
    return true;
  }

  #open(): void {
    if (this.#isClosed) return;
    for (const port of this.#ports) if (!this.#servers.has(port)) this.#servers.set(port, this.#listen(port));
    clearInterval(this.#timer);
    this.#timer = setInterval(() => {
      if (this.#backend.handsOver) return;
      clearInterval(this.#timer);
      this.#shut();
    }, LOOK).unref();
  }

  #shut(): void {
    for (const server of this.#servers.values()) server.close();
    this.#servers.clear();
  }

  #listen(port: number): net.Server {
    const service = `tcp/${port}`;
    const server = net.createServer({ allowHalfOpen: true }, (socket) => {
      if (this.take(socket, service, this.#backend.portOf(service, port))) return;
      const source = plainAddress(socket.remoteAddress ?? '');
      this.#hall.sums.refused++;
      this.#hall.log({ event: 'refused', time: Date.now(), service, source, why: 'not open to this source' });
      socket.on('error', () => undefined);
      socket.resetAndDestroy();
    });
    server.on('error', (error) => reportError(this.#hall, service, null, error));
    server.listen({ host: this.#host, port });
    return server;
  }
}
