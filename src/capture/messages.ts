/** Pieces of a TCP stream in the order of delivery → messages: a message ends when the other side speaks [05 §2.2]. */
import { EMPTY } from '../bytes/bytes.js';
import type { Message } from './types.js';

/**
 * Invariant: `done` are finished messages; the last message, of side `from`, is
 * `buffer[0…length]`, which came in `pieces`; no two neighbours have the same side.
 */
export class MessageCutter {
  readonly #done: Message[] = [];
  #from: 'client' | 'server' | undefined;
  #buffer: Uint8Array = EMPTY;
  #length = 0;
  #pieces: number[] = [];
  #times: number[] = [];
  #time = 0;
  #lastTime = 0;
  /** Bytes of all messages. */
  total = 0;

  /** Adds bytes as they were delivered; they are copied. */
  add(from: 'client' | 'server', bytes: Uint8Array, time: number): void {
    this.total += bytes.length;
    if (from !== this.#from) {
      this.#finish();
      this.#from = from;
      this.#time = time;
      this.#buffer = bytes.slice();
    } else {
      const needed = this.#length + bytes.length;
      if (needed > this.#buffer.length) {
        const larger = new Uint8Array(Math.max(needed, this.#buffer.length * 2));
        larger.set(this.#buffer.subarray(0, this.#length));
        this.#buffer = larger;
      }
      this.#buffer.set(bytes, this.#length);
    }
    this.#length += bytes.length;
    this.#pieces.push(bytes.length);
    this.#times.push(time);
    this.#lastTime = time;
  }

  /** All messages; nothing may be added afterwards. */
  end(): Message[] {
    this.#finish();
    this.#from = undefined;
    return this.#done;
  }

  #finish(): void {
    if (this.#from === undefined) return;
    // Room to grow is given back where it is more than a quarter.
    const tight = this.#length * 1.25 >= this.#buffer.length;
    this.#done.push({
      from: this.#from,
      bytes: tight ? this.#buffer.subarray(0, this.#length) : this.#buffer.slice(0, this.#length),
      time: this.#time,
      lastTime: this.#lastTime,
      pieces: this.#pieces,
      ...(this.#times.length > 2 ? { times: this.#times } : {}),
    });
    this.#buffer = EMPTY;
    this.#length = 0;
    this.#pieces = [];
    this.#times = [];
  }
}
