/** One UDP exchange: all datagrams between a client endpoint and a server until both fall silent. */
import { equal } from '../bytes/bytes.js';
import { type EndpointKey, endpoint, portOf } from './address.js';
import type { Linked } from './recency.js';
import type { Message, Outcome, Session } from './types.js';

/** What one datagram costs beside its bytes. */
const OVERHEAD = 200;
/** A packet captured twice (on two interfaces, on a mirror port) comes again at once. Seconds. */
const TWICE = 0.01;

/** What there is to know of a datagram beside its bytes. */
export interface DatagramFacts {
  readonly from: 'client' | 'server';
  readonly serverPort: number;
  readonly time: number;
  /** IPv4 identification, or 0. */
  readonly identification: number;
  /** Bytes cut off by the snapshot length. */
  readonly missing: number;
}

/** What is settled when an exchange is first seen. */
export interface UdpIdentity {
  readonly id: number;
  readonly client: EndpointKey;
  readonly server: EndpointKey;
  readonly start: number;
  /** The first datagram came from the server. */
  readonly midstream: boolean;
}

interface Last {
  readonly from: 'client' | 'server';
  readonly bytes: Uint8Array;
  readonly identification: number;
  readonly time: number;
}

/** Invariant: `messages` are in capture order; `size` is what they occupy. */
export class UdpExchange implements Linked<UdpExchange> {
  older: UdpExchange | undefined;
  newer: UdpExchange | undefined;
  /** Under which keys the table finds it. */
  readonly keys = new Set<string>();
  readonly client: EndpointKey;
  readonly server: EndpointKey;
  lastTime: number;
  lastClientTime = -Infinity;
  size = 0;
  /** The first host that answered, where the client had called a group. */
  answerer: EndpointKey | undefined;
  /** Ports of the server beside its own. */
  readonly otherPorts = new Set<number>();
  readonly #identity: UdpIdentity;
  readonly #maxBytes: number;
  readonly #messages: Message[] = [];
  #last: Last | undefined;
  #refused = false;
  #answered = false;
  #cut = false;

  constructor(identity: UdpIdentity, maxBytes: number) {
    this.client = identity.client;
    this.server = identity.server;
    this.lastTime = identity.start;
    this.#identity = identity;
    this.#maxBytes = maxBytes;
  }

  /** Adds a datagram; false when it is the same packet captured once more. */
  add(bytes: Uint8Array, facts: DatagramFacts): boolean {
    const { from, time } = facts;
    this.lastTime = time;
    if (from === 'client') this.lastClientTime = time;
    const last = this.#last;
    if (
      last?.from === from &&
      facts.identification !== 0 &&
      last.identification === facts.identification &&
      Math.abs(time - last.time) < TWICE &&
      equal(last.bytes, bytes)
    ) {
      return false;
    }
    if (from === 'server') this.#answered = true;
    if (facts.missing > 0 || this.size + bytes.length + OVERHEAD > this.#maxBytes) this.#cut = true;
    if (this.size + bytes.length + OVERHEAD > this.#maxBytes) return true;
    const kept = bytes.slice();
    this.size += kept.length + OVERHEAD;
    this.#last = { from, bytes: kept, identification: facts.identification, time };
    const message = { from, bytes: kept, time, lastTime: time, pieces: [kept.length] };
    this.#messages.push(
      facts.serverPort === portOf(this.server) ? message : { ...message, serverPort: facts.serverPort },
    );
    return true;
  }

  /** ICMP says that the server's port is closed. */
  refuse(): void {
    this.#refused = true;
  }

  session(): Session {
    return {
      id: this.#identity.id,
      transport: 'udp',
      client: endpoint(this.client),
      server: endpoint(this.answerer ?? this.server),
      start: this.#identity.start,
      end: this.lastTime,
      messages: this.#messages,
      halfClosed: false,
      close: { by: 'nobody', how: 'open' },
      outcome: this.#outcome(),
    };
  }

  #outcome(): Outcome {
    if (this.#refused && !this.#answered) return 'refused';
    if (this.#identity.midstream) return 'midstream';
    if (this.#cut) return 'gap';
    return this.#answered ? 'complete' : 'unanswered';
  }
}
