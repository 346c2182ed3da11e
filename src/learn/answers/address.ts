/**
 * The client's address in an answer [new]: one value, however little of it differed between the clients
 * of a capture. A copy of the part that differed would freeze the network that the clients were in.
 */
import { fromLatin1, startsWith } from '../../bytes/bytes.js';
import type { Rule } from '../../model/types.js';
import type { Found } from './copy.js';
import type { Line } from './sample.js';

/** Shortest address text that is not met by chance. */
const LEAST = 7;
const COST = 2;

/** The client's address, where it stands over the first difference in all lines and begins as far before it. */
export function findAddress(lines: readonly Line[], at: Int32Array, run: number): Found | null {
  const texts = lines.map((line) => fromLatin1(line.context.environment.client.address));
  const [first] = lines;
  if (!first || texts.some((text) => text.length < LEAST)) return null;
  for (let back = 0; back <= Math.min(run, 64); back++) {
    const stands = lines.every((line, i) => {
      const text = texts[i] ?? line.bytes;
      const from = (at[i] ?? 0) - back;
      return back < text.length && startsWith(line.bytes, text, from) && !goesOn(line.bytes, from, text.length);
    });
    if (stands)
      return {
        rule: ADDRESS,
        back,
        lengths: Int32Array.from(texts, (t) => t.length),
        support: lines.length,
        cost: COST,
      };
  }
  return null;
}

const ADDRESS: Rule = {
  kind: 'copy',
  span: {
    of: { kind: 'environment', what: 'client address' },
    from: { kind: 'start', offset: 0 },
    to: { kind: 'end', offset: 0 },
  },
  transform: { kind: 'copy' },
};

/** Whether a digit before or behind makes it another address. */
function goesOn(bytes: Uint8Array, from: number, length: number): boolean {
  const isDigit = (byte: number | undefined) => byte !== undefined && byte >= 0x30 && byte <= 0x39;
  return isDigit(bytes[from - 1]) || isDigit(bytes[from + length]);
}
