/** What is typed is said back at once; the answer to the line is what follows on that. */
import { EMPTY, concat, indexOf, startsWith } from '../bytes/bytes.js';
import { isTyped } from '../model/typed.js';
import type { Framing, State } from '../model/types.js';
import type { Command } from './types.js';

/** A line that is longer is answered as it is. */
const LONGEST = 16 * 1024;

export class Typing {
  /** Bytes of the line that have been looked at, and what has been said back of them. */
  private seen = 0;
  private echoed: Uint8Array = EMPTY;

  /** Where the line ends that the buffer begins with; 0: it goes on; null: this is none. `final`: silence, or the end. */
  static end({ typed, delimiter }: Framing, buffer: Uint8Array, final: boolean, ended: boolean): number | null {
    if (!typed || !delimiter) return null;
    const found = indexOf(buffer, delimiter);
    if (found >= 0) return found + delimiter.length;
    if (typed.others && !isTyped(buffer)) return null;
    const isLine = [0x0a, 0x0d].includes(buffer.at(-1) ?? 0);
    return (final && (ended || isLine)) || buffer.length > LONGEST ? buffer.length : 0;
  }

  /** What is said back of the line so far, if that is said back in a state. */
  saidBack({ typed }: Framing, buffer: Uint8Array, state: State | undefined): Command[] {
    if (!typed) return [];
    const bytes = buffer.slice(this.seen);
    this.seen = buffer.length;
    if (state?.hides || bytes.length === 0 || !isTyped(bytes)) return [];
    this.echoed = concat([this.echoed, bytes]);
    return [{ kind: 'send', bytes, delay: 0, freshPort: false }];
  }

  /** The line is there. */
  done(): void {
    this.seen = 0;
  }

  /** What is left to say of an answer. */
  rest(answer: Uint8Array): Uint8Array {
    const { echoed } = this;
    this.echoed = EMPTY;
    return startsWith(answer, echoed, 0) ? answer.subarray(echoed.length) : answer;
  }
}
