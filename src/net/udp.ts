/** UDP: a socket for one service, and a dialogue for each client endpoint that speaks to it. */
import dgram from 'node:dgram';
import net from 'node:net';
import type { Endpoint } from '../capture/types.js';
import type { CompiledService, Fallback, Note, Unsure } from '../emulate/index.js';
import { plainAddress } from './address.js';
import { Driver } from './driver.js';
import type { Wire } from './driver.js';
import { Handing } from './handing.js';
import type { Parties } from './handing.js';
import { listenError } from './errors.js';
import type { Ending } from './events.js';
import { Chronicle, asks, nameOf, reportError } from './session.js';
import type { Hall } from './session.js';
import type { Listener } from './tcp.js';

/** Who has said something, where it was not the emulator. */
interface By {
  readonly by?: 'backend';
}

const DEAF = (): void => undefined;

/** An endpoint of a client, as one key. */
function keyOf(client: Endpoint): string {
  return `${client.address} ${client.port}`;
}

/** One dialogue with one client endpoint. */
class Exchange implements Wire {
  readonly client: Endpoint;
  readonly #hall: Hall;
  readonly #main: dgram.Socket;
  readonly #server: Endpoint;
  readonly #chronicle: Chronicle;
  readonly #driver: Driver;
  readonly #handing: Handing;
  readonly #forget: () => void;
  readonly #end: NodeJS.Timeout;
  readonly #idle: NodeJS.Timeout;
  #isOpen = false;
  /** A port of its own, once an answer went from one. */
  #fresh: dgram.Socket | undefined;
  #isFreshBound = false;
  #waiting: { readonly bytes: Uint8Array; readonly by: By }[] = [];
  /** Where the last datagram arrived: answers go back from there. */
  #isAtFresh = false;

  constructor(
    compiled: CompiledService,
    main: dgram.Socket,
    server: Endpoint,
    client: Endpoint,
    hall: Hall,
    forget: () => void,
  ) {
    this.client = client;
    this.#hall = hall;
    this.#main = main;
    this.#server = server;
    this.#forget = forget;
    const plain = { address: plainAddress(client.address), port: client.port };
    const dialogue = compiled.dialogue({ client: plain, server }, hall.random, undefined, asks(hall));
    this.#driver = new Driver(dialogue, this, hall.delays);
    this.#chronicle = new Chronicle(hall, nameOf(compiled), plain, server);
    this.#handing = this.#handingOf({ service: compiled.service, client: plain, server });
    this.#idle = setTimeout(() => this.over('idle'), hall.limits.datagramIdle);
    this.#end = setTimeout(() => this.over('too long'), hall.limits.session);
  }

  receive(bytes: Uint8Array, isAtFresh: boolean): void {
    if (this.#chronicle.isClosed) return;
    this.#idle.refresh();
    this.#isAtFresh = isAtFresh;
    if (!this.#isOpen && !this.#handing.opens(() => this.#driver.open())) this.#driver.open();
    this.#isOpen = true;
    this.#chronicle.receive(bytes, isAtFresh ? this.#fresh?.address().port : undefined);
    if (this.#chronicle.received > this.#hall.limits.received) this.over('too much received');
    else if (!this.#handing.receive(bytes, isAtFresh)) this.#driver.receive(bytes);
  }

  send(bytes: Uint8Array, freshPort: boolean): void {
    if (this.#chronicle.isClosed) return;
    this.#handing.sent(bytes);
    this.#say(bytes, freshPort, {});
  }

  #say(bytes: Uint8Array, freshPort: boolean, by: By): void {
    if (this.#chronicle.isClosed) return;
    if (!freshPort && !this.#isAtFresh) this.#put(this.#main, bytes, by);
    else if (this.#fresh !== undefined && this.#isFreshBound) this.#put(this.#fresh, bytes, by);
    else {
      this.#waiting.push({ bytes, by });
      this.#fresh ??= this.#openFresh();
    }
  }

  close(how: 'fin' | 'rst'): void {
    this.over(how === 'fin' ? 'server fin' : 'server rst');
  }

  note(note: Note): void {
    this.#chronicle.note(note);
    this.#handing.note(note);
  }

  ask(note: Unsure): void {
    this.#handing.ask(note);
  }

  /** An exchange of datagrams hears nothing, but may be heard of. */
  signal(said: Uint8Array): void {
    this.#hall.buses.signal(plainAddress(this.client.address), DEAF, said);
  }

  broken(error: unknown): void {
    this.#chronicle.error(error);
    this.over('error');
  }

  over(why: Ending): void {
    if (this.#chronicle.isClosed) return;
    clearTimeout(this.#idle);
    clearTimeout(this.#end);
    this.#driver.stop();
    this.#handing.close(`the session is over: ${why}`);
    this.#chronicle.close(why);
    const fresh = this.#fresh;
    // A datagram that was just handed over still leaves.
    if (fresh !== undefined) setImmediate(() => fresh.close());
    this.#forget();
  }

  #put(socket: dgram.Socket, bytes: Uint8Array, by: By): void {
    if (socket.getSendQueueSize() > this.#hall.limits.buffered) {
      this.#chronicle.error(new Error('the network takes no more datagrams: one was dropped'));
      return;
    }
    this.#chronicle.send(bytes, socket === this.#main ? by : { ...by, port: socket.address().port });
    if (by.by === 'backend' && !this.#chronicle.isKept) return;
    socket.send(bytes, this.client.port, this.client.address, (error) => {
      if (error !== null) this.#chronicle.error(error);
    });
  }

  #handingOf(parties: Parties): Handing {
    const session = {
      pending: () => this.#driver.pending,
      settle: (how: Fallback) => this.#driver.settle(how),
      receive: (bytes: Uint8Array, isAtFresh: boolean) => {
        this.#isAtFresh = isAtFresh;
        this.#driver.receive(bytes);
      },
      end: () => undefined,
    };
    const front = {
      say: (bytes: Uint8Array, freshPort: boolean) => this.#say(bytes, freshPort, { by: 'backend' }),
      waiting: () => 0,
      hear: () => undefined,
      hangUp: (how: 'fin' | 'rst') => this.close(how),
      redirect: () => undefined,
    };
    return new Handing(this.#hall, parties, this.#chronicle, session, front);
  }

  #openFresh(): dgram.Socket {
    const socket = dgram.createSocket(net.isIPv6(this.#server.address) ? 'udp6' : 'udp4');
    socket.on('error', (error) => {
      this.#chronicle.error(error);
      this.over('error');
    });
    socket.on('message', (bytes, from) => {
      if (plainAddress(from.address) === plainAddress(this.client.address) && from.port === this.client.port)
        this.receive(bytes, true);
    });
    socket.bind({ address: this.#server.address, port: 0 }, () => {
      this.#isFreshBound = true;
      for (const { bytes, by } of this.#waiting.splice(0)) this.#put(socket, bytes, by);
    });
    return socket;
  }
}

/**
 * The dialogues of one socket, in order of their last datagram. A new client is never refused: where a
 * bound is reached, the dialogue that was silent longest goes, because a client that asks from a new
 * port each time leaves one behind with every question.
 */
class Exchanges {
  readonly #all = new Map<string, Exchange>();
  readonly #bySource = new Map<string, Map<string, Exchange>>();
  readonly #hall: Hall;

  constructor(hall: Hall) {
    this.#hall = hall;
  }

  find(client: Endpoint, open: (forget: () => void) => Exchange): Exchange {
    const key = keyOf(client);
    const its = this.#bySource.get(client.address) ?? new Map<string, Exchange>();
    const known = this.#all.get(key);
    this.#all.delete(key);
    its.delete(key);
    if (known === undefined) {
      if (its.size >= this.#hall.limits.perSource) first(its)?.over('evicted');
      if (this.#all.size >= this.#hall.limits.connections) first(this.#all)?.over('evicted');
    }
    const exchange = known ?? open(() => this.#forget(client));
    this.#bySource.set(client.address, its);
    its.set(key, exchange);
    this.#all.set(key, exchange);
    return exchange;
  }

  endAll(why: Ending): void {
    for (const exchange of [...this.#all.values()]) exchange.over(why);
  }

  #forget(client: Endpoint): void {
    const key = keyOf(client);
    this.#all.delete(key);
    const its = this.#bySource.get(client.address);
    its?.delete(key);
    if (its?.size === 0) this.#bySource.delete(client.address);
  }
}

function first<T>(map: ReadonlyMap<string, T>): T | undefined {
  for (const value of map.values()) return value;
  return undefined;
}

/** Listens for one service. */
export async function listenUdp(compiled: CompiledService, host: string, port: number, hall: Hall): Promise<Listener> {
  const service = nameOf(compiled);
  const socket = dgram.createSocket(net.isIPv6(host) ? 'udp6' : 'udp4');
  await new Promise<void>((resolve, reject) => {
    const refuse = (error: Error): void => {
      socket.close();
      reject(listenError(error, service, host, port));
    };
    socket.once('error', refuse);
    socket.bind({ address: host, port, exclusive: true }, () => {
      socket.off('error', refuse);
      resolve();
    });
  });
  const server = { address: plainAddress(socket.address().address), port: socket.address().port };
  const exchanges = new Exchanges(hall);
  socket.on('error', (error) => reportError(hall, service, null, error));
  socket.on('message', (bytes, from) => {
    // The zone of a link-local address stays: without it no answer finds its way.
    const client = { address: from.address, port: from.port };
    try {
      exchanges
        .find(client, (forget) => new Exchange(compiled, socket, server, client, hall, forget))
        .receive(bytes, false);
    } catch (error) {
      reportError(hall, service, null, error);
    }
  });
  return {
    address: server.address,
    port: server.port,
    close: () =>
      new Promise((resolve) => {
        exchanges.endAll('shutdown');
        socket.close(() => resolve());
      }),
  };
}
