/** One packet while its headers are peeled off, from the outside in. */
import { EMPTY } from '../bytes/bytes.js';
import type { AddressKey } from './address.js';

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
  /** Ethernet addresses of the outermost header: tell hosts apart that have no IP address yet. */
  linkSource = '';
  linkDestination = '';
  cause = '';

  start(data: Uint8Array, wireLength: number, time: number): void {
    this.data = data;
    this.at = 0;
    this.end = data.length;
    this.missing = wireLength - data.length;
    this.time = time;
    this.linkSource = '';
    this.linkDestination = '';
    this.identification = 0;
    this.cause = '';
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
