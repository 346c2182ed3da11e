/** One TCP connection of a service, from accept to the end. */
import type net from 'node:net';
import type { CompiledService, Fallback, Note, Unsure } from '../emulate/index.js';
import { plainAddress } from './address.js';
import { Driver } from './driver.js';
import type { DataCommand, Wire } from './driver.js';
import { codeOf } from './errors.js';
import type { Ending } from './events.js';
import { Handing } from './handing.js';
import type { Parties } from './handing.js';
import { Chronicle, asks, nameOf } from './session.js';
import type { Hall } from './session.js';

/** Milliseconds that a client gets to close its side after the server has. */
const LINGER = 30_000;
/** Milliseconds between the last bytes and a reset, so that the client's system has handed them on. */
const BEFORE_RESET = 20;

/** Where a connection gets ports for its data sessions, and tells what they are to do. */
export interface Desk {
  /** A port that is open to the connection's source from now on; null: none is to be had. */
  open(): number | null;
  carryOut(command: DataCommand): void;
  /** The data session at our port takes place at a port of the real host. */
  redirect(ours: number, theirs: number | null): void;
  /** The connection is over. */
  leave(): void;
}

/** What a connection has to do with data sessions. */
export interface Relations {
  /** Its desk, which says when a data session is over. */
  readonly desk?: (ended: (port: number) => void) => Desk;
  /** Called, once or more often, when this one has said all. */
  readonly over?: () => void;
}

/** One connection, from accept to the end. */
export class Connection implements Wire {
  readonly #socket: net.Socket;
  readonly #hall: Hall;
  readonly #chronicle: Chronicle;
  readonly #driver: Driver;
  readonly #desk: Desk | undefined;
  readonly #over: () => void;
  readonly #handing: Handing;
  readonly #source: string;
  readonly #hear = (signal: Uint8Array): void => {
    if (!this.#handing.isHanded) this.#driver.hear(signal);
  };
  /** Resolves when it is over. */
  readonly closed: Promise<void>;
  #ending: Ending = 'client rst';

  constructor(socket: net.Socket, compiled: CompiledService, hall: Hall, { desk, over }: Relations = {}) {
    const client = { address: plainAddress(socket.remoteAddress ?? ''), port: socket.remotePort ?? 0 };
    const server = { address: plainAddress(socket.localAddress ?? ''), port: socket.localPort ?? 0 };
    this.#socket = socket;
    this.#source = client.address;
    this.#hall = hall;
    this.#desk = desk?.((port) => this.#driver.dataEnded(port));
    this.#over = over ?? (() => undefined);
    const openPort = this.#desk && (() => this.#openPort());
    const dialogue = compiled.dialogue({ client, server }, hall.random, openPort, asks(hall));
    this.#driver = new Driver(dialogue, this, hall.delays);
    this.#chronicle = new Chronicle(hall, nameOf(compiled), client, server);
    this.#handing = this.#handingOf({ service: compiled.service, client, server });
    const end = setTimeout(() => this.#cut('too long'), hall.limits.session).unref();
    const leaveBus = hall.buses.join(client.address, this.#hear);
    socket.setNoDelay(true);
    socket.setTimeout(hall.limits.idle, () => this.#cut('idle'));
    socket.on('data', (bytes) => this.#receive(bytes));
    socket.on('end', () => this.#clientEnds());
    socket.on('drain', () => {
      if (!this.#handing.drained()) socket.resume();
    });
    socket.on('error', (error) => {
      if (!['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH'].includes(codeOf(error))) this.#chronicle.error(error);
    });
    this.closed = new Promise((resolve) => {
      socket.on('close', () => {
        clearTimeout(end);
        leaveBus();
        this.#driver.stop();
        this.#driver.leave();
        this.#handing.close('the client is gone');
        this.#chronicle.close(this.#ending);
        this.#desk?.leave();
        this.#over();
        resolve();
      });
    });
    if (!this.#handing.opens(() => this.#driver.open())) this.#driver.open();
  }

  send(bytes: Uint8Array): void {
    if (!this.#socket.writable || bytes.length === 0) return;
    this.#chronicle.send(bytes);
    this.#handing.sent(bytes);
    this.#socket.write(bytes);
    const waiting = this.#socket.writableLength + this.#driver.delayed;
    if (waiting > this.#hall.limits.buffered) this.#cut('too slow a reader');
    else if (this.#socket.writableLength > this.#hall.limits.pauseAt) this.#socket.pause();
  }

  close(how: 'fin' | 'rst'): void {
    const socket = this.#socket;
    if (how === 'fin') {
      if (this.#ending === 'client rst') this.#ending = 'server fin';
      socket.end(this.#over);
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

  note(note: Note): void {
    this.#chronicle.note(note);
    this.#handing.note(note);
  }

  ask(note: Unsure): void {
    this.#handing.ask(note);
  }

  signal(said: Uint8Array): void {
    this.#hall.buses.signal(this.#source, this.#hear, said);
  }

  data(command: DataCommand): void {
    this.#desk?.carryOut(command);
  }

  /** The request that this connection, a data session, serves. */
  feed(request: Uint8Array): void {
    this.#driver.feed(request);
  }

  /** This one, a data session, takes place at a port of the real host. */
  follow(port: number): void {
    this.#handing.follow(port);
  }

  /** Bytes that went in either direction so far. */
  get moved(): number {
    return this.#chronicle.received + this.#socket.bytesWritten;
  }

  broken(error: unknown): void {
    this.#chronicle.error(error);
    this.#cut('error');
  }

  /** The server stops: what was said is delivered, then the connection ends. */
  leave(): void {
    this.#driver.stop();
    this.#ending = 'shutdown';
    this.#handing.close('the server stops');
    this.#socket.end();
    this.#socket.resume();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #receive(bytes: Uint8Array): void {
    this.#chronicle.receive(bytes);
    if (this.#chronicle.received > this.#hall.limits.received) this.#cut('too much received');
    else if (!this.#handing.receive(bytes, false)) this.#driver.receive(bytes);
  }

  #openPort(): number | null {
    const port = this.#desk?.open() ?? null;
    if (port !== null) this.#handing.offered(port);
    return port;
  }

  #handingOf(parties: Parties): Handing {
    const session = {
      pending: () => this.#driver.pending,
      settle: (how: Fallback) => this.#driver.settle(how),
      receive: (bytes: Uint8Array) => this.#driver.receive(bytes),
      end: () => this.#driver.end(),
      ...(this.#desk ? { openPort: () => this.#desk?.open() ?? null } : {}),
    };
    const front = {
      say: (bytes: Uint8Array) => this.#relay(bytes),
      waiting: () => this.#socket.writableLength,
      hear: (on: boolean) => {
        if (on) this.#socket.resume();
        else this.#socket.pause();
      },
      hangUp: (how: 'fin' | 'rst') => this.close(how),
      redirect: (ours: number, theirs: number | null) => this.#desk?.redirect(ours, theirs),
    };
    return new Handing(this.#hall, parties, this.#chronicle, session, front);
  }

  /** Says what the real host has said. */
  #relay(bytes: Uint8Array): void {
    if (!this.#socket.writable) return;
    this.#chronicle.send(bytes, { by: 'backend' });
    if (this.#chronicle.isKept) this.#socket.write(bytes);
  }

  #clientEnds(): void {
    if (this.#ending === 'client rst') {
      this.#ending = 'client fin';
      this.#chronicle.clientEnded();
    }
    if (!this.#handing.ended()) this.#driver.end();
  }

  #cut(why: Ending): void {
    // After our own FIN, a client that stays silent is no news.
    if (!(why === 'idle' && this.#ending === 'server fin')) this.#ending = why;
    this.#socket.destroy();
  }
}
