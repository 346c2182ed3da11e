/** All open TCP connections. */
import { EMPTY } from '../bytes/bytes.js';
import { type EndpointKey, addressOf, addressText, endpointKey, pairKey, portOf } from './address.js';
import type { Frame } from './frame.js';
import { Recency } from './recency.js';
import type { Servers } from './servers.js';
import { TcpConnection, type TcpLimits } from './tcp-connection.js';
import type { TcpHeader } from './tcp-header.js';
import type { Session } from './types.js';

/** Seconds of capture time after which a connection in this stage is over; a clock that jumps back counts too. */
const PATIENCE = {
  /** Longer than any stack repeats its SYN. */
  embryonic: 180,
  /** The silence after which a source is a new one [06 §4.2]. */
  open: 24 * 3600,
  /** For what was on its way when the connection closed. */
  closed: 5,
} as const;

type Stage = keyof typeof PATIENCE;

export interface TcpTableLimits extends TcpLimits {
  readonly maxOpen: number;
  /** Bytes of all open connections together. */
  readonly maxBytes: number;
}

/** What the table tells of. */
export interface TableEvents {
  ended(session: Session): void;
  leftOut(cause: string): void;
  newId(): number;
}

interface Entry {
  readonly connection: TcpConnection;
  stage: Stage;
  size: number;
}

/**
 * Invariant: each connection of `#entries` stands in the recency list of its stage and in no other;
 * `#bytes` is the sum of the entries' sizes.
 */
export class TcpTable {
  readonly #entries = new Map<string, Entry>();
  readonly #stages: Record<Stage, Recency<TcpConnection>> = {
    embryonic: new Recency(),
    open: new Recency(),
    closed: new Recency(),
  };
  readonly #limits: TcpTableLimits;
  readonly #servers: Servers;
  readonly #events: TableEvents;
  #bytes = 0;

  constructor(limits: TcpTableLimits, servers: Servers, events: TableEvents) {
    this.#limits = limits;
    this.#servers = servers;
    this.#events = events;
  }

  /** Takes a packet whose TCP header has been read; the frame holds its payload. */
  packet(frame: Frame, tcp: TcpHeader): void {
    const sender = endpointKey(frame.source, tcp.sourcePort);
    const receiver = endpointKey(frame.destination, tcp.destinationPort);
    const key = pairKey(sender, receiver);
    this.#expire(frame.time);

    let entry = this.#entries.get(key);
    if (entry !== undefined && tcp.syn && entry.connection.isReopenedBy(tcp, sender === entry.connection.client)) {
      this.#end(entry);
      entry = undefined;
    }
    entry ??= this.#open(frame, tcp, sender, receiver, key);
    if (entry === undefined) {
      this.#events.leftOut('TCP packet without data outside any connection');
      return;
    }
    const { connection } = entry;
    // Both ends may be the same endpoint (a connection to oneself): then the direction is a guess.
    const data = frame.left === 0 ? EMPTY : frame.data.subarray(frame.at, frame.end);
    const misfit = connection.segment(tcp, sender === connection.client, data, frame.missing, frame.time);
    if (misfit !== undefined) this.#events.leftOut(misfit);
    this.#settle(entry);
  }

  /** ICMP says that nobody listens at `server`. */
  refused(client: EndpointKey, server: EndpointKey, time: number): void {
    const entry = this.#entries.get(pairKey(client, server));
    if (entry?.connection.client !== client) return;
    entry.connection.refuse(time);
    this.#settle(entry);
  }

  /** The capture is over. */
  finish(): void {
    for (const entry of this.#entries.values()) this.#end(entry);
  }

  #open(frame: Frame, tcp: TcpHeader, sender: EndpointKey, receiver: EndpointKey, key: string): Entry | undefined {
    if (tcp.rst || (!tcp.syn && frame.left === 0)) return undefined;
    // The receiver of the SYN is the server; without handshake it must be guessed.
    const senderIsServer = tcp.syn ? tcp.hasAck : this.#servers.isServer('tcp', sender, receiver, false);
    const client = senderIsServer ? receiver : sender;
    const server = senderIsServer ? sender : receiver;
    if (tcp.syn) this.#servers.called('tcp', server);
    const unwanted =
      !this.#servers.wantsAll && !this.#servers.wants('tcp', addressText(addressOf(server)), portOf(server));
    const id = this.#events.newId();
    const connection = new TcpConnection({ id, key, client, server, start: frame.time, unwanted }, this.#limits);
    const entry: Entry = { connection, stage: 'open', size: 0 };
    this.#entries.set(key, entry);
    this.#stages.open.add(connection);
    return entry;
  }

  /** After each packet: the entry's place in the lists, and the bounds of the whole. */
  #settle(entry: Entry): void {
    const { connection } = entry;
    const stage: Stage = connection.isClosed ? 'closed' : connection.isEmbryonic ? 'embryonic' : 'open';
    if (stage === entry.stage) {
      this.#stages[stage].touch(connection);
    } else {
      this.#stages[entry.stage].remove(connection);
      this.#stages[stage].add(connection);
      entry.stage = stage;
    }
    const { size } = connection;
    this.#bytes += size - entry.size;
    entry.size = size;
    while (this.#entries.size > this.#limits.maxOpen || this.#bytes > this.#limits.maxBytes) {
      const idlest = this.#stages.closed.oldest ?? this.#stages.embryonic.oldest ?? this.#stages.open.oldest;
      const evicted = idlest === undefined ? undefined : this.#entries.get(idlest.key);
      if (evicted === undefined) break;
      if (evicted.stage !== 'closed') this.#events.leftOut('TCP connection ended early: too many open at once');
      this.#end(evicted);
    }
  }

  #expire(now: number): void {
    this.#expireStage('closed', now);
    this.#expireStage('embryonic', now);
    this.#expireStage('open', now);
  }

  #expireStage(stage: Stage, now: number): void {
    const list = this.#stages[stage];
    for (
      let old = list.oldest;
      old !== undefined && Math.abs(now - old.lastTime) > PATIENCE[stage];
      old = list.oldest
    ) {
      const entry = this.#entries.get(old.key);
      if (entry === undefined) break;
      this.#end(entry);
    }
  }

  #end(entry: Entry): void {
    const { connection, stage } = entry;
    this.#entries.delete(connection.key);
    this.#stages[stage].remove(connection);
    this.#bytes -= entry.size;
    this.#events.ended(connection.session());
  }
}
