/** IP defragmentation: RFC 791 §3.2, RFC 8200 §4.5. */
import { type Frame } from './frame.js';
import { type Linked, Recency } from './recency.js';

/** RFC 791 and 8200: no datagram is longer. */
const MOST_LENGTH = 65_535;
/** RFC 8200 §4.5: given up after 60 seconds. */
const PATIENCE = 60;
/** What one kept fragment costs beside its bytes, so that tiny ones count too. */
const OVERHEAD = 128;

interface Part {
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** Invariant: `parts` are sorted by place and do not overlap; `have` is the sum of their lengths. */
interface Datagram extends Linked<Datagram> {
  readonly key: string;
  readonly started: number;
  parts: Part[];
  have: number;
  cost: number;
  /** Length of the whole, known with the last fragment. */
  total: number | undefined;
  /** Protocol of the fragment at offset 0: for IPv6 only that one counts (RFC 8200 §4.5). */
  protocol: number | undefined;
  /** Overlapped under IPv6: must be given up with all its fragments (RFC 5722 §3). */
  poisoned: boolean;
}

/**
 * Joins fragments. Overlap: the bytes seen first win, as in the TCP assembler; IPv6 datagrams with
 * overlap are given up, except for exact repetition. Bounds: `mostBytes` in all, `mostDatagrams` at
 * a time, the oldest given up first.
 */
export class Defragmenter {
  readonly #open = new Map<string, Datagram>();
  readonly #order = new Recency<Datagram>();
  readonly #lost: (cause: string) => void;
  readonly #mostBytes: number;
  readonly #mostDatagrams: number;
  #cost = 0;

  constructor(lost: (cause: string) => void, mostBytes = 4 * 1024 * 1024, mostDatagrams = 1000) {
    this.#lost = lost;
    this.#mostBytes = mostBytes;
    this.#mostDatagrams = mostDatagrams;
  }

  /** Bytes kept, with overhead. */
  get cost(): number {
    return this.#cost;
  }

  /**
   * Takes the fragment that `frame` has left. When it completes its datagram, `frame` is set to the
   * whole and the protocol is returned.
   */
  add(frame: Frame, kind: number, id: number, at: number, more: boolean, protocol: number): number | undefined {
    this.#expire(frame.time);
    const bytes = frame.data.subarray(frame.at, frame.end);
    if (bytes.length === 0 || at + bytes.length > MOST_LENGTH) {
      this.#lost('IP fragment with impossible length');
      return undefined;
    }
    const key = `${frame.source}${frame.destination}${String.fromCharCode(kind, id & 0xffff, id >>> 16)}`;
    let datagram = this.#open.get(key);
    if (datagram === undefined) {
      datagram = {
        key,
        started: frame.time,
        parts: [],
        have: 0,
        cost: 0,
        total: undefined,
        protocol: undefined,
        poisoned: false,
        older: undefined,
        newer: undefined,
      };
      this.#open.set(key, datagram);
      this.#order.add(datagram);
    }
    if (at === 0) datagram.protocol ??= protocol;
    // The first fragment that says where the end is wins; what lies beyond it is ignored.
    if (!more && frame.missing === 0) datagram.total ??= at + bytes.length;
    this.#insert(datagram, at, bytes, kind === 44);
    while (this.#cost > this.#mostBytes || this.#open.size > this.#mostDatagrams)
      this.#giveUpOldest('too many at once');
    if (datagram.poisoned || datagram.total === undefined || !this.#covered(datagram, datagram.total)) return undefined;
    if (this.#open.get(key) !== datagram) return undefined;

    const whole = new Uint8Array(datagram.total);
    for (const part of datagram.parts) {
      if (part.at < whole.length) whole.set(part.bytes.subarray(0, whole.length - part.at), part.at);
    }
    this.#drop(datagram);
    frame.data = whole;
    frame.at = 0;
    frame.end = whole.length;
    frame.missing = 0;
    return datagram.protocol;
  }

  /** The capture is over: counts what never became whole. */
  finish(): void {
    while (this.#order.oldest !== undefined) this.#giveUpOldest('without the rest');
  }

  #insert(datagram: Datagram, at: number, bytes: Uint8Array, strict: boolean): void {
    const fresh: Part[] = [];
    let from = at;
    const end = at + bytes.length;
    for (const part of datagram.parts) {
      const partEnd = part.at + part.bytes.length;
      if (partEnd <= from) continue;
      if (part.at >= end) break;
      if (strict && !(part.at === at && partEnd === end)) datagram.poisoned = true;
      if (part.at > from) fresh.push({ at: from, bytes: bytes.slice(from - at, part.at - at) });
      from = partEnd;
    }
    if (from < end) fresh.push({ at: from, bytes: bytes.slice(from - at) });
    if (fresh.length === 0) return;
    for (const part of fresh) {
      datagram.have += part.bytes.length;
      datagram.cost += part.bytes.length + OVERHEAD;
      this.#cost += part.bytes.length + OVERHEAD;
    }
    const last = datagram.parts.at(-1);
    datagram.parts.push(...fresh);
    if (last !== undefined && last.at > at) datagram.parts.sort((a, b) => a.at - b.at);
  }

  #covered(datagram: Datagram, total: number): boolean {
    if (datagram.have < total) return false;
    let reached = 0;
    for (const part of datagram.parts) {
      if (part.at > reached) return false;
      reached = part.at + part.bytes.length;
      if (reached >= total) return true;
    }
    return false;
  }

  #expire(now: number): void {
    for (
      let old = this.#order.oldest;
      old !== undefined && Math.abs(now - old.started) > PATIENCE;
      old = this.#order.oldest
    ) {
      this.#giveUpOldest('without the rest');
    }
  }

  #giveUpOldest(why: string): void {
    const oldest = this.#order.oldest;
    if (oldest === undefined) return;
    this.#lost(oldest.poisoned ? 'IPv6 fragments that overlap' : `IP fragments ${why}`);
    this.#drop(oldest);
  }

  #drop(datagram: Datagram): void {
    this.#open.delete(datagram.key);
    this.#order.remove(datagram);
    this.#cost -= datagram.cost;
  }
}
