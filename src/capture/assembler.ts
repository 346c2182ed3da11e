/** One direction of a TCP connection: segments in, the byte stream in order out (RFC 9293 §3.10.7.4). */

/** Distance from `b` to `a` on the circle of 32-bit sequence numbers (RFC 9293 §3.4): negative when `a` is before `b`. */
export function distance(a: number, b: number): number {
  return (a - b) | 0;
}

/** A segment farther away than the largest scaled window (RFC 7323 §2.2) belongs to no live connection. */
export const FARTHEST = 1 << 30;

/** What a kept segment costs beside its bytes, so that many tiny ones count too. */
const OVERHEAD = 200;

interface Held {
  readonly seq: number;
  readonly bytes: Uint8Array;
  /** The acknowledgement it came with, if any. */
  readonly after: number | undefined;
}

/**
 * Invariant: every byte before `next` was delivered, in order, once. `held` is sorted, does not
 * overlap, and lies at or after `next`; `cost` is what it occupies.
 *
 * Overlap: the bytes seen first win. What was delivered is never changed, and of a segment that
 * overlaps a held one only the parts that fill holes are taken.
 *
 * A segment may be ready in sequence and still wait: its acknowledgement proves that its sender
 * had received bytes of the other direction that the capture shows only later. `take` delivers it
 * after them, in the order in which the applications saw them.
 */
export class StreamAssembler {
  next: number;
  readonly held: Held[] = [];
  cost = 0;

  constructor(next: number) {
    this.next = next >>> 0;
  }

  /**
   * Takes a segment. Returns the bytes to deliver at once, a view into `bytes`, when it is next in
   * order and `ready`; otherwise keeps a copy of what is new.
   */
  add(seq: number, bytes: Uint8Array, ready: boolean, after: number | undefined): Uint8Array | undefined {
    const skip = -distance(seq, this.next);
    if (skip >= bytes.length) return undefined; // Seen before: a retransmission or a keep-alive.
    if (skip >= 0 && ready && this.held.length === 0) {
      this.next = (this.next + bytes.length - skip) >>> 0;
      return skip === 0 ? bytes : bytes.subarray(skip);
    }
    if (skip > 0) this.#keep(this.next, bytes.subarray(skip), after);
    else this.#keep(seq >>> 0, bytes, after);
    return undefined;
  }

  /** The next held bytes in order, if their turn has come; `otherNext` is where the other direction stands. */
  take(otherNext: number | undefined): Uint8Array | undefined {
    const first = this.held[0];
    if (first?.seq !== this.next) return undefined;
    if (first.after !== undefined && otherNext !== undefined && distance(first.after, otherNext) > 0) return undefined;
    this.held.shift();
    this.cost -= first.bytes.length + OVERHEAD;
    this.next = (this.next + first.bytes.length) >>> 0;
    return first.bytes;
  }

  /** Gives up what waits. */
  drop(): void {
    this.held.length = 0;
    this.cost = 0;
  }

  #keep(seq: number, bytes: Uint8Array, after: number | undefined): void {
    let from = 0; // Bytes of the segment dealt with so far.
    let at = this.#firstEndingAfter(seq);
    while (from < bytes.length) {
      const there = this.held[at];
      const until = there === undefined ? bytes.length : Math.min(bytes.length, distance(there.seq, seq));
      if (until > from) {
        // A copy: the segment lies in a chunk of the file that must not be kept for its sake.
        this.held.splice(at, 0, { seq: (seq + from) >>> 0, bytes: bytes.slice(from, until), after });
        this.cost += until - from + OVERHEAD;
        at++;
      }
      if (there === undefined) break;
      from = Math.max(from, distance(there.seq, seq) + there.bytes.length);
      at++;
    }
  }

  /** Index of the first held segment that ends after `seq`: new ones nearly always go last. */
  #firstEndingAfter(seq: number): number {
    let low = 0;
    let high = this.held.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const there = this.held[middle];
      if (there !== undefined && distance(there.seq + there.bytes.length, seq) <= 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
