/**
 * Ports in the payload [06 §4.2 "interleaving"; new]: sessions to a port that the server had just named in
 * another session of the conversation.
 *
 * A port of a few bytes is met by chance, so one find says little. A place in the answers of a service is
 * believed when it named several different ports, or some of a few in turn, and when nearly all sessions to those
 * ports followed.
 */
import { disorder } from '../disorder.js';
import { EMPTY, fromLatin1, indexOf, toLatin1 } from '../../bytes/bytes.js';
import { groupConversations } from '../../capture/conversations.js';
import type { NamedPort, PortCodec, Session } from '../../capture/types.js';

/** Where the port of a session was named. */
export interface Offer {
  readonly control: Session;
  /** Index of the message. */
  readonly message: number;
  readonly port: NamedPort;
}

/** A place at which ports are named: the service, how they are written, and for two bytes also where. */
interface Place {
  readonly service: string;
  readonly isText: boolean;
  readonly found: Map<Session, Offer>;
}

/** Ports below this are never a server's choice of the moment. */
const LEAST_PORT = 1024;
/** Server messages before a connection, and open sessions, in which its port is looked for. */
const MOST_MESSAGES = 8;
const MOST_OPEN = 16;
const HEAD = 4096;
/** Finds of one port in one message. */
const MOST_FINDS = 8;
/** Different ports that prove a place: for text, and for two bytes. */
const TEXT_PORTS = 2;
const BINARY_PORTS = 4;
/** So many different ports prove it also where they come again. */
const MANY_PORTS = 8;
/**
 * Bits that the ports named in answers to one and the same request tell of the sessions that followed: a server that
 * chooses among a few has named the right one too often for chance. What answers always so says where another service is.
 */
const TOLD = 16;
/** Share of the sessions to the ports that must have been named. */
const NEARLY_ALL = 0.8;

/** The sessions whose port the server had named, with the place where it was. */
export function findOffers(sessions: readonly Session[]): Map<Session, Offer> {
  const places = new Map<string, Place>();
  for (const conversation of groupConversations(sessions.filter((s) => s.transport === 'tcp')))
    collect(conversation.sessions, places, 'server');
  return believed([...places.values()], sessions);
}

/** The sessions that a server opened to a port that the client had named, with the place where it was. */
export function findCallbacks(sessions: readonly Session[]): Map<Session, Offer> {
  const places = new Map<string, Place>();
  const pairs = new Map<string, Session[]>();
  for (const session of sessions) {
    if (session.transport !== 'tcp') continue;
    const key = [session.client.address, session.server.address].sort().join(' ');
    const known = pairs.get(key);
    if (known) known.push(session);
    else pairs.set(key, [session]);
  }
  for (const own of pairs.values()) {
    if (new Set(own.map((s) => s.client.address)).size < 2) continue;
    collect(
      own.sort((a, b) => a.start - b.start || a.id - b.id),
      places,
      'client',
    );
  }
  return believed([...places.values()], sessions);
}

function isData(session: Session): boolean {
  return session.transport === 'tcp' && session.outcome === 'complete' && session.server.port >= LEAST_PORT;
}

function portOf({ server }: Session): string {
  return `${server.address} ${server.port}`;
}

/** Looks for the port of every session in the sessions that are open when it begins. */
function collect(sessions: readonly Session[], places: Map<string, Place>, by: 'client' | 'server'): void {
  let open: Session[] = [];
  for (const session of sessions) {
    open = open.filter((other) => other.end >= session.start).slice(-MOST_OPEN);
    if (isData(session)) {
      for (const control of open) {
        const isSameWay = control.client.address === session.client.address;
        if (isSameWay === (by === 'server') && control.server.port !== session.server.port)
          lookIn(control, session, places, by);
      }
    }
    if (session.outcome === 'complete') open.push(session);
  }
}

function lookIn(control: Session, session: Session, places: Map<string, Place>, by: 'client' | 'server'): void {
  let looked = 0;
  for (let i = control.messages.length - 1; i >= 0 && looked < MOST_MESSAGES; i--) {
    const message = control.messages[i];
    if (message?.from !== by || message.time > session.start) continue;
    looked++;
    for (const port of findPort(session.server.port, message.bytes.subarray(0, HEAD))) {
      for (const place of placesOf(port, message.bytes)) {
        const service = `tcp/${control.server.port}`;
        const key = `${service} ${place}`;
        const isText = port.write.kind !== 'binary';
        const known = places.get(key) ?? { service, isText, found: new Map<Session, Offer>() };
        places.set(key, known);
        if (!known.found.has(session)) known.found.set(session, { control, message: i, port });
      }
    }
  }
}

/** Everything in a message that can be read as the port. */
function findPort(port: number, bytes: Uint8Array): NamedPort[] {
  const found: NamedPort[] = [];
  const text = toLatin1(bytes);
  for (const match of text.matchAll(new RegExp(`(?<![0-9])${port}(?![0-9])`, 'g')))
    found.push({ at: match.index, length: match[0].length, write: { kind: 'decimal' } });
  const pair = new RegExp(`(?<![0-9])${port >> 8}([^0-9A-Za-z]{1,2})${port & 0xff}(?![0-9])`, 'g');
  for (const match of text.matchAll(pair)) {
    const write: PortCodec = { kind: 'pair', between: fromLatin1(match[1] ?? '') };
    found.push({ at: match.index, length: match[0].length, write });
  }
  for (const order of ['big', 'little'] as const) {
    const both = Uint8Array.of(port >> 8, port & 0xff);
    const wanted = order === 'big' ? both : both.reverse();
    for (let at = indexOf(bytes, wanted), n = 0; at >= 0 && n < MOST_FINDS; at = indexOf(bytes, wanted, at + 1), n++)
      found.push({ at, length: 2, write: { kind: 'binary', order } });
  }
  return found;
}

/** Names of the place at which a port stands; a number in words is telling wherever it stands. */
function placesOf({ at, length, write }: NamedPort, bytes: Uint8Array): string[] {
  if (write.kind === 'decimal') return ['decimal'];
  if (write.kind === 'pair') return [`pair ${toLatin1(write.between)}`];
  const before = toLatin1(bytes.subarray(Math.max(0, at - 2), at));
  return [`start ${at}`, `end ${bytes.length - at - length}`, `behind ${before}`].map((p) => `${write.order} ${p}`);
}

/** The places that are proven, the most frequent first; every session belongs to one. */
function believed(places: readonly Place[], sessions: readonly Session[]): Map<Session, Offer> {
  const toPort = new Map<string, number>();
  if (places.length > 0)
    for (const s of sessions) if (isData(s)) toPort.set(portOf(s), (toPort.get(portOf(s)) ?? 0) + 1);
  const result = new Map<Session, Offer>();
  const proven = new Set<string>();
  const named = new Map<string, number>();
  const ordered = [...places].sort((a, b) => Number(b.isText) - Number(a.isText) || b.found.size - a.found.size);
  for (const { service, isText, found } of ordered) {
    const fresh = [...found].filter(([session]) => !result.has(session));
    const ports = new Map<string, number>();
    for (const [session] of fresh) ports.set(portOf(session), (ports.get(portOf(session)) ?? 0) + 1);
    const least = isText ? (proven.has(service) ? 1 : TEXT_PORTS) : BINARY_PORTS;
    const isVarious = ports.size >= least && ports.size >= Math.min(MANY_PORTS, fresh.length / 2);
    const isTold = fresh.length * Math.log2(ports.size) >= TOLD && toldBits(fresh) >= TOLD;
    if (!isVarious && !isTold) continue;
    let all = 0;
    for (const port of ports.keys()) all += toPort.get(port) ?? 0;
    for (const port of ports.keys()) all -= named.get(port) ?? 0;
    if (fresh.length < NEARLY_ALL * all) continue;
    proven.add(service);
    for (const [session, offer] of fresh) result.set(session, offer);
    for (const [port, count] of ports) named.set(port, (named.get(port) ?? 0) + count);
  }
  return result;
}

/** Bits that it takes to say to which ports sessions went, where the request that was answered with the port is known. */
function toldBits(found: readonly (readonly [Session, Offer])[]): number {
  const asked = new Map<string, Map<number, number>>();
  for (const [session, { control, message }] of found) {
    const request = control.messages.slice(0, message).findLast(({ from }) => from === 'client');
    const key = toLatin1(request?.bytes.subarray(0, HEAD) ?? EMPTY);
    const ports = asked.get(key) ?? new Map<number, number>();
    asked.set(key, ports.set(session.server.port, (ports.get(session.server.port) ?? 0) + 1));
  }
  let bits = 0;
  for (const ports of asked.values()) {
    const all = [...ports.values()].reduce((sum, count) => sum + count, 0);
    bits += disorder(ports.values(), all);
  }
  return bits;
}
