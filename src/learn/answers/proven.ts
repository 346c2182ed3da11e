/** How much speaks for a rule, beside that it holds. */
import { toLatin1 } from '../../bytes/bytes.js';
import type { Found } from './reach.js';
import type { Line } from './sample.js';

/** Share of many lines that a rule has to hold for; the others get an answer of their own. */
export const MOST_OF = 0.85;

/** Whether the values that a rule explains are various enough not to be met by chance. */
export function isProven(found: Found, lines: readonly Line[], at: Int32Array): boolean {
  const values = new Set<string>();
  let shortest = Infinity;
  let support = 0;
  lines.forEach((line, i) => {
    const length = found.lengths[i] ?? -1;
    // an empty value stands everywhere
    if (length <= 0) return;
    support++;
    const from = (at[i] ?? 0) - found.back;
    values.add(toLatin1(line.bytes.subarray(from, from + Math.min(length, 64))));
    shortest = Math.min(shortest, length);
  });
  const bits = (values.size - 1) * 6 * Math.min(Math.max(shortest, 1), 8) + support * Math.log2(values.size) * 0.5;
  return support > 0 && bits >= 10 + found.cost / 2;
}
