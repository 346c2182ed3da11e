/**
 * The client's address in an answer [new]: one value, however little of it differed between the clients
 * of a capture. A copy of the part that differed would freeze the network that the clients were in.
 */
import { fromLatin1, isDigit, startsWith } from '../../bytes/bytes.js';
import type { Rule } from '../../model/types.js';
import type { Found } from './copy.js';
import type { Line } from './sample.js';

/** Shortest address text that is not met by chance. */
const LEAST = 7;
const COST = 2;

/** The client's address, where it stands over the first difference in all lines and begins as far before it. */
export function findAddress(lines: readonly Line[], at: Int32Array, run: number): Found | null {
  const addressOf = ({ context }: Line) => context.environment.client.address;
  if (lines.length === 0 || lines.some((line) => addressOf(line).length < LEAST)) return null;
  const stands = (line: Line, from: number, before: number) => {
    const text = fromLatin1(addressOf(line));
    return before < text.length && startsWith(line.bytes, text, from) && !goesOn(line.bytes, from, text.length);
  };
  for (let back = 0; back <= Math.min(run, 64); back++) {
    if (!lines.every((line, i) => stands(line, (at[i] ?? 0) - back, back))) continue;
    const lengths = Int32Array.from(lines, (line) => addressOf(line).length);
    return { rule: ADDRESS, back, lengths, support: lines.length, cost: COST };
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
  return isDigit(bytes[from - 1]) || isDigit(bytes[from + length]);
}
