/** One TCP connection as it is seen between its two ends (RFC 9293 §3.5–3.6). */
import { type EndpointKey, endpoint } from './address.js';
import { FARTHEST, StreamAssembler, distance } from './assembler.js';
import { MessageCutter } from './messages.js';
import type { Linked } from './recency.js';
import type { TcpHeader } from './tcp-header.js';
import type { Close, Outcome, Session } from './types.js';

type Side = 'client' | 'server';

/** Bounds of one connection. */
export interface TcpLimits {
  readonly maxMessageBytes: number;
  /** Bytes, with overhead, that may wait for a hole to be filled, in each direction. */
  readonly maxHeldBytes: number;
}

/** What is settled when a connection is first seen. */
export interface TcpIdentity {
  readonly id: number;
  /** The same for both directions. */
  readonly key: string;
  readonly client: EndpointKey;
  readonly server: EndpointKey;
  readonly start: number;
  /** Its bytes are not asked for: the connection is followed, but nothing is kept. */
  readonly unwanted: boolean;
}

/** Why a packet did not fit; counted, not fatal. */
export type Misfit =
  | 'TCP data beyond the bounds of a session'
  | 'TCP handshake that does not fit'
  | 'TCP reset outside the window'
  | 'TCP segment outside the window';

/** One direction. The stream is undefined until the first sequence number is known. */
class Direction {
  stream: StreamAssembler | undefined;
  /** The sequence number of the SYN, when it was seen. */
  isn: number | undefined;
  /** Where the stream starts: the sequence number after the SYN. */
  first = 0;
  /** Packets seen from this side. */
  packets = 0;
  /** End of the farthest byte that this side is known to have sent. */
  farthest = 0;
  /** Sequence number of the FIN. */
  fin: number | undefined;
  finDelivered = false;
  /** Sent anything but a SYN. */
  spoke = false;

  begin(next: number): StreamAssembler {
    this.first = this.farthest = next >>> 0;
    return (this.stream = new StreamAssembler(next));
  }

  extend(end: number): void {
    if (distance(end, this.farthest) > 0) this.farthest = end >>> 0;
  }

  /** Whether bytes that are known to exist were never seen. */
  get hasGap(): boolean {
    return this.stream !== undefined && (this.stream.held.length > 0 || distance(this.farthest, this.stream.next) > 0);
  }
}

/**
 * Invariant: messages hold the bytes of both directions in the order in which the applications saw
 * them, as far as neither has a hole; `open` → `closed` never goes back.
 */
export class TcpConnection implements Linked<TcpConnection> {
  older: TcpConnection | undefined;
  newer: TcpConnection | undefined;

  readonly key: string;
  readonly client: EndpointKey;
  lastTime: number;
  readonly #identity: TcpIdentity;
  readonly #limits: TcpLimits;
  readonly #client = new Direction();
  readonly #server = new Direction();
  readonly #cutter = new MessageCutter();
  /** Bytes that came with the SYN: whether the server took them shows in its answer (RFC 7413). */
  #early: Uint8Array | undefined;
  #refused = false;
  #frozen = false;
  #halfClosed = false;
  #close: Close = { by: 'nobody', how: 'open' };
  #over: number | undefined;
  #resetBy: Side | undefined;

  constructor(identity: TcpIdentity, limits: TcpLimits) {
    this.key = identity.key;
    this.client = identity.client;
    this.#identity = identity;
    this.#limits = limits;
    this.lastTime = identity.start;
  }

  /** Bytes that it occupies. */
  get size(): number {
    return this.#cutter.total + (this.#client.stream?.cost ?? 0) + (this.#server.stream?.cost ?? 0);
  }

  /** No answer to the SYN yet. */
  get isEmbryonic(): boolean {
    return this.#server.packets === 0 && this.#client.isn !== undefined;
  }

  /** Nothing more can come but what was on its way. */
  get isClosed(): boolean {
    return (
      this.#resetBy !== undefined || this.#refused || (this.#client.fin !== undefined && this.#server.fin !== undefined)
    );
  }

  /**
   * Whether a SYN or SYN/ACK opens a new connection on the same endpoints rather than belonging to
   * this one.
   */
  isReopenedBy(tcp: TcpHeader, fromClient: boolean): boolean {
    const self = fromClient ? this.#client : this.#server;
    if (self.isn !== undefined) {
      // A late SYN/ACK to an earlier attempt does not open anything while this one waits for its own.
      return self.isn !== tcp.seq && !(tcp.hasAck && !this.isClosed);
    }
    // Seen after what follows it: packets may be captured out of order.
    if (self.stream !== undefined) return (tcp.seq + 1) >>> 0 !== self.first && !(tcp.hasAck && !this.isClosed);
    // A bare SYN from the side that was called: both open at once (RFC 9293 §3.5, figure 7).
    return false;
  }

  /** The ICMP message "port unreachable" answers the SYN. */
  refuse(time: number): void {
    if (!this.isEmbryonic) return;
    this.#refused = true;
    this.lastTime = time;
    this.#end('server', 'rst');
  }

  /** Takes one segment; `missing` bytes of it were cut off by the snapshot length. */
  segment(tcp: TcpHeader, fromClient: boolean, data: Uint8Array, missing: number, time: number): Misfit | undefined {
    const self = fromClient ? this.#client : this.#server;
    const other = fromClient ? this.#server : this.#client;
    const from: Side = fromClient ? 'client' : 'server';
    this.lastTime = time;

    if (tcp.rst) return this.#reset(tcp, from, self, other);
    if (tcp.syn) {
      const isNew = self.isn === undefined || this.#isAnsweredAnew(tcp, self, other);
      if (isNew && !this.#synchronize(tcp, self, other)) return 'TCP handshake that does not fit';
      self.packets++;
      if (data.length > 0 && !tcp.hasAck && fromClient) {
        this.#early ??= data.slice();
        data = data.subarray(0, 0);
        missing = 0;
      }
    } else {
      self.packets++;
      self.spoke = true;
    }

    const seq = (tcp.syn ? tcp.seq + 1 : tcp.seq) >>> 0;
    // Without handshake the first segment of a side says where it stands, unless the other side's acknowledgement did.
    let stream = self.stream ?? self.begin(seq);
    if (self.isn === undefined && self.packets === 1 && distance(seq, stream.next) > 0) stream = self.begin(seq);
    if (tcp.hasAck) {
      if (other.stream === undefined) other.begin(tcp.ack);
      else if (Math.abs(distance(tcp.ack, other.stream.next)) < FARTHEST) other.extend(tcp.ack);
    }
    if (this.#early !== undefined && !fromClient && tcp.hasAck) this.#settleEarly(tcp.ack, other, time);
    if (Math.abs(distance(seq, stream.next)) >= FARTHEST) return 'TCP segment outside the window';

    const end = seq + data.length + missing;
    if (!self.finDelivered && (data.length > 0 || missing > 0)) self.extend(end);
    if (tcp.fin && self.fin === undefined) {
      self.fin = end >>> 0;
      self.extend(end + 1);
      this.#end(from, 'fin');
    }
    // RFC 9293 §3.10.7.4: after a reset nothing is received any more.
    const deaf = this.#resetBy !== undefined && this.#resetBy !== from;
    if (data.length > 0 && !self.finDelivered && !deaf && !this.#frozen) {
      const after = tcp.hasAck ? tcp.ack : undefined;
      const ready = after === undefined || other.stream === undefined || distance(after, other.stream.next) <= 0;
      const now = stream.add(seq, data, ready, after);
      if (now !== undefined) this.#deliver(from, now, tcp.ack, tcp.hasAck, time);
      else if (stream.cost > this.#limits.maxHeldBytes) this.#freeze();
    }
    this.#drain(time);
    return this.#frozen && data.length > 0 ? 'TCP data beyond the bounds of a session' : undefined;
  }

  /** What was seen, as a session. The connection must not be used afterwards. */
  session(): Session {
    if (this.#early !== undefined && this.#server.packets === 0 && !this.#refused) {
      this.#cutter.add('client', this.#early, this.#identity.start);
    }
    return {
      id: this.#identity.id,
      transport: 'tcp',
      client: endpoint(this.client),
      server: endpoint(this.#identity.server),
      start: this.#identity.start,
      end: this.lastTime,
      messages: this.#cutter.end(),
      halfClosed: this.#halfClosed,
      close: this.#close,
      ...(this.#over === undefined ? {} : { over: this.#over }),
      outcome: this.#outcome(),
    };
  }

  #outcome(): Outcome {
    if (this.#refused) return 'refused';
    const gap = this.#frozen || this.#client.hasGap || this.#server.hasGap;
    if (this.#client.isn !== undefined && this.#server.packets === 0) return gap ? 'gap' : 'unanswered';
    // The server's SYN/ACK says where both streams start; the client's SYN alone does not.
    if (this.#server.isn === undefined) return 'midstream';
    return gap ? 'gap' : 'complete';
  }

  /** Takes a SYN or SYN/ACK; whether it fits. */
  #synchronize(tcp: TcpHeader, self: Direction, other: Direction): boolean {
    if (tcp.hasAck && other.isn !== undefined) {
      // RFC 9293 §3.10.7.3: it must acknowledge the SYN, and may acknowledge data that came with it.
      const acked = distance(tcp.ack, other.isn);
      if (acked < 1 || acked > 1 + (this.#early?.length ?? 0)) return false;
    }
    if (self.stream === undefined || self.isn !== undefined) self.begin(tcp.seq + 1);
    self.isn = tcp.seq;
    return true;
  }

  /** A server that lost the first attempt answers the repeated SYN with another number; it counts until the client goes on. */
  #isAnsweredAnew(tcp: TcpHeader, self: Direction, other: Direction): boolean {
    return tcp.hasAck && self.isn !== tcp.seq && !other.spoke && self.stream?.next === self.first;
  }

  #settleEarly(ack: number, client: Direction, time: number): void {
    const early = this.#early;
    this.#early = undefined;
    if (early === undefined || client.stream === undefined || client.isn === undefined) return;
    // Not taken by the server: the client sends it again, and that is what counts.
    const taken = distance(ack, client.isn + 1);
    if (taken <= 0) return;
    const now = client.stream.add(client.isn + 1, early.subarray(0, taken), true, undefined);
    if (now !== undefined) this.#deliver('client', now, 0, false, time);
  }

  #reset(tcp: TcpHeader, from: Side, self: Direction, other: Direction): Misfit | undefined {
    if (from === 'server' && this.isEmbryonic) {
      // RFC 9293 §3.10.7.3: only a reset that acknowledges the SYN refuses it.
      const isn = this.#client.isn ?? 0;
      const acked = tcp.hasAck ? distance(tcp.ack, isn) : 1;
      if (acked < 0 || acked > 1 + (this.#early?.length ?? 0)) return 'TCP reset outside the window';
      this.#refused = true;
      this.#end('server', 'rst');
      return undefined;
    }
    self.packets++;
    // RFC 5961 §3.2 wants the exact number; what is nearly right comes from a stack that did not care.
    const at = self.stream;
    if (at !== undefined && Math.abs(distance(tcp.seq, at.next)) > 1 << 20) return 'TCP reset outside the window';
    if (at === undefined) self.begin(tcp.seq);
    if (other.stream === undefined && tcp.hasAck) other.begin(tcp.ack);
    this.#resetBy ??= from;
    this.#end(from, 'rst');
    return undefined;
  }

  /** The first to end the session is the one who ended it. */
  #end(by: Side, how: 'fin' | 'rst'): void {
    if (this.#close.how !== 'open') return;
    this.#close = { by, how };
    this.#over = this.lastTime;
  }

  #drain(time: number): void {
    const client = this.#client;
    const server = this.#server;
    for (let moved = true; moved;) {
      moved = false;
      for (const self of [client, server]) {
        const stream = self.stream;
        if (stream === undefined) continue;
        const other = self === client ? server : client;
        const from = self === client ? 'client' : 'server';
        for (;;) {
          const ack = stream.held[0]?.after;
          const bytes = stream.take(other.stream?.next);
          if (bytes === undefined) break;
          this.#deliver(from, bytes, ack ?? 0, ack !== undefined, time);
          moved = true;
        }
        if (!self.finDelivered && self.fin === stream.next) {
          // The FIN takes a number of its own (RFC 9293 §3.4).
          stream.next = (stream.next + 1) >>> 0;
          stream.drop();
          self.finDelivered = true;
          moved = true;
        }
      }
    }
  }

  #deliver(from: Side, bytes: Uint8Array, ack: number, hasAck: boolean, time: number): void {
    if (this.#identity.unwanted || this.#frozen) return;
    if (this.#cutter.total + bytes.length > this.#limits.maxMessageBytes) {
      this.#freeze();
      return;
    }
    // The server spoke on although it knew that the client had finished.
    const fin = this.#client.fin;
    if (from === 'server' && fin !== undefined && hasAck && distance(ack, fin) > 0) this.#halfClosed = true;
    this.#cutter.add(from, bytes, time);
  }

  /** Too much to keep: the rest of the session counts as a gap. */
  #freeze(): void {
    this.#frozen = true;
    this.#client.stream?.drop();
    this.#server.stream?.drop();
  }
}
