/**
 * Ports that an answer names [06 §4.2 "interleaving"; new]: each is open to one source, for one session, and
 * for as long as that source may be expected to come.
 *
 * An answer that names a port is given at once, so some ports are always open in advance; a port that no
 * answer has named yet resets whoever comes. `Slot` is one port from the answer that names it to the end of
 * its session.
 */
import net from 'node:net';
import type { CompiledService } from '../emulate/index.js';
import { plainAddress } from './address.js';
import type { Census } from './census.js';
import { Connection } from './connection.js';
import type { Desk } from './connection.js';
import { listenError } from './errors.js';
import { Passage } from './passage.js';
import { hear, repeat } from './repeat.js';
import { nameOf, reportError } from './session.js';
import type { Hall } from './session.js';

/** Ports that are open in advance. */
const SPARE = 8;
/** Ports that one source, and all of them, may have at a time. */
const MOST_OF_SOURCE = 16;
const MOST = 1_000;
/** Milliseconds that a port stays open for a source that does not come … */
const UNUSED = 60_000;
/** … and does not come though it has asked for the data, … */
const ASKED = 5_000;
/** … and after which a data session in which nothing moves is not waited for any longer. */
const STILL = 30_000;

/** A listener, and who has it. */
interface Slot {
  readonly port: number;
  readonly server: net.Server;
  source: string;
  ended: (port: number) => void;
  request: Uint8Array | null;
  connection: Connection | Passage | null;
  /** What the client has said there, as long as it may have to be said again; and the port of the real host. */
  readonly heard: Uint8Array[];
  theirs: number | null;
  isOver: boolean;
  timer: NodeJS.Timeout | undefined;
}

/** The ports of the data sessions of one service. */
export class DataPorts {
  readonly #compiled: CompiledService;
  readonly #host: string;
  readonly #census: Census;
  readonly #hall: Hall;
  readonly #spare: Slot[] = [];
  /** Ports that an answer has named, in the order of naming. */
  readonly #slots = new Set<Slot>();
  #opening = 0;
  #isClosed = false;

  private constructor(compiled: CompiledService, host: string, census: Census, hall: Hall) {
    this.#compiled = compiled;
    this.#host = host;
    this.#census = census;
    this.#hall = hall;
  }

  /**
   * Opens the first ports.
   *
   * @param compiled the data sessions
   * @throws {@link ListenError} when no port can be opened at this address
   */
  static async open(compiled: CompiledService, host: string, census: Census, hall: Hall): Promise<DataPorts> {
    const ports = new DataPorts(compiled, host, census, hall);
    try {
      await Promise.all(Array.from({ length: SPARE }, () => ports.#openOne()));
    } catch (error) {
      await ports.close(0);
      throw listenError(error, nameOf(compiled), host, 0);
    }
    return ports;
  }

  /** @param ended told when a data session is over for which was asked to be told */
  desk(source: string, ended: (port: number) => void): Desk {
    const own = new Map<number, Slot>();
    return {
      open: () => {
        // a session that is over may have to be held again with the real host
        const kept = this.#hall.backend ? MOST_OF_SOURCE : 0;
        const over = [...own].filter(([, slot]) => slot.isOver);
        for (const [port] of over.slice(0, Math.max(0, over.length - kept))) own.delete(port);
        const slot = this.#take(source, ended);
        if (slot) own.set(slot.port, slot);
        return slot?.port ?? null;
      },
      carryOut: (command) => {
        const slot = own.get(command.port);
        if (!slot || slot.isOver) {
          // not from within the call that commands it
          if (command.kind === 'hold') setImmediate(ended, command.port);
        } else if (command.kind === 'feed') this.#feed(slot, command.request);
        else if (slot.connection === null) this.#arm(slot, ASKED);
        else this.#watch(slot, slot.connection, -1);
      },
      redirect: (ours, theirs) => {
        const slot = own.get(ours);
        if (slot) this.#redirect(slot, theirs);
      },
      leave: () => {
        for (const slot of own.values()) {
          slot.ended = () => undefined;
          if (slot.connection === null) this.#drop(slot);
        }
        own.clear();
      },
    };
  }

  /** Closes all ports; sessions get `grace` milliseconds to end. */
  async close(grace: number): Promise<void> {
    this.#isClosed = true;
    const connections = [...this.#slots].flatMap(({ connection }) => connection ?? []);
    for (const { server } of this.#spare.splice(0)) server.close();
    for (const slot of [...this.#slots]) if (slot.connection === null) this.#drop(slot);
    const timer = setTimeout(() => {
      for (const connection of connections) connection.destroy();
    }, grace);
    for (const connection of connections) connection.leave();
    await Promise.all(connections.map((connection) => connection.closed));
    clearTimeout(timer);
  }

  /** A port for a source, which may have to give up one that it does not use. */
  #take(source: string, ended: (port: number) => void): Slot | null {
    const its = [...this.#slots].filter((slot) => slot.source === source);
    const unused = its.find(({ connection }) => connection === null);
    if (its.length >= MOST_OF_SOURCE) {
      if (!unused) return null;
      this.#drop(unused);
    }
    const slot = this.#slots.size < MOST ? this.#spare.shift() : undefined;
    this.#refill();
    if (!slot) return null;
    slot.source = source;
    slot.ended = ended;
    this.#slots.add(slot);
    this.#arm(slot, UNUSED);
    return slot;
  }

  /** The session takes place at the real host; one that is over is held again there, with nobody here. */
  #redirect(slot: Slot, theirs: number | null): void {
    const { backend } = this.#hall;
    if (!backend) return;
    slot.theirs = theirs;
    if (theirs === null) return;
    if (slot.isOver) repeat(backend, slot.source, theirs, slot.heard);
    else if (slot.connection instanceof Connection) slot.connection.follow(theirs);
  }

  #feed(slot: Slot, request: Uint8Array): void {
    if (slot.connection instanceof Connection) slot.connection.feed(request);
    else slot.request = request;
  }

  /** Gives the port up if nobody has come until then. */
  #arm(slot: Slot, milliseconds: number): void {
    clearTimeout(slot.timer);
    slot.timer = setTimeout(() => this.#drop(slot), milliseconds).unref();
  }

  /** Says that the session is over when nothing has moved in it since it was last looked at. */
  #watch(slot: Slot, connection: Connection | Passage, before: number): void {
    clearTimeout(slot.timer);
    const now = connection.moved;
    if (now === before) this.#tell(slot);
    else slot.timer = setTimeout(() => this.#watch(slot, connection, now), STILL).unref();
  }

  /** The port is given up, or its session is over. */
  #drop(slot: Slot): void {
    slot.server.close();
    this.#slots.delete(slot);
    this.#tell(slot);
  }

  #tell(slot: Slot): void {
    clearTimeout(slot.timer);
    if (slot.isOver) return;
    slot.isOver = true;
    setImmediate(() => slot.ended(slot.port));
  }

  #refill(): void {
    while (!this.#isClosed && this.#spare.length + this.#opening < SPARE)
      this.#openOne().catch((error: unknown) => reportError(this.#hall, nameOf(this.#compiled), null, error));
  }

  async #openOne(): Promise<void> {
    this.#opening++;
    const server = net.createServer({ allowHalfOpen: true });
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen({ host: this.#host, port: 0 }, () => {
          server.off('error', reject);
          resolve();
        });
      });
    } finally {
      this.#opening--;
    }
    server.on('error', (error) => reportError(this.#hall, nameOf(this.#compiled), null, error));
    const bound = server.address();
    const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
    const slot: Slot = {
      port,
      server,
      source: '',
      ended: () => undefined,
      request: null,
      connection: null,
      heard: [],
      theirs: null,
      isOver: false,
      timer: undefined,
    };
    server.on('connection', (socket) => this.#accept(slot, socket));
    if (this.#isClosed) server.close();
    else this.#spare.push(slot);
  }

  #accept(slot: Slot, socket: net.Socket): void {
    const source = plainAddress(socket.remoteAddress ?? '');
    const isExpected = this.#slots.has(slot) && slot.source === source && slot.connection === null;
    const why = isExpected ? this.#census.enter(source) : 'not open to this source';
    if (why !== null) {
      this.#hall.sums.refused++;
      this.#hall.log({ event: 'refused', time: Date.now(), service: nameOf(this.#compiled), source, why });
      socket.on('error', () => undefined);
      socket.resetAndDestroy();
      return;
    }
    clearTimeout(slot.timer);
    slot.server.close();
    socket.on('close', () => {
      this.#census.leave(source);
      this.#drop(slot);
    });
    const { backend } = this.#hall;
    if (backend) hear(socket, slot.heard);
    if (backend && slot.theirs !== null) {
      slot.connection = new Passage(socket, this.#hall, backend, nameOf(this.#compiled), slot.theirs);
      return;
    }
    try {
      slot.connection = new Connection(socket, this.#compiled, this.#hall, { over: () => this.#tell(slot) });
    } catch (error) {
      socket.on('error', () => undefined);
      socket.destroy();
      reportError(this.#hall, nameOf(this.#compiled), null, error);
      return;
    }
    if (slot.request && slot.connection instanceof Connection) slot.connection.feed(slot.request);
  }
}
