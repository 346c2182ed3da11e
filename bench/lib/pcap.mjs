// Captures made for the benchmarks: a writer of TCP sessions, and a multiplier of recorded conversations.
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';

/** A pcap file (microseconds, Ethernet) that is written packet by packet. */
export class PcapWriter {
  #fd;
  #pending = [];
  #size = 0;

  constructor(path) {
    this.#fd = openSync(path, 'w');
    const head = Buffer.alloc(24);
    head.writeUInt32LE(0xa1b2c3d4, 0);
    head.writeUInt16LE(2, 4);
    head.writeUInt16LE(4, 6);
    head.writeUInt32LE(262144, 16);
    head.writeUInt32LE(1, 20);
    this.#put(head);
  }

  /** `at`: microseconds. */
  packet(at, frame) {
    const head = Buffer.alloc(16);
    head.writeUInt32LE(Math.floor(at / 1e6), 0);
    head.writeUInt32LE(at % 1e6, 4);
    head.writeUInt32LE(frame.length, 8);
    head.writeUInt32LE(frame.length, 12);
    this.#put(head);
    this.#put(frame);
  }

  #put(bytes) {
    this.#pending.push(bytes);
    this.#size += bytes.length;
    if (this.#size > 1 << 22) this.#flush();
  }

  #flush() {
    writeSync(this.#fd, Buffer.concat(this.#pending));
    this.#pending = [];
    this.#size = 0;
  }

  close() {
    this.#flush();
    closeSync(this.#fd);
  }
}

const FIN = 1;
const SYN = 2;
const PSH = 8;
const ACK = 16;

function frame({ from, to, sequence, acknowledged, flags, payload = Buffer.alloc(0) }) {
  const bytes = Buffer.alloc(54 + payload.length);
  bytes.writeUInt16BE(0x0800, 12);
  bytes[14] = 0x45;
  bytes.writeUInt16BE(40 + payload.length, 16);
  bytes[22] = 64;
  bytes[23] = 6;
  bytes.set(from.address, 26);
  bytes.set(to.address, 30);
  bytes.writeUInt16BE(ipChecksum(bytes.subarray(14, 34)), 24);
  bytes.writeUInt16BE(from.port, 34);
  bytes.writeUInt16BE(to.port, 36);
  bytes.writeUInt32BE(sequence >>> 0, 38);
  bytes.writeUInt32BE(acknowledged >>> 0, 42);
  bytes[46] = 0x50;
  bytes[47] = flags;
  bytes.writeUInt16BE(65535, 48);
  payload.copy(bytes, 54);
  bytes.writeUInt16BE(tcpChecksum(bytes), 50);
  return bytes;
}

function sum(bytes, start = 0) {
  let total = start;
  for (let i = 0; i + 1 < bytes.length; i += 2) total += bytes.readUInt16BE(i);
  if (bytes.length % 2 === 1) total += bytes[bytes.length - 1] << 8;
  return total;
}
const fold = (total) => {
  while (total > 0xffff) total = (total & 0xffff) + Math.floor(total / 0x10000);
  return ~total & 0xffff;
};
const ipChecksum = (header) => fold(sum(header));
/** Over an Ethernet frame with an IPv4 header of 20 bytes. */
function tcpChecksum(bytes) {
  const segment = bytes.subarray(34);
  return fold(sum(segment, sum(bytes.subarray(26, 34)) + 6 + segment.length));
}

/** One TCP session: `turns` is a list of [who, bytes], who is 'client' or 'server'. 50 µs between packets. */
export function writeSession(writer, { client, server, at, turns }) {
  let now = at;
  const sequence = { client: 1000, server: 2000 };
  const ends = { client, server };
  const send = (who, flags, payload) => {
    const other = who === 'client' ? 'server' : 'client';
    const acknowledged = flags & ACK ? sequence[other] : 0;
    writer.packet(
      now,
      frame({ from: ends[who], to: ends[other], sequence: sequence[who], acknowledged, flags, payload }),
    );
    sequence[who] += (payload?.length ?? 0) + (flags & (SYN | FIN) ? 1 : 0);
    now += 50;
  };
  send('client', SYN);
  send('server', SYN | ACK);
  send('client', ACK);
  for (const [who, bytes] of turns) send(who, PSH | ACK, bytes);
  send('client', FIN | ACK);
  send('server', FIN | ACK);
  send('client', ACK);
  return now;
}

/** A small seeded generator (mulberry32): the same seed gives the same capture. */
export function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const address = (number) => Buffer.from([10, 64 + ((number >> 16) & 63), (number >> 8) & 255, number & 255]);

/** The packets of a classic little-endian Ethernet pcap, with IPv4 addresses picked out; others are left away. */
function packets(path) {
  const file = readFileSync(path);
  if (file.readUInt32LE(0) !== 0xa1b2c3d4 || file.readUInt32LE(20) !== 1) {
    throw new Error(`${path}: the multiplier reads little-endian Ethernet pcap with microseconds only`);
  }
  const found = [];
  for (let at = 24; at + 16 <= file.length;) {
    const length = file.readUInt32LE(at + 8);
    const bytes = file.subarray(at + 16, at + 16 + length);
    const time = file.readUInt32LE(at) * 1e6 + file.readUInt32LE(at + 4);
    if (bytes.readUInt16BE(12) === 0x0800 && (bytes[23] === 6 || bytes[23] === 17)) found.push({ time, bytes });
    at += 16 + length;
  }
  return found;
}

/** Where the payload starts in an Ethernet, IPv4, TCP or UDP frame, and where it ends. */
function payloadOf(bytes) {
  const ip = 14 + (bytes[14] & 15) * 4;
  const start = bytes[23] === 6 ? ip + (bytes[ip + 12] >> 4) * 4 : ip + 8;
  return [start, 14 + bytes.readUInt16BE(16)];
}

/** The end of a packet that is not the server. */
const clientOf = (bytes, server) => {
  const from = bytes.subarray(26, 30);
  return from.toString('hex') === server ? bytes.subarray(30, 34) : from;
};

/** A new client address whose text is as long as that of another one. */
function alike(original, draw, used) {
  const { length } = [...original].join('.');
  for (;;) {
    const parts = [1 + Math.floor(draw() * 126), ...Array.from({ length: 3 }, () => Math.floor(draw() ** 2 * 255))];
    const text = parts.join('.');
    if (text.length !== length || used.has(text)) continue;
    used.add(text);
    return Buffer.from(parts);
  }
}

/**
 * Writes `count` conversations made from the recorded ones: each copy gets a client address and a time of
 * its own (the address's text, where the server says it, is as long as before), and each name with a number
 * behind it (what the testbed's clients make up, `word123`) becomes another one of the same length, the same
 * in all packets of the copy. TCP checksums are set anew.
 */
export function multiply(source, target, count, seed = 1) {
  const recorded = packets(source);
  const server = recorded[0].bytes.subarray(30, 34).toString('hex');
  const conversations = new Map();
  for (const packet of recorded) {
    const from = packet.bytes.subarray(26, 30).toString('hex');
    const to = packet.bytes.subarray(30, 34).toString('hex');
    if (from !== server && to !== server) continue;
    const client = from === server ? to : from;
    if (!conversations.has(client)) conversations.set(client, []);
    conversations.get(client).push(packet);
  }
  const originals = [...conversations.values()];
  const draw = random(seed);
  const letters = 'abcdefghijklmnopqrstuvwxyz';
  const writer = new PcapWriter(target);
  const used = new Set();
  for (let i = 0; i < count; i++) {
    const original = originals[i % originals.length];
    const before = clientOf(original[0].bytes, server);
    const client = alike(before, draw, used);
    const [oldText, newText] = [[...before].join('.'), [...client].join('.')];
    const names = new Map();
    const rename = (name) => {
      if (!names.has(name)) {
        names.set(
          name,
          name
            .replace(/[a-z]/g, () => letters[Math.floor(draw() * 26)])
            .replace(/\d/g, () => `${Math.floor(draw() * 10)}`),
        );
      }
      return names.get(name);
    };
    for (const { time, bytes } of original) {
      const copy = Buffer.from(bytes);
      const clientIsSource = copy.subarray(26, 30).toString('hex') !== server;
      copy.set(client, clientIsSource ? 26 : 30);
      const [start, end] = payloadOf(copy);
      const text = copy.toString('latin1', start, end);
      const renamed = text.replace(/[a-z]{3,}\d{2,4}(?![a-z0-9])/g, rename).replaceAll(oldText, newText);
      copy.write(renamed, start, 'latin1');
      copy.writeUInt16BE(0, 24);
      copy.writeUInt16BE(ipChecksum(copy.subarray(14, 14 + (copy[14] & 15) * 4)), 24);
      const ip = 14 + (copy[14] & 15) * 4;
      if (copy[23] === 17) copy.writeUInt16BE(0, ip + 6);
      else if (ip === 34) {
        const whole = copy.subarray(0, end);
        whole.writeUInt16BE(0, 50);
        whole.writeUInt16BE(tcpChecksum(whole), 50);
      }
      writer.packet(1_700_000_000_000_000 + i * 10_000 + (time - original[0].time), copy);
    }
  }
  writer.close();
}

/** A capture of a service that says every line back: `sessions` sessions of `turns` lines each. */
export function writeEcho(path, { sessions = 50, turns = 10, port = 7, seed = 7 } = {}) {
  const draw = random(seed);
  const writer = new PcapWriter(path);
  const server = { address: Buffer.from([10, 8, 0, 1]), port };
  const letters = 'abcdefghijklmnopqrstuvwxyz0123456789';
  let at = 1_700_000_000_000_000;
  for (let i = 0; i < sessions; i++) {
    const said = [];
    for (let k = 0; k < turns; k++) {
      const length = 8 + Math.floor(draw() * 56);
      const line = Buffer.from(
        `${Array.from({ length }, () => letters[Math.floor(draw() * letters.length)]).join('')}\r\n`,
      );
      said.push(['client', line], ['server', line]);
    }
    const client = { address: address(i + 1), port: 40_000 + i };
    at = writeSession(writer, { client, server, at, turns: said }) + 10_000;
  }
  writer.close();
}
