/**
 * One TCP connection that is the real host's from its first byte on: to a port that it has named in an answer,
 * or that somebody opened on it [06 §4.2, §4.3]. Only for sources that are handed over.
 */
import type net from 'node:net';
import type { ServiceModel } from '../model/types.js';
import { plainAddress } from './address.js';
import type { Backend } from './backend.js';
import type { Ending } from './events.js';
import { Relay } from './relay.js';
import type { Front } from './relay.js';
import { Chronicle } from './session.js';
import type { Hall } from './session.js';

/** Milliseconds between attempts to connect: what opens a port may take its time. */
const PAUSES = [50, 100, 150, 200];
/** Milliseconds between looks whether the source's replay is over. */
const LOOK = 20;
/** Milliseconds that a client gets to close its side after the real host has. */
const LINGER = 30_000;

/** What the relay has to know of a service that nothing was learned about. */
type Spoken = Pick<ServiceModel, 'transport' | 'framing' | 'states' | 'server'>;

/** Nothing is known of what is spoken. */
const UNKNOWN: Spoken = { transport: 'tcp', framing: { silence: 0 }, states: [], server: '' };

export class Passage {
  readonly #socket: net.Socket;
  readonly #hall: Hall;
  readonly #backend: Backend;
  readonly #port: number;
  readonly #source: string;
  readonly #chronicle: Chronicle;
  readonly #early: Uint8Array[] = [];
  #relay: Relay | undefined;
  #attempts = 0;
  #ending: Ending = 'client rst';
  #timer: NodeJS.Timeout | undefined;
  /** Resolves when it is over. */
  readonly closed: Promise<void>;

  /** @param service its name in events; `port` the one at the real host */
  constructor(socket: net.Socket, hall: Hall, backend: Backend, service: string, port: number) {
    const client = { address: plainAddress(socket.remoteAddress ?? ''), port: socket.remotePort ?? 0 };
    const server = { address: plainAddress(socket.localAddress ?? ''), port: socket.localPort ?? 0 };
    this.#socket = socket;
    this.#hall = hall;
    this.#backend = backend;
    this.#port = port;
    this.#source = client.address;
    this.#chronicle = new Chronicle(hall, service, client, server);
    socket.setNoDelay(true);
    socket.setTimeout(hall.limits.idle, () => this.#cut('idle'));
    socket.on('data', (bytes) => this.#receive(bytes));
    socket.on('end', () => {
      if (this.#ending === 'client rst') this.#ending = 'client fin';
      this.#relay?.clientEnds();
    });
    socket.on('drain', () => this.#relay?.clientDrained());
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => {
      socket.on('close', () => {
        clearTimeout(this.#timer);
        this.#relay?.close('the client is gone');
        this.#chronicle.close(this.#ending);
        resolve();
      });
    });
    this.#try(server.address);
  }

  leave(): void {
    this.#cut('shutdown');
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** Bytes that went in either direction so far. */
  get moved(): number {
    return this.#chronicle.received + this.#socket.bytesWritten;
  }

  /** Connects once the source's replay is over, for only that may open the port. */
  #try(server: string): void {
    if (this.#socket.destroyed) return;
    if (this.#backend.isReplaying(this.#source)) {
      this.#timer = setTimeout(() => this.#try(server), LOOK);
      return;
    }
    const why = this.#backend.enter(this.#source);
    if (why !== null) {
      this.#chronicle.handOver('failed', why);
      this.#cut('server rst');
      return;
    }
    if (this.#attempts === 0 && !this.#chronicle.handsOver('the source is handed over to the real host')) {
      this.#backend.leave(this.#source);
      this.#cut('server rst');
      return;
    }
    const session = {
      service: UNKNOWN,
      port: this.#port,
      client: this.#source,
      server,
      past: [],
      waiting: this.#early.map((bytes) => ({ bytes, atFreshPort: false })),
      ports: [],
    };
    this.#relay = new Relay(this.#backend, session, this.#front(server));
    if (this.#ending === 'client fin') this.#relay.clientEnds();
  }

  #front(server: string): Front {
    return {
      say: (bytes) => {
        if (!this.#socket.writable) return;
        this.#chronicle.send(bytes, { by: 'backend' });
        if (this.#chronicle.isKept) this.#socket.write(bytes);
      },
      waiting: () => this.#socket.writableLength,
      hear: (on) => {
        if (on) this.#socket.resume();
        else this.#socket.pause();
      },
      hangUp: (how) => {
        this.#ending = how === 'fin' ? 'server fin' : 'server rst';
        if (how === 'rst') this.#socket.resetAndDestroy();
        else this.#socket.end();
        this.#socket.setTimeout(Math.min(LINGER, this.#hall.limits.idle));
      },
      giveBack: () => {
        this.#relay = undefined;
        const pause = this.#chronicle.isKept ? PAUSES[this.#attempts++] : undefined;
        if (pause === undefined) this.#cut('server rst');
        else this.#timer = setTimeout(() => this.#try(server), pause);
      },
      isKept: () => this.#chronicle.isKept,
      lost: () => this.#cut('server rst'),
      redirect: () => undefined,
      tell: (step, why) => {
        const isTriedAgain = (step === 'failed' || step === 'refused') && this.#attempts < PAUSES.length;
        if (!isTriedAgain) this.#chronicle.handOver(step, why);
      },
    };
  }

  #receive(bytes: Uint8Array): void {
    this.#chronicle.receive(bytes);
    if (this.#chronicle.received > this.#hall.limits.received) this.#cut('too much received');
    else if (this.#relay?.isRelaying === true) this.#relay.fromClient(bytes, false);
    else {
      // it is said at the next attempt too
      this.#early.push(new Uint8Array(bytes));
      this.#relay?.fromClient(bytes, false);
      if (this.#relay === undefined) this.#socket.pause();
    }
  }

  #cut(why: Ending): void {
    this.#ending = why;
    if (why === 'server rst') this.#socket.resetAndDestroy();
    else this.#socket.destroy();
  }
}
