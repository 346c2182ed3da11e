/** One packet while its headers are peeled off, from the outside in. */
import { EMPTY } from '../bytes/bytes.js';
import type { AddressKey } from './address.js';
import { u16 } from './integers.js';
import type { Packet } from './packet.js';

function macKey(data: Uint8Array, at: number): string {
  return String.fromCharCode(u16(data, at), u16(data, at + 2), u16(data, at + 4));
}

/**
 * What the next header is. A header's reader moves `frame.at` behind itself and says what follows;
 * `unusable` when it cannot, with the cause in `frame.cause`; `held` when a fragment waits for others.
 */
export type Next =
  | 'ethernet'
  | 'llc'
  | 'snap'
  | 'mpls'
  | 'pppoe'
  | 'ppp'
  | 'ip'
  | 'ipv4'
  | 'ipv6'
  | 'gre'
  | 'tcp'
  | 'udp'
  | 'icmp'
  | 'icmp6'
  | 'held'
  | 'unusable';

/**
 * Invariant: `0 ≤ at ≤ end ≤ data.length`; the bytes from `at` to `end` are not read yet. A reader
 * checks the length of its header once, with `holds`, before it reads fields.
 */
export class Frame {
  data: Uint8Array = EMPTY;
  at = 0;
  end = 0;
  /** Bytes that were on the wire after `end` but are not in the capture. */
  missing = 0;
  /** Seconds since the epoch. */
  time = 0;
  /** Of the innermost IP header so far. */
  source: AddressKey = '';
  destination: AddressKey = '';
  /** IPv4 identification: tells a packet captured twice from one sent twice; 0 when there is none. */
  identification = 0;
  /** Where the innermost Ethernet header stands, if there is one. */
  #link: Uint8Array | undefined;
  #linkAt = 0;
  cause = '';

  start(packet: Packet): void {
    this.data = packet.bytes;
    this.at = packet.at;
    this.end = packet.end;
    this.missing = Math.max(0, packet.length - (packet.end - packet.at));
    this.time = packet.time;
    this.#link = undefined;
    this.identification = 0;
    this.cause = '';
  }

  /** An Ethernet header starts at `at`. */
  ethernetHere(): void {
    this.#link = this.data;
    this.#linkAt = this.at;
  }

  /** Ethernet addresses, '' where there are none: they tell hosts apart that have no IP address yet. */
  get linkDestination(): string {
    return this.#link === undefined ? '' : macKey(this.#link, this.#linkAt);
  }

  get linkSource(): string {
    return this.#link === undefined ? '' : macKey(this.#link, this.#linkAt + 6);
  }

  get left(): number {
    return this.end - this.at;
  }

  holds(count: number): boolean {
    return this.end - this.at >= count;
  }

  /**
   * The header says that `count` bytes follow from `at`: drops padding behind them, or notes what
   * the snapshot length cut off.
   */
  limit(count: number): void {
    const have = this.end - this.at;
    if (count <= have) {
      this.end = this.at + count;
      this.missing = 0;
    } else {
      this.missing = count - have;
    }
  }

  unusable(cause: string): 'unusable' {
    this.cause = cause;
    return 'unusable';
  }

  /** A header that is longer than what is left: cut by the capture, or simply wrong. */
  tooShort(header: string): 'unusable' {
    return this.unusable(this.missing > 0 ? `${header} cut by the snapshot length` : `broken ${header}`);
  }
}
