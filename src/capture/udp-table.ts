/** All open UDP exchanges, and which of them a datagram belongs to. */
import { type EndpointKey, addressOf, endpointKey, isGroup, isUnspecified, pairKey, portOf } from './address.js';
import type { Frame } from './frame.js';
import { Recency } from './recency.js';
import type { Servers } from './servers.js';
import type { TableEvents } from './tcp-table.js';
import type { UdpHeader } from './udp-header.js';
import { UdpExchange } from './udp-exchange.js';

/** Seconds of capture time after which an exchange is over. */
const IDLE = 60;
/** Seconds in which a server may begin to answer from a new port, or a host answer a group's call. */
const SOON = 10;
const MOST_OTHER_PORTS = 64;

export interface UdpTableLimits {
  readonly maxOpen: number;
  readonly maxMessageBytes: number;
  /** Bytes of all open exchanges together. */
  readonly maxBytes: number;
}

/** An exchange, and which of the two endpoints of a datagram plays its client. */
interface Route {
  readonly exchange: UdpExchange;
  readonly client: EndpointKey;
}

/** A call to a group or from a host without address is found by the ports, with or without the host. */
function portsKey(clientPort: number, serverPort: number, host = ''): string {
  return `g${String.fromCharCode(clientPort, serverPort)}${host}`;
}

/** Where an answer from a new port is looked for. */
function callKey(client: EndpointKey, serverAddress: string): string {
  return `c${client}${serverAddress}`;
}

/**
 * Invariant: `#routes` maps each key of each open exchange to it (the latest one wins a shared key);
 * each open exchange stands in `#order`.
 */
export class UdpTable {
  readonly #routes = new Map<string, Route>();
  readonly #order = new Recency<UdpExchange>();
  readonly #limits: UdpTableLimits;
  readonly #servers: Servers;
  readonly #events: TableEvents;
  #bytes = 0;

  constructor(limits: UdpTableLimits, servers: Servers, events: TableEvents) {
    this.#limits = limits;
    this.#servers = servers;
    this.#events = events;
  }

  /** Takes a datagram whose header has been read; the frame holds its payload. */
  packet(frame: Frame, udp: UdpHeader): void {
    const sender = endpointKey(frame.source, udp.sourcePort);
    const receiver = endpointKey(frame.destination, udp.destinationPort);
    const now = frame.time;
    for (
      let old = this.#order.oldest;
      old !== undefined && Math.abs(now - old.lastTime) > IDLE;
      old = this.#order.oldest
    ) {
      this.#end(old);
    }
    const toGroup = isGroup(frame.destination) || isGroupLink(frame.linkDestination);
    const route =
      this.#known(this.#pair(frame, sender, receiver), now) ??
      this.#answerFromNewPort(sender, receiver, now) ??
      this.#answerToGroupCall(frame, sender, receiver, toGroup, now) ??
      this.#open(frame, sender, receiver, toGroup);

    const { exchange } = route;
    const from = sender === route.client ? 'client' : 'server';
    if (from === 'client' && toGroup) this.#indexGroupCall(frame, exchange, sender, receiver);
    const before = exchange.size;
    const isNew = exchange.add(frame.data.subarray(frame.at, frame.end), {
      from,
      serverPort: from === 'client' ? portOf(receiver) : portOf(sender),
      time: now,
      identification: frame.identification,
      missing: frame.missing,
    });
    if (!isNew) this.#events.leftOut('UDP datagram captured twice');
    this.#bytes += exchange.size - before;
    this.#order.touch(exchange);
    while (this.#order.size > this.#limits.maxOpen || this.#bytes > this.#limits.maxBytes) {
      const idlest = this.#order.oldest;
      if (idlest === undefined) break;
      this.#events.leftOut('UDP exchange ended early: too many open at once');
      this.#end(idlest);
    }
  }

  /** ICMP says that nobody listens at `server`. */
  refused(client: EndpointKey, server: EndpointKey): void {
    const route = this.#routes.get(pairKey(client, server));
    if (route?.client === client && portOf(server) === portOf(route.exchange.server)) route.exchange.refuse();
  }

  /** The capture is over. */
  finish(): void {
    for (let old = this.#order.oldest; old !== undefined; old = this.#order.oldest) this.#end(old);
  }

  /** Hosts without address share one: their link addresses tell them apart. */
  #pair(frame: Frame, sender: EndpointKey, receiver: EndpointKey): string {
    const pair = pairKey(sender, receiver);
    return isUnspecified(frame.source) ? pair + frame.linkSource : pair;
  }

  /** The open exchange of a key. Time that jumps (another capture) ends it as silence does. */
  #known(key: string, now: number): Route | undefined {
    const route = this.#routes.get(key);
    if (route === undefined || Math.abs(now - route.exchange.lastTime) <= IDLE) return route;
    this.#end(route.exchange);
    return undefined;
  }

  /** The server that `receiver` has just called answers from another port: the exchange goes on there. */
  #answerFromNewPort(sender: EndpointKey, receiver: EndpointKey, now: number): Route | undefined {
    const call = this.#known(callKey(receiver, addressOf(sender)), now);
    if (call === undefined) return undefined;
    const { exchange } = call;
    if (now - exchange.lastClientTime > SOON || exchange.otherPorts.size >= MOST_OTHER_PORTS) return undefined;
    exchange.otherPorts.add(portOf(sender));
    return this.#index(exchange, pairKey(sender, receiver), receiver);
  }

  /** A host answers what was sent to a group: the ports match, the addresses cannot. */
  #answerToGroupCall(
    frame: Frame,
    sender: EndpointKey,
    receiver: EndpointKey,
    toGroup: boolean,
    now: number,
  ): Route | undefined {
    const clientPort = portOf(receiver);
    const serverPort = portOf(sender);
    // On one and the same port a message to the group is a call of its own.
    if (toGroup && clientPort === serverPort) return undefined;
    const call =
      this.#known(portsKey(clientPort, serverPort, toGroup ? frame.linkDestination : receiver), now) ??
      (frame.linkDestination === ''
        ? undefined
        : this.#known(portsKey(clientPort, serverPort, frame.linkDestination), now)) ??
      this.#known(portsKey(clientPort, serverPort), now);
    if (call === undefined) return undefined;
    const { exchange } = call;
    if (now - exchange.lastClientTime > SOON || exchange.client === sender) return undefined;
    // To a host that has an address, an answer comes to that address.
    if (!toGroup && exchange.client !== receiver && !isUnspecified(addressOf(exchange.client))) return undefined;
    if (exchange.answerer === undefined) {
      exchange.answerer = sender;
      this.#servers.called('udp', sender);
    }
    if (toGroup) return { exchange, client: receiver };
    return this.#index(exchange, pairKey(sender, receiver), receiver);
  }

  #indexGroupCall(frame: Frame, exchange: UdpExchange, sender: EndpointKey, receiver: EndpointKey): void {
    this.#index(exchange, portsKey(portOf(sender), portOf(receiver)), sender);
    this.#index(exchange, portsKey(portOf(sender), portOf(receiver), sender), sender);
    if (frame.linkSource !== '') {
      this.#index(exchange, portsKey(portOf(sender), portOf(receiver), frame.linkSource), sender);
    }
  }

  #open(frame: Frame, sender: EndpointKey, receiver: EndpointKey, toGroup: boolean): Route {
    // Who speaks first is the client, unless the ports say clearly that it is an answer.
    const senderIsServer = !toGroup && this.#servers.isServer('udp', sender, receiver, true);
    const client = senderIsServer ? receiver : sender;
    const server = senderIsServer ? sender : receiver;
    if (!senderIsServer) this.#servers.called('udp', server);
    const id = this.#events.newId();
    const midstream = senderIsServer; // What it answers was not seen.
    const identity = { id, client, server, start: frame.time, midstream };
    const exchange = new UdpExchange(identity, this.#limits.maxMessageBytes);
    this.#order.add(exchange);
    this.#index(exchange, callKey(client, addressOf(server)), client);
    return this.#index(exchange, this.#pair(frame, sender, receiver), client);
  }

  #index(exchange: UdpExchange, key: string, client: EndpointKey): Route {
    const there = this.#routes.get(key);
    if (there?.exchange === exchange) return there;
    const route = { exchange, client };
    this.#routes.set(key, route);
    exchange.keys.add(key);
    return route;
  }

  #end(exchange: UdpExchange): void {
    for (const key of exchange.keys) if (this.#routes.get(key)?.exchange === exchange) this.#routes.delete(key);
    this.#order.remove(exchange);
    this.#bytes -= exchange.size;
    this.#events.ended(exchange.session());
  }
}

/** Whether an Ethernet address is a group's (IEEE 802 §8.2.2): also where the IP broadcast address is the subnet's. */
function isGroupLink(link: string): boolean {
  return link !== '' && ((link.charCodeAt(0) >>> 8) & 1) === 1;
}
