/** The pcap file format (draft-ietf-opsawg-pcap), both byte orders, micro- and nanoseconds, and Kuznetzov's variant. */
import { BIG, LITTLE, type ByteOrder } from './integers.js';
import type { ByteQueue } from './bytequeue.js';
import { CaptureError } from './errors.js';
import { MOST_BYTES, type Packet, type PacketParser } from './packet.js';

const MICROSECONDS = 0xa1b2c3d4;
const NANOSECONDS = 0xa1b23c4d;
/** libpcap patched by A. Kuznetzov: 8 bytes more in each record header. */
const MODIFIED = 0xa1b2cd34;

export const PCAP_HEADER = 24;
/** What libpcap allows when the file header names no more. */
const USUAL_SNAPSHOT = 262_144;

/** The byte order in which the first four bytes are a magic number of pcap, if any. */
function orderOf(bytes: Uint8Array, at: number): ByteOrder | undefined {
  return [BIG, LITTLE].find((order) => [MICROSECONDS, NANOSECONDS, MODIFIED].includes(order.u32(bytes, at)));
}

export function isPcap(bytes: Uint8Array, at: number): boolean {
  return orderOf(bytes, at) !== undefined;
}

export class PcapParser implements PacketParser {
  damage = '';
  readonly #order: ByteOrder;
  readonly #second: number;
  readonly #recordHeader: number;
  readonly #linkType: number;
  readonly #minor: number;
  readonly #most: number;

  /** Takes the file header; the queue must hold at least `PCAP_HEADER` bytes. */
  constructor(queue: ByteQueue, name: string) {
    const { bytes, at } = queue;
    const order = orderOf(bytes, at) ?? LITTLE;
    const magic = order.u32(bytes, at);
    const major = order.u16(bytes, at + 4);
    const network = order.u32(bytes, at + 20);
    this.#order = order;
    this.#second = magic === NANOSECONDS ? 1e9 : 1e6;
    this.#recordHeader = magic === MODIFIED ? 24 : 16;
    this.#minor = order.u16(bytes, at + 6);
    this.#most = Math.min(MOST_BYTES, Math.max(USUAL_SNAPSHOT, order.u32(bytes, at + 16)));
    // The upper six bits are the length of a frame check sequence, the next ten must be zero.
    this.#linkType = network & 0xffff;
    if (major !== 2) {
      throw new CaptureError(
        'foreign',
        `${name} is a pcap file of version ${major}.${this.#minor}, which is unknown; write it again as version 2.4 (tcpdump -w)`,
      );
    }
    if ((network & 0x03ff0000) !== 0) {
      throw new CaptureError(
        'foreign',
        `${name} has a broken pcap header (link type 0x${network.toString(16)} at byte offset 20); record it again or repair those four bytes`,
      );
    }
    queue.skip(PCAP_HEADER);
  }

  next(queue: ByteQueue, packet: Packet): 'packet' | 'more' | 'damaged' {
    if (!queue.has(this.#recordHeader)) return 'more';
    let { bytes, at } = queue;
    const seconds = this.#order.u32(bytes, at);
    const fraction = this.#order.u32(bytes, at + 4);
    let captured = this.#order.u32(bytes, at + 8);
    let length = this.#order.u32(bytes, at + 12);
    // Up to version 2.2 the two lengths stood the other way round, in 2.3 at some writers.
    if (this.#minor < 3 || (this.#minor === 3 && captured > length)) [captured, length] = [length, captured];
    if (captured > this.#most) {
      this.damage = `its record claims ${captured} bytes`;
      return 'damaged';
    }
    if (!queue.has(this.#recordHeader + captured)) return 'more';
    ({ bytes, at } = queue);
    packet.bytes = bytes;
    packet.at = at + this.#recordHeader;
    packet.end = packet.at + captured;
    packet.length = Math.max(length, captured);
    packet.linkType = this.#linkType;
    packet.time = seconds + fraction / this.#second;
    queue.skip(this.#recordHeader + captured);
    return 'packet';
  }
}
