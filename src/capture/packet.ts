/** What a capture file format hands on, and what it must be able to do. */
import { EMPTY } from '../bytes/bytes.js';
import type { ByteQueue } from './bytequeue.js';

/** One captured packet. The reader owns one and fills it again for each packet. */
export class Packet {
  /** It is `bytes[at…end]`: no view is made, because at this point one for each packet is dear. */
  bytes: Uint8Array = EMPTY;
  at = 0;
  end = 0;
  /** Number of the link type as registered at tcpdump.org/linktypes.html. */
  linkType = 0;
  /** Seconds since the epoch. */
  time = 0;
  /** Bytes on the wire; more than `end - at` where the snapshot length cut the packet. */
  length = 0;
}

/** A file format: takes packets from the front of the queue. */
export interface PacketParser {
  /** `more`: another chunk is needed. `damaged`: reading cannot go on, `damage` says why. */
  next(queue: ByteQueue, packet: Packet): 'packet' | 'more' | 'damaged';
  /** Half a sentence: what is wrong at the front of the queue. */
  damage: string;
}

/** Larger than any link's packet and any sane block; a length beyond it is damage, not data. */
export const MOST_BYTES = 16 * 1024 * 1024;
