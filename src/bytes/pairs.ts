/** Pairs of bytes that stand somewhere, a bit for each: most pairs stand nowhere, and what holds one of those is not there. */
export class Pairs {
  readonly #bits = new Uint8Array(8192);

  /** Adds those that begin at `from` or behind it, and before `to`. */
  add(bytes: Uint8Array, from = 0, to = bytes.length - 1): void {
    for (let at = from; at < to; at++) {
      const pair = pairOf(bytes[at], bytes[at + 1]);
      this.#bits[pair >> 3] = (this.#bits[pair >> 3] ?? 0) | (1 << (pair & 7));
    }
  }

  has(first: number | undefined, second: number | undefined): boolean {
    const pair = pairOf(first, second);
    return ((this.#bits[pair >> 3] ?? 0) & (1 << (pair & 7))) !== 0;
  }

  /** Whether all pairs of some bytes are there, so that they may stand in one place. */
  mayHold(bytes: Uint8Array): boolean {
    for (let at = 1; at < bytes.length; at++) if (!this.has(bytes[at - 1], bytes[at])) return false;
    return true;
  }
}

function pairOf(first = 0, second = 0): number {
  return (first << 8) | second;
}
