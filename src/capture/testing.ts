/** Captures made by hand, for tests: packets from the inside out, dialogues as a test reads them. */
import { Readable } from 'node:stream';
import { concat, utf8 } from '../bytes/bytes.js';
import { newReport } from './report.js';
import { type CaptureOptions, readSessions } from './sessions.js';
import type { CaptureReport, Endpoint, Session } from './types.js';

export interface TimedPacket {
  readonly time: number;
  readonly bytes: Uint8Array;
  /** Bytes on the wire where the capture has fewer. */
  readonly wire?: number;
}

export function be16(...values: number[]): Uint8Array {
  return Uint8Array.from(values.flatMap((value) => [(value >>> 8) & 0xff, value & 0xff]));
}

export function be32(...values: number[]): Uint8Array {
  return concat(values.map((value) => be16(value >>> 16, value & 0xffff)));
}

function addressBytes(address: string): Uint8Array {
  if (!address.includes(':')) return Uint8Array.from(address.split('.').map(Number));
  const [left = '', right] = address.split('::');
  const units = (text: string): number[] => (text === '' ? [] : text.split(':').map((unit) => parseInt(unit, 16)));
  const head = units(left);
  const tail = right === undefined ? [] : units(right);
  const zeros = new Array<number>(8 - head.length - tail.length).fill(0);
  return be16(...head, ...zeros, ...tail);
}

export interface IpFields {
  readonly from: string;
  readonly to: string;
  readonly protocol: number;
  readonly id?: number;
  /** In bytes. */
  readonly fragmentAt?: number;
  readonly moreFragments?: boolean;
  /** What the header claims, where it is not the truth. */
  readonly totalLength?: number;
}

/** An IP packet of the version that its addresses have; IPv6 fragments get their extension header. */
export function ip(fields: IpFields, payload: Uint8Array): Uint8Array {
  const at = fields.fragmentAt ?? 0;
  const more = fields.moreFragments === true;
  const addresses = [addressBytes(fields.from), addressBytes(fields.to)];
  if (!fields.from.includes(':')) {
    const total = fields.totalLength ?? 20 + payload.length;
    const flags = (at >>> 3) | (more ? 0x2000 : 0);
    const head = concat([be16(0x4500, total, fields.id ?? 0, flags), Uint8Array.of(64, fields.protocol, 0, 0)]);
    return concat([head, ...addresses, payload]);
  }
  const isFragment = at > 0 || more;
  const extension = isFragment
    ? concat([Uint8Array.of(fields.protocol, 0), be16(at | (more ? 1 : 0)), be32(fields.id ?? 0)])
    : new Uint8Array(0);
  const length = fields.totalLength ?? extension.length + payload.length;
  const head = concat([be32(0x60000000), be16(length), Uint8Array.of(isFragment ? 44 : fields.protocol, 64)]);
  return concat([head, ...addresses, extension, payload]);
}

export function ethernet(
  type: number,
  payload: Uint8Array,
  to = [2, 0, 0, 0, 0, 1],
  from = [2, 0, 0, 0, 0, 2],
): Uint8Array {
  return concat([Uint8Array.from([...to, ...from]), be16(type), payload]);
}

/** An IP packet in an Ethernet frame. */
export function frame(packet: Uint8Array): Uint8Array {
  return ethernet((packet[0] ?? 0) >>> 4 === 6 ? 0x86dd : 0x0800, packet);
}

export interface TcpFields {
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly seq: number;
  readonly ack?: number;
  /** Of `S`, `F`, `R`. */
  readonly flags?: string;
}

export function tcp(fields: TcpFields, payload: Uint8Array = new Uint8Array(0)): Uint8Array {
  const has = (flag: string, bit: number): number => (fields.flags?.includes(flag) === true ? bit : 0);
  const flags = has('F', 1) | has('S', 2) | has('R', 4);
  const ack = fields.ack === undefined ? 0 : 0x10;
  const head = concat([
    be16(fields.from.port, fields.to.port),
    be32(fields.seq, fields.ack ?? 0),
    be16(0x5000 | flags | ack, 0xffff, 0, 0),
  ]);
  return frame(ip({ from: fields.from.address, to: fields.to.address, protocol: 6 }, concat([head, payload])));
}

export function udpHeader(from: number, to: number, payload: Uint8Array): Uint8Array {
  return concat([be16(from, to, 8 + payload.length, 0), payload]);
}

export function udp(from: Endpoint, to: Endpoint, payload: Uint8Array | string, id = 0): Uint8Array {
  const bytes = typeof payload === 'string' ? utf8(payload) : payload;
  return frame(ip({ from: from.address, to: to.address, protocol: 17, id }, udpHeader(from.port, to.port, bytes)));
}

/** A pcap file in network byte order, microseconds. */
export function pcap(packets: readonly (TimedPacket | Uint8Array)[], linkType = 1): Uint8Array {
  const parts = [be32(0xa1b2c3d4), be16(2, 4), be32(0, 0, 262_144, linkType)];
  packets.forEach((packet, i) => {
    const { time, bytes, wire } =
      packet instanceof Uint8Array ? { time: 1000 + i / 100, bytes: packet, wire: undefined } : packet;
    const seconds = Math.floor(time);
    parts.push(be32(seconds, Math.round((time - seconds) * 1e6), bytes.length, wire ?? bytes.length), bytes);
  });
  return concat(parts);
}

/** Reads a capture that lies in memory, in chunks of any size. */
export async function readBytes(
  file: Uint8Array,
  options: CaptureOptions & { readonly chunk?: number } = {},
): Promise<{ sessions: Session[]; report: CaptureReport }> {
  const chunk = options.chunk ?? file.length;
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < file.length; at += chunk) chunks.push(file.subarray(at, at + chunk));
  const report = newReport();
  const sessions: Session[] = [];
  for await (const session of readSessions([Readable.from(chunks)], report, options)) sessions.push(session);
  return { sessions: sessions.sort((a, b) => a.id - b.id), report };
}

export async function read(
  packets: readonly (TimedPacket | Uint8Array)[],
  options: CaptureOptions = {},
): Promise<{ sessions: Session[]; report: CaptureReport }> {
  return readBytes(pcap(packets), options);
}

/** The messages of a session as a test reads them: `C: hello`, `S: 220 hi`. */
export function dialogue(session: Session | undefined): string[] {
  return (session?.messages ?? []).map(
    (m) =>
      `${m.from === 'client' ? 'C' : 'S'}${m.serverPort === undefined ? '' : `@${m.serverPort}`}: ${Buffer.from(m.bytes).toString('latin1')}`,
  );
}

export const CLIENT: Endpoint = { address: '10.8.0.2', port: 40_000 };
export const SERVER: Endpoint = { address: '10.8.0.1', port: 21 };

/** Both ends of one TCP connection; each call returns the packet, for the test to capture or lose. */
export class Talk {
  readonly client: { endpoint: Endpoint; seq: number; seen: number };
  readonly server: { endpoint: Endpoint; seq: number; seen: number };

  constructor(client = CLIENT, server = SERVER, clientIsn = 1000, serverIsn = 9000) {
    this.client = { endpoint: client, seq: clientIsn, seen: serverIsn };
    this.server = { endpoint: server, seq: serverIsn, seen: clientIsn };
  }

  handshake(): Uint8Array[] {
    return [this.syn(), this.synAck(), this.say('client', '')];
  }

  syn(data = ''): Uint8Array {
    const packet = tcp(
      { from: this.client.endpoint, to: this.server.endpoint, seq: this.client.seq, flags: 'S' },
      utf8(data),
    );
    this.client.seq = (this.client.seq + 1 + data.length) >>> 0;
    this.server.seen = this.client.seq;
    return packet;
  }

  synAck(): Uint8Array {
    const packet = this.#segment('server', 'S', '');
    this.server.seq = (this.server.seq + 1) >>> 0;
    this.client.seen = this.server.seq;
    return packet;
  }

  /** A segment with data (or a bare acknowledgement); `flags` may close. The other side has seen it at once. */
  say(from: 'client' | 'server', data: string, flags = ''): Uint8Array {
    const packet = this.#segment(from, flags, data);
    const self = this[from];
    self.seq = (self.seq + data.length + (flags.includes('F') ? 1 : 0)) >>> 0;
    this[from === 'client' ? 'server' : 'client'].seen = self.seq;
    return packet;
  }

  c(data: string, flags = ''): Uint8Array {
    return this.say('client', data, flags);
  }

  s(data: string, flags = ''): Uint8Array {
    return this.say('server', data, flags);
  }

  /** The server closes, then the client. */
  close(): Uint8Array[] {
    return [this.s('', 'F'), this.c('', 'F'), this.s('')];
  }

  #segment(from: 'client' | 'server', flags: string, data: string): Uint8Array {
    const self = this[from];
    const other = this[from === 'client' ? 'server' : 'client'];
    const fields = { from: self.endpoint, to: other.endpoint, seq: self.seq, ack: self.seen, flags };
    return tcp(fields, Buffer.from(data, 'latin1'));
  }
}
