/** Bytes that arrive in chunks and are taken from the front in contiguous runs. */
import { EMPTY, concat } from '../bytes/bytes.js';

/**
 * Invariant: the queue is `bytes[at…]` followed by the `waiting` chunks; `offset` is the place of
 * `bytes[at]` in the file. Chunks are joined only when a run that crosses them is asked for, once
 * for each run, so that a large block in many small chunks costs linear time.
 */
export class ByteQueue {
  bytes: Uint8Array = EMPTY;
  at = 0;
  offset = 0;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;

  get length(): number {
    return this.bytes.length - this.at + this.#waitingBytes;
  }

  push(chunk: Uint8Array): void {
    if (this.at === this.bytes.length && this.#waiting.length === 0) {
      this.bytes = chunk;
      this.at = 0;
    } else {
      this.#waiting.push(chunk);
      this.#waitingBytes += chunk.length;
    }
  }

  /** Whether `count` bytes are there; if so they are contiguous from `bytes[at]` on. */
  has(count: number): boolean {
    if (this.bytes.length - this.at >= count) return true;
    if (this.length < count) return false;
    this.bytes = concat([this.bytes.subarray(this.at), ...this.#waiting]);
    this.at = 0;
    this.#waiting = [];
    this.#waitingBytes = 0;
    return true;
  }

  /** Drops `count` bytes that `has` has confirmed. */
  skip(count: number): void {
    this.at += count;
    this.offset += count;
  }
}
