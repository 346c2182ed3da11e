/** Values that the server made up once and says again in the same answer. */
import { readNumber, writeNumber } from './number.js';
import type { Rule } from './types.js';

/** What was made up for a piece before this one, where it is the same or a number beside that one. */
export function saidAgain(rule: Rule, parts: readonly Uint8Array[]): Uint8Array | null {
  if (rule.kind !== 'made up' || rule.again === undefined) return null;
  const said = parts[rule.again] ?? null;
  if (!said || !rule.within || rule.add === undefined) return said;
  const number = readNumber(rule.within.codec, said);
  return number === null ? null : writeNumber(rule.within.codec, number + rule.add);
}
