/**
 * What a client has said and is no whole request yet.
 *
 * Frames say where they end, lines and datagrams show it. Where neither is so, what is there is a request when a class
 * explains it whole, or when nothing more comes.
 */
import { EMPTY, indexOf, startsWith } from '../bytes/bytes.js';
import { goesOn, leftOfOpening, openingOf, pieceLength } from '../model/frames.js';
import type { Framing, LengthField, ServiceModel } from '../model/types.js';
import { Typing } from './typing.js';

/** A buffer this full is answered as it is. */
const MOST_BUFFERED = 16 * 1024 * 1024;
/** Places at which a buffer of several requests is tried to be cut. */
const MOST_CUTS = 64;
/** Times in a row that a buffer is looked at as a whole before it is cut where that seems possible. */
const MOST_LOOKS = 8;
/** A buffer longer than this is looked at again only when it has grown by an eighth, or in silence. */
const SMALL = 1024;

/** What a class says of a request that fits it whole. */
export interface Explained {
  /** Bytes that the class has fixed. */
  readonly bytes: number;
  /** It may be the head of a longer request. */
  readonly isBegun: () => boolean;
}

/** Gives what is known of some bytes, taken as one request; null: they fit no class whole. */
type Explain = (request: Uint8Array) => Explained | null;

export class Incoming {
  private readonly framing: Framing;
  private readonly isDatagrams: boolean;
  /** Whether all that was recorded came in whole frames. */
  private readonly isFramed: boolean;
  /** What requests of the service end on. */
  private readonly tails: readonly Uint8Array[];
  /** What has arrived; a part of `room`. */
  private buffer: Uint8Array = EMPTY;
  private room: Uint8Array = EMPTY;
  /** Length of the buffer when it was last searched for the end of a request, and matched; how often in a row it was matched. */
  private tried = 0;
  private looked = 0;
  private looks = 0;
  /** Bytes that the client has yet to say before its frames. */
  private opening: number;

  constructor(
    { framing, transport }: Pick<ServiceModel, 'framing' | 'transport'>,
    tails: readonly Uint8Array[],
    isFramed: boolean,
  ) {
    this.isFramed = isFramed;
    this.framing = framing;
    this.isDatagrams = transport === 'udp';
    this.tails = tails;
    this.opening = openingOf(framing);
  }

  get isEmpty(): boolean {
    return this.buffer.length === 0;
  }

  get isFull(): boolean {
    return this.buffer.length > MOST_BUFFERED;
  }

  get bytes(): Uint8Array {
    return this.buffer;
  }

  /** Puts bytes behind the buffer, into room that doubles: pieces of one byte must not cost a copy of all each. */
  append(bytes: Uint8Array): void {
    const length = this.buffer.length + bytes.length;
    let start = this.buffer.byteOffset;
    if (this.buffer.length === 0 || start + length > this.room.length) {
      const room = new Uint8Array(this.buffer.length === 0 ? length : 2 * length);
      room.set(this.buffer);
      this.room = room;
      start = 0;
    }
    this.room.set(bytes, start + length - bytes.length);
    this.buffer = this.room.subarray(start, start + length);
  }

  /** Something more may be known now than when this was last looked at. */
  lookAfresh(): void {
    this.looks = 0;
  }

  /** Takes the first request; null: it has not all arrived. `final`: what is there is all there will be, for now or, when it has `ended`, for ever. */
  next(final: boolean, explain: Explain, ended: boolean): Uint8Array | null {
    const length = this.isDatagrams ? this.buffer.length : this.lengthOfNext(final, explain, ended);
    if (length === 0) return null;
    const request = this.buffer.slice(0, length);
    this.buffer = length === this.buffer.length ? EMPTY : this.buffer.subarray(length);
    this.opening = leftOfOpening(this.framing, this.opening, request);
    this.tried = 0;
    this.looked = 0;
    return request;
  }

  private lengthOfNext(final: boolean, explain: Explain, ended: boolean): number {
    const { buffer, opening } = this;
    const { length, delimiter, untilEnd, openingEnd } = this.framing;
    const line = Typing.end(this.framing, buffer, final, ended);
    if (line !== null) return line;
    if (untilEnd === true) return final ? buffer.length : 0;
    if (opening > 0 && openingEnd) return this.unframed(buffer, final, explain, openingEnd);
    if (opening > 0) return this.unframed(buffer.subarray(0, opening), final || buffer.length >= opening, explain);
    if (length) return this.framed(length, this.isFramed ? ended : final);
    return this.unframed(buffer, final, explain, delimiter);
  }

  /**
   * Length of the frames that are the first request, or of all that is there where its length can not be. What is no
   * whole frame is waited for, as by a server that knows how much is to come, until that is `all`.
   */
  private framed(length: LengthField, all: boolean): number {
    const { buffer } = this;
    for (;;) {
      const whole = pieceLength(length, buffer, this.tried);
      if (whole === -1 || (whole !== null && whole > MOST_BUFFERED)) return buffer.length;
      if (whole === null || this.tried + whole > buffer.length) return all ? buffer.length : 0;
      const piece = buffer.subarray(this.tried, (this.tried += whole));
      if (!goesOn(this.framing, piece)) return this.tried;
    }
  }

  /** The same of bytes in no frames; `final`: they are all there will be. */
  private unframed(buffer: Uint8Array, final: boolean, explain: Explain, delimiter?: Uint8Array): number {
    if (delimiter) {
      const found = indexOf(buffer, delimiter, Math.max(0, this.tried - delimiter.length));
      if (found >= 0) return found + delimiter.length;
    }
    const hasGrown = buffer.length <= SMALL || buffer.length >= this.looked * 1.125;
    this.tried = buffer.length;
    if (!final && !hasGrown) return 0;
    this.looked = buffer.length;
    const first = delimiter || this.framing.coding?.requests ? 0 : this.firstOfSeveral(buffer, explain);
    if (first > 0) return first;
    if (final) return buffer.length;
    const known = explain(buffer);
    return known && (delimiter || !known.isBegun()) ? buffer.length : 0;
  }

  /**
   * Several requests have arrived at once: where the first one that is known ends; 0 where it is better taken for one,
   * as it is when a class that it fits whole says more of it than those do that its parts fit.
   */
  private firstOfSeveral(buffer: Uint8Array, explain: Explain): number {
    const whole = this.looks++ < MOST_LOOKS ? explain(buffer) : null;
    let cuts = 0;
    for (let at = 1; at < buffer.length && cuts < MOST_CUTS; at++) {
      if (!this.tails.some((tail) => at >= tail.length && startsWith(buffer, tail, at - tail.length))) continue;
      cuts++;
      const first = explain(buffer.subarray(0, at));
      if (!first || first.isBegun()) continue;
      if (!whole) return at;
      const rest = explain(buffer.subarray(at));
      if (rest && first.bytes + rest.bytes >= whole.bytes) return at;
    }
    return 0;
  }
}
