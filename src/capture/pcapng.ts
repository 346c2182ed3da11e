/** The pcapng file format (draft-ietf-opsawg-pcapng): blocks in sections, each with interfaces of its own. */
import { BIG, LITTLE, type ByteOrder } from './integers.js';
import type { ByteQueue } from './bytequeue.js';
import { MOST_BYTES, type Packet, type PacketParser } from './packet.js';

const SECTION = 0x0a0d0d0a;
const INTERFACE = 1;
const OLD_PACKET = 2;
const SIMPLE_PACKET = 3;
const ENHANCED_PACKET = 6;

const ORDER_MAGIC = 0x1a2b3c4d;
const OPTION_RESOLUTION = 9;
const OPTION_OFFSET = 14;

const MOST_INTERFACES = 65_536;

interface Interface {
  readonly linkType: number;
  readonly snapshot: number;
  /** Ticks in one second. */
  readonly second: number;
  /** Seconds to add to each time. */
  readonly offset: number;
}

/** The block type of a section header reads the same in both byte orders. */
export function isPcapng(bytes: Uint8Array, at: number): boolean {
  return BIG.u32(bytes, at) === SECTION;
}

/** draft-ietf-opsawg-pcapng §4.2, if_tsresol: a power of ten, or of two when the top bit is set. */
function ticksPerSecond(resolution: number): number {
  return (resolution & 0x80) === 0 ? 10 ** resolution : 2 ** (resolution & 0x7f);
}

export class PcapngParser implements PacketParser {
  damage = '';
  #order: ByteOrder = LITTLE;
  #interfaces: Interface[] = [];
  /** A simple packet has no time: it takes that of the packet before it. */
  #lastTime = 0;

  next(queue: ByteQueue, packet: Packet): 'packet' | 'more' | 'damaged' {
    for (;;) {
      if (!queue.has(12)) return 'more';
      const isSection = BIG.u32(queue.bytes, queue.at) === SECTION;
      if (isSection && !this.#readOrder(queue)) return 'damaged';
      const type = this.#order.u32(queue.bytes, queue.at);
      const length = this.#order.u32(queue.bytes, queue.at + 4);
      if (length < 12 || length % 4 !== 0 || length > MOST_BYTES) return this.#damaged(`block length ${length}`);
      if (!queue.has(length)) return 'more';
      const body = queue.bytes.subarray(queue.at + 8, queue.at + length - 4);
      if (this.#order.u32(queue.bytes, queue.at + length - 4) !== length) {
        return this.#damaged('the two lengths of its block differ');
      }
      const before = this.damage;
      const found = this.#block(type, body, packet);
      if (this.damage !== before) return 'damaged';
      queue.skip(length);
      if (found) return 'packet';
    }
  }

  #damaged(why: string): 'damaged' {
    this.damage = why;
    return 'damaged';
  }

  #readOrder(queue: ByteQueue): boolean {
    const order = [BIG, LITTLE].find((o) => o.u32(queue.bytes, queue.at + 8) === ORDER_MAGIC);
    if (order === undefined) this.damage = 'its section header has no byte-order magic';
    else this.#order = order;
    return order !== undefined;
  }

  /** Reads one block; whether it was a packet. Sets `damage` where it makes no sense. */
  #block(type: number, body: Uint8Array, packet: Packet): boolean {
    switch (type) {
      case SECTION:
        this.#interfaces = [];
        if (body.length < 16) this.damage = 'its section header is too short';
        else if (this.#order.u16(body, 4) !== 1) {
          this.damage = `its section has version ${this.#order.u16(body, 4)}.${this.#order.u16(body, 6)}, which is unknown`;
        }
        return false;
      case INTERFACE:
        if (body.length < 8) this.damage = 'its interface description is too short';
        else if (this.#interfaces.length >= MOST_INTERFACES) this.damage = 'its section has too many interfaces';
        else this.#interfaces.push(this.#readInterface(body));
        return false;
      case ENHANCED_PACKET:
        return this.#packet(body, this.#order.u32(body, 0), packet);
      case OLD_PACKET:
        return this.#packet(body, this.#order.u16(body, 0), packet);
      case SIMPLE_PACKET:
        return this.#simple(body, packet);
      default:
        return false; // Names, statistics, secrets, custom blocks: nothing to learn from.
    }
  }

  #readInterface(body: Uint8Array): Interface {
    let second = 1e6;
    let offset = 0;
    for (let at = 8; at + 4 <= body.length;) {
      const code = this.#order.u16(body, at);
      const length = this.#order.u16(body, at + 2);
      if (code === 0) break;
      if (code === OPTION_RESOLUTION && length >= 1) second = ticksPerSecond(body[at + 4] ?? 6);
      if (code === OPTION_OFFSET && length >= 8) {
        const low = this.#order.u32(body, at + (this.#order === BIG ? 8 : 4));
        const high = this.#order.u32(body, at + (this.#order === BIG ? 4 : 8)) | 0;
        offset = high * 2 ** 32 + low;
      }
      at += 4 + Math.ceil(length / 4) * 4;
    }
    return { linkType: this.#order.u16(body, 0), snapshot: this.#order.u32(body, 4), second, offset };
  }

  /** Enhanced and old packet blocks differ only in how wide the interface number is. */
  #packet(body: Uint8Array, id: number, packet: Packet): boolean {
    const captured = this.#order.u32(body, 12);
    const from = this.#interfaces[id];
    if (body.length < 20 || captured > body.length - 20) this.damage = `its block claims ${captured} captured bytes`;
    else if (from === undefined) this.damage = `its interface ${id} was never described`;
    else {
      const ticks = this.#order.u32(body, 4) * 2 ** 32 + this.#order.u32(body, 8);
      packet.bytes = body;
      packet.at = 20;
      packet.end = 20 + captured;
      packet.length = Math.max(captured, this.#order.u32(body, 16));
      packet.linkType = from.linkType;
      packet.time = this.#lastTime = ticks / from.second + from.offset;
      return true;
    }
    return false;
  }

  #simple(body: Uint8Array, packet: Packet): boolean {
    const from = this.#interfaces[0];
    if (body.length < 4 || from === undefined) {
      this.damage = 'a simple packet stands before any interface description';
      return false;
    }
    const length = this.#order.u32(body, 0);
    const most = from.snapshot === 0 ? length : Math.min(length, from.snapshot);
    packet.bytes = body;
    packet.at = 4;
    packet.end = 4 + Math.min(most, body.length - 4);
    packet.length = length;
    packet.linkType = from.linkType;
    packet.time = this.#lastTime;
    return true;
  }
}
