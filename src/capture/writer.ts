/**
 * Sessions → a capture that any tool reads: Ethernet frames in a pcap file, with handshakes, acknowledgements
 * and checksums. Read back it gives the same sessions.
 */
import { EMPTY, concat } from '../bytes/bytes.js';
import type { Endpoint, Message, Session } from './types.js';

/** What one frame carries at most: as network cards hand on that put segments together. */
const MOST_DATA = 65_000;
const FIN = 0x01;
const SYN = 0x02;
const RST = 0x04;
const PSH = 0x08;
const ACK = 0x10;
const TCP = 6;
const UDP = 17;

/** A frame with its time, in seconds since the epoch. */
export interface TimedFrame {
  readonly time: number;
  readonly bytes: Uint8Array;
}

function be16(...values: readonly number[]): Uint8Array {
  return Uint8Array.from(values.flatMap((value) => [(value >>> 8) & 0xff, value & 0xff]));
}

function be32(...values: readonly number[]): Uint8Array {
  return be16(...values.flatMap((value) => [value >>> 16, value & 0xffff]));
}

/** An address in 4 or 16 bytes. */
function addressBytes(address: string): Uint8Array {
  if (!address.includes(':')) return Uint8Array.from(address.split('.').map(Number));
  const mixed = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  const [, front = '', a = 0, b = 0, c = 0, d = 0] = mixed ?? [];
  const hex = (high: number | string, low: number | string): string => (Number(high) * 256 + Number(low)).toString(16);
  const [left = '', right] = (mixed ? `${front}${hex(a, b)}:${hex(c, d)}` : address).split('::');
  const units = (text: string): number[] => (text === '' ? [] : text.split(':').map((unit) => parseInt(unit, 16)));
  const head = units(left);
  const tail = units(right ?? '');
  return be16(...head, ...new Array<number>(Math.max(0, 8 - head.length - tail.length)).fill(0), ...tail);
}

/** The internet checksum over parts of even length; the last may be odd. */
function checksum(...parts: readonly Uint8Array[]): number {
  let sum = 0;
  for (const part of parts) {
    for (let at = 0; at < part.length; at += 2) sum += ((part[at] ?? 0) << 8) | (part[at + 1] ?? 0);
    while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  }
  return ~sum & 0xffff;
}

/** Where a sum goes is zero until then. */
function put16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value & 0xff;
}

/** Puts a transport header and its data into IP and Ethernet; fills in both checksums. */
function frameOf(from: string, to: string, protocol: number, header: Uint8Array, data: Uint8Array, id: number) {
  const [source, destination] = [addressBytes(from), addressBytes(to)];
  const length = header.length + data.length;
  const sum = checksum(source, destination, be32(length), be16(protocol), header, data);
  // A UDP checksum of zero means that there is none.
  put16(header, protocol === TCP ? 16 : 6, sum === 0 && protocol === UDP ? 0xffff : sum);
  const isOld = source.length === 4;
  const ip = isOld
    ? concat([be16(0x4500, 20 + length, id, 0x4000), Uint8Array.of(64, protocol, 0, 0), source, destination])
    : concat([be32(0x60000000), be16(length), Uint8Array.of(protocol, 64), source, destination]);
  if (isOld) put16(ip, 10, checksum(ip));
  const ethernet = concat([Uint8Array.of(2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2), be16(isOld ? 0x0800 : 0x86dd)]);
  return concat([ethernet, ip, header, data]);
}

/** The pieces of a message as they came, none longer than a frame holds. */
function piecesOf(message: Message): { bytes: Uint8Array; time: number }[] {
  const { bytes, pieces, times, time, lastTime } = message;
  const parts: { bytes: Uint8Array; time: number }[] = [];
  let at = 0;
  pieces.forEach((length, i) => {
    const when = times?.[i] ?? (i === 0 ? time : lastTime);
    const end = at + length;
    for (; at < end; at = Math.min(end, at + MOST_DATA))
      parts.push({ bytes: bytes.subarray(at, Math.min(end, at + MOST_DATA)), time: when });
  });
  return parts;
}

/** Both ends of a connection while its frames are made. */
class Talk {
  readonly frames: TimedFrame[] = [];
  readonly #ends: Record<'client' | 'server', { readonly at: Endpoint; next: number }>;
  #time: number;
  #id: number;

  constructor({ client, server, start, id }: Session) {
    // Another connection of the same endpoints must have other numbers.
    const first = Math.imul(id + 1, 0x9e3779b1) >>> 0;
    this.#ends = { client: { at: client, next: first }, server: { at: server, next: ~first >>> 0 } };
    this.#time = start;
    this.#id = first & 0xffff;
  }

  say(from: 'client' | 'server', flags: number, time: number, data: Uint8Array = EMPTY, beyond = 0): void {
    const self = this.#ends[from];
    const other = this.#ends[from === 'client' ? 'server' : 'client'];
    this.#time = Math.max(this.#time, time);
    this.#id = (this.#id + 1) & 0xffff;
    const ack = (flags & ACK) === 0 ? 0 : (other.next + beyond) >>> 0;
    const push = data.length > 0 ? PSH : 0;
    const header = concat([
      be16(self.at.port, other.at.port),
      be32(self.next, ack),
      be16(0x5000 | flags | push, 0xffff, 0, 0),
    ]);
    const bytes = frameOf(self.at.address, other.at.address, TCP, header, data, this.#id);
    this.frames.push({ time: this.#time, bytes });
    self.next = (self.next + data.length + ((flags & (SYN | FIN)) === 0 ? 0 : 1)) >>> 0;
  }
}

function tcpFrames(session: Session): TimedFrame[] {
  const { messages, start, end, close, halfClosed, outcome } = session;
  const talk = new Talk(session);
  talk.say('client', SYN, start);
  talk.say('server', SYN | ACK, start);
  talk.say('client', ACK, start);
  // The client had closed its side before the last thing that the server said.
  const last = messages.at(-1);
  const early = halfClosed && close.by === 'client' && close.how === 'fin' && last?.from === 'server' ? last : null;
  for (const message of messages) {
    const { from } = message;
    if (message === early) talk.say('client', FIN | ACK, message.time);
    for (const { bytes, time } of piecesOf(message)) {
      talk.say(from, ACK, time, bytes);
      talk.say(from === 'client' ? 'server' : 'client', ACK, time);
    }
  }
  if (outcome === 'gap') {
    // One more byte is acknowledged than there is: a reader sees that something is missing.
    talk.say('client', ACK, end, EMPTY, 1);
    talk.say('server', ACK, end, EMPTY, 1);
    return talk.frames;
  }
  if (close.by === 'nobody' || close.how === 'open') {
    if (end > (last?.lastTime ?? start)) talk.say('client', ACK, end);
    return talk.frames;
  }
  const other = close.by === 'client' ? 'server' : 'client';
  if (close.how === 'rst') talk.say(close.by, RST | ACK, end);
  else {
    if (early === null) talk.say(close.by, FIN | ACK, end);
    talk.say(other, FIN | ACK, end);
    talk.say(close.by, ACK, end);
  }
  return talk.frames;
}

function udpFrames({ client, server, messages, id }: Session): TimedFrame[] {
  return messages.map(({ from, bytes, time, serverPort }, i) => {
    const host = { address: server.address, port: serverPort ?? server.port };
    const [source, target] = from === 'client' ? [client, host] : [host, client];
    const data = bytes.subarray(0, MOST_DATA);
    const header = be16(source.port, target.port, 8 + data.length, 0);
    return { time, bytes: frameOf(source.address, target.address, UDP, header, data, (id * 31 + i + 1) & 0xffff) };
  });
}

/** The frames of one session, in order. */
function framesOf(session: Session): TimedFrame[] {
  return session.transport === 'tcp' ? tcpFrames(session) : udpFrames(session);
}

/** The header of a pcap file: big-endian, microseconds, Ethernet. */
function fileHeader(): Uint8Array {
  return concat([be32(0xa1b2c3d4), be16(2, 4), be32(0, 0, 262_144, 1)]);
}

function record({ time, bytes }: TimedFrame): Uint8Array {
  const microseconds = Math.round(time * 1e6);
  return concat([be32(Math.floor(microseconds / 1e6), microseconds % 1e6, bytes.length, bytes.length), bytes]);
}

/**
 * A pcap file, piece by piece, with the frames of all sessions in the order of their time. In memory are
 * only the sessions that overlap.
 *
 * @param sessions in the order of their start
 */
export function* pcapOf(sessions: Iterable<Session>): Generator<Uint8Array> {
  yield fileHeader();
  let open: { readonly frames: readonly TimedFrame[]; at: number }[] = [];
  const earliest = (): { readonly frames: readonly TimedFrame[]; at: number } | undefined =>
    open.reduce<(typeof open)[number] | undefined>(
      (best, each) => (!best || (each.frames[each.at]?.time ?? 0) < (best.frames[best.at]?.time ?? 0) ? each : best),
      undefined,
    );
  function* until(time: number): Generator<Uint8Array> {
    for (let next = earliest(); next; next = earliest()) {
      const frame = next.frames[next.at];
      if (frame && frame.time >= time) return;
      if (frame) yield record(frame);
      next.at++;
      if (next.at >= next.frames.length) open = open.filter((each) => each !== next);
    }
  }
  for (const session of sessions) {
    yield* until(session.start);
    const frames = framesOf(session);
    if (frames.length > 0) open.push({ frames, at: 0 });
  }
  yield* until(Infinity);
}
