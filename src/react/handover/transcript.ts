/** What a session has said so far, as it is needed to say it again to a real host; bounded. */
import type { PastExchange } from './types.js';

/** A session with more than that is not handed over: too much would have to be said again. */
const MOST_BYTES = 1024 * 1024;
const MOST_EXCHANGES = 4096;
/** What an exchange takes beside its bytes. */
const EXCHANGE = 64;

export class Transcript {
  #past: { request: Uint8Array; atFreshPort: boolean; answers: Uint8Array[] }[];
  #bytes = 0;
  readonly ports: number[] = [];

  constructor() {
    this.#past = [{ request: new Uint8Array(0), atFreshPort: false, answers: [] }];
  }

  /** A request that is being answered. */
  request(request: Uint8Array, atFreshPort: boolean): void {
    if (!this.#grow(request.length + EXCHANGE)) return;
    this.#past.push({ request, atFreshPort, answers: [] });
    if (this.#past.length > MOST_EXCHANGES) this.#past = [];
  }

  /** A part of the answer. */
  answer(bytes: Uint8Array): void {
    if (this.#grow(bytes.length)) this.#past.at(-1)?.answers.push(bytes);
  }

  /** The exchanges, the opening first; null: they were too many to be kept. */
  get past(): readonly PastExchange[] | null {
    return this.#past.length > 0 ? this.#past : null;
  }

  /** Whether there is still room; without it nothing is kept any more. */
  #grow(bytes: number): boolean {
    this.#bytes += bytes;
    if (this.#bytes > MOST_BYTES) this.#past = [];
    return this.#past.length > 0;
  }
}
